"""The verdict on training sets whose difference is no one number."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import TRUE
from tests.scaling.datasets.simulations import crossing, made
from theodolite.reporting import datasets_page
from theodolite.scaling import Recipe, Resampling, Sets, datasets
from theodolite.scaling.datasets.evaluations import judged
from theodolite.scaling.datasets.words import decides_of, verdict_of

SETTINGS = {
    "sets": Sets(reference="a", same_evaluation=True),
    "recipe": Recipe(objective="least-squares"),
    "resampling": Resampling(n=100),
}


@pytest.fixture(scope="module")
def crossed():
    return datasets(crossing(24, seed=2), **SETTINGS)


def test_laws_that_cross_differ_by_no_one_factor(crossed):
    # On average a token of b is worth more, and at the largest run about half.
    assert crossed.choice.one_multiplier == "no"
    assert crossed.pairs.row(0)[:2] == ("b", "a")
    assert crossed.pairs["low"][0] > 1.0
    assert crossed.verdict == "differ"
    assert "on average" not in crossed.verdict_words
    row = crossed.worth.filter("largest").row(0, named=True)
    at = f"{row['multiplier']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    ends = crossed.worth["multiplier"]
    assert f"one of b {at} ({ends.min():.2f} to {ends.max():.2f} over" in crossed.verdict_words
    assert row["high"] < 1.0 < ends.max()
    t, middle = TRUE, np.sqrt(1e9 * 5e11)
    truth = (row["tokens"] / middle) ** (0.3 / t["beta"] - 1.0)
    assert row["low"] < truth < row["high"]


def even(found, low, high):
    """The same with a multiplier near 1."""
    return found.pairs.with_columns(
        ratio=pl.lit(1.01), low=pl.lit(low), high=pl.lit(high), apart=False
    )


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (0.5, 2.0)])
def test_an_average_of_one_is_no_likeness_where_one_multiplier_is_refuted(crossed, low, high):
    pairs, words = even(crossed, low, high), {"by": "dataset", "reference": "a"}
    verdict, text = verdict_of(pairs, crossed.worth, crossed.choice, **words)
    assert verdict == "differ"
    assert "No difference" not in text
    decides = decides_of(pairs, crossed.choice, 48)
    assert (decides.pair, decides.runs) == (None, None)
    assert "needs no more runs" in decides.text
    open_still = replace(crossed.choice, one_multiplier="cannot be told")
    verdict, text = verdict_of(pairs, crossed.worth, open_still, **words)
    assert verdict == ("no difference shown" if high < 1.25 else "cannot be told")
    assert decides_of(pairs, open_still, 48).pair == ("b", "a")


def test_the_smaller_p_value_is_named(crossed):
    table = crossed.choice.table.with_columns(
        p_own=pl.when(pl.col("form") == "tokens").then(0.7).otherwise("p_own")
    )
    by_term = replace(crossed.choice, table=table, p_token_term=0.01)
    words = verdict_of(crossed.pairs, crossed.worth, by_term, by="dataset", reference="a")[1]
    assert "(p = 0.01 against a fall with tokens of its own for each set)" in words


def test_a_worth_without_end_and_many_sets_are_said_short(crossed):
    rows = [
        crossed.worth.with_columns(dataset=pl.lit(name), high=pl.lit(np.inf)) for name in "bcdefg"
    ]
    words = {"by": "dataset", "reference": "a"}
    text = verdict_of(crossed.pairs, pl.concat(rows), crossed.choice, **words)[1]
    assert "\N{INFINITY}] (" in text
    assert "one of e " in text
    assert "one of f " not in text
    assert "and 2 more sets" in text


def test_no_interval_of_an_average_heads_the_page(crossed):
    section = datasets_page(crossed).sections[0]
    assert (section.low, section.high) == (None, None)


def test_evaluations_say_where_the_multiplier_is_an_average(crossed):
    alone = datasets(made((6, 5), (1.0, 1.6)), **SETTINGS)
    words = judged({"one": crossed, "two": alone}).verdict_words
    assert "refuted on 1 of 2: there it is an average" in words
    assert "refuted" not in judged({"two": alone}).verdict_words
