"""Coverage in known worlds: slopes, gains, progress, and Holm's false rate."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scaling.efficiency.made import SHAPES, World, curves
from theodolite.scaling.efficiency.combined import combined
from theodolite.scaling.efficiency.gains import own_gains
from theodolite.scaling.efficiency.progress import progress
from theodolite.scaling.efficiency.sizes import size_groups

PLAIN = World(families=12, names=("MMLU", "GSM8K"))


def one(world: World, seed: int) -> dict[str, float]:
    """What one history says of the intervals; missing where it does not."""
    found, frame = curves(world, seed)
    out = {"slope": [], "bias": [], "gain": [], "false": [], "unlike": []}
    for curve in found:
        estimate, low, high = curve.slope(0.95)
        true = SHAPES[curve.name][1]
        out["slope"].append(low <= true <= high)
        out["bias"].append(estimate / true - 1.0)
        if not curve.rises(0.95):
            continue
        truth = frame.select("model", truth=pl.col(f"truth_{curve.name}").exp())
        rows = own_gains(curve, 0.95).join(truth, on="model")
        low_, high_, is_ = (rows[name].to_numpy() for name in ("low", "high", "truth"))
        out["gain"].append(((low_ <= is_) & (is_ <= high_)).mean())
        out["false"].append(bool(((rows["p_adjusted"].to_numpy() < 0.05) & (is_ <= 1.0)).any()))
        out["unlike"].append(bool((rows["z_p_adjusted"].to_numpy() < 0.05).any()))
    got = {name: float(np.mean(values)) for name, values in out.items() if values}
    rising = [curve for curve in found if curve.rises(0.95)]
    return got | (_over_all(world, rising, frame) if rising else {})


def _over_all(world: World, rising: list, frame: pl.DataFrame) -> dict[str, float]:
    joint = combined(rising, 0.95)
    rows = joint.frame.join(frame.select("model", truth=pl.col("truth").exp()), on="model")
    low, high, is_ = (rows[name].to_numpy() for name in ("low", "high", "truth"))
    got = {
        "combined": float(((low <= is_) & (is_ <= high)).mean()),
        "false_combined": float(((rows["p_adjusted"].to_numpy() < 0.05) & (is_ <= 1.0)).any()),
    }
    size = size_groups(joint, 0.95).row(-1, named=True)
    if size["gain"] is not None:
        got["size"] = float(size["low"] <= 1.0 <= size["high"])
    year = progress(rising, 0.95).per_year
    if year:
        got["year"] = float(year.low <= math.exp(world.progress) <= year.high)
    return got


def rates(world: World, histories: int) -> dict[str, float]:
    rows = [one(world, seed) for seed in range(histories)]
    return {
        name: float(np.mean([row[name] for row in rows if name in row]))
        for name in ("slope", "bias", "gain", "false", "unlike", "combined", "size", "year")
    }


def check(got: dict[str, float], histories: int) -> None:
    """Hold rates to 95%, and to 5%, within what so many histories leave open (three errors)."""
    error = 3.0 * (0.95 * 0.05 / histories) ** 0.5
    for name in ("slope", "gain", "combined", "year"):
        assert got[name] > 0.945 - error - 0.02, (name, got)
    for name in ("false", "unlike"):
        assert got[name] < 0.05 + error, (name, got)


@pytest.mark.slow
def test_a_few_histories() -> None:
    got = rates(PLAIN, 12)
    check(got, 12)
    assert abs(got["bias"]) < 0.15


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        replace(PLAIN, families=8),
        replace(PLAIN, families=12, shift=-2.0),
        replace(PLAIN, families=12, progress=0.8),
        replace(PLAIN, families=30),
    ],
    ids=["eight", "near-chance", "progress", "thirty"],
)
def test_coverage(world: World) -> None:
    got = rates(world, 500)
    print(world.families, world.shift, world.progress, got)
    check(got, 500)
    assert abs(got["bias"]) < 0.04
