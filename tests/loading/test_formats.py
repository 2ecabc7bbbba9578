"""Each format of votes, from a file written to its documented schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import FIXTURES, error_of, outcome, written
from theodolite.errors import MissingColumnError, UsageError
from theodolite.loading import VOTE_FORMATS, VoteOptions, load_votes
from theodolite.loading.source import Source
from theodolite.loading.votes.registry import format_of
from theodolite.tables import STYLE_FEATURES, Removal, Votes

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = [f"{feature}_{side}" for feature in STYLE_FEATURES for side in ("a", "b")]
COUNTED = (14, 19, 1, 0, 2, 1, 1, 1)  # in the texts of every fixture
PUBLISHED = (30, 20, 1, 0, 5, 1, 3, 0)  # in conv_metadata of the first record
FORMAT_OF = {
    "fastchat.json": "fastchat",
    "fastchat_counts.jsonl": "fastchat",
    "arena_55k.csv": "arena-55k",
    "arena_100k.jsonl": "arena-100k",
    "arena_140k.jsonl": "arena-140k",
    "alpaca_eval.json": "alpaca-eval",
    "arena_hard.jsonl": "arena-hard",
    "arena_hard_v01.jsonl": "arena-hard",
    "mt_bench_pairs.jsonl": "mt-bench-pairs",
}


def load(name: str | Path, *need: str, **options: object) -> Votes:
    path = FIXTURES / name
    return load_votes(path, VoteOptions(need=frozenset(need), **options))  # type: ignore[arg-type]


def column(votes: Votes, name: str) -> list[object]:
    return votes.frame[name].to_list()


def as_parquet(name: str, folder: Path) -> Path:
    """Write the records of a JSONL fixture as Parquet, with its nested types."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    records = [json.loads(line) for line in text.splitlines()]
    path = folder / f"{name}.parquet"
    pl.DataFrame(records).write_parquet(path)
    return path


@pytest.mark.parametrize(("name", "expected"), FORMAT_OF.items())
def test_the_format_is_told_from_the_columns(name: str, expected: str) -> None:
    assert format_of(None, Source.open(FIXTURES / name).schema, (), name).name == expected


def test_every_format_has_a_fixture() -> None:
    assert set(FORMAT_OF.values()) | {"votes", "crowd"} == set(VOTE_FORMATS)
    listing = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert all(name in listing for name in FORMAT_OF)


def test_fastchat() -> None:
    votes = load(
        "fastchat.json", "vote_id", "voter", "timestamp", "anony", "turn", "prompt_id", *COUNTS
    )
    assert column(votes, "winner") == ["model_a", "both_bad", "tie"]
    assert column(votes, "vote_id") == ["q0", "q1", "q2"]
    assert column(votes, "voter") == ["arena_user_0", "arena_user_1", "arena_user_0"]
    assert column(votes, "anony") == [True, True, False]
    assert column(votes, "turn") == [1, 1, 1]
    first, second, third = column(votes, "prompt_id")
    assert first == third != second
    assert str(column(votes, "timestamp")[0]) == "2023-04-24 15:53:11.100000+00:00"
    assert votes.frame.select(COUNTS).row(0) == COUNTED


def test_counts_that_are_numbers_or_split_in_one_file() -> None:
    votes = load("fastchat_counts.jsonl", *COUNTS)
    assert votes.frame.select(COUNTS).rows() == [
        (30, 20, 2, 0, 5, 1, 3, 0),
        (31, 20, 2, 0, 5, 1, 3, 0),
    ]
    assert "vote_id" not in votes.frame.columns


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize(
    ("name", "winners", "voters", "ids"),
    [
        ("arena_100k.jsonl", ["model_b", "both_bad", "tie"], ["hash0", "hash1", "hash0"], "h"),
        ("arena_140k.jsonl", ["model_a", "both_bad", "tie"], ["s0", "s0", "s1"], "id"),
    ],
)
def test_arena(
    tmp_path: Path, name: str, winners: list[str], voters: list[str], ids: str, *, parquet: bool
) -> None:
    path = as_parquet(name, tmp_path) if parquet else FIXTURES / name
    need = ("vote_id", "voter", "prompt_id", "language", "is_code", "category_tag.if", *COUNTS)
    votes = load(path, *need)
    assert column(votes, "winner") == winners
    assert column(votes, "voter") == voters
    assert column(votes, "vote_id") == [f"{ids}{i}" for i in range(3)]
    assert votes.frame.select(COUNTS).row(0) == PUBLISHED
    assert column(votes, "headers_a") == [1, 2, 3]
    assert column(votes, "prompt_id") == column(load(name, "prompt_id"), "prompt_id")
    assert {str(flag).lower() for flag in column(votes, "category_tag.if")} == {"true", "false"}


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("name", ["arena_100k.jsonl", "arena_140k.jsonl"])
def test_counts_from_the_conversation_where_none_are_published(
    tmp_path: Path, name: str, *, parquet: bool
) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        del record["conv_metadata"]
    path = tmp_path / "votes"
    if parquet:
        pl.DataFrame(records).write_parquet(path)
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert set(load(path, *COUNTS).frame.select(COUNTS).rows()) == {COUNTED}


