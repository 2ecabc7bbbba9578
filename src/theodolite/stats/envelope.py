r"""The lower envelope of points, and a line through those on it, for many resamples at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
n, R      points, replicates
x_i, y_i  what a point cost and what came of it (lower is better)
z_i       what is regressed on x over the envelope; Z responses at once
========  ==================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["cost_steps", "envelope_lines", "envelope_order", "on_envelope"]

FEWEST = 2


def cost_steps(x: Floats, tolerance: float) -> Indices:
    """Number costs that count as the same alike, from 0 for the least.

    A step begins at the least cost that no step holds yet, and holds what is up to a factor of
    ``1 + tolerance`` above.

    Examples
    --------
    >>> cost_steps(np.array([2.0, 1.0, 1.08, 1.12, 9.0]), 0.1)
    array([2, 0, 0, 1, 3])
    """
    ascending = np.sort(x)
    starts = []
    at = 0
    while at < len(ascending):
        starts.append(ascending[at])
        at = int(np.searchsorted(ascending, ascending[at] * (1.0 + tolerance), side="right"))
    return (np.searchsorted(np.array(starts), x, side="right") - 1).astype(np.int64)


def envelope_order(step: Indices, y: Floats, then: Floats) -> Indices:
    """Sort points by cost, then by what came of it, then by ``then``, which settles ties."""
    return np.lexsort((then, y, step)).astype(np.int64)


def on_envelope(y: Floats, present: Flags | None = None) -> Flags:
    """Tell which points no other point beats at its cost or less.

    Parameters
    ----------
    y
        What came of the points, in the order of :func:`envelope_order`, (n,).
    present
        Which points a replicate has, (R, n); all where left out.

    Returns
    -------
    numpy.ndarray
        (n,), or (R, n). Of points that tie the first is on it.

    Examples
    --------
    >>> on_envelope(np.array([3.0, 3.2, 2.5, 2.5, 2.4]))
    array([ True, False,  True, False,  True])
    """
    value = y if present is None else np.where(present, y, np.inf)
    best = np.minimum.accumulate(value, axis=-1)
    before = np.concatenate([np.full_like(best[..., :1], np.inf), best[..., :-1]], axis=-1)
    return np.asarray(value < before)


def envelope_lines(x: Floats, z: Floats, on: Flags) -> tuple[Floats, Floats]:
    """Regress z on x by least squares over the points of an envelope.

    Parameters
    ----------
    x
        Abscissas, (n,); centre them first.
    z
        Responses, (n, Z).
    on
        The points, (n,) or (R, n).

    Returns
    -------
    tuple of numpy.ndarray
        Heights at x = 0 and slopes, (..., Z); NaN where fewer than two points, or points at one
        abscissa, leave no line.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0])
    >>> height, slope = envelope_lines(x, (2.0 + 0.5 * x)[:, None], np.array([True, False, True]))
    >>> height, slope
    (array([2.]), array([0.5]))
    """
    w = on.astype(float)
    count = w.sum(axis=-1)
    safe = np.maximum(count, 1.0)
    mean_x, mean_z = (w @ x) / safe, (w @ z) / safe[..., None]
    spread = w @ x**2 - count * mean_x**2
    cross = w @ (x[:, None] * z) - (count * mean_x)[..., None] * mean_z
    # Rounding leaves about 1e-16 of the sum of squares where all abscissas are one.
    sound = (count >= FEWEST) & (spread > 1e-12 * np.maximum(w @ x**2, 1e-300))
    slope = np.where(sound[..., None], cross / np.where(sound, spread, 1.0)[..., None], np.nan)
    return mean_z - slope * mean_x[..., None], slope
