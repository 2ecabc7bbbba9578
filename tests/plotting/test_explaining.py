"""Charts of an explanation and of profiles: valid, finite, and what they draw."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from tests.scaling.conftest import simulated
from theodolite import plotting, reporting
from theodolite.scaling import Recipe, Resampling, explain, fit, influence, profiles
from theodolite.tables import Runs

FEW = Resampling(n=150)


@cache
def found():
    return explain("besiroglu", Runs.from_frame(simulated(n=5)), resampling=FEW)


@cache
def loose():
    """Runs that do not hold a floor: a profile without a lower end."""
    frame = simulated(n=5, noise=0.03, seed=3)
    few = frame.filter((frame["params"] < 2e9) & (frame["tokens"] < 5e10))
    return fit(Runs.from_frame(few), recipe=Recipe("least-squares"), resampling=FEW)


def test_the_chain_is_drawn_stage_by_stage():
    spec = plotting.explanation_steps(found()).to_dict()
    json.dumps(spec, allow_nan=False)
    rows = [spec["datasets"][layer["data"]["name"]] if "name" in layer["data"] else
            layer["data"]["values"] for layer in spec["vconcat"][0]["layer"]]  # fmt: skip
    band, lines = rows[0], rows[1]
    assert [row["stage"] for row in lines] == plotting.stage_words(found())
    assert [row["value"] for row in lines] == pytest.approx(
        found().stages["allocation_exponent"].to_list()
    )
    assert [row["before"] for row in lines[1:]] == [row["value"] for row in lines[:-1]]
    inside = found().inside.row(0, named=True)
    assert band == [{"value": inside["low"], "high": inside["high"]}]


def test_profiles_with_and_without_an_end_are_valid():
    for curves in (profiles(found().fit), profiles(loose())):
        spec = plotting.profile_curves(curves).to_dict()
        json.dumps(spec, allow_nan=False)
        assert len(spec["concat"]) == len(curves.profiles)


def test_sections_say_what_has_no_end_and_what_matters():
    section = reporting.profile_section(profiles(loose()), loose())
    assert section.finding == "The runs leave E, alpha and beta without an end."
    assert section.tables[0].frame["unbounded"][0] == "low"
    single = influence(loose(), labels=["[red]a[/red]"] * loose().n)
    section = reporting.influence_section(single, loose())
    top = single.frame.row(0, named=True)
    assert f"{top['influence']:.2f} standard errors" in section.finding
    assert np.isfinite(top["influence"])


def test_the_page_has_every_section():
    fit = found().fit
    checks = (
        reporting.influence_section(influence(fit), fit),
        reporting.profile_section(profiles(fit), fit),
    )
    page = reporting.explain_page(found(), checks)
    assert len(page.sections) == 6  # nothing is emulated for a law that did not stop
    assert page.sections[0].finding == found().verdict
    html = reporting.page_html(page)
    assert "besiroglu" in html
