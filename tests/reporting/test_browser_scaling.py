"""Pages about scaling laws and models in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.plotting.made import HOSTILE
from tests.reporting.test_browser import (
    ALARM,
    COUNT,
    browse,
    charts_of,
    pytestmark,  # noqa: F401
    title,
    with_script,
)
from tests.scaling.conftest import simulated
from theodolite import reporting, scaling
from theodolite.loading import load_models
from theodolite.tables import Facts, Runs

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.reporting import Page

FEW = scaling.Resampling(n=200)


def the_fit() -> scaling.ScalingFit:
    names = [f"{HOSTILE}{i}"[:200] for i in range(36)]
    clean = [name.replace("\x1b", "").replace("\n", "").replace("\t", "") for name in names]
    return scaling.fit(
        Runs.from_frame(simulated(n=6).with_columns(run=pl.Series(clean))), resampling=FEW
    )


def pages() -> dict[str, tuple[Page, int]]:
    """Each page with how many charts it has."""
    fit = the_fit()
    runs = Runs.from_frame(simulated(n=6))
    labels = [HOSTILE] * fit.n
    checks = (
        reporting.influence_section(scaling.influence(fit, labels=labels), fit),
        reporting.profile_section(scaling.profiles(fit), fit),
    )
    known = load_models()
    plan = scaling.plan(fit, scaling.Target(flops=1e24), serving=scaling.Serving(1e13))
    tested = scaling.backtest(runs, "flops=1e21..", resampling=FEW)
    return {
        "fit": (reporting.scaling_page(fit).with_sections(checks), 3),
        "plan": (reporting.plan_page(plan, known.frame), 1),
        "backtest": (reporting.backtest_page(tested), 2),
        "facts": (reporting.facts_page(Facts.of(known)), 1),
    }


@pytest.mark.parametrize("name", ["fit", "plan", "backtest", "facts"])
def test_charts_are_drawn_and_names_are_inert(name: str, tmp_path: Path) -> None:
    page, charts = pages()[name]
    html = reporting.page_html(page)
    assert len(charts_of(browse(html, tmp_path))) == charts
    dom = browse(with_script(html, COUNT, before=ALARM), tmp_path)
    assert title(dom).endswith("|0")


def test_counts_are_sorted_by_size(tmp_path: Path) -> None:
    frame = pl.DataFrame({"params": [7e9, 4.5e8, 1.2e12, 9e3]})
    columns = (reporting.Column("params", "Parameters", "count"),)
    table = reporting.Table(frame, columns)
    html = reporting.page_html(
        reporting.Page("Sizes", (reporting.Section("Which?", "These.", tables=(table,)),))
    )
    press = (
        "document.querySelector('th button').click();"
        "const cells = [...document.querySelectorAll('td')].map((c) => c.textContent.trim());"
        "document.title = cells.join(' ');"
    )
    assert title(browse(with_script(html, press), tmp_path)) == "1.20T 7.00B 450M 9.00K"
