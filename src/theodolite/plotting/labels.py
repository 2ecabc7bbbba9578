"""Which points of a chart are named, and where their names stand, so that none overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ALIGN", "Box", "Label", "place_labels"]

# Of sans-serif text at 11 pixels.
CHARACTER, LINE = 6.2, 13.0
GAP = 7.0
DOT = 4.0
# Of so many points at most a name is tried, the most apart: the time grows with their square.
MOST_POINTS = 200


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles share area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    @classmethod
    def around(cls, x: float, y: float, reach: float = DOT) -> Box:
        """Return a square about a point."""
        return cls(x - reach, y - reach, x + reach, y + reach)


@dataclass(frozen=True)
class Label:
    """A name that is shown: which point's, and how far its anchor is from it, in pixels."""

    index: int
    side: str
    dx: float
    dy: float


# How a text is anchored on each side.
ALIGN: dict[str, Literal["left", "right", "center"]] = {
    "right": "left",
    "left": "right",
    "above": "center",
    "below": "center",
}
# Where a name may stand, best first: side, shift right, shift up.
SIDES = (
    ("right", GAP, 0.0),
    ("left", -GAP, 0.0),
    ("above", 0.0, 11.0),
    ("below", 0.0, -11.0),
)


def place_labels(
    places: Array,
    names: Sequence[str],
    size: tuple[float, float],
    *,
    taken: Sequence[Box] = (),
    most: int = 14,
) -> list[Label]:
    """Choose names to show, spread out, none on another, on a point or outside.

    Parameters
    ----------
    places
        (n, 2) pixels, y upwards from the bottom left.
    names
        Their names.
    size
        Width and height of the chart.
    taken
        What else stands there already.
    most
        How many names at most.

    Examples
    --------
    >>> spots = np.array([[10.0, 50.0], [12.0, 50.0], [150.0, 50.0]])
    >>> [(label.index, label.side) for label in place_labels(spots, ["a", "b", "c"], (200, 100))]
    [(0, 'right'), (2, 'right'), (1, 'above')]
    """
    boxes = [*taken, *(Box.around(x, y) for x, y in places)]
    found: list[Label] = []
    for index in _spread(places):
        if len(found) == most:
            break
        own = len(taken) + index
        for side, dx, dy in SIDES:
            box = _box(places[index], names[index], side, (dx, dy))
            inside = box.left >= 0 and box.right <= size[0] and box.bottom >= 0
            free = not any(box.meets(b) for k, b in enumerate(boxes) if k != own)
            if inside and box.top <= size[1] and free:
                boxes.append(box)
                found.append(Label(index, side, dx, dy))
                break
    return found


def _box(place: Array, name: str, side: str, shift: tuple[float, float]) -> Box:
    width = CHARACTER * len(name)
    x, y = float(place[0]) + shift[0], float(place[1]) + shift[1]
    left = {"right": x, "left": x - width}.get(side, x - width / 2.0)
    return Box(left, y - LINE / 2.0, left + width, y + LINE / 2.0)


def _spread(places: Array) -> list[int]:
    """Order points so that each is as far as can be from those before it."""
    if not len(places):
        return []
    order = [0]
    nearest = np.hypot(*(places - places[0]).T)
    while len(order) < min(len(places), MOST_POINTS):
        nearest[order] = -1.0
        order.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.hypot(*(places - places[order[-1]]).T))
    return order
