"""Our length-controlled win rates by the published recipe, as a process: FILE to rates as JSON."""

from __future__ import annotations

import json
import sys
import time

from theodolite.loading import load_difficulty, load_gamed, load_preferences
from theodolite.scoring.winrate import published


def main() -> None:
    """Read and check the three files, and fit all models."""
    start = time.perf_counter()
    path = sys.argv[1]
    preferences = load_preferences(path)
    difficulty = load_difficulty(path.replace(".parquet", "-difficulty.parquet"))
    gamed = load_gamed(path.replace(".parquet", "-gamed.parquet"))
    read = time.perf_counter()
    found = published(preferences, difficulty=difficulty, gamed=gamed).models
    fit = time.perf_counter()
    rates = dict(found.select("model", "length_controlled_win_rate").iter_rows())
    stages = {"read": round(read - start, 3), "fit": round(fit - read, 3)}
    print(json.dumps({"rates": rates, "stages": stages}))


if __name__ == "__main__":
    main()
