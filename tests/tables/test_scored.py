"""Scores beside compute: means of measurements, noise of both kinds, and what was left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from theodolite.errors import TooFewError, UsageError
from theodolite.loading import load_models
from theodolite.tables import Condition, Models
from theodolite.tables.scored import scored

FACTS = pl.DataFrame(
    {
        "model": ["a", "b", "c", "d"],
        "kind": ["base", "base", "base", "instruct"],
        "params": [1e9, 8e9, 2e9, 1e9],
        "active_params": [None, 2e9, None, None],
        "tokens": [1e12, 1e12, None, 1e12],
    }
)
RESULTS = pl.DataFrame(
    {
        "model": ["a", "a", "b", "c", "d"],
        "benchmark": "GSM8K",
        "value": [40.0, 44.0, 60.0, 50.0, 70.0],
        "unit": "%",
        "setting": ["5-shot", "8-shot", "5-shot", "5-shot", "5-shot"],
    }
)
TABLE = Models.from_frames(FACTS, RESULTS)


def test_means_compute_and_what_was_left_out() -> None:
    found = scored(TABLE, "GSM8K")
    assert found.frame.select("model", "flops", "score", "measured").rows() == [
        ("a", 6e21, pytest.approx(0.42), 2),
        ("b", 1.2e22, pytest.approx(0.6), 1),
    ]
    assert [(r.reason, r.count) for r in found.removed] == [
        ("models that are not base", 1),
        ("models whose tokens are not known", 1),
    ]


def test_the_noise_by_hand() -> None:
    found = scored(TABLE, "GSM8K")
    phi = 2 * 0.02**2 / (0.42 * 0.58)
    assert found.harness == pytest.approx(phi)
    once = 0.6 * 0.4 * (phi + 1 / 1319)
    twice = 0.42 * 0.58 * (phi / 2 + 1 / 1319)
    assert found.frame["noise"].to_numpy() ** 2 == pytest.approx(np.array([twice, once]))


@pytest.mark.parametrize(("value", "share"), [(0.0, 1 / 166), (100.0, 165 / 166)])
def test_the_noise_of_none_or_all_right_is_about_one_item(value: float, share: float) -> None:
    """HumanEval has 164 items: by the rule of succession 0 of 164 is a chance of 1 in 166."""
    rows = RESULTS.filter(model="b").with_columns(benchmark=pl.lit("HumanEval"), value=value)
    found = scored(Models.from_frames(FACTS, rows), "HumanEval")
    noise = found.frame["noise"].item()
    assert noise == pytest.approx((share * (1 - share) / 164) ** 0.5)
    assert noise == pytest.approx(1 / 164, rel=0.02)


def test_the_noise_where_the_items_are_not_known() -> None:
    rows = RESULTS.filter(model="a").with_columns(
        benchmark=pl.lit("Own"), value=pl.Series([0.0, 0.4])
    )
    found = scored(Models.from_frames(FACTS, rows), "Own")
    # 0.2% has s (1 - s) of 0.002, above the floor; of a score of 0 it would be 1e-4.
    phi = 2 * 0.002**2 / (0.002 * 0.998)
    assert found.frame["noise"].item() == pytest.approx((0.002 * 0.998 * phi / 2) ** 0.5)


def test_conditions_choose_measurements() -> None:
    found = scored(TABLE, "GSM8K", conditions=[Condition.parse("setting=5-shot")])
    assert found.frame["score"].to_list() == pytest.approx([0.4, 0.6])
    assert found.harness == 0.0
    assert found.removed[-1].count == 1


def test_what_cannot_be_a_share_or_leaves_nothing() -> None:
    with pytest.raises(UsageError, match="not measured in percent"):
        scored(load_models(), "arena_rating")
    with pytest.raises(UsageError, match="no attribute or benchmark"):
        scored(TABLE, "MLU")
    with pytest.raises(TooFewError, match="no model has a score"):
        scored(TABLE.keep(pl.Series([False, False, True, False]), "test"), "GSM8K")
