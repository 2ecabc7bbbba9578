"""Charts of agreement: what is drawn, also of many models with long names."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.scoring.agreement.made import RATINGS, people, side
from tests.scoring.agreement.test_base import world
from theodolite.plotting import agreed, foretold_ratings
from theodolite.plotting.beside_people_frames import line_rows, model_rows, odds_rows
from theodolite.scoring.agreement import agree, foretell_ratings

GROUPS = ("as foretold", "people rate it higher", "people rate it lower")


def test_rows_of_a_comparison() -> None:
    found = agree([side(error=0.01)], [people((*RATINGS[:7], 1300.0))]).first
    rows = model_rows(found, GROUPS)
    assert len(rows) == 8
    assert rows["score_text"][0].endswith(")")
    assert line_rows(rows)["line"].is_sorted()
    odds = odds_rows(found, rows)
    assert len(odds) == 2 * found.at_odds.height
    assert odds["pair"].n_unique() == found.at_odds.height


@pytest.mark.parametrize("models", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_the_chart_holds_every_model(models: int) -> None:
    rng = np.random.default_rng(0)
    worth = rng.standard_normal(models)
    names = tuple(f"an-organisation/a-model-with-a-long-name-{i:03}" for i in range(models))
    benchmark = side(values=tuple(1 / (1 + np.exp(-worth))), error=0.01, models=names)
    human = side("arena", tuple(1000 + 90 * worth), 8.0, "rating", names)
    spec = agreed(agree([benchmark], [human]).first).to_dict()
    drawn = json.dumps(spec)
    assert all(name in drawn for name in names)
    assert "NaN" not in drawn


def test_predictors_are_drawn_best_first() -> None:
    found = foretell_ratings(*world())
    spec = json.dumps(foretold_ratings(found).to_dict())
    assert spec.index("good") < spec.index("compute alone")
    assert "(nothing)" not in spec
