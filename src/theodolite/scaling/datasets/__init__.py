"""Training sets compared by the laws of their runs."""

from theodolite.scaling.datasets.choice import Choice
from theodolite.scaling.datasets.compare import Sets, datasets
from theodolite.scaling.datasets.difference import (
    Difference,
    explain_difference,
    explain_sets,
    nearest_pairs,
)
from theodolite.scaling.datasets.evaluations import Evaluations, evaluations
from theodolite.scaling.datasets.result import Datasets, Decides

__all__ = [
    "Choice",
    "Datasets",
    "Decides",
    "Difference",
    "Evaluations",
    "Sets",
    "datasets",
    "evaluations",
    "explain_difference",
    "explain_sets",
    "nearest_pairs",
]
