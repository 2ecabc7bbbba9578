"""How often intervals of shares hold the truth, and tests reject where there is nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.scoring.needle.made import DEPTHS, LENGTHS, grid, needles
from theodolite.scoring.needle import needle
from theodolite.scoring.needle.compare import compare
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


def told_apart(histories: int, *, seed: int = 2, **what: object) -> tuple[float, float]:
    """How often two models of equal chances differ (p up to 0.05), and their intervals hold 0."""
    rng, false, held = np.random.default_rng(seed), 0, 0
    for _ in range(histories):
        frame = pl.concat([grid(rng, **what).with_columns(model=pl.lit(m)) for m in "ab"])
        cells = frame.with_columns(share=(pl.col("score") == 10).cast(pl.Float64))
        got = compare(cells, [("a", "1"), ("b", "1")], level=0.95, n_draws=99, rng=rng)
        row = got.row(0, named=True)
        false, held = false + (row["p_value"] <= 0.05), held + (row["low"] <= 0 <= row["high"])
    return false / histories, held / histories


@pytest.mark.parametrize("row_sd", [0.0, 0.6])
def test_whole_lengths_that_go_well_for_one_are_no_difference(row_sd: float) -> None:
    # A correlation of 0.07 within a length, as real tests have; cells alone err in one of five.
    false, held = told_apart(150, row_sd=row_sd)
    assert false <= 0.09
    assert held >= 0.91


def test_few_lengths_count_cells() -> None:
    rng = np.random.default_rng(0)
    frame = grid(rng, lengths=(1000, 2000)).with_columns(share=pl.lit(1.0))
    other = frame.with_columns(model=pl.lit("y"), share=(pl.col("depth_percent") < 50).cast(float))
    settings = [("x", "1"), ("y", "1")]
    got = compare(pl.concat([frame, other]), settings, level=0.95, n_draws=99, rng=rng)
    assert got["p_value"].item() == pytest.approx(2 * 0.5**22)


@pytest.mark.slow
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


def test_the_order_of_a_file_changes_nothing() -> None:
    frame = grid(np.random.default_rng(3), row_sd=0.5)
    one, other = needle(needles(frame)), needle(needles(frame.reverse()))
    assert one.effects.equals(other.effects)
    assert one.models.equals(other.models)


@pytest.mark.parametrize("score", [10.0, 1.0])
def test_all_or_nothing_found_shows_no_effect(score: float) -> None:
    frame = grid(np.random.default_rng(3)).with_columns(score=pl.lit(score))
    found = needle(needles(frame))
    assert found.effects.select("odds_ratio", "low", "high", "p_value").null_count().row(0) == (
        (5,) * 4
    )
    row = found.models.row(0, named=True)
    # Each of 315 trials counts as one.
    assert 0.0 < row["share_high"] - row["share_low"] < 0.02


def test_depths_that_are_alike_in_every_length_show_no_effect() -> None:
    frame = grid(np.random.default_rng(3)).with_columns(
        score=pl.when(pl.col("context_length") > 16_000).then(1.0).otherwise(10.0)
    )
    effects = needle(needles(frame)).effects
    told = effects.filter(pl.col("odds_ratio").is_not_null())
    assert told["effect"].to_list() == ["length"]
    assert effects.filter(pl.col("p_value").is_not_null())["effect"].to_list() == ["length"]
    assert (told["high"] > told["low"]).all()
