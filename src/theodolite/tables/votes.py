"""Votes: pairwise judgments between two models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.tables.checks import (
    FILE,
    Column,
    Kind,
    Removal,
    already_there,
    conform,
    kept,
    only_given,
    problems_at,
    removed_in_all,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "STYLE_FEATURES", "WINNERS", "OnDuplicate", "Votes"]

WINNERS = ("model_a", "model_b", "tie", "both_bad")
STYLE_FEATURES = ("tokens", "headers", "lists", "bold")
OnDuplicate = Literal["error", "keep-first"]

COLUMNS = (
    Column("model_a", required=True),
    Column("model_b", required=True),
    Column("winner", required=True),
    Column("vote_id", complete=True),
    Column("prompt_id"),
    Column("voter"),
    Column("judge"),
    Column("timestamp", Kind.INSTANT),
    Column("language"),
    Column("category"),
    Column("anony", Kind.BOOLEAN),
    Column("turn", Kind.INTEGER, low=1),
    Column("weight", Kind.REAL, complete=True, positive=True),
    Column("share_a", Kind.REAL, complete=True, low=0, high=1),
    *(
        Column(f"{feature}_{side}", Kind.REAL, low=0)
        for feature in STYLE_FEATURES
        for side in ("a", "b")
    ),
)


@dataclass(frozen=True)
class Votes:
    """Pairwise votes, validated: no empty name, no unknown winner, no duplicate id.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_votes`.

    Attributes
    ----------
    frame
        One row a vote. ``model_a`` and ``model_b`` are an Enum of all models, in alphabetical
        order; ``winner`` is an Enum of ``model_a``, ``model_b``, ``tie`` and ``both_bad``.
        Optional: ``vote_id``, ``prompt_id``, ``voter``, ``judge``, ``timestamp``, ``language``,
        ``category``, ``anony``, ``turn``, ``weight`` (the vote counts so many times),
        ``share_a`` (a soft vote: the part of it that goes to model_a, in [0, 1]; without the
        column it is 1, 1/2 or 0 by ``winner``) and the style counts of each side
        (``tokens_a``, ``tokens_b``, ``headers_a``, ...). Other columns stay as they came.
    removed
        What filters took away on the way here.

    Examples
    --------
    >>> frame = pl.DataFrame({"model_a": ["x", "y"], "model_b": ["y", "x"], "winner": ["tie"] * 2})
    >>> votes = Votes.from_frame(frame)
    >>> len(votes), votes.models
    (2, ('x', 'y'))
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that have at least one vote, in alphabetical order."""
        return tuple(_names(self.frame))

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "votes",
        on_duplicate: OnDuplicate = "error",
        removed: Sequence[Removal] = (),
    ) -> Votes:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            Text or integer names; winners spelt exactly as in :data:`WINNERS`.
        source
            What to call the frame in an error: the file's path, say.
        on_duplicate
            What to do when a ``vote_id`` stands twice: raise, or keep the first and count the
            rest in ``removed``.
        removed
            What was removed before.

        Raises
        ------
        MissingColumnError
            ``model_a``, ``model_b`` or ``winner`` is absent.
        InputError
            There is no vote, or a cell is empty, of the wrong type, out of range, an unknown
            winner, a model against itself, or a duplicate id.
        """
        frame = conform(frame, COLUMNS, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no votes in it")
        _check_winners(frame)
        _check_opponents(frame)
        names = pl.Enum(_names(frame))
        frame = frame.with_columns(
            pl.col("model_a", "model_b").cast(names), pl.col("winner").cast(pl.Enum(WINNERS))
        )
        return cls(frame, tuple(removed)).without_duplicates(on_duplicate)

    @classmethod
    def concat(cls, parts: Sequence[Votes], *, on_duplicate: OnDuplicate = "error") -> Votes:
        """Join the votes of several files; a ``vote_id`` must be unique over all of them."""
        if len(parts) == 1:
            return parts[0]
        names = pl.Enum(sorted({name for part in parts for name in part.models}))
        files = pl.Enum(list(dict.fromkeys(f for p in parts for f in p.frame[FILE].unique())))
        shared = [c for c in parts[0].frame.columns if all(c in p.frame.columns for p in parts)]
        frame = pl.concat(
            part.frame.select(shared).with_columns(
                pl.col("model_a", "model_b").cast(names), pl.col(FILE).cast(files)
            )
            for part in parts
        )
        removed = removed_in_all([removal for part in parts for removal in part.removed])
        return cls(frame, removed).without_duplicates(on_duplicate)

    def keep(self, mask: pl.Series, reason: str) -> Votes:
        """Keep the votes where ``mask`` is true; the count of the others joins ``removed``."""
        return Votes(*kept(self.frame, mask, self.removed, what="vote", reason=reason))

    def without_duplicates(self, on_duplicate: OnDuplicate) -> Votes:
        """Raise on a ``vote_id`` that stands twice, or keep its first vote."""
        if "vote_id" not in self.frame.columns:
            return self
        # As many different hashes as rows proves that no id stands twice, for a fraction of the
        # memory; only otherwise are the ids themselves compared.
        ids = self.frame.get_column("vote_id")
        if ids.hash().n_unique() == len(ids):
            return self
        first = ids.is_first_distinct()
        if first.all():
            return self
        if on_duplicate == "keep-first":
            return self.keep(first, "duplicate vote_id")
        hint = "Keep the first of each with --on-duplicate keep-first."
        raise already_there(self.frame, "vote_id", first, hint=hint)

    def at_most_per_prompt(self, most: int) -> Votes:
        """Keep at most ``most`` votes of one ``prompt_id``, in the order of the file."""
        if most < 1:
            raise UsageError(f"the most votes of one prompt must be at least 1, not {most}")
        only_given(self.frame, "prompt_id", "a limit on the votes of one prompt")
        position = self.frame.select(pl.int_range(pl.len()).over("prompt_id")).to_series()
        return self.keep(position < most, f"more than {most} votes of one prompt")


def _names(frame: pl.DataFrame) -> list[str]:
    used = (frame.get_column(side).unique().cast(pl.String) for side in ("model_a", "model_b"))
    return sorted({name for side in used for name in side.to_list()})


def _check_winners(frame: pl.DataFrame) -> None:
    seen = frame.get_column("winner").unique().cast(pl.String).to_list()
    unknown = [label for label in seen if label not in WINNERS]
    if not unknown:
        return
    bad = frame.get_column("winner").cast(pl.String).is_in(unknown)
    raise InputError(
        problems_at(frame, "winner", bad, f"not one of {', '.join(WINNERS)}"),
        total=int(bad.sum()),
        hint="Name your own labels with --winner-values, such as model_a=left,model_b=right.",
    )


def _check_opponents(frame: pl.DataFrame) -> None:
    same = frame.get_column("model_a") == frame.get_column("model_b")
    if same.any():
        allowed = "both model_a and model_b: a model cannot meet itself"
        raise InputError(problems_at(frame, "model_b", same, allowed), total=int(same.sum()))
