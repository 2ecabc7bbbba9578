r"""What would decide: how far further runs would narrow the interval of E.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
J, g      derivatives of the predictions by the inner parameters: of the runs, (P, n), and of a
          new run, (P,)
h         half the width of E's interval, from the runs as they are
k, h_k    added runs, and the half-width after them
========  ==================================================================================

The covariance of the parameters goes as (J J' + k G)^-1, G the mean of g g' over the sizes of a
design, so that h_k = h ([(J J' + k G)^-1]_EE / [(J J')^-1]_EE)^(1/2): the same scatter of runs, the
same law. Runs that show that the law bends would decide in another way, which this leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.laws import Points
from theodolite.scaling.variants import model_of
from theodolite.stats.log_sum import LogSum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.floor.forms import Form
    from theodolite.scaling.result import ScalingFit

    Array = NDArray[np.float64]

__all__ = ["Decides", "Design", "designs_of"]

MOST_RUNS = 1000
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
# Sizes of a design about the optimum of its compute, and the ratios of tokens that it keeps to.
SPREAD = (0.5, 1.0, 2.0)
RATIOS = (1.0, 1000.0)
USUAL_RATIO = 20.0
FACTORS = (1.0, 10.0, 100.0)
AGAIN = "the same runs again"


@dataclass(frozen=True)
class Design:
    """Further runs of one kind.

    Attributes
    ----------
    words
        The kind.
    flops, params, tokens
        Training compute of each run, and the sizes and tokens to go through; ``None`` and empty
        where the runs themselves are made once more.
    runs
        How many of them bring the interval to the goal; ``None`` where the most that are tried
        (1,000) do not, or there is no goal.
    curve
        ``runs`` and ``half_width`` (h_k).
    apart
        How many would tell the two laws apart that disagree the most about E; ``None`` where one
        law counts, or they predict the same.
    """

    words: str
    flops: float | None
    params: tuple[float, ...]
    tokens: tuple[float, ...]
    runs: int | None
    curve: pl.DataFrame = field(repr=False)
    apart: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values."""
        return {
            "words": self.words,
            "flops": self.flops,
            "params": list(self.params),
            "tokens": list(self.tokens),
            "runs": self.runs,
            "runs_apart": self.apart,
            "half_widths": self.curve.to_dicts(),
        }


@dataclass(frozen=True)
class Decides:
    """What would decide.

    Attributes
    ----------
    words
        In a sentence or two.
    run
        The loss in question: the lowest that is undecided, or the lowest of all.
    goal
        How narrow half the interval of E must be for it; ``None`` where its own noise is too wide,
        or nothing is open.
    half_width
        Half the width of E's interval now, of the law that answers.
    designs
        Kinds of further runs; none for a published law.
    """

    words: str
    run: str | None = None
    goal: float | None = None
    half_width: float | None = None
    designs: tuple[Design, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "words": self.words,
            "run": self.run,
            "goal": self.goal,
            "half_width": self.half_width,
            "designs": [one.to_dict() for one in self.designs],
        }


def goal_of(difference: float, noise: float) -> float | None:
    """Return how far E's interval may reach for a difference, given the half-width of its noise.

    Examples
    --------
    >>> round(goal_of(-0.05, 0.03), 3), goal_of(0.01, 0.03)
    (0.04, None)
    """
    left = difference * difference - noise * noise
    return math.sqrt(left) if left > 0 else None


def designs_of(
    first: ScalingFit, forms: Sequence[Form], half_width: float, goal: float | None
) -> tuple[Design, ...]:
    """Say of each kind of further runs how far it would narrow E's interval.

    Parameters
    ----------
    first
        The law that answers.
    forms
        All forms.
    half_width
        Half the width of E's interval.
    goal
        How narrow it must be; ``None`` where nothing is asked.
    """
    jacobian = model_of(first).jacobian(first.fitted.theta[None])[0]
    now = jacobian @ jacobian.T
    widths = _widths(first, now, now / first.n, half_width)
    found = [Design(AGAIN, None, (), (), _needed(widths, goal), _curve(widths))]
    most = float(np.exp(first.points.flops.max()))
    for factor in FACTORS:
        points = _at(first, factor * most)
        new = LogSum(
            first.law.terms(points, first.fitted.centre),
            np.ones_like(points.params),
            first.recipe.scale,
        ).jacobian(first.fitted.theta[None])[0]
        widths = _widths(first, now, new @ new.T / len(SPREAD), half_width)
        words = "at the largest compute" if factor == 1.0 else f"at {factor:g} times the largest"
        found.append(
            Design(
                words,
                factor * most,
                tuple(float(x) for x in np.exp(points.params)),
                tuple(float(x) for x in np.exp(points.tokens)),
                _needed(widths, goal),
                _curve(widths),
                _apart(first, forms, points),
            )
        )
    return tuple(found)


