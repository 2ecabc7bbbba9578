"""The shared answers of models, and logs that lm-eval wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from theodolite.loading import ScoreOptions, load_scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Data = Callable[[str], Path]

LOGS = "logs/lm_eval"
MC = f"{LOGS}/dummy__samples_mc20_2026-11-24T13-21-18.723012.jsonl"
SMOLLM2 = f"{LOGS}/smollm2__samples_gen20_2026-11-24T13-23-47.639810.jsonl"


@pytest.mark.parametrize(
    ("name", "items", "models", "unread", "low", "high"),
    [
        ("helm14_mmlu_redux_items", 5_700, 14, 207, 0.79, 0.88),
        ("helm10_mmlu_full", 14_015, 15, 9_490, 0.40, 0.86),
        ("mmlu_pro_models", 12_032, 29, 34_410, 0.17, 0.71),
    ],
)
def test_answers_of_many_models(
    data: Data, name: str, items: int, models: int, unread: int, low: float, high: float
) -> None:
    path = data(f"responses/{name}.parquet")
    scores = load_scores(path, ScoreOptions(benchmark="b"))
    assert (len(scores), len(scores.models), scores.removed) == (items * models, models, ())
    assert scores.frame["choice"].null_count() == unread
    raw = pl.read_parquet(path)
    means = dict(scores.frame.group_by("model").agg(pl.col("score").mean()).iter_rows())
    for model, mean in means.items():
        assert mean == pytest.approx((raw[model] == raw["answer"]).mean(), abs=1e-12)
        assert low < mean < high
    ids = scores.frame.filter(pl.col("model") == scores.models[0])["item_id"]
    first = {"mmlu_pro_models": "70"}.get(name, "abstract_algebra/0")
    assert ids[0] == first


def test_subjects_that_a_model_was_not_asked_are_told(data: Data) -> None:
    path = data("responses/helm10_mmlu_full.parquet")
    notes = load_scores(path, ScoreOptions(benchmark="mmlu")).notes
    told = next(note for note in notes if "whole subjects" in note)
    assert "high_school_european_history" in told
    assert "fedllm_checkpoint-200, 8,495 in all" in told
    assert "gpt-4" not in told


@pytest.mark.parametrize("metric", ["acc", "acc_norm"])
def test_choices_of_a_log(data: Data, metric: str) -> None:
    scores = load_scores(data(MC), ScoreOptions(metric=metric))
    assert (scores.models, scores.benchmarks, scores.notes) == (("dummy",), ("mc20",), ())
    results = json.loads(
        data(f"{LOGS}/dummy__results_2026-11-24T13-21-18.723012.json").read_text(encoding="utf-8")
    )
    published = results["results"]["mc20"][f"{metric},none"]
    assert scores.frame["score"].mean() == pytest.approx(published, abs=1e-12)
    key = pl.read_ndjson(data(f"{LOGS}/mc20.jsonl"))["answer"]
    right = scores.frame["choice"] == key
    assert right.cast(pl.Float64).to_list() == scores.frame["score"].to_list()


@pytest.mark.parametrize("name", ["strict", "flexible"])
def test_filters_that_read_no_answer_of_a_real_model(data: Data, name: str) -> None:
    scores = load_scores(data(SMOLLM2), ScoreOptions(filter=name))
    assert scores.models == ("SmolLM2-135M-Instruct",)
    assert scores.frame["score"].sum() == 0
    assert len(scores.notes) == 1
    assert f"the filter {name} scores 0 in all 20 documents" in scores.notes[0]
    assert scores.notes[0].endswith("the target stands in the response of 7")
