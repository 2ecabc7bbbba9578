"""Charts of a hard subset."""

from __future__ import annotations

import json
from functools import cache

import pytest

from tests.plotting.made import HOSTILE, LONG
from tests.scoring.hard.quizzes import names, quiz, scores_of
from theodolite.plotting import separability_curve, whole_scores
from theodolite.scoring.hard import HardSubset, HoldOut, hard


@cache
def made(models: int, *, scale: float = 1.0) -> HardSubset:
    called = [HOSTILE, LONG, *names(models)[2:]]
    scores = scores_of(scale * quiz(models, 60), called=called)
    return hard(scores, size=12, holdout=HoldOut(splits=3))


@pytest.mark.parametrize("models", [5, 12, 60])
@pytest.mark.parametrize("scale", [1.0, 9.0])
def test_every_chart_is_valid_and_finite(models: int, scale: float) -> None:
    for chart in (separability_curve, whole_scores):
        json.dumps(chart(made(models, scale=scale)).to_dict(), allow_nan=False)


def test_both_curves_end_at_all_items() -> None:
    found = made(12)
    text = json.dumps(separability_curve(found).to_dict())
    assert "all 60 items" in text
    rows = [line for line in text.split("\\n") if line.startswith("60,")]
    assert len(rows) == 2
    assert rows[0].split(",")[1:4] == rows[1].split(",")[1:4]
