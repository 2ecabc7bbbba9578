"""Sections of observational laws: what they say stands in the numbers; charts with odd names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scaling.observational.world import models_of, world
from theodolite import plotting
from theodolite.reporting import observational_page, page_html
from theodolite.scaling import ObservationalSettings, observational

MADE = world(3, families=8)


@pytest.fixture(scope="module")
def found():
    models, new = models_of(MADE, ~MADE.new), models_of(MADE, MADE.new)
    return observational(
        models, ["quiz"], new=new, setup=ObservationalSettings(components=2, draws=50)
    )


def sections(found):
    return {section.question: section for section in observational_page(found).sections}


def test_the_verdict_leads_with_its_interval(found) -> None:
    got = sections(found)["Do other benchmarks predict a target better than compute does?"]
    assert got.finding.startswith(found.verdict_words)
    assert (got.low, got.high) == (found.difference.low, found.difference.high)
    assert "models predicted by a fit to others (new)" in got.evidence
    row = got.tables[0].frame.row(0, named=True)
    assert row["mae"].startswith(f"{100 * found.targets[0].mae.estimate:.1f} [")
    errors = (got.tables[1].frame["predicted"] - got.tables[1].frame["observed"]).abs()
    assert errors.to_list() == sorted(errors, reverse=True)


def test_capabilities_and_families_are_those_of_the_result(found) -> None:
    got = sections(found)
    capability = got["How many capabilities are behind the benchmarks?"]
    assert f"{100 * found.explained[0].estimate:.1f}% [" in capability.finding
    assert capability.tables[0].frame.height == 8
    grown = got["How does capability grow with compute?"]
    assert found.lines[0].families[0].family in grown.finding
    assert grown.low == found.lines[0].slope.low
    without = sections(replace(found, lines=()))["How does capability grow with compute?"]
    assert without.finding.startswith("That cannot be told")


def test_names_are_harmless_and_charts_drawn(found, tmp_path) -> None:
    wild = "<b>x\x1b[2J</b>" + "long" * 30
    models = found.models.with_columns(
        model=pl.when(pl.col("model") == found.models["model"][0])
        .then(pl.lit(wild))
        .otherwise("model")
    )
    other = replace(found, models=models)
    assert "<b>x" not in page_html(observational_page(other))
    for name in ("observed", "capability_growth", "target_forecasts", "target_sigmoids"):
        chart = getattr(plotting, name)(other)
        assert "\x1b" not in chart.to_json()
    plotting.save_chart(plotting.observed(other), tmp_path / "chart.svg")
    assert (tmp_path / "chart.svg").stat().st_size > 10_000


def test_a_target_that_cannot_be_fitted_stands_with_its_reason() -> None:
    made = world(3, families=8)
    made.target[5:] = np.nan
    models = models_of(made)
    got = observational(
        models, ["quiz", "MMLU"], setup=ObservationalSettings(components=2, draws=50)
    )
    table = sections(got)["Do other benchmarks predict a target better than compute does?"].tables[
        -1
    ]
    assert table.frame["target"].to_list() == ["quiz"]
    assert "are needed" in table.frame["reason"][0]
