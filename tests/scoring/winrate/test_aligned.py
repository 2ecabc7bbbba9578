"""Win rates joined by instruction: real numbers, edges, refusals."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.scoring.winrate.simulations import World
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
)
from theodolite.loading import load_difficulty, load_gamed, load_preferences
from theodolite.scoring.winrate import WinRates, aligned
from theodolite.tables import Preferences

BATTLE = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0)


@cache
def world(n: int = 120) -> tuple[Preferences, pl.DataFrame]:
    return World(BATTLE, "soft").preferences(np.random.default_rng(0), n)


def table(preference: list[float], *, own: list[float], base: list[float], **more: object):
    n = len(preference)
    return pl.DataFrame(
        {
            "model": more.get("model", "x"),
            "baseline": "b",
            "item_id": [str(i) for i in range(n)],
            "preference": preference,
            "len_output": own,
            "len_baseline": base,
        }
    )


def rates_of(frame: pl.DataFrame, **options: object) -> WinRates:
    return aligned(Preferences.from_frame(frame), **options)


def lengths(n: int, seed: int = 0) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    own, base = rng.integers(50, 900, (2, n)).astype(float).tolist()
    return own, base


@pytest.fixture(scope="module")
def found(data) -> WinRates:
    folder = data("alpaca_eval")
    return aligned(
        load_preferences(folder / "annotations.parquet"),
        difficulty=load_difficulty(folder / "items.parquet"),
        gamed=load_gamed(folder / "gamed_baseline_reconstructed.parquet"),
    )


@pytest.fixture(scope="module")
def beside(found: WinRates, data) -> pl.DataFrame:
    board = pl.read_csv(data("alpaca_eval/leaderboard.csv")).rename({"": "model"})
    wanted = board.select(
        "model",
        "length_controlled_winrate",
        "n_total",
        published="win_rate",
        se="standard_error",
    )
    return found.models.join(wanted, on="model")


class TestReal:
    def test_raw_rates_are_the_published(self, beside: pl.DataFrame) -> None:
        assert len(beside) == 42
        assert (beside["win_rate"] - beside["published"]).abs().max() < 1e-9
        assert (beside["standard_error"] - beside["se"]).abs().max() < 1e-9

    def test_controlled_rates_are_the_recipes_without_its_penalty(self, beside) -> None:
        whole = beside.filter(n_total=805)
        off = (whole["length_controlled_win_rate"] - whole["length_controlled_winrate"]).abs()
        assert off.median() < 0.05
        assert off.max() < 0.15

    def test_models_that_the_recipe_misaligned(self, beside: pl.DataFrame) -> None:
        rate = dict(beside.select("model", "length_controlled_win_rate").iter_rows())
        assert rate["text_davinci_001"] == pytest.approx(6.48, abs=0.1)
        assert rate["minotaur-13b"] == pytest.approx(9.11, abs=0.1)

    def test_the_baseline_wins_half(self, found: WinRates) -> None:
        row = found.models.filter(model="gpt4_1106_preview").row(0, named=True)
        assert row["win_rate"] == 50.0
        assert row["length_controlled_win_rate"] == 50.0
        assert row["low"] < 48.0
        assert row["high"] > 52.0

    def test_one_model_gamed_the_judge_and_no_other_is_suspected(self, found, data) -> None:
        assert found.suspects["model"].to_list() == ["NullModel"]
        alone = aligned(load_preferences(data("alpaca_eval/annotations.parquet")))
        assert alone.suspects["model"].to_list() == ["NullModel"]
        assert len(alone.suspects["suspect"][0]) == 2

    def test_estimated_difficulty_is_much_like_the_published(self, data) -> None:
        folder = data("alpaca_eval")
        preferences = load_preferences(folder / "annotations.parquet")
        given = aligned(preferences, difficulty=load_difficulty(folder / "items.parquet"))
        ours = aligned(preferences)
        assert ours.difficulty == "estimated"
        both = ours.difficulties.join(given.difficulties, on="item_id")
        assert (
            both.select(pl.corr("instruction_difficulty", "instruction_difficulty_right")).item()
            > 0.85
        )
        rates = ours.models.join(given.models, on="model")
        off = rates["length_controlled_win_rate"] - rates["length_controlled_win_rate_right"]
        assert off.abs().median() < 1.0
        joint = ours.joint.models.join(ours.models, on="model")
        apart = joint["length_controlled_win_rate"] - joint["length_controlled_win_rate_right"]
        assert apart.abs().max() < 2.5

    def test_empty_answers_are_told(self, found: WinRates) -> None:
        assert any(note.startswith("24 answers are empty") for note in found.notes)


class TestProperties:
    def test_order_and_names_do_not_matter(self) -> None:
        preferences, ease = world()
        first = aligned(preferences, difficulty=ease)
        shuffled = preferences.frame.sample(fraction=1.0, shuffle=True, seed=3)
        renamed = shuffled.with_columns(pl.col("item_id").str.replace("i", "z"))
        other = ease.with_columns(pl.col("item_id").str.replace("i", "z")).reverse()
        second = rates_of(renamed.drop("_file", "_row"), difficulty=other)
        columns = ["win_rate", "length_controlled_win_rate", "low", "high"]
        assert first.models["model"].to_list() == second.models["model"].to_list()
        for column in columns:
            assert second.models[column].to_list() == pytest.approx(first.models[column].to_list())

    def test_turned_preferences_turn_the_rates(self) -> None:
        preferences, ease = world()
        turned = preferences.frame.with_columns(
            preference=3.0 - pl.col("preference"),
            len_output="len_baseline",
            len_baseline="len_output",
        )
        back = ease.with_columns(-pl.col("instruction_difficulty"))
        first = aligned(preferences, difficulty=ease).models.sort("model")
        second = rates_of(turned, difficulty=back).models.sort("model")
        for a, b in (("length_controlled_win_rate",) * 2, ("low", "high"), ("win_rate",) * 2):
            assert (100 - second[b]).to_list() == pytest.approx(first[a].to_list(), abs=1e-6)

    def test_other_units_of_length_do_not_matter(self) -> None:
        preferences, ease = world()
        words = preferences.frame.with_columns(pl.col("len_output", "len_baseline") / 5.0)
        first, second = aligned(preferences, difficulty=ease), rates_of(words, difficulty=ease)
        assert second.models["low"].to_list() == pytest.approx(first.models["low"].to_list())

    def test_a_model_by_itself_has_the_rate_that_it_has_among_others(self) -> None:
        preferences, ease = world()
        among = aligned(preferences, difficulty=ease).models
        alone = rates_of(preferences.frame.filter(model="m3"), difficulty=ease).models.row(0)
        assert alone[1:8] == pytest.approx(among.filter(model="m3").row(0)[1:8])

    def test_ranks_and_pairs_agree(self) -> None:
        preferences, ease = world()
        found = aligned(preferences, difficulty=ease)
        assert len(found.pairs) == 15
        for row in found.models.iter_rows(named=True):
            assert row["rank_low"] <= row["rank"] <= row["rank_high"]
            beaten_by = found.pairs.filter(
                pl.col("better").is_not_null()
                & (pl.col("better") != row["model"])
                & ((pl.col("model_a") == row["model"]) | (pl.col("model_b") == row["model"]))
            )
            assert row["rank_low"] == 1 + len(beaten_by)

    def test_pairs_are_of_the_rates(self) -> None:
        preferences, ease = world()
        found = aligned(preferences, difficulty=ease)
        rate = dict(found.models.select("model", "length_controlled_win_rate").iter_rows())
        for row in found.pairs.iter_rows(named=True):
            gap = rate[row["model_a"]] - rate[row["model_b"]]
            assert row["difference"] == pytest.approx(gap, abs=1e-9)


class TestEdges:
    @pytest.mark.parametrize(("value", "end"), [(1.0, 0.0), (2.0, 100.0)])
    def test_one_sided_models_have_one_sided_intervals(self, value: float, end: float) -> None:
        own, base = lengths(40)
        found = rates_of(table([value] * 40, own=own, base=base))
        row = found.models.row(0, named=True)
        assert row["length_controlled_win_rate"] == end
        assert row["unbounded"]
        assert row["high"] - row["low"] > 5
        assert row["win_rate_high"] - row["win_rate_low"] > 5
        assert any("one end of the interval" in note for note in found.notes)

    def test_the_same_number_everywhere_is_told_and_has_a_width(self) -> None:
        own, base = lengths(40)
        found = rates_of(table([1.3] * 40, own=own, base=base))
        row = found.models.row(0, named=True)
        assert row["length_controlled_win_rate"] == pytest.approx(30.0)
        assert row["high"] - row["low"] > 10
        assert any("same number everywhere" in note for note in found.notes)

    def test_wins_that_go_with_length_without_exception_have_no_bound(self) -> None:
        own = [float(100 + 10 * i) for i in range(40)]
        base = [300.0] * 40
        found = rates_of(table([2.0 if o > 305 else 1.0 for o in own], own=own, base=base))
        row = found.models.row(0, named=True)
        assert row["unbounded"]
        assert (row["low"], row["high"]) == (None, None)
        assert any("without exception" in note for note in found.notes)
        effect = found.effects.row(0, named=True)
        assert (effect["low"], effect["high"]) == (None, None)

    def test_no_difference_is_told_to_a_model_without_bounds(self) -> None:
        own = [float(100 + 10 * i) for i in range(40)]
        base = [300.0] * 40
        frames = [table([2.0 if o > 305 else 1.0 for o in own], own=own, base=base)]
        for k, name in enumerate("yz"):
            # Far below and far above, so that an error at all would part them.
            preference = [1.05 + 0.85 * k + 0.05 * (i % 2) for i in range(40)]
            frames.append(table(preference, own=lengths(40)[0], base=base, model=name))
        found = rates_of(pl.concat(frames).with_columns(category=pl.lit("a")))
        beside = (pl.col("model_a") == "x") | (pl.col("model_b") == "x")
        for row in found.pairs.filter(beside).iter_rows(named=True):
            assert [row[k] for k in ("low", "high", "better", "p_adjusted")] == [None] * 4
        (other,) = found.pairs.filter(~beside).iter_rows(named=True)
        assert other["better"] == "z"
        assert found.models.filter(model="x").select("rank_low", "rank_high").row(0) == (1, 3)
        assert found.models.filter(model="z").select("rank_low", "rank_high").row(0) == (1, 2)

    def test_equal_lengths_leave_the_rate_as_it_is(self) -> None:
        _, base = lengths(40)
        preference = [1.0 + (i % 4) / 4 for i in range(40)]
        found = rates_of(table(preference, own=base, base=base))
        row = found.models.row(0, named=True)
        assert row["length_controlled_win_rate"] == pytest.approx(row["win_rate"], abs=1e-4)
        assert not row["unbounded"]
        assert any("no answer differs from the baseline" in note for note in found.notes)

    @pytest.mark.parametrize("side", ["own", "base"])
    def test_lengths_of_nought_alone_are_refused(self, side: str) -> None:
        both = dict(zip(("own", "base"), lengths(40), strict=True))
        frame = table([1.0 + (i % 4) / 4 for i in range(40)], **(both | {side: [0.0] * 40}))
        column = "len_output" if side == "own" else "len_baseline"
        with pytest.raises(InputError, match=rf"row 1, column {column}: 0\.0 is not a length"):
            rates_of(frame)
        assert rates_of(frame, covariates=()).models["win_rate"].to_list() == [37.5]
        some = table(
            [1.0 + (i % 4) / 4 for i in range(40)], own=[0.0] * 39 + [9.0], base=[5.0] * 40
        )
        assert rates_of(some).models["length_controlled_win_rate"].is_not_null().all()

    def test_a_constant_difference_cannot_be_told(self) -> None:
        _, base = lengths(40)
        own = [b + 100.0 for b in base]
        preference = [1.0 + (i % 4) / 4 for i in range(40)]
        with pytest.raises(NotIdentifiedError, match="nothing tells length from strength"):
            rates_of(table(preference, own=own, base=base))
        other = table(preference, own=lengths(40)[0], base=base, model="y")
        found = rates_of(pl.concat([table(preference, own=own, base=base), other]))
        row = found.models.filter(model="x").row(0, named=True)
        assert row["length_controlled_win_rate"] is None
        assert row["rank"] is None
        assert row["unbounded"]
        assert found.models["model"].to_list() == ["y", "x"]

    def test_nothing_held_fixed_is_the_raw_rate(self) -> None:
        frame = world()[0].frame.drop("len_output", "len_baseline")
        found = rates_of(frame, covariates=(), difficulty="none")
        got = found.models
        assert got["length_controlled_win_rate"].to_list() == pytest.approx(
            got["win_rate"].to_list()
        )
        assert len(found.effects) == 0

    def test_fewer_models_than_five_have_no_estimated_difficulty(self) -> None:
        frame = world()[0].frame.filter(pl.col("model").is_in(["m0", "m1"]))
        found = rates_of(frame)
        assert found.difficulty == "none"
        assert any("difficulty is not held fixed" in note for note in found.notes)
        with pytest.raises(TooFewError, match="2 models are too few"):
            rates_of(frame, difficulty="estimated")

    def test_other_covariates(self) -> None:
        frame = world()[0].frame
        rng = np.random.default_rng(3)
        lists = pl.Series(rng.poisson(3.0, len(frame)).astype(float))
        frame = frame.with_columns(lists_output=lists, lists_baseline=pl.lit(2.0), tone=lists - 2.0)
        one = rates_of(frame, covariates=("length", "lists"), difficulty="none")
        two = rates_of(frame, covariates=("length", "tone"), difficulty="none")
        assert one.models["low"].to_list() == pytest.approx(two.models["low"].to_list())
        assert one.effects["covariate"].unique().sort().to_list() == ["length", "lists"]
        slopes = one.effects.filter(covariate="length")
        assert (slopes["low"] > 0).mean() > 0.6


class TestRefusals:
    def test_several_baselines(self) -> None:
        frame = world()[0].frame.with_columns(
            baseline=pl.when(pl.col("model") == "m1").then(pl.lit("c")).otherwise(pl.lit("base"))
        )
        with pytest.raises(InputError, match="another baseline than the first") as error:
            rates_of(frame)
        assert "--where baseline=" in str(error.value)

    def test_several_judges(self) -> None:
        frame = world()[0].frame.with_columns(
            judge=pl.when(pl.col("model") == "m1").then(pl.lit("c")).otherwise(pl.lit("j"))
        )
        with pytest.raises(InputError, match="--judge"):
            rates_of(frame)

    def test_an_instruction_without_difficulty(self) -> None:
        preferences, ease = world()
        with pytest.raises(InputError, match="'i0' is not one of the items whose difficulty"):
            aligned(preferences, difficulty=ease.slice(1))

    def test_missing_lengths(self) -> None:
        with pytest.raises(MissingColumnError, match="len_output and len_baseline"):
            rates_of(world()[0].frame.drop("len_output"))

    def test_hardly_any_instructions(self) -> None:
        with pytest.raises(TooFewError, match="has 2 judged instructions"):
            rates_of(table([1.5, 1.2], own=[1.0, 2.0], base=[3.0, 3.0]))

    @pytest.mark.parametrize(
        "options",
        [
            {"level": 1.0},
            {"seed": -1},
            {"covariates": ("length", "length")},
            {"difficulty": "hard"},
            {"gamed": pl.DataFrame({"std_delta_len": [1.0]})},
        ],
    )
    def test_wrong_options(self, options: dict[str, object]) -> None:
        with pytest.raises(UsageError):
            aligned(world()[0], **options)

    def test_a_category_of_text_is_no_covariate(self) -> None:
        frame = world()[0].frame.with_columns(tone=pl.lit("warm"))
        with pytest.raises(InputError, match="tone"):
            rates_of(frame, covariates=("tone",))
