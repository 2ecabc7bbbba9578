"""Arena-Hard: models against a baseline, judged in both orders."""

from theodolite.scoring.arena_hard.results import ArenaHard
from theodolite.scoring.arena_hard.score import score_arena_hard

__all__ = ["ArenaHard", "score_arena_hard"]
