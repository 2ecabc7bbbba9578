"""What must be known beside the scores of Arena-Hard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import shorten
from theodolite.scoring.arena_hard.rows import by_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from theodolite.scoring.arena_hard.fitting import GamesFit, Position
    from theodolite.scoring.arena_hard.games import Games

__all__ = ["notes_of"]

MOST_NAMED = 3


def notes_of(games: Games, fit: GamesFit, *, asked: Position) -> tuple[str, ...]:
    """Say what was read more coarsely, left out, set apart, left unread, or not asked of all."""
    left_out = (
        "The place of the answers has no finite estimate here, so it was left out: too few games "
        "of one order went the other way."
    )
    coarse = (
        "The five verdicts have no finite estimate here (too few games went either way), so they "
        f"were read more coarsely: {fit.reading}."
    )
    return (
        *((coarse,) if fit.coarse else ()),
        *((left_out,) if fit.position != asked else ()),
        *_apart(games, fit),
        *_unread(games),
        *_unequal(games),
    )


def _apart(games: Games, fit: GamesFit) -> Iterator[str]:
    names = games.contenders["model"]
    own = " It is at the style of its own answers." if games.features else ""
    for side, what in ((1, "won"), (-1, "lost")):
        who = [
            shorten(name) for name in names.gather(np.flatnonzero(fit.side == side)).unique().sort()
        ]
        if who:
            more = f" and {len(who) - MOST_NAMED} more" if len(who) > MOST_NAMED else ""
            yield (
                f"{', '.join(who[:MOST_NAMED])}{more} {what} every game as clearly as verdicts "
                "are told apart: no strength is finite, and the interval is one-sided (exact, "
                "each question counted once)." + own
            )


def _unread(games: Games) -> Iterator[str]:
    pair = games.contender * (int(games.item.max()) + 1) + games.item
    _, pair = np.unique(pair, return_inverse=True)
    bad = np.bincount(pair, ~games.read)
    size = np.bincount(pair)
    half, whole = int(((bad > 0) & (bad < size)).sum()), int((bad == size).sum())
    if half or whole:
        yield (
            f"Games without a verdict that could be read: {int(bad.sum()):,}. Where the other "
            f"game of the question has one it was kept ({half:,}); where neither has, nothing is "
            f"left ({whole:,}). The published recipe leaves out all these questions."
        )


def _unequal(games: Games) -> Iterator[str]:
    asked = by_model(games).questions()
    if len(set(asked.tolist())) > 1:
        yield (
            f"Models were judged on different numbers of questions ({int(asked.min()):,} to "
            f"{int(asked.max()):,}): scores are over their own."
        )
