"""The board of benchmarks: its numbers against direct computations, and its properties."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.claims.quizzes import score_frame, scores_of
from tests.stats.item_scores import slow_gap, slow_mean
from theodolite.claims import MACRO, MICRO, Board, board
from theodolite.claims.answers import Unit
from theodolite.stats import wilson
from theodolite.tables import Condition, Removal, Scores, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEDS = st.integers(0, 2**32 - 1)
QUIZ = (("quiz", 60),)


def row_of(got: Board, model: str, benchmark: str = "quiz") -> dict:
    return got.models.row(
        by_predicate=(pl.col("model") == model) & (pl.col("benchmark") == benchmark), named=True
    )


def pair_of(got: Board, a: str, b: str, benchmark: str = "quiz") -> dict:
    both = pl.col("model_a").is_in([a, b]) & pl.col("model_b").is_in([a, b])
    return got.pairs.row(by_predicate=both & (pl.col("benchmark") == benchmark), named=True)


def answered(frame: pl.DataFrame, model: str, benchmark: str = "quiz") -> dict[str, float]:
    own = frame.filter(model=model, benchmark=benchmark)
    return dict(zip(own["item_id"], own["score"], strict=True))


class TestOneBenchmark:
    def test_scores_are_those_of_plain_loops(self) -> None:
        frame = score_frame(missing=0.1)
        got = board(scores_of(frame), cluster="passage")
        for name in ("m0", "m1", "m2", "m3"):
            own = frame.filter(model=name, benchmark="quiz")
            codes = own["passage"].str.slice(1).cast(pl.Int64).to_numpy()
            mean, _, n, g = slow_mean(own["score"].to_numpy(), codes)
            row = row_of(got, name)
            assert (row["score"], row["n"], row["clusters"]) == (pytest.approx(mean), n, g)
            assert row["low"] < mean < row["high"]

    def test_independent_items_have_wilsons_interval(self) -> None:
        frame = score_frame(benchmarks=(("quiz", 3000),))
        got = board(scores_of(frame), level=0.9)
        for row in got.models.to_dicts():
            want = wilson(np.array([row["score"]]), np.array([3000.0]), 0.9)
            assert (row["low"], row["high"]) == pytest.approx((want[0][0], want[1][0]), abs=2e-5)
            assert (row["n"], row["clusters"]) == (3000, 3000)

    @pytest.mark.parametrize("cluster", [None, "passage"])
    @pytest.mark.parametrize("missing", [0.0, 0.15])
    def test_a_difference_is_the_direct_paired_one(
        self, cluster: str | None, missing: float
    ) -> None:
        frame = score_frame(2, benchmarks=QUIZ, missing=missing)
        got = pair_of(board(scores_of(frame), cluster=cluster), "m0", "m1")
        one, two = answered(frame, "m0"), answered(frame, "m1")
        items = sorted(one.keys() & two.keys())
        label = [int(item[1:]) // (3 if cluster else 1) for item in items]
        d, s, n, g = slow_gap(
            np.array([one[i] for i in items]),
            np.array([two[i] for i in items]),
            np.array(label),
            reach=1.0,
            design=1.0,
        )
        assert (abs(got["difference"]), got["n"]) == (pytest.approx(abs(d)), n)
        if cluster is None:
            from scipy.stats import t

            # The quantile of a single difference is drawn: within a few thousandths.
            half = t.ppf(0.975, g - 1) * math.sqrt(s)
            assert (got["high"] - got["low"]) / 2 == pytest.approx(half, rel=0.04)
            assert got["p_adjusted"] == pytest.approx(2 * t.sf(abs(d) / math.sqrt(s), g - 1))

    def test_ranks_are_what_differences_leave_open(self) -> None:
        got = board(scores_of(score_frame(6, benchmarks=(("quiz", 300),))))
        beaten = got.pairs.drop_nulls("better")
        assert 0 < len(beaten) < 15
        for row in got.models.to_dicts():
            won = (beaten["better"] == row["model"]).sum()
            took_part = (beaten["model_a"] == row["model"]) | (beaten["model_b"] == row["model"])
            assert row["rank_low"] == 1 + took_part.sum() - won
            assert row["rank_high"] == 6 - won
            assert row["rank"] == 1 + (got.models["score"] > row["score"]).sum()
        for pair in got.pairs.to_dicts():
            sure = pair["low"] > 0 or pair["high"] < 0
            assert (pair["better"] is not None) is sure

    def test_epochs_are_averaged_first(self) -> None:
        frame = score_frame(benchmarks=QUIZ)
        twice = pl.concat(
            [frame.with_columns(epoch=1), frame.with_columns(pl.lit(1.0).alias("score"), epoch=2)]
        )
        got = board(scores_of(twice))
        want = board(scores_of(frame.with_columns(score=(pl.col("score") + 1) / 2)))
        assert_frame_equal(got.models, want.models)
        assert_frame_equal(got.pairs, want.pairs)
        assert got.models["n"].to_list() == [60] * 4

    def test_the_scores_own_clusters_are_used(self) -> None:
        frame = score_frame(benchmarks=QUIZ)
        own = scores_of(frame.with_columns(cluster="passage"))
        got = board(own)
        assert (got.cluster, got.clusters, got.items) == ("cluster", 20, 60)
        assert_frame_equal(got.models, board(scores_of(frame), cluster="passage").models)
        independent = board(own, cluster="item_id")
        assert (independent.cluster, independent.clusters) == (None, 60)
        assert_frame_equal(independent.models, board(scores_of(frame)).models)

    def test_other_scales(self) -> None:
        frame = score_frame(benchmarks=QUIZ).with_columns(score=pl.col("score") * 7 - 3)
        plain = board(scores_of(score_frame(benchmarks=QUIZ)))
        got = board(scores_of(frame))
        assert got.models["score"].to_numpy() == pytest.approx(plain.models["score"] * 7 - 3)
        assert got.models["rank"].to_list() == plain.models["rank"].to_list()
        assert (got.models["low"] < got.models["score"]).all()


def test_how_far_scores_lie_apart() -> None:
    """R: 1 for shares, else twice the models' own spread, and never nothing."""

    def reach(*rows: list[float]) -> float:
        values = np.array(rows)
        return Unit("quiz", np.arange(len(rows)), values, np.arange(values.shape[1])).reach

    assert reach([0.2, 0.4], [np.nan, 0.3]) == 1.0
    assert reach([7.0, 9.0, 7.0, 9.0], [1.0, 3.0, 1.0, np.nan]) == pytest.approx(
        2 * math.sqrt((1 + 8 / 9) / 2)
    )
    assert reach([7.0, 7.0], [9.0, 9.0]) == 2.0
    assert reach([7.0, 7.0], [7.0, 7.0]) == 1.0


