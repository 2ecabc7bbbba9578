r"""Backtests: laws fitted without some runs, and held against them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
C         training FLOPs, by the accounting of the fits
m         held-out runs
========  ==================================================================================

The intervals are of one new run: the law is uncertain, and a run scatters about it. They suppose
that the law holds where it is extrapolated to; a backtest shows whether it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.accounting import account
from theodolite.scaling.fit import fit, unique_of
from theodolite.scaling.forecast import Forecast, table_of
from theodolite.scaling.holdout import folds_of
from theodolite.scaling.laws import LawName, Points, law_named
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.validation import Recommended, recommend
from theodolite.stats.residual_loss import OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling.accounting import Accounted
    from theodolite.scaling.holdout import Fold
    from theodolite.stats.residual_loss import Objective
    from theodolite.tables import Removal, Runs

__all__ = ["DEFAULT_RESAMPLING", "Backtest", "backtest"]

DEFAULT_RESAMPLING = Resampling(n=1000)
SHOWN = ("params", "tokens", "observed", "predicted", "low", "high")


@dataclass(frozen=True)
class Backtest:
    """Laws held against runs that they were not fitted to.

    Attributes
    ----------
    hold_out
        The conditions of the held-out runs, as they were given.
    folds
        One row a split: ``fold``, ``fitted`` and ``held`` (counts of runs), ``reach`` (the most
        compute of a held-out run over the most of a fitted one).
    forecasts
        Those of every law and objective, in the order in which they were asked for.
    table
        All of them, the smallest mape first: ``law``, ``objective``, ``n``, ``mape``, ``bias``,
        ``rmse``, ``worst``, ``coverage``, ``low`` and ``high`` (of the coverage), ``difference``
        (of the mape from the first row's, with ``difference_low`` and ``difference_high``),
        ``reason`` (why there is none).
    recommended
        What was chosen inside the training runs; ``None`` where nothing could be.
    recipes, resampling, level, accounting
        How the laws were fitted, bootstrap of the fits, level of the intervals, what FLOPs count.
    removed, notes
        What filters took away; what a reader must know.
    """

    hold_out: tuple[str, ...]
    folds: pl.DataFrame
    forecasts: tuple[Forecast, ...] = field(repr=False)
    table: pl.DataFrame = field(repr=False)
    recommended: Recommended | None
    recipes: tuple[Recipe, ...]
    resampling: Resampling
    level: float
    accounting: str
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> Recommended | Forecast:
        """What :attr:`points` are of: the recommended law, or else the first that was fitted."""
        return self.recommended or next(f for f in self.forecasts if not f.reason)

    @property
    def points(self) -> pl.DataFrame:
        """The held-out runs of :attr:`shown`, with forecasts and intervals."""
        return self.shown.points

    def recipe_of(self, objective: Objective) -> Recipe:
        """Return the recipe of an objective."""
        return next(recipe for recipe in self.recipes if recipe.objective == objective)

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`table`."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        score = self.shown.score
        assert score is not None  # noqa: S101  (what is shown was fitted)
        return {
            "points": self.points.select(
                *SHOWN, *(c for c in self.points.columns if c not in SHOWN)
            ).to_dicts(),
            "law": self.shown.law,
            "objective": self.shown.objective,
            **score.to_dict(),
            "table": self.table.to_dicts(),
            "recommended": None if self.recommended is None else self.recommended.to_dict(),
            "hold_out": list(self.hold_out),
            "folds": self.folds.to_dicts(),
            "scale": self.recipes[0].scale,
            "accounting": self.recipes[0].accounting,
            "accounting_words": self.accounting,
            "resamples": self.resampling.n,
            "cluster": self.resampling.cluster,
            "level": self.level,
            "seed": self.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }


def backtest(
    runs: Runs,
    hold_out: str | Sequence[str],
    *,
    laws: Sequence[LawName] | None = None,
    recipes: Sequence[Recipe] | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
) -> Backtest:
    """Fit laws without some runs and compare what they say of those with what happened.

    Parameters
    ----------
    runs
        The runs.
    hold_out
        Conditions that a held-out run meets, such as ``flops=1e21..`` (FLOPs by the accounting of
        the recipes) or ``released=2023-01-01..``; all of them, where there are several. Or the
        bare name of one column: each of its values is held out in turn, and the forecasts pooled.
    laws
        Which laws; all by default. One that these runs cannot identify stands in the table with
        the reason.
    recipes
        How each is fitted, with one accounting; by default with each objective.
    resampling
        Bootstrap of each fit, 1,000 resamples by default.
    level
        Level of the prediction intervals, and of those of coverage and differences.

    Returns
    -------
    Backtest
        See there. Which law has the smallest error on the held-out runs is known only after the
        fact; ``recommended`` was chosen without them, by the error on the largest fifth (by
        compute) of the training runs of laws fitted to the rest.

    Raises
    ------
    UsageError
        A law is unknown, the recipes differ in their accounting or repeat an objective, or the
        hold-out leaves nothing or takes nothing.
    MissingColumnError, InputError
        A column that is needed is absent, has gaps or contradicts the accounting.
    CannotAnswerError
        None of the laws can be fitted.

    References
    ----------
    L. J. Tashman (2000), International Journal of Forecasting 16, 437-450.
    doi:10.1016/S0169-2070(00)00065-0 (out-of-sample tests).

    Examples
    --------
    >>> import numpy as np
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(losses.shape))
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * noise).ravel()})
    >>> got = backtest(Runs.from_frame(frame), "flops=3e21..", laws=["chinchilla", "compute"],
    ...                recipes=[Recipe(objective="least-squares")])
    >>> got.table["law"].to_list(), got.recommended.law
    (['chinchilla', 'compute'], 'chinchilla')
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    hold_out = (hold_out,) if isinstance(hold_out, str) else tuple(hold_out)
    names = [law_named(name).name for name in dict.fromkeys(laws or get_args(LawName))]
    by_objective = _recipes(recipes)
    resampling = resampling or DEFAULT_RESAMPLING
    counted = account(runs, next(iter(by_objective.values())).accounting)
    folds = folds_of(runs, counted.flops, hold_out)
    forecasts = tuple(
        _forecast(runs, folds, fit_of=(name, recipe, resampling), level=level)
        for name in names
        for recipe in by_objective.values()
    )
    fitted = [f for f in forecasts if not f.reason]
    if not fitted:
        raise CannotAnswerError(f"none of the laws can be fitted: {_reasons(forecasts)}")
    chosen = recommend(runs, counted, folds, fitted, by_objective)
    return Backtest(
        hold_out=hold_out,
        folds=_folds(folds, counted),
        forecasts=forecasts,
        table=table_of(forecasts, level=level, seed=resampling.seed),
        recommended=None if isinstance(chosen, str) else chosen,
        recipes=tuple(by_objective.values()),
        resampling=resampling,
        level=level,
        accounting=counted.words,
        removed=runs.removed,
        notes=(*_notes(runs), *((f"{chosen}.",) if isinstance(chosen, str) else chosen.notes)),
    )


