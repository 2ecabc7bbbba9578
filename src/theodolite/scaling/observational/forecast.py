"""One target predicted from capabilities, and beside it from compute and from parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError
from theodolite.scaling.observational.cells import FITTED, NEW
from theodolite.scaling.observational.compare import mean_error, verdict_of
from theodolite.scaling.observational.latent import logarithm
from theodolite.scaling.observational.result import TargetForecast
from theodolite.scaling.observational.target import law_of
from theodolite.tables.benchmarks import benchmark_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.observational.cells import Cells, ObservationalSettings
    from theodolite.scaling.observational.latent import Latent, Weightings
    from theodolite.scaling.observational.target import Law, Predictions

    Array = NDArray[np.float64]

__all__ = ["forecast_target"]


def forecast_target(
    cells: Cells,
    target: str,
    predictors: tuple[str, ...],
    *,
    latent: Latent,
    weightings: Weightings,
    setup: ObservationalSettings,
    level: float,
) -> TargetForecast:
    """Fit a target and predict it, or say why it cannot be fitted.

    Held-out and new models are predicted by the fit to the others; where there are none, every
    fitted model by the fit without its family, axes and all. Floor, ridge and noise are then chosen
    with all families in view: hold models out, or give them as new, where that matters.
    """
    observed = cells.scores[target]
    chance = benchmark_named(target).chance
    try:
        law = law_of(observed, latent, weightings, chance=chance)
    except CannotAnswerError as error:
        return TargetForecast(target, predictors, reason=str(error), level=level)
    apart = bool(cells.role(FITTED).all())
    seed = [setup.seed, 1]
    said = law.predict(level, np.random.default_rng(seed), apart=apart)
    compute, by_compute = _baseline(cells, target, "flops", weightings, (level, apart, setup.seed))
    params, _ = _baseline(cells, target, "params", weightings, (level, apart, setup.seed))
    points = _points(cells, observed, said, compute, params)
    asked = ~cells.role(FITTED) | apart
    shown = asked & (cells.role(NEW) | ~np.isnan(observed))
    points = points.filter(pl.Series(shown) & pl.col("predicted").is_not_null())
    away = np.abs(law.curve(law.apart) - observed)[law.fitted]
    forecast = TargetForecast(
        target,
        predictors,
        law=law,
        by_compute=by_compute,
        points=points,
        fitted_mae=float(away.mean()),
        level=level,
    )
    difference = mean_error(points, "difference", level)
    return replace(
        forecast,
        mae=mean_error(points, "error", level),
        baseline_mae=mean_error(points, "compute_error", level),
        params_mae=mean_error(points, "params_error", level),
        difference=difference,
        verdict=verdict_of(difference),
    )


def _baseline(
    cells: Cells, target: str, of: str, weightings: Weightings, how: tuple[float, bool, int]
) -> tuple[Predictions | None, Law | None]:
    """Predict by one logarithm; nothing where too few models have it."""
    level, apart, seed = how
    latent = logarithm(cells.column(of), weightings)
    try:
        law = law_of(
            cells.scores[target], latent, weightings, chance=benchmark_named(target).chance
        )
    except CannotAnswerError:
        return None, None
    return law.predict(level, np.random.default_rng([seed, 2]), apart=apart), law


def _points(
    cells: Cells,
    observed: Array,
    said: Predictions,
    compute: Predictions | None,
    params: Predictions | None,
) -> pl.DataFrame:
    none = np.full(len(observed), np.nan)
    columns = {
        "observed": observed,
        "predicted": said.estimate,
        "low": said.low,
        "high": said.high,
        "compute_predicted": none if compute is None else compute.estimate,
        "compute_low": none if compute is None else compute.low,
        "compute_high": none if compute is None else compute.high,
        "params_predicted": none if params is None else params.estimate,
    }
    frame = cells.frame.select("model", "family", "role", "flops").with_columns(
        pl.Series(name, values).fill_nan(None) for name, values in columns.items()
    )
    seen = pl.col("observed")
    return frame.with_columns(
        error=(pl.col("predicted") - seen).abs(),
        compute_error=(pl.col("compute_predicted") - seen).abs(),
        params_error=(pl.col("params_predicted") - seen).abs(),
        covered=seen.is_between("low", "high"),
    ).with_columns(difference=pl.col("error") - pl.col("compute_error"))
