"""arena-rank: half-win Bradley-Terry by L-BFGS in JAX, with its sandwich intervals."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset
from common import COLUMNS, Stages, arguments, write_board

STAGES = Stages()
POINTS = 400.0 / math.log(10.0)


def finish(model: Any, data: Any, stages: Stages) -> None:
    """Fit, ask for the intervals, and print the board."""
    model.fit(data)
    model.params["ratings"].block_until_ready()
    stages.done("fit")
    found = model.compute_ratings_and_cis(data, significance_level=0.05)
    strength, low, high = (
        (found[name] - 1000.0) / POINTS for name in ("ratings", "rating_lower", "rating_upper")
    )
    ends = (low.tolist(), high.tolist())
    stages.done("intervals")
    write_board(found["competitors"], strength.tolist(), ends, stages)


def main() -> None:
    """Follow its documentation; ``tight`` asks for a smaller gradient and less ridge."""
    path, _, tight = arguments()
    frame = pd.read_parquet(path, columns=COLUMNS)
    STAGES.done("read")
    data = PairDataset.from_pandas(frame)
    STAGES.done("group")
    settings = {"ftol": 0.0, "gtol": 1e-12, "hessian_reg": 1e-12} if tight else {}
    model = BradleyTerry(n_competitors=len(data.competitors), **settings)
    finish(model, data, STAGES)


if __name__ == "__main__":
    main()
