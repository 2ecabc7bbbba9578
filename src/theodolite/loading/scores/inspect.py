"""``inspect``: the logs of Inspect, ``.eval`` or JSON, plain or packed by gzip.

A sample gives one score. A scorer's value is a number, or ``C`` (right, 1), ``P`` (in part, 0.5),
``I`` (wrong, 0), ``N`` (no answer, 0), ``yes``, ``no``, ``true`` or ``false``, as in Inspect
itself; a scorer that gives an object has one metric a key, ``SCORER.KEY``. The model is
``eval.model``, the benchmark ``eval.task``, ``item_id`` the sample's id as text, ``subject`` the
one in the metadata of the samples where all have it.

Repeated samples stay apart under ``epoch``, unless ``filter`` names a way to reduce them to one.
``choice`` is the choice whose letter the scorer read, null where it read none or several; it is
not there where the scorer never read one.

A sample without a score (it failed, or its score is NaN) is an error: an average over the others
is not the score of the task. So is a run that did not end well, unless all its samples are there.
"""

from __future__ import annotations

import math
import re
import string
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.loading.scores.inspect_log import ARCHIVE, open_log
from theodolite.loading.scores.logs import chosen_metric, file_label, head_of
from theodolite.loading.scores.reducers import reduced
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.tables.checks import FILE, ROW, already_there, problems_at

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.loading.scores.inspect_log import InspectLog
    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "inspect"
SUMMARY = "Inspect logs: .eval (extra inspect) or .json, one sample a score"

MARKS = (re.compile(rb'"status"\s*:\s*"'), re.compile(rb'"eval"\s*:\s*\{'))
GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
ALLOWED = "not a score: C, I, P, N, yes, no, true, false or a number"
# Inspect calls the 27th choice 1.
LETTERS = {letter: at for at, letter in enumerate(string.ascii_uppercase)}
NUMBERED = len(LETTERS) - 1


def fits(path: Path) -> bool:
    """Whether the name ends in ``.eval``, or a JSON object begins with a status and an eval."""
    if str(path).lower().endswith(ARCHIVE):
        return True
    head = head_of(path)
    return head.startswith(b"{") and all(mark.search(head) for mark in MARKS)


def read(path: Path, options: ScoreOptions) -> ScoreFrame:
    """Read the scores of a log.

    Parameters
    ----------
    path
        ``.eval``, ``.json`` or ``.json.gz``.
    options
        ``metric``, where there are several scorers; ``filter``, one of ``mean``, ``mode``,
        ``max``, ``at_least_K`` and ``pass_at_K``, to reduce epochs; ``model`` and ``benchmark``
        in place of the log's own.

    Raises
    ------
    MissingExtraError
        It is an ``.eval``, and inspect_ai is not installed.
    UsageError
        There is no such metric or filter, or several metrics and none is named.
    FormatError
        The file is no log, is broken, or its run did not end and samples are missing.
    InputError
        A sample has no usable id, epoch or score, or stands twice.
    """
    log = open_log(path)
    notes = _notes(log)
    names = dict.fromkeys(name for sample in log.samples for name in sample.values)
    metric = chosen_metric(options.metric, list(names), log.name, "scorer")
    frame = _scored(log, metric)
    first = frame.select(pl.struct("item_id", "epoch").is_first_distinct()).to_series()
    if not first.all():
        raise already_there(frame, "item_id", first, hint="An id stands once in an epoch.")
    notes += _against_results(log, metric, frame)
    if options.filter is not None:
        frame = reduced(frame, options.filter)
    elif frame.get_column("epoch").max() == 1:
        frame = frame.drop("epoch")
    return ScoreFrame(
        frame.drop("value", strict=False).with_columns(
            pl.lit(options.model or log.model).alias("model"),
            pl.lit(options.benchmark or log.task).alias("benchmark"),
        ),
        notes,
    )


