"""Charts of MT-Bench."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import domains, marks
from tests.scoring.mt_bench.made import KINDS, grading_rows, gradings_of, judgments_of, pair_rows
from tests.scoring.mt_bench.simulations import MIDDLING, World
from theodolite.plotting.mt_bench import (
    MOST_IN_MAP,
    judged_categories,
    judged_scores,
    matches_won,
    turn_drops,
)
from theodolite.plotting.mt_bench_frames import ALL, judged_cells, match_cells
from theodolite.plotting.parts import ROW_STEP
from theodolite.scoring.mt_bench import Compared, Graded, compared, graded

SPECIAL = {"m0": HOSTILE, "m1": MARKUP, "m2": CHINESE, "m3": LONG}


def world(models: int) -> World:
    return World(means=np.linspace(6.0, 9.0, models), hard=MIDDLING.hard)


@cache
def singles(models: int = 6) -> Graded:
    rows = grading_rows(world(models), each=4 if models < 50 else 2, silent=0.02)
    return graded(gradings_of([r | {"model": SPECIAL.get(r["model"], r["model"])} for r in rows]))


@cache
def pairs(models: int = 6, baseline: int | None = None) -> Compared:
    rows = pair_rows(world(models), each=2, baseline=baseline)
    names = ("model_1", "model_2")
    return compared(judgments_of([r | {n: SPECIAL.get(r[n], r[n]) for n in names} for r in rows]))


@pytest.mark.parametrize("models", [2, 6, 40])
def test_every_chart_is_valid_and_finite(models: int) -> None:
    for chart in (judged_scores, judged_categories, turn_drops):
        json.dumps(chart(singles(models)).to_dict(), allow_nan=False)
    for got in (pairs(min(models, 12)), pairs(models, 0)):
        for chart in (judged_scores, judged_categories, matches_won):
            json.dumps(chart(got).to_dict(), allow_nan=False)


def test_rows_are_best_first_and_ranks_stand_beside() -> None:
    got = singles()
    chart = judged_scores(got)
    assert got.models["model"].to_list() in domains(chart, "y")
    assert chart.to_dict()["height"] == 6 * ROW_STEP
    assert chart.to_dict()["title"]["text"] == "Scores on 32 questions"


def test_titles_of_games() -> None:
    title = judged_scores(pairs()).to_dict()["title"]["text"]
    assert title == "Wins against each other on 16 questions"
    against = judged_categories(pairs(6, 4)).to_dict()["title"]["text"]
    assert against == "Wins against m4 by category"


def test_cells_are_the_scores() -> None:
    got = singles()
    models = got.models["model"].to_list()
    cells = judged_cells(got, models)
    assert len(cells) == 6 * 9
    assert cells["category"].unique(maintain_order=True).to_list() == [ALL, *KINDS]
    assert cells.filter(category=ALL)["score"].to_list() == got.models["score"].to_list()
    math = got.categories.filter(category="math")
    assert sorted(cells.filter(category="math")["score"]) == sorted(math["score"])
    assert cells.filter(category="math")["open"].sum() == (math["rank_low"] == 1).sum()


def test_of_many_models_the_best_are_drawn() -> None:
    got = singles(MOST_IN_MAP + 2)
    spec = judged_categories(got).to_dict()
    assert f"The best {MOST_IN_MAP} of {MOST_IN_MAP + 2}." in spec["title"]["subtitle"][0]
    assert len(domains(judged_categories(got), "y")[0]) == MOST_IN_MAP
    assert "text" not in marks(judged_categories(got))
    assert "text" in marks(judged_categories(singles()))


def test_both_sides_of_a_match_add_up() -> None:
    got = pairs()
    models = got.models["model"].to_list()
    cells = match_cells(got, models)
    assert len(cells) == 30
    low, high = pl.min_horizontal("row", "column"), pl.max_horizontal("row", "column")
    sums = cells.group_by(low.alias("one"), high.alias("two")).agg(pl.col("score").sum())
    assert sums["score"].to_list() == pytest.approx([100.0] * 15)
    for cell in cells.filter(pl.col("score") > 50).to_dicts():
        pair = got.matches.filter(model_a=models[cell["row"]], model_b=models[cell["column"]])
        assert pair["score"].to_list() == [cell["score"]]
        assert cell["low"] < cell["score"] < cell["high"]


def test_no_name_is_ever_read_as_an_expression() -> None:
    names = set(SPECIAL.values())

    def walk(node) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(name in str(child) for name in names)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for chart in (judged_scores, judged_categories, turn_drops):
        walk(chart(singles()).to_dict())
    walk(matches_won(pairs()).to_dict())
