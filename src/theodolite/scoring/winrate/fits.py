r"""The regression of every model's preferences, and its controlled rate.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_mi      preference - 1: the judge's probability that model m's answer to i is better
z_mi      covariates, see :mod:`theodolite.scoring.winrate.wide`
d_i       difficulty of the instruction, where it is known or estimated
========  ==================================================================================

logit E(y_mi) = a_m + b_m' z_mi + c_m d_i. The controlled rate is the mean over the model's
instructions of sigmoid(a_m + c_m d_i): answers that are as long as the baseline's. A weak prior,
N(0, 10^2) on every slope, keeps them finite where outcomes are separated. AlpacaEval's gamed rows,
where they are given, are a prior on the slopes b and c alone: each has the weight 0.1 and no
intercept. They enter the curvature, not the spread of the scores: they are known, not drawn, so
that the interval is for what as many other instructions would give on average with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError, TooFewError, shorten
from theodolite.stats.controlled_rate import controlled_rates
from theodolite.stats.quasi_binomial import QuasiBinomial, SharedRows, quasi_binomial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.wide import Wide
    from theodolite.stats.controlled_rate import Rates

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = [
    "Controlled",
    "as_alike",
    "as_told",
    "constant",
    "fit_models",
    "held_by_prior",
    "one_sided",
    "told_of",
    "unit_of",
]

SLOPE, INTERCEPT = 1e-2, 1e-6
# A slope so steep is held by the prior alone: ten of its standard deviations over the data.
STEEP = 10.0
DRAW = 0.5


@dataclass(frozen=True)
class Controlled:
    """The fits of M models.

    Attributes
    ----------
    fit, design, rates
        The regressions, their x, (M, N, P), and the controlled rates.
    names
        Of the design's columns but the intercept.
    told
        Whether a model's covariates can be told from its intercept, (M,): else no rate is
        controlled.
    separated
        Whether a slope is held by the weak prior alone, (M,).
    """

    fit: QuasiBinomial
    design: Floats
    rates: Rates
    names: tuple[str, ...]
    told: Flags
    separated: Flags


def fit_models(wide: Wide, difficulty: Floats | None, gamed: SharedRows | None) -> Controlled:
    """Fit every model by itself.

    Parameters
    ----------
    wide
        The preferences.
    difficulty
        d, (N,).
    gamed
        The rows of a prior on the slopes: columns as the design's, the intercept 0.

    Raises
    ------
    TooFewError
        A model has no more instructions than the regression has coefficients.
    NotConvergedError
        A fit did not reach its maximum.
    """
    x, neutral, names = _designs(wide, difficulty)
    few = wide.n <= x.shape[2]
    if few.any():
        who = int(np.argmax(few))
        raise TooFewError(
            f"{shorten(wide.models[who])} has {int(wide.n[who])} judged instructions, and the "
            f"regression has {x.shape[2]} coefficients, which leaves no interval. Leave it out "
            f"(--where model!=NAME), or hold less fixed (--covariates)."
        )
    precision = np.full(x.shape[2], SLOPE)
    precision[-1] = INTERCEPT
    fit = quasi_binomial(x, wide.y, wide.given, precision=precision, shared=gamed)
    if not fit.converged.all():
        who = int(np.argmin(fit.converged))
        raise NotConvergedError(f"the fit of {shorten(wide.models[who])} does not converge")
    scaled = tuple(c.scaled(k) for k, c in enumerate(wide.covariates))
    rates = controlled_rates(fit, x, neutral, wide.given, scaled=scaled)
    rates = as_alike(rates, wide)
    told = told_of(wide)
    return Controlled(
        fit,
        x,
        as_told(rates, told),
        names,
        told,
        held_by_prior(fit, len(names), wide),
    )


def held_by_prior(fit: QuasiBinomial, slopes: int, wide: Wide) -> Flags:
    """Whether a slope, of the first ``slopes`` columns, is held by the weak prior alone, (M,)."""
    steep = np.abs(fit.coefficients[:, :slopes]) > STEEP
    out: Flags = steep.any(axis=1) & ~one_sided(wide)
    return out


def told_of(wide: Wide) -> Flags:
    """Whether a model's covariates can be told from its intercept, or are 0, (M,)."""
    out = np.ones(len(wide.models), dtype=bool)
    for covariate in wide.covariates:
        out &= covariate.varies | covariate.absent
    return out


def one_sided(wide: Wide) -> Flags:
    """Whether a model won everything with certainty, or lost it, (M,)."""
    won = np.where(wide.given, wide.y, 1.0).min(axis=1) == 1.0
    lost = np.where(wide.given, wide.y, 0.0).max(axis=1) == 0.0
    out: Flags = won | lost
    return out


def constant(wide: Wide) -> Flags:
    """Whether a model's preference is the same number everywhere, (M,)."""
    most = np.where(wide.given, wide.y, -np.inf).max(axis=1)
    out: Flags = most == np.where(wide.given, wide.y, np.inf).min(axis=1)
    return out


def _designs(wide: Wide, difficulty: Floats | None) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return the design, the same with covariates at 0, and the names of its columns."""
    shape = wide.y.shape
    columns = [c.z for c in wide.covariates]
    names = [c.name for c in wide.covariates]
    if difficulty is not None:
        columns.append(np.broadcast_to(difficulty / unit_of(difficulty), shape))
        names.append("difficulty")
    x = np.stack([*columns, np.ones(shape)], axis=2)
    neutral = x.copy()
    neutral[:, :, : len(wide.covariates)] = 0.0
    return x, neutral, tuple(names)


def unit_of(difficulty: Floats) -> float:
    """Standard deviation of the difficulty, the unit of its slopes: so a prior means one thing."""
    return float(difficulty.std()) or 1.0


def as_alike(rates: Rates, wide: Wide) -> Rates:
    """Clear rounding from outcomes that are all alike; the baseline draws with itself, always."""
    alike = constant(wide)
    itself = alike & np.array([name == wide.baseline for name in wide.models])
    itself &= (wide.y == DRAW).any(axis=1)
    # The limit where a fit runs to infinity, and the draw of the baseline with itself.
    fixed = itself | one_sided(wide)
    value = np.where(wide.given, wide.y, 0.0).max(axis=1)
    return replace(
        rates,
        rate=np.where(fixed, value, rates.rate),
        variance=np.where(alike, 0.0, rates.variance),
        values=np.where(fixed[:, None] & wide.given, value[:, None], rates.values),
    )


def as_told(rates: Rates, told: Flags) -> Rates:
    """Say nothing of a rate that the data do not tell."""
    if told.all():
        return rates
    nothing = np.where(told, 1.0, np.nan)
    return replace(
        rates,
        rate=rates.rate * nothing,
        variance=rates.variance * nothing,
        values=rates.values * nothing[:, None],
    )
