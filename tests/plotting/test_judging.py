"""Charts of judges."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from tests.scoring.judges.made import FAMILIES, frame_of
from tests.stats.juries import World
from theodolite.plotting.judging import REACH, bias_rows, judge_biases, jury_strengths
from theodolite.scoring.judges import BIASED, UNTOLD, Bias, JudgeReport, assess_judges
from theodolite.tables import Judgments


@cache
def made() -> JudgeReport:
    frame = frame_of(World(items=40), np.random.default_rng(0))
    return assess_judges(Judgments.from_frame(frame), families=FAMILIES)


def test_a_row_a_judge_and_bias() -> None:
    rows = bias_rows(made())
    assert len(rows) == 9
    first = made().judges[0].position
    got = rows.row(
        by_predicate=(pl.col("judge") == "j0") & (pl.col("bias") == "position"), named=True
    )
    assert (got["estimate"], got["start"], got["end"]) == (first.estimate, first.low, first.high)


def test_an_open_end_stops_at_the_edge() -> None:
    endless = Bias(None, 1.0, None, 0.0, 0.0, BIASED, "", 9, unbounded=True)
    one = replace(made().judges[0], position=endless)
    rows = bias_rows(replace(made(), judges=(one,))).filter(bias="position")
    assert rows.select("start", "end", "estimate").row(0) == (1.0, REACH, None)
    assert rows["text"][0].endswith("(1.00 to open)")


def test_panels_are_the_biases_that_are_known() -> None:
    chart = judge_biases(made()).to_dict()
    assert [panel["title"]["text"] for panel in chart["concat"]] == [
        "First place",
        "Longer answers",
        "Own family",
    ]
    nothing = Bias(None, None, None, None, None, UNTOLD, "why", 0)
    judges = tuple(replace(one, self_preference=nothing) for one in made().judges)
    assert len(judge_biases(replace(made(), judges=judges)).to_dict()["concat"]) == 2
    bare = tuple(replace(one, position=nothing, verbosity=nothing) for one in judges)
    json.dumps(judge_biases(replace(made(), judges=bare)).to_dict(), allow_nan=False)


def test_strengths_are_best_first_and_open_ends_are_drawn() -> None:
    models = made().models.with_columns(
        estimate=pl.when(pl.col("rank") > 1).then("estimate"),
        high=pl.when(pl.col("rank") > 1).then("high"),
    )
    chart = jury_strengths(replace(made(), models=models)).to_dict()
    json.dumps(chart, allow_nan=False)
    text = next(t for t in chart["datasets"].values() if isinstance(t, str))
    rows = pl.read_csv(io.StringIO(text))
    assert rows["model"].to_list() == made().models["model"].to_list()
    assert rows["end"].is_not_null().all()
