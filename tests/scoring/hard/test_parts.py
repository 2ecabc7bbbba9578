"""Groups and splits of models, shares of pairs, and what a list shows: slow references."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.scoring.hard.quizzes import answers, frame_of, quiz, scores_of
from tests.stats.item_scores import slow_gap
from theodolite.errors import TooFewError
from theodolite.scoring.hard.answers import abilities, matrix_of
from theodolite.scoring.hard.curves import item_curves
from theodolite.scoring.hard.groups import family_of, groups_of, splits_of
from theodolite.scoring.hard.shares import difference_over_pairs, share_over_pairs
from theodolite.scoring.hard.showing import Bench, Forecasts, Shown, rank_correlation
from theodolite.tables import Scores


def groups(
    values: np.ndarray, called: list[str] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    matrix = matrix_of(scores_of(values, called=called), by=None, group=None)
    curves = item_curves(matrix.values, share=matrix.share, rng=np.random.default_rng(0))
    return groups_of(matrix, curves.residual)


class TestGroups:
    @pytest.mark.parametrize(
        ("name", "family"),
        [
            ("openai_gpt-4o-2024-05-13", "gpt"),
            ("mistralai_mixtral-8x22b", "mixtral"),
            ("Meta-Llama-3_1-8B", "llama"),
            ("meta", "meta"),
            ("7", "7"),
        ],
    )
    def test_families(self, name: str, family: str) -> None:
        assert family_of(name) == family

    def test_families_stand_together(self) -> None:
        called = ["llama-1", "llama-2", "gemma-2b", "phi-2", "yi-6b", "qwen-7b", "jamba", "mpt-7b"]
        found, notes = groups(quiz(8), called)
        assert len(set(found)) == 7
        assert notes == ()

    def test_one_family_is_split_by_models(self) -> None:
        found, notes = groups(quiz(8), [f"llama-{i}" for i in range(8)])
        assert len(set(found)) == 8
        assert "names of one family" in notes[0]

    def test_copies_stand_together_whatever_their_names(self) -> None:
        values = quiz(10)
        values[4] = values[7]
        values[4, :5] = 1 - values[4, :5]
        found, notes = groups(values)
        assert len(set(found)) == 9
        assert "1 pair of models answer like copies" in notes[0]

    def test_no_split_cuts_a_group(self) -> None:
        label = np.array([0, 0, 0, 1, 2, 2, 3, 4, 5, 6])
        for held in splits_of(label, 0.5, 50, np.random.default_rng(0)):
            assert 2 <= held.sum() <= 5
            for group in set(label.tolist()):
                assert len(set(held[label == group].tolist())) == 1

    def test_nothing_to_split(self) -> None:
        with pytest.raises(TooFewError, match="2 groups cannot be split"):
            splits_of(np.array([0, 0, 0, 0, 1]), 0.4, 5, np.random.default_rng(0))


def slow_share(held: np.ndarray, count: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """The share and its jackknife variance, by loops."""

    def over(models: list[int]) -> float:
        pairs = list(itertools.combinations(models, 2))
        return sum(held[p] for p in pairs) / sum(count[p] for p in pairs)

    every = list(range(len(held)))
    left = [over([m for m in every if label[m] != g]) for g in sorted(set(label.tolist()))]
    n = len(left)
    mean = sum(left) / n
    return over(every), (n - 1) / n * sum((x - mean) ** 2 for x in left)


class TestShares:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_jackknife_by_loops(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        label = np.array([0, 0, 1, 2, 3, 3, 4, 5])
        count = rng.integers(1, 5, (8, 8)).astype(float)
        count = np.triu(count, 1) + np.triu(count, 1).T
        held = rng.binomial(count.astype(int), 0.6).astype(float)
        held = np.triu(held, 1) + np.triu(held, 1).T
        value, variance = slow_share(held, count, label)
        got = share_over_pairs(held, count, label, 0.9)
        n = min(value * (1 - value) / variance, 28)
        q = stats.t.ppf(0.95, 5 / 2)  # six groups: half of their degrees of freedom
        centre = (value + q * q / 2 / n) / (1 + q * q / n)
        half = q / (1 + q * q / n) * math.sqrt(value * (1 - value) / n + q * q / 4 / n / n)
        assert (got.value, got.low, got.high) == pytest.approx(
            (value, centre - half, centre + half)
        )
        other = np.triu(held, 1)[::-1, ::-1].T
        other = other + other.T
        mean, variance = slow_share(held - other, count, label)
        gap = difference_over_pairs(held, other, count, label, 0.9)
        half = q * math.sqrt(variance + 2 / 30**2)
        assert (gap.value, gap.high - gap.low) == pytest.approx((mean, 2 * half))

    @given(st.integers(2, 12), st.sampled_from([0.0, 1.0]))
    def test_no_interval_has_zero_width(self, models: int, value: float) -> None:
        count = np.ones((models, models))
        got = share_over_pairs(value * count, count, np.arange(models), 0.95)
        assert got.value == value
        assert 0 <= got.low <= value <= got.high <= 1
        assert got.high - got.low > 0.1
        gap = difference_over_pairs(count, count, count, np.arange(models), 0.95)
        assert gap.low < 0 < gap.high


class TestShowing:
    def test_a_list_by_loops(self) -> None:
        values = answers(7, np.full(40, 1.5), np.linspace(-1, 1, 40), seed=3)
        values[2, :6] = np.nan
        items = np.arange(40)
        bench = Bench.of(values, items, 1.0, 0.95)
        held, chosen = np.array([0, 2, 3, 6]), items % 3 == 0
        shown = Shown.nothing(7)
        shown.add(bench, held, chosen)
        for k, m in itertools.combinations(held, 2):
            part = values[:, chosen]
            d, variance, n, _ = slow_gap(
                part[k], part[m], np.arange(chosen.sum()), reach=1.0, design=1.0
            )
            whole = slow_gap(values[k], values[m], items, reach=1.0, design=1.0)[0]
            t = d / math.sqrt(variance)
            apart = abs(t) > stats.t.ppf(0.975, n - 1)
            ahead = 0.5 if whole == 0 else float(whole > 0)
            assert shown.separated[k, m] == shown.separated[m, k] == apart
            assert shown.wrong[k, m] == (apart and d * whole < 0)
            assert shown.brier[k, m] == pytest.approx((stats.t.cdf(t, n - 1) - ahead) ** 2)
            assert shown.brier[m, k] == pytest.approx(shown.brier[k, m])
        assert shown.count.sum() == 16
        pairs = [shown.separated[p] for p in itertools.combinations(held, 2)]
        assert shown.shares == [pytest.approx(np.mean(pairs))]

    def test_nothing_in_common_separates_nothing(self) -> None:
        values = np.array([[1.0, 1, np.nan, np.nan], [np.nan, np.nan, 0, 0], [1, 0, 1, 0]])
        shown = Shown.nothing(3)
        shown.add(Bench.of(values, np.arange(4), 1.0, 0.95), np.arange(3), np.ones(4, dtype=bool))
        assert shown.separated[0, 1] == 0
        assert shown.brier[0, 1] == 0

    def test_foretold_scores_by_a_line_through_the_others(self) -> None:
        rng = np.random.default_rng(4)
        values = rng.normal(0, 1, (9, 30)) + np.linspace(0, 3, 9)[:, None] - 5
        bench = Bench.of(values, np.arange(30), 2.0, 0.9)
        label, held = np.arange(9), np.arange(9) > 3
        label[8] = 7
        chosen = np.arange(30) < 8
        told = Forecasts.nothing(9)
        told.add(bench, label, held, chosen)
        x, y = values[:, :8].mean(axis=1), values.mean(axis=1)
        for model in range(9):
            others = [m for m in range(4, 9) if label[m] != label[model]]
            if model < 4:
                assert told.count[model] == 0
                continue
            fit = stats.linregress(x[others], y[others])
            at = fit.intercept + fit.slope * x[model]
            n = len(others)
            s2 = ((y[others] - fit.intercept - fit.slope * x[others]) ** 2).sum() / (n - 2)
            far = (x[model] - x[others].mean()) ** 2 / ((x[others] - x[others].mean()) ** 2).sum()
            half = stats.t.ppf(0.95, n - 2) * math.sqrt(s2 * (1 + 1 / n + far))
            assert told.predicted[model] == pytest.approx(at)
            assert told.high[model] - told.low[model] == pytest.approx(2 * half)

    @given(st.lists(st.integers(0, 4), min_size=2, max_size=9))
    def test_rank_correlation(self, x: list[int]) -> None:
        y = list(range(len(x)))
        got = rank_correlation(np.array(x, float), np.array(y, float))
        if len(set(x)) == 1:
            assert math.isnan(got)
        else:
            assert got == pytest.approx(stats.spearmanr(x, y).statistic)


class TestAnswers:
    def test_nobody_gains_from_easy_items(self) -> None:
        """Additive scores: what a model missed does not change its ability."""
        model, item = np.array([0.9, 0.5, 0.1]), np.array([-0.1, 0.0, 0.1, 0.3, -0.3])
        values = model[:, None] + item
        values[0, 3] = values[1, 0] = values[1, 4] = np.nan
        np.testing.assert_allclose(abilities(values), model, atol=1e-6)

    def test_the_matrix_is_sorted_and_averages_epochs(self) -> None:
        frame = frame_of(quiz(5, 8))
        twice = frame.vstack(frame).with_columns(epoch=1)
        twice = twice.with_columns(epoch=np.repeat([1, 2], len(frame)))
        one = matrix_of(Scores.from_frame(frame), by=None, group=None)
        two = matrix_of(
            Scores.from_frame(twice.sample(fraction=1.0, shuffle=True, seed=1)), by=None, group=None
        )
        assert one.models == two.models
        np.testing.assert_array_equal(one.values, two.values)
        assert (np.diff(one.values.mean(axis=1)) <= 0).all()
