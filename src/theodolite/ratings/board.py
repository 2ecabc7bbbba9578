"""From strengths and their covariance to a board: ratings, intervals, ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError, UsageError, shorten
from theodolite.ratings.results import Board, Scale
from theodolite.stats import contrast_errors, max_t_quantile, ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Settings", "make_board", "require_spread"]

LEAST_DRAWS = 4000
# A contrast with less than this part of its likelihood variance shows no spread at all.
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Settings:
    """What every board is made with: the level, the draws, their seed, the anchor."""

    level: float
    n_draws: int
    seed: int
    anchor: tuple[str, float] | None

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise UsageError(f"the level must lie between 0 and 1, as 0.95 does; not {self.level}")
        if self.n_draws < LEAST_DRAWS:
            raise UsageError(f"rank sets need at least {LEAST_DRAWS} draws, not {self.n_draws}")
        if self.seed < 0:
            raise UsageError(f"the seed must not be negative, as {self.seed} is")
        if self.anchor is not None and not math.isfinite(self.anchor[1]):
            raise UsageError(f"the anchor's rating must be finite, not {self.anchor[1]}")


def make_board(
    models: tuple[str, ...],
    theta: Floats,
    covariance: Floats,
    *,
    votes: NDArray[np.int64],
    settings: Settings,
) -> Board:
    """Turn centred strengths and their covariance into ratings, intervals, ranks and rank sets.

    Parameters
    ----------
    models
        K names.
    theta, covariance
        Centred strengths, (K,), and their covariance, (K, K).
    votes
        Votes of each model, (K,).
    settings
        The level, the draws, their seed, the anchor.
    """
    scale = Scale()
    errors = contrast_errors(covariance)
    quantile = max_t_quantile(
        covariance,
        level=settings.level,
        n_draws=settings.n_draws,
        rng=np.random.default_rng(settings.seed),
    )
    place = ranks(theta, errors, quantile)
    rating = scale.rating(theta) + _shift(models, theta, scale, settings.anchor)
    normal = NormalDist().inv_cdf(0.5 + settings.level / 2.0)
    half = normal * scale.points * np.sqrt(np.diag(covariance))
    arrays = (theta, covariance, rating, rating - half, rating + half)
    numbers = (place.rank, place.low, place.high, votes)
    for array in (*arrays, *numbers):
        array.flags.writeable = False
    return Board(models, *arrays, *numbers, quantile=quantile, level=settings.level, scale=scale)


def require_spread(models: tuple[str, ...], covariance: Floats, likelihood: Floats) -> None:
    """Raise where two models' votes are all alike, so that no interval can be had from them.

    Parameters
    ----------
    models
        K names.
    covariance
        The sandwich, (K, K).
    likelihood
        The inverse of the negative Hessian, (K, K), as a yardstick.
    """
    spread = contrast_errors(covariance) ** 2
    flat = spread < LEAST_VARIANCE * contrast_errors(likelihood) ** 2
    if flat.any():
        i, j = np.argwhere(flat)[0]
        raise TooFewError(
            f"no interval can be had for {shorten(models[i])} against {shorten(models[j])}: "
            "their votes (or clusters) are too few, or all alike, and show no spread. "
            "Collect more votes."
        )


def _shift(
    models: tuple[str, ...], theta: Floats, scale: Scale, anchor: tuple[str, float] | None
) -> float:
    """Points to add to all ratings so that the anchor has its own; its noise stays its own."""
    if anchor is None:
        return 0.0
    name, rating = anchor
    if name not in models:
        raise UsageError(f"the anchor {shorten(name)} is not among the {len(models)} models")
    return rating - float(scale.rating(theta)[models.index(name)])
