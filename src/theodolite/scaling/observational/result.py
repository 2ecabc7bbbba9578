"""What an observational law says: capabilities, families, targets and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.stats.proportions import wilson

if TYPE_CHECKING:
    from theodolite.scaling.observational.cells import ObservationalSettings
    from theodolite.scaling.observational.compare import Verdict
    from theodolite.scaling.observational.families import Line
    from theodolite.scaling.observational.target import Law
    from theodolite.scaling.result import Estimate
    from theodolite.tables import Removal

__all__ = ["Observational", "TargetForecast", "coverage_of"]

SHOWN = ("model", "family", "role", "flops", "observed", "predicted", "low", "high")
COMPUTE = ("compute_predicted", "compute_low", "compute_high", "params_predicted")


def coverage_of(points: pl.DataFrame, level: float) -> dict[str, float | int] | None:
    """Return the share of observed targets inside their intervals, with Wilson's interval."""
    inside = points["covered"].drop_nulls()
    if inside.is_empty():
        return None
    share = pl.Series([float(inside.mean())])  # type: ignore[arg-type]
    count = pl.Series([float(len(inside))])
    low, high = wilson(share.to_numpy(), count.to_numpy(), level)
    return {
        "estimate": float(share[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "n": len(inside),
    }


@dataclass(frozen=True)
class TargetForecast:
    """One target, predicted for models whose own value was not used.

    Attributes
    ----------
    target, predictors
        The target, and the benchmarks behind the capabilities that predict it.
    reason
        Why it could not be fitted, else empty.
    law, by_compute
        The sigmoid of capabilities, and the one of FLOPs; ``None`` where it could not be fitted.
    points
        One row a predicted model: ``model``, ``family``, ``role``, ``flops``, ``observed``,
        ``predicted``, ``low``, ``high``, the same from compute alone (``compute_predicted``,
        ``compute_low``, ``compute_high``) and from parameters (``params_predicted``); ``error``,
        ``compute_error``, ``params_error`` (absolute), ``difference``, ``covered``. Shares.
    mae, baseline_mae, params_mae, difference
        Mean absolute errors, and that of capabilities less that of compute on the same models.
    fitted_mae
        That of fitted models, each predicted without its family.
    verdict
        See :func:`theodolite.scaling.observational.compare.verdict_of`.
    """

    target: str
    predictors: tuple[str, ...]
    reason: str = ""
    law: Law | None = field(default=None, repr=False)
    by_compute: Law | None = field(default=None, repr=False)
    points: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    mae: Estimate | None = None
    baseline_mae: Estimate | None = None
    params_mae: Estimate | None = None
    difference: Estimate | None = None
    fitted_mae: float | None = None
    verdict: Verdict = "cannot be told"
    level: float = 0.95

    @property
    def coverage(self) -> dict[str, float | int] | None:
        """The share of observed values inside their intervals."""
        return None if self.points.is_empty() else coverage_of(self.points, self.level)

    def mean_square(self, column: str) -> float | None:
        """Return the mean squared error of ``error`` or ``compute_error``; ``None`` without any."""
        if self.points.is_empty():
            return None
        value = (self.points[column].drop_nulls() ** 2).mean()
        return None if value is None else float(value)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; an interval without ends is null there, and flagged."""
        law = self.law
        return {
            "target": self.target,
            "verdict": self.verdict,
            "predictors": list(self.predictors),
            "reason": self.reason or None,
            "mae": _ends(self.mae),
            "baseline_mae": _ends(self.baseline_mae),
            "params_mae": _ends(self.params_mae),
            "difference": _ends(self.difference),
            "mse": self.mean_square("error"),
            "baseline_mse": self.mean_square("compute_error"),
            "fitted_mae": self.fitted_mae,
            "coverage": self.coverage,
            "floor": None if law is None else law.floor,
            "precision": None if law is None else law.precision,
            "noise": None if law is None else {"tau": law.tau, "sigma": law.sigma},
            "ahead": None if law is None else law.kappa,
            "intercept": None if law is None else float(law.slopes[0]),
            "slopes": None if law is None else law.slopes[1:].tolist(),
            "points": [] if self.points.is_empty() else self.points.to_dicts(),
        }


@dataclass(frozen=True)
class Observational:
    """Principal capabilities of models, what they cost, and what they predict.

    Attributes
    ----------
    verdict, verdict_words, decides
        ``predicts``, ``no better than compute`` or ``cannot be told``, over all targets; the same
        in a sentence; and what would decide it.
    difference
        Mean absolute error from capabilities less that from compute over all targets, in shares.
    benchmarks, explained, loadings
        What the capabilities are made of: the share of variance of each with an interval, and the
        axes, one row a benchmark.
    held_out_cells
        Root mean squared error of hidden scores by number of components, and the best number.
    models
        One row a model: ``model``, ``family``, ``role``, ``flops``, ``missing`` (scores), and
        ``capability_k`` with ``capability_k_low`` and ``capability_k_high`` from missing scores.
    lines
        Each capability against compute.
    targets
        One forecast each.
    hold_out, setup, level, removed, notes
        What was asked for, what filters took away, and what a reader must know.
    """

    verdict: Verdict
    verdict_words: str
    decides: str
    difference: Estimate | None
    benchmarks: tuple[str, ...]
    explained: tuple[Estimate, ...]
    loadings: pl.DataFrame = field(repr=False)
    held_out_cells: tuple[float, ...]
    models: pl.DataFrame = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    targets: tuple[TargetForecast, ...] = field(repr=False)
    hold_out: tuple[str, ...]
    setup: ObservationalSettings
    level: float
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def best_components(self) -> int:
        """The number of components with the smallest error on hidden scores."""
        return 1 + min(range(len(self.held_out_cells)), key=lambda k: self.held_out_cells[k])

    def to_frame(self) -> pl.DataFrame:
        """Return one row a target and predicted model."""
        parts = [
            one.points.select(pl.lit(one.target).alias("target"), *SHOWN, *COMPUTE)
            for one in self.targets
            if not one.points.is_empty()
        ]
        return pl.concat(parts) if parts else pl.DataFrame()

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "decides": self.decides,
            "difference": _ends(self.difference),
            "benchmarks": list(self.benchmarks),
            "explained": [one.to_dict() for one in self.explained],
            "loadings": self.loadings.to_dicts(),
            "components": self.setup.components,
            "held_out_cells": list(self.held_out_cells),
            "best_components": self.best_components,
            "models": [self._model(row) for row in self.models.to_dicts()],
            "lines": [line.to_dict() for line in self.lines],
            "families": self.lines[0].to_dict()["families"] if self.lines else [],
            "targets": [one.to_dict() for one in self.targets],
            "hold_out": list(self.hold_out),
            "impute": self.setup.impute,
            "resamples": self.setup.draws,
            "level": self.level,
            "seed": self.setup.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }

    def _model(self, row: dict[str, Any]) -> dict[str, Any]:
        plain = {name: row[name] for name in ("model", "family", "role", "flops", "missing")}
        names = [f"capability_{k}" for k in range(1, self.setup.components + 1)]
        plain["capability"] = [
            {"estimate": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
            for name in names
        ]
        return plain


def _ends(one: Estimate | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {**one.to_dict(), "unbounded": one.high == float("inf")}
