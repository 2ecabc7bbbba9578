"""Tables of judgments refuse what they must, and say where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.tables import (
    Gradings,
    Judgments,
    Preferences,
    Removal,
    of_one_judge,
    without_self_judged,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFERENCES: dict[str, Sequence[object]] = {
    "model": ["y", "x", "y"],
    "baseline": ["b", "b", "b"],
    "item_id": ["1", "1", "2"],
    "preference": [1.0, 1.5, 2.0],
    "judge": ["j", "j", "j"],
    "len_output": [10, 0, 3],
}
GRADINGS: dict[str, Sequence[object]] = {
    "model": ["y", "x", "y"],
    "judge": ["j", "j", "j"],
    "item_id": ["81", "81", "81"],
    "turn": [1, 1, 2],
    "score": [9.5, None, 1],
}
GAMES: dict[str, Sequence[object]] = {
    "item_id": ["1", "1", "2", "2"],
    "model_a": ["x", "y", "x", "y"],
    "model_b": ["y", "x", "y", "x"],
    "judge": ["j", "j", "j", "j"],
    "verdict": ["A>B", "A=B", None, "B>>A"],
    "game": [1, 2, 1, 2],
}


def frame_of(columns: dict[str, Sequence[object]], changes: dict[str, list]) -> pl.DataFrame:
    return pl.DataFrame(columns | changes, strict=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preference": [1, 0.9, 2]}, "f.csv, row 2, column preference: 0.9 is not a finite"),
        ({"preference": [1, 2, 2.01]}, "row 3, column preference: 2.01 is not a finite number at"),
        ({"preference": [1, 0.9, 2]}, "\nA preference is 1 where the baseline's answer is better"),
        ({"item_id": ["1", "1", "1"]}, "\nKeep one judgment of each answer"),
        ({"preference": [1, None, 2]}, "row 2, column preference: the cell is empty"),
        ({"preference": [1, float("nan"), 2]}, "row 2, column preference: nan is not a finite"),
        ({"len_output": [10, -1, 3]}, "row 2, column len_output: -1 is not a finite number at"),
        ({"item_id": ["1", "1", "1"]}, "row 3, column item_id: '1' is there already for this"),
        ({"judge": ["j", None, "j"]}, "row 2, column judge: the cell is empty"),
    ],
)
def test_preferences(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Preferences.from_frame(frame_of(PREFERENCES, changes), source="f.csv")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": [1, "good", 2]}, "f.csv, row 2, column score: 'good' is not a number"),
        ({"score": [1, float("inf"), 2]}, "row 2, column score: inf is not a finite number"),
        ({"turn": [1, 1, 0]}, "row 3, column turn: 0 is not a finite number at least 1"),
        ({"turn": [1, 1, 1]}, "row 3, column item_id: '81' is there already for this model, judge"),
        ({"judge": ["j", None, "j"]}, "row 2, column judge: the cell is empty"),
    ],
)
def test_gradings(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Gradings.from_frame(frame_of(GRADINGS, changes), source="f.csv")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": ["A>B", "A", None, "B>A"]}, "row 2, column verdict: 'A' is not one of A>>B,"),
        ({"model_b": ["y", "y", "y", "x"]}, "row 2, column model_b: 'y' is its own opponent"),
        ({"item_id": ["1", "1", "2", "3"]}, "row 3, column game: 1 is the only game of two that"),
        ({"item_id": ["1", "1", "2", "3"]}, "\nA pair is judged in both orders, games 1 and 2"),
        ({"game": [1, 1, 1, 2]}, "\nKeep one of each: score mt-bench"),
        ({"game": [1, 1, 1, 2]}, "row 2, column item_id: '1' is there already for this judge"),
        ({"game": [1, 3, 1, 2]}, "row 2, column game: 3 is not a finite number at least 1 and"),
        (
            {"model_a": ["x", "x", "x", "y"], "model_b": ["y", "y", "y", "x"]},
            "row 1, column model_a: 'x' is shown first in both games of two",
        ),
    ],
)
def test_games(changes: dict[str, list], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Judgments.from_frame(frame_of(GAMES, changes), source="f.csv")
    assert message in str(caught.value)


def test_games_without_numbers_are_told_apart_by_order_and_turn() -> None:
    games = pl.DataFrame(GAMES).drop("game")
    assert Judgments.from_frame(games).unparseable == 1
    repeated = games.with_columns(item_id=pl.lit("1"))
    with pytest.raises(InputError, match="for this judge, pair and order"):
        Judgments.from_frame(repeated)
    turns = repeated.with_columns(turn=pl.Series([1, 1, 2, 2]))
    assert len(Judgments.from_frame(turns)) == 4


@pytest.mark.parametrize(
    ("table", "columns", "column"),
    [
        (Preferences, PREFERENCES, "preference"),
        (Gradings, GRADINGS, "score"),
        (Judgments, GAMES, "verdict"),
    ],
)
def test_columns_and_rows_must_be_there(
    table: type[Preferences | Gradings | Judgments], columns: dict, column: str
) -> None:
    frame = pl.DataFrame(columns)
    with pytest.raises(MissingColumnError, match=f"f.csv: no column {column}"):
        table.from_frame(frame.drop(column), source="f.csv")
    with pytest.raises(FormatError, match=r"f.csv: no "):
        table.from_frame(frame.clear(), source="f.csv")


def test_a_filter_counts_what_it_took_and_keeps_the_notes() -> None:
    table = Gradings.from_frame(pl.DataFrame(GRADINGS), notes=["said"])
    kept = table.keep(table.frame["turn"] == 1, "turn 2")
    assert (len(kept), kept.removed, kept.notes) == (2, (Removal("turn 2", 1),), ("said",))
    assert (table.models, table.judges, table.unparseable) == (("x", "y"), ("j",), 1)


def test_of_several_judges_one_must_be_named() -> None:
    table = Gradings.from_frame(frame_of(GRADINGS, {"judge": ["j", "k", "j"]}), source="f.csv")
    with pytest.raises(InputError) as caught:
        of_one_judge(table, None)
    assert "f.csv, row 2, column judge: 'k' is not the only judge" in str(caught.value)
    assert "--judge NAME: 'j', 'k'" in str(caught.value)
    one = of_one_judge(table, "j")
    assert (len(one), one.removed) == (2, (Removal("not judged by j", 1),))
    assert of_one_judge(one, None) is one
    with pytest.raises(UsageError, match="--judge 'm' is not one of 'j', 'k'"):
        of_one_judge(table, "m")
    nameless = Preferences.from_frame(pl.DataFrame(PREFERENCES).drop("judge"))
    assert (of_one_judge(nameless, None), nameless.judges) == (nameless, ())
    with pytest.raises(UsageError, match="no column judge"):
        of_one_judge(nameless, "j")


def test_a_judge_that_judged_itself_is_refused_kept_or_removed() -> None:
    table = Judgments.from_frame(frame_of(GAMES, {"judge": ["x", "x", "j", "j"]}), source="f.csv")
    sides = ("model_a", "model_b")
    with pytest.raises(InputError) as caught:
        without_self_judged(table, sides, "error")
    assert "f.csv, row 1, column judge: 'x' is one of the models that it judges here" in str(
        caught.value
    )
    assert "and 1 more" not in str(caught.value)
    assert caught.value.total == 2
    assert without_self_judged(table, sides, "keep") is table
    left = without_self_judged(table, sides, "remove")
    assert (len(left), left.removed) == (2, (Removal("a judge on its own answer", 2),))
    assert without_self_judged(left, sides, "error") is left


def test_a_row_that_stands_for_two_games_is_named_once() -> None:
    frame = frame_of(GAMES, {"model_b": ["x", "x", "x", "x"]}).with_columns(
        _row=pl.Series([1, 1, 1, 2], dtype=pl.UInt32), _file=pl.lit("f.jsonl")
    )
    with pytest.raises(InputError) as caught:
        Judgments.from_frame(frame, source="f.jsonl")
    text = str(caught.value)
    assert text.count("f.jsonl, row 1,") == 1
