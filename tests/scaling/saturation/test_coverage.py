"""How often the intervals of saturation hold the truth, and what the verdicts say in known worlds.

Monte Carlo errors of a share p over h histories are sqrt(p (1 - p) / h).
"""

import numpy as np
import pytest

from tests.scaling.conftest import TRUE
from tests.scaling.saturation.worlds import runs_of
from theodolite.scaling import Recipe, Resampling, saturation

GADRE = {"sizes": np.array([1.06e7, 7.9e7, 1.54e8, 4.1e8]), "ratios": 5.0 * 2.0 ** np.arange(8)}


def histories(count, kind="law", objective="least-squares", **design):
    """Simulate, and return shares: of verdicts, and of intervals that hold the truth."""
    truth = {"law": 1.0, "saturated": 0.0}.get(kind, np.nan)
    verdicts, overall, sizes, left = [], [], [], []
    for seed in range(count):
        got = saturation(
            runs_of(kind, seed=seed, **design),
            recipe=Recipe(objective=objective),
            resampling=Resampling(n=200, seed=seed),
        )
        verdicts.append(got.verdict)
        overall.append(got.ratio.low <= truth <= got.ratio.high)
        frame = got.sizes
        sizes += [a <= truth <= b for a, b in frame.select("ratio_low", "ratio_high").rows()]
        true_left = TRUE["B"] / frame["tokens"].to_numpy() ** TRUE["beta"]
        ends = frame.select("remaining_low", "remaining_high").rows()
        left += [a <= x <= b for x, (a, b) in zip(true_left, ends, strict=True)]
    shares = {name: verdicts.count(name) / count for name in set(verdicts)}
    return shares, float(np.mean(overall)), float(np.mean(sizes)), float(np.mean(left))


@pytest.mark.slow
def test_the_law_is_rarely_called_slower():
    shares, overall, _, left = histories(6, **GADRE)
    # With 5% each, two of six or more are seen in 3% of such tests.
    assert shares.get("slower", 0.0) + shares.get("saturated", 0.0) <= 1 / 6
    assert overall >= 4 / 6
    assert left >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["huber", "least-squares"])
def test_coverage_where_the_law_holds(objective):
    shares, overall, sizes, left = histories(500, objective=objective, **GADRE)
    print(f"{objective}: {shares}, overall {overall:.3f}, sizes {sizes:.3f}, left {left:.3f}")
    assert shares.get("slower", 0.0) + shares.get("saturated", 0.0) <= 0.05
    assert 0.92 < overall < 0.99
    assert 0.92 < sizes < 0.99
    assert 0.92 < left < 0.99


@pytest.mark.slow
def test_power_where_the_loss_has_stopped():
    shares, overall, sizes, _ = histories(200, kind="saturated", **GADRE)
    print(f"saturated: {shares}, overall {overall:.3f}, sizes {sizes:.3f}")
    assert shares.get("saturated", 0.0) + shares.get("slower", 0.0) > 0.95
    assert overall > 0.92


@pytest.mark.slow
def test_a_line_in_log_tokens_is_not_called_saturated():
    shares, *_ = histories(200, kind="line", **GADRE)
    print(f"line: {shares}")
    assert shares.get("saturated", 0.0) + shares.get("slower", 0.0) <= 0.05
