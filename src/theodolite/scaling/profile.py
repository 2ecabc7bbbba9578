r"""How far each parameter of a law may go before the runs object: profiles of the objective.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
S(v)      the least objective with a parameter held at v, the others fitted; S0 its minimum
T(v)      2 (S(v) - S0) E psi' / E psi^2 (:mod:`theodolite.stats.profiles`)
a         allocation exponent, beta / (alpha + beta)
========  ==================================================================================

The interval is where T is at most the square of Student's quantile. Where a side of T never gets
there the runs do not bound the parameter on that side. Holding a, beta = alpha a / (1 - a).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import stdtrit

from theodolite.errors import NotConvergedError
from theodolite.scaling.laws import EXPONENTS, Centre
from theodolite.scaling.variants import model_of
from theodolite.stats.log_sum import Constant, LinearTerm, LogSum
from theodolite.stats.multistart import solve
from theodolite.stats.newton import Bounds, Minimum
from theodolite.stats.profiles import quasi_factor, trace
from theodolite.stats.residual_loss import TOWARDS_ABSOLUTE, ResidualLoss

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from theodolite.scaling.result import ScalingFit
    from theodolite.stats.log_sum import Term

    Array = NDArray[np.float64]

__all__ = ["ALLOCATION", "Profile", "Profiles", "profiles"]

ALLOCATION = "allocation_exponent"
# Two optima differ by more than this part of the objective.
SAME = 1e-6
# Between these an allocation exponent is looked for.
SHARES = (1e-3, 1.0 - 1e-3)

# Of the inner parameters: where no draw moves, the walk begins so.
LEAST_STEP = 1e-3


@dataclass(frozen=True)
class Profile:
    """The profile of one parameter.

    Attributes
    ----------
    parameter
        Its name.
    estimate, low, high
        The optimum, and where T reaches the quantile: on a side without end what the parameter
        may be at all, 0 or infinite (1 for the allocation exponent).
    unbounded
        ``low``, ``high``: the sides where T never reaches it.
    curve
        ``value``, ``statistic`` (T), ascending.
    """

    parameter: str
    estimate: float
    low: float
    high: float
    unbounded: tuple[str, ...]
    curve: pl.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return the interval and the curve as plain values."""
        return {
            "parameter": self.parameter,
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "unbounded": list(self.unbounded),
            "curve": self.curve.to_dicts(),
        }


@dataclass(frozen=True)
class Profiles:
    """The profiles of a law's parameters, and of its allocation exponent.

    Attributes
    ----------
    profiles
        One a parameter, in the order of the law; the allocation exponent last, where the law has
        both exponents.
    level, threshold
        Confidence level, and the square of Student's quantile on n - P degrees of freedom.
    factor
        2 E psi' / E psi^2.
    """

    profiles: tuple[Profile, ...]
    level: float
    threshold: float
    factor: float

    def of(self, parameter: str) -> Profile:
        """Return the profile of one parameter."""
        return next(one for one in self.profiles if one.parameter == parameter)

    def to_frame(self) -> pl.DataFrame:
        """Return ``parameter``, ``estimate``, ``low``, ``high``, ``unbounded``."""
        names = ("parameter", "estimate", "low", "high")
        rows = [[getattr(one, n) for n in names] for one in self.profiles]
        frame = pl.DataFrame(rows, schema=list(names), orient="row")
        sides = [" and ".join(one.unbounded) or None for one in self.profiles]
        return frame.with_columns(unbounded=pl.Series(sides, dtype=pl.String))

    def to_dict(self) -> dict[str, Any]:
        """Return all of them as plain values."""
        return {
            "level": self.level,
            "threshold": self.threshold,
            "profiles": [one.to_dict() for one in self.profiles],
        }


@dataclass(frozen=True)
class _Plan:
    """What is held, and how: the scale it is walked on, and back to that of the parameter."""

    held: Callable[[Array, Array], Minimum]
    theta: Array
    estimate: float
    step: float
    bounds: tuple[float, float]
    natural: Callable[[Array], Array]


