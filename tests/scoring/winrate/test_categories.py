"""Win rates by category."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.scoring.winrate.simulations import World
from theodolite.errors import InputError, MissingColumnError, TooFewError
from theodolite.scoring.winrate import CategoryRates, WinRates, aligned, rates_by_category
from theodolite.tables import Preferences

WORLD = World((-1.0, 0.0, 1.0))


@cache
def made(better: float = 0.0) -> tuple[Preferences, pl.DataFrame]:
    preferences, ease = WORLD.preferences(np.random.default_rng(2), 300)
    number = pl.col("item_id").str.slice(1).cast(pl.Int64)
    frame = preferences.frame.drop("_file", "_row").with_columns(
        kind=pl.when(number % 3 == 0)
        .then(pl.lit("code"))
        .when(number % 3 == 1)
        .then(pl.lit("chat"))
        .otherwise(pl.lit("essay"))
    )
    at = (pl.col("kind") == "code") & (pl.col("model") == "m1")
    shifted = pl.when(at).then(pl.col("preference") + better).otherwise(pl.col("preference"))
    return Preferences.from_frame(frame.with_columns(shifted.clip(1, 2))), ease


def found(better: float = 0.0) -> tuple[CategoryRates, WinRates]:
    preferences, ease = made(better)
    overall = aligned(preferences, difficulty=ease)
    return rates_by_category(preferences, overall, by="kind"), overall


def test_rates_average_to_the_whole() -> None:
    got, overall = found()
    assert len(got.rates) == 9
    rates = got.rates.with_columns(
        part=pl.col("length_controlled_win_rate") * pl.col("n"),
        raw=pl.col("win_rate") * pl.col("n"),
    )
    means = rates.group_by("model").agg(
        controlled=pl.col("part").sum() / pl.col("n").sum(),
        raw=pl.col("raw").sum() / pl.col("n").sum(),
    )
    both = overall.models.join(means, on="model")
    assert both["raw"].to_list() == pytest.approx(both["win_rate"].to_list())
    assert both["controlled"].to_list() == pytest.approx(
        both["length_controlled_win_rate"].to_list(), abs=0.5
    )


def test_a_category_is_set_against_the_mean_of_the_others() -> None:
    got, _ = found()
    for model in ("m0", "m1", "m2"):
        part = got.rates.filter(model=model)
        rate = part["length_controlled_win_rate"].to_numpy()
        want = [rate[k] - np.delete(rate, k).mean() for k in range(3)]
        assert part["difference"].to_list() == pytest.approx(want)


def test_equal_categories_are_not_told_apart_and_a_better_one_is() -> None:
    assert not (found()[0].rates["p_adjusted"] < 0.05).any()
    told = found(0.5)[0].rates.filter(pl.col("p_adjusted") < 0.01)
    assert ("m1", "code") in told.select("model", "category").rows()
    assert set(told["model"]) == {"m1"}


def test_intervals_have_width_where_a_category_was_lost_entirely() -> None:
    preferences, ease = made()
    lost = preferences.frame.with_columns(
        preference=pl.when((pl.col("kind") == "chat") & (pl.col("model") == "m0"))
        .then(1.0)
        .otherwise("preference")
    )
    table = Preferences.from_frame(lost)
    got = rates_by_category(table, aligned(table, difficulty=ease), by="kind")
    row = got.rates.filter(model="m0", category="chat").row(0, named=True)
    assert row["length_controlled_win_rate"] < 1e-3
    assert row["high"] > 2.0
    assert row["difference_high"] - row["difference_low"] > 2.0


def test_a_model_that_lost_everything_may_still_differ() -> None:
    preferences, ease = made()
    lost = preferences.frame.with_columns(
        preference=pl.when(pl.col("model") == "m0").then(1.0).otherwise("preference")
    )
    table = Preferences.from_frame(lost)
    got = rates_by_category(table, aligned(table, difficulty=ease), by="kind")
    own = got.rates.filter(model="m0")
    width = (own["difference_high"] - own["difference_low"]).to_numpy()
    assert width == pytest.approx(np.full(3, 200 * 1.968 * np.sqrt(1.5) / 102), rel=0.02)
    assert (own["p_adjusted"] > 0.9).all()


def test_thin_categories_are_counted() -> None:
    preferences, ease = made()
    thin = preferences.frame.with_columns(
        kind=pl.when(pl.col("item_id").is_in(["i0", "i1"])).then(pl.lit("rare")).otherwise("kind")
    )
    table = Preferences.from_frame(thin)
    got = rates_by_category(table, aligned(table, difficulty=ease), by="kind")
    rare = got.rates.filter(category="rare")
    assert rare["length_controlled_win_rate"].null_count() == 3
    assert rare["difference"].null_count() == 3
    assert got.notes == ("3 rates are left out: a model has fewer than 10 instructions there.",)
    only = Preferences.from_frame(thin.filter(pl.col("item_id").str.len_chars() < 3))
    with pytest.raises(TooFewError, match="no value of kind has 10"):
        rates_by_category(only, aligned(only, difficulty=ease), by="kind")


def test_refusals() -> None:
    preferences, ease = made()
    overall = aligned(preferences, difficulty=ease)
    with pytest.raises(MissingColumnError, match="no column tone"):
        rates_by_category(preferences, overall, by="tone")
    with pytest.raises(InputError, match="more than 30 categories"):
        rates_by_category(preferences, overall, by="item_id")
    mixed = preferences.frame.with_columns(
        kind=pl.when(pl.col("model") == "m0").then(pl.lit("x")).otherwise("kind")
    )
    with pytest.raises(InputError, match="is not the only category of its item"):
        rates_by_category(Preferences.from_frame(mixed), overall, by="kind")
