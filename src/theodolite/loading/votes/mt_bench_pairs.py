"""``mt-bench-pairs``: the pair judgments of MT-Bench, one vote a record.

The judge sees both orders: ``g1_winner`` and ``g2_winner`` are ``model_1``, ``model_2``, ``tie``
or ``error``. The vote is a tie where either is a tie or they differ. An ``error`` in either is no
verdict: the record is removed and counted. ``judge`` is the judging model; the name of the prompt
template that stands beside it is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, InputError
from theodolite.loading.votes.shape import VoteFormat, column
from theodolite.tables.checks import Column, conform, problems_at

if TYPE_CHECKING:
    from theodolite.loading.votes.shape import Schema

__all__ = ["FORMAT"]

GAMES = ("g1_winner", "g2_winner")
VERDICTS = {"model_1": "model_a", "model_2": "model_b", "tie": "tie", "error": None}


def _judge(schema: Schema) -> pl.Expr | None:
    """Make the first of [model, template] from a list, from its JSON text, or from plain text."""
    dtype = schema.get("judge")
    if isinstance(dtype, pl.List):
        return pl.col("judge").list.first()
    if dtype != pl.String:
        return None
    return pl.coalesce(pl.col("judge").str.json_path_match("$[0]"), pl.col("judge"))


def _decide(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    frame = conform(frame, [Column(game, required=True) for game in GAMES], source=name)
    problems = []
    total = 0
    for game in GAMES:
        bad = ~frame.get_column(game).is_in(list(VERDICTS))
        total += int(bad.sum())
        problems += problems_at(frame, game, bad, f"not one of {', '.join(VERDICTS)}")
    if problems:
        raise InputError(problems[:MOST_SHOWN], total=total)
    frame = frame.with_columns(pl.col(*GAMES).replace_strict(VERDICTS, return_dtype=pl.String))
    first, second = (pl.col(game) for game in GAMES)
    agreed = pl.when(first == second).then(first).otherwise(pl.lit("tie"))
    both = first.is_not_null() & second.is_not_null()
    return frame.with_columns(pl.when(both).then(agreed).alias("winner"))


FORMAT = VoteFormat(
    name="mt-bench-pairs",
    summary="MT-Bench pair judgments: model_1, model_2, g1_winner, g2_winner",
    marks=("question_id", "model_1", "model_2", *GAMES),
    fields={
        "model_a": column("model_1"),
        "model_b": column("model_2"),
        "prompt_id": column("question_id"),
        "judge": _judge,
        "turn": column("turn"),
        "timestamp": column("tstamp"),
    },
    evidence={game: column(game) for game in GAMES},
    decide=_decide,
    computed=("winner",),
)
