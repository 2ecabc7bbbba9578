r"""Keys drawn again at random: what chance makes of a statistic of the keyed options.

======== ====================================================================
symbol   meaning
======== ====================================================================
J_i      options of item i
k_i      how many of them are keyed, at least 1 and fewer than J_i
v_ij     a value of option j of item i, such as its rank by length
s        sum over items of the mean of v over the keyed options
O_p      sum over items of [option p is keyed] / k
E_p      sum over items of [p < J] / J: what O_p is on average under chance
X2       sum over positions of (O - E)^2 / E
======== ====================================================================

Under chance the keyed options of each item are any k of its J, all equally likely, whatever they
look like and wherever they stand. So items with different numbers of options need no care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["draw_positions", "draw_sums", "hits_p_value", "position_statistic"]

CELLS_AT_ONCE = 4_000_000


def draw_sums(
    values: Floats, starts: Integers, keys: Integers, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Draw s under chance.

    Parameters
    ----------
    values
        v, the options of an item side by side (K,).
    starts, keys
        Where each item begins, rising, and k (N,).
    n_draws
        How often to draw all keys.
    rng
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        One s a draw (R,).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sums = draw_sums(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0, 2]), np.ones(2, int), 4, rng)
    >>> bool(np.isin(sums, [0.0, 1.0, 2.0]).all())
    True
    """
    total = np.zeros(n_draws)
    for table, k in _tables(values, starts, keys):
        for part, chosen in _chosen(table.shape, k, n_draws, rng):
            picked = np.take_along_axis(table[None, :, :], chosen, axis=2)
            total[part] += picked.mean(axis=2).sum(axis=1)
    return total


def draw_positions(
    sizes: Integers, keys: Integers, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Draw O under chance, (R, P) with P the most options of an item.

    Parameters
    ----------
    sizes, keys
        J and k of each item (N,).
    n_draws, rng
        As in :func:`draw_sums`.
    """
    total = np.zeros((n_draws, int(sizes.max())))
    for size, k, n in zip(*_classes(sizes, keys), strict=True):
        if k == 1:
            total[:, :size] += rng.multinomial(n, np.full(size, 1.0 / size), n_draws)
            continue
        for part, chosen in _chosen((n, size), k, n_draws, rng):
            rows = np.arange(len(chosen))[:, None, None] * size
            counts = np.bincount((chosen + rows).ravel(), minlength=len(chosen) * size)
            total[part, :size] += counts.reshape(-1, size) / k
    return total


def position_statistic(counts: Floats, sizes: Integers) -> Floats:
    """X2 of each row of O, (R, P) to (R,).

    Examples
    --------
    >>> position_statistic(np.array([[3.0, 1.0]]), np.array([2, 2, 2, 2]))
    array([1.])
    """
    reach = np.arange(counts.shape[1])[:, None] < sizes
    expected = (reach / sizes).sum(axis=1)
    statistic: Floats = ((counts - expected) ** 2 / expected).sum(axis=1)
    return statistic


def hits_p_value(hits: float, sizes: Integers, keys: Integers) -> float:
    """Chance that guesses which know nothing hit a keyed option at least as often; exact.

    The hits are a sum of binomials, one for each pair of J and k. A part of a hit, where a guess
    is split between options, is left out, which can only make the value larger.

    Examples
    --------
    >>> round(hits_p_value(2.5, np.array([2, 2, 2]), np.array([1, 1, 1])), 6)
    0.5
    """
    from scipy.stats import binom  # noqa: PLC0415  (slow to import)

    law = np.ones(1)
    for size, k, n in zip(*_classes(sizes, keys), strict=True):
        law = np.convolve(law, binom.pmf(np.arange(n + 1), n, k / size))
    least = int(np.floor(hits + 1e-9))
    return float(min(1.0, law[least:].sum()))


def _classes(sizes: Integers, keys: Integers) -> tuple[list[int], list[int], list[int]]:
    pairs, counts = np.unique(np.stack([sizes, keys]), axis=1, return_counts=True)
    return pairs[0].tolist(), pairs[1].tolist(), counts.tolist()


def _tables(values: Floats, starts: Integers, keys: Integers) -> Iterator[tuple[Floats, int]]:
    """Yield the values of all items with the same J and k as one table."""
    sizes = np.diff(np.append(starts, values.size))
    for size, k, _ in zip(*_classes(sizes, keys), strict=True):
        begin = starts[(sizes == size) & (keys == k)]
        yield values[begin[:, None] + np.arange(size)], k


def _chosen(
    shape: tuple[int, ...], k: int, n_draws: int, rng: np.random.Generator
) -> Iterator[tuple[slice, Integers]]:
    """Yield parts of the draws, and which options of each item are keyed there (r, n, k)."""
    n, size = shape
    step = max(1, CELLS_AT_ONCE // (n * (1 if k == 1 else size)))
    for start in range(0, n_draws, step):
        stop = min(start + step, n_draws)
        if k == 1:
            chosen = rng.integers(0, size, (stop - start, n, 1))
        else:
            # The k smallest of exchangeable numbers are any k of the options.
            chosen = np.argpartition(rng.random((stop - start, n, size)), k - 1, axis=2)[..., :k]
        yield slice(start, stop), chosen
