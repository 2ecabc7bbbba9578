"""MT-Bench: questions of two turns, graded by a judge from 1 to 10, or in pairs."""

from theodolite.scoring.mt_bench.references import Exclusion, suspected_references
from theodolite.scoring.mt_bench.results import Graded
from theodolite.scoring.mt_bench.single import graded

__all__ = ["Exclusion", "Graded", "graded", "suspected_references"]
