"""Verdicts of judges on two answers, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["Verdicts"]


@dataclass(frozen=True)
class Verdicts:
    """What judges said, one row a verdict.

    Attributes
    ----------
    judge, first, second
        The judge and the models shown first and second, as numbers from 0, (N,).
    share, weight
        y and w, (N,).
    cluster
        Verdicts that depend on each other share a number, (N,).
    covariates
        z, (N, T).
    n_models, n_judges
        K and the number of judges.
    """

    judge: Integers
    first: Integers
    second: Integers
    share: Floats
    weight: Floats
    cluster: Integers
    covariates: Floats
    n_models: int
    n_judges: int

    def __len__(self) -> int:
        return len(self.judge)

    def where(self, mask: Flags) -> Verdicts:
        """Keep some verdicts; models and judges keep their numbers."""
        rows = ("judge", "first", "second", "share", "weight", "cluster", "covariates")
        return replace(self, **{name: getattr(self, name)[mask] for name in rows})
