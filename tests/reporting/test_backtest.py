"""Sections of backtests: what they say stands in the numbers."""

import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.reporting import backtest_page, page_html
from theodolite.scaling import Recipe, Resampling, backtest, held_out_gains
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = [Recipe(objective="least-squares")]


def tried(frame, hold_out="flops=6e21..", **settings):
    runs = Runs.from_frame(frame)
    return runs, backtest(runs, hold_out, **({"recipes": SQUARES, "resampling": FEW} | settings))


def sections(page):
    return {section.question: section for section in page.sections}


def test_the_choice_and_the_best_after_the_fact_are_told_apart():
    _, found = tried(simulated(n=6))
    best = sections(backtest_page(found))["Which law forecasts best?"]
    assert best.finding.startswith("Chosen without the held-out runs: ")
    assert f"{found.recommended.law} by least squares" in best.finding
    assert f"{100 * found.table['mape'][0]:.2f}%" in best.finding
    assert len(best.tables[0].frame) == 4
    assert best.tables[1].frame["law"].to_list() == ["data-constrained"]


@pytest.mark.parametrize(("shift", "words"), [(1.0, "in line"), (1.1, "fewer than that")])
def test_coverage_is_said_as_it_is(shift, words):
    held = 6.0 * pl.col("params") * pl.col("tokens") >= 6e21
    frame = simulated(n=6).with_columns(
        loss=pl.when(held).then(pl.col("loss") * shift).otherwise(pl.col("loss"))
    )
    _, found = tried(frame, laws=["chinchilla"])
    cover = sections(backtest_page(found))["Did the stated intervals cover?"]
    assert words in cover.finding
    if shift > 1:
        missed = found.shown.score.n - int(found.points["covered"].sum())
        assert f"Above: {missed}, below: 0." in cover.finding
    errors = cover.tables[0].frame["error"].abs().to_list()
    assert errors == sorted(errors, reverse=True)


def test_gains_by_group_name_those_below_the_floor_and_those_without():
    frame = simulated(n=6).with_columns(g=pl.Series(["x", "<b>y</b>", "z"] * 12))
    low = pl.when(pl.int_range(pl.len()) == 35).then(1.0).otherwise(pl.col("loss"))
    runs, found = tried(frame.with_columns(loss=low), "g", laws=["chinchilla"], recipes=[Recipe()])
    page = backtest_page(found, held_out_gains(runs, found))
    gain = sections(page)["How much compute are the held-out runs worth?"]
    assert gain.tables[0].frame["gain"].is_infinite().sum() == 1
    assert "The most where g=z: ∞ times theirs" in gain.finding
    assert any("below the loss that no compute reaches" in note for note in gain.caveats)
    assert "<b>y</b>" not in page_html(page)


def test_without_a_choice_the_page_says_so():
    frame = simulated(n=4).sort(pl.col("params") * pl.col("tokens"))
    _, found = tried(frame.gather([0, 2, 5, 7, 9, 12, 14, 15]), "flops=2e22..", laws=["chinchilla"])
    best = sections(backtest_page(found))["Which law forecasts best?"]
    assert found.recommended is None
    assert best.finding.startswith("chinchilla by least squares missed the held-out losses by ")
    assert any("no law can be chosen inside the training runs" in note for note in best.caveats)
