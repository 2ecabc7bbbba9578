"""One file a format, read into a table."""

from theodolite.loading.estimates import is_estimates_file, load_estimates
from theodolite.loading.families import load_families
from theodolite.loading.items.load import ITEM_FORMATS, load_items
from theodolite.loading.judgments.answers import with_answers
from theodolite.loading.judgments.eq_bench import load_eq_bench
from theodolite.loading.judgments.frozen import load_winrate_fit
from theodolite.loading.judgments.games import load_judgments
from theodolite.loading.judgments.gradings import load_gradings
from theodolite.loading.judgments.judged import JUDGED_KINDS, load_judged
from theodolite.loading.judgments.needle import load_needle
from theodolite.loading.judgments.preferences import load_preferences
from theodolite.loading.judgments.questions import load_ids, with_questions
from theodolite.loading.judgments.recipe import load_difficulty, load_gamed
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
    "JUDGED_KINDS",
    "RUN_FORMATS",
    "SCORE_FORMATS",
    "VOTE_FORMATS",
    "RunOptions",
    "ScoreOptions",
    "VoteOptions",
    "detect_languages",
    "is_estimates_file",
    "is_ratings_file",
    "load_difficulty",
    "load_eq_bench",
    "load_estimates",
    "load_families",
    "load_gamed",
    "load_gradings",
    "load_ids",
    "load_items",
    "load_judged",
    "load_judgments",
    "load_models",
    "load_needle",
    "load_preferences",
    "load_ratings",
    "load_runs",
    "load_scores",
    "load_shares",
    "load_strengths",
    "load_votes",
    "load_winrate_fit",
    "parse_columns",
    "parse_units",
    "parse_winner_values",
    "providers",
    "with_answers",
    "with_questions",
]
