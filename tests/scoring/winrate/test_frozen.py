"""A saved fit: its models stand still, and new ones are scored among them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.scoring.winrate.simulations import World
from theodolite.errors import FormatError, InputError, TooFewError, UsageError
from theodolite.loading import load_winrate_fit
from theodolite.scoring.winrate import FrozenFit, WinRates, add_models, aligned, freeze
from theodolite.tables import Condition, Preferences, select

WORLD = World((-2.0, -1.0, -0.5, 0.0, 0.5, 1.0), "soft")


@cache
def made() -> tuple[Preferences, Preferences, WinRates, FrozenFit]:
    preferences, _ = WORLD.preferences(np.random.default_rng(1), 150)
    old = select(preferences, [Condition.parse("model!=m3")])
    new = select(preferences, [Condition.parse("model=m3")])
    rates = aligned(old, joint=True)
    return old, new, rates, freeze(rates)


def written(tmp_path, data: object) -> str:
    path = tmp_path / "fit.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


def test_saved_models_do_not_move() -> None:
    _, new, rates, fit = made()
    found = add_models(new, fit)
    assert found.frozen == tuple(f"m{k}" for k in (0, 1, 2, 4, 5))
    both = rates.joint.models.join(found.models, on="model")
    assert len(both) == 5
    for name in ("length_controlled_win_rate", "low", "high"):
        assert both[f"{name}_right"].to_list() == pytest.approx(both[name].to_list(), abs=1e-9)
    raw = rates.models.join(found.models, on="model")
    for name in ("win_rate", "standard_error", "win_rate_low", "win_rate_high", "n"):
        assert raw[f"{name}_right"].to_list() == pytest.approx(raw[name].to_list(), abs=1e-9)


def test_a_new_model_is_near_what_all_together_say() -> None:
    old, new, _, fit = made()
    together = aligned(
        Preferences.from_frame(pl.concat([p.frame.cast({"model": pl.String}) for p in (old, new)])),
        joint=True,
    )
    row = add_models(new, fit).models.filter(model="m3").row(0, named=True)
    want = together.joint.models.filter(model="m3").row(0, named=True)
    assert row["length_controlled_win_rate"] == pytest.approx(
        want["length_controlled_win_rate"], abs=3.0
    )
    assert row["high"] - row["low"] == pytest.approx(want["high"] - want["low"], rel=0.3)


def test_the_saved_models_are_a_prior_of_the_slopes() -> None:
    _, new, _, fit = made()
    rates = []
    for slope in (0.0, 4.0):
        held = replace(fit, centre=np.array([slope, 1.0]), spread=np.full(2, 1e-4))
        row = add_models(new, held).models.filter(model="m3").row(0, named=True)
        rates.append(row["length_controlled_win_rate"])
    # Answers are shorter than the baseline's: the more length is worth, the better they are.
    assert rates[1] > rates[0] + 5.0


def test_what_is_odd_of_a_new_model_is_said() -> None:
    _, new, _, fit = made()
    frame = new.frame.drop("_file", "_row").with_columns(model=pl.lit("m3"))
    longer = frame.with_columns(len_output=pl.col("len_baseline") + 100.0, model=pl.lit("same"))
    fixed = frame.with_columns(preference=2.0, len_output=777.0, model=pl.lit("fixed"))
    found = add_models(Preferences.from_frame(pl.concat([frame, longer, fixed])), fit)
    row = found.models.filter(model="same").row(0, named=True)
    assert [row[k] for k in ("length_controlled_win_rate", "low", "high", "rank")] == [None] * 4
    assert row["unbounded"]
    assert row["n"] == 150
    row = found.models.filter(model="fixed").row(0, named=True)
    assert (row["length_controlled_win_rate"], row["unbounded"]) == (100.0, True)
    assert "777 characters" in row["suspect"][0]
    text = " ".join(found.notes)
    for part in ("'fixed' may have gamed", "'fixed': everything was won", "'same': answers differ"):
        assert part in text
    assert found.models.filter(model="m3")["suspect"].to_list() == [[]]


def test_it_survives_its_file(tmp_path) -> None:
    _, new, _, fit = made()
    again = load_winrate_fit(written(tmp_path, fit.to_dict()))
    one, two = add_models(new, fit), add_models(new, again)
    assert one.models.drop("suspect").columns == two.models.drop("suspect").columns
    for name in ("length_controlled_win_rate", "low", "high", "win_rate"):
        assert two.models[name].to_list() == pytest.approx(one.models[name].to_list(), abs=1e-4)


def test_without_a_joint_fit_nothing_can_be_saved() -> None:
    old, *_ = made()
    with pytest.raises(UsageError, match="no joint fit"):
        freeze(aligned(old, difficulty="none"))


class TestRefusals:
    def test_a_model_that_is_there(self) -> None:
        old, _, _, fit = made()
        with pytest.raises(InputError, match="in the fit already"):
            add_models(old, fit)

    def test_another_baseline_or_instruction(self) -> None:
        _, new, _, fit = made()
        frame = new.frame
        other = Preferences.from_frame(frame.with_columns(baseline=pl.lit("c")))
        with pytest.raises(InputError, match="not the fit's 'base'"):
            add_models(other, fit)
        other = Preferences.from_frame(
            frame.with_columns(item_id=pl.col("item_id").str.replace("i7$", "new"))
        )
        with pytest.raises(InputError, match="not an instruction of the fit"):
            add_models(other, fit)

    def test_hardly_any_instructions(self) -> None:
        _, new, _, fit = made()
        with pytest.raises(TooFewError):
            add_models(Preferences.from_frame(new.frame.head(2)), fit)

    @pytest.mark.parametrize("options", [{"level": 0.0}, {"seed": -1}])
    def test_options(self, options) -> None:
        _, new, _, fit = made()
        with pytest.raises(UsageError):
            add_models(new, fit, **options)


class TestFiles:
    @pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"kind": "x"}', "null"])
    def test_what_is_no_fit(self, tmp_path, text: str) -> None:
        with pytest.raises(FormatError):
            load_winrate_fit(written(tmp_path, text))

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("baseline", ""),
            ("judge", 3),
            ("covariates", ["length", "length"]),
            ("items", []),
            ("items", ["i0"]),
            ("ease", ["x"] * 150),
            ("ease", [1e999] * 150),
            ("ease", [True] * 150),
            ("centre", [0.0]),
            ("spread", [0.0, 1.0]),
            ("rate", [2.0] * 5),
            ("rate", [10**400] * 5),
            ("models", []),
            ("models", [1] * 5),
            ("models", [{"model": "x", "win_rate": 1, "standard_error": 1, "n": 9}] * 5),
            ("values", [[None] * 150] * 5),
            ("values", [[0.5] * 149] * 5),
            ("values", None),
            ("version", 2),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path, key: str, value: object) -> None:
        data = made()[3].to_dict() | {key: value}
        with pytest.raises(FormatError) as error:
            load_winrate_fit(written(tmp_path, data))
        assert "fit.json" in str(error.value)
        assert key in str(error.value) or key in ("version", "items")

    @pytest.mark.parametrize("key", ["win_rate", "standard_error", "n"])
    def test_a_models_numbers(self, tmp_path, key: str) -> None:
        data = made()[3].to_dict()
        data["models"] = [row | {key: -1.0} for row in data["models"]]
        with pytest.raises(FormatError, match="models"):
            load_winrate_fit(written(tmp_path, data))
