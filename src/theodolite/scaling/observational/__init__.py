"""Observational scaling laws: capabilities of published models, and what they predict."""

from theodolite.scaling.observational.cells import ObservationalSettings
from theodolite.scaling.observational.families import Family, Line
from theodolite.scaling.observational.observe import observational
from theodolite.scaling.observational.result import Observational, TargetForecast

__all__ = [
    "Family",
    "Line",
    "Observational",
    "ObservationalSettings",
    "TargetForecast",
    "observational",
]
