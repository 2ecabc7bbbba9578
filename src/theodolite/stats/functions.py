"""Elementary functions, without overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["log_sigmoid", "sigmoid"]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)).

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, tail) / (1.0 + tail)


def log_sigmoid(x: Floats) -> Floats:
    """Logarithm of the sigmoid.

    Examples
    --------
    >>> log_sigmoid(np.array([-1000.0, 1000.0]))
    array([-1000.,     0.])
    """
    return np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))
