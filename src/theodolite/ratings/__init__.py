"""Ratings of models from pairwise votes."""

from theodolite.ratings.bradley_terry import bradley_terry, largest_component
from theodolite.ratings.elo import elo_ratings
from theodolite.ratings.evidence import MOST_MODELS, PairWeights, Ties
from theodolite.ratings.looks import Looks
from theodolite.ratings.prediction import (
    METHODS,
    Intransitivity,
    MethodScore,
    PredictiveCheck,
    intransitivity,
    predictive_check,
)
from theodolite.ratings.resampling import bootstrap
from theodolite.ratings.results import Board, GoodnessOfFit, Order, Parameter, RatingFit, Scale
from theodolite.ratings.settled import Settling
from theodolite.ratings.settling import settle
from theodolite.ratings.simulate import simulate_votes

__all__ = [
    "METHODS",
    "MOST_MODELS",
    "Board",
    "GoodnessOfFit",
    "Intransitivity",
    "Looks",
    "MethodScore",
    "Order",
    "PairWeights",
    "Parameter",
    "PredictiveCheck",
    "RatingFit",
    "Scale",
    "Settling",
    "Ties",
    "bootstrap",
    "bradley_terry",
    "elo_ratings",
    "intransitivity",
    "largest_component",
    "predictive_check",
    "settle",
    "simulate_votes",
]
