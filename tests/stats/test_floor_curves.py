"""Curves by group: against plain searches, one group and one draw at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from theodolite.stats.floor_curves import Grouped, floor_curves, group_lines

TOKENS = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])


def made(noise, seed=0, exponents=(0.4, 0.6, 0.5)):
    """Return three groups with floors of their own, shuffled."""
    rng = np.random.default_rng(seed)
    tokens = np.concatenate([1e9 * TOKENS[: 7 - k] for k in range(3)])
    group = np.repeat(np.arange(3), [7, 6, 5])
    loss = (
        np.array([2.0, 2.5, 3.0])[group]
        + np.array([1.0, 0.7, 1.4])[group] * (tokens / 1e9) ** -np.array(exponents)[group]
    )
    loss = loss * np.exp(noise * rng.standard_normal(len(loss)))
    order = rng.permutation(len(loss))
    return Grouped(np.log(tokens)[order], group[order]), loss[order]


def cost(parameters, tokens, loss, exponent):
    floor, fall = parameters
    power = (tokens / tokens.max()) ** -exponent
    return float(sum(((loss - floor - fall * power) / loss) ** 2))


def best_given(exponent, tokens, loss):
    """Search floor and fall by a simplex, both at least 0."""
    start = [loss.min() * 0.9, 0.1]
    options = {"xatol": 1e-10, "fatol": 1e-16, "maxiter": 4000}
    bounds = [(0.0, None), (0.0, None)]
    args = (tokens, loss, exponent)
    return minimize(cost, start, args, method="Nelder-Mead", bounds=bounds, options=options)


def test_own_exponents_are_those_of_a_plain_search():
    runs, loss = made(0.005)
    got = floor_curves(runs, loss[None], np.ones((1, len(loss))), own=np.ones(3, bool))
    for size in range(3):
        mine = runs.group == size
        tokens, own = np.exp(runs.log_tokens[mine]), loss[mine]
        found = minimize_scalar(
            lambda k, t=tokens, y=own: best_given(k, t, y).fun, bounds=(0.05, 2.5), method="bounded"
        )
        assert got.exponent[0, size] == pytest.approx(found.x, rel=0.02)
        mine_at = got.floor[0, size], got.fall[0, size]
        assert cost(mine_at, tokens, own, got.exponent[0, size]) <= found.fun * (1 + 1e-5)


def test_a_shared_exponent_is_that_of_a_plain_search():
    runs, loss = made(0.005)
    got = floor_curves(runs, loss[None], np.ones((1, len(loss))), own=np.zeros(3, bool))

    def total(k):
        return sum(
            best_given(k, np.exp(runs.log_tokens[runs.group == s]), loss[runs.group == s]).fun
            for s in range(3)
        )

    found = minimize_scalar(total, bounds=(0.1, 1.5), method="bounded", options={"xatol": 1e-5})
    assert got.exponent[0].tolist() == pytest.approx([found.x] * 3, rel=2e-3)


def test_lines_are_numpys():
    runs, loss = made(0.01)
    got = group_lines(runs, loss[None], np.ones((1, len(loss))))
    for size in range(3):
        mine = runs.group == size
        x = runs.log_tokens[mine] - runs.log_tokens[mine].max()
        slope, height = np.polyfit(x, loss[mine], 1, w=1 / loss[mine])
        assert (got.height[0, size], got.slope[0, size]) == pytest.approx((height, -slope))


def test_a_run_of_weight_0_is_no_run():
    runs, loss = made(0.005)
    keep = np.ones(len(loss), bool)
    keep[[0, 5, 11]] = False
    wild = np.where(keep, loss, 99.0)
    own = np.array([True, False, False])
    one = floor_curves(runs, wild[None], keep[None].astype(float), own=own)
    fewer = Grouped(runs.log_tokens[keep], runs.group[keep])
    two = floor_curves(fewer, loss[None, keep], np.ones((1, keep.sum())), own=own)
    assert one.exponent[0].tolist() == pytest.approx(two.exponent[0].tolist(), rel=1e-6)
    assert one.floor[0].tolist() == pytest.approx(two.floor[0].tolist(), rel=1e-6)


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10.0))
def test_draws_are_one_by_one_and_scale_with_the_loss(seed, scale):
    runs, loss = made(0.01)
    rng = np.random.default_rng(seed)
    drawn = loss * np.exp(0.01 * rng.standard_normal((3, len(loss))))
    weights = rng.integers(0, 3, (3, len(loss))) + 0.5
    own = np.array([True, False, True])
    whole = floor_curves(runs, drawn, weights, own=own)
    for k in range(3):
        single = floor_curves(runs, scale * drawn[[k]], weights[[k]], own=own)
        assert single.exponent[0].tolist() == pytest.approx(whole.exponent[k].tolist(), rel=1e-6)
        assert (single.fall[0] / scale).tolist() == pytest.approx(whole.fall[k].tolist(), rel=1e-5)
    assert (whole.floor >= 0).all()
    assert (whole.fall >= 0).all()


def test_a_rising_loss_is_flat_and_a_pure_power_has_no_floor():
    runs = Grouped(np.log(TOKENS), np.zeros(7, int))
    one = np.ones((1, 7))
    own = np.ones(1, bool)
    flat = floor_curves(runs, 2.0 + 0.01 * np.arange(7.0)[None], one, own=own)
    assert flat.fall.item() == 0.0
    power = floor_curves(runs, 3.0 * TOKENS[None] ** -0.3, one, own=own)
    assert power.floor.item() == pytest.approx(0.0, abs=2e-3)
    assert power.exponent.item() == pytest.approx(0.3, rel=5e-3)