class TestAverages:
    def test_macro_and_micro(self) -> None:
        got = board(scores_of(score_frame()))
        assert got.benchmarks == (MACRO, MICRO, "quiz", "riddles")
        assert got.first == MACRO
        for name in ("m0", "m3"):
            quiz, riddles = row_of(got, name)["score"], row_of(got, name, "riddles")["score"]
            assert row_of(got, name, MACRO)["score"] == pytest.approx((quiz + riddles) / 2)
            micro = row_of(got, name, MICRO)
            assert micro["score"] == pytest.approx((60 * quiz + 30 * riddles) / 90)
            assert (micro["n"], micro["clusters"]) == (90, 90)

    def test_a_difference_of_averages_is_that_of_all_items(self) -> None:
        frame = score_frame(missing=0.1)
        got = board(scores_of(frame), cluster="passage")
        parts = []
        for name in ("quiz", "riddles"):
            one, two = answered(frame, "m0", name), answered(frame, "m2", name)
            parts.append([one[i] - two[i] for i in one.keys() & two.keys()])
        macro, micro = pair_of(got, "m0", "m2", MACRO), pair_of(got, "m0", "m2", MICRO)
        assert macro["difference"] == pytest.approx((np.mean(parts[0]) + np.mean(parts[1])) / 2)
        assert micro["difference"] == pytest.approx(np.mean(parts[0] + parts[1]))
        assert micro["n"] == len(parts[0]) + len(parts[1])

    def test_one_benchmark_is_its_own_average(self) -> None:
        assert board(scores_of(score_frame(benchmarks=QUIZ))).benchmarks == ("quiz",)

    def test_who_lacks_a_benchmark_has_no_average(self) -> None:
        frame = score_frame().filter((pl.col("model") != "m1") | (pl.col("benchmark") == "quiz"))
        got = board(scores_of(frame))
        assert got.of(MACRO)["model"].sort().to_list() == ["m0", "m2", "m3"]
        assert len(got.of("quiz")) == 4
        assert len(got.of("riddles")) == 3
        assert got.notes == ("No average for 'm1': it has no 'riddles'.",)

    def test_nobody_has_all(self) -> None:
        frame = score_frame(2).filter((pl.col("model") == "m0") == (pl.col("benchmark") == "quiz"))
        got = board(scores_of(frame))
        assert got.benchmarks == ("quiz", "riddles")
        assert len(got.pairs) == 0
        assert [note[:20] for note in got.notes] == ["No average for 'm0':", "No average for 'm1':"]

    def test_scales_that_do_not_go_together(self) -> None:
        tenfold = pl.when(pl.col("benchmark") == "quiz").then(10.0).otherwise(1.0)
        got = board(scores_of(score_frame().with_columns(pl.col("score") * tenfold)))
        assert got.benchmarks == ("quiz", "riddles")
        assert "No average: the scores of 'riddles' lie in [0, 1], those of 'quiz' do not." in (
            got.notes
        )

    def test_by_subject(self) -> None:
        frame = score_frame()
        got = board(scores_of(frame), by="subject")
        assert got.benchmarks == (MACRO, MICRO, "quiz/a", "quiz/b", "riddles/a", "riddles/b")
        want = frame.filter(model="m0", benchmark="quiz", subject="b")["score"].mean()
        assert row_of(got, "m0", "quiz/b")["score"] == pytest.approx(want)
        one = board(scores_of(frame.filter(benchmark="quiz")), by="subject")
        assert one.benchmarks == (MACRO, MICRO, "a", "b")
        whole = board(scores_of(frame.filter(benchmark="quiz")))
        assert row_of(one, "m0", MICRO)["score"] == pytest.approx(row_of(whole, "m0")["score"])


