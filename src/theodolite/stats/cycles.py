"""Do three models beat each other in a circle? No single number a model can say that.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
z_ij      sum of w (y - 1/2) over the pair's votes, by its standard error if p = 1/2
c         strength of a circle i -> j -> k -> i: the least of z_ij, z_jk, z_ki
M         circles whose three pairs met: two a triple, one each way round
========  ==================================================================================

A circle is there only if all three of its arrows are, so its p-value is that of the weakest arrow
(an intersection-union test), and the strongest circle's is multiplied by M (Bonferroni).

References
----------
R. L. Berger (1982), Technometrics 24, 295-300. doi:10.1080/00401706.1982.10487790
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from theodolite.stats.pairs import PairCounts

__all__ = ["Circle", "strongest_circle"]


@dataclass(frozen=True)
class Circle:
    """The strongest circle: each of its models tends to beat the next, the last the first.

    Attributes
    ----------
    models
        Three numbers.
    strength
        c.
    p_value
        Bonferroni-adjusted over all circles that could be seen.
    circles
        M.
    """

    models: tuple[int, int, int]
    strength: float
    p_value: float
    circles: int


def strongest_circle(pairs: PairCounts) -> Circle | None:
    """Search all triples; ``None`` where no three models met each other.

    Examples
    --------
    >>> from theodolite.stats import count_pairs
    >>> one, two = np.repeat([0, 1, 2], 50), np.repeat([1, 2, 0], 50)
    >>> found = strongest_circle(count_pairs(one, two, np.ones(150), n_models=3))
    >>> found.models, found.circles, found.p_value < 1e-9
    ((0, 1, 2), 2, True)
    """
    k = pairs.n_models
    excess = pairs.won - pairs.weight / 2.0
    spread = pairs.won_sq_sq - pairs.won_sq + pairs.weight_sq / 4.0
    z = np.where(spread > 0, excess / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)
    arrows = np.full((k, k), -np.inf, dtype=np.float32)
    arrows[pairs.first, pairs.second] = z
    arrows[pairs.second, pairs.first] = -z
    met = np.isfinite(arrows).astype(np.float64)
    circles = round(float(np.einsum("ij,ji->", met @ met, met)) / 3.0)
    if circles == 0:
        return None
    best, at = -np.inf, (0, 0, 0)
    for i in range(k - 2):
        # Each circle once: its smallest number comes first.
        around = np.minimum(arrows[i, i + 1 :, None], arrows[i + 1 :, i][None, :])
        np.minimum(around, arrows[i + 1 :, i + 1 :], out=around)
        top = int(around.argmax())
        if around.flat[top] > best:
            best = float(around.flat[top])
            at = (i, i + 1 + top // around.shape[1], i + 1 + top % around.shape[1])
    p_value = min(1.0, circles * 0.5 * math.erfc(best / math.sqrt(2.0)))
    return Circle(at, best, p_value, circles)
