"""What :func:`theodolite.ratings.settle` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from datetime import datetime

    from theodolite.ratings.looks import Looks
    from theodolite.tables import Removal

__all__ = ["Settling"]

TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Settling:
    """When each model, each pair and the board were settled, and what is still needed.

    Votes that are needed are counted on the whole board; null says that no number will do: a gap
    of 0, more than 10^15, a model that the votes do not rate, or for a top K a decision that is
    against the order of the estimates now. Times are null where looks are by
    votes. Widths and gaps are in rating points.

    Attributes
    ----------
    settled
        Whether the board meets the criterion.
    votes_needed, votes_needed_best
        Further votes until it does, with the pairs shown as often as so far, and with the best
        pairing found, an upper bound; 0 where it does. The second is ``None`` also above 300
        rated models.
    models
        One row a model, best first, those that the votes do not rate last: ``model``, ``rating``,
        ``half_width`` (of its sequence now; null before the burn-in), ``settled``,
        ``settled_after`` (votes at the look since which it has been within the target),
        ``settled_at``, ``votes``, ``votes_needed``, ``votes_planned`` (its votes in the best
        pairing found).
    pairs
        One row a pair: ``model_a`` (the one decided to be better, else the one that leads),
        ``model_b``, ``decided``, ``decided_after``, ``decided_at``, ``contradicted`` (the sequence
        later excluded 0 on the other side; the decision stands), ``gap``, ``low``, ``high`` (the
        sequence now), ``votes_needed``.
    history
        One row a look: ``votes``, ``time``, ``rated`` (models with an estimate), ``decided``
        (pairs, for good), ``apart`` (pairs that ordinary intervals tell apart then),
        ``settled`` (models within the target), ``widest`` (the largest half-width of a model).
    reversals
        One row a pair that an ordinary interval once told apart the other way round than the
        estimates are now: ``model_a`` (said to be better), ``model_b``, ``claimed_after``,
        ``claimed_at`` (the first such look), ``gap`` (of model_a over model_b now), ``certain``
        (the sequence has decided against the claim).
    best_pairs
        The best pairing found, most shown first: ``model_a``, ``model_b``, ``votes``, ``share``.
        Pairs with less than one vote are left out.
    claims, withdrawn
        Pairs that an ordinary interval told apart at some look, and those of them that it later
        did not, or told apart the other way round.
    half_width, top
        The criterion: the target in points, or the number of models on top.
    looks, level, burn_in, cluster, n_clusters
        What it was made with; ``n_clusters`` is ``None`` where votes are independent.
    pair_error, model_error
        The chance of an error that each pair's and each model's sequence has.
    n_votes, removed
        Votes used, and what filters took away before.
    """

    settled: bool
    votes_needed: int | None
    votes_needed_best: int | None
    models: pl.DataFrame
    pairs: pl.DataFrame
    history: pl.DataFrame
    reversals: pl.DataFrame
    best_pairs: pl.DataFrame
    claims: int
    withdrawn: int
    half_width: float
    top: int | None
    looks: Looks
    level: float
    burn_in: int
    cluster: str | None
    n_clusters: int | None
    pair_error: float
    model_error: float
    n_votes: int
    removed: tuple[Removal, ...]

    @property
    def unrated(self) -> list[str]:
        """Models without a finite rating."""
        return self.models.filter(pl.col("rating").is_null())["model"].to_list()

    @property
    def since(self) -> tuple[int, datetime | None] | None:
        """Votes, and the time by time, at the last decision that the criterion waited for.

        ``None`` where the board has not settled.
        """
        if not self.settled:
            return None
        if self.top is None:
            last = self.models.select(after="settled_after", at="settled_at")
        else:
            best = self.models["model"].head(self.top).implode()
            crossing = pl.col("model_a").is_in(best) & ~pl.col("model_b").is_in(best)
            last = self.pairs.filter(crossing).select(after="decided_after", at="decided_at")
        after, at = last.sort("after").row(-1)
        return int(after), at

    def to_frame(self) -> pl.DataFrame:
        """Give the models, best first."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON; times are text in UTC."""
        tables = ("models", "pairs", "history", "reversals", "best_pairs")
        settings = ("half_width", "top", "level", "burn_in", "cluster", "n_clusters")
        after, at = self.since or (None, None)
        return {
            "settled": self.settled,
            "settled_after": after,
            "settled_at": None if at is None else f"{at:{TIME}}",
            "votes_needed": self.votes_needed,
            "votes_needed_best": self.votes_needed_best,
            **{name: _rows(getattr(self, name)) for name in tables},
            "claims": self.claims,
            "withdrawn": self.withdrawn,
            "votes": self.n_votes,
            "removed": [dict(vars(removal)) for removal in self.removed],
            "settings": {
                **{name: getattr(self, name) for name in settings},
                "by": self.looks.by,
                "looks": len(self.history),
                "pair_error": self.pair_error,
                "model_error": self.model_error,
            },
        }


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Datetime).dt.strftime(TIME)).to_dicts()
