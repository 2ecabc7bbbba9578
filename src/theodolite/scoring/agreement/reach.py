r"""How many items or votes would reach a wanted agreement.

With f times as many, a side's errors are 1 / sqrt(f) of what they are, and true differences in
standard errors sqrt(f) times as large. Expected agreement grows with f towards a ceiling, at which
every pair is sure on that side; with both sides endless the ceiling is Kendall's correlation of
the true values. A benchmark that measures something else than people do has a low one, and no
number of items helps. f is found for each draw of the true values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theodolite.scoring.agreement.measures import expected_agreement
from theodolite.stats import all_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.agreement.line import Side

    Floats = NDArray[np.float64]

__all__ = ["Reach", "reached"]

# Factors are looked for between these; beyond the larger one is never.
LEAST, MOST = 1e-3, 1e5
HALVINGS = 30
# Draws times pairs that are enough to know a factor.
MOST_WORK = 1_500_000
FEWEST_DRAWS, MOST_DRAWS = 50, 1000
ENDLESS = 1e12


@dataclass(frozen=True)
class Reach:
    """What more items, more votes, or both would do.

    Attributes
    ----------
    what
        ``items``, ``votes`` or ``both``.
    factor, low, high
        How many times as many reach the wanted agreement: the median and the interval over what
        the data leave open; infinite where it is never reached.
    reachable
        The probability that it is reached at all.
    ceiling, ceiling_low, ceiling_high
        Agreement with endlessly many.
    """

    what: str
    factor: float
    low: float
    high: float
    reachable: float
    ceiling: float
    ceiling_low: float
    ceiling_high: float

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return dict(vars(self))


def reached(
    sides: tuple[Side, Side], x: Floats, y: Floats, *, want: float, level: float
) -> tuple[Reach, ...]:
    """Find the factors for items alone, votes alone, and both.

    Parameters
    ----------
    sides
        The benchmark's side and people's.
    x, y
        Draws of the true values, (D, K).
    want
        The agreement that is wanted.
    level
        Of the intervals.
    """
    benchmark, human = sides
    first, second = all_pairs(x.shape[1])
    draws = min(max(FEWEST_DRAWS, MOST_WORK // max(len(first), 1)), MOST_DRAWS)
    some = slice(None, None, max(1, -(-len(x) // draws)))
    d = (x[some][:, first] - x[some][:, second]) / benchmark.error
    e = (y[some][:, first] - y[some][:, second]) / human.error

    def at(which: str, factor: Floats) -> Floats:
        root = np.sqrt(factor)[:, None]
        more = d if which == "votes" else d * root
        most = e if which == "items" else e * root
        return expected_agreement(more, most, benchmark.quantile, human.quantile)

    out = []
    tail = (1.0 - level) / 2.0
    for which in ("items", "votes", "both"):
        ceiling = at(which, np.full(len(d), ENDLESS))
        low, high = np.full(len(d), np.log(LEAST)), np.full(len(d), np.log(MOST))
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            enough = at(which, np.exp(middle)) >= want
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        never = at(which, np.full(len(d), MOST)) < want
        factor = np.where(never, np.inf, np.exp(high))
        ends = np.quantile(factor, (0.5, tail, 1.0 - tail), method="inverted_cdf")
        top = np.quantile(ceiling, (0.5, tail, 1.0 - tail))
        out.append(
            Reach(
                what=which,
                factor=float(ends[0]),
                low=float(ends[1]),
                high=float(ends[2]),
                reachable=float((~never).mean()),
                ceiling=float(top[0]),
                ceiling_low=float(top[1]),
                ceiling_high=float(top[2]),
            )
        )
    return tuple(out)
