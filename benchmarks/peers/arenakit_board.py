"""arenakit: half-win Bradley-Terry by minorisation, with bootstrap intervals and separation."""

from __future__ import annotations

import pyarrow.parquet as pq
from arenakit import Arena, bootstrap, fit_bt, separation
from arenakit.schema import battles_from_records
from common import COLUMNS, Stages, arguments, write_board

STAGES = Stages()


def main() -> None:
    """Read by PyArrow, as its case studies do; ``tight`` takes the prior away."""
    path, resamples, tight = arguments()
    batches = pq.ParquetFile(path).iter_batches(columns=COLUMNS)
    battles = battles_from_records(row for batch in batches for row in batch.to_pylist())
    STAGES.done("read")
    arena = Arena(battles)
    del battles
    STAGES.done("group")
    settings = {"prior": 0.0} if tight else {}
    fit = fit_bt(arena.counts(), **settings)
    STAGES.done("fit")
    ends = None
    notes = {}
    if resamples:
        boot = bootstrap(arena, n_resamples=resamples)
        ends = tuple(boot.score_ci().T.tolist())
        apart = separation(boot, arena.models)
        ranks = boot.rank_ci()
        notes = {"neighbours apart": apart.n_simultaneous, "ranks": ranks.tolist()}
        STAGES.done("intervals")
    write_board(arena.models, fit.scores.tolist(), ends, STAGES, iterations=fit.n_iter, **notes)


if __name__ == "__main__":
    main()
