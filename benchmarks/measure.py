"""Measure a command: wall seconds and peak memory of its process, by the median of some runs."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LONG_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """One run of one process."""

    seconds: float
    peak_mb: float
    status: int
    over_limit: bool


@dataclass(frozen=True)
class Measured:
    """What some runs of one command took, and what the last one printed.

    Attributes
    ----------
    seconds, peak_mb
        Medians; of the time spent until the end where the limit was passed.
    runs
        How many.
    over_limit
        Whether it was stopped at the limit.
    error
        Why there is no result; empty where there is one.
    output
        Its standard output, where that is a JSON object.
    """

    seconds: float
    peak_mb: float
    runs: int
    over_limit: bool
    error: str
    output: dict[str, Any] | None


def sample(command: list[str], folder: Path, limit: float) -> Sample:
    """Run once; ``folder`` gets its ``stdout`` and ``stderr``."""
    files = [str(folder / "stdout"), str(folder / "stderr")]
    watcher = [sys.executable, "-I", "-S", str(HERE / "watch.py"), str(limit), *files, *command]
    done = subprocess.run(watcher, stdout=subprocess.PIPE, text=True, check=True)
    seconds, peak, status, over = done.stdout.split()
    return Sample(float(seconds), int(peak) / 1e6, int(status), over == "1")


def measure(command: list[str], folder: Path, *, limit: float, runs: int) -> Measured:
    """Run up to ``runs`` times; once where that takes over a minute or fails."""
    folder.mkdir(parents=True, exist_ok=True)
    samples: list[Sample] = []
    while len(samples) < runs:
        last = sample(command, folder, limit)
        samples.append(last)
        if last.status != 0 or last.seconds > LONG_SECONDS:
            break
    return Measured(
        seconds=statistics.median(s.seconds for s in samples),
        peak_mb=statistics.median(s.peak_mb for s in samples),
        runs=len(samples),
        over_limit=last.over_limit,
        error="" if last.status == 0 or last.over_limit else _complaint(folder, last.status),
        output=_json(folder / "stdout") if last.status == 0 else None,
    )


def last_words(text: str) -> str:
    """Find the line that says what went wrong: the last that names an error, or the last at all.

    Files lose their folders: a report names no path of this machine.
    """
    lines = [re.sub(r"[\u2500-\u257f]", "", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if re.search(r"\w", line)]
    named = [line for line in lines if re.search(r"error", line, re.IGNORECASE)]
    return re.sub(r"[^\s'\"(]*/", "", (named or lines or ["no message"])[-1])


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _complaint(folder: Path, status: int) -> str:
    text = (folder / "stderr").read_text(encoding="utf-8", errors="replace")
    return f"exit {status}: {last_words(text)}"
