"""Signs that a judge was gamed."""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.scoring.winrate.simulations import World
from theodolite.scoring.winrate import aligned
from theodolite.scoring.winrate.suspects import same_length_share
from theodolite.scoring.winrate.wide import Wide, wide_of
from theodolite.tables import Preferences

WORLD = World(tuple(np.linspace(-1.0, 1.0, 10)), "soft")


def judged(change: pl.Expr | None = None, *, length: pl.Expr | None = None) -> Preferences:
    preferences, _ = WORLD.preferences(np.random.default_rng(3), 250)
    frame = preferences.frame.drop("_file", "_row")
    own = pl.col("model") == "m4"
    if change is not None:
        frame = frame.with_columns(
            pl.when(own).then(change).otherwise("preference").alias("preference")
        )
    if length is not None:
        frame = frame.with_columns(
            pl.when(own).then(length).otherwise("len_output").alias("len_output")
        )
    return Preferences.from_frame(frame)


def suspected(preferences: Preferences) -> dict[str, list[str]]:
    return dict(aligned(preferences).suspects.select("model", "suspect").iter_rows())


def test_honest_models_are_not_suspected() -> None:
    assert suspected(judged()) == {}


def test_a_constant_answer() -> None:
    got = suspected(judged(length=pl.lit(900.0)))
    assert list(got) == ["m4"]
    assert "100% of its answers are 900 characters long" in got["m4"][0]


def test_wins_that_do_not_depend_on_the_instruction() -> None:
    rng = np.random.default_rng(5)
    noise = pl.lit(pl.Series(rng.uniform(1.5, 2.0, 2500)))
    got = suspected(judged(noise))
    assert list(got) == ["m4"]
    assert any("hardly depend on the instruction" in reason for reason in got["m4"])


def test_wins_that_go_with_length() -> None:
    longer = (pl.col("len_output") - pl.col("len_baseline")) / 400.0
    got = suspected(judged(1.0 + 1.0 / (1.0 + (-1.5 * longer).exp())))
    assert list(got) == ["m4"]
    assert any("go with length" in reason for reason in got["m4"])


def test_the_share_of_one_length_against_counting() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "model": np.repeat(["x", "y", "z"], 50),
            "baseline": "b",
            "item_id": [str(i) for i in range(50)] * 3,
            "preference": 1.5,
            "len_output": rng.integers(0, 6, 150).astype(float),
            "len_baseline": 3.0,
        }
    )
    wide: Wide = wide_of(Preferences.from_frame(frame), ("length",))
    share, at = same_length_share(wide)
    for k, name in enumerate(wide.models):
        counts = frame.filter(pl.col("model") == name, pl.col("len_output") > 0)["len_output"]
        most = counts.value_counts().sort("count", "len_output", descending=[True, False]).row(0)
        assert share[k] == most[1] / 50
        assert (counts == at[k]).sum() == most[1]


def test_constant_lengths_among_all_models_of_the_leaderboard(data) -> None:
    """Two of 227, both made to game the judge: no honest model is near the bound."""
    frame = pl.read_parquet(data("alpaca_eval/output_lengths.parquet"))
    table = frame.select(
        pl.col("model").cast(pl.String),
        pl.lit("b").alias("baseline"),
        pl.col("index").cast(pl.String).alias("item_id"),
        pl.lit(1.5).alias("preference"),
        pl.col("len_output").cast(pl.Float64),
        pl.lit(100.0).alias("len_baseline"),
    )
    wide = wide_of(Preferences.from_frame(table), ())
    share, _ = same_length_share(wide)
    above = [wide.models[k] for k in np.flatnonzero(share >= 0.2)]
    assert above == ["NullModel", "gpt4_gamed"]
    assert np.sort(share)[-3] < 0.03
