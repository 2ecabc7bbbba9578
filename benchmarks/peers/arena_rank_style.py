"""arena-rank with style: half-win Bradley-Terry on features, with its sandwich intervals."""

from __future__ import annotations

import pandas as pd
from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry
from arena_rank.utils.data_utils import ContextualPairDataset
from arena_rank_board import finish
from common import COLUMNS, STYLE, Stages, arguments

STAGES = Stages()


def main() -> None:
    """Follow its documentation; ``tight``: equal weights, no penalty, a smaller gradient."""
    path, _, tight = arguments()
    sides = [f"{feature}_{side}" for feature in STYLE for side in ("a", "b")]
    frame = pd.read_parquet(path, columns=[*COLUMNS, *sides])
    for feature in STYLE:
        a, b = frame[f"{feature}_a"], frame[f"{feature}_b"]
        frame[feature] = ((a - b) / (a + b)).fillna(0.0)
    STAGES.done("read")
    data = ContextualPairDataset.from_pandas(frame, feature_cols=STYLE, reweighted=not tight)
    STAGES.done("group")
    settings = {"reg": 0.0, "ftol": 0.0, "gtol": 1e-12, "hessian_reg": 1e-12} if tight else {}
    model = ContextualBradleyTerry(
        n_competitors=len(data.competitors), n_features=len(STYLE), **settings
    )
    finish(model, data, STAGES)


if __name__ == "__main__":
    main()
