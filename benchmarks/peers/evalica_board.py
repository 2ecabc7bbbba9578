"""evalica: half-win Bradley-Terry in Rust; its bootstrap refits from the rows."""

from __future__ import annotations

import evalica
import numpy as np
import pandas as pd
from common import COLUMNS, Stages, arguments, write_board

STAGES = Stages()
WINNERS = {
    "model_a": evalica.Winner.X,
    "model_b": evalica.Winner.Y,
    "tie": evalica.Winner.Draw,
}


def main() -> None:
    """Fit as it comes; ``tight`` lowers its tolerance and lifts its limit of 100 sweeps.

    The percentile bootstrap, not its default: BCa also leaves out each vote once.
    """
    path, resamples, tight = arguments()
    frame = pd.read_parquet(path, columns=COLUMNS)
    winners = frame["winner"].map(WINNERS).tolist()
    votes = (frame["model_a"], frame["model_b"], winners)
    STAGES.done("read")
    settings = {"tolerance": 1e-12, "limit": 100_000} if tight else {}
    ends = None
    if resamples:
        found = evalica.bootstrap(
            evalica.bradley_terry,
            *votes,
            n_resamples=resamples,
            bootstrap_method="percentile",
            random_state=0,
        )
        ends = (np.log(found.low), np.log(found.high))
        fit = found.result
    else:
        fit = evalica.bradley_terry(*votes, **settings)
    STAGES.done("fit" if ends is None else "fit and intervals")
    write_board(fit.scores.index, np.log(fit.scores), ends, STAGES, iterations=int(fit.iterations))


if __name__ == "__main__":
    main()
