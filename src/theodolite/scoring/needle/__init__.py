"""Needle in a haystack: whether a model finds a sentence in a long text."""

from theodolite.scoring.needle.effects import EFFECTS
from theodolite.scoring.needle.method import THRESHOLD, needle
from theodolite.scoring.needle.result import NeedleBoard

__all__ = ["EFFECTS", "THRESHOLD", "NeedleBoard", "needle"]
