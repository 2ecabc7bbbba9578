r"""The lower envelope of all runs (approach 1): what the best run at each compute looks like.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
C, N, D   FLOPs, parameters and tokens of a run; L its final loss
a, b      exponents: N = k_N C^a, D = k_D C^b over the runs on the envelope
========  ==================================================================================

A run is on the envelope if none with as few FLOPs, or fewer, ended as low. FLOPs within a factor of
1 + tolerance count as the same (:func:`theodolite.stats.cost_steps`), or of runs at one budget the
cheapest would stand on it however it ended. The power laws are least
squares of log N and log D on log C over these runs. Intervals are percentiles over resampled runs,
each with an envelope of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import NotIdentifiedError, TooFewError, TooLargeError
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import (
    ComputeOptimum,
    PowerLaws,
    require_flops,
    require_settings,
    require_tolerance,
)
from theodolite.stats import cost_steps, envelope_lines, envelope_order, on_envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted, Accounting
    from theodolite.tables import Removal, Runs

    Floats = NDArray[np.float64]

__all__ = ["Envelope", "envelope"]

FEWEST_POINTS = 5
LEAST_SPREAD = 10.0
# Cells of one round of resamples, and of all of them.
CELLS, MOST_CELLS = 4_000_000, 2_000_000_000
NOTES = (
    "The envelope of noisy runs is made of the lucky ones, and it moves in steps from one size "
    "tried to the next: it needs many sizes at each compute. Where the best size lies beyond those "
    "tried, its exponent is biased, and no interval shows it. Prefer isoFLOP profiles.",
    "Only final losses are used; the published approach takes whole training curves.",
)


@dataclass(frozen=True)
class Envelope(PowerLaws):
    """Power laws over the runs that no cheaper run beats.

    Attributes
    ----------
    points
        One row a run on the envelope, by FLOPs: ``flops``, ``params``, ``tokens``, ``loss``.
    runs
        One row a run: ``flops``, ``params``, ``loss``, ``on`` (the envelope).
    centre
        The log FLOPs at which ``heights`` stand: the mean over all runs.
    heights, slopes
        Of the lines of log params, log tokens and log tokens per parameter over log FLOPs, (3,).
    height_draws, slope_draws
        The same of each resample, (R, 3); NaN where its envelope has no line.
    accounting, words
        How FLOPs and parameters were counted.
    tolerance, level, n_resamples, seed
        Settings.
    removed, notes
        What filters took away; what must be said beside the result.
    """

    points: pl.DataFrame
    runs: pl.DataFrame
    centre: float
    heights: Floats
    slopes: Floats
    height_draws: Floats
    slope_draws: Floats
    accounting: Accounting
    words: str
    tolerance: float
    level: float
    n_resamples: int
    seed: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def allocation_exponent(self) -> float:
        """The a of N = k C^a."""
        return float(self.slopes[0])

    @property
    def allocation_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``allocation_exponent``."""
        return _ends(self.slope_draws[:, 0], self.level)

    @property
    def tokens_exponent(self) -> float:
        """The b of D = k C^b."""
        return float(self.slopes[1])

    @property
    def tokens_interval(self) -> tuple[float, float]:
        """Ends of the interval of ``tokens_exponent``."""
        return _ends(self.slope_draws[:, 1], self.level)

    @property
    def flops_range(self) -> tuple[float, float]:
        """FLOPs of the first and the last run on the envelope."""
        return self.points["flops"].item(0), self.points["flops"].item(-1)

    def optimum(self, flops: float) -> ComputeOptimum:
        """Give the compute-optimal model at a budget, by the power laws.

        Raises
        ------
        UsageError
            ``flops`` is not a positive number.
        """
        away = require_flops(flops) - self.centre
        estimate = self.heights + self.slopes * away
        draws = self.height_draws + self.slope_draws * away
        params, tokens, ratio = (
            [float(np.exp(end)) for end in (estimate[i], *_ends(draws[:, i], self.level))]
            for i in range(3)
        )
        return ComputeOptimum.of(flops, params, tokens, ratio, within=self.flops_range)

    def to_frame(self) -> pl.DataFrame:
        """Give ``points``."""
        return self.points

    def to_dict(self) -> dict[str, Any]:
        """Everything but the runs off the envelope as plain Python values, for JSON."""
        settings = ("accounting", "words", "tolerance", "level", "n_resamples", "seed", "verdict")
        return {
            "approach": "envelope",
            **self.exponents(),
            "points": self.points.to_dicts(),
            "n": len(self.runs),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }


