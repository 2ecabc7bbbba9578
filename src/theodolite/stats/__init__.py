"""Arrays in, arrays out: the mathematics under every method. NumPy and SciPy only."""

from theodolite.stats.goodness import PairsFit, pairs_fit
from theodolite.stats.graph import components, is_strongly_connected
from theodolite.stats.pairwise import (
    PairCounts,
    Strengths,
    cluster_meat,
    count_pairs,
    inverse_laplacian,
    laplacian,
    maximise,
    sandwich,
    sigmoid,
    vote_meat,
)
from theodolite.stats.simulate import simulate_shares
from theodolite.stats.simultaneous import Ranks, contrast_errors, max_t_quantile, ranks
from theodolite.stats.tails import chi_square_tail

__all__ = [
    "PairCounts",
    "PairsFit",
    "Ranks",
    "Strengths",
    "chi_square_tail",
    "cluster_meat",
    "components",
    "contrast_errors",
    "count_pairs",
    "inverse_laplacian",
    "is_strongly_connected",
    "laplacian",
    "max_t_quantile",
    "maximise",
    "pairs_fit",
    "ranks",
    "sandwich",
    "sigmoid",
    "simulate_shares",
    "vote_meat",
]
