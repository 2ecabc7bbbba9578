"""What the page of win rates says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from tests.scoring.winrate.simulations import World
from theodolite.reporting import Section, page_html, winrate_page, winrate_sections
from theodolite.scoring.winrate import WinRates, aligned
from theodolite.tables import Preferences

WORLD = World((-1.5, -0.5, 0.0, 0.5, 1.0, 2.5), "soft")


@cache
def made() -> WinRates:
    return aligned(WORLD.preferences(np.random.default_rng(0), 120)[0])


def sections(rates: WinRates) -> dict[str, Section]:
    return {section.question: section for section in winrate_page(rates).sections}


def test_questions() -> None:
    assert [s.question for s in winrate_sections(made())] == [
        "Who beats base, at equal length?",
        "What does length do to the rates?",
        "Who is really better?",
        "Did a model game the judge?",
        "What does one likelihood for all models say?",
    ]


def test_the_leader_and_who_beats_the_baseline() -> None:
    first = made().models.row(0, named=True)
    section = winrate_sections(made())[0]
    rate = first["length_controlled_win_rate"]
    assert section.finding.startswith(f"{first['model']} has the highest rate, {rate:.1f}%")
    assert (section.low, section.high) == (first["low"], first["high"])
    for row in made().models.filter(pl.col("low") > 50)["model"]:
        assert row in section.finding.split("as it is).")[1]
    lost = int((made().models["high"] < 50).sum())
    assert f"{lost} of 6 lose to it by theirs." in section.finding


def test_nobody_beats_the_baseline() -> None:
    weak = World((-3.0, -2.5, -2.0), "soft").preferences(np.random.default_rng(1), 100)[0]
    finding = winrate_sections(aligned(weak))[0].finding
    assert "No model beats the baseline by its own interval." in finding


def test_a_suspect_is_named_and_none_is_said() -> None:
    assert sections(made())["Did a model game the judge?"].finding.startswith("There is no sign")
    suspect = pl.Series([["a reason"], *[[]] * 5], dtype=pl.List(pl.String))
    told = replace(made(), models=made().models.with_columns(suspect=suspect))
    section = sections(told)["Did a model game the judge?"]
    assert section.finding.startswith(f"{made().models['model'][0]} has signs of it.")
    assert section.tables[0].frame["suspect"].to_list() == ["a reason"]


def test_the_baseline_alone() -> None:
    frame = pl.DataFrame(
        {
            "model": "b",
            "baseline": "b",
            "item_id": [str(i) for i in range(20)],
            "preference": 1.5,
            "len_output": 9.0,
            "len_baseline": 9.0,
        }
    )
    page = winrate_page(aligned(Preferences.from_frame(frame)))
    assert "No other model than the baseline" in page.sections[0].finding
    assert "</html>" in page_html(page)


def test_names_are_no_markup() -> None:
    preferences = WORLD.preferences(np.random.default_rng(0), 60)[0]
    hostile = preferences.frame.with_columns(
        model=pl.col("model").cast(pl.String).replace("m5", "<script>alert(1)</script>"),
        baseline=pl.lit("<b>bold</b>"),
    )
    html = page_html(winrate_page(aligned(Preferences.from_frame(hostile))))
    assert "<script>alert(1)" not in html
    assert "<b>bold</b>" not in html
