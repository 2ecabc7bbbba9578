"""Benchmarks that a judge scores, and how far they agree with people."""

from theodolite.scoring.arena_hard import ArenaHard, score_arena_hard

__all__ = ["ArenaHard", "score_arena_hard"]
