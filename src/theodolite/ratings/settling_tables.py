"""The tables of a settling: models, pairs, the history, and what was claimed wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import polars as pl

from theodolite.ratings.needed import NEVER, Needs, Plan, whole
from theodolite.ratings.results import Scale
from theodolite.ratings.watching import contrast_information, model_information, started

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Evidence
    from theodolite.ratings.looks import Reading
    from theodolite.ratings.watching import Rules, Watched
    from theodolite.stats import LooksFit

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Standing", "Tables", "tables"]

INSTANT = pl.Datetime("us", "UTC")


class Tables(TypedDict):
    """The frames of a :class:`~theodolite.ratings.Settling`."""

    models: pl.DataFrame
    pairs: pl.DataFrame
    history: pl.DataFrame
    reversals: pl.DataFrame
    best_pairs: pl.DataFrame


@dataclass(frozen=True)
class Standing:
    """All that has been found; arrays are in the order of the core's models and their pairs."""

    evidence: Evidence
    seen: Watched
    last: LooksFit
    rules: Rules
    needed: Needs
    reading: Reading

    @property
    def n_unrated(self) -> int:
        """Models without a finite rating."""
        return len(self.evidence.models) - len(self.evidence.separation.core)

    @cached_property
    def names(self) -> pl.Series:
        """The core's models, (C,)."""
        return pl.Series(self.evidence.models).gather(self.evidence.separation.core)

    @cached_property
    def pairs(self) -> tuple[Indices, Indices]:
        """The two models of each pair, (E,)."""
        first, second = np.triu_indices(len(self.names), 1)
        return first, second

    @cached_property
    def ready(self) -> Flags:
        """Whether each model's sequence has started, (C,)."""
        return np.asarray(started(self.last, self.rules)[0])

    @property
    def order(self) -> Indices:
        """The core's models, best first; equal ones by name, (C,)."""
        return np.argsort(-self.last.theta[0], kind="stable")

    def crossing(self, top: int) -> Flags:
        """Pairs of one of the top and one of the others that are not decided so, (E,)."""
        first, second = self.pairs
        inside = np.zeros(len(self.names), dtype=np.int64)
        inside[self.order[:top]] = 1
        side: Indices = inside[first] - inside[second]
        waits: Flags = (side != 0) & (self.seen.side != side)
        return waits

    def after(self, look: Indices) -> dict[str, pl.Series]:
        """Votes and time of some looks; null where a look is -1."""
        null = pl.Series(look < 0)
        votes = pl.Series(self.reading.votes[look]).set(null, None)
        times = pl.repeat(None, len(look), dtype=INSTANT, eager=True)
        if self.reading.times is not None:
            times = self.reading.times.gather(np.maximum(look, 0)).cast(INSTANT).set(null, None)
        return {"after": votes, "at": times}


def tables(standing: Standing, plan: Plan | None) -> Tables:
    """Lay everything out; see :class:`~theodolite.ratings.Settling` for the columns."""
    return Tables(
        models=_models(standing, plan),
        pairs=_pairs(standing),
        history=_history(standing),
        reversals=_reversals(standing),
        best_pairs=_best_pairs(standing, plan),
    )


def _models(standing: Standing, plan: Plan | None) -> pl.DataFrame:
    last, rules, scale = standing.last, standing.rules, Scale()
    information = np.where(standing.ready, model_information(last)[0], 0.0)
    width = scale.points * rules.models.half_width(information)
    since = standing.after(standing.seen.within_since)
    planned = None if plan is None else plan.votes.sum(axis=1)
    core = standing.evidence.separation.core
    frame = pl.DataFrame(
        {
            "model": standing.names,
            "rating": scale.rating(last.theta[0]),
            "half_width": pl.Series(np.where(np.isfinite(width), width, np.nan)).fill_nan(None),
            "settled": standing.seen.within_since >= 0,
            "settled_after": since["after"],
            "settled_at": since["at"],
            "votes": standing.evidence.votes[core],
            "votes_needed": pl.Series(whole(standing.needed.models), dtype=pl.Int64),
            "votes_planned": pl.Series(
                [None] * len(core) if planned is None else whole(planned), dtype=pl.Int64
            ),
        }
    )[standing.order]
    outside = np.setdiff1d(np.arange(len(standing.evidence.models)), core)
    rest = pl.DataFrame(
        {
            "model": pl.Series(standing.evidence.models).gather(outside),
            "settled": np.zeros(len(outside), dtype=bool),
            "votes": standing.evidence.votes[outside],
        }
    )
    return pl.concat([frame, rest], how="diagonal")