def profiles(fit: ScalingFit, *, level: float | None = None) -> Profiles:
    r"""Profile the objective over each parameter of a law, and over its allocation exponent.

    Each is held at values to both sides of its estimate, all others fitted again. The interval is
    the set of values that a quasi-likelihood ratio test at the level does not reject:
    2 (S(v) - S0) E psi' / E psi^2 at most the square of Student's quantile on n - P degrees of
    freedom. Unlike plus or minus standard errors it need not be symmetric, nor bounded.

    Parameters
    ----------
    fit
        The fit; its runs are taken as independent, whatever its clusters.
    level
        Confidence level; that of the fit where left out.

    Raises
    ------
    NotConvergedError
        A point of a profile is no minimum, or lies below the optimum of the fit.

    References
    ----------
    S. Heritier and E. Ronchetti (1994), doi:10.1080/01621459.1994.10476822; P. J. Huber and
    E. M. Ronchetti (2009), doi:10.1002/9780470434697, chapter 13

    Examples
    --------
    >>> from theodolite.scaling import Resampling, fit
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.003 * np.random.default_rng(2).standard_normal(losses.shape))
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * noise).ravel()})
    >>> found = profiles(fit(Runs.from_frame(frame), resampling=Resampling(n=200)))
    >>> found.of("alpha").low < 0.35 < found.of("alpha").high
    True
    """
    level = fit.level if level is None else level
    # The scale is estimated too: Student's quantile, which is the normal one for many runs.
    threshold = float(stdtrit(fit.spare, 0.5 + level / 2.0) ** 2)
    factor = quasi_factor(fit.residuals, _cost(fit), len(fit.law.parameters))
    plans = {name: _parameter(fit, at) for at, name in enumerate(fit.law.parameters)}
    if _two_exponents(fit):
        plans[ALLOCATION] = _allocation(fit)
    found = tuple(_profile(fit, name, plan, threshold, factor) for name, plan in plans.items())
    return Profiles(found, level, threshold, factor)


def _profile(fit: ScalingFit, name: str, plan: _Plan, threshold: float, factor: float) -> Profile:
    least = float(_cost(fit).total(fit.residuals))
    found = trace(
        plan.held,
        plan.theta,
        estimate=plan.estimate,
        step=plan.step,
        rise=threshold / factor,
        least=least,
        bounds=plan.bounds,
    )
    if found.lowest < -SAME * least:
        raise NotConvergedError(
            f"with {name} held away from its estimate the objective is lower: the fit stands at "
            "a minimum that is not the lowest"
        )
    if not found.converged:
        raise NotConvergedError(f"the profile of {name} has points that are no minimum")
    low, high = found.ends
    sides = tuple(side for side, end in (("low", low), ("high", high)) if not np.isfinite(end))
    values = plan.natural(np.array([plan.estimate, low, high]))
    # No parameter is below 0, and no share above 1.
    values = np.clip(values, 0.0, 1.0 if name == ALLOCATION else np.inf)
    curve = pl.DataFrame(
        {
            "value": plan.natural(found.values),
            "statistic": np.maximum(found.rise * factor, 0.0),
        }
    )
    return Profile(name, float(values[0]), float(values[1]), float(values[2]), sides, curve)


