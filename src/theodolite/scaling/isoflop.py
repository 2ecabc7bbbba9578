r"""IsoFLOP profiles (approach 2): at each budget the size that ends lowest, and its power law.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
C         FLOPs of a run under one accounting; C_g those of a budget, their geometric mean
N, D, L   its parameters, tokens and final loss
N_g, D_g  parameters and tokens at the minimum of a budget's parabola
a, b      exponents: N_g = k_N C_g^a, D_g = k_D C_g^b
========  ==================================================================================

At each budget ``L = b_0 + b_1 log N + b_2 (log N)^2`` by least squares; N_g is where it is lowest.
``D_g = C_g / (kappa_g N_g)`` with kappa_g the geometric mean of C / (N D), 6 where FLOPs are 6 N D.

Intervals of a budget: coefficients are drawn as normal noise leaves them, with a noise variance
that the budgets share as far as they agree (:mod:`theodolite.stats.moderated`); percentiles of
what follows from each draw. Intervals of the power laws: by the scatter of the minima about the
line, which holds the noise of the runs and all that makes budgets differ beside it
(:mod:`theodolite.stats.group_line`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import NotIdentifiedError, TooFewError, TooLargeError
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import require_settings
from theodolite.scaling.isoflop_results import IsoFlop
from theodolite.scaling.minima import find_minima
from theodolite.scaling.same_budget import group_by_budget
from theodolite.stats import fit_group_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted, Accounting
    from theodolite.scaling.minima import Minima
    from theodolite.scaling.same_budget import Grouping
    from theodolite.tables import Runs

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["isoflop"]

FEWEST_RUNS = 4
FEWEST_SIZES = 3
FEWEST_BUDGETS = 3
MOST_DRAWS = 10_000_000
MOST_LISTED = 5
OUTSIDE = "near none of the budgets that were named"
# A file's FLOPs further than this from the accounting's are worth a word.
APART = 0.01


def isoflop(
    runs: Runs,
    *,
    accounting: Accounting = "6nd",
    budgets: Sequence[float] | None = None,
    tolerance: float = 0.1,
    level: float = 0.95,
    n_resamples: int = 4000,
    seed: int = 0,
) -> IsoFlop:
    """Find the compute-optimal size at each budget, and how it grows with compute.

    Parameters
    ----------
    runs
        Finished runs; several sizes at each of several budgets.
    accounting
        How FLOPs and parameters are counted: see :func:`theodolite.scaling.account`.
    budgets
        FLOPs of the budgets. Where left out they are found: runs are sorted by FLOPs and split
        wherever neighbours are further apart than a factor of ``1 + tolerance``.
    tolerance
        A run belongs to a named budget within a factor of ``1 + tolerance``. The runs of a found
        budget may differ by the square of that, as those of a named one may.
    level
        Confidence level of each interval.
    n_resamples, seed
        Draws behind the intervals of a budget, and their seed.

    Returns
    -------
    IsoFlop
        See there. A budget with fewer than four runs or three sizes, or without a minimum inside
        the sizes tried that holds at the level, stands in ``set_aside`` with the reason.

    Raises
    ------
    UsageError
        A setting has a value that it cannot have.
    TooFewError
        Fewer than three budgets have the runs that a parabola and its noise need.
    NotIdentifiedError
        Fewer than three have a minimum. The message says which runs would help.
    TooLargeError
        Budgets times resamples are too many.

    References
    ----------
    J. Hoffmann et al. (2022), https://doi.org/10.48550/arXiv.2203.15556, section 3.2.

    Examples
    --------
    >>> size = np.exp(np.tile([-1.0, -0.4, 0.1, 0.6, 1.2], 3))
    >>> flops = np.repeat([1e18, 1e19, 1e20], 5)
    >>> params = size * 0.1 * np.sqrt(flops)
    >>> from theodolite.tables import Runs
    >>> frame = pl.DataFrame({
    ...     "params": params, "tokens": flops / (6 * params),
    ...     "loss": 2.0 + 0.05 * np.log(size) ** 2 + 1e3 * flops**-0.2,
    ... })
    >>> got = isoflop(Runs.from_frame(frame))
    >>> round(got.allocation_exponent, 6), round(got.optimum(1e21).params / 1e9, 4)
    (0.5, 3.1623)
    """
    require_settings(level, n_resamples, seed)
    counted = account(runs, accounting)
    grouping = group_by_budget(counted.flops, budgets, tolerance)
    aside = _unfit(counted, grouping, (1.0 + tolerance) ** 2)
    ample = np.array([g for g in range(len(grouping.flops)) if g not in aside], dtype=np.int64)
    if len(ample) < FEWEST_BUDGETS:
        raise TooFewError(_too_few(len(ample), grouping, aside))
    if len(ample) * n_resamples > MOST_DRAWS:
        raise TooLargeError(
            f"{len(ample):,} budgets times {n_resamples:,} resamples are more than {MOST_DRAWS:,}"
        )
    used, group = _only(counted, grouping.group, ample)
    minima = find_minima(used, group, level=level, n_resamples=n_resamples, seed=seed)
    aside |= {int(g): why for g, why in zip(ample, minima.reasons, strict=True) if why}
    sound = np.array([not why for why in minima.reasons])
    if sound.sum() < FEWEST_BUDGETS:
        raise NotIdentifiedError(_not_identified(int(sound.sum()), grouping, aside))
    return _result(
        runs,
        _Found(counted, grouping, ample[sound], minima, np.flatnonzero(sound), aside),
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        tolerance=tolerance,
    )


@dataclass(frozen=True)
class _Found:
    """What was found on the way: ``ids`` are budgets, ``rows`` their rows among the minima."""

    counted: Accounted
    grouping: Grouping
    ids: Indices
    minima: Minima
    rows: Indices
    aside: dict[int, str]


def _unfit(counted: Accounted, grouping: Grouping, widest: float) -> dict[int, str]:
    """Say of each budget that cannot have a parabola with its noise why."""
    aside = {}
    order = np.argsort(grouping.group, kind="stable")[int((grouping.group < 0).sum()) :]
    ends = np.cumsum(np.bincount(grouping.group[order]))
    each = np.split(counted.params[order], ends)[:-1]
    for g, (mine, spread) in enumerate(zip(each, grouping.spread, strict=True)):
        sizes = len(np.unique(mine))
        if len(mine) < FEWEST_RUNS:
            aside[g] = f"{len(mine)} of the at least {FEWEST_RUNS} runs that it needs"
        elif sizes < FEWEST_SIZES:
            aside[g] = f"{sizes} of the at least {FEWEST_SIZES} sizes that it needs"
        elif spread > widest * (1.0 + 1e-9):
            aside[g] = (
                f"its runs spread over a factor of {spread:.3g} in FLOPs without a gap: name the "
                "budgets (--budget)"
            )
    return aside


def _only(counted: Accounted, group: Indices, ids: Indices) -> tuple[Accounted, Indices]:
    """Keep the runs of some budgets, and count these from 0."""
    mine = np.isin(group, ids)
    names = ("params", "tokens", "loss", "flops")
    kept = replace(counted, **{name: getattr(counted, name)[mine] for name in names})
    return kept, np.searchsorted(ids, group[mine]).astype(np.int64)


def _too_few(count: int, grouping: Grouping, aside: dict[int, str]) -> str:
    return (
        f"{count} of the at least {FEWEST_BUDGETS} budgets have {FEWEST_RUNS} runs of "
        f"{FEWEST_SIZES} sizes:\n{_listed(grouping, aside)}\n"
        "Train several sizes at each of several budgets, name the budgets (--budget), or take the "
        "lower envelope of all runs (--approach envelope)."
    )


def _not_identified(count: int, grouping: Grouping, aside: dict[int, str]) -> str:
    return (
        f"{count} of the at least {FEWEST_BUDGETS} budgets have a minimum inside the sizes tried:\n"
        f"{_listed(grouping, aside)}"
    )


def _listed(grouping: Grouping, aside: dict[int, str]) -> str:
    """List budgets that were set aside, those with the most runs first."""
    size = np.bincount(grouping.group[grouping.group >= 0])
    ids = sorted(aside, key=lambda g: -int(size[g]))
    lines = [f"  {grouping.flops[g]:.3g} FLOPs ({size[g]} runs): {aside[g]}" for g in ids]
    rest = len(lines) - MOST_LISTED
    lines = lines[:MOST_LISTED] + ([f"  and {rest:,} more"] if rest > 0 else [])
    outside = int((grouping.group < 0).sum())
    return "\n".join(lines + ([f"  {outside:,} runs: {OUTSIDE}"] if outside else []))


def _result(
    runs: Runs, found: _Found, *, level: float, n_resamples: int, seed: int, tolerance: float
) -> IsoFlop:
    used, group = _only(found.counted, found.grouping.group, found.ids)
    per_size = np.log(used.flops / (used.params * used.tokens))
    kappa: Floats = np.bincount(group, per_size) / np.bincount(group)
    minima, rows = found.minima, found.rows
    frame = _budgets(found, used, group, kappa)
    x, y = np.log(frame["flops"].to_numpy()), minima.where[rows]
    v = minima.variance[rows]
    tokens = x - kappa - y
    return IsoFlop(
        budgets=frame,
        set_aside=_set_aside(found),
        runs=pl.DataFrame({"budget": group, "params": used.params, "loss": used.loss}),
        parabolas=minima.fit.of(rows),
        params_line=fit_group_line(x, y, v),
        tokens_line=fit_group_line(x, tokens, v),
        ratio_line=fit_group_line(x, tokens - y, 4.0 * v),
        accounting=found.counted.accounting,
        words=found.counted.words,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        tolerance=tolerance,
        removed=runs.removed,
        notes=_notes(found, frame),
    )


def _budgets(found: _Found, used: Accounted, group: Indices, kappa: Floats) -> pl.DataFrame:
    minima, rows = found.minima, found.rows
    flops = found.grouping.flops[found.ids]
    where, low, high = (a[rows] for a in (minima.where, minima.low, minima.high))
    per_size = np.log(flops) - kappa
    count = range(len(rows))
    return pl.DataFrame(
        {
            "flops": flops,
            **_columns("params", np.exp(where), np.exp(low), np.exp(high)),
            **_columns("tokens", *(np.exp(per_size - end) for end in (where, high, low))),
            **_columns(
                "tokens_per_param", *(np.exp(per_size - 2.0 * end) for end in (where, high, low))
            ),
            **_columns(
                "loss", *(a[rows] for a in (minima.loss, minima.loss_low, minima.loss_high))
            ),
            "n": np.bincount(group),
            "sizes": [len(np.unique(used.params[group == g])) for g in count],
            "edge": minima.edge[rows],
        }
    )


def _columns(name: str, value: Floats, low: Floats, high: Floats) -> dict[str, Floats]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _set_aside(found: _Found) -> pl.DataFrame:
    group, flops = found.grouping.group, found.grouping.flops
    size = np.bincount(group[group >= 0])
    rows: list[tuple[float | None, int, str]] = [
        (float(flops[g]), int(size[g]), why) for g, why in sorted(found.aside.items())
    ]
    outside = int((group < 0).sum())
    if outside:
        rows.append((None, outside, OUTSIDE))
    schema = {"flops": pl.Float64, "n": pl.Int64, "reason": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _notes(found: _Found, frame: pl.DataFrame) -> tuple[str, ...]:
    notes = []
    ratio = found.counted.given_ratio
    if ratio is not None and abs(ratio - 1.0) > APART:
        notes.append(
            f"The file's own FLOPs are {ratio:.3g} times these ({found.counted.words}) in the "
            "median run."
        )
    edge = int(frame["edge"].sum())
    if edge:
        notes.append(
            f"{edge} of {len(frame)} minima lie beyond the last size but one on their side: little "
            "holds them there."
        )
    if len(frame) == FEWEST_BUDGETS:
        notes.append(
            "Three budgets leave one degree of freedom to tell how far minima scatter about a "
            "power law: its intervals are wide for that reason alone."
        )
    return tuple(notes)
