"""Statistics of items: a slow reference, properties, and recovery by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.stats import Answers, ability, item_statistics


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def random_answers(seed: int, m: int, n: int) -> Answers:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 5, n)
    item = np.repeat(np.arange(n), sizes)
    start = np.cumsum(sizes) - sizes
    keyed = np.zeros(item.size, dtype=bool)
    keyed[start[sizes > 0] + rng.integers(0, sizes[sizes > 0])] = True
    keyed |= rng.random(item.size) < 0.1
    scores = rng.integers(0, 2, (m, n)).astype(float)
    scores[rng.random((m, n)) < 0.2] = np.nan
    taken = np.zeros((m, item.size), dtype=np.float32)
    for a in range(m):
        for i in range(n):
            if sizes[i] and not np.isnan(scores[a, i]) and rng.random() < 0.9:
                taken[a, start[i] + rng.integers(0, sizes[i])] = 1.0
    weights = rng.choice([0.25, 0.5, 1.0], m)
    return Answers(scores, taken, item, keyed, weights)


def slow_offset(answers: Answers) -> list[float]:
    x, w = answers.scores, answers.weights
    m, n = x.shape
    p = []
    for i in range(n):
        here = [a for a in range(m) if not np.isnan(x[a, i])]
        total = sum(w[a] for a in here)
        hit = sum(w[a] * x[a, i] for a in here)
        p.append((hit + 0.5) / (total + 1) if here else 0.0)
    offsets = []
    for a in range(m):
        asked = [i for i in range(n) if not np.isnan(x[a, i])]
        offsets.append(logit((sum(p[i] for i in asked) + 0.5) / (len(asked) + 1)))
    return offsets


def slow_theta(answers: Answers, a: int, i: int, offset: list[float]) -> float:
    row = answers.scores[a]
    rest = [row[k] for k in range(row.size) if k != i and not np.isnan(row[k])]
    return logit((sum(rest) + 0.5) / (len(rest) + 1)) - offset[a]


def slow_rest(answers: Answers, i: int, offset: list[float]) -> tuple[float, float]:
    x, w = answers.scores, answers.weights
    there = ~np.isnan(x)
    here = [a for a in range(len(w)) if there[a, i] and there[a].sum() > 1]
    if len(here) < 3 or sum(w[here]) <= 1:
        return np.nan, np.nan
    xs, ts = x[here, i], np.array([slow_theta(answers, a, i, offset) for a in here])
    if np.ptp(xs) == 0 or np.ptp(ts) < 1e-9:
        return np.nan, np.nan
    cov = np.cov(xs, ts, aweights=w[here])
    r = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    return r, (1 - r * r) / np.sqrt(sum(w[here]) - 1)


def slow_strong(answers: Answers, i: int, offset: list[float]) -> tuple[int, float, float]:
    w, columns = answers.weights, np.flatnonzero(answers.item == i)
    able = [a for a in range(len(w)) if (~np.isnan(answers.scores[a])).sum() > 1]

    def takers(ks: np.ndarray) -> list[int]:
        return [a for a in able if answers.taken[a, ks].sum() > 0]

    best = (-1, np.nan, np.nan, -np.inf)
    key = takers(columns[answers.keyed[columns]])
    for j, column in enumerate(columns):
        mine = takers(np.array([column]))
        n_o, n_k = sum(w[mine]), sum(w[key])
        if answers.keyed[column] or not mine or not key or n_o + n_k <= 1:
            continue
        t = {a: slow_theta(answers, a, i, offset) for a in mine + key}
        mean = {
            name: sum(w[a] * t[a] for a in group) / sum(w[group])
            for name, group in (("o", mine), ("k", key), ("all", mine + key))
        }
        s2 = sum(w[a] * (t[a] - mean["all"]) ** 2 for a in mine + key) / (n_o + n_k - 1)
        if s2 * (n_o + n_k - 1) < 1e-9:
            continue
        d, se = mean["o"] - mean["k"], np.sqrt(s2 * (1 / n_o + 1 / n_k))
        if d / se > best[3] + 1e-9:
            best = (j, d, se, d / se)
    return best[:3]


def test_against_a_slow_reference() -> None:
    for seed in range(25):
        answers = random_answers(seed, 7, 9)
        found, offset = item_statistics(answers), slow_offset(answers)
        w = answers.weights
        for i in range(9):
            here = ~np.isnan(answers.scores[:, i])
            columns = np.flatnonzero(answers.item == i)
            mass = w @ answers.taken[:, columns]
            keyed = answers.keyed[columns]
            assert found.answered[i] == pytest.approx(w[here].sum())
            assert found.lettered[i] == pytest.approx(mass.sum())
            if here.any():
                assert found.correct[i] == pytest.approx(
                    np.average(answers.scores[here, i], weights=w[here])
                )
            if mass.sum() > 0:
                shares = mass / mass.sum()
                other, key = max(shares[~keyed], default=0.0), shares[keyed].sum()
                assert found.margin[i] == pytest.approx(other - key)
                error = np.sqrt((other + key - (other - key) ** 2) / mass.sum())
                assert found.margin_error[i] == pytest.approx(error, abs=1e-7)
                top = np.flatnonzero(~keyed & np.isclose(shares, other) & (shares > 0))
                assert found.consensus[i] == (top[0] if len(top) == 1 else -1)
            rest = found.item_rest[i], found.item_rest_error[i]
            assert rest == pytest.approx(slow_rest(answers, i, offset), nan_ok=True, abs=1e-7)
            strong = found.strong_other[i], found.strong_difference[i], found.strong_error[i]
            assert strong == pytest.approx(slow_strong(answers, i, offset), nan_ok=True, abs=1e-6)


def test_parts_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = random_answers(3, 6, 20)
    whole = item_statistics(answers)
    monkeypatch.setattr("theodolite.stats.answers.ITEMS_AT_ONCE", 3)
    parts = item_statistics(answers)
    for name in whole.__dataclass_fields__:
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name))


@given(seed=st.integers(0, 2**32 - 1), m=st.integers(1, 6), n=st.integers(1, 8))
def test_properties(seed: int, m: int, n: int) -> None:
    answers = random_answers(seed, m, n)
    found = item_statistics(answers)
    known = ~np.isnan(found.margin)
    assert np.array_equal(known, found.lettered > 0)
    assert (np.abs(found.margin[known]) <= 1 + 1e-9).all()
    z = found.strong_difference / found.strong_error
    assert (np.nan_to_num(np.abs(z)) <= np.sqrt(m) + 1e-6).all()
    assert np.array_equal(np.isnan(z), found.strong_other < 0)
    # A model and its exact copy, each of half the weight, say what the model alone says.
    twice = np.concatenate([np.arange(m), [0]])
    weights = answers.weights[twice]
    weights[[0, -1]] /= 2
    doubled = Answers(
        answers.scores[twice], answers.taken[twice], answers.item, answers.keyed, weights
    )
    again = item_statistics(doubled)
    for name in ("answered", "correct", "margin", "margin_error", "strong_difference"):
        np.testing.assert_allclose(getattr(again, name), getattr(found, name), atol=1e-6)


def test_the_share_is_within_its_error_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    shares, n_items, m = np.array([0.3, 0.45, 0.25]), 4_000, 40
    choice = rng.choice(3, (m, n_items), p=shares)
    taken = (choice[:, :, None] == np.arange(3)).reshape(m, -1).astype(np.float32)
    keyed = np.tile([True, False, False], n_items)
    item = np.repeat(np.arange(n_items), 3)
    found = item_statistics(Answers((choice == 0) * 1.0, taken, item, keyed, np.ones(m)))
    # Where the runner-up is not taken for the most chosen, the difference of shares is covered.
    sure = found.consensus == 1
    z = (found.margin - 0.15)[sure] / found.margin_error[sure]
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.02)


def test_abilities_are_recovered_though_models_were_asked_different_items() -> None:
    rng = np.random.default_rng(6)
    theta, easy = rng.normal(0, 0.7, 40), rng.normal(0, 1, 3_000)
    p = 1 / (1 + np.exp(-(theta[:, None] + easy)))
    scores = (rng.random(p.shape) < p).astype(float)
    hard_only = easy < 0
    scores[::2, ~hard_only] = np.nan
    found = ability(scores, np.ones(40))
    assert np.corrcoef(found, theta)[0, 1] > 0.99
    assert np.polyfit(theta, found, 1)[0] == pytest.approx(0.85, abs=0.1)
    # Without regard to what was asked, the halves would be 0.8 apart.
    assert abs((found - theta)[::2].mean() - (found - theta)[1::2].mean()) < 0.1


def test_takers_at_random_are_seldom_stronger() -> None:
    rng = np.random.default_rng(7)
    theta, n = rng.normal(0, 1, 60), 3_000
    ability_items = (rng.random((60, 500)) < 1 / (1 + np.exp(-theta[:, None]))).astype(float)
    choice = rng.integers(0, 2, (60, n))
    scores = np.hstack([ability_items, np.full((60, n), np.nan)])
    scores[:, 500:] = 0.5
    taken = (choice[:, :, None] == np.arange(2)).reshape(60, -1).astype(np.float32)
    item = np.repeat(np.arange(500, 500 + n), 2)
    found = item_statistics(Answers(scores, taken, item, np.tile([True, False], n), np.ones(60)))
    z = found.strong_difference[500:] / found.strong_error[500:]
    assert z.mean() == pytest.approx(0.0, abs=0.05)
    assert z.std() == pytest.approx(1.0, abs=0.04)
    assert np.mean(z > 1.645) == pytest.approx(0.05, abs=0.012)
