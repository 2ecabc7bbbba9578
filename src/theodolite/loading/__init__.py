"""One file a format, read into a table."""

from theodolite.loading.estimates import is_estimates_file, load_estimates
from theodolite.loading.items.load import ITEM_FORMATS, load_items
from theodolite.loading.judgments.games import load_judgments
from theodolite.loading.judgments.preferences import load_preferences
from theodolite.loading.language import detect_languages
from theodolite.loading.models import load_models
from theodolite.loading.pairs import parse_columns
from theodolite.loading.ratings import is_ratings_file, load_ratings, load_strengths
from theodolite.loading.runs.load import RUN_FORMATS, load_runs
from theodolite.loading.runs.options import RunOptions, parse_units
from theodolite.loading.scores.load import SCORE_FORMATS, load_scores
from theodolite.loading.scores.options import ScoreOptions
from theodolite.loading.shares import load_shares
from theodolite.loading.votes.load import VOTE_FORMATS, load_votes
from theodolite.loading.votes.options import VoteOptions, parse_winner_values
from theodolite.loading.votes.registry import providers

__all__ = [
    "ITEM_FORMATS",
    "RUN_FORMATS",
    "SCORE_FORMATS",
    "VOTE_FORMATS",
    "RunOptions",
    "ScoreOptions",
    "VoteOptions",
    "detect_languages",
    "is_estimates_file",
    "is_ratings_file",
    "load_estimates",
    "load_items",
    "load_judgments",
    "load_models",
    "load_preferences",
    "load_ratings",
    "load_runs",
    "load_scores",
    "load_shares",
    "load_strengths",
    "load_votes",
    "parse_columns",
    "parse_units",
    "parse_winner_values",
    "providers",
]
