"""Hypothesis strategies, in one place."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


@st.composite
def vote_frames(draw: st.DrawFn, *, least: int = 3) -> pl.DataFrame:
    """Votes among a few models, always strongly connected: a cycle of wins runs through all."""
    k = draw(st.integers(least, len(NAMES)))
    names = NAMES[:k]
    cycle = [(names[i], names[(i + 1) % k], "model_a") for i in range(k)]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    winners = st.sampled_from(["model_a", "model_b", "tie", "both_bad"])
    more = draw(st.lists(st.tuples(pairs, winners), max_size=40))
    rows = cycle + [(a, b, winner) for (a, b), winner in more]
    # Each vote also counts the other way round once, so that no pair is without spread.
    rows += [(a, b, "model_b") for a, b, _ in cycle]
    return pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
