"""An Inspect log, in either of its containers, as a header and plain samples.

JSON is read here. The archive (``.eval``: a zip with zstd entries) is read by inspect_ai, for its
layout is inspect_ai's own.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from theodolite.errors import FormatError, MissingExtraError
from theodolite.loading.files import LONGEST_REASON, File, mebibytes
from theodolite.loading.records import FaultError, json_members
from theodolite.loading.scores import logs
from theodolite.loading.scores.logs import counted, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["ARCHIVE", "InspectLog", "Sample", "open_log"]

ARCHIVE = ".eval"
MOST_ENTRIES = 2**21
# Of an archive's samples only what is asked for below need be decoded.
IDLE = ("messages", "events", "store", "attachments", "output", "model_usage", "role_usage")
MEANS = ("accuracy", "mean")
HEADER = ("status", "eval", "results", "invalidated")


@dataclass(frozen=True)
class Sample:
    """One sample of a log, of its scores only the scalars.

    Attributes
    ----------
    row
        Where it stands in the log, from 1.
    item_id, epoch
        As the log has them; ``None`` where they are not what they must be.
    values
        A score's name -> its value as text. A score that is an object gives one value a key,
        named ``SCORER.KEY``.
    answers
        The same names -> the answer that the scorer read.
    n_choices
        How many choices the model had.
    subject
        The subject in the sample's metadata, if any.
    """

    row: int
    item_id: str | None
    epoch: int | None
    values: Mapping[str, str | None] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    n_choices: int = 0
    subject: str | None = None


@dataclass(frozen=True)
class InspectLog:
    """A log.

    Attributes
    ----------
    name
        What an error calls the file.
    status
        ``success`` where the run came to its end.
    task, model
        What was run on what.
    expected
        How many samples a complete log has; ``None`` where it does not say.
    invalidated
        Whether somebody has marked it as not to be used.
    reported
        A score's name -> the mean over the items that the log reports for it.
    samples
        In the order of the log.
    """

    name: str
    status: str
    task: str
    model: str
    expected: int | None
    invalidated: bool
    reported: Mapping[str, float]
    samples: tuple[Sample, ...]


def open_log(path: Path) -> InspectLog:
    """Read a log.

    Raises
    ------
    MissingExtraError
        It is an archive, and inspect_ai is not installed.
    FormatError
        It cannot be read, is too long, is no log of Inspect, or holds no samples.
    """
    file = File.find(path)
    if str(path).lower().endswith(ARCHIVE):
        return _from_archive(file)
    header: dict[str, object] = {}
    samples: list[Sample] = []
    try:
        for key, value in json_members(logs.log_bytes(file), "samples"):
            if key == "samples" and isinstance(value, Mapping):
                samples.append(_sample(len(samples) + 1, value))
            elif key in HEADER:
                header[key] = value
    except FaultError as fault:
        raise logs.faulty(file.name, fault) from None
    return _log(file.name, header, samples)


def _from_archive(file: File) -> InspectLog:
    try:
        reader = import_module("inspect_ai.log")
    except ImportError as error:
        raise MissingExtraError(
            f"{file.name}: reading .eval needs inspect_ai: pip install 'theodolite[inspect]' "
            "(a log in JSON needs nothing: inspect log convert --to json)"
        ) from error
    _refuse_bombs(file)
    try:
        log = reader.read_eval_log(file.path, exclude_fields=set(IDLE))
        header = log.model_dump(include=set(HEADER))
        dumped: Iterable[Mapping[str, object]] = (
            sample.model_dump(include={"id", "epoch", "choices", "scores", "metadata"})
            for sample in log.samples or ()
        )
        samples = [_sample(row, sample) for row, sample in enumerate(dumped, 1)]
    # Whatever inspect_ai and the libraries below it raise on a broken archive is the file's fault.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:LONGEST_REASON]
        raise FormatError(f"{file.name}: inspect_ai cannot read it ({reason!r})") from error
    return _log(file.name, header, samples)


def _refuse_bombs(file: File) -> None:
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FormatError(f"{file.name}: is no archive of Inspect ({error})") from error
    if len(entries) > MOST_ENTRIES or sum(e.file_size for e in entries) > logs.LOG_LIMIT:
        raise FormatError(f"{file.name}: a log of more than {mebibytes(logs.LOG_LIMIT)}, unpacked")


def _log(name: str, header: Mapping[str, object], samples: list[Sample]) -> InspectLog:
    about = header.get("eval")
    if not isinstance(about, Mapping) or not isinstance(header.get("status"), str):
        raise FormatError(f"{name}: no log of Inspect: status and eval are not both there")
    for key in ("task", "model"):
        if not isinstance(about.get(key), str):
            raise FormatError(f"{name}: eval.{key} is not given")
    if not samples:
        raise FormatError(f"{name}: no samples in it", hint="Run it again with the samples logged.")
    return InspectLog(
        name,
        str(header["status"]),
        plain(str(about["task"])),
        plain(str(about["model"])),
        _expected(about),
        header.get("invalidated") is True,
        _reported(header.get("results")),
        tuple(samples),
    )


def _expected(about: Mapping[str, object]) -> int | None:
    dataset, config = about.get("dataset"), about.get("config")
    ids = dataset.get("sample_ids") if isinstance(dataset, Mapping) else None
    epochs = config.get("epochs") if isinstance(config, Mapping) else None
    if not isinstance(ids, list) or not isinstance(epochs, int | None):
        return None
    return len(ids) * (epochs or 1)


def _reported(results: object) -> dict[str, float]:
    """Return the means of results, under the names that the values of the samples have."""
    scores = results.get("scores") if isinstance(results, Mapping) else None
    found: dict[str, float] = {}
    for score in scores if isinstance(scores, list) else ():
        metrics = score.get("metrics") if isinstance(score, Mapping) else None
        if not isinstance(metrics, Mapping) or score.get("reducer") not in (None, "mean"):
            continue
        name, scorer = score.get("name"), score.get("scorer")
        for mean in MEANS:
            metric = metrics.get(mean)
            value = metric.get("value") if isinstance(metric, Mapping) else None
            if isinstance(value, float) and math.isfinite(value):
                found[str(name) if name == scorer else f"{scorer}.{name}"] = value
    return found


def _sample(row: int, sample: Mapping[str, object]) -> Sample:
    given, scores, choices = sample.get("id"), sample.get("scores"), sample.get("choices")
    values: dict[str, str | None] = {}
    answers: dict[str, str] = {}
    for scorer, score in (scores if isinstance(scores, Mapping) else {}).items():
        about = score if isinstance(score, Mapping) else {"value": score}
        value, answer = about.get("value"), about.get("answer")
        parts = (
            {f"{scorer}.{key}": part for key, part in value.items()}
            if isinstance(value, Mapping)
            else {scorer: value}
        )
        values.update((plain(name), _text(part)) for name, part in parts.items())
        if isinstance(answer, str):
            answers.update((plain(name), plain(answer)) for name in parts)
    metadata = sample.get("metadata")
    subject = metadata.get("subject") if isinstance(metadata, Mapping) else None
    return Sample(
        row,
        plain(str(given)) if isinstance(given, str | int) and not isinstance(given, bool) else None,
        counted(sample.get("epoch", 1), 1),
        values,
        answers,
        len(choices) if isinstance(choices, list) else 0,
        plain(subject) if isinstance(subject, str) and subject.strip() else None,
    )


def _text(value: object) -> str | None:
    """Return a scalar as text, and anything else so that it reads as no score."""
    if value is None or isinstance(value, str):
        return None if value is None else plain(value)
    return json.dumps(value) if isinstance(value, bool | int | float) else "[...]"
