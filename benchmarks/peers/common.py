"""What the peers' scripts share: arguments, stage times, the board as JSON.

It runs in the peers' own environments and needs nothing but the standard library.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = ["model_a", "model_b", "winner"]
STYLE = ["tokens", "headers", "lists", "bold"]


class Stages:
    """Seconds of each stage, from the making of this object: after the imports."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def done(self, name: str) -> None:
        """Note that a stage has ended."""
        now = time.perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now


def arguments() -> tuple[str, int, bool]:
    """Read FILE, resamples=N and tight=1 (fit as exactly as the tool can, for comparison)."""
    options = dict(text.split("=", 1) for text in sys.argv[2:])
    unknown = set(options) - {"resamples", "tight"}
    if unknown:
        raise SystemExit(f"unknown options: {sorted(unknown)}")
    return sys.argv[1], int(options.get("resamples", "0")), options.get("tight") == "1"


def write_board(
    models: Iterable[str],
    strength: Iterable[float],
    ends: tuple[Iterable[float], Iterable[float]] | None,
    stages: Stages,
    **notes: object,
) -> None:
    """Print models with log strengths (and the ends of their intervals), best first."""
    columns = {"model": list(models), "strength": [float(x) for x in strength]}
    if ends is not None:
        columns["low"] = [float(x) for x in ends[0]]
        columns["high"] = [float(x) for x in ends[1]]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    rows.sort(key=lambda row: -row["strength"])
    print(json.dumps({"models": rows, "stages": stages.seconds, "notes": notes}))
