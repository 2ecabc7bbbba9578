r"""All models in one likelihood: the instructions' difficulty where no file gives it.

logit E(y_mi) = theta_m + phi_m' z_mi + s_m d_i, with d_i the ease of instruction i, common to all
models, and the slopes phi_m around a common mean: see :mod:`theodolite.stats.crossed_logistic`.
The rate of a model is the mean over its instructions of sigmoid(theta_m + s_m d_i); its interval
is the sandwich of the whole, instructions as clusters. The length's scale is taken as known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import NotConvergedError, TooFewError, TooLargeError
from theodolite.scoring.winrate.fits import constant
from theodolite.stats.controlled_rate import rate_ends, rates_of
from theodolite.stats.crossed_logistic import Crossed, crossed_influence, crossed_logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.wide import Wide
    from theodolite.stats.controlled_rate import Rates

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["FEWEST_MODELS", "JointFit", "fit_jointly", "joinable"]

FEWEST_MODELS = 5
MOST_PARAMETERS = 3_000


@dataclass(frozen=True)
class JointFit:
    """All models in one likelihood.

    Attributes
    ----------
    models
        One row a model: ``model``, ``length_controlled_win_rate``, ``low``, ``high`` (percent),
        ``strength`` (theta), ``follows`` (s, 1 on average), and the slope of each covariate.
    ease
        One row an instruction: ``item_id``, ``ease`` (d: above 0 where models do well).
    slopes
        One row a covariate: ``covariate``, ``mean`` and ``spread`` of the models' slopes.
    ease_spread, follows_spread
        sigma, and the spread of s.
    fit, rates, columns
        The numbers behind them; ``columns`` has the models' positions.
    """

    models: pl.DataFrame
    ease: pl.DataFrame
    slopes: pl.DataFrame
    ease_spread: float
    follows_spread: float
    fit: Crossed
    rates: Rates
    columns: NDArray[np.int64]

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything but the instructions, as plain Python values, for JSON."""
        return {
            "models": self.models.to_dicts(),
            "slopes": self.slopes.to_dicts(),
            "ease_spread": self.ease_spread,
            "follows_spread": self.follows_spread,
        }


def joinable(wide: Wide) -> Flags:
    """Whether a model says something of the instructions, (M,)."""
    told = np.all([c.varies for c in wide.covariates], axis=0) | np.zeros(
        len(wide.models), dtype=bool
    )
    itself = np.array([name == wide.baseline for name in wide.models])
    out: Flags = told & ~constant(wide) & ~itself
    return out


def fit_jointly(wide: Wide, *, level: float) -> JointFit:
    """Fit all models that say something at once.

    Raises
    ------
    TooFewError
        Fewer than five models say something.
    TooLargeError
        There are more than a thousand models or so.
    NotConvergedError
        The fit stopped before its maximum.
    """
    columns = np.flatnonzero(joinable(wide))
    if len(columns) < FEWEST_MODELS:
        raise TooFewError(
            f"{len(columns)} models are too few to estimate the instructions' difficulty from "
            f"({FEWEST_MODELS} are needed): give it with --difficulty FILE, or leave it out with "
            "--difficulty none"
        )
    if len(columns) * (len(wide.covariates) + 2) > MOST_PARAMETERS:
        raise TooLargeError(
            f"{len(columns):,} models are too many for one likelihood: choose some (--where)"
        )
    y, given = wide.y[columns], wide.given[columns]
    own = [c.z[columns] for c in wide.covariates]
    x = np.stack([*own, np.ones(y.shape)], axis=2)
    neutral = x.copy()
    neutral[:, :, :-1] = 0.0
    fit = crossed_logistic(x, y, given)
    if not fit.converged:
        raise NotConvergedError(
            "the joint fit of all models does not converge: give the instructions' difficulty "
            "with --difficulty FILE, or leave it out with --difficulty none"
        )
    rate, influence = crossed_influence(fit, x, neutral, y, given)
    rates = rates_of(rate, influence, given, parameters=fit.coefficients.shape[1])
    return _result(wide, fit, rates, columns, level)


def _result(
    wide: Wide, fit: Crossed, rates: Rates, columns: NDArray[np.int64], level: float
) -> JointFit:
    low, high = rate_ends(rates, level=level)
    names = [c.name for c in wide.covariates]
    models = pl.DataFrame(
        {
            "model": [wide.models[k] for k in columns],
            "length_controlled_win_rate": 100.0 * rates.rate,
            "low": 100.0 * low,
            "high": 100.0 * high,
            "strength": fit.coefficients[:, -2],
            "follows": fit.coefficients[:, -1],
            **{f"slope_{name}": fit.coefficients[:, k] for k, name in enumerate(names)},
        }
    )
    slopes = {
        "covariate": names,
        "mean": fit.centre[: len(names)],
        "spread": fit.spread[: len(names)],
    }
    return JointFit(
        models=models,
        ease=pl.DataFrame({"item_id": list(wide.items), "ease": fit.ease}),
        slopes=pl.DataFrame(slopes),
        ease_spread=fit.ease_spread,
        follows_spread=float(fit.spread[-1]),
        fit=fit,
        rates=rates,
        columns=columns,
    )
