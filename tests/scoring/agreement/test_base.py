"""Base models that foretell ratings: lines one by one as reference, and what can be told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from theodolite.errors import TooFewError, UsageError
from theodolite.loading import load_models
from theodolite.scoring.agreement import COMPUTE, NOTHING, foretell_ratings
from theodolite.tables import Estimates, Models

FAMILIES = 8


def world(seed: int = 0, families: int = FAMILIES) -> tuple[Models, Estimates]:
    """Two bases a family and two tunes a base; ratings follow `good`, and `coin` is noise."""
    rng = np.random.default_rng(seed)
    facts, results, rated = [], [], []
    for f in range(families):
        for b in range(2):
            base = f"base-{f}{b}"
            worth = rng.uniform(-1.5, 1.5)
            facts.append(
                {
                    "model": base,
                    "kind": "base",
                    "family": f"F{f}",
                    "params": 1e9,
                    "tokens": 1e12 * (1 + f),
                }
            )
            for name, logit in (("good", worth), ("coin", rng.uniform(-1.5, 1.5))):
                share = 100.0 / (1.0 + np.exp(-logit))
                results.append({"model": base, "benchmark": name, "value": share, "unit": "%"})
            for t in range(2):
                tune = f"tune-{f}{b}{t}"
                facts.append({"model": tune, "kind": "instruct", "base_of": base})
                rated.append((tune, 1000.0 + 100.0 * worth + rng.normal(0, 4), 3.0))
    models = Models.from_frames(pl.DataFrame(facts), pl.DataFrame(results))
    frame = pl.DataFrame(rated, schema=["model", "value", "standard_error"], orient="row")
    return models, Estimates.from_frame(frame, name="people", unit="rating")


def test_each_family_is_foretold_from_the_others() -> None:
    models, people = world()
    found = foretell_ratings(models, people)
    rows = found.predictions.filter(predictor="good")
    share = {
        m: v / 100
        for m, v in models.results.filter(benchmark="good").select("model", "value").rows()
    }
    x = np.array([np.log(share[b] / (1 - share[b])) for b in rows["base"]])
    y, family = rows["rating"].to_numpy(), rows["family"].to_numpy()
    for at in range(len(rows)):
        rest = family != family[at]
        slope, height = np.polyfit(x[rest], y[rest], 1)
        assert rows["foretold"][at] == pytest.approx(height + slope * x[at])
    error = np.abs(y - rows["foretold"].to_numpy()).mean()
    assert found.predictors.filter(predictor="good")["error"].item() == pytest.approx(error)


def test_what_foretells_is_told_and_noise_is_not() -> None:
    found = foretell_ratings(*world())
    first = found.predictors.row(0, named=True)
    assert first["predictor"] == "good"
    assert (first["bases"], first["tunes"], first["families"]) == (16, 32, 8)
    assert first["spearman_low"] > 0.8
    better = {(r["first"], r["second"]): r["better"] for r in found.contrasts.to_dicts()}
    assert better[("coin", "good")] == "good"
    assert better[("good", NOTHING)] == "good"
    assert better[("coin", NOTHING)] is None
    assert better[("coin", COMPUTE)] is None


def test_what_is_left_out_is_counted() -> None:
    models, people = world()
    more = pl.concat(
        [
            people.frame.select("model", "value", "standard_error"),
            pl.DataFrame({"model": ["lone"], "value": [900.0], "standard_error": [2.0]}),
        ]
    )
    found = foretell_ratings(models, Estimates.from_frame(more, name="people", unit="rating"))
    assert [(r.reason, r.count) for r in found.removed] == [
        ("rated models whose base is not known", 1)
    ]


def test_few_families_are_refused() -> None:
    with pytest.raises(TooFewError, match="6 base models of 4 families"):
        foretell_ratings(*world(families=3))
    with pytest.raises(UsageError, match="no attribute or benchmark 'gud'"):
        foretell_ratings(*world(), benchmarks=["gud"])
    with pytest.raises(UsageError, match="level"):
        foretell_ratings(*world(), level=95)


def test_shipped_facts_cannot_tell_and_say_so() -> None:
    models = load_models()
    rows = models.results.filter(benchmark="arena_rating", category="overall")
    people = Estimates.from_frame(
        rows.select("model", "value", "low", "high"), name="Arena", unit="rating"
    )
    found = foretell_ratings(models, people)
    first = found.predictors.row(0, named=True)
    assert (first["predictor"], first["bases"], first["families"]) == ("MMLU", 18, 9)
    assert 25 < first["error"] < 40
    assert found.contrasts.filter(kind="compute")["better"].null_count() == 7
    assert "GPQA" in found.notes[-1]