def test_a_key_that_two_tags_have_must_be_named_in_full(tmp_path: Path) -> None:
    path = as_parquet("arena_140k.jsonl", tmp_path)
    for name in (path, "arena_140k.jsonl"):
        with pytest.raises(UsageError, match=r"may mean category_tag.creative_writing_v0.1.score"):
            load(name, "category_tag.score")
        full = "category_tag.if_v0.1.score"
        assert [int(str(v)) for v in column(load(name, full), full)] == [4, 4, 4]
        with pytest.raises(MissingColumnError):
            load(name, "category_tag.nothing")


@pytest.mark.parametrize("old", ['"h3": 1', '"header_count_a": 2'])
def test_a_count_that_is_none_is_an_error(tmp_path: Path, old: str) -> None:
    text = (FIXTURES / "fastchat_counts.jsonl").read_text(encoding="utf-8")
    path = written(tmp_path, text.replace(old, f'{old.split(":", maxsplit=1)[0]}: "many"'))
    message = error_of(path, VoteOptions(need=frozenset({"headers_a"})))
    assert "column conv_metadata" in message
    assert "many" in message


def test_a_conversation_that_is_none_names_its_row(tmp_path: Path) -> None:
    records = json.loads((FIXTURES / "fastchat.json").read_text(encoding="utf-8"))
    records[1]["conversation_a"] = 5
    path = written(tmp_path, json.dumps(records))
    assert "row 2: cannot be read" in error_of(path, VoteOptions(need=frozenset({"tokens_a"})))


def test_arena_55k() -> None:
    votes = load("arena_55k.csv", "vote_id", "prompt_id", *COUNTS)
    assert column(votes, "winner") == ["model_a", "model_b", "tie"]
    assert column(votes, "vote_id") == ["30192", "30193", "30194"]
    assert len(set(column(votes, "prompt_id"))) == 3
    assert set(votes.frame.select(COUNTS).rows()) == {COUNTED}


@pytest.mark.parametrize(
    ("hot", "message"),
    [
        ("1,1,0", "row 2, column winner_model_a, winner_model_b, winner_tie: '1, 1, 0' is not one"),
        ("0,0,0", "'0, 0, 0' is not one 1 and two 0"),
        (
            "2,0,0",
            "column winner_model_a: '2' is not a finite number at least 0 and at most 1",
        ),
        ("0,,1", "row 2, column winner_model_b: the cell is empty"),
        ("0,x,1", "row 2, column winner_model_b: 'x' is not a whole number"),
    ],
)
def test_arena_55k_is_one_hot(tmp_path: Path, hot: str, message: str) -> None:
    header = "id,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n"
    path = written(tmp_path, f"{header}1,x,y,1,0,0\n2,x,y,{hot}\n")
    assert message in error_of(path)


def test_alpaca_eval() -> None:
    votes = load("alpaca_eval.json", "prompt_id", "judge", *COUNTS)
    assert votes.models == ("gpt4_1106_preview", "tiny-1b")
    assert column(votes, "winner") == ["model_a", "model_a", "tie", "model_b", "tie"]
    assert column(votes, "share_a") == [1, 0.75, 0.5, 0, 0.5]
    assert votes.removed == (Removal("no verdict", 1),)
    assert column(votes, "_row") == [1, 2, 3, 4, 5]
    assert votes.frame.select(COUNTS).row(0) == tuple(COUNTED[i] for i in (1, 0, 3, 2, 5, 4, 7, 6))


