r"""Krippendorff's alpha: how far judges of the same units agree, beyond what chance would give.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
u, m_u    a unit, and how many values it has; units with a single value compare nobody
n, n_c    values in units with at least two, and those among them that equal c
d(c, k)   difference of two values: 1 unless equal (nominal); (r_c - r_k)^2 with r the midrank
          among the n values (ordinal); (c - k)^2 (interval)
D_o       sum over u of 1/(m_u - 1) sum over ordered pairs of values of u of d, over n
D_e       sum over ordered pairs of all n values of d, over n (n - 1)
========  ==================================================================================

alpha = 1 - D_o / D_e: 1 where all values of a unit are alike, 0 where values are as if drawn from
one urn. A difference of midranks is what Krippendorff writes as the sum of the counts between two
ranks less half of both ends, so the ordinal case is the interval case on midranks.

The interval comes from leaving out one cluster of units at a time (midranks made anew), with
Student's quantile, cut at 1; unlike a bootstrap it is no matter of chance. Where no two values of
any unit differ, nothing shows how often they would: the lower end takes Wilson's upper end of a
share of 0 in as many clusters, as if each were a difference as large as the average by chance.

References
----------
K. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, University of Pennsylvania;
A. F. Hayes and K. Krippendorff (2007), Communication Methods and Measures 1, 77-89.
doi:10.1080/19312450709336664
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from theodolite.errors import TooLargeError, UsageError, shorten
from theodolite.stats.proportions import wilson_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["METRICS", "MOST_CELLS", "Alpha", "Metric", "krippendorff"]

Metric = Literal["nominal", "ordinal", "interval"]
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval")
# Numbers held at once for the ordinal metric: clusters times squared distinct values.
MOST_CELLS = 40_000_000
LEAST = 1e-9


@dataclass(frozen=True)
class Alpha:
    """Agreement with its interval.

    Attributes
    ----------
    estimate, low, high
        alpha and the ends of its interval; ``nan`` where all values are alike, so that chance
        would agree as well, and where no unit has two. The ends are ``nan`` too where there is a
        single cluster, or where leaving out any one leaves the same.
    units, values, clusters
        Units with at least two values, those values, and the clusters of these units.
    """

    estimate: float
    low: float
    high: float
    units: int
    values: int
    clusters: int


def krippendorff(
    unit: Integers, value: Floats, cluster: Integers, *, metric: Metric, level: float = 0.95
) -> Alpha:
    """Estimate alpha from one row a value.

    Parameters
    ----------
    unit
        Which unit each value is of, (N,), as any whole numbers.
    value
        What a judge said of it, (N,), finite. A judge that did not say has no row.
    cluster
        Units that go together share a number, (N,); the same in all rows of a unit.
    metric
        How far two values are apart: ``nominal``, ``ordinal`` or ``interval``.
    level
        Confidence level.

    Raises
    ------
    UsageError
        The metric is unknown.
    TooLargeError
        The ordinal metric has too many distinct values for so many clusters.

    Examples
    --------
    The four observers of twelve units in Krippendorff (2011):

    >>> rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    >>> cells = [(u, float(v)) for row in rows for u, v in enumerate(row) if v != "."]
    >>> unit, value = np.array([u for u, _ in cells]), np.array([v for _, v in cells])
    >>> got = krippendorff(unit, value, unit, metric="nominal")
    >>> got.units, got.values, round(got.estimate, 3)
    (11, 40, 0.743)
    """
    if metric not in METRICS:
        raise UsageError(f"the metric {shorten(metric)} is not one of {', '.join(METRICS)}")
    unit, value, cluster = _pairable(unit, np.asarray(value, dtype=np.float64), cluster)
    if not len(unit):
        return Alpha(np.nan, np.nan, np.nan, units=0, values=0, clusters=0)
    units = int(unit.max()) + 1
    of_unit = np.zeros(units, dtype=np.int64)
    of_unit[unit] = cluster
    make = _ranked if metric == "ordinal" else _nominal if metric == "nominal" else _measured
    ratio = make(unit, value, of_unit)
    groups = int(cluster.max()) + 1
    whole = float(ratio(None)[0])
    without = ratio(np.arange(groups)) if groups > 1 else np.array([np.nan])
    low, high = _ends(whole, without, groups, level)
    return Alpha(1.0 - whole, low, high, units=units, values=len(unit), clusters=groups)


def _pairable(
    unit: Integers, value: Floats, cluster: Integers
) -> tuple[Integers, Floats, Integers]:
    """Keep the units with two values or more, and number units and clusters anew."""
    code = np.unique(unit, return_inverse=True)[1]
    several = np.bincount(code)[code] > 1
    unit = np.unique(code[several], return_inverse=True)[1].astype(np.int64)
    group = np.unique(cluster[several], return_inverse=True)[1].astype(np.int64)
    return unit, value[several], group


def _ends(whole: float, without: Floats, groups: int, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import, and not always needed)

    if groups < 2 or not np.isfinite(whole):  # noqa: PLR2004
        return np.nan, np.nan
    t = float(stdtrit(groups - 1, 0.5 + level / 2.0))
    if whole <= 0.0:
        high = float(wilson_ends(np.zeros(1), np.array([float(groups)]), t)[1][0])
        return 1.0 - high, 1.0
    known = without[np.isfinite(without)]
    spread = (groups - 1.0) / groups * float(((known - known.mean()) ** 2).sum())
    half = t * float(np.sqrt(spread))
    if half < LEAST:
        # Clusters that are alike to the last digit are few, and no certainty.
        return np.nan, np.nan
    return 1.0 - whole - half, min(1.0, 1.0 - whole + half)


def _over(observed: Floats, expected: Floats) -> Floats:
    """Give D_o / D_e; ``nan`` where chance gives no disagreement either."""
    return np.divide(observed, expected, out=np.full_like(observed, np.nan), where=expected > 0)


def _sums(of: Integers, part: NDArray[Any], groups: int) -> Floats:
    return np.bincount(of, part, groups).astype(np.float64)


def _left(total: Floats, by_cluster: Floats, which: Integers | None) -> Floats:
    """Give sums over all clusters, (1, ...), or over all but one, (G, ...)."""
    whole = total[None, ...]
    return whole if which is None else whole - by_cluster[which]


def _nominal(
    unit: Integers, value: Floats, cluster: Integers
) -> Callable[[Integers | None], Floats]:
    code = np.unique(value, return_inverse=True)[1]
    size = np.bincount(unit).astype(np.float64)
    pair, count = np.unique(unit * (code.max() + 1) + code, return_counts=True)
    of = pair // (code.max() + 1)
    alike = np.bincount(of, count.astype(np.float64) ** 2, len(size))
    groups = int(cluster.max()) + 1
    apart = _sums(cluster, (size**2 - alike) / (size - 1.0), groups)
    table = np.zeros((groups, int(code.max()) + 1))
    np.add.at(table, (cluster[unit], code), 1.0)

    def ratio(which: Integers | None) -> Floats:
        counts = _left(table.sum(axis=0), table, which)
        n = counts.sum(axis=1)
        expected = (n**2 - (counts**2).sum(axis=1)) / np.maximum(n - 1.0, 1.0)
        return _over(_left(apart.sum(), apart, which), expected)

    return ratio


def _measured(
    unit: Integers, value: Floats, cluster: Integers
) -> Callable[[Integers | None], Floats]:
    x = value - value.mean()
    size = np.bincount(unit).astype(np.float64)
    s1, s2 = np.bincount(unit, x), np.bincount(unit, x * x)
    groups = int(cluster.max()) + 1
    # Differences from the unit's own mean are exactly nought where all of its values are alike.
    inner = x - (s1 / size)[unit]
    spread = _sums(unit, inner * inner, len(size))
    spread[np.isclose(spread, 0.0, atol=1e-12 * max(float(s2.max()), 1e-300))] = 0.0
    apart = _sums(cluster, 2.0 * size * spread / (size - 1.0), groups)
    sums = np.column_stack([_sums(cluster, part, groups) for part in (size, s1, s2)])

    def ratio(which: Integers | None) -> Floats:
        n, first, second = _left(sums.sum(axis=0), sums, which).T
        expected = 2.0 * (n * second - first**2) / np.maximum(n - 1.0, 1.0)
        nothing = expected <= 1e-12 * np.maximum(n * second, 1e-300)
        return _over(_left(apart.sum(), apart, which), np.where(nothing, 0.0, expected))

    return ratio


def _ranked(
    unit: Integers, value: Floats, cluster: Integers
) -> Callable[[Integers | None], Floats]:
    distinct, code = np.unique(value, return_inverse=True)
    v, groups = len(distinct), int(cluster.max()) + 1
    if groups * v * v > MOST_CELLS:
        raise TooLargeError(
            f"{v:,} distinct values in {groups:,} clusters are too many for the ordinal metric: "
            "use the interval metric"
        )
    size = np.bincount(unit).astype(np.float64)
    of = cluster[unit]
    table = np.zeros((groups, v))
    np.add.at(table, (of, code), 1.0)
    # D_o = 2 r' L r, with L the sum over units of (m diag(n_u) - n_u n_u') / (m - 1).
    inner = np.zeros((groups, v, v))
    np.add.at(inner, (of, code, code), (size / (size - 1.0))[unit])
    one, other = _pairs_within(unit)
    np.subtract.at(inner, (of[one], code[one], code[other]), 1.0 / (size[unit[one]] - 1.0))

    def ratio(which: Integers | None) -> Floats:
        counts = _left(table.sum(axis=0), table, which)
        n = counts.sum(axis=1, keepdims=True)
        rank = np.cumsum(counts, axis=1) - counts / 2.0 - n / 2.0
        observed = 2.0 * np.einsum(
            "gv,gvw,gw->g", rank, _left(inner.sum(axis=0), inner, which), rank
        )
        expected = 2.0 * (n[:, 0] * (counts * rank**2).sum(axis=1)) / np.maximum(n[:, 0] - 1, 1)
        observed = np.where(observed <= 1e-11 * expected, 0.0, observed)
        return _over(observed, expected)

    return ratio


def _pairs_within(unit: Integers) -> tuple[Integers, Integers]:
    """List the ordered pairs of rows of the same unit, a row with itself included."""
    order = np.argsort(unit, kind="stable")
    size = np.bincount(unit)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    own = size[unit[order]]
    one = np.repeat(order, own)
    first = np.repeat(start[unit[order]], own)
    within = np.arange(len(one)) - np.repeat(np.cumsum(own) - own, own)
    return one, order[first + within]
