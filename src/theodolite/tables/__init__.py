"""The tables that methods take: frozen, validated polars frames."""

from theodolite.tables.checks import Removal
from theodolite.tables.facts import Facts
from theodolite.tables.items import Items
from theodolite.tables.models import Models
from theodolite.tables.ratings import Ratings
from theodolite.tables.runs import Runs
from theodolite.tables.scores import Scores
from theodolite.tables.votes import STYLE_FEATURES, WINNERS, OnDuplicate, Votes
from theodolite.tables.where import Condition, select

__all__ = [
    "STYLE_FEATURES",
    "WINNERS",
    "Condition",
    "Facts",
    "Items",
    "Models",
    "OnDuplicate",
    "Ratings",
    "Removal",
    "Runs",
    "Scores",
    "Votes",
    "select",
]
