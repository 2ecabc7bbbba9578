"""Prediction intervals of targets for models of families that were never fitted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scaling.observational.world import world
from theodolite.scaling.observational import ObservationalSettings
from theodolite.scaling.observational.compare import mean_by_family, verdict_of
from theodolite.scaling.observational.latent import Weightings, capabilities, logarithm
from theodolite.scaling.observational.target import law_of

SETUP = ObservationalSettings(components=2, draws=100)


def history(
    seed: int, *, missing: float, families: int = 25, together: bool = True
) -> tuple[float, float, int, str]:
    """Return coverage, mean error, new models, and the verdict against compute."""
    made = world(seed, missing=missing, families=families, together=together)
    weightings = Weightings.of(made.families, ~made.new, SETUP)
    latent = capabilities(made.table, weightings, SETUP)
    said = law_of(made.target, latent, weightings, chance=0.0).predict(
        0.95, np.random.default_rng(seed)
    )
    plain = law_of(made.target, logarithm(made.flops, weightings), weightings, chance=0.0)
    other = plain.predict(0.95, np.random.default_rng(seed))
    new, y = made.new, made.target
    inside = (said.low <= y) & (y <= said.high)
    error = np.abs(said.estimate - y)
    gain = (error - np.abs(other.estimate - y))[new]
    names = np.asarray(made.families)[new].tolist()
    verdict = verdict_of(mean_by_family(gain, names, 0.95))
    return float(inside[new].mean()), float(error[new].mean()), int(new.sum()), verdict


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_intervals_cover_new_families(missing) -> None:
    found = [history(seed, missing=missing, families=15) for seed in range(6)]
    count = sum(n for _, _, n, _ in found)
    share = sum(c * n for c, _, n, _ in found) / count
    # Models of a family share their noise: three standard errors of 6 x 6 families.
    assert abs(share - 0.95) < 3.0 * np.sqrt(0.95 * 0.05 / 36)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "families"), [(0.1, 25), (0.3, 25), (0.2, 8)], ids=["10%", "30%", "few"]
)
def test_coverage_in_many_histories(missing, families, record_property) -> None:
    found = [
        history(1000 + s, missing=missing, families=families, together=False) for s in range(500)
    ]
    cover = np.array([c for c, *_ in found])
    error = cover.std() / np.sqrt(len(cover))
    verdicts = [v for *_, v in found]
    print(
        f"missing {missing}, {families} families: covered {cover.mean():.3f} "
        f"(Monte Carlo error {error:.4f}), predicts in {verdicts.count('predicts') / 500:.2f}"
    )
    assert 0.93 <= cover.mean() <= 0.985
    assert verdicts.count("no better than compute") < 25


@pytest.mark.slow
def test_the_comparison_keeps_its_level() -> None:
    """Two predictors equally far off: a verdict either way at most as often as the level allows."""
    rng = np.random.default_rng(5)
    said = []
    for _ in range(4000):
        family = np.repeat(np.arange(12), 3)
        gain = rng.normal(0.0, 0.04, 12)[family] + rng.normal(0.0, 0.03, 36)
        ends = mean_by_family(gain, family.astype(str).tolist(), 0.95)
        said.append(verdict_of(ends))
    share = said.count("predicts") / len(said)
    print(f"'predicts' of equal predictors: {share:.4f} (nominal 0.025)")
    assert share < 0.025 + 3.0 * np.sqrt(0.025 * 0.975 / len(said)) + 0.005
