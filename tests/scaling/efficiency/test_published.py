"""Score against compute on published scores: the shipped facts, and one harness's table."""

from __future__ import annotations

import pytest

from theodolite.loading import load_models
from theodolite.scaling import CurveSettings, Efficiency, efficiency

FAST = CurveSettings(n_resamples=100)


@pytest.fixture(scope="module")
def observed(data) -> Efficiency:
    """The evaluations behind observational scaling laws: one harness, 112 models with FLOPs."""
    path = data("obs_scaling/base_llm_benchmark_eval.csv")
    names = ["MMLU", "GSM8K", "HumanEval", "ARC-C"]
    return efficiency(load_models(path, only=True), names, settings=FAST)


def test_shipped_facts_phi_stands_out_and_llama_3_does_not() -> None:
    study = efficiency(load_models(), settings=FAST)
    assert study.combined is not None
    rows = {row["model"]: row for row in study.combined.frame.to_dicts()}
    assert rows["Phi-1.5"]["low"] > 5.0
    assert rows["Phi-1.5"]["p_adjusted"] < 0.05
    assert rows["Llama-3-8B"]["low"] < 1.0 < rows["Llama-3-8B"]["high"]
    reasons = dict(study.left_out)
    assert "5 models in 2 families" in reasons["BBH"]


def test_z_agrees_with_the_quick_ones_of_the_anchors(observed: Efficiency) -> None:
    rows = observed.gains.select("model", "benchmark", "z")
    z = {(m.rsplit("/", 1)[-1], b): value for m, b, value in rows.iter_rows()}
    for benchmark in ("MMLU", "GSM8K", "HumanEval", "ARC-C"):
        assert z["phi-1_5", benchmark] > 1.5
        assert z["phi-2", benchmark] > 1.3
        if benchmark != "ARC-C":  # which the collection lacks for it
            assert abs(z["Meta-Llama-3-8B", benchmark]) < 1.2
    assert z["phi-1_5", "ARC-C"] == max(v for (_, b), v in z.items() if b == "ARC-C")


def test_compute_explains_much_and_slopes_are_clear(observed: Efficiency) -> None:
    assert observed.explained["ARC-C"].verdict == "compute explains most"
    assert all(curve.rises(0.95) for curve in observed.curves)
    assert observed.progress is not None
    assert observed.progress.verdict == "not enough dates"
