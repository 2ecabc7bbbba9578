"""``lighteval``: the details of a run of lighteval, one Parquet file a task.

The metrics of an answer are the fields of the column ``metric`` (0.11 and later) or ``metrics``;
versions 0.6 and 0.7 wrote the latter as the text of a Python dictionary. ``item_id`` is ``doc.id``
where the file has it, elsewhere the row, from 0.

The file is called ``details_TASK_DATE.parquet``. Of TASK (``SUITE|mmlu:anatomy|5``) the suite and
the number of examples are left away; what stands after the colon is the subject, and goes before
the ids, so that the items of ``mmlu:anatomy`` are ``anatomy/0``, ``anatomy/1`` and so on. The model
is the name of the folders between ``details`` and the one with the date, or the one in a hub's
``details_ORGANISATION__MODEL``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.loading.scores.logs import chosen_metric, file_label, head_of
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.loading.source import Container, Source
from theodolite.tables.checks import FILE, ROW, problems_at

if TYPE_CHECKING:
    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "lighteval"
SUMMARY = "lighteval details: details_TASK_DATE.parquet, one answer a row"

METRICS = ("metric", "metrics")
# Beside the metrics, what every version has had: of a table of anything else neither is there.
MARKS = (frozenset({"doc", "model_response"}), frozenset({"gold", "predictions"}))
DATE = r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?"
FILE_NAME = re.compile(rf"details_(?P<task>.+)_{DATE}\.parquet")
HUB = re.compile(r"details_(?P<model>.+?)(?:_private)?")
# One pair of a Python dictionary of plain numbers; some versions of NumPy show their type.
NUMBER = r"(?:np\.\w+\(|np\.)?([-+]?[\d.][\d.e+-]*|True|False|nan|-?inf)[_)]?"
PAIR = rf"'[^'\\]+': {NUMBER}"
DICTIONARY = rf"^\{{{PAIR}(?:, {PAIR})*\}}$"
KEY = re.compile(r"'([^']+)': ")


@dataclass(frozen=True)
class _Task:
    model: str
    benchmark: str
    subject: str | None


def fits(path: Path) -> bool:
    """Whether it is a Parquet file with the columns of lighteval's details."""
    return head_of(path)[:4] == b"PAR1" and _is_details(Source.open(path))


def read(path: Path, options: ScoreOptions) -> ScoreFrame:
    """Read the scores of a task.

    Parameters
    ----------
    path
        ``details_TASK_DATE.parquet``.
    options
        ``metric``, where there are several; ``model`` and ``benchmark`` in place of those that
        the path tells.

    Raises
    ------
    UsageError
        There is no such metric, or several and none is named; or neither the path nor ``options``
        tells the model or the benchmark; or a filter is named: lighteval has none.
    FormatError
        The file cannot be read, or is no such file of lighteval.
    InputError
        A row has no id, or no finite number as its score.
    """
    if options.filter is not None:
        raise UsageError(f"{path}: logs of lighteval have no filters: leave --filter out")
    source = Source.open(path)
    if source.container is not Container.PARQUET or not _is_details(source):
        raise FormatError(f"{source.name}: not the details of lighteval")
    task = _task(Path(path), options)
    column = next(name for name in METRICS if name in source.schema)
    identified = _has_id(source.schema.get("doc"))
    lazy = source.scan([column, "doc"] if identified else [column])
    item = pl.col("doc").struct.field("id") if identified else pl.col(ROW).cast(pl.Int64) - 1
    frame = source.collect(lazy.select(ROW, column, item.cast(pl.String).alias("item_id")))
    if frame.is_empty():
        raise FormatError(f"{source.name}: no rows in it")
    frame = frame.with_columns(file_label(source.name))
    if identified:
        _refuse(frame, "item_id", frame.get_column("item_id").is_null(), "empty")
    return ScoreFrame(_named(_scored(frame, column, options.metric, source.name), task))


