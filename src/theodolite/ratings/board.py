"""From strengths and their covariance to a board: ratings, intervals, ranks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from theodolite.errors import TooFewError, UsageError, shorten
from theodolite.ratings.results import Board, Scale
from theodolite.stats import (
    HalfWin,
    contrast_errors,
    max_t_quantile,
    maximise,
    one_sided_bounds,
    ranks,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Evidence

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["N_DRAWS", "Settings", "make_board", "require_spread", "sealed", "two_sided"]

T = TypeVar("T", bound=np.generic)

N_DRAWS = 4000
# A contrast with less than this part of its likelihood variance shows no spread at all.
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Settings:
    """What every board is made with: the level, and the seed of the draws."""

    level: float
    seed: int

    def __post_init__(self) -> None:
        if not 0.5 < self.level < 1.0:  # noqa: PLR2004  (a one-sided bound needs more than a half)
            raise UsageError(f"the level must lie between 0.5 and 1, as 0.95; not {self.level}")
        if self.seed < 0:
            raise UsageError(f"the seed must not be negative, as {self.seed} is")


@dataclass(frozen=True)
class _Ends:
    """Lower and upper ends of each model's strength, (K,)."""

    low: Floats
    high: Floats


def two_sided(level: float) -> float:
    """Give the normal quantile of a two-sided interval."""
    return NormalDist().inv_cdf(0.5 + level / 2.0)


def make_board(
    evidence: Evidence,
    theta: Floats,
    covariance: Floats,
    *,
    settings: Settings,
    ends: tuple[Floats, Floats] | None = None,
) -> Board:
    """Turn the core's strengths and their covariance into ratings, intervals, ranks and rank sets.

    Parameters
    ----------
    evidence
        The votes; models outside their core become unbounded.
    theta, covariance
        Centred strengths of the core, (C,), and their covariance, (C, C).
    settings
        The level and the seed.
    ends
        Lower and upper ends of the core's strengths, (C,); from the covariance where left out.
    """
    scale, core = Scale(), evidence.separation.core
    errors = contrast_errors(covariance)
    rng = np.random.default_rng(settings.seed)
    quantile = max_t_quantile(covariance, level=settings.level, n_draws=N_DRAWS, rng=rng)
    full = _estimates(evidence, theta)
    pointwise, together = _ends(evidence, theta, covariance, quantile, settings.level)
    if ends is not None:
        pointwise.low[core], pointwise.high[core] = ends
    inside = np.ix_(core, core)
    better = together.low[:, None] > together.high[None, :]
    better[inside] = theta[:, None] - theta > quantile * errors
    place = ranks(_higher(evidence, full), better)
    spread = np.full((len(full), len(full)), np.nan)
    spread[inside] = covariance
    unbounded = np.ones(len(full), dtype=bool)
    unbounded[core] = False
    return Board(
        models=evidence.models,
        theta=sealed(full),
        covariance=sealed(spread),
        rating=sealed(scale.rating(full)),
        low=sealed(scale.rating(pointwise.low)),
        high=sealed(scale.rating(pointwise.high)),
        rank=sealed(place.rank),
        rank_low=sealed(place.low),
        rank_high=sealed(place.high),
        votes=sealed(evidence.votes),
        unbounded=sealed(unbounded),
        quantile=quantile,
        level=settings.level,
        scale=scale,
    )


def require_spread(evidence: Evidence, covariance: Floats, likelihood: Floats) -> None:
    """Raise where two models' votes are all alike, so that no interval can be had from them.

    Parameters
    ----------
    evidence
        The votes.
    covariance
        The sandwich of the core's strengths, (C, C).
    likelihood
        The inverse of the negative Hessian, (C, C), as a yardstick.
    """
    spread = contrast_errors(covariance) ** 2
    flat = spread < LEAST_VARIANCE * contrast_errors(likelihood) ** 2
    if flat.any():
        i, j = evidence.separation.core[np.argwhere(flat)[0]]
        raise TooFewError(
            f"no interval can be had for {shorten(evidence.models[i])} against "
            f"{shorten(evidence.models[j])}: their votes (or clusters) are too few, or all alike, "
            "and show no spread. Collect more votes."
        )


def sealed(array: NDArray[T]) -> NDArray[T]:
    """Make a result's array read-only."""
    array.flags.writeable = False
    return array


def _estimates(evidence: Evidence, theta: Floats) -> Floats:
    """Strengths of all models: infinite outside the core, unknown where no wins lead to it."""
    separation = evidence.separation
    full = np.where(separation.side > 0, np.inf, np.where(separation.side < 0, -np.inf, np.nan))
    full[separation.core] = theta
    return full


def _ends(
    evidence: Evidence, theta: Floats, covariance: Floats, quantile: float, level: float
) -> tuple[_Ends, _Ends]:
    """Pointwise ends, and wider ones that hold for all models together."""
    core, side = evidence.separation.core, evidence.separation.side
    k = len(side)
    error = np.sqrt(np.diag(covariance))
    widths = (two_sided(level), quantile)
    one_sided = (NormalDist().inv_cdf(level), quantile)
    bounds = np.full((k, 2), np.nan)
    if len(core) < k:
        likelihood = evidence.likelihood
        if not isinstance(likelihood, HalfWin):
            likelihood = likelihood.without_both_bad()
        z = np.array(one_sided)
        bounds = one_sided_bounds(likelihood, evidence.graph, evidence.separation, z=z)
    ends = []
    for column, width in enumerate(widths):
        low = np.where(side > 0, bounds[:, column], -np.inf)
        high = np.where(side < 0, bounds[:, column], np.inf)
        low[core], high[core] = theta - width * error, theta + width * error
        ends.append(_Ends(low, high))
    return ends[0], ends[1]


def _higher(evidence: Evidence, full: Floats) -> Flags:
    """Whether model i's estimate is above model j's, infinities included, (K, K)."""
    separation = evidence.separation
    finite = np.where(np.isfinite(full), full, 0.0)
    if len(separation.core) < len(full):
        # Within a separated group the models have finite distances, if no finite place.
        groups = separation.groups
        apart = maximise(evidence.likelihood.within(separation.label), groups=groups)
        outside = separation.label > 0
        finite[outside] = apart.x[: len(full)][outside]
    alike = separation.label[:, None] == separation.label
    out: Flags = separation.higher | (alike & (finite[:, None] > finite))
    return out
