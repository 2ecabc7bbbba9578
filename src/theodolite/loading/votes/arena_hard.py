"""``arena-hard``: the judgments of Arena-Hard, two games each.

``games[0]`` shows the baseline as A, ``games[1]`` the model as A, so a judgment makes two votes
with the sides swapped; both carry its row. ``score`` is ``A>>B``, ``A>B``, ``A=B``, ``B>A`` or
``B>>A``. A much better answer has ``weight`` 3: upstream copies the row three times, which makes
one verdict look like three. A game without a score is no verdict: it is removed and counted.
``uid`` (``question_id`` in older files) is the prompt.

Files of version 0.1 do not name the baseline. It was gpt-4-0314: say so with
``--columns baseline==gpt-4-0314``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError
from theodolite.loading.votes.shape import VoteFormat, column
from theodolite.tables.checks import Column, conform, problems_at

if TYPE_CHECKING:
    from theodolite.loading.votes.shape import Schema

__all__ = ["FORMAT"]

SCORES = {
    "A>>B": ("model_a", 3),
    "A>B": ("model_a", 1),
    "A=B": ("tie", 1),
    "B>A": ("model_b", 1),
    "B>>A": ("model_b", 3),
}
GAMES = pl.List(pl.Struct({"score": pl.String}))


def _scores(schema: Schema) -> pl.Expr | None:
    """Make the list of the games' scores, so that the judge's long texts are not kept."""
    dtype = schema.get("games")
    games = pl.col("games")
    if dtype == pl.String:
        games = games.str.json_decode(GAMES)
    elif not (isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct)):
        return None
    return games.list.eval(pl.element().struct.field("score"))


def _decide(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    names = [Column("model", required=True), Column("baseline", required=True)]
    frame = conform(frame, names, source=name)
    counts = frame.with_columns(pl.col("games").list.len().fill_null(0))
    bad = counts.get_column("games") != len(("baseline first", "model first"))
    if bad.any():
        allowed = "not the number of games that a judgment has (2)"
        raise InputError(problems_at(counts, "games", bad, allowed), total=int(bad.sum()))
    first = pl.lit(pl.Series([True, False])).implode()
    frame = frame.with_columns(first.alias("_baseline_first")).explode("games", "_baseline_first")
    frame = frame.with_columns(pl.col("games").replace("", None))
    scores = frame.get_column("games")
    bad = ~scores.is_in(list(SCORES)).fill_null(value=True)
    if bad.any():
        allowed = f"not one of {', '.join(SCORES)}"
        raise InputError(problems_at(frame, "games", bad, allowed), total=int(bad.sum()))
    a, b = pl.col("baseline"), pl.col("model")
    swapped = pl.when("_baseline_first")
    winners = {score: winner for score, (winner, _) in SCORES.items()}
    weights = {score: weight for score, (_, weight) in SCORES.items()}
    return frame.with_columns(
        swapped.then(a).otherwise(b).alias("model_a"),
        swapped.then(b).otherwise(a).alias("model_b"),
        pl.col("games").replace_strict(winners, return_dtype=pl.String).alias("winner"),
        pl.col("games").replace_strict(weights, return_dtype=pl.Float64).alias("weight"),
    ).drop("_baseline_first")


FORMAT = VoteFormat(
    name="arena-hard",
    summary="Arena-Hard judgments: uid, model, baseline, two games with a score (A>>B .. B>>A)",
    marks=("uid|question_id", "model", "games"),
    fields={"prompt_id": column("uid", "question_id")},
    evidence={"model": column("model"), "baseline": column("baseline"), "games": _scores},
    decide=_decide,
    computed=("model_a", "model_b", "winner", "weight"),
)
