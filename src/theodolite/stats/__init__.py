"""Arrays in, arrays out: the mathematics under every method. NumPy and SciPy only."""

from theodolite.stats.answers import Answers, ItemStatistics, ability, item_statistics
from theodolite.stats.bootstrap import Cells, draw_clusters, draw_votes, resample
from theodolite.stats.bootstrap_votes import resample_votes
from theodolite.stats.calibration import calibration_slope
from theodolite.stats.choice_model import conditional_logit, held_out_utility
from theodolite.stats.collinear import Collinearity, collinearity
from theodolite.stats.copies import Copies, find_copies
from theodolite.stats.cycles import Circle, strongest_circle
from theodolite.stats.design import Requirement, fewest_votes
from theodolite.stats.elo import elo
from theodolite.stats.envelope import cost_steps, envelope_lines, envelope_order, on_envelope
from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.goodness import PairResiduals, PairsFit, pairs_fit
from theodolite.stats.graph import WinGraph, joined_groups
from theodolite.stats.grid_tests import flip_test, row_test, within_test
from theodolite.stats.group_line import GroupLine, fit_group_line
from theodolite.stats.half_win import HalfWin
from theodolite.stats.history import LookCounts, LooksFit, OrderedVotes, count_looks, fit_looks
from theodolite.stats.key_draws import draw_positions, draw_sums, hits_p_value, position_statistic
from theodolite.stats.latent_normal import LatentDraws, latent_draws
from theodolite.stats.likelihood import Maximum, inverse_information, maximise
from theodolite.stats.logistic import logistic
from theodolite.stats.means import Means, average_means, clustered_means, mean_interval
from theodolite.stats.moderated import moderate
from theodolite.stats.monotone import Falling, decreasing_fit, excess_correlation, last_above
from theodolite.stats.multiplicity import holm
from theodolite.stats.near import near_pairs
from theodolite.stats.ordinal import OrdinalFit, OrdinalModel, expected_share, fit_ordinal
from theodolite.stats.paired import (
    Gaps,
    average_gaps,
    gap_p_values,
    paired_gaps,
    simultaneous_margins,
)
from theodolite.stats.pairs import OutcomeCounts, PairCounts, count_outcomes, count_pairs, turned
from theodolite.stats.parabola import Parabolas, fit_parabolas
from theodolite.stats.proportions import wilson, wilson_ends
from theodolite.stats.quadratic import QuadraticTest, quadratic_test
from theodolite.stats.rank_correlation import all_pairs, kendall, spearman
from theodolite.stats.run_means import RunSpread, item_means, run_means, run_spread
from theodolite.stats.scores import Scores, cluster_meat, cluster_sums, cross_meat
from theodolite.stats.separation import Separation, one_sided_bounds, rated_together, separate
from theodolite.stats.sequence import half_width, information_needed, mixture_rho
from theodolite.stats.sign_flip import sign_flip
from theodolite.stats.simulate import simulate_shares
from theodolite.stats.simultaneous import Ranks, contrast_errors, max_t_quantile, ranks
from theodolite.stats.tails import chi_square_tail
from theodolite.stats.tie_law import TieRule
from theodolite.stats.ties import TieModel
from theodolite.stats.vote_model import VoteModel, profile
from theodolite.stats.vote_rows import VoteRows, starts_of

__all__ = [
    "Answers",
    "Cells",
    "Circle",
    "Collinearity",
    "Copies",
    "Falling",
    "Gaps",
    "GroupLine",
    "HalfWin",
    "ItemStatistics",
    "LatentDraws",
    "LookCounts",
    "LooksFit",
    "Maximum",
    "Means",
    "OrderedVotes",
    "OrdinalFit",
    "OrdinalModel",
    "OutcomeCounts",
    "PairCounts",
    "PairResiduals",
    "PairsFit",
    "Parabolas",
    "QuadraticTest",
    "Ranks",
    "Requirement",
    "RunSpread",
    "Scores",
    "Separation",
    "TieModel",
    "TieRule",
    "VoteModel",
    "VoteRows",
    "WinGraph",
    "ability",
    "all_pairs",
    "average_gaps",
    "average_means",
    "calibration_slope",
    "chi_square_tail",
    "cluster_meat",
    "cluster_sums",
    "clustered_means",
    "collinearity",
    "conditional_logit",
    "contrast_errors",
    "cost_steps",
    "count_looks",
    "count_outcomes",
    "count_pairs",
    "cross_meat",
    "decreasing_fit",
    "draw_clusters",
    "draw_positions",
    "draw_sums",
    "draw_votes",
    "elo",
    "envelope_lines",
    "envelope_order",
    "excess_correlation",
    "expected_share",
    "fewest_votes",
    "find_copies",
    "fit_group_line",
    "fit_looks",
    "fit_ordinal",
    "fit_parabolas",
    "flip_test",
    "gap_p_values",
    "half_width",
    "held_out_utility",
    "hits_p_value",
    "holm",
    "information_needed",
    "inverse_information",
    "item_means",
    "item_statistics",
    "joined_groups",
    "kendall",
    "last_above",
    "latent_draws",
    "log_sigmoid",
    "logistic",
    "max_t_quantile",
    "maximise",
    "mean_interval",
    "mixture_rho",
    "moderate",
    "near_pairs",
    "on_envelope",
    "one_sided_bounds",
    "paired_gaps",
    "pairs_fit",
    "position_statistic",
    "profile",
    "quadratic_test",
    "ranks",
    "rated_together",
    "resample",
    "resample_votes",
    "row_test",
    "run_means",
    "run_spread",
    "separate",
    "sigmoid",
    "sign_flip",
    "simulate_shares",
    "simultaneous_margins",
    "spearman",
    "starts_of",
    "strongest_circle",
    "turned",
    "wilson",
    "wilson_ends",
    "within_test",
]