def _recipes(recipes: Sequence[Recipe] | None) -> dict[Objective, Recipe]:
    given = [Recipe(objective=name) for name in OBJECTIVES] if recipes is None else list(recipes)
    if not given:
        raise UsageError("at least one recipe is needed")
    if len({recipe.accounting for recipe in given}) > 1:
        raise UsageError("recipes of one backtest count FLOPs in one way")
    by_objective = {recipe.objective: recipe for recipe in given}
    if len(by_objective) < len(given):
        raise UsageError("each objective may stand once in the recipes of a backtest")
    return by_objective


def _forecast(
    runs: Runs,
    folds: Sequence[Fold],
    *,
    fit_of: tuple[LawName, Recipe, Resampling],
    level: float,
) -> Forecast:
    """Forecast every fold's held-out runs by one law, or say why that cannot be."""
    name, recipe, resampling = fit_of
    if law_named(name).repeats and "unique_tokens" not in runs.frame.columns:
        reason = "no column unique_tokens, which the law needs"
        return Forecast(name, recipe.objective, level, pl.DataFrame(), reason)
    parts = []
    for fold in folds:
        held = pl.Series(fold.held)
        try:
            found = fit(
                runs.keep(~held, f"held out: {fold.name}"),
                law=name,
                recipe=recipe,
                resampling=resampling,
                level=level,
            )
        except CannotAnswerError as error:
            reason = f"{fold.name} held out: {error}" if len(folds) > 1 else str(error)
            return Forecast(name, recipe.objective, level, pl.DataFrame(), reason)
        new = runs.keep(held, f"fitted: not {fold.name}")
        counted = account(new, recipe.accounting)
        points = Points.of(counted, unique_of(new, found.law))
        predicted = found.predict_at(points, interval="prediction")
        parts.append(_points(new, counted, predicted, fold.name))
    return Forecast(name, recipe.objective, level, pl.concat(parts))


def _points(new: Runs, counted: Accounted, predicted: pl.DataFrame, fold: str) -> pl.DataFrame:
    ids = [new.frame.get_column("run")] if "run" in new.frame.columns else []
    return pl.DataFrame(
        [
            pl.repeat(fold, len(new), eager=True, dtype=pl.String).alias("fold"),
            *ids,
            pl.Series("params", counted.params),
            pl.Series("tokens", counted.tokens),
            pl.Series("flops", counted.flops),
            pl.Series("observed", counted.loss),
            predicted.get_column("loss").alias("predicted"),
            *predicted.select("low", "high"),
        ]
    ).with_columns(
        error=pl.col("predicted") / pl.col("observed") - 1.0,
        covered=pl.col("observed").is_between("low", "high"),
    )


def _folds(folds: Sequence[Fold], counted: Accounted) -> pl.DataFrame:
    rows = [
        {
            "fold": fold.name,
            "fitted": int((~fold.held).sum()),
            "held": int(fold.held.sum()),
            "reach": float(counted.flops[fold.held].max() / counted.flops[~fold.held].max()),
        }
        for fold in folds
    ]
    return pl.DataFrame(rows)


def _reasons(forecasts: Sequence[Forecast]) -> str:
    reasons: dict[str, list[str]] = {}
    for forecast in forecasts:
        reasons.setdefault(forecast.reason or "", []).append(forecast.law)
    parts = [f"{', '.join(dict.fromkeys(laws))}: {why}" for why, laws in reasons.items()]
    return "; ".join(parts)


def _notes(runs: Runs) -> tuple[str, ...]:
    return tuple(
        f"The runs differ in {column}, and one law is fitted to all: its E stands for several "
        f"(--where {column}=...)."
        for column in ("dataset", "tokenizer")
        if column in runs.frame.columns and runs.frame.get_column(column).n_unique() > 1
    )
