"""AlpacaEval's length-controlled win rates, written afresh from its description.

One model after the other by scikit-learn's LogisticRegressionCV: every row twice, with its label
and weight; ten costs, five folds of rows, scored by the weighted log loss. ``tight=1`` goes on to
the optimum, for the first twenty models only; ``models=N`` takes so many.
"""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from common import Stages
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import make_scorer
from sklearn.model_selection import GroupKFold

STAGES = Stages()
GAMED_WEIGHT = 0.1
EDGE = 1e-15
FEW = 20


def loss(label: np.ndarray, p: np.ndarray, share: np.ndarray, weight: np.ndarray) -> float:
    """Mean over the rows, with the probability of each row's own label as its share."""
    one = np.where(label == 1, share, 1.0 - share)
    p = np.clip(p, EDGE, 1.0 - EDGE)
    return float(-np.mean(weight * (one * np.log(p) + (1.0 - one) * np.log(1.0 - p))))


def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray, *, tight: bool) -> np.ndarray:
    """Fit the recipe to the rows of one model and the gamed ones."""
    score = make_scorer(loss, response_method="predict_proba", greater_is_better=False)
    stop = {"tol": 1e-7, "max_iter": 3000} if tight else {}
    model = LogisticRegressionCV(
        Cs=10,
        cv=GroupKFold(5),
        scoring=score.set_score_request(share=True, weight=True),
        l1_ratios=(1,),
        solver="liblinear",
        fit_intercept=False,
        random_state=123,
        use_legacy_attributes=True,
        **stop,
    ).set_fit_request(sample_weight=True)
    share, twice = np.concatenate([y, 1.0 - y]), np.concatenate([weight, weight])
    model.fit(
        np.concatenate([x, x]),
        np.repeat([1, 0], len(y)),
        sample_weight=share * twice,
        groups=np.tile(np.arange(len(y)), 2),
        share=share,
        weight=twice,
    )
    return model.coef_[0]


def main() -> None:
    """Read the three files, and fit each model."""
    path = sys.argv[1]
    options = dict(text.split("=", 1) for text in sys.argv[2:])
    tight = options.pop("tight", "0") == "1"
    count = int(options.pop("models", FEW if tight else 0))
    if options:
        raise SystemExit(f"unknown options: {sorted(options)}")
    warnings.simplefilter("ignore")
    sklearn.set_config(enable_metadata_routing=True)
    frame = pd.read_parquet(path)
    hard = pd.read_parquet(path.replace(".parquet", "-difficulty.parquet"))
    gamed = pd.read_parquet(path.replace(".parquet", "-gamed.parquet"))
    hard = hard["instruction_difficulty"].to_numpy()
    columns = np.tanh(gamed["std_delta_len"]), gamed["instruction_difficulty"]
    common = np.column_stack([*columns, np.zeros(len(gamed))])
    STAGES.done("read")
    rates = {}
    groups = list(frame.groupby("model", observed=True, sort=True))
    for model, rows in groups[: count or None]:
        delta = (rows["len_baseline"] - rows["len_output"]).to_numpy(dtype=float)
        difficulty = hard[rows["position"].to_numpy()]
        length = np.tanh(delta / delta.std(ddof=1))
        own = np.column_stack([length, difficulty, np.ones(len(rows))])
        y = rows["preference"].to_numpy() - 1.0
        w = fit(
            np.concatenate([common, own]),
            np.concatenate([gamed["pseudo_preference"], y]),
            np.concatenate([np.full(len(gamed), GAMED_WEIGHT), np.ones(len(rows))]),
            tight=tight,
        )
        rates[model] = float(100.0 * np.mean(1.0 / (1.0 + np.exp(-(w[1] * difficulty + w[2])))))
    STAGES.done("fit")
    counts = {"fit": (len(rates), len(groups))}
    print(json.dumps({"rates": rates, "counts": counts, "stages": STAGES.seconds}))


if __name__ == "__main__":
    main()
