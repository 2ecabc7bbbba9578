"""Ratings of models from pairwise votes."""

from theodolite.ratings.bradley_terry import bradley_terry, largest_component
from theodolite.ratings.evidence import MOST_MODELS, PairWeights, Ties
from theodolite.ratings.resampling import bootstrap
from theodolite.ratings.results import Board, GoodnessOfFit, Parameter, RatingFit, Scale
from theodolite.ratings.simulate import simulate_votes

__all__ = [
    "MOST_MODELS",
    "Board",
    "GoodnessOfFit",
    "PairWeights",
    "Parameter",
    "RatingFit",
    "Scale",
    "Ties",
    "bootstrap",
    "bradley_terry",
    "largest_component",
    "simulate_votes",
]
