"""From a table of votes to the arrays that the mathematics works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError
from theodolite.tables import WINNERS
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Votes

__all__ = ["VoteArrays", "cluster_codes", "clusters_within", "vote_arrays", "vote_cells"]

SHARES = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}
COUNT = "_count"


@dataclass(frozen=True)
class VoteArrays:
    """Votes, or groups of identical votes; models are numbered in alphabetical order.

    Attributes
    ----------
    models
        K names.
    first, second
        Numbers of model_a and model_b, (N,).
    outcome
        The position of the winner in :data:`theodolite.tables.WINNERS`, (N,).
    share
        The part of a vote that goes to model_a, (N,).
    weight
        Of one vote, (N,); ``None`` where every vote counts once.
    count
        How many identical votes an entry stands for, (N,); ``None`` for one each.
    """

    models: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    outcome: NDArray[np.int64]
    share: NDArray[np.float64]
    weight: NDArray[np.float64] | None
    count: NDArray[np.int64] | None


def vote_arrays(votes: Votes) -> VoteArrays:
    """Give one entry a vote, in the order of the table."""
    return _arrays(votes.frame, votes.models)


def vote_cells(votes: Votes) -> VoteArrays:
    """Give one entry a group of identical votes: same models, winner, weight and share."""
    keys = [c for c in ("model_a", "model_b", "winner", "weight", "share_a") if c in votes.frame]
    grouped = votes.frame.lazy().group_by(keys).agg(pl.len().alias(COUNT))
    # In a fixed order, so that sums of weights come out the same to the last digit.
    return _arrays(grouped.collect(engine="streaming").sort(keys), votes.models)


def cluster_codes(votes: Votes, column: str) -> NDArray[np.int64]:
    """Number the clusters in sorted order; a vote without one raises."""
    only_given(votes.frame, column, f"clustering by {column}")
    ranks = votes.frame.get_column(column).rank("dense")
    return ranks.to_numpy().astype(np.int64) - 1


def clusters_within(votes: Votes, column: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the clusters of some rows by first appearance among them; raise where it is one."""
    codes = cluster_codes(votes, column)[rows]
    _, first, number = np.unique(codes, return_index=True, return_inverse=True)
    if len(first) < 2:  # noqa: PLR2004
        raise TooFewError(f"all votes share one {column}: clustering needs at least two")
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    numbers: NDArray[np.int64] = place[number]
    return numbers


def _arrays(frame: pl.DataFrame, models: tuple[str, ...]) -> VoteArrays:
    names = frame.get_column("model_a").dtype
    categories = names.categories.to_list() if isinstance(names, pl.Enum) else list(models)
    number = {name: i for i, name in enumerate(models)}
    # A filter may have left models without a vote: these get no number.
    codes = np.array([number.get(name, -1) for name in categories], dtype=np.int64)
    outcome = frame.get_column("winner").to_physical().to_numpy().astype(np.int64)
    if "share_a" in frame.columns:
        share = frame.get_column("share_a").to_numpy()
    else:
        share = np.array([SHARES[winner] for winner in WINNERS])[outcome]
    return VoteArrays(
        models=models,
        first=codes[frame.get_column("model_a").to_physical().to_numpy()],
        second=codes[frame.get_column("model_b").to_physical().to_numpy()],
        outcome=outcome,
        share=share,
        weight=frame.get_column("weight").to_numpy() if "weight" in frame.columns else None,
        count=frame.get_column(COUNT).to_numpy().astype(np.int64) if COUNT in frame else None,
    )
