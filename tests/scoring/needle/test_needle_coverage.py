"""How often intervals of shares hold the truth, and tests reject where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scoring.needle.made import DEPTHS, LENGTHS, grid, needles
from theodolite.scoring.needle.effects import Trials, effects_of, fit_found
from theodolite.scoring.needle.shares import share_interval

NORMAL = np.polynomial.hermite_e.hermegauss(40)


def truth(*, slope: float, row_sd: float, centre: float = 16_000) -> float:
    """The share that endless texts would give on the grid."""
    nodes, weights = NORMAL
    logit = -slope * np.log2(np.array(LENGTHS) / centre)[:, None] + row_sd * nodes
    return float((1 / (1 + np.exp(-logit)) @ (weights / weights.sum())).mean())


def trials_of(rng: np.random.Generator, **what: float) -> Trials:
    frame = needles(grid(rng, **what)).frame
    lengths, row = np.unique(frame["context_length"].to_numpy(), return_inverse=True)
    found = (frame["score"] == 10).to_numpy().astype(float)
    return Trials(found, row, lengths, frame["depth_percent"].to_numpy())


def covered(histories: int, *, slope: float, row_sd: float, seed: int = 0) -> float:
    rng, hits = np.random.default_rng(seed), 0
    true = truth(slope=slope, row_sd=row_sd)
    for _ in range(histories):
        trials = trials_of(rng, slope=slope, row_sd=row_sd)
        expected = fit_found(trials).expected
        _, low, high = share_interval(trials.found, trials, expected, level=0.95)
        hits += low <= true <= high
    return hits / histories


def rejected(histories: int, *, seed: int = 1, **what: float) -> dict[str, float]:
    """How often each p-value is at most 0.05."""
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    for _ in range(histories):
        got = effects_of(trials_of(rng, **what), level=0.95, n_draws=199, rng=rng)
        for name, p in got["effect", "p_value"].iter_rows():
            counts[name] = counts.get(name, 0) + (p is not None and p <= 0.05)
    return {name: count / histories for name, count in counts.items()}


def test_shares_cover() -> None:
    assert len(DEPTHS) == 21
    assert covered(200, slope=1.0, row_sd=1.0) >= 0.9
    assert covered(150, slope=0.0, row_sd=0.0) >= 0.9


def test_tests_hold_their_level() -> None:
    # Whole lengths that go well or badly are no effect of length.
    got = rejected(120, row_sd=1.5)
    assert max(got.values()) <= 0.12


@pytest.mark.slow
@pytest.mark.parametrize(("slope", "row_sd"), [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.5)])
def test_shares_cover_at_length(slope: float, row_sd: float) -> None:
    assert covered(2000, slope=slope, row_sd=row_sd) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "null"),
    [
        ({"row_sd": 1.5}, ("length", "depth", "length by depth")),
        ({"slope": 1.0, "row_sd": 1.0}, ("depth", "length by depth")),
        ({"ends": 3.0, "row_sd": 1.0}, ("length", "length by depth")),
        ({"slope": 1.0, "ends": 3.0}, ("length by depth",)),
    ],
)
def test_tests_hold_their_level_at_length(what: dict[str, float], null: tuple[str, ...]) -> None:
    got = rejected(2000, **what)
    for name in null:
        assert got[name] <= 0.065
