"""Games of two orders become matches: a win, a tie or a loss of what game 1 showed first.

A match is a win where both games say so. It is a tie where either is a tie or they differ, and has
no outcome where either has no verdict. How clear a win was (``>>``) does not count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, InputError, UsageError, shorten
from theodolite.scoring.mt_bench.grid import PERCENT, lay_out, with_columns
from theodolite.tables.checks import Removal, problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.tables import Judgments

    Integers = NDArray[np.int64]

__all__ = ["Matches", "matches_of"]

# What each verdict says of the answer shown first.
SAYS = {"A>>B": 1, "A>B": 1, "A=B": 0, "B>A": -1, "B>>A": -1}
SHARE = 100.0


@dataclass(frozen=True)
class Matches:
    """Matches of two models.

    Attributes
    ----------
    frame
        One row a match: ``item_id``, ``turn``, ``category``, ``one`` (shown first in game 1),
        ``two``, ``first``, ``second`` (1 where that game's first answer won, -1 where its second
        did, 0 for a tie, null without a verdict) and ``outcome`` (of ``one``: 1, 0 or -1; null
        without both verdicts).
    baseline
        The model that every match is against, or ``None``.
    removed
        What was left out for it.
    """

    frame: pl.DataFrame
    baseline: str | None
    removed: tuple[Removal, ...] = ()

    def sides(self) -> pl.DataFrame:
        """Give a row a match and side: ``model``, ``opponent``, ``score`` in percent."""
        half, score = SHARE / 2.0, pl.col("outcome").cast(pl.Float64)
        keep = ["item_id", "turn", "category"]
        both = pl.concat(
            self.frame.select(
                *keep,
                pl.col(own).alias("model"),
                pl.col(other).alias("opponent"),
                (half + sign * half * score).alias("score"),
            )
            for own, other, sign in (("one", "two", 1.0), ("two", "one", -1.0))
        )
        return both if self.baseline is None else both.filter(pl.col("model") != self.baseline)

    def count(self, questions: Sequence[str]) -> int:
        """Count the matches of some questions."""
        return int(self.frame["item_id"].is_in(list(questions)).sum())

    def without(self, questions: Sequence[str]) -> Matches:
        """Leave out the matches of some questions."""
        return replace(self, frame=self.frame.filter(~pl.col("item_id").is_in(list(questions))))

    def grid(self) -> Grid:
        """Lay the scores out: a cell is a question, a turn and an opponent."""
        return lay_out(self.sides(), ["item_id", "turn", "opponent"], PERCENT)

    @property
    def question(self) -> Integers:
        """The question of each match, as a number."""
        return self.frame.get_column("item_id").rank("dense").to_numpy().astype(np.int64)


def matches_of(judgments: Judgments, baseline: str | None) -> Matches:
    """Put the two games of each match side by side.

    Parameters
    ----------
    judgments
        Games of both orders.
    baseline
        Use only its matches; where left out, a model that every match is against is the baseline
        if there are three models or more.

    Raises
    ------
    InputError
        The judgments have no games 1 and 2, or a filter left one game of two.
    UsageError
        The baseline was not judged.
    """
    if "game" not in judgments.frame.columns:
        raise InputError(
            "the judgments have no column game: every pair must be judged in both orders",
            hint="Single orders are votes: see theodolite rank.",
        )
    frame = with_columns(judgments.frame)
    one, two = (frame.filter(pl.col("game") == number) for number in (1, 2))
    keys = ["item_id", "turn", "judge", "one", "two"]
    left = one.select(
        *("item_id", "turn", "category", "judge", "_file", "_row"),
        pl.col("model_a").cast(pl.String).alias("one"),
        pl.col("model_b").cast(pl.String).alias("two"),
        _says("first"),
    )
    right = two.select(
        *("item_id", "turn", "judge"),
        pl.col("model_b").cast(pl.String).alias("one"),
        pl.col("model_a").cast(pl.String).alias("two"),
        _says("second"),
        pl.lit(value=True).alias("there"),
    )
    joined = left.join(right, on=keys, how="left", maintain_order="left")
    alone = joined.get_column("there").is_null()
    if alone.any() or len(one) != len(two):
        what = problems_at(joined, "item_id", alone, "left with a single game of two")
        raise InputError(
            what or "a filter left single games of two",
            total=max(int(alone.sum()), 1),
            hint="Filter by columns that both games of a pair share (--where).",
        )
    first, other = pl.col("first"), -pl.col("second")
    outcome = pl.when(first == other).then(first).otherwise(0)
    given = first.is_not_null() & other.is_not_null()
    frame = joined.drop("there", "judge").with_columns(
        pl.when(given).then(outcome).otherwise(None).alias("outcome")
    )
    return _against(frame, baseline)


def _says(name: str) -> pl.Expr:
    says = pl.col("verdict").cast(pl.String)
    return says.replace_strict(SAYS, return_dtype=pl.Int64).alias(name)


def _against(frame: pl.DataFrame, baseline: str | None) -> Matches:
    """Find the model that all matches are against, or keep only those against it."""
    names = sorted({*frame["one"], *frame["two"]})
    plays = [(pl.col("one") == name) | (pl.col("two") == name) for name in names]
    if baseline is None:
        count = frame.select(p.sum().alias(str(i)) for i, p in enumerate(plays)).row(0)
        every = [name for name, n in zip(names, count, strict=True) if n == len(frame)]
        alone = every[0] if len(every) == 1 else None
        return Matches(frame, alone)
    if baseline not in names:
        raise UsageError(
            f"--baseline {shorten(baseline)} was not judged; the models are "
            + ", ".join(map(shorten, names[:10]))
        )
    inside = frame.select(plays[names.index(baseline)]).to_series()
    if not inside.any():
        raise CannotAnswerError(f"no pair of {shorten(baseline)} was judged")
    others = int((~inside).sum())
    removed = (Removal(f"a match without {baseline}", others),) if others else ()
    return Matches(frame.filter(inside), baseline, removed)
