"""Observational laws: what is fitted, what is never looked at, verdicts, and published numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.scaling.observational.world import NAMES, models_of, world
from theodolite.errors import CannotAnswerError, TooFewError, UsageError
from theodolite.loading import load_models
from theodolite.scaling import ObservationalSettings, observational
from theodolite.scaling.observational.compare import mean_error, verdict_of
from theodolite.scaling.observational.families import line_of
from theodolite.scaling.result import Estimate
from theodolite.stats.factors import factors
from theodolite.tables import Models

FAST = ObservationalSettings(components=2, draws=50)
MADE = world(3, families=12)


@pytest.fixture(scope="module")
def found():
    models, new = models_of(MADE, ~MADE.new), models_of(MADE, MADE.new)
    return observational(models, ["quiz"], new=new, setup=FAST)


def test_new_models_are_predicted_and_compared(found) -> None:
    (one,) = found.targets
    assert set(one.points["role"]) == {"new"}
    assert one.points.height == int(MADE.new.sum())
    assert one.mae.estimate == pytest.approx(one.points["error"].mean())
    assert one.difference.estimate == pytest.approx(one.mae.estimate - one.baseline_mae.estimate)
    # Far better than the mean of the fitted models.
    guess = np.abs(MADE.target[MADE.new] - MADE.target[~MADE.new].mean()).mean()
    assert one.mae.estimate < 0.6 * guess
    assert one.verdict == found.verdict == verdict_of(one.difference)
    assert (one.points["low"] <= one.points["predicted"]).all()
    assert (one.points["predicted"] <= one.points["high"]).all()
    assert one.points["low"].min() >= 0.0
    assert one.points["high"].max() <= 1.0


def test_what_new_models_score_changes_no_prediction(found) -> None:
    """Targets of predicted models are never used: other values give the same predictions."""
    other = world(3, families=12)
    other.target[other.new] = 0.5
    again = observational(
        models_of(other, ~other.new), ["quiz"], new=models_of(other, other.new), setup=FAST
    )
    columns = ["model", "predicted", "low", "high", "compute_predicted"]
    assert again.targets[0].points.select(columns).equals(found.targets[0].points.select(columns))


def test_a_hold_out_is_the_same_as_a_second_file(found) -> None:
    names = [f"m{k}" for k in np.flatnonzero(MADE.new)]
    family = {MADE.families[k] for k in np.flatnonzero(MADE.new)}
    assert family.isdisjoint(MADE.families[k] for k in np.flatnonzero(~MADE.new))
    models = models_of(MADE)
    marked = Models.from_frames(
        models.frame.with_columns(
            organisation=pl.when(pl.col("model").is_in(names))
            .then(pl.lit("b"))
            .otherwise(pl.lit("a"))
        ).drop("unique_tokens", "base_of", "active_params"),
        models.results.select("model", "benchmark", "value", "unit"),
    )
    large = observational(marked, ["quiz"], hold_out="flops=1e23..", setup=FAST)
    one = large.targets[0]
    assert (one.points["flops"] >= 1e23).all()
    assert set(one.points["role"]) == {"held out"}
    first = large.models.filter(pl.col("role") == "fitted")["flops"].max()
    assert first < 1e23


def test_families_left_out_in_turn_use_neither_their_target_nor_their_axes() -> None:
    models = models_of(MADE, ~MADE.new)
    plain = observational(models, ["quiz"], setup=FAST)
    assert set(plain.targets[0].points["role"]) == {"fitted"}
    name = MADE.families[0]
    changed = models.results.with_columns(
        pl.when((pl.col("benchmark") == "quiz") & pl.col("model").is_in(_of(name)))
        .then(pl.lit(50.0))
        .otherwise("value")
        .alias("value")
    )
    facts = models.frame.select("model", "kind", "family", "params", "tokens")
    other = Models.from_frames(facts, changed.select("model", "benchmark", "value", "unit"))
    again = observational(other, ["quiz"], setup=FAST)
    same = 0
    for column in ("predicted", "compute_predicted"):
        before, after = (
            o.targets[0].points.filter(pl.col("family") == name)[column].to_numpy()
            for o in (plain, again)
        )
        # The choice of ridge and floor sees all families; where it stays, nothing moves.
        laws = [
            one.law if column == "predicted" else one.by_compute
            for one in (plain.targets[0], again.targets[0])
        ]
        if len({(law.precision, law.floor) for law in laws}) == 1:
            assert after == pytest.approx(before)
            same += 1
    assert same
    assert plain.targets[0].fitted_mae == pytest.approx(plain.targets[0].points["error"].mean())


def _of(family: str) -> list[str]:
    return [f"m{k}" for k, name in enumerate(MADE.families) if name == family]


def test_a_benchmark_as_target_is_left_out_of_its_predictors() -> None:
    got = observational(models_of(MADE, ~MADE.new), setup=FAST)
    assert [one.target for one in got.targets] == list(NAMES)
    for one in got.targets:
        assert one.target not in one.predictors
        assert len(one.predictors) == 7
    assert got.targets[0].law.floor == 0.25


def test_a_missing_score_of_a_new_model_widens_its_prediction(found) -> None:
    models, new = models_of(MADE, ~MADE.new), models_of(MADE, MADE.new)
    model = new.frame["model"][0]
    one_left = new.results.filter(
        (pl.col("model") != model) | pl.col("benchmark").is_in(["TruthfulQA", "quiz", "MMLU"])
    ).filter((pl.col("model") != model) | (pl.col("benchmark") != "MMLU"))
    facts = new.frame.select("model", "kind", "family", "params", "tokens")
    if one_left.filter(
        (pl.col("model") == model) & (pl.col("benchmark") == "TruthfulQA")
    ).is_empty():
        row = pl.DataFrame(
            {"model": [model], "benchmark": "TruthfulQA", "value": 40.0, "unit": "%"}
        )
        one_left = pl.concat([one_left.select(row.columns), row])
    less = Models.from_frames(facts, one_left.select("model", "benchmark", "value", "unit"))
    got = observational(models, ["quiz"], new=less, setup=FAST)
    wide, narrow = (
        o.targets[0]
        .points.filter(pl.col("model") == model)
        .select(pl.col("high") - pl.col("low"))
        .item()
        for o in (got, found)
    )
    assert wide > 1.3 * narrow
    row = got.models.filter(pl.col("model") == model)
    assert row["missing"].item() == 7
    assert row["capability_1_high"].item() - row["capability_1_low"].item() > 1.0


def test_known_efficiencies_and_slope_are_inside_their_intervals() -> None:
    rng = np.random.default_rng(0)
    family = np.repeat(np.arange(10), 4)
    log = rng.uniform(20.0, 24.0, 40)
    start = rng.normal(0.0, 0.4, 10)
    y = start[family] + 0.8 * log + rng.normal(0.0, 0.1, 40)
    names = [f"f{k}" for k in family]
    line = line_of(y, 10.0**log, names, component=1, level=0.95, seed=0)
    assert line.slope.low < 0.8 < line.slope.high
    true = 10.0 ** ((start - start.mean()) / 0.8)
    ends = {one.family: one.efficiency for one in line.families}
    inside = sum(ends[f"f{k}"].low <= true[k] <= ends[f"f{k}"].high for k in range(10))
    assert inside >= 8
    assert [one.efficiency.estimate for one in line.families] == sorted(
        (one.efficiency.estimate for one in line.families), reverse=True
    )
    flat = line_of(rng.normal(size=40), 10.0**log, names, component=1, level=0.95, seed=0)
    assert np.isinf(flat.families[0].efficiency.high)
    assert flat.families[0].to_dict()["efficiency"]["unbounded"] is True
    assert line_of(y[:8], 10.0 ** log[:8], names[:8], component=1, level=0.95, seed=0) is None


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((-0.03, -0.05, -0.001), "predicts"),
        ((0.01, -0.009, 0.03), "no better than compute"),
        ((-0.02, -0.05, 0.01), "cannot be told"),
        ((-0.1, -np.inf, np.inf), "cannot be told"),
    ],
)
def test_verdicts_come_from_the_interval(ends, verdict) -> None:
    assert verdict_of(Estimate(*ends)) == verdict


def test_one_predicted_family_decides_nothing() -> None:
    got = observational(models_of(MADE), ["quiz"], hold_out="family=f0", setup=FAST)
    assert got.verdict == "cannot be told"
    assert got.targets[0].to_dict()["difference"]["unbounded"] is True
    assert "second family" in got.decides
    frame = pl.DataFrame({"error": [None], "family": ["a"]}, schema_overrides={"error": pl.Float64})
    assert mean_error(frame, "error", 0.95) is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"targets": ["quizz"]}, UsageError, "the nearest: 'quiz'"),
        ({"targets": ["params"]}, UsageError, "params is an attribute"),
        ({"benchmarks": ["MMLU", "MMLU"]}, UsageError, "named twice"),
        ({"benchmarks": ["MMLU", "GSM8K"]}, TooFewError, "2 benchmarks are too few for 2"),
        ({"hold_out": "flops=1e30.."}, UsageError, "no model meets"),
        ({"hold_out": "flops=1e3.."}, UsageError, "every model meets"),
        ({"level": 95.0}, UsageError, "level"),
        ({"setup": ObservationalSettings(kinds=("instruct",))}, TooFewError, "no model is left"),
        ({"new": models_of(MADE)}, UsageError, "stands among the fitted models too"),
    ],
)
def test_refusals(change, error, message) -> None:
    with pytest.raises(error, match=message):
        observational(models_of(MADE), **({"targets": ["quiz"], "setup": FAST} | change))


def test_few_families_and_few_models_cannot_answer() -> None:
    few = np.isin(MADE.families, ["f0", "f1", "f2"])
    with pytest.raises(CannotAnswerError, match="3 families of models are too few"):
        observational(models_of(MADE, few), ["quiz"], setup=FAST)
    target = MADE.target.copy()
    made = world(3, families=12)
    made.target[7:] = np.nan
    with pytest.raises(CannotAnswerError, match="7 fitted models have the target"):
        observational(models_of(made), ["quiz"], setup=FAST)
    assert not np.isnan(target).any()


@pytest.mark.parametrize(
    "wrong", [{"components": 0}, {"impute": "mean"}, {"draws": 3}, {"seed": -1}, {"out_of": 0.0}]
)
def test_settings_are_checked(wrong) -> None:
    with pytest.raises(UsageError):
        ObservationalSettings(**wrong)


@pytest.mark.parametrize("impute", ["pca1", "complete"])
def test_other_ways_with_missing_scores_are_near(impute) -> None:
    made = world(3, families=12, missing=0.05)
    models, new = models_of(made, ~made.new), models_of(made, made.new)
    said = [
        observational(
            models,
            ["quiz"],
            new=new,
            setup=ObservationalSettings(components=2, draws=50, impute=way),
        ).targets[0]
        for way in ("em", impute)
    ]
    a, b = (one.points["predicted"].to_numpy() for one in said)
    assert 0.0 < np.abs(a - b).mean() < 0.05


def test_axes_from_complete_models_need_some() -> None:
    setup = ObservationalSettings(components=2, draws=50, impute="complete")
    none = world(3, families=12, missing=0.6)
    with pytest.raises(TooFewError, match="rows with scores are too few"):
        observational(models_of(none), ["quiz"], setup=setup)


def test_points_out_of_a_hundred() -> None:
    models = models_of(MADE)
    rows = models.results.select("model", "benchmark", "value", "unit").with_columns(
        unit=pl.when(pl.col("benchmark") == "quiz").then(pl.lit("score")).otherwise("unit")
    )
    other = Models.from_frames(
        models.frame.select("model", "kind", "family", "params", "tokens"), rows
    )
    with pytest.raises(UsageError, match="--out-of 100"):
        observational(other, ["quiz"], setup=FAST)
    setup = ObservationalSettings(components=2, draws=50, out_of=100.0)
    got = observational(other, ["quiz"], setup=setup).targets[0].points
    same = observational(models, ["quiz"], setup=FAST).targets[0].points
    assert got["predicted"].to_list() == pytest.approx(same["predicted"].to_list())


class TestPublished:
    """Ruan et al. (2024): their tables."""

    def test_explained_variance_of_complete_rows(self, data) -> None:
        models = load_models(data("obs_scaling/base_llm_benchmark_eval.csv"), only=True)
        wide = models.results.pivot(on="benchmark", index="model", values="value")
        rows = wide.drop("model").drop_nulls().to_numpy() / 100.0
        assert rows.shape == (105, 8)
        found = factors(rows, np.ones((1, 105)), 3)
        assert found.explained[0, :3] == pytest.approx([0.7727, 0.1417, 0.0488], abs=5e-5)

    def test_the_authors_split(self, data) -> None:
        names = ("benchmark", "leaderboard_v2", "emergent_capability")
        files = [data(f"obs_scaling/base_llm_{name}_eval.csv") for name in names]
        models = load_models(files, only=True)
        targets = ["leaderboard_mmlu_pro", "leaderboard_bbh", "arithmetic_2da_2_acc"]
        got = observational(
            models, targets, hold_out="flops=8.41e22..", setup=ObservationalSettings(draws=100)
        )
        assert (got.models["role"] == "held out").sum() == 36
        assert {r.count for r in got.removed} == {16}
        for one in got.targets:
            assert one.mae.estimate < one.baseline_mae.estimate
            assert one.coverage["estimate"] >= 0.85
        assert got.targets[0].mae.estimate < 0.055
        assert any("btlm" in note for note in got.notes)
