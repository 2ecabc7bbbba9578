"""``helm``: the runs of HELM, ``per_instance_stats.json`` or ``display_predictions.json``.

A record tells the statistics of one instance in one trial; in ``per_instance_stats.json`` each
metric that was computed has records of its own. The score is the mean of the statistic that is
named by ``metric``. Those that only keep the books (tokens, run times and the like) are never
taken unless they are named.

Model and benchmark come from ``run_spec.json`` beside the file, or from the name of its folder,
``mmlu:subject=anatomy,model=openai_gpt2``: there the benchmark is ``mmlu``, the subject
``anatomy``, and ``item_id`` the instance's id after the subject, for every subject counts its
instances anew. Trials are epochs. An instance that was asked in changed words as well
(a perturbation) has several scores: ``filter`` names the perturbation, or ``original``. An
instance that has no value of the metric is left out and counted. Where instances of several
splits are there, the column ``split`` says which: HELM reports ``test`` alone.

``choice`` comes from ``predicted_index``, or else from a predicted letter that HELM could map to
one of the choices.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, UsageError, shorten
from theodolite.loading.files import File
from theodolite.loading.records import FaultError, json_records
from theodolite.loading.scores.helm_run import described
from theodolite.loading.scores.logs import (
    chosen_metric,
    counted,
    faulty,
    file_label,
    head_of,
    log_bytes,
    plain,
)
from theodolite.loading.scores.shape import ScoreFrame
from theodolite.loading.source import listed
from theodolite.tables import Removal
from theodolite.tables.checks import FILE, ROW, problems_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["NAME", "SUMMARY", "fits", "read"]

NAME = "helm"
SUMMARY = "HELM runs: per_instance_stats.json or display_predictions.json, with run_spec.json"

FIRST = re.compile(rb'\[\s*\{\s*"instance_id"\s*:')
ORIGINAL = "original"
PREDICTED = "predicted_index"
BOOKKEEPING = frozenset(
    {
        "num_references", "num_train_trials", "num_train_instances", "num_instances",
        "num_prompt_tokens", "num_completion_tokens", "num_output_tokens", "num_completions",
        "num_perplexity_tokens", "num_bytes", "num_expected_tokens", "prompt_truncated",
        "batch_size", "training_co2_cost", "training_energy_cost", "inference_runtime",
        "inference_idealized_runtime", "inference_denoised_runtime",
        "inference_runtime_discrepancy", "finish_reason_length", "finish_reason_stop",
        "finish_reason_endoftext", "finish_reason_unknown", "max_prob", "logprob",
        PREDICTED,
    }
)  # fmt: skip
SCHEMA = {
    ROW: pl.UInt32,
    "instance_id": pl.String,
    "perturbation": pl.String,
    "train_trial_index": pl.Int64,
    "metric": pl.String,
    "split": pl.String,
    "mean": pl.Float64,
    "choice": pl.Int64,
}
CHECKS = (
    ("instance_id", pl.col("instance_id").is_not_null(), "not text"),
    ("perturbation", pl.col("perturbation").is_not_null(), "not a perturbation with a name"),
    ("train_trial_index", pl.col("train_trial_index").is_not_null(), "not 0 or more"),
)
CHECKS_OF_SCORE = (("mean", pl.col("mean").is_finite(), "not a finite number"),)
KEY = ["instance_id", "perturbation", "train_trial_index"]
Row = tuple[
    int, str | None, str | None, int | None, str | None, str | None, float | None, int | None
]


def fits(path: Path) -> bool:
    """Whether it is a JSON array whose first record begins with ``instance_id`` and has stats."""
    head = head_of(path)
    return FIRST.match(head) is not None and b'"stats"' in head


def read(path: Path, options: ScoreOptions) -> ScoreFrame:
    """Read the scores of a run.

    Parameters
    ----------
    path
        ``per_instance_stats.json`` or ``display_predictions.json``, in its folder.
    options
        ``metric``, where there are several; ``filter``, a perturbation or ``original``, where
        there are several; ``model`` and ``benchmark`` in place of the run's own.

    Raises
    ------
    UsageError
        There is no such metric or filter, or several and none is named; or neither the folder
        nor ``options`` tells the model or the benchmark.
    FormatError
        The file is broken, too long, or no such file of HELM.
    InputError
        A record has no usable id, trial or statistics, or a mean is no finite number.
    """
    file = File.find(path)
    run = described(path, options)
    rows = pl.DataFrame(list(_rows(file, options.metric)), schema=SCHEMA, orient="row")
    rows = rows.with_columns(file_label(file.name))
    if rows.is_empty():
        raise FormatError(f"{file.name}: no records in it")
    _check(rows, pl.lit(value=True), CHECKS)
    rows, notes = _of_perturbation(rows, options.filter, file.name)
    given = rows.filter(pl.col("metric").is_not_null())
    names = given.get_column("metric").unique().sort().to_list()
    usual = [name for name in names if name not in BOOKKEEPING]
    known = names if options.metric in names else usual
    if not known:
        raise FormatError(
            f"{file.name}: no metric in it but such as keep the books",
            hint="Name one of those with --metric, if that is what you want.",
        )
    metric = chosen_metric(options.metric, known, file.name)
    _check(given, pl.col("metric") == metric, CHECKS_OF_SCORE)
    scored = given.filter(pl.col("metric") == metric)
    splits = scored.get_column("split").unique().sort().to_list()
    if len(splits) > 1:
        notes += (
            f"{file.name}: instances of several splits ({listed(map(str, splits))}) are there, "
            "told apart by the column split; HELM reports test alone",
        )
    missing = rows.select(KEY).n_unique() - scored.select(KEY).n_unique()
    removed = (Removal(f"no {metric}", missing),) if missing else ()
    return ScoreFrame(run.named(_shaped(rows, scored)), notes, removed)


def _check(rows: pl.DataFrame, where: pl.Expr, checks: Sequence[tuple[str, pl.Expr, str]]) -> None:
    for column, good, allowed in checks:
        bad = rows.select(where & ~good.fill_null(value=False)).to_series()
        if bad.any():
            raise InputError(problems_at(rows, column, bad, allowed), total=int(bad.sum()))


def _of_perturbation(
    rows: pl.DataFrame, wanted: str | None, name: str
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Keep the instances in one wording."""
    there = rows.get_column("perturbation").unique(maintain_order=True).to_list()
    if wanted is None and len(there) > 1:
        raise UsageError(
            f"{name}: the instances stand there in several wordings: choose one with --filter "
            f"({listed(there)})"
        )
    if wanted is not None and wanted not in there:
        raise UsageError(f"{name}: --filter {shorten(wanted)} is not one of {listed(there)}")
    only = wanted or there[0]
    notes = () if only == ORIGINAL else (f"{name}: the instances are perturbed: {only}",)
    return rows.filter(pl.col("perturbation") == only), notes


