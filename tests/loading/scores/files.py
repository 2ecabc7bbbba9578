"""Logs that tests write."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from theodolite.loading.scores import inspect
from theodolite.loading.scores.options import ScoreOptions

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.loading.scores.shape import ScoreFrame

MC20 = "logs/inspect/2026-11-24T13-21-10-00-00_mc20_5WxeXvevfUoXe8xoTgozuQ.json.gz"
MC20_EVAL = "logs/inspect/2026-11-24T13-21-08-00-00_mc20_P4WioeQ8jA5AhwXoMqsh3v.eval"
GEN20 = "logs/inspect/2026-11-24T13-21-12-00-00_gen20_FCoaFZGzmuvj9c4prnqXH3.json.gz"


def sample(
    item: object, value: object, *, epoch: object = 1, answer: str | None = None, **more: object
) -> dict[str, Any]:
    """One sample with one scorer, ``match``."""
    score = {"value": value} | ({} if answer is None else {"answer": answer})
    return {"id": item, "epoch": epoch, "scores": {"match": score}} | more


def inspect_log(samples: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    """A log as Inspect writes it, of the parts that are read."""
    return {
        "version": 2,
        "status": "success",
        "eval": {"task": "quiz", "model": "some/model", "dataset": {}, "config": {}},
    } | more | {"samples": samples}  # fmt: skip


def write_log(folder: Path, log: object, *, packed: bool = False) -> Path:
    """Write a log, NaN and all."""
    path = folder / ("log.json.gz" if packed else "log.json")
    content = json.dumps(log).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def read_samples(
    folder: Path, samples: list[dict[str, Any]], options: ScoreOptions | None = None, **more: object
) -> ScoreFrame:
    """What the reader makes of samples."""
    return inspect.read(write_log(folder, inspect_log(samples, **more)), options or ScoreOptions())
