"""The tables that methods take: frozen, validated polars frames."""

from theodolite.tables.checks import Removal
from theodolite.tables.emotions import Emotions
from theodolite.tables.estimates import Estimates
from theodolite.tables.facts import Facts
from theodolite.tables.gradings import Gradings
from theodolite.tables.items import Items
from theodolite.tables.judging import SELF_JUDGED, SelfJudged, of_one_judge, without_self_judged
from theodolite.tables.judgments import VERDICTS, Judgments, with_baseline
from theodolite.tables.models import Models
from theodolite.tables.needles import Needles
from theodolite.tables.passes import Passes
from theodolite.tables.preferences import Preferences
from theodolite.tables.ratings import Ratings
from theodolite.tables.runs import Runs
from theodolite.tables.scores import Scores
from theodolite.tables.votes import STYLE_FEATURES, WINNERS, OnDuplicate, Votes
from theodolite.tables.where import Condition, select

__all__ = [
    "SELF_JUDGED",
    "STYLE_FEATURES",
    "VERDICTS",
    "WINNERS",
    "Condition",
    "Emotions",
    "Estimates",
    "Facts",
    "Gradings",
    "Items",
    "Judgments",
    "Models",
    "Needles",
    "OnDuplicate",
    "Passes",
    "Preferences",
    "Ratings",
    "Removal",
    "Runs",
    "Scores",
    "SelfJudged",
    "Votes",
    "of_one_judge",
    "select",
    "with_baseline",
    "without_self_judged",
]