class TestMissing:
    def test_it_is_said_who_answered_how_much(self) -> None:
        frame = score_frame(missing=0.1)
        notes = board(scores_of(frame)).notes
        counts = frame.filter(benchmark="quiz").group_by("model").len()["len"]
        assert any(f"answered from {counts.min()} to {counts.max()} of 60" in n for n in notes)

    def test_common_items_only(self) -> None:
        frame = score_frame(missing=0.1)
        every = pl.col("model").n_unique().over("benchmark", "item_id") == 4
        kept = frame.filter(every)
        got = board(scores_of(frame), common=True)
        assert_frame_equal(got.models, board(scores_of(kept)).models)
        count = len(frame) - len(kept)
        assert got.removed == (Removal("an item that not every model answered", count),)
        assert got.notes == ()
        assert got.items == len(kept) // 4

    def test_a_score_that_easy_items_made_is_told(self) -> None:
        # m0 answered the easy half alone and comes first; on it m1 is always as good or better.
        rows = [("m1", i, i < 70) for i in range(200)] + [("m0", i, i < 60) for i in range(100)]
        frame = pl.DataFrame(rows, schema=["model", "item_id", "score"], orient="row")
        got = board(
            scores_of(
                frame.with_columns(pl.col("score").cast(pl.Float64), benchmark=pl.lit("quiz"))
            )
        )
        assert pair_of(got, "m0", "m1")["better"] == "m1"
        assert row_of(got, "m0")["rank"] == 1
        assert row_of(got, "m0")["rank_low"] == 2
        assert any("'m0' has rank 1 by score, but not over" in note for note in got.notes)

    def test_pairs_without_items(self) -> None:
        half = (pl.col("item_id").str.slice(1).cast(pl.Int64) < 30) == (pl.col("model") == "m0")
        keep = half | pl.col("model").is_in(["m2", "m3"])
        got = board(scores_of(score_frame(benchmarks=QUIZ).filter(keep)))
        pair = pair_of(got, "m0", "m1")
        empty = ("difference", "low", "high", "better", "p_adjusted")
        assert [pair[name] for name in empty] == [None] * 5
        assert pair["n"] == 0
        assert "In quiz 1 pair of models has too few items in common to be compared." in got.notes


def test_the_best_comes_first_and_leads_its_pairs() -> None:
    frame = score_frame(5).with_columns(pl.col("model").str.replace_many({"m0": "z", "m4": "a"}))
    got = board(scores_of(frame))
    for name in got.benchmarks:
        assert got.of(name)["score"].is_sorted(descending=True)
        assert got.of(name)["rank"].is_sorted()
    place = {model: i for i, model in enumerate(got.of(MACRO)["model"])}
    for pair in got.pairs.filter(benchmark=MACRO).to_dicts():
        assert place[pair["model_a"]] < place[pair["model_b"]]


