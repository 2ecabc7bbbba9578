"""What a board of benchmarks refuses, and in which words."""

from __future__ import annotations

import polars as pl
import pytest

from tests.claims.quizzes import score_frame, scores_of
from theodolite.claims import board
from theodolite.errors import (
    InputError,
    MissingColumnError,
    TooFewError,
    TooLargeError,
    UsageError,
)

QUIZ = (("quiz", 60),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 1.0}, "the level must lie between 0 and 1, as 0.95; not 1.0"),
        ({"seed": -1}, "the seed must not be negative, as -1 is"),
        ({"by": "model"}, "by benchmark or by subject, not by 'model'"),
    ],
)
def test_options(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        board(scores_of(score_frame()), **options)


def test_columns_must_be_there() -> None:
    scores = scores_of(score_frame().drop("subject"))
    with pytest.raises(MissingColumnError, match="no column subject, which a board by subject"):
        board(scores, by="subject")
    with pytest.raises(MissingColumnError, match=r"no column voter to cluster by \(columns: model"):
        board(scores, cluster="voter")
    gap = pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("passage").alias("passage")
    with pytest.raises(InputError, match=r"row 5, column passage: the cell is empty, and clust"):
        board(scores_of(score_frame().with_columns(gap)), cluster="passage")
    nested = score_frame().with_columns(passage=pl.concat_list("passage"))
    with pytest.raises(UsageError, match="nested"):
        board(scores_of(nested), cluster="passage")


@pytest.mark.parametrize(("column", "by"), [("passage", "benchmark"), ("subject", "subject")])
def test_an_item_has_one_label(column: str, by: str) -> None:
    frame = score_frame(benchmarks=QUIZ)
    other = pl.when(pl.int_range(pl.len()) == 61).then(pl.lit("odd")).otherwise(column)
    with pytest.raises(InputError) as caught:
        board(scores_of(frame.with_columns(other.alias(column))), by=by, cluster="passage")
    text = f"scores.csv, row 62, column {column}: 'odd' is not the {column} that this item has"
    assert text in str(caught.value)


def test_a_cluster_lies_in_one_subject() -> None:
    frame = score_frame(benchmarks=QUIZ).with_columns(passage=pl.lit("p"))
    with pytest.raises(InputError, match="'p' of column passage lies in 'a' and 'b', which are"):
        board(scores_of(frame), by="subject", cluster="passage")


def test_benchmarks_may_share_names_of_clusters() -> None:
    assert board(scores_of(score_frame()), cluster="passage").clusters == 30


def test_percent_beside_fractions() -> None:
    percent = pl.when(pl.col("model") == "m1").then(100.0).otherwise(1.0)
    frame = score_frame(benchmarks=QUIZ).with_columns(pl.col("score") * percent)
    with pytest.raises(InputError) as caught:
        board(scores_of(frame))
    assert (
        "scores of 'quiz' are on two scales: those of 'm0' reach 1 and those of 'm1' reach 100"
        in (str(caught.value))
    )
    # Negative scores are on no such scale, and one who has nothing right fits them all.
    lower = pl.when(pl.col("item_id") == "i0").then(-1.0).otherwise(pl.col("score"))
    assert len(board(scores_of(frame.with_columns(score=lower))).models) == 4
    nothing = pl.when(pl.col("model") == "m1").then(pl.col("score")).otherwise(0.0)
    assert len(board(scores_of(frame.with_columns(score=nothing))).models) == 4


def test_two_clusters_at_least() -> None:
    frame = score_frame(benchmarks=QUIZ)
    one = frame.filter((pl.col("model") != "m2") | (pl.col("item_id") == "i7"))
    with pytest.raises(TooFewError, match="'m2' has a single cluster of items in 'quiz'"):
        board(scores_of(one))
    with pytest.raises(TooFewError, match="a single cluster"):
        board(scores_of(frame), cluster="benchmark")


def test_the_averages_names_are_taken() -> None:
    with pytest.raises(InputError, match=r"called \(macro\) would be taken for the average"):
        board(scores_of(score_frame(benchmarks=(("(macro)", 9), ("quiz", 9)))))


def test_no_item_in_common() -> None:
    frame = score_frame(2, benchmarks=(("quiz", 60), ("riddles", 30)))
    odd = pl.col("item_id").str.slice(1).cast(pl.Int64) % 2 == 1
    apart = (pl.col("benchmark") == "quiz") | (odd == (pl.col("model") == "m0"))
    with pytest.raises(TooFewError, match="no item of 'riddles' was answered by every model"):
        board(scores_of(frame.filter(apart)), common=True)


def test_room(monkeypatch: pytest.MonkeyPatch) -> None:
    from theodolite.claims import answers
    from theodolite.claims.board import board as made

    monkeypatch.setattr(answers, "MOST_CELLS", 100)
    with pytest.raises(TooLargeError, match="4 models times 90 items are more than 100 scores"):
        made(scores_of(score_frame()))


def test_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    home = importlib.import_module("theodolite.claims.board")
    monkeypatch.setattr(home, "MOST_PAIRS", 10)
    with pytest.raises(TooLargeError, match="16 pairs of models over 2 benchmarks"):
        board(scores_of(score_frame()))


def test_few_clusters_are_named() -> None:
    notes = board(scores_of(score_frame()), cluster="passage").notes
    assert any("few clusters in 'quiz' (20), 'riddles' (10)" in note for note in notes)
