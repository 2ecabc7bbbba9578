"""``arena-55k``: lmarena-ai/arena-human-preference-55k, also known from Kaggle.

The outcome is one-hot: exactly one of ``winner_model_a``, ``winner_model_b`` and ``winner_tie``
is 1. ``prompt``, ``response_a`` and ``response_b`` are JSON lists of the texts of all turns;
``prompt_id`` is a digest of ``prompt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, InputError, Problem
from theodolite.loading.votes.conversation import count_fields, digested
from theodolite.loading.votes.shape import PROMPT, VoteFormat, column
from theodolite.tables.checks import FILE, ROW, Column, Kind, conform

if TYPE_CHECKING:
    from theodolite.loading.votes.shape import Maker, Schema

__all__ = ["FORMAT"]

HOT = ("winner_model_a", "winner_model_b", "winner_tie")
TEXTS = pl.List(pl.String)


def _turns(name: str, schema: Schema) -> pl.Expr | None:
    if name not in schema:
        return None
    turns = pl.col(name)
    return turns.str.json_decode(TEXTS) if schema[name] == pl.String else turns


def _all_turns(name: str) -> Maker:
    """Make one text of all turns."""

    def make(schema: Schema) -> pl.Expr | None:
        turns = _turns(name, schema)
        return None if turns is None else turns.list.join("\n", ignore_nulls=True)

    return make


def _first_turn(schema: Schema) -> pl.Expr | None:
    turns = _turns("prompt", schema)
    return None if turns is None else turns.list.first()


def _decide(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    whole = [Column(hot, Kind.INTEGER, required=True, low=0, high=1) for hot in HOT]
    frame = conform(frame, whole, source=name)
    bad = frame.filter(pl.sum_horizontal(HOT) != 1)
    if bad.height:
        shown = bad.head(MOST_SHOWN).select(FILE, ROW, *HOT).iter_rows()
        raise InputError(
            [
                Problem(file, row, ", ".join(HOT), ", ".join(map(str, hot)), "not one 1 and two 0")
                for file, row, *hot in shown
            ],
            total=bad.height,
        )
    outcome = pl.lit("tie")
    for winner in ("model_a", "model_b"):
        outcome = pl.when(pl.col(f"winner_{winner}") == 1).then(pl.lit(winner)).otherwise(outcome)
    return frame.with_columns(outcome.cast(pl.Categorical).alias("winner"))


FORMAT = VoteFormat(
    name="arena-55k",
    summary="arena-human-preference-55k: one-hot winner_model_a, winner_model_b, winner_tie",
    marks=("model_a", "model_b", *HOT),
    fields={
        "model_a": column("model_a"),
        "model_b": column("model_b"),
        "vote_id": column("id"),
        PROMPT: _first_turn,
        "prompt_id": digested(_all_turns("prompt")),
        **count_fields({"a": _all_turns("response_a"), "b": _all_turns("response_b")}),
    },
    evidence={hot: column(hot) for hot in HOT},
    decide=_decide,
    computed=("winner",),
)
