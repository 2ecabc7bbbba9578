"""Games of a judge from Arena-Hard and MT-Bench files, and from plain tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import written
from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_judgments

if TYPE_CHECKING:
    from pathlib import Path

HARD = {
    "uid": "u1",
    "category": "hard_prompt",
    "judge": "j",
    "model": "m",
    "baseline": "b",
    "games": [
        {"score": "A>>B", "judgment": {"answer": "long"}, "prompt": ["p"]},
        {"score": "B>A", "judgment": "long", "prompt": None},
    ],
}
PAIR = {
    "question_id": 81,
    "model_1": "x",
    "model_2": "y",
    "g1_winner": "model_2",
    "g2_winner": "error",
    "judge": ["gpt-4", "pair-v2"],
    "turn": 1,
    "g1_judgment": "long",
}


def lines(*records: dict) -> str:
    return "\n".join(json.dumps(record) for record in records)


def rows(path: Path, *, baseline: str | None = None) -> list[tuple]:
    frame = load_judgments(path, baseline=baseline).frame
    return frame.select("item_id", "model_a", "model_b", "judge", "verdict", "game").rows()


def test_arena_hard_shows_the_baseline_first_and_then_the_model(tmp_path: Path) -> None:
    path = written(tmp_path, lines(HARD))
    assert rows(path) == [("u1", "b", "m", "j", "A>>B", 1), ("u1", "m", "b", "j", "B>A", 2)]


def test_a_game_without_a_score_is_unparseable(tmp_path: Path) -> None:
    games = [{"score": None}, {"score": ""}]
    assert load_judgments(written(tmp_path, lines(HARD | {"games": games}))).unparseable == 2


def test_parquet_and_json_say_the_same(tmp_path: Path) -> None:
    record = HARD | {"games": [{"score": "A>>B"}, {"score": "B>A"}]}
    pl.DataFrame([record]).write_parquet(tmp_path / "p.parquet")
    array = written(tmp_path, json.dumps([record]), "a.json")
    assert rows(tmp_path / "p.parquet") == rows(array) == rows(written(tmp_path, lines(HARD)))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"games": [{"score": "A>B"}]}, "row 2, column games: 1 is not the number of games"),
        ({"games": None}, "row 2, column games: 0 is not the number of games"),
        ({"games": [{"score": "A"}] * 2}, "row 2, column games: 'A' is not one of A>>B, A>B"),
        ({"model": None}, "row 2, column model: the cell is empty"),
        ({"model": "b"}, "row 2, column model: 'b' is the baseline"),
        ({"uid": "u1"}, "row 2, column uid: 'u1' is there already for this model"),
    ],
)
def test_arena_hard_names_the_line(tmp_path: Path, record: dict, message: str) -> None:
    path = written(tmp_path, lines(HARD, HARD | {"uid": "u2"} | record), "hard.jsonl")
    with pytest.raises(InputError) as caught:
        load_judgments(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_older_files_need_the_name_of_the_baseline(tmp_path: Path) -> None:
    old = {name: value for name, value in HARD.items() if name not in ("baseline", "uid")}
    path = written(tmp_path, lines(old | {"question_id": "q1"}))
    with pytest.raises(MissingColumnError, match=r"--baseline; that of version 0\.1 was"):
        load_judgments(path)
    assert rows(path, baseline="gpt-4-0314")[0][:3] == ("q1", "gpt-4-0314", "m")


def test_mt_bench_pairs_make_two_games_with_the_sides_swapped(tmp_path: Path) -> None:
    assert rows(written(tmp_path, lines(PAIR))) == [
        ("81", "x", "y", "gpt-4", "B>A", 1),
        ("81", "y", "x", "gpt-4", None, 2),
    ]
    first = PAIR | {"g1_winner": "model_1", "g2_winner": "model_1", "judge": "gpt-4"}
    assert [row[4] for row in rows(written(tmp_path, lines(first)))] == ["A>B", "B>A"]
    ties = PAIR | {"g1_winner": "tie", "g2_winner": "model_2"}
    assert [row[4] for row in rows(written(tmp_path, lines(ties)))] == ["A=B", "A>B"]


def test_an_unknown_winner_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, lines(PAIR, PAIR | {"question_id": 82, "g2_winner": "model_a"}))
    with pytest.raises(InputError, match=r"row 2, column g2_winner: 'model_a' is not one of"):
        load_judgments(path)


def test_several_files_are_one_table(tmp_path: Path) -> None:
    hard = written(tmp_path, lines(HARD), "hard.jsonl")
    pairs = written(tmp_path, lines(PAIR), "pairs.jsonl")
    plain = written(
        tmp_path, "item_id,model_a,model_b,judge,verdict,game\n1,x,y,j,A>B,1\n1,y,x,j,,2\n"
    )
    found = load_judgments([hard, pairs, plain])
    assert (len(found), found.judges, found.unparseable) == (6, ("gpt-4", "j"), 2)
    with pytest.raises(InputError, match="there already for this judge, pair and game"):
        load_judgments([hard, hard])


def test_what_is_no_game_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no games of a judge in it"):
        load_judgments(written(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(UsageError, match="no file of judgments"):
        load_judgments([])
