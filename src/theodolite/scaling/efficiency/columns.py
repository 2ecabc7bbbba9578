"""Whether columns can be told apart without any family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotIdentifiedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["check_columns"]

WORST = 1e6


def check_columns(x: Array, starts: NDArray[np.intp], families: Sequence[str], what: str) -> None:
    """Refuse columns, (n, P), that are collinear without one of the families.

    Raises
    ------
    NotIdentifiedError
        They are; the message names the family.
    """
    ends = np.append(starts[1:], len(x))
    for begin, end, family in zip(starts, ends, families, strict=True):
        rest = np.delete(x, slice(int(begin), int(end)), axis=0)
        size = np.linalg.norm(rest, axis=0)
        if not size.all() or np.linalg.cond(rest / size) > WORST:
            raise NotIdentifiedError(f"without {family} {what} cannot be told apart")
