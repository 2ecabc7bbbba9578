"""Verdicts of every source in one form: who saw which two answers in which order, and said what.

A *unit* is what several judges can have seen: an item (and turn) with two models, in either order.
``share`` is the part of a verdict that goes to the answer shown first, and ``graded`` the same from
-1 to 1 with the judge's own steps (``A>>B`` is 1 and ``A>B`` 1/2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.tables import Judgments, Preferences, Removal, Votes
from theodolite.tables.checks import FILE, ROW, only_given, problems_at, removed_in_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PEOPLE", "Panel", "panel_of", "with_people"]

PEOPLE = "(people)"
SINGLE = "(the judge)"
GRADED = {"A>>B": 1.0, "A>B": 0.5, "A=B": 0.0, "B>A": -0.5, "B>>A": -1.0}
DRAW = 0.5


@dataclass(frozen=True)
class Panel:
    """Verdicts of judges, and of people where there are some.

    Attributes
    ----------
    frame
        One row a verdict: ``judge``, ``item_id``, ``turn`` where there is one, ``first``,
        ``second`` (models), ``share``, ``graded``, ``weight``, ``person`` (whether a person said
        it) and ``length`` (of the first answer less the second, over their sum; null where
        unknown).
    ordered
        Whether ``first`` was really shown first.
    pairs
        What a row compares with: ``unit`` is a number of item, turn and the two models.
    removed, notes
        What was left out on the way, and what a reader must know.
    """

    frame: pl.DataFrame
    ordered: bool
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_people(self) -> bool:
        """Whether some verdicts are those of people beside the judges."""
        return bool(self.frame.get_column("person").any())

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges, in alphabetical order."""
        names = self.frame.filter(~pl.col("person")).get_column("judge").unique()
        return tuple(sorted(names))


def panel_of(
    table: Judgments | Votes | Preferences, *, length: bool = True, ordered: bool = True
) -> Panel:
    """Bring a table into the form of a panel.

    Parameters
    ----------
    table
        Games that judges saw; votes with ``judge`` or ``voter`` and ``prompt_id``; or preferences,
        which do not say what was shown first.
    length
        Whether to read the lengths of answers (``tokens_a``, ``tokens_b``; ``len_output``,
        ``len_baseline``) where the table has them.
    ordered
        Whether ``model_a`` was shown first.

    Raises
    ------
    MissingColumnError
        Votes lack the item, or who voted.
    InputError
        There is no verdict; or an item, voter or length is empty.
    """
    if isinstance(table, Preferences):
        frame, ordered = _of_preferences(table.frame), False
    elif isinstance(table, Judgments):
        frame = _of_judgments(table.frame)
    else:
        frame = _of_votes(table.frame)
    frame = _with_lengths(frame, wanted=length)
    given = frame.get_column("share").is_not_null()
    lost = len(given) - int(given.sum())
    if lost == len(given):
        raise InputError("none of the judgments holds a verdict")
    removed = [*table.removed, *([Removal("no verdict could be read", lost)] if lost else [])]
    notes = [*getattr(table, "notes", ())]
    if isinstance(table, Votes) and ordered:
        notes.append("The first model of a vote is taken to have been shown first.")
    frame = frame.filter(given).with_columns(pl.lit(value=False).alias("person"))
    return Panel(_with_units(frame), ordered, removed_in_all(removed), tuple(notes))


def with_people(panel: Panel, votes: Votes, *, length: bool = True) -> Panel:
    """Add the votes of people on what the judges saw; the others are counted.

    Parameters
    ----------
    panel
        The judges.
    votes
        Of people: ``prompt_id`` is the judges' item. Without ``voter``, every vote is taken as
        another person's. Answers have the lengths that the judges' file gives them.
    length
        Whether lengths are read.

    Raises
    ------
    InputError
        No vote is on two answers that a judge saw.
    UsageError
        The panel has people already.
    """
    if panel.has_people:
        raise UsageError("there are votes of people already")
    frame = votes.frame
    if not {"voter", "judge"} & set(frame.columns):
        frame = frame.with_columns(
            pl.format("person {}", pl.int_range(1, pl.len() + 1)).alias("voter")
        )
    people = _of_votes(frame)
    both = "turn" in people.columns and "turn" in panel.frame.columns
    theirs = panel.frame if both else panel.frame.drop("turn", strict=False)
    people = people if both else people.drop("turn", strict=False)
    keys = ["item_id", *(["turn"] if both else []), "one", "other"]
    theirs, people = _with_sides(theirs), _with_sides(people)
    seen = people.join(theirs.select(keys).unique(), on=keys, how="semi", maintain_order="left")
    if seen.is_empty():
        raise InputError(
            "no vote of people is on two answers that a judge saw: prompt_id, model_a and model_b "
            "must name what item_id and the models of the judgments name"
        )
    lost = len(people) - len(seen)
    seen = _lengths_of(seen, theirs, keys) if length else seen.with_columns(_no_length())
    columns = [c for c in theirs.columns if c in seen.columns or c == "person"]
    seen = seen.with_columns(pl.lit(value=True).alias("person")).select(columns)
    frame = pl.concat([theirs.select(columns), seen], how="vertical_relaxed")
    removed = [*panel.removed, *votes.removed]
    if lost:
        removed.append(Removal("a person's vote on answers that no judge saw", lost))
    frame = _with_units(frame.drop("one", "other", "unit", strict=False))
    return Panel(frame, panel.ordered, removed_in_all(removed), panel.notes)


