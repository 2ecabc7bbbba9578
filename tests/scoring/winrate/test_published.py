"""The published recipe against one model after the other, and what it refuses."""

from __future__ import annotations

import json
from importlib import import_module

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.winrate.reference import inputs, slow_recipe
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
)
from theodolite.scoring.winrate import published
from theodolite.tables import Preferences


def changed(preferences: Preferences, *columns: pl.Expr) -> Preferences:
    frame = preferences.frame.drop("_row", "_file").with_columns(pl.col("model").cast(pl.String))
    return Preferences.from_frame(frame.with_columns(*columns))


def of(result, model: str) -> dict[str, float]:
    return result.models.filter(pl.col("model") == model).row(0, named=True)


@given(st.integers(0, 1000))
@settings(max_examples=4, deadline=None)
def test_each_model_is_as_by_itself(seed) -> None:
    preferences, difficulty, gamed = inputs(seed)
    # One model lacks an instruction: its later rows take the difficulty of the one before.
    frame = preferences.frame.filter((pl.col("model") != "m1") | (pl.col("position") != 7))
    place = pl.int_range(pl.len()).over("model").alias("position")
    frame = frame.with_columns(pl.col("model").cast(pl.String), place)
    got = published(Preferences.from_frame(frame), difficulty=difficulty, gamed=gamed)
    hard = difficulty["instruction_difficulty"].to_numpy()
    for model in ("m0", "m1", "m2"):
        rows = frame.filter(pl.col("model") == model)
        expected = slow_recipe(rows, hard[: len(rows)], gamed)
        found = of(got, model)
        assert {k: found[k] for k in expected} == pytest.approx(expected, abs=1e-5)
    assert of(got, "m1")["shifted"] == 32
    assert of(got, "m0")["shifted"] == 0
    assert any("count for m1;" in note for note in got.notes)


def test_by_item_every_judgment_has_its_own_difficulty() -> None:
    preferences, difficulty, gamed = inputs(1)
    frame = preferences.frame.filter((pl.col("model") != "m1") | (pl.col("position") != 7))
    place = pl.int_range(pl.len()).over("model").alias("position")
    frame = frame.with_columns(pl.col("model").cast(pl.String), place)
    mixed = difficulty.sample(fraction=1.0, shuffle=True, seed=2)
    got = published(Preferences.from_frame(frame), difficulty=mixed, gamed=gamed, join="item")
    hard = np.delete(difficulty["instruction_difficulty"].to_numpy(), 7)
    expected = slow_recipe(frame.filter(pl.col("model") == "m1"), hard, gamed)
    found = of(got, "m1")
    assert {k: found[k] for k in expected} == pytest.approx(expected, abs=1e-5)
    assert not any("By row" in note for note in got.notes)


def test_order_of_rows_does_not_matter_and_a_column_of_the_same_name_is_left_alone() -> None:
    preferences, difficulty, gamed = inputs(2)
    got = published(preferences, difficulty=difficulty, gamed=gamed).models
    frame = preferences.frame.sample(fraction=1.0, shuffle=True, seed=1)
    frame = frame.with_columns(
        pl.col("model").cast(pl.String), pl.lit(9.0).alias("instruction_difficulty")
    )
    again = published(Preferences.from_frame(frame), difficulty=difficulty, gamed=gamed).models
    assert again.drop(pl.selectors.float()).equals(got.drop(pl.selectors.float()))
    names = ("length_controlled_win_rate", "win_rate", "standard_error", "length", "cost")
    for name in names:
        assert again[name].to_list() == pytest.approx(got[name].to_list(), abs=1e-7)


def test_batches_do_not_matter(monkeypatch) -> None:
    preferences, difficulty, gamed = inputs(3)
    once = published(preferences, difficulty=difficulty, gamed=gamed).to_dict()
    module = import_module("theodolite.scoring.winrate.published")
    monkeypatch.setattr(module, "MOST_ROWS", 80)
    split = published(preferences, difficulty=difficulty, gamed=gamed).to_dict()
    for one, two in zip(once["models"], split["models"], strict=True):
        assert two == pytest.approx(one, abs=1e-7)


