"""Charts of win rates."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import polars as pl

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import domains
from tests.scoring.winrate.simulations import World
from theodolite.plotting import win_rates
from theodolite.plotting.parts import ROW_STEP
from theodolite.plotting.text import RANGE, printable
from theodolite.scoring.winrate import WinRates, aligned
from theodolite.tables import Preferences

SPECIAL = {"m0": HOSTILE, "m1": MARKUP, "m2": CHINESE, "m3": LONG}


@cache
def made(models: int = 8) -> WinRates:
    world = World(tuple(np.linspace(-2, 2, models)), "soft")
    frame = world.preferences(np.random.default_rng(0), 60)[0].frame
    named = frame.with_columns(pl.col("model").cast(pl.String).replace(SPECIAL))
    return aligned(Preferences.from_frame(named), difficulty="none")


def test_it_is_valid_and_the_best_are_first() -> None:
    chart = win_rates(made())
    text = json.dumps(chart.to_dict(), allow_nan=False, ensure_ascii=False)
    assert chart.to_dict()["height"] == 8 * ROW_STEP
    assert [printable(name) for name in made().models["model"]] in domains(chart, "y")
    row = made().models.row(0, named=True)
    assert f"{row['rank_low']}{RANGE}{row['rank_high']}" in text or str(row["rank_low"]) in text


def test_of_many_models_the_first_are_drawn_and_it_is_said() -> None:
    chart = win_rates(made(230)).to_dict()
    assert chart["height"] == 200 * ROW_STEP
    assert "The first 200 of 230." in chart["title"]["subtitle"][0]


def test_a_rate_that_cannot_be_told_is_not_drawn() -> None:
    base = World((-1.0, 0.0), "soft").preferences(np.random.default_rng(2), 60)[0].frame
    constant = base.with_columns(
        len_output=pl.when(pl.col("model") == "m0")
        .then(pl.col("len_baseline") + 5)
        .otherwise("len_output")
    )
    rates = aligned(Preferences.from_frame(constant))
    chart = win_rates(rates).to_dict()
    drawn = [text for text in chart["datasets"].values() if isinstance(text, str)]
    held = [text for text in drawn if "held fixed" in text]
    assert held
    assert all("m0" not in text for text in held)
