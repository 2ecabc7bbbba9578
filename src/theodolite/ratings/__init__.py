"""Ratings of models from pairwise votes."""

from theodolite.ratings.bradley_terry import (
    MOST_MODELS,
    PairWeights,
    bradley_terry,
    largest_component,
)
from theodolite.ratings.results import Board, BradleyTerryFit, GoodnessOfFit, Scale
from theodolite.ratings.simulate import simulate_votes

__all__ = [
    "MOST_MODELS",
    "Board",
    "BradleyTerryFit",
    "GoodnessOfFit",
    "PairWeights",
    "Scale",
    "bradley_terry",
    "largest_component",
    "simulate_votes",
]
