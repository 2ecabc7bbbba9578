"""MT-Bench: questions of two turns, graded by a judge from 1 to 10, or in pairs."""

from theodolite.scoring.mt_bench.paired import compared
from theodolite.scoring.mt_bench.position import Position, Share
from theodolite.scoring.mt_bench.references import Exclusion, Suspected, suspected_references
from theodolite.scoring.mt_bench.results import Compared, Graded
from theodolite.scoring.mt_bench.single import graded

__all__ = [
    "Compared",
    "Exclusion",
    "Graded",
    "Position",
    "Share",
    "Suspected",
    "compared",
    "graded",
    "suspected_references",
]