def _is_details(source: Source) -> bool:
    columns = source.schema.keys()
    return any(m in columns for m in METRICS) and any(mark <= columns for mark in MARKS)


def _has_id(dtype: pl.DataType | None) -> bool:
    return isinstance(dtype, pl.Struct) and any(field.name == "id" for field in dtype.fields)


def _scored(frame: pl.DataFrame, column: str, wanted: str | None, name: str) -> pl.DataFrame:
    """Add ``score``: the number under one key of the metrics."""
    dtype = frame.schema[column]
    if isinstance(dtype, pl.Struct):
        there = [
            field.name
            for field in dtype.fields
            if field.dtype.is_numeric() or field.dtype in (pl.Boolean, pl.Null)
        ]
        metric = chosen_metric(wanted, there, name)
        value = pl.col(column).struct.field(metric).cast(pl.Float64)
    elif dtype == pl.String:
        metric, value = _in_text(frame, column, wanted, name)
    else:
        raise FormatError(f"{name}: the column {column} is {dtype}, not a struct or text")
    shown = f"{column}.{metric}"
    frame = frame.with_columns(value.alias(shown))
    bad = ~frame.get_column(shown).is_finite().fill_null(value=False)
    _refuse(frame, shown, bad, "not a finite number")
    return frame.select(FILE, ROW, "item_id", pl.col(shown).alias("score"))


def _in_text(
    frame: pl.DataFrame, column: str, wanted: str | None, name: str
) -> tuple[str, pl.Expr]:
    """Find the numbers in dictionaries that were written as text; nothing is evaluated."""
    text = frame.get_column(column)
    flat = text.str.contains(DICTIONARY).fill_null(value=False)
    _refuse(frame, column, ~flat, "not a dictionary of numbers")
    # There are as many different lists of keys as there are kinds of rows: one, as a rule.
    kinds = text.str.replace_all(f"': {NUMBER}", "': ").unique().to_list()
    there = dict.fromkeys(key for kind in kinds for key in KEY.findall(kind))
    metric = chosen_metric(wanted, list(there), name)
    found = pl.col(column).str.extract(f"[{{ ]'{pl.escape_regex(metric)}': {NUMBER}")
    value = found.replace({"True": "1", "False": "0"}).cast(pl.Float64, strict=False)
    return metric, value


def _named(frame: pl.DataFrame, task: _Task) -> pl.DataFrame:
    names = [pl.lit(task.model).alias("model"), pl.lit(task.benchmark).alias("benchmark")]
    if task.subject is not None:
        item = pl.concat_str(pl.lit(f"{task.subject}/"), "item_id").alias("item_id")
        names += [item, pl.lit(task.subject).alias("subject")]
    return frame.with_columns(names)


def _task(path: Path, options: ScoreOptions) -> _Task:
    found = FILE_NAME.fullmatch(path.name)
    parts = [part for part in found["task"].split("|") if not part.isdigit()] if found else []
    benchmark, _, subject = parts[-1].partition(":") if parts else ("", "", "")
    model = options.model or _model(path)
    for what, given in (("model", model), ("benchmark", options.benchmark or benchmark)):
        if not given:
            raise UsageError(
                f"{path}: the {what} is not known: the path is not "
                f"details/MODEL/DATE/details_TASK_DATE.parquet: name it with --{what}"
            )
    return _Task(model or "", options.benchmark or benchmark, subject or None)


def _model(path: Path) -> str | None:
    folders = path.expanduser().absolute().parent.parts
    if not folders or re.fullmatch(DATE, folders[-1]) is None:
        return None
    above = folders[:-1]
    if "details" in above:
        start = len(above) - above[::-1].index("details")
        return "/".join(above[start:]) or None
    hub = HUB.fullmatch(above[-1])
    return hub["model"].replace("__", "/") if hub else None


def _refuse(frame: pl.DataFrame, column: str, bad: pl.Series, allowed: str) -> None:
    if bad.any():
        raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()))
