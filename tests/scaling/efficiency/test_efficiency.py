"""Score against compute: shapes, known worlds, refusals, published figures."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import polars as pl
import pytest

from tests.scaling.efficiency.made import SHAPES, World, curves, table
from theodolite.errors import NotIdentifiedError, TooFewError, UsageError
from theodolite.scaling import CurveSettings, Efficiency, efficiency, versus
from theodolite.scaling.efficiency.combined import combined
from theodolite.scaling.efficiency.curve import fit_curve
from theodolite.scaling.efficiency.explained import explained_in_all, product
from theodolite.scaling.efficiency.gains import own_gains
from theodolite.scaling.efficiency.progress import fieller, progress
from theodolite.stats.latent_scores import LatentFit, Measured, fit_latent
from theodolite.tables import Condition, Models
from theodolite.tables.scored import scored

FAST = CurveSettings(n_resamples=100)
CLEAR = World(families=14, family=0.05, model=0.05, benchmark=0.05)


@cache
def found(seed: int = 0, world: World = World()) -> Efficiency:  # noqa: B008
    return efficiency(table(world, seed), settings=FAST)


def test_json_has_what_is_promised() -> None:
    got = json.loads(json.dumps(found().to_dict()).replace("Infinity", "null"))
    assert got.keys() >= {
        *("verdict", "verdict_words", "slope", "explained", "models", "frontier", "progress"),
        *("sizes", "decides", "level", "seed", "removed", "notes", "product", "combined"),
    }
    assert got["slope"].keys() == {"GSM8K", "HellaSwag", "MMLU"}
    row = got["models"][0]
    keys = {"model", "benchmark", "flops", "score", "expected", "gain", "unbounded", "p_adjusted"}
    assert row.keys() >= keys
    assert row["gain"].keys() == {"estimate", "low", "high"}
    assert got["explained"].keys() >= {"estimate", "low", "high", "benchmarks"}
    assert got["progress"]["per_year"].keys() == {"estimate", "low", "high"}
    assert len(got["combined"]) == 36


def test_one_benchmark_has_one_slope() -> None:
    got = efficiency(table(World(), 0), ["MMLU"], settings=FAST).to_dict()
    assert got["slope"].keys() == {"estimate", "low", "high"}


def test_a_world_of_compute_alone() -> None:
    study = found(0, CLEAR)
    assert study.verdict == "compute explains most"
    for curve in study.curves:
        estimate, low, high = curve.slope(0.95)
        assert low < SHAPES[curve.name][1] < high
        assert estimate == pytest.approx(SHAPES[curve.name][1], rel=0.12)
        assert study.products[curve.name] is not None
    assert study.progress is not None
    assert study.progress.verdict == "cannot be told"
    assert study.progress.doubling_months is None


def test_a_world_without_compute() -> None:
    world = World(families=14, family=6.0, model=3.0, benchmark=0.1)
    study = found(0, world)
    assert study.verdict != "compute explains most"
    assert study.share.estimate < 0.5


def test_a_single_model_far_above_stands_out() -> None:
    models = table(CLEAR, 1)
    first = models.frame["model"][5]
    results = models.results.with_columns(
        value=pl.when(model=first).then((pl.col("value") + 20.0).clip(0, 99)).otherwise("value")
    )
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    study = efficiency(Models.from_frames(frame, results), settings=FAST)
    assert study.combined is not None
    row = study.combined.frame.row(0, named=True)
    assert row["model"] == first
    assert row["low"] > 1.0
    assert row["p_adjusted"] < 0.05
    other = study.gains.filter(pl.col("model") != first)
    assert study.gains.filter(model=first)["z"].min() > other["z"].max()
    assert all(first in one.models["model"].to_list() for one in study.frontiers)


def test_gains_by_hand_where_scores_are_exact() -> None:
    """Interval and point of a gain against a search on a grid of compute."""
    curve = curves(World(), 3)[0][0]
    rows = own_gains(curve, 0.9)
    # Of the model for which it matters most that its own family is left out.
    x_all, beta = curve.log_compute, curve.line.without[curve.fit.data.group] - curve.line.beta
    clear = (rows["score"].to_numpy() > 0.4) & (rows["score"].to_numpy() < 0.8)
    i = int(np.argmax(np.abs(beta[:, 0] + beta[:, 1] * x_all) * clear))
    group = int(curve.fit.data.group[i])
    a, b = curve.line.without[group]
    x, row = curve.log_compute[i], rows.row(i, named=True)
    logs = np.linspace(-10, 10, 20_001)
    value = 0.25 + 0.75 / (1.0 + np.exp(-(a + b * (x + logs))))
    assert row["gain"] == pytest.approx(
        np.exp(logs[np.abs(value - row["score"]).argmin()]), rel=2e-3
    )
    assert row["expected"] == pytest.approx(0.25 + 0.75 / (1 + math.exp(-(a + b * x))))
    # Student's and the normal quantile bracket the interval.
    places = np.stack([np.ones_like(logs), x + logs], axis=1)
    slope = 0.75 * np.exp(-(a + b * (x + logs))) / (1 + np.exp(-(a + b * (x + logs)))) ** 2
    error = np.sqrt(row["noise"] ** 2 + slope**2 * curve.line.variance_without(group, places))
    for q, inside in ((1.64, True), (1.84, False)):
        allowed = logs[np.abs(value - row["score"]) <= q * error]
        assert (math.log(row["low"]) <= allowed.min() + 2e-3) == inside
        assert (math.log(row["high"]) >= allowed.max() - 2e-3) == inside


def test_a_score_at_chance_or_at_the_ceiling_has_no_end() -> None:
    models = table(replace(CLEAR, names=("MMLU",)), 2)
    names = models.frame["model"].to_list()
    value = pl.when(model=names[3]).then(24.0).when(model=names[4]).then(99.9).otherwise("value")
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    results = models.results.with_columns(value=value)
    rows = efficiency(Models.from_frames(frame, results), settings=FAST).gains
    low, high = (rows.filter(model=names[k]).row(0, named=True) for k in (3, 4))
    assert (low["gain"], low["low"], low["unbounded"]) == (0.0, 0.0, True)
    assert math.isfinite(low["high"])
    assert (high["high"], high["unbounded"]) == (math.inf, True)
    assert high["low"] > 1.0


def test_the_gain_over_benchmarks_is_a_weighted_mean() -> None:
    parts, _ = curves(World(), 4)
    alone = [combined([curve], 0.95).frame.select("model", "gain") for curve in parts]
    joint = combined(parts, 0.95)
    rows = joint.frame.select("model", joint="gain")
    for frame in alone:
        rows = rows.join(frame, on="model", suffix="_one").rename({"gain": f"g{len(rows.columns)}"})
    singles = rows.select(pl.col("^g.*$"))
    assert (rows["joint"] <= singles.max_horizontal() + 1e-9).all()
    assert (rows["joint"] >= singles.min_horizontal() - 1e-9).all()
    assert joint.spread == pytest.approx(0.5, abs=0.3)


def test_on_one_benchmark_the_gain_over_all_is_its_own() -> None:
    study = efficiency(table(World(), 0), ["MMLU"], settings=FAST)
    assert study.combined is not None
    both = study.combined.frame.join(study.gains, on="model", suffix="_own")
    for name in ("gain", "low", "high", "p_adjusted"):
        assert both[name].to_list() == both[f"{name}_own"].to_list()


def test_order_and_names_of_families_do_not_matter() -> None:
    models = table(World(), 0)
    frame = models.frame.select("model", "family", "released", "kind", "params", "tokens")
    order = np.random.default_rng(0).permutation(frame.height)
    other = Models.from_frames(frame[order], models.results)
    one = efficiency(models, ["MMLU"], settings=FAST).gains.sort("model")
    two = efficiency(other, ["MMLU"], settings=FAST).gains.sort("model")
    assert two["gain"].to_numpy() == pytest.approx(one["gain"].to_numpy(), rel=1e-6)


def test_half_the_compute_is_twice_the_gain() -> None:
    """Of one family: the curve of the others is left as it was."""
    models = table(World(), 0)
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    first = pl.col("family") == frame["family"][0]
    half = frame.with_columns(
        tokens=pl.when(first).then(0.5 * pl.col("tokens")).otherwise("tokens")
    )
    one, two = (
        efficiency(Models.from_frames(f, models.results), ["MMLU"], settings=FAST).gains
        for f in (frame, half)
    )
    family = pl.col("family") == frame["family"][0]
    ratio = two.filter(family)["gain"].to_numpy() / one.filter(family)["gain"].to_numpy()
    assert ratio == pytest.approx(np.full(len(ratio), 2.0), rel=0.1)


def test_versus_states_scores_and_costs() -> None:
    study = found()
    one, two = study.combined.frame["model"][0], study.combined.frame["model"][-1]  # type: ignore[union-attr]
    got = versus(study, one, two)
    back = versus(study, two, one)
    assert got.compute == pytest.approx(1.0 / back.compute)
    gap = got.scores["score"] - got.scores["against"]
    assert got.scores["difference"].to_list() == pytest.approx(gap.to_list())
    assert got.scores["low"].to_list() == pytest.approx((-back.scores["high"]).to_list())
    assert got.gain is not None
    assert got.gain.estimate > 1.0
    assert got.to_dict()["ratios"].keys() == {"compute", "params", "memory", "tokens", "serving"}
    with pytest.raises(UsageError, match="against itself"):
        versus(study, one, one)
    with pytest.raises(UsageError, match="no score beside known compute"):
        versus(study, one, "nobody")


def test_experts_compute_by_what_is_active() -> None:
    models = table(World(names=("MMLU",)), 0)
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    first = frame["model"][0]
    both = frame.with_columns(
        active_params=pl.when(model=first).then(pl.col("params")).otherwise(None),
        params=pl.when(model=first).then(4.0 * pl.col("params")).otherwise("params"),
    )
    study = efficiency(Models.from_frames(both, models.results), settings=FAST)
    got = versus(study, first, frame["model"][1])
    assert got.memory == pytest.approx(4.0 * got.serving)
    assert got.compute == pytest.approx(got.params * got.tokens)


def test_fiellers_ends_are_where_the_difference_is_as_large_as_its_error() -> None:
    total, covariance = np.array([1.5, 0.6]), np.array([[0.04, 0.01], [0.01, 0.09]])
    for end in fieller(total, 4.0 * covariance):
        row = np.array([-end, 1.0])
        assert (row @ total) ** 2 == pytest.approx(4.0 * float(row @ covariance @ row))
    assert fieller(np.array([0.1, 0.6]), covariance) == (-np.inf, np.inf)


def test_progress_is_found_where_little_else_differs() -> None:
    world = replace(CLEAR, progress=1.0, names=("MMLU", "GSM8K"))
    got = efficiency(table(world, 0), settings=FAST).progress
    assert got is not None
    assert got.per_year is not None
    assert got.doubling_months is not None
    assert got.verdict == "improves"
    assert math.log(got.per_year.estimate) == pytest.approx(1.0, abs=0.15)
    assert got.per_year.low < math.e < got.per_year.high
    months = 12.0 * math.log(2.0) / math.log(got.per_year.estimate)
    assert got.doubling_months.estimate == pytest.approx(months)
    assert got.doubling_months.low < months < got.doubling_months.high
    parts = got.benchmarks["per_year"]
    assert parts.min() <= got.per_year.estimate <= parts.max()  # type: ignore[operator]


def test_a_fit_with_dates_that_still_moved_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = curves(World(), 0)[0]
    assert progress(parts, 0.95).notes == ()

    def stopped(*given: Measured, **settings: bool) -> LatentFit:
        fit = fit_latent(*given, **settings)
        return replace(fit, converged=given[0].chance != 0.25)

    # The package's name is also that of a function.
    module = import_module("theodolite.scaling.efficiency.progress")
    monkeypatch.setattr(module, "fit_latent", stopped)
    got = progress(parts, 0.95)
    names = [curve.name for curve in parts if curve.measured.chance == 0.25]
    assert names
    assert len(names) < len(parts)
    assert got.notes == (
        f"The fit of compute and date on {', '.join(names)} still moved when it was stopped.",
    )
    assert got.to_dict()["notes"] == list(got.notes)


def test_parameters_and_tokens_apart() -> None:
    parts = curves(replace(CLEAR, names=("HellaSwag",)), 0)[0]
    got = product(parts[0], 0.95)
    assert got is not None
    assert got.difference.low < 0.0 < got.difference.high
    assert got.difference.estimate == pytest.approx(got.params.estimate - got.tokens.estimate)


def of_noise(points: float) -> Efficiency:
    """Two settings of every score, twice so many points apart."""
    models = table(World(names=("MMLU", "HellaSwag")), 0)
    both = [
        models.results.with_columns(
            value=(pl.col("value") + sign * points).clip(1.0, 99.0), setting=pl.lit(name)
        )
        for sign, name in ((1.0, "5-shot"), (-1.0, "0-shot"))
    ]
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    return efficiency(Models.from_frames(frame, pl.concat(both)), settings=FAST)


def test_where_noise_covers_all_less_of_it_decides() -> None:
    study = of_noise(12.0)
    assert (study.drowned, study.verdict) == (True, "cannot be told")
    assert study.verdict_words.endswith(
        "on 2 benchmarks: the noise between measurements covers all scatter of models."
    )
    assert study.decides.startswith("Less noise, not more families: ")
    assert "(--where setting=...)" in study.decides
    some = of_noise(4.0)
    assert (some.drowned, some.explained["HellaSwag"].drowned) == (False, True)
    assert "on MMLU: 8" in some.verdict_words


@pytest.mark.parametrize("low", [0.5, 0.49999, 0.3])
def test_never_fewer_families_than_there_are(low: float) -> None:
    study = found()
    share = replace(study.share, estimate=0.9, low=low, high=0.95)
    assert replace(study, share=share).verdict == "cannot be told"
    need, now = map(
        int, re.findall(r"(\d+) families in place of (\d+)", replace(study, share=share).decides)[0]
    )
    assert need > now


def test_compute_explains_nothing_for_sure_where_the_slope_may_be_0() -> None:
    """The draws of this share all but lie above a half, but the slope's interval holds 0."""
    world = World(families=5, family=0.8, model=0.05, names=("MMLU",))
    study = efficiency(table(world, 143), settings=CurveSettings(n_resamples=200))
    (part,) = study.explained.values()
    estimate, low, _ = study.curves[0].slope(0.95)
    assert low < 0.0 < estimate
    assert part.share.estimate > 0.75
    assert (part.rises, part.verdict, study.verdict) == (False, *2 * ("cannot be told",))
    assert part.share.low == part.within.low == part.between.low == study.share.low == 0.0
    assert "do not surely rise with compute on MMLU, where it may explain nothing" in (
        study.verdict_words
    )
    assert study.decides.startswith("On MMLU it must be sure that scores rise with compute: about")
    need = math.ceil(5 * ((estimate - low) / estimate) ** 2)
    assert f"about {need} families in place of 5" in study.decides


