r"""Rank correlations of many pairs of vectors at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y      two measures of K things
R(x)      ranks, ties averaged
========  ==================================================================================

Spearman's is the correlation of R(x) and R(y). Kendall's tau-b is
sum sign(x_i - x_j) sign(y_i - y_j) over pairs, over the root of the product of the pairs that are
not tied on either side. Either is ``nan`` where a side is constant.

References
----------
C. Spearman (1904), American Journal of Psychology 15, 72-101. doi:10.2307/1412159;
M. G. Kendall (1945), Biometrika 33, 239-251. doi:10.1093/biomet/33.3.239 (tau-b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["all_pairs", "kendall", "spearman"]

# Numbers that are worked on at once.
BLOCK = 4_000_000


def all_pairs(k: int) -> tuple[Integers, Integers]:
    """Give both members of every pair of K things.

    Examples
    --------
    >>> all_pairs(3)
    (array([0, 0, 1]), array([1, 2, 2]))
    """
    first, second = np.triu_indices(k, 1)
    return first.astype(np.int64), second.astype(np.int64)


def spearman(x: Floats, y: Floats) -> Floats:
    """Spearman's correlation along the last axis.

    Examples
    --------
    >>> float(spearman(np.array([1.0, 2.0, 3.0, 3.0]), np.array([0.1, 0.4, 0.3, 0.9])).round(4))
    0.6325
    """
    a, b = _centred_ranks(x), _centred_ranks(y)
    norm = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    top = (a * b).sum(axis=-1)
    return np.asarray(np.divide(top, norm, out=np.full_like(norm, np.nan), where=norm > 0))


def kendall(x: Floats, y: Floats) -> Floats:
    """Kendall's tau-b along the last axis.

    Examples
    --------
    >>> float(kendall(np.array([1.0, 2.0, 3.0, 3.0]), np.array([0.1, 0.4, 0.3, 0.9])).round(4))
    0.5477
    """
    shape = np.broadcast_shapes(x.shape, y.shape)
    k = shape[-1]
    one, other = (np.broadcast_to(v, shape).reshape(-1, k) for v in (x, y))
    first, second = all_pairs(k)
    out = np.empty(len(one))
    width = max(1, BLOCK // max(len(first), 1))
    for start in range(0, len(one), width):
        part = slice(start, start + width)
        a = np.sign(one[part][:, first] - one[part][:, second])
        b = np.sign(other[part][:, first] - other[part][:, second])
        norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        top = (a * b).sum(axis=1)
        out[part] = np.divide(top, norm, out=np.full_like(norm, np.nan), where=norm > 0)
    return out.reshape(shape[:-1])


def _centred_ranks(x: Floats) -> Floats:
    """Ranks less their mean; equal values share the average of their places."""
    order = np.argsort(x, axis=-1, kind="stable")
    places = np.argsort(order, axis=-1, kind="stable").astype(np.float64)
    ordered = np.take_along_axis(x, order, axis=-1)
    if (ordered[..., 1:] == ordered[..., :-1]).any():
        from scipy.stats import rankdata  # noqa: PLC0415  (slow to import, and rarely needed)

        places = rankdata(x, axis=-1) - 1.0
    return np.asarray(places - (x.shape[-1] - 1) / 2.0)
