"""Do the intervals of isoFLOP profiles cover? 2,000 histories in the slow tests."""

import numpy as np
import pytest

from tests.scaling.budget_runs import (
    BUDGETS,
    EXPONENT,
    LAW,
    best_params,
    budget_runs,
    law_best,
    lowest,
)
from theodolite.errors import NotIdentifiedError
from theodolite.scaling import isoflop
from theodolite.tables import Runs

FAR = 1e23
LAW_EXPONENT = LAW["beta"] / (LAW["alpha"] + LAW["beta"])
SETTINGS = {
    "nine budgets": {},
    "nine budgets that differ": {"between": 0.1},
    "five budgets that differ": {"budgets": BUDGETS[::2], "n": 6, "between": 0.05},
    "four runs a budget": {"n": 4, "half": 1.0},
    "three budgets": {"budgets": BUDGETS[::4], "n": 5},
    "noise falls to a quarter": {"n": 8, "noise": 0.008, "spread": 0.25},
    "much noise": {"n": 9, "noise": 0.02},
    "a law": {"law": True, "half": 1.0},
}


def coverage(histories, **options):
    """Shares that cover: exponent, optimum far out, params and loss of a budget; set aside."""
    law = options.get("law", False)
    exponent, best = (LAW_EXPONENT, law_best) if law else (EXPONENT, best_params)
    held = {"exponent": [], "optimum": [], "params": [], "loss": []}
    aside = refused = 0
    for seed in range(histories):
        runs = Runs.from_frame(budget_runs(seed=seed, **options))
        try:
            got = isoflop(runs, n_resamples=1000, seed=seed)
        except NotIdentifiedError:
            refused += 1
            continue
        low, high = got.allocation_interval
        held["exponent"].append(low <= exponent <= high)
        far = got.optimum(FAR)
        held["optimum"].append(far.params_low <= best(FAR) <= far.params_high)
        aside += len(got.set_aside)
        if not options.get("between"):  # or a budget's own minimum lies elsewhere
            frame = got.budgets
            held["params"] += within(frame, "params", best(frame["flops"].to_numpy()))
        if not law and not options.get("between"):
            held["loss"] += within(frame, "loss", lowest(frame["flops"].to_numpy()))
    shares = {name: float(np.mean(values)) for name, values in held.items() if values}
    return shares | {"set aside": aside, "refused": refused}


def within(frame, name, truth):
    low, high = (frame[f"{name}_{end}"].to_numpy() for end in ("low", "high"))
    return ((low <= truth) & (truth <= high)).tolist()


def test_coverage_of_few_histories():
    got = coverage(150)
    for name in ("exponent", "optimum", "params", "loss"):
        assert 0.90 <= got[name] <= 0.99, got
    assert got["refused"] == got["set aside"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_coverage(name):
    got = coverage(2000, **SETTINGS[name])
    print(f"{name}: " + ", ".join(f"{k} {v:.4g}" for k, v in got.items()))
    for what in ("exponent", "optimum", "params", "loss"):
        if what in got:
            assert 0.93 <= got[what] <= 0.97, got
    assert got["refused"] == 0
