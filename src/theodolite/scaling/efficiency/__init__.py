"""Score against compute: curves, frontiers, compute-equivalent gains, and progress in time."""

from theodolite.scaling.efficiency.curve import CurveSettings, ScoreCurve
from theodolite.scaling.efficiency.efficiency import efficiency
from theodolite.scaling.efficiency.result import Efficiency
from theodolite.scaling.efficiency.versus import Versus, versus

__all__ = ["CurveSettings", "Efficiency", "ScoreCurve", "Versus", "efficiency", "versus"]
