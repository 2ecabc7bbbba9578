"""The tables that methods take: frozen, validated polars frames."""

from theodolite.tables.checks import Removal
from theodolite.tables.ratings import Ratings
from theodolite.tables.votes import STYLE_FEATURES, WINNERS, OnDuplicate, Votes
from theodolite.tables.where import Condition, select

__all__ = [
    "STYLE_FEATURES",
    "WINNERS",
    "Condition",
    "OnDuplicate",
    "Ratings",
    "Removal",
    "Votes",
    "select",
]