def test_counts_and_the_baseline_itself() -> None:
    preferences, difficulty, gamed = inputs(4, models=1)
    frame = preferences.frame.with_columns(pl.col("model").cast(pl.String))
    itself = frame.with_columns(
        pl.lit("base").alias("model"), pl.lit(1.5).alias("preference"),
        pl.col("len_baseline").alias("len_output"),
    )  # fmt: skip
    frame = frame.with_columns(
        pl.when(pl.col("position") < 6).then(1.5).otherwise("preference").alias("preference")
    )
    both = Preferences.from_frame(pl.concat([frame, itself], how="vertical_relaxed"))
    got = published(both, difficulty=difficulty, gamed=gamed)
    base = of(got, "base")
    assert (base["win_rate"], base["length_controlled_win_rate"], base["n_draws"]) == (50, 50, 40)
    assert base["cost"] is None
    assert any("base is the baseline itself" in note for note in got.notes)
    found = of(got, "m0")
    wins = int((frame["preference"] > 1.5).sum())
    assert (found["n_wins"], found["n_draws"], found["n"]) == (wins, 6, 40)
    assert found["discrete_win_rate"] == pytest.approx(100 * (wins + 3) / 40)
    assert found["avg_length"] == int(frame["len_output"].mean())
    assert json.loads(json.dumps(got.to_dict()))["baseline"] == "base"
    assert got.to_frame().equals(got.models)


@pytest.mark.parametrize("value", [1.0, 2.0])
def test_a_model_that_always_wins_or_loses_has_a_rate_within_bounds(value) -> None:
    preferences, difficulty, gamed = inputs(5)
    same = changed(preferences, pl.lit(value).alias("preference"))
    got = published(same, difficulty=difficulty, gamed=gamed)
    rate = got.models["length_controlled_win_rate"]
    assert rate.is_between(0, 100).all()
    assert (rate > 95).all() if value > 1.5 else (rate < 5).all()


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ((), "difficulties .--difficulty FILE. and the gamed baseline's rows .--gamed FILE."),
        (("difficulty",), "needs the gamed baseline's rows"),
        (("gamed",), "needs the instructions' difficulties"),
    ],
)
def test_what_is_missing_is_named(given_, message) -> None:
    preferences, difficulty, gamed = inputs()
    frames = {"difficulty": difficulty, "gamed": gamed}
    with pytest.raises(UsageError, match=message):
        published(preferences, **{name: frames[name] for name in given_})


def test_wrong_settings_are_refused() -> None:
    preferences, difficulty, gamed = inputs()
    with pytest.raises(UsageError, match="not by 'row'"):
        published(preferences, difficulty=difficulty, gamed=gamed, join="row")
    with pytest.raises(UsageError, match="above 0"):
        published(preferences, difficulty=difficulty, gamed=gamed, gamed_weight=0.0)


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (pl.lit(3).alias("position"), InputError, "row 2, column position: 3 is there already"),
        (pl.col("position") + 1, InputError, "column position: 40 is not one of the 40 rows"),
        (
            pl.when(pl.col("position") == 3).then(pl.lit("b")).otherwise("baseline")
            .alias("baseline"),
            InputError, "row 4, column baseline: 'b' is not the only baseline",
        ),
        ((pl.col("len_baseline") - 5).clip(0).alias("len_output"), NotIdentifiedError, "'m0'"),
        (pl.Series("judge", ["x", "y"] * 60), InputError, "column judge: 'y' is not the only"),
    ],
)  # fmt: skip
def test_bad_rows_are_named(column, error, message) -> None:
    preferences, difficulty, gamed = inputs()
    with pytest.raises(error, match=message):
        published(changed(preferences, column), difficulty=difficulty, gamed=gamed)


@pytest.mark.parametrize("column", ["position", "len_output", "len_baseline"])
def test_a_column_that_is_needed_is_named(column) -> None:
    preferences, difficulty, gamed = inputs()
    frame = preferences.frame.drop(column)
    with pytest.raises(MissingColumnError, match=f"no column {column}, which the published"):
        published(Preferences.from_frame(frame), difficulty=difficulty, gamed=gamed)


def test_an_unknown_instruction_and_a_single_judgment_are_refused() -> None:
    preferences, difficulty, gamed = inputs()
    with pytest.raises(InputError, match="row 1, column item_id: 'q0' is not one of the 39"):
        published(preferences, difficulty=difficulty[1:], gamed=gamed, join="item")
    few = preferences.keep(preferences.frame["position"] == 0, "but one")
    with pytest.raises(TooFewError, match="'m0' has a single judgment"):
        published(few, difficulty=difficulty, gamed=gamed)


def test_without_positions_a_join_by_item_needs_none_and_tells_no_shift() -> None:
    preferences, difficulty, gamed = inputs()
    bare = Preferences.from_frame(preferences.frame.drop("position"))
    got = published(bare, difficulty=difficulty, gamed=gamed, join="item")
    same = published(preferences, difficulty=difficulty, gamed=gamed)
    assert got.models["shifted"].null_count() == 3
    name = "length_controlled_win_rate"
    assert got.models[name].to_list() == pytest.approx(same.models[name].to_list(), abs=1e-9)
