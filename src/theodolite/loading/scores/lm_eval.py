"""Samples of the Language Model Evaluation Harness (lm-eval): one row a document and filter.

Layout of the files as lm-eval 0.4.13 writes them with ``--log_samples``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, MissingColumnError, UsageError, shorten
from theodolite.loading.scores.lm_choices import KINDS, choices
from theodolite.loading.scores.lm_results import Run, run_of
from theodolite.loading.scores.lm_suspicion import suspicion
from theodolite.loading.scores.names import schema_of
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.loading.source import Container, Source, listed
from theodolite.tables.checks import ROW, Column, Kind, conform, with_origin

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "lm-eval"
SUMMARY = "lm-eval's samples_TASK_DATE.jsonl: one row a document and filter"

MARKS = frozenset({"doc_id", "doc", "target"})
ANSWERS = frozenset({"resps", "filtered_resps"})
NOT_METRICS = MARKS | ANSWERS | {"arguments", "filter", "metrics", "doc_hash", "prompt_hash"}
NOT_METRICS |= {"target_hash"}
OWN_IDS = ("item_id", "id", "question_id")
SUBJECTS = ("subject", "category")
NO_FILTER = "none"
# Text of one line that is no list or object, and no longer than a name may be.
PLAIN = r"^[^\[{\p{Cc}][^\p{Cc}]{0,299}$"
# A figure of the results file may have been rounded.
SAME = 1e-6
WORDS = {"true": "1", "false": "0"}


def fits(path: str | Path) -> bool:
    """Whether its records have a document, its id, its target and responses."""
    columns = frozenset(schema_of(path))
    return columns >= MARKS and bool(columns & ANSWERS) and _as_text(Source.open(path))


def read(path: str | Path, options: ScoreOptions) -> ScoreFrame:
    """Read one metric of one filter.

    Raises
    ------
    UsageError
        There is more than one metric or filter and none was named, or it has none of that name.
    FormatError
        The samples are not the JSONL that lm-eval writes.
    MissingColumnError
        A column that lm-eval writes is absent, or nothing tells the model or the task.
    InputError
        A value of the metric is no number.
    """
    source, run = Source.open(path), run_of(path)
    lacking = MARKS - frozenset(source.schema)
    if lacking:
        raise MissingColumnError(
            f"{source.name}: no column {listed(sorted(lacking))} (columns: {listed(source.schema)})"
        )
    if not _as_text(source):
        raise FormatError(
            f"{source.name}: samples of lm-eval are JSONL, not {source.container.value}"
        )
    metric = _metric(source, options.metric)
    values = _values(source, metric)
    name = _filter(values, metric, options.filter, source.name)
    chosen = values.filter(pl.col("filter") == name)
    frame, notes = _named(source, chosen)
    if metric in KINDS:
        picked, said = choices(source, run, chosen, KINDS[metric])
        frame = frame if picked is None else frame.with_columns(picked)
        notes += said
    notes += suspicion(source, values, name) + _against_results(run, chosen, metric, name)
    frame = frame.with_columns(
        pl.lit(run.model(options.model)).alias("model"),
        pl.lit(run.benchmark(options.benchmark)).alias("benchmark"),
    )
    return ScoreFrame(with_origin(frame, source.name), notes)


def _as_text(source: Source) -> bool:
    return source.container in (Container.JSONL, Container.JSON)


def _metric(source: Source, asked: str | None) -> str:
    if "metrics" in source.schema:
        lists = source.collect(source.scan(["metrics"]).select("metrics").unique())
        text = lists.get_column("metrics")
        found = text.str.json_decode(pl.List(pl.String)).explode().drop_nulls().unique()
        there = sorted(found)
    else:
        there = [name for name in source.schema if name not in NOT_METRICS]
    return _one_of(there, asked, "metric", source.name)


def _one_of(there: list[str], asked: str | None, what: str, source: str) -> str:
    if asked is not None and asked in there:
        return asked
    if asked is not None:
        raise UsageError(
            f"--{what} {shorten(asked)} is not one of {listed(there)}, which {source} has"
        )
    if len(there) == 1:
        return there[0]
    if not there:
        raise MissingColumnError(f"{source}: has no {what}")
    raise UsageError(f"{source}: has the {what}s {listed(there)}; choose one with --{what}")


def _values(source: Source, metric: str) -> pl.DataFrame:
    """Return ``_row``, ``doc_id``, ``filter`` and ``score`` of every record."""
    there = [
        name for name in ("doc_id", "filter", metric) if name in source.schema or name == metric
    ]
    frame = source.collect(source.scan(there))
    if "filter" not in frame.columns:
        frame = frame.with_columns(filter=pl.lit(NO_FILTER))
    if frame.schema[metric] == pl.String:
        frame = frame.with_columns(pl.col(metric).replace(WORDS))
    columns = [Column("doc_id", required=True), Column(metric, Kind.REAL, required=True)]
    frame = conform(frame, [*columns, Column("filter", required=True)], source=source.name)
    return frame.select(ROW, pl.col("doc_id", "filter").cast(pl.String), score=pl.col(metric))


def _filter(values: pl.DataFrame, metric: str, asked: str | None, source: str) -> str:
    counts = values.group_by("filter", maintain_order=True).agg(
        n=pl.len(), mean=pl.col("score").mean()
    )
    there = counts.get_column("filter").to_list()
    if asked is None and len(there) > 1:
        each = "; ".join(f"{f}: mean {metric} {mean:.3g} of {n:,}" for f, n, mean in counts.rows())
        raise UsageError(f"{source}: has several filters ({each}); choose one with --filter")
    return _one_of(there, asked, "filter", source)


def _named(source: Source, chosen: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Give each row its item, its subject where the document tells it, and its epoch.

    An item is named as :func:`~theodolite.loading.load_items` names it: by the document's own id,
    else ``SUBJECT/DOC_ID``, else the ``doc_id``.
    """
    parts = [
        pl.col("doc").str.json_path_match(f"$.{name}").alias(name) for name in (*OWN_IDS, *SUBJECTS)
    ]
    told = source.scan(["doc"]).select(ROW, *parts)
    rows = source.collect(chosen.lazy().join(told, on=ROW, how="left", maintain_order="left"))
    plain = [
        n
        for n in (*OWN_IDS, *SUBJECTS)
        if rows.get_column(n).str.contains(PLAIN).all() and not rows.get_column(n).has_nulls()
    ]
    subject = next((name for name in SUBJECTS if name in plain), None)
    own = next((name for name in OWN_IDS if name in plain), None)
    notes: tuple[str, ...] = ()
    documents = rows.get_column("doc_id").n_unique()
    if own is not None and rows.select("doc_id", own).n_unique() > rows.get_column(own).n_unique():
        notes = (
            f"{source.name}: the {own} of the documents is not unique; doc_id names the items",
        )
        own = None
    item = pl.col(own) if own is not None else pl.col("doc_id")
    if own is None and subject is not None:
        item = pl.format("{}/{}", subject, "doc_id")
    kept = {"item_id": item, "score": pl.col("score")}
    if subject is not None:
        kept["subject"] = pl.col(subject)
    if documents < rows.height:
        kept["epoch"] = pl.int_range(1, pl.len() + 1).over("doc_id")
        notes += (f"{source.name}: documents stand more than once; each time is an epoch",)
    return rows.select(ROW, **kept), notes


def _against_results(run: Run, chosen: pl.DataFrame, metric: str, name: str) -> tuple[str, ...]:
    """Say where the samples are not those that the results file was made from."""
    notes = []
    count, mean = run.samples(), run.mean(metric, name)
    documents = chosen.get_column("doc_id").n_unique()
    if count is not None and count != documents:
        notes.append(
            f"{run.name}: holds {documents:,} documents; the results file counts {count:,}"
        )
    found = chosen.get_column("score").mean()
    if mean is not None and isinstance(found, float) and abs(mean - found) > SAME:
        notes.append(
            f"{run.name}: the mean {metric} is {found:.4f}; the results file says {mean:.4f}"
        )
    return tuple(notes)
