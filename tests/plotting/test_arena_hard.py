"""Charts of Arena-Hard."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import domains
from tests.scoring.arena_hard.made import BASE, World, judged, table
from theodolite.plotting import arena_hard_scores, arena_hard_verdicts
from theodolite.plotting.parts import ROW_STEP
from theodolite.scoring import ArenaHard, score_arena_hard

SPECIAL = {"m0": HOSTILE, "m1": MARKUP, "m2": CHINESE, "m3": LONG}


@cache
def made(models: int) -> ArenaHard:
    world = World(tuple(-2.0 + 4.0 * i / models for i in range(models)))
    frame = world.games(40, seed=1)
    special = SPECIAL if models == 8 else {}
    frame = frame.with_columns(pl.col("model_a", "model_b").replace(special))
    return score_arena_hard(table(frame), baseline=BASE)


def rows_of(chart, column: str) -> pl.DataFrame:
    texts = [text for text in chart.to_dict()["datasets"].values() if isinstance(text, str)]
    frames = [pl.read_csv(text.encode()) for text in texts]
    return next(frame for frame in frames if column in frame.columns)


@pytest.mark.parametrize("count", [1, 2, 8, 60])
def test_every_chart_is_valid_and_finite(count: int) -> None:
    for chart in (arena_hard_scores, arena_hard_verdicts):
        spec = chart(made(count)).to_dict()
        json.dumps(spec, allow_nan=False)
        assert spec["height"] == ROW_STEP * count


def test_scores_are_best_first_within_their_intervals() -> None:
    chart = arena_hard_scores(made(8))
    rows = rows_of(chart, "score")
    assert rows["score"].to_list() == sorted(rows["score"], reverse=True)
    assert ((rows["low"] <= rows["score"]) & (rows["score"] <= rows["high"])).all()
    assert rows["published"].is_not_null().all()
    assert len(domains(chart, "y")) >= 1


def test_one_who_won_everything_ends_at_the_edge() -> None:
    found = score_arena_hard(judged([[4] * 10], [[4] * 10]), baseline=BASE)
    row = rows_of(arena_hard_scores(found), "score").row(0, named=True)
    assert (row["score"], row["high"]) == (100.0, 100.0)
    assert row["low"] == pytest.approx(74.1, abs=0.1)


def test_verdicts_add_up() -> None:
    rows = rows_of(arena_hard_verdicts(made(8)), "verdict")
    assert rows["verdict"].unique().len() == 5
    total = rows.group_by("model").agg(pl.col("share").sum())["share"]
    assert total.to_list() == pytest.approx([1.0] * 8, abs=1e-3)


def test_the_title_names_the_baseline() -> None:
    text = json.dumps(arena_hard_scores(made(2)).to_dict()["title"])
    assert f"against {BASE}" in text
