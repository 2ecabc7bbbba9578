"""Two boards of one file beside each other: strengths and interval widths."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Strengths:
    """Centred log strengths and half widths of their intervals (0 where there are none)."""

    strength: dict[str, float]
    half: dict[str, float]

    @classmethod
    def of(cls, output: dict[str, Any] | None) -> Strengths | None:
        """Read a board's JSON: ours holds ratings, the peers' scripts write log strengths."""
        if not output or not output.get("models"):
            return None
        name, unit = "strength", 1.0
        if "settings" in output:
            scale = output["settings"]["scale"]
            name, unit = "rating", math.log(scale["base"]) / scale["scale"]
        rows = output["models"]
        centre = statistics.fmean(row[name] for row in rows)
        return cls(
            {row["model"]: (row[name] - centre) * unit for row in rows},
            {row["model"]: _half(row) * unit for row in rows},
        )

    def difference(self, other: Strengths) -> float:
        """Find the largest difference of log strengths; infinite where the models differ."""
        if self.strength.keys() != other.strength.keys():
            return math.inf
        return max(abs(x - other.strength[model]) for model, x in self.strength.items())

    def width(self, other: Strengths) -> float | None:
        """Give the median of half widths over the other's."""
        ratios = [
            half / other.half[model]
            for model, half in self.half.items()
            if half and other.half.get(model)
        ]
        return statistics.median(ratios) if ratios else None


def _half(row: dict[str, Any]) -> float:
    low, high = row.get("low"), row.get("high")
    return 0.0 if low is None or high is None else (high - low) / 2.0
