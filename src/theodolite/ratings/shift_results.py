"""What a comparison of two boards returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from theodolite.ratings.evidence import Specification
    from theodolite.stats import QuadraticTest
    from theodolite.tables import Removal

__all__ = ["Kind", "Shift", "ShiftBy"]

Kind = Literal["part", "against", "mix", "style", "published"]


@dataclass(frozen=True)
class Shift:
    """Two boards of the same models, beside each other.

    Attributes
    ----------
    kind
        ``part``: a part of the votes against the whole; ``against``: against another part;
        ``mix``: votes weighted to another population; ``style``: with style held fixed;
        ``published``: two boards of published ratings.
    before, after
        What the two boards are, in words.
    models
        ``model``, ``before``, ``after``, ``change`` (all in rating points, each board centred at
        1000 over the models that both rate), ``low``, ``high`` (pointwise, of the change),
        ``rank_before``, ``rank_after`` (among these models), ``p_value``, ``p_adjusted`` (Holm),
        ``significant``. A model that one board cannot rate has ``null`` there; these come last.
    joint
        The test that no model changes at all; ``None`` where it cannot be made.
    votes_before, votes_after
        Votes behind each board; ``None`` for published ones. After ``mix``: how many equally
        weighted votes would say as much.
    spec
        How both boards were rated (with ``style``: the second one); ``None`` for published ones.
    level
        Of the intervals; 1 - level is the chance of any false ``significant``.
    removed
        What filters took away before.
    shares
        After ``mix``: category -> its share of the population, in [0, 1]; else empty.
    """

    kind: Kind
    before: str
    after: str
    models: pl.DataFrame
    joint: QuadraticTest | None
    votes_before: float | None
    votes_after: float | None
    spec: Specification | None
    level: float
    removed: tuple[Removal, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def rated(self) -> pl.DataFrame:
        """The models that both boards rate."""
        return self.models.filter(pl.col("change").is_not_null())

    def to_frame(self) -> pl.DataFrame:
        """One row a model, in the order of the first board."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return {
            "models": self.models.to_dicts(),
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "votes_before": self.votes_before,
            "votes_after": self.votes_after,
            "joint": None if self.joint is None else asdict(self.joint),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "settings": {
                "level": self.level,
                "shares": dict(self.shares),
                **({} if self.spec is None else asdict(self.spec)),
            },
        }


@dataclass(frozen=True)
class ShiftBy:
    """The boards of all categories, each against the whole.

    Attributes
    ----------
    column
        What the categories are of.
    shifts
        One a category that can be rated, most votes first; ``after`` names the category. Holm's
        adjustment is over all models of all of them.
    unrated
        ``category``, ``votes``, ``reason``: categories that have no board.
    heterogeneity
        The test that all categories have the same ratings; the unrated ones are in it too.
    """

    column: str
    shifts: tuple[Shift, ...]
    unrated: pl.DataFrame
    heterogeneity: QuadraticTest

    def to_frame(self) -> pl.DataFrame:
        """One row a category and model."""
        return pl.concat(
            s.models.select(pl.lit(s.after).alias("category"), pl.all()) for s in self.shifts
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        first = self.shifts[0].to_dict()
        return {
            "models": self.to_frame().to_dicts(),
            "kind": "by",
            "column": self.column,
            "before": first["before"],
            "votes_before": first["votes_before"],
            "categories": [
                {"category": s.after, "votes": s.votes_after, "models": len(s.rated)}
                for s in self.shifts
            ],
            "unrated": self.unrated.to_dicts(),
            "heterogeneity": asdict(self.heterogeneity),
            "removed": first["removed"],
            "settings": first["settings"],
        }