def _pairs(standing: Standing) -> pl.DataFrame:
    first, second = standing.pairs
    seen, last, points = standing.seen, standing.last, Scale().points
    lead = last.theta[0, first] - last.theta[0, second]
    # The one that was decided to be better stands first, else the one that leads.
    turn = np.where(seen.side != 0, seen.side, np.where(lead < 0, -1, 1)) < 0
    one, two = np.where(turn, second, first), np.where(turn, first, second)
    ready = standing.ready[first] & standing.ready[second]
    information = np.where(ready, contrast_information(last, first, second)[0], 0.0)
    width = standing.rules.pairs.half_width(information)
    gap, since = np.where(turn, -lead, lead), standing.after(seen.decided)
    place = np.empty(len(standing.names), dtype=np.int64)
    place[standing.order] = np.arange(len(place))
    frame = pl.DataFrame(
        {
            "model_a": standing.names.gather(one),
            "model_b": standing.names.gather(two),
            "decided": seen.decided >= 0,
            "decided_after": since["after"],
            "decided_at": since["at"],
            "contradicted": seen.contradicted,
            "gap": points * gap,
            "low": _finite(points * (gap - width)),
            "high": _finite(points * (gap + width)),
            "votes_needed": pl.Series(
                whole(np.where(seen.decided >= 0, 0.0, standing.needed.pairs)), dtype=pl.Int64
            ),
        }
    )[np.lexsort((place[two], place[one]))]
    return pl.concat([frame, _unrated_pairs(standing)], how="diagonal")


def _unrated_pairs(standing: Standing) -> pl.DataFrame:
    models, core = standing.evidence.models, standing.evidence.separation.core
    first, second = np.triu_indices(len(models), 1)
    inside = np.zeros(len(models), dtype=bool)
    inside[core] = True
    open_ = ~(inside[first] & inside[second])
    names = pl.Series(models)
    no = np.zeros(int(open_.sum()), dtype=bool)
    return pl.DataFrame(
        {
            "model_a": names.gather(first[open_]),
            "model_b": names.gather(second[open_]),
            "decided": no,
            "contradicted": no,
        }
    )


def _history(standing: Standing) -> pl.DataFrame:
    seen, n_looks = standing.seen, len(standing.reading.votes)
    looks = standing.after(np.arange(n_looks))
    decided = np.bincount(seen.decided[seen.decided >= 0], minlength=n_looks).cumsum()
    return pl.DataFrame(
        {
            "votes": looks["after"],
            "time": looks["at"],
            "rated": seen.rated,
            "decided": decided,
            "apart": seen.apart,
            "settled": seen.settled,
            "widest": pl.Series(Scale().points * np.array(seen.widest)).fill_nan(None),
        }
    )


def _reversals(standing: Standing) -> pl.DataFrame:
    first, second = standing.pairs
    seen, theta = standing.seen, standing.last.theta[0]
    lead = theta[first] - theta[second]
    rows = np.flatnonzero((seen.reversed_at >= 0) & (lead != 0))
    rows = rows[np.argsort(seen.reversed_at[rows], kind="stable")]
    turn = lead[rows] > 0
    one, two = (
        np.where(turn, second[rows], first[rows]),
        np.where(turn, first[rows], second[rows]),
    )
    since = standing.after(seen.reversed_at[rows])
    return pl.DataFrame(
        {
            "model_a": standing.names.gather(one),
            "model_b": standing.names.gather(two),
            "claimed_after": since["after"],
            "claimed_at": since["at"],
            "gap": -Scale().points * np.abs(lead[rows]),
            "certain": seen.side[rows] == np.sign(lead[rows]),
        }
    )


def _best_pairs(standing: Standing, plan: Plan | None) -> pl.DataFrame:
    first, second = standing.pairs
    votes = np.zeros(len(first)) if plan is None else plan.votes[first, second]
    rows = np.flatnonzero(votes >= 1.0)
    rows = rows[np.argsort(-votes[rows], kind="stable")]
    lower = standing.last.theta[0, first[rows]] < standing.last.theta[0, second[rows]]
    return pl.DataFrame(
        {
            "model_a": standing.names.gather(np.where(lower, second[rows], first[rows])),
            "model_b": standing.names.gather(np.where(lower, first[rows], second[rows])),
            "votes": np.ceil(votes[rows]).astype(np.int64),
            "share": votes[rows] / max(float(votes.sum()), 1.0),
        }
    )


def _finite(values: Floats) -> pl.Series:
    return pl.Series(np.where(np.abs(values) < NEVER, values, np.nan)).fill_nan(None)