def _at(first: ScalingFit, flops: float) -> Points:
    """Return the sizes of a design at a budget, about its optimum."""
    pairs = np.log(flops / 6.0)
    middle = (pairs - np.log(USUAL_RATIO)) / 2.0
    if first.law.allocates:
        best = float(first.splits()[0].optimal_params(np.array([[np.log(flops)]]))[0, 0])
        low, high = ((pairs - np.log(ratio)) / 2.0 for ratio in reversed(RATIOS))
        middle = float(np.clip(best, low, high))
    params = np.exp(middle + np.log(np.array(SPREAD)))
    tokens = flops / 6.0 / params
    return Points.at(params, tokens, tokens if first.law.repeats else None)


def _widths(first: ScalingFit, now: Array, added: Array, half_width: float) -> Array:
    """Return h_k for k = 1 to the most, (most,)."""
    at = first.law.floor
    assert at is not None  # noqa: S101  (only laws with a floor come here)
    # In units of the diagonal, or the inverse would lose its digits.
    scale = np.sqrt(np.maximum(np.diag(now), 1e-300))
    unit = np.outer(scale, scale)
    count = np.arange(MOST_RUNS + 1)[:, None, None]
    variance = np.linalg.inv(now / unit + count * (added / unit))[:, at, at]
    out: Array = half_width * np.sqrt(np.maximum(variance[1:] / variance[0], 0.0))
    return out


def _needed(widths: Array, goal: float | None) -> int | None:
    if goal is None:
        return None
    enough = np.flatnonzero(widths <= goal)
    return int(enough[0]) + 1 if len(enough) else None


def _curve(widths: Array) -> pl.DataFrame:
    return pl.DataFrame({"runs": SHOWN, "half_width": [float(widths[k - 1]) for k in SHOWN]})


def _apart(first: ScalingFit, forms: Sequence[Form], points: Points) -> int | None:
    """Return how many runs tell the laws apart that disagree the most about E.

    Their predictions differ by delta; the mean of k runs with scatter s tells delta from 0 where
    z s / k^(1/2) <= abs(delta) / 2, taking both predictions as they stand.
    """
    counted = [f for f in forms if f.counted and f.fit is not None and f.floor is not None]
    laws = {f.law: f for f in reversed(counted) if f.objective == first.recipe.objective}
    fits = [
        f.fit for f in sorted(laws.values(), key=lambda f: f.floor.estimate if f.floor else 0.0)
    ]
    if len(fits) < 2 or any(one is None for one in (fits[0], fits[-1])):  # noqa: PLR2004
        return None
    logs = [
        np.log(one.law.predict(one.fitted.theta[None], _like(points, one), one.fitted.centre)[0])
        for one in (fits[0], fits[-1])
        if one is not None
    ]
    delta = float(np.sqrt(np.mean((logs[1] - logs[0]) ** 2)))
    scatter = float(np.std(np.log(first.loss) - np.log(_mean(first)), ddof=1))
    if delta <= 0.0:
        return None
    count = math.ceil((2.0 * 1.96 * scatter / delta) ** 2)
    return count if count <= MOST_RUNS else None


def _like(points: Points, one: ScalingFit) -> Points:
    unique = points.tokens if one.law.repeats else None
    return Points(points.params, points.tokens, points.flops, unique)


def _mean(one: ScalingFit) -> Array:
    out: Array = one.law.predict(one.fitted.theta[None], one.points, one.fitted.centre)[0]
    return out
