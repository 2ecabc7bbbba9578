"""Ratings of models from pairwise votes."""

from theodolite.ratings.bradley_terry import bradley_terry, largest_component
from theodolite.ratings.elo import elo_ratings
from theodolite.ratings.evidence import MOST_MODELS, PairWeights, Specification, Ties
from theodolite.ratings.looks import Looks
from theodolite.ratings.prediction import (
    METHODS,
    Intransitivity,
    MethodScore,
    PredictiveCheck,
    intransitivity,
    predictive_check,
)
from theodolite.ratings.published import shift_published
from theodolite.ratings.resampling import bootstrap
from theodolite.ratings.results import Board, GoodnessOfFit, Order, Parameter, RatingFit, Scale
from theodolite.ratings.settled import Settling
from theodolite.ratings.settling import settle
from theodolite.ratings.shift import shift_by, shift_mix, shift_part, shift_style
from theodolite.ratings.shift_results import Shift, ShiftBy
from theodolite.ratings.simulate import Arena, endless_board, simulate_arena, simulate_votes
from theodolite.ratings.style import Style
from theodolite.ratings.style_fit import Estimate, StyleFit

__all__ = [
    "METHODS",
    "MOST_MODELS",
    "Arena",
    "Board",
    "Estimate",
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
    "Shift",
    "ShiftBy",
    "Specification",
    "Style",
    "StyleFit",
    "Ties",
    "bootstrap",
    "bradley_terry",
    "elo_ratings",
    "endless_board",
    "intransitivity",
    "largest_component",
    "predictive_check",
    "settle",
    "shift_by",
    "shift_mix",
    "shift_part",
    "shift_published",
    "shift_style",
    "simulate_arena",
    "simulate_votes",
]
