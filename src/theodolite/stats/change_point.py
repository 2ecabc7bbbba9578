r"""A break at an unknown place: whether there is one, and where it may be.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
t, T_j    place of a row (a date), and the candidate breaks
X_0       design without a break
X_j       X_0 with a jump at T_j and a change of slope from there on
S_0, S_j  sums of squared residuals of the two
w_g       random weight of cluster g, of mean 0 and variance 1
========  ==================================================================================

Is there a break? sup over j of ``(n - k) (S_0 - S_j) / S_j`` (D. W. K. Andrews 1993, Econometrica
61, 821-856, doi:10.2307/2951764) against its distribution where the residuals of X_0 are
multiplied by w_g: no break, the same scatter and the same clusters.

Where? T_j is in the confidence set unless ``(S_j - min S) / min S`` exceeds the quantile that it
has where a break at T_j is true, by the same bootstrap about the fit of X_j: a test of each place,
inverted (as B. E. Hansen 2000, Econometrica 68, 575-603, doi:10.1111/1468-0262.00124, does with an
asymptotic quantile).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theodolite.stats.clustered import webb_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["ChangePoint", "Rows", "broken", "find_change", "places"]


# Different places on a side, below which they hold no line.
FEWEST_PLACES = 3


class Rows(NamedTuple):
    """Places, weighted design without a break, weighted outcome, roots of the weights, clusters."""

    t: Floats
    x: Floats
    y: Floats
    root: Floats
    cluster: Integers


@dataclass(frozen=True)
class ChangePoint:
    """What is known of a break at an unknown place.

    Attributes
    ----------
    places
        (J,) the candidates: the first place after the break.
    statistic
        (J,) (n - k) (S_0 - S_j) / S_j.
    best
        Which candidate fits best.
    p_value
        That there is none at all.
    inside
        (J,) whether a candidate is in the confidence set.
    """

    places: Floats
    statistic: Floats
    best: int
    p_value: float
    inside: NDArray[np.bool_]


def broken(t: Floats, at: float) -> Floats:
    """Return the two columns of a break: the jump, and the change of slope from there on.

    Examples
    --------
    >>> broken(np.array([0.0, 1.0, 2.0]), 1.0)
    array([[0., 0.],
           [1., 0.],
           [1., 1.]])
    """
    after = (t >= at).astype(float)
    return np.column_stack([after, np.maximum(t - at, 0.0)])


def places(t: Floats, cluster: Integers, *, fewest: int) -> Floats:
    """Return where a break can be looked for: enough clusters, and three places, on each side."""
    found = np.unique(t)
    groups = int(cluster.max()) + 1
    first, last = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(first, cluster, t)
    np.maximum.at(last, cluster, t)
    # Clusters with a row before each place, and from it on.
    before = np.searchsorted(np.sort(first), found, side="left")
    after = groups - np.searchsorted(np.sort(last), found, side="left")
    rank = np.arange(len(found))
    enough = (rank >= FEWEST_PLACES) & (len(found) - rank >= FEWEST_PLACES)
    return found[enough & (before >= fewest) & (after >= fewest)]


def find_change(
    rows: Rows, at: Floats, *, level: float, n: int, rng: np.random.Generator
) -> ChangePoint:
    """Test for a break anywhere, and invert tests of each place.

    Parameters
    ----------
    rows
        What is fitted.
    at
        (J,) the candidates.
    level
        Of the confidence set.
    n
        Draws of the bootstrap.
    rng
        Random numbers.
    """
    bases = [np.linalg.qr(_with_break(rows, place))[0] for place in at]
    stacked = np.concatenate([base.T for base in bases])
    squares = _squares(stacked, rows.y[:, None], len(at))[:, 0]
    draws = webb_weights(rng, (int(rows.cluster.max()) + 1, n))[rows.cluster]
    null = rows.x @ np.linalg.lstsq(rows.x, rows.y, rcond=None)[0]
    left = rows.y - null
    # The part that the null design explains cancels: only the noise counts.
    noise = left[:, None] * draws
    own = np.linalg.qr(rows.x)[0]
    s0 = (noise**2).sum(0) - ((own.T @ noise) ** 2).sum(0)
    sj = _squares(stacked, noise, len(at))
    sup = ((s0 - sj) / sj).max(0)
    statistic = (left @ left - squares) / squares
    p_value = (1 + int((sup >= statistic.max() * (1 - 1e-12)).sum())) / (n + 1)
    inside = np.array(
        [_fits(rows, stacked, squares, (k, base), (draws, level)) for k, base in enumerate(bases)]
    )
    free = len(rows.y) - bases[0].shape[1]
    return ChangePoint(at, statistic * free, int(squares.argmin()), p_value, inside)


def _with_break(rows: Rows, at: float) -> Floats:
    return np.column_stack([rows.x, rows.root[:, None] * broken(rows.t, at)])


def _squares(stacked: Floats, y: Floats, n_places: int) -> Floats:
    """Return S_j of many outcomes, (J, B)."""
    explained = (stacked @ y) ** 2
    out: Floats = (y**2).sum(0) - explained.reshape(n_places, -1, y.shape[1]).sum(1)
    return out


def _fits(
    rows: Rows,
    stacked: Floats,
    squares: Floats,
    candidate: tuple[int, Floats],
    drawn: tuple[Floats, float],
) -> bool:
    """Tell whether a break at a candidate is within chance."""
    (k, base), (draws, level) = candidate, drawn
    least = squares.min()
    excess = (squares[k] - least) / least
    if excess == 0.0:
        return True
    fitted = base @ (base.T @ rows.y)
    s = _squares(stacked, fitted[:, None] + (rows.y - fitted)[:, None] * draws, len(squares))
    least_drawn = s.min(0)
    chance = (s[k] - least_drawn) / least_drawn
    return bool((chance >= excess).mean() > 1.0 - level)
