r"""What laws are compared by: how they split a budget, and the loss of one run far away.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
C         the budget, FLOPs
N, D      parameters and tokens, C = 6 N D
k         tokens a parameter of the far run: N = (C / 6 k)^(1/2), D = k N
========  ==================================================================================

Single parameters of a law depend on each other almost wholly; these three do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import UsageError
from theodolite.scaling.allocation import split_of
from theodolite.scaling.laws import Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import Centre, Law

    Array = NDArray[np.float64]

__all__ = ["BEYOND", "Aim", "quantities"]

# The budget, where none is given: so many times that of the largest run.
BEYOND = 10.0


@dataclass(frozen=True)
class Aim:
    """Where laws are compared.

    Attributes
    ----------
    flops
        The budget.
    ratio
        Tokens a parameter of the run whose loss is predicted: one run, the same for all laws.

    Examples
    --------
    >>> aim = Aim(1.2e22)
    >>> f"{aim.params:.3g} {aim.tokens:.3g}"
    '1e+10 2e+11'
    """

    flops: float
    ratio: float = 20.0

    def __post_init__(self) -> None:
        for name, value in (("FLOPs", self.flops), ("tokens a parameter", self.ratio)):
            if not (math.isfinite(value) and 0 < value < 1e40):  # noqa: PLR2004
                raise UsageError(f"{name} must be above 0 and finite, not {value}")

    @classmethod
    def beyond(cls, points: Points) -> Aim:
        """Take ten times the budget of the largest run."""
        return cls(BEYOND * float(np.exp(points.flops.max())))

    @property
    def params(self) -> float:
        """Parameters of the far run."""
        return math.sqrt(self.flops / (6.0 * self.ratio))

    @property
    def tokens(self) -> float:
        """Tokens of the far run."""
        return self.ratio * self.params


def quantities(law: Law, theta: Array, centre: Centre, aim: Aim) -> dict[str, Array]:
    """Return what (R, P) inner parameters say at the aim, (R,) each.

    Parameters
    ----------
    law, theta, centre
        The law, and its inner parameters at the centre.
    aim
        Where.

    Returns
    -------
    dict
        ``allocation_exponent`` (of the optimal parameters in C) and ``tokens_per_param`` (D / N
        at the optimum of C), where the law splits compute; ``loss`` of the far run.
    """
    out: dict[str, Array] = {}
    if law.allocates:
        split = split_of(law, theta, centre)
        params = split.optimal_params(np.array([[np.log(aim.flops)]]))[:, 0]
        out["allocation_exponent"] = split.exponent
        with np.errstate(over="ignore"):
            out["tokens_per_param"] = np.exp(np.log(aim.flops / 6.0) - 2.0 * params)
    tokens = np.array([aim.tokens])
    far = Points.at(np.array([aim.params]), tokens, tokens if law.repeats else None)
    out["loss"] = law.predict(theta, far, centre)[:, 0]
    return out
