"""Models without a finite estimate: honest ends, and a board that does not notice them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq, minimize

from theodolite.errors import UsageError
from theodolite.ratings import bradley_terry, simulate_votes
from theodolite.stats import HalfWin, WinGraph, count_pairs, one_sided_bounds, separate
from theodolite.tables import Votes

CORE = {"a": 1080.0, "b": 1000.0, "c": 920.0}
POINTS = 400 / np.log(10)


def core_rows() -> list[tuple[str, str, str]]:
    frame = simulate_votes(CORE, n_votes=300, seed=1).frame
    return frame.select("model_a", "model_b", pl.col("winner").cast(pl.String)).rows()


def votes_of(*rows: tuple[str, str, str]) -> Votes:
    columns = ["model_a", "model_b", "winner"]
    return Votes.from_frame(pl.DataFrame(core_rows() + list(rows), schema=columns, orient="row"))


def row_of(board, model: str) -> dict:
    return board.to_frame().row(by_predicate=pl.col("model") == model, named=True)


GROUP = [("t1", "t2", "model_a"), ("t2", "t1", "model_a"), ("t1", "t2", "model_a")]
CASES = {
    "top": [("top", "a", "model_a")] * 5,
    "bottom": [("bottom", "c", "model_b")] * 4,
    "group": [*GROUP, ("t1", "b", "model_a"), ("t2", "a", "model_a"), ("t1", "a", "model_a")],
    "chain": [("up", "mid", "model_a")] * 3 + [("mid", "a", "model_a")] * 2,
}


@pytest.mark.parametrize("rows", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("ties", ["half-win", "davidson", "rao-kupper"])
def test_the_rest_of_the_board_is_not_disturbed(rows: list, ties: str) -> None:
    plain = bradley_terry(votes_of(), ties=ties).board
    board = bradley_terry(votes_of(*rows), ties=ties).board
    for model in CORE:
        alone, among = row_of(plain, model), row_of(board, model)
        for key in ("rating", "low", "high"):
            assert among[key] == pytest.approx(alone[key], abs=1e-6)
        assert not among["unbounded"]


def brute_force_bound(board_votes: Votes, model: str, *, side: int, z: float) -> float:
    """Profile by a general optimiser over all models, the others kept from running away."""
    board = bradley_terry(board_votes).board
    models = list(board.models)
    core = [models.index(m) for m in CORE]
    at = models.index(model)
    rows = board_votes.frame.select(pl.col("model_a", "model_b", "winner").cast(pl.String)).rows()
    credit = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5}
    a = np.array([models.index(r[0]) for r in rows])
    b = np.array([models.index(r[1]) for r in rows])
    y = np.array([credit[r[2]] for r in rows])

    def loss(theta: np.ndarray) -> float:
        gap = theta[a] - theta[b]
        return float((np.logaddexp(0.0, gap) - y * gap).sum())

    def profile(t: float) -> float:
        free = [i for i in range(len(models)) if i != at]

        def objective(v: np.ndarray) -> float:
            theta = np.empty(len(models))
            theta[free] = v
            theta[at] = t + theta[core].mean()
            return loss(theta)

        start = np.zeros(len(free))
        bounds = [(-25.0, 25.0)] * len(free)
        return minimize(objective, start, bounds=bounds, method="L-BFGS-B", tol=1e-14).fun

    infinity = profile(side * 18.0)
    root = brentq(lambda t: 2 * (profile(t) - infinity) - z * z, side * -8.0, side * 17.0)
    return 1000 + POINTS * root


@pytest.mark.parametrize(
    ("case", "model", "side"),
    [("top", "top", 1), ("bottom", "bottom", -1), ("group", "t1", 1), ("chain", "mid", 1)],
)
def test_the_finite_end_equals_a_brute_force_profile(case: str, model: str, side: int) -> None:
    votes = votes_of(*CASES[case])
    row = row_of(bradley_terry(votes).board, model)
    want = brute_force_bound(votes, model, side=side, z=1.6448536)
    got, infinite = (row["low"], row["high"]) if side > 0 else (row["high"], row["low"])
    assert got == pytest.approx(want, abs=0.5)
    assert infinite == side * np.inf
    assert row["unbounded"]


def test_more_wins_raise_the_bound() -> None:
    lows = [
        row_of(bradley_terry(votes_of(*[("top", "a", "model_a")] * n)).board, "top")["low"]
        for n in (1, 3, 10, 40)
    ]
    assert lows == sorted(lows)
    assert np.isfinite(lows).all()


def test_ranks_follow_what_is_known() -> None:
    rows = [*CASES["chain"], *CASES["bottom"], *[("star", "a", "model_a")] * 60]
    board = bradley_terry(votes_of(*rows)).board
    up, mid, star, bottom = (row_of(board, m) for m in ("up", "mid", "star", "bottom"))
    assert (up["rank"], star["rank"]) == (1, 1)
    assert mid["rank"] == 2
    assert bottom["rank"] == 7
    assert star["rank_high"] < mid["rank_high"]
    assert star["rank_low"] == 1


def test_a_model_that_wins_lead_nowhere_from_may_stand_anywhere() -> None:
    rows = [*CASES["top"], ("lost", "top", "model_b")]
    lost = row_of(bradley_terry(votes_of(*rows)).board, "lost")
    assert (lost["low"], lost["high"]) == (-np.inf, np.inf)
    assert np.isnan(lost["rating"])
    assert (lost["rank_low"], lost["rank_high"]) == (1, 5)


def test_an_unbounded_model_is_no_anchor() -> None:
    with pytest.raises(UsageError, match="no finite rating"):
        bradley_terry(votes_of(*CASES["top"])).anchored("top", 1000.0)


def test_separation_agrees_with_reachability_on_random_graphs() -> None:
    rng = np.random.default_rng(2)
    for _ in range(60):
        first = rng.integers(0, 7, 11)
        second = (first + rng.integers(1, 7, 11)) % 7
        pairs = count_pairs(first, second, rng.choice([0.0, 1.0], 11), n_models=7)
        graph = WinGraph.of_shares(pairs)
        found = separate(graph)
        reach = np.eye(7, dtype=bool) | graph.wins
        for _ in range(7):
            reach = reach | ((reach.astype(int) @ reach.astype(int)) > 0)
        np.testing.assert_array_equal(found.higher, reach & ~reach.T)
        core = int(found.core[0])
        np.testing.assert_array_equal(found.side, reach[:, core].astype(int) - reach[core])


def test_bounds_grow_with_the_level() -> None:
    first = np.array([0, 1, 0, 1, 2, 2, 2])
    second = np.array([1, 0, 1, 0, 0, 1, 0])
    pairs = count_pairs(first, second, np.array([1.0, 1, 1, 1, 1, 1, 1]), n_models=3)
    graph = WinGraph.of_shares(pairs)
    z = np.array([0.5, 1.0, 2.0, 3.0])
    bounds = one_sided_bounds(HalfWin(pairs), graph, separate(graph), z=z)[2]
    assert (np.diff(bounds) < 0).all()
