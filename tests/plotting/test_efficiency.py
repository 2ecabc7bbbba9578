"""Charts of score against compute: valid, finite, every model drawn, names kept out of code."""

import json
from functools import cache

import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.efficiency.made import World, table
from theodolite import plotting
from theodolite.errors import TooFewError
from theodolite.plotting.efficiency_frames import LIMIT, date_rows, gain_rows, points, short_names
from theodolite.scaling import CurveSettings, efficiency
from theodolite.tables import Models

FAST = CurveSettings(n_resamples=100)


@cache
def study(special=False, dates=True, shift=0.0):
    models = table(World(names=("MMLU", "GSM8K"), shift=shift), 0)
    frame, results = models.frame, models.results
    frame = frame.select("model", "family", "released", "kind", "params", "tokens")
    if special:
        names = {frame["model"][k]: SPECIAL[k] for k in range(len(SPECIAL))}
        frame = frame.with_columns(pl.col("model").replace(names))
        results = results.with_columns(pl.col("model").replace(names))
    frame = frame.with_columns(pl.col("released").cast(pl.String))
    if not dates:
        frame = frame.drop("released")
    return efficiency(Models.from_frames(frame, results), settings=FAST)


def charts(found):
    return [
        plotting.scores_and_gains(found),
        plotting.score_curve(found, "GSM8K"),
        plotting.gain_forest(found),
        plotting.gain_dates(found),
    ]


@pytest.mark.parametrize("special", [False, True])
def test_charts_are_valid_and_finite(special):
    for chart in charts(study(special)):
        text = json.dumps(chart.to_dict(), allow_nan=False)
        assert len(text) > 1000
        assert "Infinity" not in text


def test_every_model_is_drawn():
    found = study()
    assert points(found, "MMLU").height == 36
    assert gain_rows(found).height == 36
    assert date_rows(found).height == 36
    for frame in (gain_rows(found), date_rows(found)):
        assert frame["low"].min() >= 1.0 / LIMIT
        assert frame["high"].max() <= LIMIT


def test_what_cannot_be_drawn():
    with pytest.raises(TooFewError, match="no model with a gain has a release date"):
        plotting.gain_dates(study(dates=False))
    flat = study(shift=-12.0)
    with pytest.raises(TooFewError, match="rise with compute on no benchmark"):
        plotting.gain_forest(flat)
    json.dumps(plotting.scores_and_gains(flat).to_dict(), allow_nan=False)


def test_short_names_stay_apart():
    assert short_names(["a/x", "b/y"]) == ["x", "y"]
    assert short_names(["a/x", "b/x"]) == ["a/x", "b/x"]


def test_images_are_drawn(tmp_path):
    path = tmp_path / "chart.png"
    plotting.save_chart(plotting.scores_and_gains(study(special=True)), path)
    assert path.stat().st_size > 10_000