def _of_judgments(frame: pl.DataFrame) -> pl.DataFrame:
    graded = (
        pl.col("verdict")
        .cast(pl.String)
        .replace_strict(GRADED, default=None, return_dtype=pl.Float64)
    )
    return frame.select(
        *(pl.col(name).cast(pl.String) for name in ("judge", "item_id")),
        *_kept(frame, "turn"),
        pl.col("model_a").cast(pl.String).alias("first"),
        pl.col("model_b").cast(pl.String).alias("second"),
        ((graded.sign() + 1.0) / 2.0).alias("share"),
        graded.alias("graded"),
        pl.lit(1.0).alias("weight"),
        *_kept(frame, "tokens_a", "tokens_b"),
        pl.col(FILE, ROW),
    )


def _of_votes(frame: pl.DataFrame) -> pl.DataFrame:
    who = next((name for name in ("judge", "voter") if name in frame.columns), None)
    if who is None:
        raise MissingColumnError("the votes have no column judge or voter, which tells who said it")
    only_given(frame, who, "the comparison of judges")
    only_given(frame, "prompt_id", "the comparison of judges")
    winner = pl.col("winner").cast(pl.String)
    share = (
        pl.when(winner == "model_a").then(1.0).when(winner == "model_b").then(0.0).otherwise(DRAW)
    )
    if "share_a" in frame.columns:
        share = pl.col("share_a")
    return frame.select(
        pl.col(who).cast(pl.String).alias("judge"),
        pl.col("prompt_id").cast(pl.String).alias("item_id"),
        *_kept(frame, "turn"),
        pl.col("model_a").cast(pl.String).alias("first"),
        pl.col("model_b").cast(pl.String).alias("second"),
        share.alias("share"),
        (2.0 * share - 1.0).alias("graded"),
        (pl.col("weight") if "weight" in frame.columns else pl.lit(1.0)).alias("weight"),
        *_kept(frame, "tokens_a", "tokens_b"),
        pl.col(FILE, ROW),
    )


def _of_preferences(frame: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("preference") - 1.0
    judge = pl.col("judge").cast(pl.String) if "judge" in frame.columns else pl.lit(SINGLE)
    lengths = (("len_output", "tokens_a"), ("len_baseline", "tokens_b"))
    return frame.select(
        judge.alias("judge"),
        pl.col("item_id").cast(pl.String),
        pl.col("model").cast(pl.String).alias("first"),
        pl.col("baseline").cast(pl.String).alias("second"),
        share.alias("share"),
        (2.0 * share - 1.0).alias("graded"),
        pl.lit(1.0).alias("weight"),
        *(pl.col(old).alias(new) for old, new in lengths if old in frame.columns),
        pl.col(FILE, ROW),
    )


def _kept(frame: pl.DataFrame, *names: str) -> list[pl.Expr]:
    return [pl.col(name) for name in names if name in frame.columns]


def _no_length() -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64).alias("length")


def _with_lengths(frame: pl.DataFrame, *, wanted: bool) -> pl.DataFrame:
    """Put the relative difference of lengths in their place; keep each for people's votes."""
    sides = ("tokens_a", "tokens_b")
    if not wanted or not set(sides) <= set(frame.columns):
        return frame.drop(*sides, strict=False).with_columns(
            _no_length(), *(pl.lit(None, dtype=pl.Float64).alias(f"length_{s}") for s in "ab")
        )
    for side in sides:
        gaps = frame.get_column(side).is_null()
        if gaps.any():
            problems = problems_at(frame, side, gaps, "empty")
            hint = "Fill it in, or leave lengths out of account (--no-length)."
            raise InputError(problems, total=int(gaps.sum()), hint=hint)
    return frame.with_columns(
        _relative(pl.col("tokens_a"), pl.col("tokens_b")),
        *(pl.col(f"tokens_{s}").cast(pl.Float64).alias(f"length_{s}") for s in "ab"),
    ).drop(*sides)


def _relative(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    total = first + second
    gap = pl.when(total > 0).then((first - second) / total).otherwise(0.0)
    return pl.when(total.is_not_null()).then(gap).cast(pl.Float64).alias("length")


def _with_sides(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.min_horizontal("first", "second").alias("one"),
        pl.max_horizontal("first", "second").alias("other"),
    )


def _with_units(frame: pl.DataFrame) -> pl.DataFrame:
    """Number the units, and say of each verdict what goes to the model first in the alphabet."""
    frame = _with_sides(frame.drop(FILE, ROW, strict=False))
    keys = ["item_id", *(["turn"] if "turn" in frame.columns else []), "one", "other"]
    units = frame.select(keys).unique(maintain_order=True).with_row_index("unit")
    turned = pl.col("first") != pl.col("one")
    return frame.join(units, on=keys, how="left", maintain_order="left").with_columns(
        pl.col("unit").cast(pl.Int64),
        pl.when(turned).then(-pl.col("graded")).otherwise(pl.col("graded")).alias("towards_one"),
    )


def _lengths_of(people: pl.DataFrame, judged: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Give people's rows the lengths that the same answers have in the judges' rows."""
    turned = pl.col("first") != pl.col("one")
    a, b = pl.col("length_a"), pl.col("length_b")
    known = judged.group_by(keys).agg(
        pl.when(turned).then(b).otherwise(a).mean().alias("_one"),
        pl.when(turned).then(a).otherwise(b).mean().alias("_other"),
    )
    people = people.drop("tokens_a", "tokens_b", strict=False)
    joined = people.join(known, on=list(keys), how="left", maintain_order="left")
    first = pl.when(turned).then(pl.col("_other")).otherwise(pl.col("_one"))
    second = pl.when(turned).then(pl.col("_one")).otherwise(pl.col("_other"))
    return joined.with_columns(
        _relative(first, second), first.alias("length_a"), second.alias("length_b")
    ).drop("_one", "_other")