def _parameter(fit: ScalingFit, at: int) -> _Plan:
    """Hold one parameter; a coefficient is held at centre 0, where it is the equation's own."""
    law, centre, bounds = fit.law, fit.fitted.centre, fit.law.bounds(fit.loss)
    low, high = bounds.low.copy(), bounds.high.copy()
    for coefficient, _, count in law.slopes:
        if coefficient == at:
            shift = getattr(centre, count)
            ends = sorted((EXPONENTS[0] * shift, EXPONENTS[1] * shift))
            low[at], high[at] = low[at] + ends[0], high[at] + ends[1]
            centre = _without_centre(centre, count)
    theta = law.inner(law.natural(fit.fitted.theta[None], fit.fitted.centre), centre)[0]
    draws = law.inner(law.natural(fit.fitted.draws, fit.fitted.centre), centre)
    model = law.model(fit.points, fit.loss, centre, fit.recipe.scale)
    cost = _cost(fit)
    log = law.parameters[at] in ("A", "B", "K", "R_N", "R_D")

    def held(values: Array, start: Array) -> Minimum:
        lows, highs = np.tile(low, (len(values), 1)), np.tile(high, (len(values), 1))
        lows[:, at] = highs[:, at] = values
        return solve(model, start, np.ones((1, fit.n)), cost, Bounds(lows, highs))

    return _Plan(
        held,
        theta,
        float(theta[at]),
        _spread(draws[:, at]),
        (float(low[at]), float(high[at])),
        np.exp if log else np.asarray,
    )


def _allocation(fit: ScalingFit) -> _Plan:
    """Hold the allocation exponent: with it held, both terms have one exponent."""
    law, bounds = fit.law, fit.law.bounds(fit.loss)
    (_, alpha, _), (_, beta, _) = law.slopes
    theta, draws = np.delete(fit.fitted.theta, beta), fit.fitted.draws
    model, cost = model_of(fit), _cost(fit)
    free = Bounds(np.delete(bounds.low, beta), np.delete(bounds.high, beta))

    def held(values: Array, start: Array) -> Minimum:
        found = [
            solve(
                LogSum(_tied(model, alpha, beta, float(share)), fit.loss, fit.recipe.scale),
                row[None],
                np.ones((1, fit.n)),
                cost,
                free,
            )
            for share, row in zip(values, start, strict=True)
        ]
        return Minimum(*(np.concatenate([getattr(one, name) for one in found])
                         for name in ("theta", "value", "converged")))  # fmt: skip

    share = fit.fitted.theta[beta] / (fit.fitted.theta[alpha] + fit.fitted.theta[beta])
    spread = _spread(draws[:, beta] / (draws[:, alpha] + draws[:, beta]))
    return _Plan(held, theta, float(share), spread, SHARES, np.asarray)


def _tied(model: LogSum, alpha: int, beta: int, share: float) -> list[Term]:
    """Give the second term the exponent alpha a / (1 - a), and close the gap that beta leaves."""
    terms: list[Term] = []
    for term in model.terms:
        if isinstance(term, Constant):
            terms.append(Constant(term.column - (term.column > beta), term.n))
            continue
        assert isinstance(term, LinearTerm)  # noqa: S101  (a law with repetition is not tied)
        columns, values = term.columns, term.values
        if beta in columns:
            columns = (columns[0], alpha)
            values = np.stack([values[0], values[1] * share / (1.0 - share)])
        terms.append(LinearTerm(tuple(c - (c > beta) for c in columns), values))
    return terms


def _cost(fit: ScalingFit) -> ResidualLoss:
    """Return what is minimised; for absolute values the smooth cost that stands for them."""
    if fit.recipe.objective == "least-absolute":
        return ResidualLoss("huber", TOWARDS_ABSOLUTE[-1])
    return fit.recipe.cost


def _two_exponents(fit: ScalingFit) -> bool:
    law = fit.law
    return not law.repeats and "alpha" in law.parameters and "beta" in law.parameters


def _without_centre(centre: Centre, count: str) -> Centre:
    values = {name: getattr(centre, name) for name in ("params", "tokens", "flops")}
    return Centre(**(values | {count: 0.0}))


def _spread(draws: Array) -> float:
    """Return a standard error that a few wild draws do not move."""
    low, high = np.quantile(draws, [0.16, 0.84])
    return max(float(high - low) / 2.0, LEAST_STEP)