def _notes(log: InspectLog) -> tuple[str, ...]:
    """Say what a reader must know of the run; raise where it is not to be read as a whole."""
    there, expected = len(log.samples), log.expected
    notes = []
    if log.status != "success":
        if expected is None or there < expected:
            of = "" if expected is None else f" of {expected:,}"
            raise FormatError(
                f"{log.name}: the status of the run is {log.status!r}, with {there:,}{of} samples",
                hint="A part of a run is not its score: let it end (inspect eval-retry).",
            )
        notes.append(
            f"{log.name}: the status of the run is {log.status}, "
            f"but all {there:,} samples are in it"
        )
    elif expected is not None and there < expected:
        notes.append(f"{log.name}: {there:,} of {expected:,} samples are in the log")
    if log.invalidated:
        notes.append(f"{log.name}: the log is marked as invalidated")
    return tuple(notes)


def _against_results(log: InspectLog, metric: str, frame: pl.DataFrame) -> tuple[str, ...]:
    """Say where the mean that the log reports is not that of its samples."""
    reported = log.reported.get(metric)
    items = frame.group_by("item_id", maintain_order=True).agg(pl.col("score").mean())
    own = float(items.select(pl.col("score").mean()).item())
    if reported is None or math.isclose(own, reported, rel_tol=1e-6, abs_tol=1e-6):
        return ()
    return (f"{log.name}: the log reports {reported:g} for {metric}, its samples give {own:g}",)


def _scored(log: InspectLog, metric: str) -> pl.DataFrame:
    column = f"scores.{metric}"
    samples = log.samples
    frame = pl.DataFrame(
        {
            ROW: [s.row for s in samples],
            "id": [s.item_id for s in samples],
            "epoch": [s.epoch for s in samples],
            column: [s.values.get(metric) for s in samples],
            "answer": [s.answers.get(metric) for s in samples],
            "_choices": [s.n_choices for s in samples],
            "subject": [s.subject for s in samples],
        },
        schema_overrides={ROW: pl.UInt32, "id": pl.String, column: pl.String, "answer": pl.String}
        | {"subject": pl.String, "epoch": pl.Int64},
    ).with_columns(file_label(log.name), _score(column).alias("score"))
    for name, allowed in (("id", "not text or a whole number"), ("epoch", "not 1 or more")):
        _refuse(frame, name, frame.get_column(name).is_null(), allowed)
    bad = ~frame.get_column("score").is_finite().fill_null(value=False)
    _refuse(frame, column, bad, ALLOWED)
    optional = []
    if frame.get_column("subject").null_count() == 0:
        optional.append(pl.col("subject"))
    if frame.select(_choice().is_not_null().any()).item():
        optional.append(_choice().alias("choice"))
    return frame.select(
        FILE, ROW, pl.col("id").alias("item_id"), "epoch", "score",
        pl.col(column).alias("value"), *optional,
    )  # fmt: skip


def _score(column: str) -> pl.Expr:
    text = pl.col(column)
    known = text.replace_strict(GRADES, default=None, return_dtype=pl.Float64)
    word = text.str.to_lowercase().replace_strict(WORDS, default=None, return_dtype=pl.Float64)
    return pl.coalesce(known, word, text.cast(pl.Float64, strict=False))


def _choice() -> pl.Expr:
    """Return the position of a letter, where it is one of the choices' letters."""
    letter = pl.col("answer").str.strip_chars()
    position = pl.coalesce(
        letter.replace_strict(LETTERS, default=None, return_dtype=pl.Int64),
        letter.str.extract(r"^([1-9][0-9]*)$").cast(pl.Int64, strict=False) + NUMBERED,
    )
    among = (position >= 0) & (position < pl.col("_choices"))
    return pl.when(among).then(position)


def _refuse(frame: pl.DataFrame, column: str, bad: pl.Series, allowed: str) -> None:
    if bad.any():
        hint = "Every sample needs a score: repeat those that failed, or score the log again."
        raise InputError(
            problems_at(frame, column, bad, allowed),
            total=int(bad.sum()),
            hint=hint if column.startswith("scores.") else None,
        )
