"""Choosing a law without the held-out runs: by forecasts inside the training runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError
from theodolite.scaling.fit import optimum, unique_of
from theodolite.scaling.forecast import Score, score_of
from theodolite.scaling.holdout import largest_part
from theodolite.scaling.identify import require_design
from theodolite.scaling.laws import Points, law_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted
    from theodolite.scaling.forecast import Forecast
    from theodolite.scaling.holdout import Fold
    from theodolite.scaling.laws import LawName
    from theodolite.scaling.recipe import Recipe
    from theodolite.stats.residual_loss import Objective
    from theodolite.tables import Runs

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["VALIDATION_SHARE", "Recommended", "recommend", "validation_mape"]

# The share of the training runs, the largest by compute, that a law is chosen on.
VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Recommended:
    """What was chosen inside the training runs, and how it did on the held-out ones.

    Attributes
    ----------
    law, objective
        The choice; where folds chose differently, that of most of them.
    level
        Of the intervals.
    picks
        One row a fold: ``fold``, ``law``, ``objective``, ``validation_mape``.
    points
        The held-out runs, each forecast by the choice of its own fold.
    """

    law: LawName
    objective: Objective
    level: float
    picks: pl.DataFrame = field(repr=False)
    points: pl.DataFrame = field(repr=False)

    @property
    def score(self) -> Score:
        """How the choices did on the held-out runs."""
        return score_of(self.points, self.level)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be considered, because too few training runs were left to validate it."""
        never = dict.fromkeys(name for row in self.picks["not_considered"] for name in row)
        if not never:
            return ()
        names = ", ".join(never)
        return (f"Not considered in the choice, for want of runs to validate them: {names}.",)

    @property
    def validation_mape(self) -> float:
        """The mean over folds of the choices' errors inside the training runs."""
        return float(self.picks.get_column("validation_mape").to_numpy().mean())

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "law": self.law,
            "objective": self.objective,
            "validation_mape": self.validation_mape,
            **self.score.to_dict(),
            "picks": self.picks.to_dicts(),
        }


def recommend(
    runs: Runs,
    counted: Accounted,
    folds: Sequence[Fold],
    forecasts: Sequence[Forecast],
    recipes: Mapping[Objective, Recipe],
) -> Recommended | str:
    """Choose a law in each fold by its error on the largest fifth of the training runs.

    Parameters
    ----------
    runs, counted
        The runs, and their counts.
    folds
        How they are split.
    forecasts
        Of the held-out runs, by the laws that could be fitted: what may be chosen.
    recipes
        The recipe of each objective.

    Returns
    -------
    Recommended or str
        The choice, or why there is none.
    """
    points = {f.law: Points.of(counted, unique_of(runs, law_named(f.law))) for f in forecasts}
    picks: list[dict[str, Any]] = []
    chosen: list[Forecast] = []
    parts = []
    for fold in folds:
        best, error, why = None, np.inf, ""
        skipped: list[str] = []
        for forecast in forecasts:
            try:
                found = validation_mape(
                    points[forecast.law], counted, ~fold.held, forecast, recipes
                )
            except CannotAnswerError as reason:
                why = why or str(reason)
                skipped.append(f"{forecast.law} by {forecast.objective}")
                continue
            if found < error:
                best, error = forecast, found
        if best is None:
            return f"{fold.name}: no law can be chosen inside the training runs ({why})"
        pick = {"fold": fold.name, "law": best.law, "objective": best.objective}
        picks.append({**pick, "validation_mape": error, "not_considered": skipped})
        chosen.append(best)
        parts.append(best.points.filter(pl.col("fold") == fold.name))
    (law, objective), _ = Counter((p["law"], p["objective"]) for p in picks).most_common(1)[0]
    return Recommended(law, objective, forecasts[0].level, _frame(picks), pl.concat(parts))


def _frame(picks: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(picks, schema_overrides={"not_considered": pl.List(pl.String)})


def validation_mape(
    points: Points,
    counted: Accounted,
    training: Mask,
    forecast: Forecast,
    recipes: Mapping[Objective, Recipe],
) -> float:
    """Fit all but the largest fifth of the training runs, and return the mape on that fifth."""
    at = np.flatnonzero(training)
    largest = largest_part(counted.flops[at], VALIDATION_SHARE)
    fitted, held = at[~largest], at[largest]
    if not len(fitted):
        raise CannotAnswerError("all training runs have one compute budget")
    law, recipe = law_named(forecast.law), recipes[forecast.objective]
    low = points.at_rows(fitted)
    require_design(law, low)
    found = optimum(law, low, counted.loss[fitted], recipe=recipe)
    predicted = law.predict(found.best.theta[None], points.at_rows(held), found.centre)[0]
    return float(np.abs(predicted / counted.loss[held] - 1.0).mean())
