"""From a table of votes to the arrays that the mathematics works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.tables import WINNERS
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Votes

__all__ = ["VoteArrays", "cluster_codes", "vote_arrays"]

SHARES = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}


@dataclass(frozen=True)
class VoteArrays:
    """One entry a vote; models are numbered in alphabetical order.

    Attributes
    ----------
    models
        K names.
    first, second
        Numbers of model_a and model_b, (N,).
    share
        The part of the vote that goes to model_a, (N,).
    weight
        (N,), or ``None`` where every vote counts once.
    """

    models: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    share: NDArray[np.float64]
    weight: NDArray[np.float64] | None


def vote_arrays(votes: Votes) -> VoteArrays:
    """Number the models and turn winners into shares, ties (and both_bad) as half a win each."""
    frame = votes.frame
    models = votes.models
    names = frame.get_column("model_a").dtype
    categories = names.categories.to_list() if isinstance(names, pl.Enum) else list(models)
    number = {name: i for i, name in enumerate(models)}
    # A filter may have left models without a vote: these get no number.
    codes = np.array([number.get(name, -1) for name in categories], dtype=np.int64)
    if "share_a" in frame.columns:
        share = frame.get_column("share_a").to_numpy()
    else:
        table = np.array([SHARES[winner] for winner in WINNERS])
        share = table[frame.get_column("winner").to_physical().to_numpy()]
    return VoteArrays(
        models=models,
        first=codes[frame.get_column("model_a").to_physical().to_numpy()],
        second=codes[frame.get_column("model_b").to_physical().to_numpy()],
        share=share,
        weight=frame.get_column("weight").to_numpy() if "weight" in frame.columns else None,
    )


def cluster_codes(votes: Votes, column: str) -> NDArray[np.int64]:
    """Number the clusters in order of appearance; a vote without one raises."""
    only_given(votes.frame, column, f"clustering by {column}")
    ranks = votes.frame.get_column(column).rank("dense")
    return ranks.to_numpy().astype(np.int64) - 1
