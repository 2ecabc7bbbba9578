"""What the scripts of scaling laws share: arguments, the table of runs, the fit as JSON.

It runs in the peers' own environments and needs nothing but the standard library.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common import Stages

COLUMNS = ("params", "tokens", "loss")


def arguments(defaults: Mapping[str, int]) -> tuple[Path, dict[str, int]]:
    """Read FILE and NAME=NUMBER..., of which only those in ``defaults`` are known."""
    given = dict(text.split("=", 1) for text in sys.argv[2:])
    unknown = set(given) - set(defaults)
    if unknown:
        raise SystemExit(f"unknown options: {sorted(unknown)}")
    return Path(sys.argv[1]), {**defaults, **{name: int(text) for name, text in given.items()}}


def read(path: Path) -> list[tuple[float, ...]]:
    """Read the runs: parameters, tokens and loss of each."""
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(float(row[name]) for name in COLUMNS) for row in csv.DictReader(file)]


def write_fit(
    parameters: Mapping[str, float],
    stages: Stages,
    *,
    objectives: Sequence[float] = (),
    counts: Mapping[str, tuple[int, int]],
    errors: Mapping[str, float] | None = None,
    draws: Sequence[tuple[Sequence[int], Sequence[float]]] = (),
) -> None:
    """Print a fit: E, A, B, alpha, beta, and where each start ended.

    ``counts`` says of a stage how much of the whole job was done in it, and how much that is;
    ``draws`` are the rows of each resample and its law.
    """
    found = {
        "parameters": {name: float(value) for name, value in parameters.items()},
        "objectives": [float(value) for value in objectives],
        "counts": counts,
        "errors": {name: float(value) for name, value in (errors or {}).items()},
        "draws": [([int(row) for row in rows], list(map(float, law))) for rows, law in draws],
        "stages": stages.seconds,
    }
    print(json.dumps(found))
