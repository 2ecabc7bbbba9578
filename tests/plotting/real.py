"""Real fits of simulated votes, one with models that the votes do not bound."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tests.plotting.made import CHINESE, FAMILIES, HOSTILE, LONG, MARKUP
from theodolite.ratings import bradley_terry, simulate_votes
from theodolite.tables import Votes

if TYPE_CHECKING:
    from theodolite.ratings import RatingFit

SPECIAL = (HOSTILE, MARKUP, CHINESE, LONG)


def strengths(count: int, *, special: tuple[str, ...] = ()) -> dict[str, float]:
    plain = [f"{FAMILIES[i % 10]}-{1 + i // 10}-{(7, 8, 13, 70)[i % 4]}b" for i in range(count)]
    names = [*special, *plain[: count - len(special)]]
    values = 1000 + np.random.default_rng(count).normal(0, 100, count)
    return dict(zip(names, values.round(1).tolist(), strict=True))


@cache
def votes_of(count: int, special: tuple[str, ...] = (), n_votes: int = 4000) -> Votes:
    return simulate_votes(strengths(count, special=special), n_votes=n_votes, seed=1)


def extended(votes: Votes, rows: list[tuple[str, str, str]]) -> Votes:
    """Add a few votes by hand."""
    columns = ["model_a", "model_b", "winner"]
    frame = votes.frame.select(pl.col(columns).cast(pl.String))
    more = pl.DataFrame(rows, schema=columns, orient="row")
    return Votes.from_frame(pl.concat([frame, more]), source="made")


@cache
def plain_fit(count: int, special: tuple[str, ...] = ()) -> RatingFit:
    return bradley_terry(votes_of(count, special))


@cache
def unbounded_fit() -> RatingFit:
    """One model that only won, one that only lost, and one of which nothing is known."""
    rows = [("champion", "gpt-1-7b", "model_a")] * 9
    rows += [("champion", "unknown", "model_a")] * 3 + [("unknown", "loser", "model_a")] * 3
    rows += [("claude-1-8b", "loser", "model_a")] * 4
    return bradley_terry(extended(votes_of(8, SPECIAL), rows))
