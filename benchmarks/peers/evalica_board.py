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
BATCH = 50


def resample(votes: tuple, n: int) -> tuple[pd.Series, pd.Series]:
    """Find the ends of the intervals from ``n`` resamples, in batches.

    Asked for 1,000 resamples of 2 million votes at once, it would hold 16 GB of row numbers. The
    percentile bootstrap, not its default: BCa also leaves out each vote once.
    """
    draws = []
    for seed in range(0, n, BATCH):
        found = evalica.bootstrap(
            evalica.bradley_terry,
            *votes,
            n_resamples=min(BATCH, n - seed),
            bootstrap_method="percentile",
            random_state=seed,
        )
        draws.append(np.log(found.distribution))
    ends = pd.concat(draws).quantile([0.025, 0.975])
    return ends.loc[0.025], ends.loc[0.975]


def main() -> None:
    """Fit as it comes; ``tight`` lowers its tolerance and lifts its limit of 100 sweeps."""
    path, resamples, tight = arguments()
    frame = pd.read_parquet(path, columns=COLUMNS)
    winners = frame["winner"].map(WINNERS).tolist()
    votes = (frame["model_a"], frame["model_b"], winners)
    STAGES.done("read")
    settings = {"tolerance": 1e-12, "limit": 100_000} if tight else {}
    fit = evalica.bradley_terry(*votes, **settings)
    STAGES.done("fit")
    ends = None
    if resamples:
        low, high = resample(votes, resamples)
        ends = (low[fit.scores.index], high[fit.scores.index])
        STAGES.done("intervals")
    notes = {"iterations": int(fit.iterations)}
    write_board(fit.scores.index, np.log(fit.scores), ends, STAGES, **notes)


if __name__ == "__main__":
    main()
