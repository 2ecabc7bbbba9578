"""Sections of training sets: what they say stands in the numbers."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.plotting.real import SPECIAL
from tests.scaling.datasets.simulations import made
from theodolite.reporting import datasets_page, page_html
from theodolite.scaling import (
    Recipe,
    Resampling,
    Sets,
    datasets,
    evaluations,
    explain_difference,
    explain_sets,
    nearest_pairs,
)

SETTINGS = {
    "sets": Sets(same_evaluation=True),
    "recipe": Recipe(objective="least-squares"),
    "resampling": Resampling(n=100),
}


@pytest.fixture(scope="module")
def found():
    return datasets(made((12, 12), (1.0, 1.6)), **SETTINGS)


def sections(page):
    return {section.question: section for section in page.sections}


def test_the_worth_of_a_token(found):
    got = sections(datasets_page(found))["How much is a token of each set worth?"]
    row = found.pairs.row(0, named=True)
    ends = f"{row['ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    assert f"one token of b is worth {ends} of a" in got.finding
    assert (got.low, got.high) == (row["low"], row["high"])
    assert got.tables[0].frame["multiplier"][0] == 1.0


@pytest.mark.parametrize(
    ("one", "words"), [("yes", "Yes: "), ("no", "No: "), ("cannot be told", "It cannot be told")]
)
def test_whether_one_multiplier_says_it(found, one, words):
    changed = replace(found, choice=replace(found.choice, one_multiplier=one))
    page = sections(datasets_page(changed))
    got = page["Does one multiplier describe how the sets differ?"]
    assert got.finding.startswith(words)
    assert got.tables[0].frame["form"].to_list()[0] == "shared"


def test_how_runs_were_left_out(found):
    def caption(one):
        page = sections(datasets_page(one))
        return page["Does one multiplier describe how the sets differ?"].tables[0].caption

    assert "left out one by one, and" in caption(found)
    pairs = replace(
        found.setting, groups=np.arange(24) // 2, resampling=Resampling(n=100, cluster="family")
    )
    assert "left out with all of their family, and" in caption(replace(found, setting=pairs))


def test_worth_at_the_largest_runs(found):
    got = sections(datasets_page(found))["What is a token worth at the largest runs?"]
    row = found.worth.filter("largest").row(0, named=True)
    ends = f"[{row['low']:.2f}, {row['high']:.2f}]".replace("inf", "∞")
    assert f"b {row['multiplier']:.2f} {ends}" in got.finding
    free = found.worth.with_columns(high=pl.lit(float("inf")), unbounded=pl.lit(value=True))
    page = sections(datasets_page(replace(found, worth=free)))
    assert "∞] (unbounded)" in page["What is a token worth at the largest runs?"].finding


def test_parts_of_a_difference(found):
    ((a, b),) = nearest_pairs(found)
    parts = (explain_sets(found, "a", "b"), explain_difference(found, a, b))
    page = datasets_page(found, parts)
    got = sections(page)["Which part of a difference in loss is data?"]
    assert got.finding.startswith("b against a, ")
    assert len(got.tables[0].frame) == 2
    assert got.tables[1].frame["b"].to_list() == [b]
    assert page.sections[-1].question == "What was used?"


def test_evaluations_have_a_section(found):
    several = evaluations(
        {"one": made((6, 5), (1.0, 1.6)), "two": made((6, 5), (1.0, 0.5))}, **SETTINGS
    )
    got = sections(datasets_page(found, (), several))["Is one set better on every evaluation?"]
    assert got.finding == several.verdict_words
    assert len(got.tables[0].frame) == 2


def test_names_from_files_do_no_harm():
    runs = made((6, 5), (1.0, 1.6), names=SPECIAL)
    found = datasets(runs, **SETTINGS)
    parts = [explain_sets(found, found.names[0], found.names[1])]
    html = page_html(datasets_page(found, parts))
    assert "<img src=x" not in html
    assert "noise drawn" in html
