"""Scores of graded answers, against plain loops and by their properties."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.scoring.mt_bench import reference
from tests.scoring.mt_bench.made import KINDS, grading_rows, gradings_of
from tests.scoring.mt_bench.simulations import CEILING, MIDDLING
from theodolite.errors import InputError, TooFewError, UsageError
from theodolite.scoring.mt_bench import graded
from theodolite.scoring.mt_bench.grid import grid_of
from theodolite.scoring.mt_bench.standing import usual_gap
from theodolite.tables import Gradings


def alike(score: float, *, models: int = 1, questions: int = 10) -> list[dict]:
    return [
        {"question_id": 81 + q, "model": f"m{k}", "score": score, "turn": t}
        for k in range(models)
        for q in range(questions)
        for t in (1, 2)
    ]


class TestScores:
    def test_the_published_mean(self) -> None:
        rows = grading_rows(silent=0.05)
        got = graded(gradings_of(rows)).models
        assert dict(got.select("model", "score").rows()) == pytest.approx(reference.published(rows))
        assert got["published"].to_list() == got["score"].to_list()

    def test_unparseable_are_counted_and_never_averaged_in(self) -> None:
        rows = grading_rows(silent=0.05)
        got = graded(gradings_of(rows))
        lost = pl.DataFrame(rows).filter(score=-1).group_by("model").len()
        assert dict(got.models.select("model", "unparseable").rows()) == dict(lost.rows())
        assert got.unparseable == lost["len"].sum()
        assert (got.models["n"] + got.models["unparseable"] == 160).all()
        for row in got.models.to_dicts():
            scores = [r["score"] for r in rows if r["model"] == row["model"]]
            worst = np.mean([1 if s == -1 else s for s in scores])
            best = np.mean([10 if s == -1 else s for s in scores])
            assert (row["worst"], row["best"]) == (pytest.approx(worst), pytest.approx(best))
            assert row["worst"] < row["score"] < row["best"]
        assert any("hold no number" in note for note in got.notes)

    @pytest.mark.parametrize("level", [0.8, 0.95])
    def test_interval_of_one_pool(self, level: float) -> None:
        rows = grading_rows(silent=0.05)
        got = graded(gradings_of(rows, categories=False), level=level)
        assert not got.by_category
        for row in got.models.to_dicts():
            own = [r for r in rows if r["model"] == row["model"]]
            want = reference.interval(own, level)
            assert (row["low"], row["high"]) == pytest.approx(want)

    def test_turns_that_move_against_each_other_are_no_better_than_independent(self) -> None:
        rows = [
            r | {"score": score}
            for r in alike(5, questions=12)
            for score in [2 + r["question_id"] % 3 if r["turn"] == 1 else 9 - r["question_id"] % 3]
        ]
        got = graded(gradings_of(rows, categories=False)).models.row(0, named=True)
        assert (got["low"], got["high"]) == pytest.approx(reference.interval(rows, 0.95))
        assert got["high"] - got["low"] > 1.0

    def test_categories_make_intervals_shorter(self) -> None:
        rows = grading_rows()
        widths = [
            dict(
                graded(gradings_of(rows, categories=known))
                .models.select("model", pl.col("high") - pl.col("low"))
                .rows()
            )
            for known in (True, False)
        ]
        assert all(widths[0][model] < widths[1][model] for model in widths[0])

    def test_equal_scores_share_a_rank(self) -> None:
        rows = grading_rows()
        twin = [r | {"model": "twin"} for r in rows if r["model"] == "m3"]
        got = graded(gradings_of(rows + twin)).models
        assert got.filter(pl.col("model").is_in(["m3", "twin"]))["rank"].n_unique() == 1


class TestCategoriesAndTurns:
    def test_each_is_the_mean_of_its_own(self) -> None:
        rows = grading_rows(silent=0.05)
        got = graded(gradings_of(rows))
        assert got.categories["category"].unique(maintain_order=True).to_list() == list(KINDS)
        frame = pl.DataFrame(rows).filter(pl.col("score") != -1)
        kind = ((pl.col("question_id") - 81) // 10).replace_strict(dict(enumerate(KINDS)))
        by_kind = frame.group_by(kind.alias("category"), "model").agg(pl.col("score").mean())
        by_turn = frame.group_by("turn", "model").agg(pl.col("score").mean())
        for mine, want, key in (
            (got.categories, by_kind, "category"),
            (got.turns, by_turn, "turn"),
        ):
            joined = mine.join(want, on=[key, "model"], suffix="_want")
            assert len(joined) == len(want)
            assert joined["score"].to_list() == pytest.approx(joined["score_want"].to_list())
            assert ((mine["low"] < mine["score"]) & (mine["score"] < mine["high"])).all()

    def test_the_second_turn(self) -> None:
        rows = grading_rows(silent=0.05)
        got = graded(gradings_of(rows))
        grid = grid_of(gradings_of(rows))
        apart = 9.0 * usual_gap(grid.values)
        for row in got.drops.to_dicts():
            mean, squares, n = reference.change(rows, row["model"])
            assert (row["change"], row["n"]) == (pytest.approx(mean), n)
            variance = squares / (n - 1) / n + 2 * (apart / (n + 2)) ** 2
            half = stats.t.ppf(0.975, n - 1) * np.sqrt(variance)
            assert row["low"] == pytest.approx(mean - half)
        assert got.drops["change"].is_sorted()

    def test_without_turns_or_categories(self) -> None:
        frame = gradings_of(grading_rows(), categories=False).frame.filter(turn=1).drop("turn")
        got = graded(Gradings.from_frame(frame))
        assert (len(got.turns), len(got.drops), len(got.categories)) == (0, 0, 0)

    def test_a_model_may_lack_a_category(self) -> None:
        rows = grading_rows()
        rows = [r for r in rows if r["model"] != "m2" or r["question_id"] < 151]
        got = graded(gradings_of(rows))
        assert not got.by_category
        assert any("one pool" in note for note in got.notes)
        assert any("from 140 to 160 of 160" in note for note in got.notes)
        last = got.categories.filter(category=KINDS[-1])
        assert len(last) == 5
        assert "m2" not in last["model"]

    def test_a_turn_without_a_number_has_no_rows(self) -> None:
        rows = [r | ({"score": -1} if r["turn"] == 2 else {}) for r in grading_rows()]
        got = graded(gradings_of(rows))
        assert set(got.turns["turn"]) == {1}
        assert len(got.drops) == 0
        assert got.unparseable == 480

    def test_a_category_of_one_question_has_no_interval(self) -> None:
        rows = [r for r in grading_rows() if r["question_id"] <= 91]
        frame = gradings_of(rows, categories=False).frame.with_columns(
            category=pl.when(pl.col("item_id") == "91").then(pl.lit("b")).otherwise(pl.lit("a"))
        )
        got = graded(Gradings.from_frame(frame)).categories.filter(category="b")
        assert got["low"].is_null().all()
        assert got["rank_high"].to_list() == [6] * 6


class TestPairs:
    def test_over_the_answers_of_both(self) -> None:
        rows = grading_rows(silent=0.1)
        got = graded(gradings_of(rows, categories=False)).pairs
        for row in got.to_dicts():
            want = reference.difference(rows, row["model_a"], row["model_b"])
            assert row["difference"] == pytest.approx(want)

    def test_ranks_are_what_the_differences_leave_open(self) -> None:
        got = graded(gradings_of(grading_rows()))
        for row in got.models.to_dicts():
            beaten = (got.pairs["better"] == row["model"]).sum()
            own = (got.pairs["model_a"] == row["model"]) | (got.pairs["model_b"] == row["model"])
            better = got.pairs.filter(own & (pl.col("better") != row["model"]))
            assert row["rank_high"] == 6 - beaten
            assert row["rank_low"] == 1 + better["better"].is_not_null().sum()

    def test_twins_are_not_told_apart_and_have_a_width(self) -> None:
        rows = grading_rows()
        twin = [r | {"model": "twin"} for r in rows if r["model"] == "m0"]
        pairs = graded(gradings_of(rows + twin)).pairs
        row = pairs.filter((pl.col("model_a") == "m0") & (pl.col("model_b") == "twin")).row(
            0, named=True
        )
        assert row["difference"] == 0
        assert row["low"] < 0 < row["high"]
        assert (row["better"], row["p_adjusted"]) == (None, 1.0)


class TestFewAndAlike:
    @pytest.mark.parametrize("score", [1.0, 7.0, 10.0])
    def test_scores_that_are_all_alike_have_a_width(self, score: float) -> None:
        for models in (1, 3):
            got = graded(gradings_of(alike(score, models=models), categories=False))
            row = got.models.row(0, named=True)
            assert row["score"] == score
            assert row["high"] - row["low"] > 1.0
            assert 1.0 <= row["low"] <= score <= row["high"] <= 10.0
            assert got.pairs["better"].is_null().all()
            assert (got.drops["low"] < 0).all()
            assert any("are alike" in note for note in got.notes)

    def test_tens_of_one_model_take_the_spread_of_others(self) -> None:
        rows = [r for r in grading_rows(CEILING) if r["model"] in ("m3", "m4")]
        rows += [r | {"model": "tens", "score": 10} for r in rows if r["model"] == "m3"]
        alone = [r for r in rows if r["model"] == "tens"]
        together = graded(gradings_of(rows, categories=False)).models.filter(model="tens")
        low = graded(gradings_of(alone, categories=False)).models["low"][0]
        assert low < together["low"][0] < 10.0

    def test_a_single_question(self) -> None:
        rows = [r for r in grading_rows() if r["model"] != "m1" or r["question_id"] == 81]
        with pytest.raises(TooFewError, match="'m1' has readable judgments on fewer than two"):
            graded(gradings_of(rows))

    def test_no_number_at_all(self) -> None:
        rows = [r | ({"score": -1} if r["model"] == "m1" else {}) for r in grading_rows()]
        with pytest.raises(TooFewError, match="no judgment of 'm1' can be read"):
            graded(gradings_of(rows))


class TestRefuses:
    def test_two_judges(self) -> None:
        frame = gradings_of(grading_rows()).frame
        both = pl.concat([frame, frame.with_columns(judge=pl.lit("claude"))])
        with pytest.raises(InputError, match=r"several judges.*\n(.*\n)*.*--judge"):
            graded(Gradings.from_frame(both))

    def test_off_the_scale(self) -> None:
        frame = gradings_of(grading_rows()).frame.with_columns(score=pl.col("score") * 2)
        with pytest.raises(InputError, match="is not from 1 to 10"):
            graded(Gradings.from_frame(frame))

    def test_two_categories_of_a_question(self) -> None:
        frame = gradings_of(grading_rows()).frame.with_columns(
            category=pl.when(pl.col("turn") == 1).then(pl.lit("a")).otherwise(pl.lit("b"))
        )
        with pytest.raises(InputError, match="not the only category"):
            graded(Gradings.from_frame(frame))

    @pytest.mark.parametrize("options", [{"level": 1.0}, {"level": 0.0}, {"seed": -1}])
    def test_settings(self, options: dict) -> None:
        with pytest.raises(UsageError):
            graded(gradings_of(grading_rows()), **options)


class TestProperties:
    def test_no_name_and_no_order_matters(self) -> None:
        rows = grading_rows(silent=0.05)
        want = graded(gradings_of(rows)).models
        names = {f"m{k}": f"z{5 - k}" for k in range(6)}
        got = graded(gradings_of([r | {"model": names[r["model"]]} for r in rows])).models
        back = {new: old for old, new in names.items()}
        assert got.with_columns(pl.col("model").replace(back)).equals(want)
        rng = np.random.default_rng(1)
        gradings = gradings_of(rows)
        mixed = gradings.frame[rng.permutation(len(rows))]
        again = graded(Gradings.from_frame(mixed)).models
        assert again.select("model", "rank_low", "rank_high", "n").equals(
            want.select("model", "rank_low", "rank_high", "n")
        )
        assert again["low"].to_list() == pytest.approx(want["low"].to_list())

    def test_a_seed_is_all_there_is_to_chance(self) -> None:
        gradings = gradings_of(grading_rows())
        assert graded(gradings).to_dict() == graded(gradings).to_dict()
        assert (
            graded(gradings, seed=1).pairs["low"].to_list()
            != graded(gradings).pairs["low"].to_list()
        )

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def test_intervals_stay_on_the_scale_and_hold_the_score(self, data: st.DataObject) -> None:
        questions, models = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 4))
        score = st.sampled_from([1, 2, 5, 9, 10, -1])
        rows = [
            {"question_id": q, "model": f"m{k}", "turn": t, "score": data.draw(score)}
            for k in range(models)
            for q in range(questions)
            for t in (1, 2)
        ]
        known = [
            {r["question_id"] for r in rows if r["model"] == f"m{k}" and r["score"] != -1}
            for k in range(models)
        ]
        gradings = gradings_of(rows, categories=False)
        if min(map(len, known)) < 2:
            with pytest.raises(TooFewError):
                graded(gradings)
            return
        got = graded(gradings)
        for low, score_, high in got.models.select("low", "score", "high").rows():
            assert 1.0 <= low <= score_ <= high <= 10.0
            assert high - low > 1e-3
        assert (got.models["rank_low"] <= got.models["rank_high"]).all()
        pairs = got.pairs.drop_nulls("difference")
        assert (pairs["low"] < pairs["high"]).all()


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=5))
def test_how_far_apart_scores_are_where_they_differ(rows: list[list[int]]) -> None:
    values = np.array(rows) / 9.0
    gaps = [
        (values[a, c] - values[b, c]) ** 2
        for a in range(len(rows))
        for b in range(len(rows))
        for c in range(3)
        if rows[a][c] != rows[b][c]
    ]
    assert usual_gap(values) == pytest.approx(np.sqrt(np.mean(gaps)) if gaps else 1.0)


def test_planted_differences_are_found() -> None:
    got = graded(gradings_of(grading_rows(MIDDLING)))
    assert got.models["model"][0] == "m5"
    assert got.pairs.filter(model_a="m5", model_b="m0")["better"][0] == "m5"
    equal = got.pairs.filter(
        pl.col("model_a").is_in(["m0", "m1"]) & pl.col("model_b").is_in(["m0", "m1"])
    )
    assert equal["better"][0] is None
