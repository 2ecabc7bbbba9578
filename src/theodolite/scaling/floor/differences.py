r"""Observed losses less a floor: the estimate, its interval, and how likely it is below 0.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
L, N      loss and parameters of an observed run
E         the floor; E + A / N^alpha the floor of a size, which no training tokens remove
t*        draw of E, or of the floor of a size
e*        draw of the noise of L, its median 0
d, d*     L - E, and its draw L exp(-e*) - t* (L - e* where residuals are of losses)
p         2 Phi(-abs(Phi^-1(share of d* below 0) - 2 z0)), z0 as in the interval: the level at
          which the interval of d just holds 0 is 1 - p
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from theodolite.scaling.floor.draws import floor_draws, floor_of
from theodolite.scaling.printed import Printed, half_unit
from theodolite.scaling.result import ScalingFit
from theodolite.stats.draws import bias_corrected
from theodolite.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.published import PublishedLaw

    Array = NDArray[np.float64]

__all__ = ["Compared", "Observation", "Verdict", "compared", "of_fit", "of_published", "verdicts"]

Verdict = Literal["below the floor", "above the floor", "cannot be told"]
BELOW: Verdict = "below the floor"
ABOVE: Verdict = "above the floor"
OPEN: Verdict = "cannot be told"
# Draws of one floor set against many losses at a time.
ROOM = 4_000_000
PUBLISHED_DRAWS = 4000


@dataclass(frozen=True)
class Observation:
    """Observed losses as arrays.

    Attributes
    ----------
    loss
        (m,).
    error
        Standard errors of the losses, (m,); ``None`` where none are known.
    log_params
        Logs of the parameters, (m,); ``None`` where they are not known.
    """

    loss: Array
    error: Array | None = None
    log_params: Array | None = None


@dataclass(frozen=True)
class Side:
    """A floor with its draws.

    Attributes
    ----------
    estimate, draws
        E: one number, and (R,). Of a size, (m,) and (R, m) at a time.
    noise
        Draws of the noise of one loss, (R,); ``None`` where none is known.
    log
        Whether the noise is of log losses.
    corrected
        Whether intervals are bias-corrected.
    law
        Where the floor of a size comes from: the fit or the published law.
    scale
        What losses of the published law are multiplied by.
    """

    estimate: float
    draws: Array
    noise: Array | None
    log: bool
    corrected: bool
    law: ScalingFit | PublishedLaw
    scale: float = 1.0


@dataclass(frozen=True)
class Compared:
    """Losses less one floor, (m,) each; NaN where a law does not say."""

    floor: Array
    difference: Array
    low: Array
    high: Array
    share: Array
    p_value: Array


def of_fit(found: ScalingFit) -> Side:
    """Take E of a fit; runs that were not fitted scatter about the law as its own do."""
    draws = floor_draws(found)
    scatter = found.scatter - np.median(found.scatter)
    generator = np.random.default_rng([found.resampling.seed, 7])
    return Side(
        estimate=floor_of(found).estimate,
        draws=draws,
        noise=generator.choice(scatter, size=len(draws)),
        log=found.recipe.scale == "log",
        corrected=found.corrected,
        law=found,
    )


def of_published(law: PublishedLaw, scale: float, seed: int) -> Side:
    """Take E of a published law: normal about it, or anywhere that rounds to it."""
    generator = np.random.default_rng([seed, 7])
    estimate = law.values[0] * scale
    if law.floor_se is None:
        half = half_unit(repr(law.values[0])) * scale
        draws = generator.uniform(estimate - half, estimate + half, PUBLISHED_DRAWS)
    else:
        draws = generator.normal(estimate, law.floor_se * scale, PUBLISHED_DRAWS)
    return Side(estimate, draws, None, log=True, corrected=False, law=law, scale=scale)


def compared(
    side: Side, seen: Observation, level: float, *, at_size: bool = False
) -> Compared | None:
    """Set losses against a floor; ``None`` where there is no floor of a size.

    Parameters
    ----------
    side
        The floor.
    seen
        The losses.
    level
        Confidence level.
    at_size
        Whether against the floor of each run's size.
    """
    if at_size and not _has_sizes(side, seen):
        return None
    step = max(1, ROOM // len(side.draws))
    parts = []
    for start in range(0, len(seen.loss), step):
        rows = slice(start, start + step)
        estimate, draws = _floors(side, seen, rows) if at_size else (side.estimate, side.draws)
        parts.append(_against(side, seen, rows, level, (np.asarray(estimate), draws)))
    return Compared(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _against(
    side: Side, seen: Observation, rows: slice, level: float, floor: tuple[Array, Array | None]
) -> tuple[Array, ...]:
    loss, (estimate, draws) = seen.loss[rows], floor
    difference = loss - estimate
    floors = np.broadcast_to(estimate, loss.shape)
    if draws is None:  # the floor of a size of a published law has no interval
        nothing = np.full(len(loss), np.nan)
        return floors, difference, nothing, nothing, nothing, nothing
    noisy = _noisy(side, seen, rows)
    drawn = noisy - (draws[:, None] if draws.ndim == 1 else draws)
    low, high = bias_corrected(difference, drawn, level, corrected=side.corrected)
    if draws.ndim == 1 and (draws <= 0.0).mean() > (1.0 - level) / 2.0:
        # E may be 0, and no less: the upper end is then that of the loss alone, which a share of
        # the draws would leave at a lower level.
        high = np.maximum(high, np.quantile(noisy, 0.5 + level / 2.0, axis=0))
    share, p_value = _chance(difference, drawn, corrected=side.corrected)
    return floors, difference, low, high, share, p_value


def _noisy(side: Side, seen: Observation, rows: slice) -> Array:
    """Draw what the losses may be without their noise, (R or 1, m)."""
    loss = seen.loss[rows][None]
    if seen.error is not None:
        generator = np.random.default_rng(11)
        normal = generator.standard_normal((len(side.draws), 1))
        out: Array = loss + seen.error[rows] * normal
        return out
    if side.noise is None:
        return loss
    return loss * np.exp(-side.noise)[:, None] if side.log else loss - side.noise[:, None]


def _chance(difference: Array, drawn: Array, *, corrected: bool) -> tuple[Array, Array]:
    """Return the share of draws below 0, and the two-sided p-value of the interval."""
    count = len(drawn)
    share = (drawn < 0).mean(axis=0)
    z = _beyond(drawn, ndtri(np.clip(share, 0.5 / count, 1.0 - 0.5 / count)), share)
    shift = np.zeros_like(z)
    if corrected:
        under = (drawn < difference).sum(axis=0) + 0.5 * (drawn == difference).sum(axis=0)
        shift = 2.0 * ndtri(np.clip(under / count, 0.5 / count, 1.0 - 0.5 / count))
    # The interval always holds its estimate: one on the other side than the draws tells nothing.
    agrees = np.sign(z - shift) == -np.sign(difference)
    return share, np.where(agrees, np.minimum(2.0 * ndtr(-np.abs(z - shift)), 1.0), 1.0)


def _beyond(drawn: Array, z: Array, share: Array) -> Array:
    """Stretch the normal quantile where 0 lies beyond all draws.

    Else thousands of draws could not tell a loss that is one of a hundred. The draw nearest to 0
    stands at its own quantile, the median at 0, and the line through both goes on.
    """
    middle = np.median(drawn, axis=0)
    nearest = np.where(share > 0.5, drawn.max(axis=0), drawn.min(axis=0))  # noqa: PLR2004
    reach = np.where(nearest == middle, 1.0, nearest - middle)
    outside = (share == 0.0) | (share == 1.0)
    # Draws that lie next to each other stretch it beyond all numbers: as sure as can be.
    with np.errstate(over="ignore"):
        factor = np.where(nearest == middle, 1e3, -middle / reach)
    return np.where(outside, z * np.maximum(factor, 1.0), z)


def _has_sizes(side: Side, seen: Observation) -> bool:
    if seen.log_params is None:
        return False
    law = side.law
    return law.law.allocates if isinstance(law, ScalingFit) else bool(law.values)


def _floors(side: Side, seen: Observation, rows: slice) -> tuple[Array, Array | None]:
    """Return the floors of sizes, (m,), and their draws, (R, m), where there are any."""
    assert seen.log_params is not None  # noqa: S101  (asked before)
    logs, law = seen.log_params[rows], side.law
    if not isinstance(law, ScalingFit):
        return _published_floors(law, side, logs)
    fitted = law.fitted
    natural = [
        law.law.natural(theta, fitted.centre) for theta in (fitted.theta[None], fitted.draws)
    ]
    e, a, alpha = (law.law.parameters.index(name) for name in ("E", "A", "alpha"))
    point, draws = (
        theta[:, [e]] + np.exp(np.log(theta[:, [a]]) - theta[:, [alpha]] * logs)
        for theta in natural
    )
    return point[0], np.maximum(point + law.widening * (draws - point), 0.0)


def _published_floors(law: PublishedLaw, side: Side, logs: Array) -> tuple[Array, Array | None]:
    names = {"E": 0, "A": 1, "alpha": 3}
    e, a, alpha = (law.values[at] for at in names.values())
    point = side.scale * (e + a * np.exp(-alpha * logs))
    if law.law != "chinchilla" or law.floor_se is not None:
        return point, None
    low, high = Printed.of(law).ends
    part = np.random.default_rng(13).uniform(size=(len(side.draws), 3))
    at = list(names.values())
    drawn = low[at] + part * (high[at] - low[at])
    floors = drawn[:, [0]] + drawn[:, [1]] * np.exp(-drawn[:, [2]] * logs)
    return point, side.scale * floors


def verdicts(found: Sequence[Compared], level: float) -> tuple[list[Verdict], Array]:
    """Return the verdict on each loss, and its p-value adjusted for their number.

    A loss is below (or above) the floor only by every form: the largest of the forms' p-values is
    that of their union (an intersection-union test), and 1 where they disagree on the side. Holm's
    adjustment is over the losses.
    """
    sides = np.sign(np.stack([one.difference for one in found]))
    p_values = np.stack([one.p_value for one in found])
    agreed = (sides == sides[0]).all(axis=0)
    known = ~np.isnan(p_values).any(axis=0)
    largest = np.where(agreed, p_values.max(axis=0), 1.0)
    adjusted = holm(np.where(known, largest, np.nan))
    sure = known & (np.nan_to_num(adjusted, nan=1.0) <= 1.0 - level)
    words: list[Verdict] = [
        OPEN if not told else BELOW if side < 0 else ABOVE
        for told, side in zip(sure, sides[0], strict=True)
    ]
    return words, adjusted
