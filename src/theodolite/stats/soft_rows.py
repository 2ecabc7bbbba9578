r"""The slopes of a logistic loss over rows with outcomes in [0, 1], for many designs at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y, s   rows (B, N, P), outcomes (B, N) and weights (B, F, N), or (1, F, N) for all designs
w         coefficients (B, F, P); p = 1 / (1 + exp(-x'w))
g, H      sum of s (p - y) x, and of s p (1 - p) x x'
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Slopes", "SoftRows"]

# Numbers of one array in a pass: they stay in the cache.
AT_ONCE = 2**15


@dataclass(frozen=True)
class SoftRows:
    """Rows of B designs under F weightings.

    Attributes
    ----------
    x, y
        Features, (B, N, P), and what happened, in [0, 1], (B, N).
    weights
        What each row counts, at least 0: (B, F, N), or (1, F, N) for all designs.
    """

    x: Floats
    y: Floats
    weights: Floats

    def part(self, designs: slice) -> SoftRows:
        """Give the rows of some designs."""
        weights = self.weights if len(self.weights) == 1 else self.weights[designs]
        return SoftRows(self.x[designs], self.y[designs], weights)


@dataclass(frozen=True)
class Slopes:
    """What gives the gradient and the curvature of every problem.

    Attributes
    ----------
    blocks
        The designs, a few at a time.
    parts
        The rows of each block and of what all designs share, ready.
    size
        Sum of s |x|, (B, F, P): the most that each gradient could be.
    """

    blocks: tuple[slice, ...]
    parts: tuple[tuple[_Part, ...], ...]
    size: Floats
    room: int

    @classmethod
    def of(cls, own: SoftRows, shared: SoftRows | None) -> Slopes:
        """Prepare the rows of each design, and one design of rows that all share."""
        designs, rows, _ = own.x.shape
        weightings = own.weights.shape[1]
        longest = max(rows, shared.x.shape[1] if shared else 1)
        width = max(1, AT_ONCE // max(1, weightings * longest))
        blocks = tuple(slice(i, min(i + width, designs)) for i in range(0, designs, width))
        common = (_Part.of(shared),) if shared else ()
        parts = tuple((_Part.of(own.part(block)), *common) for block in blocks)
        size = np.concatenate(
            [
                sum((part.size for part in some), start=np.zeros((b.stop - b.start, 1, 1)))
                for b, some in zip(blocks, parts, strict=True)
            ]
        )
        return cls(blocks, parts, size, min(width, designs) * weightings * longest)

    def at(self, w: Floats, designs: Flags | None = None) -> tuple[Floats, Floats]:
        """Give g, (B, F, P), and H, (B, F, P, P); nothing for other designs than those asked."""
        count = w.shape[2]
        gradient = np.zeros(w.shape)
        above = np.zeros((*w.shape[:2], count * (count + 1) // 2))
        room = np.empty((2, self.room))  # fresh arrays in every pass would cost more than exp
        with np.errstate(over="ignore"):  # exp of a large number gives p = 0
            for block, parts in zip(self.blocks, self.parts, strict=True):
                if designs is None or designs[block].any():
                    for part in parts:
                        part.add(w[block], gradient[block], above[block], room)
        first, second = np.triu_indices(count)
        curvature = np.empty((*w.shape, count))
        curvature[:, :, first, second] = above
        curvature[:, :, second, first] = above
        return gradient, curvature


@dataclass(frozen=True)
class _Part:
    """Rows, with their transpose, their products of two features and the sums of s y x."""

    x: Floats
    across: Floats
    products: Floats
    weights: Floats
    told: Floats
    size: Floats

    @classmethod
    def of(cls, rows: SoftRows) -> _Part:
        first, second = np.triu_indices(rows.x.shape[2])
        across = np.negative(rows.x.transpose(0, 2, 1), order="C")
        return cls(
            x=-across.transpose(0, 2, 1),
            across=across,
            products=(across[:, first] * across[:, second]).transpose(0, 2, 1),
            weights=rows.weights,
            told=(rows.weights * rows.y[:, None, :]) @ rows.x,
            size=rows.weights @ np.abs(rows.x),
        )

    def add(self, w: Floats, gradient: Floats, above: Floats, room: Floats) -> None:
        """Add the slopes of these rows, the curvature as its upper triangle."""
        shape = (*w.shape[:2], self.x.shape[1])
        p, weighted = (some[: np.prod(shape)].reshape(shape) for some in room)
        if len(self.x) == 1:  # one product for all designs
            flat = p.reshape(-1, shape[2])
            np.matmul(w.reshape(-1, w.shape[2]), self.across[0], out=flat)
        else:
            np.matmul(w, self.across, out=p)
        np.exp(p, out=p)
        p += 1.0
        np.reciprocal(p, out=p)
        np.multiply(p, self.weights, out=weighted)
        gradient += self._summed(weighted, self.x) - self.told
        np.subtract(1.0, p, out=p)
        weighted *= p
        above += self._summed(weighted, self.products)

    def _summed(self, values: Floats, features: Floats) -> Floats:
        if len(features) > 1:
            return values @ features
        flat: Floats = values.reshape(-1, values.shape[2]) @ features[0]
        return flat.reshape(*values.shape[:2], -1)
