"""What options give away: planted leaks, benchmarks without any, and published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auditing.quiz import quiz
from theodolite.auditing.leaks import CHECKS, BenchmarkBias, benchmark_bias
from theodolite.auditing.option_features import _overlaps as overlaps
from theodolite.auditing.option_features import option_features
from theodolite.auditing.rule import Texts
from theodolite.errors import TooFewError, UsageError
from theodolite.stats import wilson
from theodolite.tables import Items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = [f"w{i}" for i in range(60)]


def made(seed: int, n: int, leak: str = "", strength: float = 1.0) -> Items:
    """Options of random words; ``leak`` marks the key in a part ``strength`` of the items."""
    rng = np.random.default_rng(seed)
    choices, answers = [], []
    for _ in range(n):
        size = int(rng.integers(3, 6))
        options = [" ".join(rng.choice(WORDS, rng.integers(1, 6))) for _ in range(size)]
        key = int(rng.integers(size))
        if rng.random() < strength:
            if leak == "position":
                key = 2
            elif leak == "length":
                key = int(np.argmax([len(option) for option in options]))
            elif leak == "word":
                key = next((j for j, o in enumerate(options) if "w7" in o.split()), key)
        choices.append(options)
        answers.append(key)
    ids = [str(i) for i in range(n)]
    columns = {"benchmark": "quiz", "item_id": ids, "question": "?", "choices": choices}
    half = ["a" if i % 2 else "b" for i in range(n)]
    return Items.from_frame(pl.DataFrame(columns | {"answer": answers, "subject": half}))


def row(bias: BenchmarkBias, check: str) -> dict[str, float]:
    return bias.checks.filter(pl.col("check") == check).row(0, named=True)


def test_the_numbers_of_a_quiz() -> None:
    found = benchmark_bias(quiz(), n_permutations=199)
    assert found.checks.get_column("check").to_list() == list(CHECKS)
    # Keys 1, 0, 0, 2, 0 of 2, 2, 2, 3, 2 options: three of five stand first.
    assert found.positions.get_column("share").to_list() == pytest.approx([0.6, 0.2, 1.0])
    chance = (4 / 2 + 1 / 3) / 5
    assert found.positions.get_column("expected").to_list() == pytest.approx(
        [chance, chance, 1 / 3]
    )
    assert found.positions.get_column("n").to_list() == [5, 5, 1]
    assert row(found, "key_position")["estimate"] == 1.0
    # All choices of an item are as long as each other.
    assert (row(found, "key_length")["estimate"], row(found, "key_length")["p_value"]) == (0.5, 1)
    assert row(found, "longest_option")["estimate"] == pytest.approx(chance)
    assert row(found, "options_alone")["expected"] == pytest.approx(chance)
    assert row(found, "options_alone")["high"] - row(found, "options_alone")["low"] > 0.4
    assert found.left_out == 0


@pytest.mark.parametrize(
    ("leak", "check"),
    [
        ("position", "key_position"),
        ("length", "key_length"),
        ("length", "longest_option"),
        ("length", "options_alone"),
        ("word", "options_alone"),
    ],
)
def test_a_planted_leak_is_found(leak: str, check: str) -> None:
    found = row(benchmark_bias(made(1, 300, leak, 0.6), n_permutations=999), check)
    assert found["low"] > found["expected"]
    assert found["p_value"] < 0.005


def test_a_word_that_marks_the_key_leaves_position_alone() -> None:
    found = benchmark_bias(made(2, 400, "word"), n_permutations=499)
    assert row(found, "key_position")["p_value"] > 0.01
    assert row(found, "options_alone")["estimate"] > row(found, "longest_option")["estimate"]


@pytest.mark.parametrize("n", [15, pytest.param(200, marks=pytest.mark.slow)])
def test_without_a_leak_nothing_is_found_too_often(n: int) -> None:
    found = pl.concat([benchmark_bias(made(s, 60), n_permutations=99).checks for s in range(n)])
    for check in CHECKS:
        rows = found.filter(pl.col("check") == check)
        # Binomial, with three standard errors to spare.
        assert (rows.get_column("p_value") <= 0.1).mean() <= 0.1 + 3 * np.sqrt(0.09 / n), check
        within = rows.select(pl.col("expected").is_between("low", "high").mean()).item()
        assert within >= 0.95 - 3 * np.sqrt(0.0475 / n), check


@pytest.mark.slow
def test_the_interval_covers_the_share_of_longest_keys() -> None:
    large = Texts.of(made(1_000, 40_000, "length", 0.3)).choices
    longest = pl.col("choice").str.len_chars() == pl.col("choice").str.len_chars().max().over(
        "_index"
    )
    hits = (
        large.with_columns(longest=longest)
        .group_by("_index")
        .agg(hit=(pl.col("longest") & pl.col("keyed")).sum() / pl.col("longest").sum())
    )
    truth = float(hits.get_column("hit").mean())
    rows = []
    for seed in range(400):
        bias = benchmark_bias(made(seed, 80, "length", 0.3), n_permutations=9)
        rows.append(row(bias, "longest_option"))
    within = np.mean([r["low"] <= truth <= r["high"] for r in rows])
    assert 0.93 <= within <= 0.98


def test_by_subject_and_by_benchmark() -> None:
    items = made(3, 80).frame.drop("_row", "_file")
    other = items.with_columns(benchmark=pl.lit("other"), subject=pl.lit("c"))
    both = Items.from_frame(pl.concat([items, other]))
    found = benchmark_bias(both, n_permutations=19, by_subject=True)
    names = found.checks.select("benchmark", "subject").unique(maintain_order=True).rows()
    assert names == [("other", "c"), ("quiz", "b"), ("quiz", "a")]
    assert found.checks.get_column("n").unique().sort().to_list() == [40, 80]
    assert found.to_dict()["checks"][0]["benchmark"] == "other"
    whole = benchmark_bias(both, n_permutations=19)
    alone = benchmark_bias(Items.from_frame(items), n_permutations=19)
    assert alone.checks.equals(whole.checks.filter(pl.col("benchmark") == "quiz"))
    assert whole.checks.select("benchmark", "subject").unique(maintain_order=True).rows() == [
        ("other", None),
        ("quiz", None),
    ]


def test_one_item_and_none() -> None:
    one = Items.from_frame(quiz().frame.head(1).drop("_row", "_file"))
    found = benchmark_bias(one, n_permutations=9).checks
    assert (found.get_column("high") - found.get_column("low") > 0.5).all()
    every = quiz().frame.head(2).drop("_row", "_file").with_columns(answer=pl.lit([0, 1]))
    with pytest.raises(TooFewError, match="one that is not"):
        benchmark_bias(Items.from_frame(every))
    mixed = pl.concat([every, quiz().frame.tail(2).drop("_row", "_file")])
    assert benchmark_bias(Items.from_frame(mixed), n_permutations=9).left_out == 2


def test_what_is_refused() -> None:
    for wrong in ({"level": 1.0}, {"n_permutations": 0}, {"folds": 1}, {"level": float("nan")}):
        with pytest.raises(UsageError):
            benchmark_bias(quiz(), **wrong)


def test_same_options_are_never_in_different_folds() -> None:
    # Each set of options stands 4 times with the same key: memory alone would be always right.
    rng = np.random.default_rng(5)
    sets = [[" ".join(rng.choice(WORDS, 3)) for _ in range(4)] for _ in range(50)]
    keys = rng.integers(0, 4, 50).tolist()
    columns = {
        "benchmark": "quiz",
        "item_id": range(200),
        "question": "?",
        "choices": sets * 4,
        "answer": keys * 4,
    }
    found = row(benchmark_bias(Items.from_frame(pl.DataFrame(columns))), "options_alone")
    assert found["estimate"] < 0.5
    # 50 sets tell as much as 50 items.
    assert found["high"] - found["low"] > 0.2


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.text(max_size=8), min_size=2, max_size=5), st.integers(0, 1)),
        min_size=1,
        max_size=12,
    )
)
def test_any_texts(items: list[tuple[list[str], int]]) -> None:
    columns = {
        "benchmark": "quiz",
        "item_id": range(len(items)),
        "question": "?",
        "choices": [choices for choices, _ in items],
        "answer": [key for _, key in items],
    }
    made_of = Items.from_frame(pl.DataFrame(columns))
    found = benchmark_bias(made_of, n_permutations=9)
    numbers = found.checks.select("estimate", "expected", "low", "high", "p_value").to_numpy()
    assert ((numbers >= 0) & (numbers <= 1)).all()
    assert found.checks.equals(benchmark_bias(made_of, n_permutations=9).checks)


def test_looks_are_told_without_the_order_of_options() -> None:
    columns = {
        "benchmark": "quiz",
        "item_id": ["1"],
        "question": "?",
        "choices": [["The cat is not 3", "the cat may run", "Dogs always run run", ""]],
        "answer": [0],
    }
    choices = Texts.of(Items.from_frame(pl.DataFrame(columns))).choices
    x, precision = option_features(choices)
    turned, _ = option_features(choices.reverse())
    assert x.shape[1] == precision.size
    np.testing.assert_allclose(turned.toarray(), x.toarray()[::-1], atol=1e-12)
    assert np.isfinite(x.toarray()).all()


def test_overlaps_against_a_slow_count() -> None:
    rng = np.random.default_rng(6)
    items = [
        [[f"w{w}" for w in rng.integers(0, 6, rng.integers(1, 6))] for _ in range(size)]
        for size in (2, 4, 3, 5)
    ]
    flat = [(i, words) for i, options in enumerate(items) for words in options]
    rows = [(k, i, word) for k, (i, words) in enumerate(flat) for word in words]
    frame = pl.DataFrame(rows, schema=["_option", "_index", "word"], orient="row")
    found = overlaps(frame).sort("_option").drop("_option")
    k = 0
    for options in items:
        for j, words in enumerate(options):
            mine, others = set(words), [set(o) for n, o in enumerate(options) if n != j]
            wanted = {
                "words": len(words),
                "shared": np.mean([len(mine & o) / len(mine) for o in others]),
                "given": np.mean([len(mine & o) / len(o) for o in others]),
                "alone": np.mean([not any(w in o for o in others) for w in mine]),
                "common": np.mean([all(w in o for o in others) for w in mine]),
                "repeats": 1 - len(mine) / len(words),
            }
            have = found.row(k, named=True)
            assert {name: have[name] for name in wanted} == pytest.approx(wanted)
            k += 1


def test_the_interval_of_the_classifier_is_widened_for_folds() -> None:
    found = row(benchmark_bias(made(4, 90, "length"), n_permutations=9, folds=3), "options_alone")
    # 1 + 3 / 2 times the variance; no two items have the same options.
    low, high = wilson(np.array([found["estimate"]]), np.array([90 / 2.5]), 0.95)
    assert (found["low"], found["high"]) == pytest.approx((low[0], high[0]), abs=0.01)


def mmlu(path: Path) -> Items:
    letters = {letter: i for i, letter in enumerate("ABCD")}
    return Items.from_frame(
        pl.read_parquet(path).select(
            "subject",
            "question",
            benchmark=pl.lit("mmlu"),
            item_id=pl.format("{}/{}", "subject", "row"),
            choices=pl.concat_list("A", "B", "C", "D"),
            answer=pl.col("answer").replace_strict(letters, return_dtype=pl.Int64),
        )
    )


def test_mmlu_gives_away_little(data: Callable[[str], Path]) -> None:
    path = data("mmlu/mmlu_test.parquet")
    subjects = ("abstract_algebra", "virology", "sociology", "world_religions", "nutrition")
    items = mmlu(path)
    some = items.keep(items.frame.get_column("subject").is_in(subjects), "other subject")
    found = benchmark_bias(some, n_permutations=199)
    assert 0.25 < row(found, "options_alone")["low"] < row(found, "options_alone")["high"] < 0.45


@pytest.mark.slow
def test_all_of_mmlu(data: Callable[[str], Path]) -> None:
    found = benchmark_bias(mmlu(data("mmlu/mmlu_test.parquet")))
    letters = pl.read_parquet(data("mmlu/mmlu_test.parquet")).get_column("answer")
    shares = [float((letters == letter).mean()) for letter in "ABCD"]
    assert found.positions.get_column("share").to_list() == pytest.approx(shares)
    alone = row(found, "options_alone")
    assert (alone["estimate"], alone["expected"]) == (pytest.approx(0.303, abs=0.006), 0.25)


def truthful(path: Path) -> pl.DataFrame:
    listed = pl.col("Incorrect Answers").str.split(";")
    stripped = listed.list.eval(pl.element().str.strip_chars())
    return pl.read_parquet(path).select(
        benchmark=pl.lit("truthfulqa"),
        item_id="row",
        question="Question",
        best=pl.col("Best Answer").str.strip_chars(),
        wrong=stripped.list.eval(pl.element().filter(pl.element() != "")),
    )


def test_truthfulqa_is_answered_without_its_questions(data: Callable[[str], Path]) -> None:
    frame = truthful(data("truthfulqa/truthfulqa_old_813.parquet"))
    items = frame.with_columns(choices=pl.concat_list("best", "wrong"), answer=pl.lit(0))
    found = benchmark_bias(Items.from_frame(items), n_permutations=199)
    # Published: a decision tree reaches 0.796 on the 817 items of the first version.
    alone = row(found, "options_alone")
    assert alone["estimate"] > 0.70
    assert alone["low"] > 0.68
    assert alone["p_value"] < 1e-100
    # As stored, the best answer always stands first.
    assert row(found, "key_position")["estimate"] == 1.0


def test_lists_of_right_and_wrong_answers_have_no_positions() -> None:
    columns = {
        "benchmark": "lists",
        "item_id": [str(i) for i in range(30)],
        "question": "Which?",
        "choices": [[f"a{i}", f"b{i}", f"c{i}"] for i in range(30)],
    }
    for answer, there in (([[0], [0, 1]] * 15, False), ([[0], [1, 2]] * 15, True)):
        bias = benchmark_bias(Items.from_frame(pl.DataFrame(columns | {"answer": answer})))
        assert ("key_position" in bias.checks["check"].to_list()) is there
        assert bias.positions.is_empty() is not there
