"""What a caller may ask for, and the text of the command line for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import FIXTURES, HEADER, error_of, outcome, written
from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.loading import (
    VOTE_FORMATS,
    VoteOptions,
    load_votes,
    parse_columns,
    parse_winner_values,
)

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "l,r,who\nx,y,1\ny,z,2\nz,x,0\nz,x,-\n"
NAMES = parse_columns("model_a=l,model_b=r,winner=who")
VALUES = parse_winner_values("a=1,b=2,tie=0,bad=-")


def test_any_file_by_its_columns_and_labels(tmp_path: Path) -> None:
    votes = load_votes(written(tmp_path, OTHER), VoteOptions(columns=NAMES, winner_values=VALUES))
    assert outcome(votes) == [
        ("x", "y", "model_a"),
        ("y", "z", "model_b"),
        ("z", "x", "tie"),
        ("z", "x", "both_bad"),
    ]


def test_an_unknown_label_is_an_error(tmp_path: Path) -> None:
    options = VoteOptions(columns=NAMES, winner_values=parse_winner_values("a=1,b=2"))
    text = error_of(written(tmp_path, OTHER), options)
    assert "row 3, column who: '0' is not one of" in text
    assert "--winner-values" in text


def test_renaming_beats_another_format_that_fits(tmp_path: Path) -> None:
    path = written(tmp_path, "left,right,winner\nx,y,model_a\n")
    options = VoteOptions(columns={"model_a": "right", "model_b": "left"})
    assert outcome(load_votes(path, options)) == [("y", "x", "model_a")]


def test_only_what_is_needed_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "model_a,model_b,winner,vote_id,language,x\na,b,tie,1,,7\n")
    names = [c for c in load_votes(path).frame.columns if not c.startswith("_")]
    assert names == ["model_a", "model_b", "winner"]
    votes = load_votes(path, VoteOptions(need=frozenset({"x", "language"})))
    assert votes.frame.select("language", "x").rows() == [(None, "7")]


def test_a_needed_column_that_is_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "x,y,tie,E\n")
    with pytest.raises(MissingColumnError) as caught:
        load_votes(path, VoteOptions(need=frozenset({"voter"})))
    text = str(caught.value)
    assert "no column voter" in text
    assert "columns: model_a, model_b, winner, language" in text
    assert "fastchat" in text
    assert "crowd" in text


def test_an_optional_column_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "x,y,tie,E\n")
    also = frozenset({"language", "voter", "tokens_a", "tag.math", "language.x"})
    frame = load_votes(path, VoteOptions(also=also)).frame
    assert set(frame.columns) == {*load_votes(path).frame.columns, "language"}
    with pytest.raises(MissingColumnError, match="no column voter"):
        load_votes(path, VoteOptions(also=also, need=frozenset({"voter"})))
    options = VoteOptions(also=also, columns={"voter": "language"})
    assert load_votes(path, options).frame["voter"].to_list() == ["E"]


def test_an_optional_column_is_checked_where_it_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, "model_a,model_b,winner,turn\nx,y,tie,0\n")
    text = error_of(path, VoteOptions(also=frozenset({"turn"})))
    assert "row 1, column turn: '0' is not a finite number at least 1" in text


def test_of_several_files_the_optional_columns_that_all_have_stay(tmp_path: Path) -> None:
    first = written(tmp_path, "model_a,model_b,winner,turn,voter\nx,y,tie,1,v\n", "first")
    second = written(tmp_path, "model_a,model_b,winner,turn\nx,y,tie,2\n", "second")
    votes = load_votes([first, second], VoteOptions(also=frozenset({"turn", "voter"})))
    assert votes.frame["turn"].to_list() == [1, 2]
    assert "voter" not in votes.frame.columns


def test_style_counts_that_the_format_makes_are_read_as_optional(tmp_path: Path) -> None:
    counts = frozenset({"tokens_a", "tokens_b"})
    made = FIXTURES / "arena_55k.csv"
    need, also = (load_votes(made, VoteOptions(**{how: counts})) for how in ("need", "also"))
    assert also.frame.equals(need.frame)
    assert also.frame["tokens_a"][0] == 14
    without = written(tmp_path, "model_a,model_b,winner\nalpha,beta,tie\n")
    both = load_votes([made, without], VoteOptions(also=counts))
    assert len(both) == 4
    assert "tokens_a" not in both.frame.columns


def test_an_optional_vote_id_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "votes.parquet"
    pl.DataFrame({"model_a": "x", "model_b": "y", "winner": "tie", "vote_id": "1"}).write_parquet(
        path
    )
    options = VoteOptions(also=frozenset({"vote_id"}))
    assert load_votes(path, options).frame["vote_id"].to_list() == ["1"]


def test_a_constant_column(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "x,y,tie,E\n")
    options = VoteOptions(columns={"judge": "=gpt-4"}, need=frozenset({"judge"}))
    assert load_votes(path, options).frame["judge"].to_list() == ["gpt-4"]


def test_at_most_so_many_of_one_prompt(tmp_path: Path) -> None:
    path = written(tmp_path, "left,right,winner,prompt\n" + "x,y,left,1\n" * 3 + "x,y,tie,2\n")
    votes = load_votes(path, VoteOptions(dedup_prompts=2))
    assert (len(votes), votes.removed[0].count) == (3, 1)


def test_an_explicit_format(tmp_path: Path) -> None:
    path = written(tmp_path, "model_a,model_b,left,right,winner\nx,y,x,y,tie\n")
    assert "fit the formats votes and crowd" in error_of(path)
    assert outcome(load_votes(path, VoteOptions(format="crowd"))) == [("x", "y", "tie")]
    text = error_of(path, VoteOptions(format="arena-hard"))
    assert "no column uid or question_id, model, games, which the format arena-hard needs" in text
    with pytest.raises(UsageError, match="not one of votes"):
        load_votes(path, VoteOptions(format="excel"))


@pytest.mark.parametrize(
    "options",
    [
        {"columns": {"winner": "nowhere"}},
        {"on_duplicate": "keep"},
        {"columns": {"modela": "model_a"}},
        {"columns": (("winner", "x"), ("winner", "y"))},
        {"winner_values": {"left": "model_a"}},
        {"winner_values": (("tie", "x"), ("both_bad", "x"))},
    ],
)
def test_wrong_options(tmp_path: Path, options: dict[str, object]) -> None:
    path = written(tmp_path, HEADER + "x,y,tie,E\n")
    with pytest.raises((UsageError, MissingColumnError)):
        load_votes(path, VoteOptions(**options))  # type: ignore[arg-type]


def test_no_file_at_all() -> None:
    with pytest.raises(UsageError):
        load_votes([])


@pytest.mark.parametrize("text", ["", "a", "a=", "=b", "a=1,,b=2"])
def test_text_that_is_no_pair(text: str) -> None:
    with pytest.raises(UsageError, match="--columns"):
        parse_columns(text)
    with pytest.raises(UsageError, match="--winner-values"):
        parse_winner_values(text)


def test_an_unknown_outcome() -> None:
    with pytest.raises(UsageError, match="'left' is not one of a, b, bad, model_a"):
        parse_winner_values("left=a")


def test_options_can_be_keys() -> None:
    assert hash(VoteOptions(columns={"model_a": "left"})) == hash(
        VoteOptions(columns=(("model_a", "left"),))
    )


def test_every_format_has_a_line() -> None:
    assert next(iter(VOTE_FORMATS)) == "votes"
    assert all(summary and "\n" not in summary for summary in VOTE_FORMATS.values())


@pytest.mark.parametrize("ids", [["1", "2", "1"], ["1", None, "3"], ["1", "", "3"]])
def test_ids_of_parquet_are_compared_though_not_kept(tmp_path: Path, ids: list[str | None]) -> None:
    path = tmp_path / "votes.parquet"
    frame = pl.DataFrame({"model_a": ["x"] * 3, "model_b": ["y"] * 3, "winner": ["tie"] * 3})
    frame.with_columns(vote_id=pl.Series(["a", "b", "c"])).write_parquet(path)
    assert "vote_id" not in load_votes(path).frame.columns
    kept = load_votes(path, VoteOptions(need=frozenset({"vote_id"})))
    assert kept.frame["vote_id"].to_list() == ["a", "b", "c"]
    frame.with_columns(vote_id=pl.Series(ids)).write_parquet(path)
    row = 3 if ids[1] == "2" else 2
    with pytest.raises(InputError, match=f"row {row}, column vote_id"):
        load_votes(path)
