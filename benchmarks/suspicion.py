"""Fit the weights of the suspicion to MMLU-Redux: ``python benchmarks/suspicion.py DATA``.

DATA holds the labels (``mmlu_redux/mmlu_redux_dev.parquet``), the answers of models
(``responses/helm14_mmlu_redux_items.parquet``) and MMLU itself, for the names of its subjects. The
weights go to ``src/theodolite/auditing/suspicion.json``; a test fits them again and compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from theodolite.auditing import (
    RULES,
    fit_suspicion,
    lint,
    response_features,
    response_statistics,
)
from theodolite.auditing.rule import INDEX
from theodolite.loading import ScoreOptions, load_items, load_scores

OUT = Path(__file__).parents[1] / "src" / "theodolite" / "auditing" / "suspicion.json"
LABELS = "error_type"
NAME = "MMLU-Redux 2.0, 2,900 items of 29 subjects"
DIGITS = 6


def fitted(data: Path) -> dict[str, Any]:
    """Fit both models."""
    items = load_items(data / "mmlu_redux" / "mmlu_redux_dev.parquet")
    answers = data / "responses" / "helm14_mmlu_redux_items.parquet"
    keys = items.frame.get_column("item_id")
    everything = load_scores(answers, ScoreOptions(benchmark=items.benchmarks[0]))
    here = everything.frame.get_column("item_id").is_in(keys.implode())
    scores = everything.keep(here, "not labelled")
    found = lint(items, rules=RULES)
    features = response_features(response_statistics(items, scores)).drop(INDEX)
    subjects = load_items(data / "mmlu" / "mmlu_test.parquet").frame.get_column("subject")
    return {
        "lint": fit_suspicion(found, items, LABELS, fitted_on=NAME).to_dict(),
        "responses": fit_suspicion(
            found, items, LABELS, fitted_on=NAME, features=features
        ).to_dict(),
        "subjects": pl.Series(subjects.unique().sort()).to_list(),
    }


def rounded(value: Any) -> Any:
    """Round what was estimated: more digits say nothing and differ between machines."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, DIGITS) if isinstance(value, float) else value


if __name__ == "__main__":
    text = json.dumps(rounded(fitted(Path(sys.argv[1]))), indent=1)
    OUT.write_text(f"{text}\n", encoding="utf-8")
