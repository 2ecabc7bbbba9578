"""A simulated arena: votes among models of known strength."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import UsageError
from theodolite.ratings.results import Scale
from theodolite.stats import simulate_shares
from theodolite.tables import Votes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["simulate_votes"]


def simulate_votes(
    ratings: Mapping[str, float], *, n_votes: int, even_tie_share: float = 0.25, seed: int = 0
) -> Votes:
    """Draw votes between random pairs of models, for which half-win Bradley-Terry holds.

    Parameters
    ----------
    ratings
        The true rating of each model, on the scale of the board.
    n_votes
        How many votes.
    even_tie_share
        The share of ties between two equals, in [0, 1/2]; unequal models tie less.
    seed
        Of the draws.

    Raises
    ------
    UsageError
        Fewer than two models, or a share of ties out of range.

    Examples
    --------
    >>> simulate_votes({"x": 1000.0, "y": 1000.0}, n_votes=2, seed=3).frame["winner"].to_list()
    ['model_a', 'model_b']
    """
    if len(ratings) < 2:  # noqa: PLR2004
        raise UsageError("an arena needs at least two models")
    if not 0.0 <= even_tie_share <= 0.5:  # noqa: PLR2004
        raise UsageError(f"the share of ties must lie in [0, 1/2], not {even_tie_share}")
    rng = np.random.default_rng(seed)
    k = len(ratings)
    theta = np.array(list(ratings.values())) / Scale().points
    first = rng.integers(0, k, n_votes)
    second = (first + rng.integers(1, k, n_votes)) % k
    share = simulate_shares(theta[first] - theta[second], even_tie_share=even_tie_share, rng=rng)
    names = pl.Series(list(ratings))
    winners = pl.Series(["model_b", "tie", "model_a"])
    return Votes.from_frame(
        pl.DataFrame(
            {
                "model_a": names.gather(first),
                "model_b": names.gather(second),
                "winner": winners.gather((share * 2.0).astype(np.int64)),
            }
        ),
        source="simulated votes",
    )