def _shaped(rows: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of Scores; the run's names are still to come."""
    trial = pl.col("train_trial_index")
    score, epoch = pl.col("mean").alias("score"), (trial + 1).alias("epoch")
    frame = scored.select(FILE, ROW, *KEY, score, epoch, "choice", "split")
    # per_instance_stats.json has the choice in another record than the metric.
    position = pl.col("mean").cast(pl.Int64, strict=False)
    whole = pl.when((position == pl.col("mean")) & (position >= 0)).then(position)
    predicted = rows.filter(pl.col("metric") == PREDICTED).select(*KEY, whole.alias("_predicted"))
    frame = frame.join(
        predicted.unique(KEY), on=KEY, how="left", maintain_order="left"
    ).with_columns(pl.coalesce("_predicted", "choice").alias("choice"))
    idle = ["perturbation", "train_trial_index", "_predicted"]
    if rows.get_column("train_trial_index").n_unique() == 1:
        idle.append("epoch")
    if frame.get_column("split").has_nulls():
        idle.append("split")
    if frame.get_column("choice").null_count() == frame.height:
        idle.append("choice")
    return frame.rename({"instance_id": "item_id"}).drop(idle)


def _rows(file: File, wanted: str | None) -> Iterator[Row]:
    """Yield a row a statistic that may be a score, and one without for a record of none."""
    idle = BOOKKEEPING - {wanted, PREDICTED}
    content = log_bytes(file)
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise FormatError(f"{file.name}: not a JSON array")
    try:
        for row, record in enumerate(json_records(content), 1):
            yield from _of_record(file.name, row, record, idle)
    except FaultError as fault:
        raise faulty(file.name, fault) from None


def _of_record(
    name: str, row: int, record: Mapping[str, object], idle: frozenset[str | None]
) -> Iterator[Row]:
    given = record.get("instance_id")
    instance = plain(given) if isinstance(given, str) else None
    trial = counted(record.get("train_trial_index", 0), 0)
    perturbation = _perturbation(record.get("perturbation"))
    choice = _letter(record)
    some = False
    for metric, split, mean in _statistics(name, row, record.get("stats")):
        if metric not in idle:
            some = True
            yield row, instance, perturbation, trial, plain(metric), split, _number(mean), choice
    if not some:
        yield row, instance, perturbation, trial, None, None, None, choice


def _statistics(name: str, row: int, stats: object) -> Iterator[tuple[str, str | None, object]]:
    """Yield name, split and mean of each statistic that was computed for an instance."""
    if isinstance(stats, Mapping):
        yield from ((metric, None, mean) for metric, mean in stats.items())
        return
    if not isinstance(stats, list):
        raise FormatError(f"{name}, row {row}: stats is neither a list nor an object")
    for stat in stats:
        about = stat.get("name") if isinstance(stat, Mapping) else None
        metric = about.get("name") if isinstance(about, Mapping) else None
        if not isinstance(stat, Mapping) or not isinstance(metric, str):
            raise FormatError(f"{name}, row {row}: a statistic without name.name")
        # HELM writes a statistic that nothing was added to with a count of 0, and no mean.
        if stat.get("count") != 0:
            split = about.get("split") if isinstance(about, Mapping) else None
            yield metric, plain(split) if isinstance(split, str) else None, stat.get("mean")


def _number(value: object) -> float | None:
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _perturbation(value: object) -> str | None:
    if value is None:
        return ORIGINAL
    name = value.get("name") if isinstance(value, Mapping) else None
    return plain(name) if isinstance(name, str) else None


def _letter(record: Mapping[str, object]) -> int | None:
    text = record.get("predicted_text")
    if not isinstance(record.get("mapped_output"), str) or not isinstance(text, str):
        return None
    at = string.ascii_uppercase.find(text.strip())
    return at if at >= 0 and len(text.strip()) == 1 else None
