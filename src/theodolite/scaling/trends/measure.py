r"""What is followed over time, and how models count.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   active parameters, tokens of pre-training with repetitions, 6 N D
r*        compute-optimal tokens a parameter at C by a law, C / (6 N*(C)^2)
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import numpy as np

from theodolite.errors import UsageError, shorten
from theodolite.scaling.published import published_law

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["CLUSTERS", "QUANTITIES", "YARDSTICKS", "Measure", "Quantity", "optimal_ratio"]

Quantity = Literal["tokens_per_param", "tokens", "params", "flops", "over_training"]
Yardstick = Literal["besiroglu", "hoffmann-approach-1", "hoffmann", "ratio-20"]
Cluster = Literal["family", "organisation", "model"]
Name = TypeVar("Name", bound=str)

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
YARDSTICKS: tuple[Yardstick, ...] = get_args(Yardstick)
CLUSTERS: tuple[Cluster, ...] = get_args(Cluster)
# The rule of thumb of Hoffmann et al. (2022).
PER_PARAMETER = 20.0
WORDS = {
    "tokens_per_param": "tokens per parameter",
    "tokens": "training tokens",
    "params": "parameters",
    "flops": "training FLOPs",
    "over_training": "over-training",
}


@dataclass(frozen=True)
class Measure:
    """What is followed over time.

    Attributes
    ----------
    quantity
        ``tokens_per_param``, ``tokens``, ``params``, ``flops`` or ``over_training`` (tokens per
        parameter over those that are optimal at the model's own compute).
    law
        By which law they are optimal: ``besiroglu``, ``hoffmann-approach-1``, ``hoffmann``, or
        ``ratio-20``: 20 at any compute.
    largest
        Whether only the largest model of each release counts: those of one cluster and date.
    margin
        A change by less than this factor would be none.

    Examples
    --------
    >>> Measure("tokens").words
    'training tokens'
    """

    quantity: Quantity = "tokens_per_param"
    law: Yardstick = "besiroglu"
    largest: bool = False
    margin: float = 2.0

    def __post_init__(self) -> None:
        _one_of(QUANTITIES, "quantity", self.quantity)
        _one_of(YARDSTICKS, "law", self.law)
        if not 1.0 < self.margin <= 1e6:  # noqa: PLR2004
            raise UsageError(f"the margin is a factor above 1, as 2; not {self.margin:g}")

    @classmethod
    def named(cls, quantity: str, *, law: str, largest: bool, margin: float) -> Measure:
        """Return a measure by names; hyphens stand for underscores.

        Examples
        --------
        >>> Measure.named("over-training", law="hoffmann", largest=False, margin=2.0).words
        'over-training'
        """
        name = quantity.replace("-", "_")
        return cls(
            _one_of(QUANTITIES, "quantity", name), _one_of(YARDSTICKS, "law", law), largest, margin
        )

    @property
    def words(self) -> str:
        """What is followed, in words."""
        return WORDS[self.quantity]

    def of(self, params: Array, tokens: Array) -> Array:
        """Return the quantity of models."""
        flops = 6.0 * params * tokens
        if self.quantity == "over_training":
            return tokens / params / optimal_ratio(self.law, flops)
        return {
            "tokens_per_param": tokens / params,
            "tokens": tokens,
            "params": params,
            "flops": flops,
        }[self.quantity]


def _one_of(known: Sequence[Name], what: str, given: str) -> Name:
    for name in known:
        if name == given:
            return name
    raise UsageError(f"the {what} is one of {', '.join(known)}; not {shorten(given)}")


def optimal_ratio(law: str, flops: Array) -> Array:
    """Return r*, the compute-optimal tokens a parameter at training FLOPs.

    Examples
    --------
    >>> float(optimal_ratio("ratio-20", np.array([1e24]))[0])
    20.0
    >>> round(float(optimal_ratio("hoffmann-approach-1", np.array([5.76e23]))[0]), 1)
    21.4
    """
    if law == "ratio-20":
        return np.full_like(flops, PER_PARAMETER)
    out: Array = flops / (6.0 * published_law(law).optimal_params(flops) ** 2)
    return out