@pytest.mark.parametrize("value", ["0.5", "2.01", "-1", '"good"', "[1]"])
def test_alpaca_eval_preference_out_of_range(tmp_path: Path, value: str) -> None:
    line = '{"generator_1": "x", "generator_2": "y", "preference": %s}\n'
    path = written(tmp_path, line % "1.5" + line % value)
    assert "row 2, column preference" in error_of(path)


def test_alpaca_eval_nan_in_parquet_is_no_verdict(tmp_path: Path) -> None:
    frame = pl.DataFrame({"preference": [1.0, float("nan")]})
    frame = frame.with_columns(generator_1=pl.lit("x"), generator_2=pl.lit("y"))
    frame.write_parquet(tmp_path / "votes")
    assert load_votes(tmp_path / "votes").removed == (Removal("no verdict", 1),)


@pytest.mark.parametrize("parquet", [False, True])
def test_arena_hard(tmp_path: Path, *, parquet: bool) -> None:
    path = as_parquet("arena_hard.jsonl", tmp_path) if parquet else FIXTURES / "arena_hard.jsonl"
    votes = load(path, "prompt_id", "judge", "category")
    assert votes.frame.select("_row", "model_a", "winner", "weight").rows() == [
        (1, "o3-mini", "model_a", 3),
        (1, "gamma", "model_b", 1),
        (2, "o3-mini", "tie", 1),
        (2, "gamma", "model_a", 3),
        (3, "gamma", "model_b", 3),
        (4, "o3-mini", "model_a", 1),
    ]
    assert column(votes, "prompt_id") == ["u1", "u1", "u2", "u2", "u3", "u4"]
    assert votes.removed == (Removal("no verdict", 2),)


def test_arena_hard_does_not_guess_the_baseline() -> None:
    path = FIXTURES / "arena_hard_v01.jsonl"
    assert "--columns baseline==VALUE" in error_of(path)
    votes = load(path, columns={"baseline": "=gpt-4-0314"})
    assert outcome(votes)[0] == ("gpt-4-0314", "gamma", "model_a")
    with pytest.raises(UsageError, match="makes model_b itself"):
        load(path, columns={"model_b": "=gpt-4-0314"})


@pytest.mark.parametrize(
    ("games", "message"),
    [
        ('[{"score": "A>>>B"}, {"score": "A>B"}]', "row 2, column games: 'A>>>B' is not one of"),
        ('[{"score": "A>B"}]', "row 2, column games: 1 is not the number of games"),
        ("null", "row 2, column games: 0 is not the number of games"),
        ('"A>B"', "row 2: cannot be read"),
    ],
)
def test_arena_hard_games(tmp_path: Path, games: str, message: str) -> None:
    good = '[{"score": "A>B"}, {"score": "A>B"}]'
    line = '{"uid": "1", "model": "x", "baseline": "y", "games": %s}\n'
    assert message in error_of(written(tmp_path, line % good + line % games))


@pytest.mark.parametrize("parquet", [False, True])
def test_mt_bench_pairs(tmp_path: Path, *, parquet: bool) -> None:
    name = "mt_bench_pairs.jsonl"
    path = as_parquet(name, tmp_path) if parquet else FIXTURES / name
    votes = load(path, "judge", "turn", "prompt_id")
    assert column(votes, "winner") == ["model_a", "model_b", "tie", "tie"]
    assert set(column(votes, "judge")) == {"gpt-4"}
    assert column(votes, "turn") == [1, 2, 1, 2]
    assert column(votes, "prompt_id") == ["81", "82", "83", "84"]
    assert votes.removed == (Removal("no verdict", 1),)


def test_mt_bench_pairs_with_an_unknown_winner(tmp_path: Path) -> None:
    text = (FIXTURES / "mt_bench_pairs.jsonl").read_text(encoding="utf-8")
    path = written(tmp_path, text.replace('"error"', '"Error"'))
    assert "row 5, column g1_winner: 'Error' is not one of model_1, model_2" in error_of(path)


def test_no_verdict_at_all(tmp_path: Path) -> None:
    line = '{"generator_1": "x", "generator_2": "y", "preference": null}\n'
    assert "none of its 2 records holds a verdict" in error_of(written(tmp_path, line * 2))


def test_labels_cannot_be_named_where_the_verdict_is_computed() -> None:
    with pytest.raises(UsageError, match="no labels"):
        load("alpaca_eval.json", winner_values={"tie": "1.5"})