class TestProperties:
    @given(seed=SEEDS, missing=st.sampled_from([0.0, 0.2]))
    @settings(max_examples=10, deadline=None)
    def test_names_and_order_do_not_matter(self, seed: int, missing: float) -> None:
        frame = score_frame(missing=missing, seed=seed)
        new = {"m0": "z", "m1": "k", "m2": "b", "m3": "a"}
        other = frame.with_columns(pl.col("model").replace_strict(new))
        other = other.sample(fraction=1.0, shuffle=True, seed=seed)
        one, two = board(scores_of(frame)), board(scores_of(other))
        named = one.models.with_columns(pl.col("model").replace_strict(new))
        keys = ["benchmark", "model"]
        assert_frame_equal(named.sort(keys), two.models.sort(keys), check_row_order=True)

    @given(seed=SEEDS)
    @settings(max_examples=10, deadline=None)
    def test_copies_in_one_cluster_say_nothing_new(self, seed: int) -> None:
        frame = score_frame(benchmarks=QUIZ, seed=seed)
        copy = frame.with_columns(item_id=pl.col("item_id") + "'")
        twice = pl.concat([f.with_columns(own=frame["item_id"]) for f in (frame, copy)])
        one, two = board(scores_of(frame)), board(scores_of(twice), cluster="own")
        changed = ["n"]
        assert_frame_equal(one.models.drop(changed), two.models.drop(changed))
        assert_frame_equal(one.pairs.drop(changed), two.pairs.drop(changed))
        assert two.models["n"].to_list() == [120] * 4

    @given(seed=SEEDS)
    @settings(max_examples=10, deadline=None)
    def test_twins_are_never_told_apart(self, seed: int) -> None:
        frame = score_frame(benchmarks=QUIZ, seed=seed)
        twin = frame.filter(model="m0").with_columns(model=pl.lit("twin"))
        got = board(scores_of(pl.concat([frame, twin])))
        pair = pair_of(got, "m0", "twin")
        assert pair["difference"] == 0
        assert pair["low"] < 0 < pair["high"]
        assert pair["better"] is None

    def test_the_seed_decides(self) -> None:
        scores = scores_of(score_frame())
        assert_frame_equal(board(scores, seed=3).pairs, board(scores, seed=3).pairs)
        assert not board(scores, seed=3).pairs.equals(board(scores, seed=4).pairs)

    def test_it_is_plain_for_json(self) -> None:
        got = board(scores_of(score_frame(missing=0.1)), by="subject")
        data = json.loads(json.dumps(got.to_dict()))
        assert data.keys() >= {"models", "pairs", "removed", "notes", "level", "seed", "items"}
        assert data["models"][0].keys() >= {
            *("model", "benchmark", "score", "low", "high", "rank_low", "rank_high", "n")
        }

    def test_filters_are_counted(self) -> None:
        scores = select(scores_of(score_frame()), [Condition.parse("benchmark=quiz")])
        assert board(scores).removed == (Removal("not benchmark=quiz", 120),)


def helm(data: Callable[[str], Path]) -> tuple[pl.DataFrame, list[str]]:
    wide = pl.read_parquet(data("responses/helm14_mmlu_redux_items.parquet"))
    keys = {"subject", "redux_row", "mmlu_row", "row", "answer", "question_id", "question"}
    return wide, [name for name in wide.columns if name not in keys]


def test_real_answers(data: Callable[[str], Path]) -> None:
    """Fourteen models on the 5,700 items of MMLU-Redux: close, and many pairs stay open."""
    wide, models = helm(data)
    frame = wide.unpivot(models, index=["subject", "redux_row", "answer"], variable_name="model")
    frame = frame.select(
        "model",
        "subject",
        item_id=pl.concat_str("subject", pl.lit("/"), "redux_row"),
        score=(pl.col("value") == pl.col("answer")).cast(pl.Int8),
        benchmark=pl.lit("mmlu-redux"),
    )
    got = board(Scores.from_frame(frame), by="subject")
    for name in models:
        row = row_of(got, name, MACRO)
        right = (wide[name] == wide["answer"]).to_numpy()
        # Every subject has 100 items, so both averages are the share that is right.
        assert (row["score"], row["n"]) == (pytest.approx(right.mean()), 5700)
        assert row["score"] == pytest.approx(row_of(got, name, MICRO)["score"])
        strata = right.reshape(57, 100)
        error = math.sqrt((strata.var(axis=1, ddof=1) / 100).sum()) / 57
        # Wilson's interval is Wald's here, but for a shift towards a half.
        assert (row["high"] - row["low"]) / 2 == pytest.approx(1.96 * error, rel=0.02)
    scores = got.of(MACRO)["score"].round(2)
    assert (scores.min(), scores.max()) == (0.80, 0.86)
    share = got.pairs.filter(benchmark=MACRO)["better"].is_not_null().mean()
    assert 0.3 < share < 0.9
