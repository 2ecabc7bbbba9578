"""Charts of trends: valid, finite, every model a dot, lines and names where they belong."""

import json
from datetime import date
from functools import cache

import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.test_trend import BREAK, drawn, followed
from theodolite import plotting
from theodolite.loading import load_models
from theodolite.plotting.trend_frames import (
    WIDTH,
    band_rows,
    dot_rows,
    ends_of,
    names_of,
    shown_break,
    sides_of,
    year_of,
)
from theodolite.scaling.trends.measure import QUANTITIES
from theodolite.tables import Models


@cache
def found(quantity="tokens_per_param", **world):
    return followed(drawn(**world), quantity=quantity)


@cache
def shipped():
    return followed(load_models(), breaks=["2022-03-29", "2023-02-24"])


def marks(chart):
    text = json.dumps(chart.to_dict(), allow_nan=False)
    return {kind for kind in ("area", "line", "circle", "text") if f'"type": "{kind}"' in text}


def expressions(node):
    """Give every text of a chart that is run as code."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("labelExpr", "expr", "test", "calculate", "filter"):
                yield str(value)
            elif name != "datasets":
                yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_is_drawn(quantity):
    assert marks(plotting.trend_lines(found(quantity))) == {"area", "line", "circle", "text"}


def test_over_training_is_drawn():
    chart = plotting.over_training(shipped())
    assert marks(chart) == {"area", "line", "circle", "text"}
    assert "the optimum" in chart.to_dict()["title"]["subtitle"][1]


def test_without_a_break_one_line_is_drawn():
    one = found(before=4, after=12)
    assert shown_break(one) is None
    chart = plotting.trend_lines(one)
    assert "broken at" not in json.dumps(chart.to_dict())
    assert marks(chart) == {"area", "line", "circle", "text"}


def test_the_surest_break_is_shown():
    assert shown_break(shipped()).day == date(2022, 3, 29)
    assert (
        "broken at 2022-03-29" in plotting.trend_lines(shipped()).to_dict()["title"]["subtitle"][0]
    )


def test_every_model_is_a_dot():
    one = shipped()
    dots = dot_rows(one, "value", date(2022, 3, 29))
    assert len(dots) == 89
    assert dots["after"].sum() == 66
    row = dots.filter(model="Chinchilla-70B").row(0, named=True)
    assert (row["y"], row["after"], row["value_text"]) == (20.0, True, "20")
    assert row["year"] == pytest.approx(2022 + 87 / 365, abs=0.01)


def test_lines_meet_the_break_and_are_cut_outside():
    one = found(jump=2.0)
    ends = ends_of(dot_rows(one, "value", BREAK)["y"].to_list())
    rows = band_rows(one.breaks[0].plain.lines, ends)
    early, late = rows.filter(piece="before"), rows.filter(piece="after")
    assert early["year"].max() == late["year"].min() == year_of(BREAK)
    level = one.breaks[0].plain.level_before.estimate
    assert early["estimate"][-1] == pytest.approx(level)
    assert rows["low"].min() >= ends[0] / 10
    assert rows["high"].max() <= ends[1] * 10
    assert (rows["low"] <= rows["estimate"]).all()


def test_names_keep_off_break_lines_and_edges():
    dots = dot_rows(shipped(), "value", date(2022, 3, 29))
    ends = (sides_of(dots["year"].to_list()), ends_of(dots["y"].to_list(), (20.0,)))
    labels = names_of(dots, ends, [2022.24], 20.0)
    assert 25 <= len(labels) <= 60
    rule = (2022.24 - ends[0][0]) / (ends[0][1] - ends[0][0]) * WIDTH
    for label in labels:
        row = dots.row(label.index, named=True)
        x = (row["year"] - ends[0][0]) / (ends[0][1] - ends[0][0]) * WIDTH
        if label.side == "right":
            assert not x + label.dx < rule < x + label.dx + 6.2 * len(row["model"])
            assert x + label.dx + 6.2 * len(row["model"]) <= WIDTH


def test_names_are_kept_out_of_all_code():
    models = drawn(before=6, after=6, most=1)
    names = [SPECIAL[k % len(SPECIAL)] + f" {k}" for k in range(len(models))]
    frame = models.frame.select("family", "kind", "params", "tokens", "released").with_columns(
        pl.Series("model", names), pl.col("released").cast(pl.String)
    )
    chart = plotting.trend_lines(followed(Models.from_frames(frame)))
    json.dumps(chart.to_dict(), allow_nan=False)
    code = list(expressions(chart.to_dict()))
    assert code
    assert not any(name in text for name in names for text in code)
