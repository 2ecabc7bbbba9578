"""``alpaca-eval``: the annotations.json of AlpacaEval.

``generator_1`` is model_a and ``generator_2`` is model_b. ``preference`` runs from 1
(generator_1 wins) to 2 (generator_2 wins); what lies between is a soft vote:
``share_a = 2 - preference``, and ``winner`` is the side that has more. 0 is a draw, as upstream
writes it in older files. An empty preference is no verdict: the record is removed and counted.
``prompt_id`` is a digest of ``instruction``; the judge is ``annotator``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError
from theodolite.loading.votes.conversation import count_fields, digested
from theodolite.loading.votes.shape import PROMPT, VoteFormat, column
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from theodolite.loading.votes.shape import Schema

__all__ = ["FORMAT"]

DRAW = 1.5


def _preference(schema: Schema) -> pl.Expr | None:
    if "preference" not in schema:
        return None
    value = pl.col("preference")
    # Parquet written by pandas has NaN where there is none.
    return value.fill_nan(None) if schema["preference"].is_float() else value


def _decide(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    frame = conform(frame, [Column("preference", Kind.REAL)], source=name)
    preference = frame.get_column("preference")
    bad = ~((preference == 0) | preference.is_between(1, 2)).fill_null(value=True)
    if bad.any():
        allowed = "not between 1 (generator_1 wins) and 2 (generator_2 wins), nor 0 (a draw)"
        raise InputError(problems_at(frame, "preference", bad, allowed), total=int(bad.sum()))
    value = pl.when(pl.col("preference") == 0).then(DRAW).otherwise(pl.col("preference"))
    winner = (
        pl.when(value < DRAW)
        .then(pl.lit("model_a"))
        .when(value > DRAW)
        .then(pl.lit("model_b"))
        .when(value == DRAW)
        .then(pl.lit("tie"))
    )
    return frame.with_columns(
        (2 - value).alias("share_a"), winner.cast(pl.Categorical).alias("winner")
    )


FORMAT = VoteFormat(
    name="alpaca-eval",
    summary="AlpacaEval annotations: generator_1, generator_2, preference from 1 to 2",
    marks=("generator_1", "generator_2", "preference"),
    fields={
        "model_a": column("generator_1"),
        "model_b": column("generator_2"),
        PROMPT: column("instruction"),
        "prompt_id": digested(column("instruction")),
        "judge": column("annotator"),
        **count_fields({"a": column("output_1"), "b": column("output_2")}),
    },
    evidence={"preference": _preference},
    decide=_decide,
    computed=("winner", "share_a"),
)
