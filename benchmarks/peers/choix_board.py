"""choix: Bradley-Terry without ties, by iterative Luce spectral ranking over a list of wins.

It knows no ties, so each vote stands twice: a tie once in each direction, anything else twice in
its own. That is the half-win likelihood to the power of two, with the same maximum.
"""

from __future__ import annotations

import choix
import numpy as np
import pandas as pd
from common import COLUMNS, Stages, arguments, write_board

STAGES = Stages()


def main() -> None:
    """Fit from the list of (winner, loser)."""
    path, _, _ = arguments()
    frame = pd.read_parquet(path, columns=COLUMNS)
    STAGES.done("read")
    codes, models = pd.factorize(pd.concat([frame["model_a"], frame["model_b"]]))
    first, second = np.split(codes, 2)
    a, b = (frame["winner"] == name for name in ("model_a", "model_b"))
    once = np.where(b, second, first), np.where(b, first, second)
    twice = np.where(a, first, second), np.where(a, second, first)
    winner, loser = (np.concatenate(both).tolist() for both in zip(once, twice, strict=True))
    wins = list(zip(winner, loser, strict=True))
    STAGES.done("list")
    strength = choix.ilsr_pairwise(len(models), wins)
    STAGES.done("fit")
    write_board(models, strength, None, STAGES)


if __name__ == "__main__":
    main()
