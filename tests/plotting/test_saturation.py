"""Charts of saturation: valid, finite, with every size and model, names kept out of all code."""

import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.saturation.boards import board
from tests.scaling.saturation.worlds import runs_of
from theodolite import plotting
from theodolite.scaling import Recipe, Resampling, saturation, score_saturation


@cache
def losses(kind="law", sizes=5):
    runs = runs_of(kind, sizes=np.geomspace(5e7, 5e9, sizes))
    return saturation(runs, recipe=Recipe(objective="least-squares"), resampling=Resampling(n=100))


@cache
def scores(special=False):
    models = board(count=9)
    if special:
        names = dict(
            zip(models.models, [f"{s} {k}" for k, s in enumerate(SPECIAL * 3)], strict=False)
        )
        frame = models.frame.with_columns(pl.col("model").replace(names))
        rows = models.results.with_columns(pl.col("model").replace(names))
        models = type(models).from_frames(frame, rows)
    return score_saturation(models, pair=(models.models[8], models.models[2]))


@cache
def specs():
    """Return every chart, of hostile names, as Vega-Lite."""
    one, two = losses("saturated"), scores(special=True)
    charts = (
        plotting.slope_ratios(losses()),
        plotting.saturated(one, None),
        plotting.saturated(None, two),
    )
    return [chart.to_dict() for chart in charts]


def test_every_chart_is_valid_and_finite():
    for spec in specs():
        json.dumps(spec, allow_nan=False)


def test_losses_and_scores_stand_below_each_other():
    narrow = score_saturation(board(count=9), benchmarks=["MMLU"])
    spec = plotting.saturated(losses("law", 3), narrow).to_dict()
    assert len(spec["vconcat"]) == 3
    assert "config" not in spec["vconcat"][0]


def rows_of(chart, key):
    """Return the rows of the first data of a kind in each panel: those that have a column."""
    data = chart.to_dict()["datasets"].values()
    frames = [pl.read_csv(text.encode()) for text in data if isinstance(text, str)]
    return [row for frame in frames if key in frame.columns for row in frame.to_dicts()]


def test_every_size_and_run_is_drawn():
    found = losses()
    dots = rows_of(plotting.saturation_curves(found), "part")
    assert len(dots) == len(found.observed) == 40
    assert sum(row["part"] == "the last stretch" for row in dots) == 20
    ratios = rows_of(plotting.slope_ratios(found), "ratio")
    assert len(ratios) == 6
    assert ratios[0]["ratio"] == pytest.approx(found.ratio.estimate, abs=1e-4)
    drawn = [row["ratio"] for row in ratios[1:]]
    assert drawn == pytest.approx(found.sizes["ratio"].to_list(), abs=1e-4)


def test_of_many_sizes_six_are_drawn_and_it_is_said():
    found = losses("law", 9)
    spec = plotting.saturation_curves(found).to_dict()
    assert len(spec["concat"]) == 6
    assert "6 of 9 sizes." in spec["description"]


def test_every_model_and_benchmark_is_drawn():
    found = scores()
    rows = rows_of(plotting.score_trends(found), "fitted")
    assert len(rows) == len(found.models) == 18
    gaps = rows_of(plotting.two_models(found), "what")
    assert len(gaps) == 4


def test_no_name_is_ever_read_as_an_expression():
    def walk(node):
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(name in str(child) for name in SPECIAL)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for spec in specs():
        walk(spec)