def test_a_flat_curve_counts_as_0_in_the_lower_end_of_the_mean() -> None:
    draws = np.linspace(1.0, 3.0, 101)
    part = found().explained["MMLU"]
    rising, flat = replace(part, noise=0.1, rises=True), replace(part, noise=0.1, rises=False)
    both = explained_in_all([(rising, draws), (flat, draws)], 0.9)
    shares = 1.0 / (1.0 + np.exp(-np.quantile(draws, [0.05, 0.95])))
    assert both.low == pytest.approx(shares[0] / 2.0, rel=1e-3)
    assert both.high == pytest.approx(max(shares[1], both.estimate), rel=1e-3)


def test_who_needs_what() -> None:
    models = table(World(), 0)
    few = [Condition.parse("params=..6e9")]
    with pytest.raises(TooFewError, match="needs 8 in 5"):
        efficiency(models, ["MMLU"], conditions=few, settings=FAST)
    frame = models.frame.select("model", "family", "kind").with_columns(params=1e9, tokens=1e12)
    same = Models.from_frames(frame, models.results)
    with pytest.raises(NotIdentifiedError, match="same compute"):
        efficiency(same, ["MMLU"], settings=FAST)
    with pytest.raises(TooFewError, match="no benchmark holds a curve"):
        efficiency(same, settings=FAST)
    with pytest.raises(UsageError, match="above the ceiling"):
        efficiency(models, ["GSM8K"], settings=CurveSettings(ceiling=0.2))
    with pytest.raises(UsageError, match="level of 2"):
        efficiency(models, level=2.0)
    with pytest.raises(UsageError, match="least_noise is 0"):
        CurveSettings(least_noise=0.0)
    with pytest.raises(UsageError, match="no attribute or benchmark"):
        efficiency(models, ["MMLUU"])


def test_scores_below_chance_show_the_noise() -> None:
    models = table(replace(CLEAR, names=("MMLU",), shift=-6.0), 0)
    curve = fit_curve(scored(models, "MMLU"), CurveSettings(least_noise=0.001))
    assert np.median(curve.measured.noise) == pytest.approx(0.012, rel=0.3)


def test_a_model_without_a_family_is_one_by_itself() -> None:
    models = table(World(names=("MMLU",)), 0)
    frame = models.frame.select("model", "family", "kind", "params", "tokens")
    alone = pl.when(model=frame["model"][0]).then(None).otherwise("family")
    study = efficiency(
        Models.from_frames(frame.with_columns(family=alone), models.results), settings=FAST
    )
    assert "1 models have no family; each counts as one by itself." in study.notes
