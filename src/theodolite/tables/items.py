"""Items: the questions of a benchmark, with their choices and what is keyed as right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MOST_SHOWN, FormatError, InputError, MissingColumnError
from theodolite.tables.checks import (
    FILE,
    ROW,
    Column,
    Kind,
    Removal,
    already_there,
    conform,
    kept,
    problems_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_CHARACTERS", "MOST_CHOICES", "Items"]

# A passage of a reading task has some thousands of characters; a page of 14,000 items must open.
MOST_CHARACTERS = 2**20
MOST_CHOICES = 1_000
KEY = ["benchmark", "item_id"]

NAMES = (
    Column("benchmark", required=True),
    Column("item_id", required=True),
    Column("subject", complete=True),
    Column("row", Kind.INTEGER, complete=True, low=0),
)


@dataclass(frozen=True)
class Items:
    """The items of one or more benchmarks, validated: no duplicate id, every key among the choices.

    Build one with :meth:`from_frame`. An empty question or choice is kept: that an item lacks its
    text is what an audit has to find.

    Attributes
    ----------
    frame
        One row an item. ``benchmark``, ``item_id`` (unique in its benchmark) and ``question`` are
        text; ``choices`` is a list of texts, empty where the question is open; ``answer`` is the
        list of the positions, from 0, of the choices that are keyed as right (one in most
        benchmarks, several in TruthfulQA, none where the question is open); ``reference`` is the
        right answer to an open question, null elsewhere. Optional: ``subject``, and ``row`` (from
        0, where the item stands in the subject's file). Other columns stay as they came.
    removed
        What filters took away on the way here.

    Examples
    --------
    >>> frame = pl.DataFrame({"benchmark": ["quiz"], "item_id": ["1"], "question": ["2 + 2?"],
    ...                       "choices": [["3", "4"]], "answer": [[1]]})
    >>> items = Items.from_frame(frame)
    >>> len(items), items.benchmarks
    (1, ('quiz',))
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks that have at least one item, in alphabetical order."""
        return tuple(self.frame.get_column("benchmark").unique().sort())

    @classmethod
    def from_frame(
        cls, frame: pl.DataFrame, *, source: str = "items", removed: Sequence[Removal] = ()
    ) -> Items:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            ``choices`` and ``answer`` may be left out where every question is open, ``reference``
            where none is; ``answer`` may be one position a row.
        source
            What to call the frame in an error: the file's path, say.
        removed
            What was removed before.

        Raises
        ------
        MissingColumnError
            ``benchmark``, ``item_id`` or ``question`` is absent, or there is neither ``choices``
            with ``answer`` nor ``reference``.
        FormatError
            There is no item.
        InputError
            A name is empty or not usable, an id stands twice, a question or choice is null or too
            long, or a key is not among the choices; the message names file, row and column.
        """
        _require(frame, source)
        frame = conform(frame, NAMES, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no items in it")
        frame = frame.with_columns(pl.col(*KEY).cast(pl.String))
        frame = _typed(frame, source)
        _check_texts(frame)
        _check_keys(frame)
        first = frame.select(pl.struct(KEY).is_first_distinct()).to_series()
        if not first.all():
            raise already_there(frame, "item_id", first)
        return cls(frame, tuple(removed))

    def keep(self, mask: pl.Series, reason: str) -> Items:
        """Keep the items where ``mask`` is true; the count of the others joins ``removed``."""
        return Items(*kept(self.frame, mask, self.removed, what="item", reason=reason))


def _require(frame: pl.DataFrame, source: str) -> None:
    choosing = {"choices", "answer"} <= set(frame.columns)
    if "question" in frame.columns and (choosing or "reference" in frame.columns):
        return
    lacking = (
        "question" if "question" not in frame.columns else "choices with answer, nor reference"
    )
    have = ", ".join(c for c in frame.columns if not c.startswith("_")) or "none"
    raise MissingColumnError(f"{source}: no column {lacking} (columns: {have})")


def _typed(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """Give the columns of texts and keys their types, and the absent ones their empty values."""
    empty = {
        "choices": pl.lit([], dtype=pl.List(pl.String)),
        "answer": pl.lit([], dtype=pl.List(pl.Int64)),
        "reference": pl.lit(None, dtype=pl.String),
    }
    frame = frame.with_columns(
        make.alias(name) for name, make in empty.items() if name not in frame.columns
    )
    if frame.schema["answer"].is_integer():
        frame = frame.with_columns(pl.col("answer").reshape((-1, 1)).arr.to_list())
    wanted = {
        "question": pl.String(),
        "choices": pl.List(pl.String()),
        "answer": pl.List(pl.Int64()),
        "reference": pl.String(),
    }
    for name, dtype in wanted.items():
        have = frame.schema[name]
        inner = have.inner if isinstance(have, pl.List) and isinstance(dtype, pl.List) else have
        leaf = dtype.inner if isinstance(dtype, pl.List) else dtype
        nested = isinstance(have, pl.List) == isinstance(dtype, pl.List)
        fits = inner in (pl.Null, leaf) or (leaf == pl.Int64 and inner.is_integer())
        if have != pl.Null and not (nested and fits):
            raise FormatError(f"{source}: the column {name} is {have}, not {dtype}")
    return frame.with_columns(pl.col(name).cast(dtype) for name, dtype in wanted.items())


def _check_texts(frame: pl.DataFrame) -> None:
    choices = pl.col("choices")
    lengths = choices.list.eval(pl.element().str.len_bytes()).list.max()
    checks: list[tuple[str, pl.Expr, str]] = [
        ("question", pl.col("question").is_null(), "empty"),
        ("choices", choices.is_null(), "empty"),
        ("choices", choices.list.eval(pl.element().is_null()).list.any(), "with a choice of null"),
        ("choices", choices.list.len() > MOST_CHOICES, f"more than {MOST_CHOICES} choices"),
        (
            "question",
            pl.col("question").str.len_bytes() > MOST_CHARACTERS,
            f"longer than {MOST_CHARACTERS} bytes",
        ),
        ("choices", lengths > MOST_CHARACTERS, f"longer than {MOST_CHARACTERS} bytes"),
    ]
    _refuse(frame, checks)


def _check_keys(frame: pl.DataFrame) -> None:
    answer, n_choices = pl.col("answer"), pl.col("choices").list.len()
    outside = (answer.list.min() < 0) | (answer.list.max() >= n_choices.cast(pl.Int64))
    _refuse(
        frame,
        [
            ("answer", answer.is_null(), "empty"),
            ("answer", answer.list.eval(pl.element().is_null()).list.any(), "with a key of null"),
            ("answer", outside, "not a position, from 0, among the choices"),
            ("answer", answer.list.n_unique() < answer.list.len(), "the same key twice"),
            ("answer", (n_choices > 0) & (answer.list.len() == 0), "no key among the choices"),
            (
                "reference",
                (n_choices == 0) & pl.col("reference").is_null(),
                "empty, and the question has no choices",
            ),
        ],
    )


def _refuse(frame: pl.DataFrame, checks: Sequence[tuple[str, pl.Expr, str]]) -> None:
    problems = []
    total = 0
    for column, wrong, allowed in checks:
        bad = frame.select(wrong.fill_null(value=False)).to_series()
        if bad.any():
            total += int(bad.sum())
            shown = frame.select(FILE, ROW, pl.col(column))
            if shown.schema[column].is_nested():
                text = pl.col(column).list.eval(pl.element().cast(pl.String)).list.join(", ")
                shown = shown.with_columns(text)
            problems += problems_at(shown, column, bad, allowed)
    if problems:
        raise InputError(problems[:MOST_SHOWN], total=total)
