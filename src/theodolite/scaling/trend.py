r"""Tokens per parameter by release date: whether the field shifted, and is past the optimum.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D      active parameters, tokens of pre-training (repetitions counted)
t         years since the first release
========  ==================================================================================

See :mod:`theodolite.scaling.trends` for each step.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from theodolite.errors import NotIdentifiedError, UsageError, shorten
from theodolite.scaling.recipe import Resampling
from theodolite.scaling.trends.breaks import breaks_at
from theodolite.scaling.trends.dated import dated
from theodolite.scaling.trends.measure import Measure
from theodolite.scaling.trends.optimum import past_optimum
from theodolite.scaling.trends.pieces import control_of, drawn, factor, fitted, pick
from theodolite.scaling.trends.result import Overall, Trend
from theodolite.scaling.trends.unknown import unknown_break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling.result import Estimate
    from theodolite.scaling.trends.dated import Dated
    from theodolite.tables import Models

__all__ = ["CHINCHILLA", "trend"]

# The day of arXiv:2203.15556.
CHINCHILLA = "2022-03-29"
DEFAULT_RESAMPLING = Resampling(n=1999, cluster="family")
MOST_BREAKS = 50


def trend(
    models: Models,
    *,
    breaks: Sequence[str | date] = (CHINCHILLA,),
    measure: Measure | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
) -> Trend:
    """Follow a quantity of base models over their release dates.

    Parameters
    ----------
    models
        Facts about models. Those that were tuned, or have no date, parameters or tokens, are left
        out and counted.
    breaks
        Dates at which the trend may have changed, as ``2022-03-29``.
    measure
        What is followed; tokens per parameter by default.
    resampling
        Draws of the wild bootstrap (1,999 by default), and what counts once and is drawn
        together: ``family`` (by default), ``organisation`` or ``model``.
    level
        Level of intervals and verdicts.

    Returns
    -------
    Trend
        Its ``verdict`` is of all dates at once, by Holm: ``shift`` where the joint test of level
        and slope rejects at one; ``no shift`` where jump and change of slope are surely within
        the margin at each; else ``cannot be told``.

    Raises
    ------
    UsageError
        A date, the level, the cluster or the measure is none.
    InputError
        No model is left.
    TooFewError
        There are fewer than five clusters.
    NotIdentifiedError
        All models have one date, or the quantity does not scatter about its line.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556 (compute-optimal tokens).
    A. C. Cameron, J. B. Gelbach and D. L. Miller (2008), Review of Economics and Statistics 90,
    414-427, doi:10.1162/rest.90.3.414 (wild cluster bootstrap).

    Examples
    --------
    >>> import numpy as np
    >>> import polars as pl
    >>> from theodolite.tables import Models
    >>> rng, years = np.random.default_rng(0), np.repeat(np.arange(2019, 2025), 3)
    >>> frame = pl.DataFrame({
    ...     "model": [f"m{k}" for k in range(18)], "kind": "base", "params": 1e9,
    ...     "tokens": 1e10 * 5.0 ** (years >= 2022) * np.exp(0.3 * rng.standard_normal(18)),
    ...     "released": [f"{year}-0{1 + k % 3}-15" for k, year in enumerate(years)],
    ... })
    >>> found = trend(Models.from_frames(frame), breaks=["2022-01-01"],
    ...               resampling=Resampling(n=999, cluster="model"))
    >>> found.verdict, found.breaks[0].plain.jump.low > 1.0
    ('shift', True)
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    measure, resampling = measure or Measure(), resampling or DEFAULT_RESAMPLING
    days = _days(breaks)
    cluster = resampling.cluster or "family"
    data = dated(models, measure, cluster)
    draws = {"n": resampling.n, "seed": resampling.seed}
    return Trend(
        measure=measure,
        data=data,
        overall=_overall(data, measure, level),
        breaks=breaks_at(data, days, measure=measure, level=level, **draws),
        unknown=unknown_break(data, "plain", measure, level=level, **draws),
        unknown_at_fixed_params=unknown_break(
            data, "at_fixed_params", measure, level=level, **draws
        ),
        past_optimum=past_optimum(data, days, law=measure.law, level=level),
        cluster=cluster,
        resampling=resampling,
        level=level,
    )


def _days(breaks: Sequence[str | date]) -> list[date]:
    if isinstance(breaks, str):
        breaks = (breaks,)
    if not 1 <= len(breaks) <= MOST_BREAKS:
        raise UsageError(f"a trend is tested at 1 to {MOST_BREAKS} dates, not at {len(breaks):,}")
    days = []
    for given in breaks:
        if isinstance(given, date):
            days.append(given)
            continue
        try:
            days.append(date.fromisoformat(given))
        except ValueError:
            message = f"{shorten(given)} is not a date, such as {CHINCHILLA}"
            raise UsageError(message) from None
    return sorted(dict.fromkeys(days))


def _overall(data: Dated, measure: Measure, level: float) -> Overall:
    fit = fitted(data, None)
    if fit is None:
        raise NotIdentifiedError(
            f"{measure.words} of these {len(data.frame):,} models hold no trend: they have one "
            "date, or lie on a line without any scatter. Add models of other dates."
        )
    t = data.time
    return Overall(
        slope=factor(fit.interval(pick(fit, slope=1.0), level)),
        first=factor(fit.interval(pick(fit, level=1.0, slope=float(t.min())), level)),
        last=factor(fit.interval(pick(fit, level=1.0, slope=float(t.max())), level)),
        slope_at_fixed_params=_partial(data, measure, "params", level),
        slope_at_fixed_flops=_partial(data, measure, "flops", level),
        line=drawn(data, fit, level),
    )


def _partial(data: Dated, measure: Measure, name: str, level: float) -> Estimate | None:
    control = control_of(data, f"at_fixed_{name}", measure)
    fit = None if control is None else fitted(data, control)
    return None if fit is None else factor(fit.interval(pick(fit, slope=1.0), level))
