"""How finely verdicts are read, and which contenders no reading can place.

Five verdicts tell most. Where they have no finite estimate (nobody ever lost, say) they are read
more coarsely: as three, then with ties as half wins. Levels that no game has are left out, with
their mirror images. A contender all of whose games lie at one end has no finite strength: it is set
apart, and the others are read again without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotIdentifiedError
from theodolite.scoring.arena_hard.games import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.games import Games

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["LADDER", "Reading"]

# What each of the five verdicts then is: a level, or half of each of two.
LADDER = (
    ("five verdicts", ((0,), (1,), (2,), (3,), (4,))),
    ("three verdicts", ((0,), (0,), (1,), (2,), (2,))),
    ("ties as half wins", ((0,), (0,), (0, 1), (1,), (1,))),
)


@dataclass(frozen=True)
class Reading:
    """Verdicts at one level of detail.

    Attributes
    ----------
    name
        What a reader calls it.
    levels
        Which of the five verdicts each level stands for; none where a tie is half of two levels.
    shares
        The weight of each level in each game, (N, L).
    side
        1 where a contender won everything, -1 where it lost everything, else 0, (C,).
    inside
        Whether a game is of a contender that is not set apart, (N,).
    """

    name: str
    levels: tuple[tuple[int, ...], ...]
    shares: Floats
    side: Indices
    inside: Flags

    @classmethod
    def of(cls, games: Games, step: int) -> Reading:
        """Read the games at one step of the ladder.

        Raises
        ------
        NotIdentifiedError
            All verdicts are the same tie.
        """
        name, codes = LADDER[step]
        table = np.zeros((LEVELS, 1 + max(max(code) for code in codes)))
        for level, code in enumerate(codes):
            table[level, list(code)] = 1.0 / len(code)
        shares, side = table[games.verdict], np.zeros(games.n_contenders, dtype=np.int64)
        inside, kept = np.ones(len(shares), dtype=bool), np.arange(table.shape[1])
        while True:
            seen = np.asarray(shares[inside].any(axis=0))
            kept = np.flatnonzero(np.logical_or(seen, seen[::-1]))
            apart = _ends(games, shares, kept, inside)
            if not apart.any():
                break
            side += apart
            inside = side[games.contender] == 0
        if len(kept) == 1:
            raise NotIdentifiedError("all verdicts are ties")
        levels = tuple(
            tuple(v for v in range(LEVELS) if codes[v] == (int(level),)) for level in kept
        )
        return cls(name, levels, np.asarray(shares[:, kept]), side, inside)

    @property
    def has_levels(self) -> bool:
        """Whether every level stands for verdicts of its own."""
        return all(self.levels)


def _ends(games: Games, shares: Floats, kept: Indices, inside: Flags) -> Indices:
    """Say which contenders have all their games at the top (1) or at the bottom (-1), (C,)."""
    c = games.n_contenders
    out = np.zeros(c, dtype=np.int64)
    if len(kept) < 2:  # noqa: PLR2004
        return out
    own = games.contender[inside]
    there = np.bincount(own, minlength=c) > 0
    for level, sign in ((kept[-1], 1), (kept[0], -1)):
        away = shares[inside, level] < 1.0
        out += sign * (there & (np.bincount(own[away], minlength=c) == 0))
    return out
