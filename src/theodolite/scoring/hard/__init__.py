"""The subset of a benchmark that separates models best."""

from theodolite.scoring.hard.results import HardSubset, HoldOut
from theodolite.scoring.hard.shares import Estimate
from theodolite.scoring.hard.subset import hard

__all__ = ["Estimate", "HardSubset", "HoldOut", "hard"]