def envelope(
    runs: Runs,
    *,
    accounting: Accounting = "6nd",
    tolerance: float = 0.1,
    level: float = 0.95,
    n_resamples: int = 4000,
    seed: int = 0,
) -> Envelope:
    """Fit power laws of parameters and tokens to the runs that no cheaper run beats.

    Parameters
    ----------
    runs
        Finished runs, of many sizes at every compute.
    accounting
        How FLOPs and parameters are counted: see :func:`theodolite.scaling.account`.
    tolerance
        FLOPs within a factor of ``1 + tolerance`` count as the same: steps of that width, the first
        from the least.
    level
        Confidence level of each interval. It errs on the wide side, since a resample lacks a
        third of the runs. The bias that ``notes`` describes it does not hold.
    n_resamples, seed
        Resamples of the runs, and their seed.

    Raises
    ------
    UsageError
        A setting has a value that it cannot have.
    TooFewError
        Fewer than five runs are on the envelope.
    NotIdentifiedError
        They spread over less than a factor of ten in FLOPs.
    TooLargeError
        Runs times resamples are too many.

    References
    ----------
    J. Hoffmann et al. (2022), https://doi.org/10.48550/arXiv.2203.15556, section 3.1.

    Examples
    --------
    >>> flops = np.repeat(10.0 ** np.arange(18, 24), 3)
    >>> size = np.tile([0.5, 1.0, 2.0], 6)
    >>> params = size * 0.1 * np.sqrt(flops)
    >>> from theodolite.tables import Runs
    >>> frame = pl.DataFrame({
    ...     "params": params, "tokens": flops / (6 * params),
    ...     "loss": 2.0 + 0.05 * np.log(size) ** 2 + 1e3 * flops**-0.2,
    ... })
    >>> got = envelope(Runs.from_frame(frame))
    >>> len(got.points), round(got.allocation_exponent, 6)
    (6, 0.5)
    """
    require_settings(level, n_resamples, seed)
    require_tolerance(tolerance)
    counted = account(runs, accounting)
    if len(runs) * n_resamples > MOST_CELLS:
        raise TooLargeError(
            f"{len(runs):,} runs times {n_resamples:,} resamples are more than {MOST_CELLS:,}"
        )
    frame = _sorted(counted, tolerance)
    loss = frame["loss"].to_numpy()
    on = on_envelope(loss)
    points = frame.filter(pl.Series(on))
    _require_spread(points)
    logs = np.log(frame.select("flops", "params", "tokens").to_numpy())
    centre = float(logs[:, 0].mean())
    x = logs[:, 0] - centre
    z = np.column_stack([logs[:, 1], logs[:, 2], logs[:, 2] - logs[:, 1]])
    heights, slopes = envelope_lines(x, z, on)
    height_draws, slope_draws = _resampled(x, z, loss, n_resamples, seed)
    return Envelope(
        points=points,
        runs=frame.select("flops", "params", "loss", on=pl.Series(on)),
        centre=centre,
        heights=heights,
        slopes=slopes,
        height_draws=height_draws,
        slope_draws=slope_draws,
        accounting=counted.accounting,
        words=counted.words,
        tolerance=tolerance,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        removed=runs.removed,
        notes=NOTES,
    )


def _sorted(counted: Accounted, tolerance: float) -> pl.DataFrame:
    steps = cost_steps(counted.flops, tolerance)
    order = envelope_order(steps, counted.loss, counted.params)
    names = ("flops", "params", "tokens", "loss")
    return pl.DataFrame({name: getattr(counted, name)[order] for name in names})


def _require_spread(points: pl.DataFrame) -> None:
    if len(points) < FEWEST_POINTS:
        raise TooFewError(
            f"{len(points)} runs are on the lower envelope, of the at least {FEWEST_POINTS} that "
            "its power law needs. Runs of several sizes at more budgets help."
        )
    first, last = points["flops"].item(0), points["flops"].item(-1)
    if last < LEAST_SPREAD * first:
        raise NotIdentifiedError(
            f"the {len(points)} runs on the lower envelope spread over a factor of "
            f"{last / first:.2g} in FLOPs, of the at least {LEAST_SPREAD:g} that an exponent "
            f"needs. Runs beyond {last:.3g} FLOPs, or below {first:.3g}, help."
        )


def _resampled(
    x: Floats, z: Floats, loss: Floats, n_resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """Draw runs anew and fit each draw's envelope, in rounds that fit into memory."""
    rng = np.random.default_rng(seed)
    step = max(1, CELLS // len(x))
    heights, slopes = [], []
    for start in range(0, n_resamples, step):
        count = min(step, n_resamples - start)
        present = np.zeros((count, len(x)), dtype=bool)
        np.put_along_axis(present, rng.integers(0, len(x), present.shape), values=True, axis=1)
        height, slope = envelope_lines(x, z, on_envelope(loss, present))
        heights.append(height)
        slopes.append(slope)
    return np.concatenate(heights), np.concatenate(slopes)


def _ends(draws: Floats, level: float) -> tuple[float, float]:
    """Percentiles; a draw without a line may lie beyond either end."""
    tail = 0.5 - level / 2.0
    none = np.isnan(draws)
    low = np.quantile(np.where(none, -np.inf, draws), tail, method="lower")
    high = np.quantile(np.where(none, np.inf, draws), 1.0 - tail, method="higher")
    return float(low), float(high)
