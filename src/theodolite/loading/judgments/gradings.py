"""Graded answers: MT-Bench's single judgments, or the table's own columns.

FastChat writes one record a judgment: ``question_id``, ``model``, ``judge`` (the judging model and
the name of its prompt), ``score`` (-1 where the judgment holds no number), ``turn``, and the long
texts, which are not read. It appends to its file when it is run again, so that an answer may
stand there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading.judgments.questions import with_questions
from theodolite.loading.judgments.read import columns_of, judge_name, stacked
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Removal, conform, problems_at, with_origin
from theodolite.tables.gradings import COLUMNS, Gradings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["OnRepeat", "load_gradings"]

OnRepeat = Literal["error", "keep-first", "keep-last"]

LOWEST, HIGHEST = 1.0, 10.0
UNPARSEABLE = -1.0
NEEDED = ("model", "judge", "score")
ONCE = ("model", "judge", "item_id", "turn")


def load_gradings(
    paths: Sequence[str | Path] | str | Path,
    *,
    questions: str | Path | None = None,
    on_duplicate: OnRepeat = "error",
) -> Gradings:
    r"""Read the grades of one file or several, on MT-Bench's scale from 1 to 10.

    Parameters
    ----------
    paths
        FastChat's single judgments, or CSV, JSONL, a JSON array or Parquet with ``item_id`` (or
        ``question_id``), ``model``, ``judge`` and ``score``, perhaps ``turn`` and ``category``.
        A score of -1, or none, is a judgment without a number: it stays, as a null.
    questions
        A file with ``question_id`` (or ``item_id``) and ``category`` of every question.
    on_duplicate
        What to do where a judge graded an answer twice; with ``"keep-first"`` and
        ``"keep-last"``, in the order of the files, the others are counted.

    Raises
    ------
    UsageError
        No file was given.
    MissingColumnError
        A column is absent.
    FormatError
        A file cannot be read, holds games instead of grades, or nothing.
    InputError
        A score is neither from 1 to 10 nor -1, an answer stands twice, or a question is not among
        the questions; the message names file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> rows = ['{"question_id": 81, "model": "x", "judge": ["j", "single-v1"], "score": 9}',
    ...         '{"question_id": 82, "model": "x", "judge": ["j", "single-v1"], "score": -1}']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "gpt-4_single.jsonl"
    ...     _ = path.write_text("\n".join(rows))
    ...     gradings = load_gradings(path)
    >>> len(gradings), gradings.judges, gradings.unparseable
    (2, ('j',), 1)
    """
    frame = _checked(stacked(paths, _read))
    frame, removed = _once(frame, on_duplicate)
    gradings = Gradings.from_frame(frame, removed=removed)
    return gradings if questions is None else with_questions(gradings, questions)


def _read(path: str | Path) -> pl.DataFrame:
    source = Source.open(path)
    item = columns_of(source, "item_id", "question_id")[:1]
    missing = [name for name in NEEDED if name not in source.schema]
    if "g1_winner" in source.schema or "games" in source.schema:
        raise FormatError(
            f"{source.name}: holds games of two models, not grades (columns: "
            f"{listed(source.schema)})",
            hint="Games are scored with --mode pair.",
        )
    if missing or not item:
        lacking = [*missing, *(() if item else ("question_id",))]
        raise MissingColumnError(
            f"{source.name}: no column {', '.join(lacking)} (columns: {listed(source.schema)})"
        )
    names = [*item, *NEEDED, *columns_of(source, "turn", "category")]
    frame = with_origin(source.collect(source.scan(names)), source.name)
    return frame.with_columns(judge_name("judge", frame.schema["judge"])).rename(
        {item[0]: "item_id"}
    )


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the columns their types, and make of -1 what it stands for."""
    if frame.schema["score"].is_float():  # Parquet written by pandas has NaN where there is none
        frame = frame.with_columns(pl.col("score").fill_nan(None))
    frame = conform(frame, COLUMNS, source="gradings")
    score = frame.get_column("score")
    bad = (~score.is_between(LOWEST, HIGHEST) & (score != UNPARSEABLE)).fill_null(value=False)
    if bad.any():
        allowed = (
            f"neither from {LOWEST:g} to {HIGHEST:g} nor {UNPARSEABLE:g} (a judgment without a "
            "number)"
        )
        raise InputError(problems_at(frame, "score", bad, allowed), total=int(bad.sum()))
    return frame.with_columns(score.set(score == UNPARSEABLE, None))


def _once(frame: pl.DataFrame, on_duplicate: OnRepeat) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    """Keep one grade an answer and judge, or raise where there are more."""
    key = pl.struct(name for name in ONCE if name in frame.columns)
    stays = key.is_last_distinct() if on_duplicate == "keep-last" else key.is_first_distinct()
    mask = frame.select(stays).to_series()
    if mask.all():
        return frame, ()
    count = int((~mask).sum())
    if on_duplicate == "error":
        allowed = f"there already for this {', '.join(n for n in ONCE if n in frame.columns)}"
        raise InputError(
            problems_at(frame, "item_id", ~mask, allowed),
            total=count,
            hint="FastChat appends to its file when it is run again: choose with --on-duplicate "
            "keep-last or --on-duplicate keep-first.",
        )
    reason = (
        "a grade that the judge gave anew later"
        if on_duplicate == "keep-last"
        else "a grade of an answer that the judge had graded before"
    )
    return frame.filter(mask), (Removal(reason, count),)
