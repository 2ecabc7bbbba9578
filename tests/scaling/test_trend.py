"""Trends over release dates: verdicts, counts, identities, and the shipped facts."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.scaling.trend_simulations import BREAK, World, history
from theodolite.errors import (
    InputError,
    NotIdentifiedError,
    TooFewError,
    TooLargeError,
    UsageError,
)
from theodolite.loading import load_models
from theodolite.scaling import CHINCHILLA, Measure, Resampling, published_law, trend
from theodolite.scaling.trends.measure import YARDSTICKS, optimal_ratio
from theodolite.tables import Models

QUICK = Resampling(n=199, cluster="family")
LLAMA = "2023-02-24"


def models_of(data) -> Models:
    """Make a table of models from a drawn history."""
    frame = data.frame.select(
        "model", "family", "organisation", "params", "tokens", pl.col("released").cast(pl.String)
    )
    return Models.from_frames(frame.with_columns(kind=pl.lit("base")))


def drawn(seed=0, **world) -> Models:
    return models_of(history(World(**world), np.random.default_rng(seed)))


def followed(models, *, breaks=(BREAK,), resampling=QUICK, **measure):
    return trend(models, breaks=breaks, resampling=resampling, measure=Measure(**measure))


@pytest.fixture(scope="module")
def shipped():
    return trend(load_models(), breaks=[CHINCHILLA, LLAMA])


class TestShipped:
    def test_counts(self, shipped):
        assert (len(shipped.to_frame()), shipped.data.n_clusters) == (89, 39)
        left = {r.reason: r.count for r in shipped.data.removed}
        assert left == {
            "tuned, not a base model": 71,
            "no date of release": 16,
            "no parameters": 1,
            "no tokens of pre-training": 4,
        }
        assert len(load_models()) == 89 + sum(left.values())
        first, second = shipped.breaks
        assert (first.models, first.clusters) == ((23, 66), (11, 28))
        assert (second.models, second.clusters) == ((31, 58), (18, 21))

    def test_the_field_turned_and_did_not_jump_on_the_day(self, shipped):
        one = shipped.breaks[0].plain
        assert shipped.verdict == "shift"
        assert one.p_adjusted < 0.02
        assert one.jump.low < 1.0 < one.jump.high
        assert one.turn.low > 1.0
        assert one.slope_after.low > 5.0
        assert "a jump on the day itself is not shown" in shipped.verdict_words
        fixed = shipped.breaks[0].at_fixed_params
        assert (fixed.verdict, fixed.change.low > 1.0) == ("cannot be told", True)
        assert "At fixed parameters it is not sure" in shipped.verdict_words

    def test_the_best_date_is_a_year_later(self, shipped):
        assert shipped.unknown.estimate == date(2023, 2, 24)
        assert shipped.unknown.p_value < 0.05
        assert date(2022, 3, 29) in shipped.unknown.dates
        assert shipped.unknown.low <= shipped.unknown.estimate <= shipped.unknown.high

    def test_past_the_optimum(self, shipped):
        past = shipped.past_optimum
        assert past.verdict == "past the optimum"
        for one in past.yardsticks:
            assert one.before[0].estimate < one.after[0].estimate
            assert one.last.low > 1.0 > one.first.estimate
            assert one.crossing.low < one.crossing.estimate < one.crossing.high
        crossings = {one.law: one.crossing.estimate for one in past.yardsticks}
        # The printed parameters ask for more tokens at large compute: one passes later.
        assert crossings["hoffmann"] > crossings["besiroglu"]

    def test_the_two_readings_of_size_are_one(self, shipped):
        """Log D / N at fixed N is log D at fixed N, but for the coefficient of N."""
        tokens = followed(load_models(), breaks=[CHINCHILLA], quantity="tokens")
        one, other = shipped.breaks[0].at_fixed_params, tokens.breaks[0].at_fixed_params
        assert one.jump.estimate == pytest.approx(other.jump.estimate, rel=1e-8)
        assert one.slope_after.low == pytest.approx(other.slope_after.low, rel=1e-6)

    def test_experts_count_by_what_is_active(self, shipped):
        row = shipped.to_frame().filter(model="DBRX").row(0, named=True)
        assert (row["params"], row["all_params"]) == (36e9, 132e9)
        assert row["tokens_per_param"] == pytest.approx(12e12 / 36e9)
        assert row["flops"] == 6.0 * 36e9 * 12e12
        assert any("mixtures of experts" in note for note in shipped.notes)

    def test_json(self, shipped):
        got = json.loads(json.dumps(shipped.to_dict(), allow_nan=False))
        assert got.keys() >= {"verdict", "verdict_words", "break", "past_optimum", "decides"}
        assert got["break"][0]["jump"].keys() == {"estimate", "low", "high", "unbounded"}
        assert got["break"][0]["at_fixed_params"]["p_value"] > got["break"][0]["p_value"]
        assert got["past_optimum"]["crossing"]["estimate"] == "2022-04-08"
        assert {row["law"] for row in got["past_optimum"]["laws"]} == set(YARDSTICKS)

    def test_the_largest_of_each_release(self):
        found = followed(load_models(), breaks=[CHINCHILLA], largest=True)
        names = set(found.to_frame()["model"])
        assert {"GPT-3-175B", "Llama-3-70B", "Qwen-72B", "Qwen-7B"} <= names
        assert not {"GPT-3-13B", "Llama-3-8B", "Qwen-1.8B"} & names
        assert found.data.removed[-1].reason == "not the largest of its release"
        assert found.data.removed[-1].count == 89 - len(names)

    def test_by_organisation(self):
        resampling = Resampling(n=199, cluster="organisation")
        found = followed(load_models(), breaks=[CHINCHILLA], resampling=resampling)
        assert found.data.n_clusters == 27
        meta = found.to_frame().filter(cluster="Meta")
        assert set(meta["family"]) == {"XGLM", "OPT", "Galactica", "Llama", "Llama 2", "Llama 3"}
        assert found.data.weights.sum() == pytest.approx(27.0)


class TestVerdicts:
    def test_a_jump(self):
        found = followed(drawn(jump=np.log(20.0), scatter=0.4))
        one = found.breaks[0].plain
        assert found.verdict == "shift"
        assert one.jump.low < 20.0 < one.jump.high
        assert one.change.low > 1.0
        assert one.level_after.estimate == pytest.approx(
            one.level_before.estimate * one.jump.estimate
        )
        assert one.slope_after.estimate == pytest.approx(
            one.slope_before.estimate * one.turn.estimate
        )
        assert found.decides == ""

    def test_surely_none(self):
        found = followed(drawn(seed=1, before=30, after=30, scatter=0.15))
        assert found.verdict == "no shift"
        assert "did not shift" in found.verdict_words
        strict = followed(drawn(seed=1, before=30, after=30, scatter=0.15), margin=1.01)
        assert strict.verdict == "cannot be told"

    def test_too_much_scatter_to_tell(self):
        found = followed(drawn(seed=2, before=6, after=6, scatter=1.5))
        assert found.verdict == "cannot be told"
        assert found.breaks[0].needed > 6
        assert f"about {found.breaks[0].needed:,} clusters on each side" in found.decides

    def test_too_few_on_a_side(self):
        found = followed(drawn(before=4, after=12))
        one = found.breaks[0]
        assert (found.verdict, one.plain, one.needed) == ("cannot be told", None, 5)
        assert "only 4 clusters before" in one.reason
        assert "base models of other families" in found.decides
        got = found.to_dict()["break"][0]
        assert (got["p_value"], got["jump"], got["before"]["clusters"]) == (None, None, 4)
        assert found.overall.slope.low < found.overall.slope.high

    def test_holm_over_dates(self):
        days = ["2021-07-01", BREAK, "2022-07-01"]
        found = followed(drawn(jump=1.2), breaks=days)
        p = sorted(one.plain.p_value for one in found.breaks)
        adjusted = sorted(one.plain.p_adjusted for one in found.breaks)
        assert adjusted[0] == pytest.approx(3.0 * p[0])
        assert all(a >= b for a, b in zip(adjusted, p, strict=True))
        alone = followed(drawn(jump=1.2), breaks=days[1:2]).breaks[0].plain
        assert alone.p_adjusted == alone.p_value == found.breaks[1].plain.p_value

    def test_a_model_of_the_day_is_after(self):
        models = drawn()
        day = models.frame["released"].sort()[60]
        found = followed(models, breaks=[day])
        assert found.breaks[0].models[1] == (models.frame["released"] >= day).sum()


class TestHeldAlone:
    """A line that one family alone holds has no interval, and gives no verdict."""

    @staticmethod
    def of(rows) -> Models:
        frame = pl.DataFrame(rows, schema=["family", "released", "tokens"], orient="row")
        names = pl.Series([f"m{k}" for k in range(len(rows))])
        return Models.from_frames(frame.with_columns(model=names, kind=pl.lit("base"), params=1e9))

    def test_the_last_release(self):
        rows = [(f"f{k}", "2023-01-01", 1e10 * (2 + k)) for k in range(5)]
        found = followed(self.of([*rows, ("late", "2024-01-01", 6e11)]))
        past = found.past_optimum
        assert past.verdict == "cannot be told"
        assert past.reason == "without 'late' the dates of the others hold no line"
        for one in (found.overall.last, found.overall.slope, past.shown.last, past.shown.slope):
            assert (one.low, one.high) == (0.0, np.inf)
        assert np.isfinite(found.overall.first.high)
        assert (past.shown.crossing.low, past.shown.crossing.high) == (None, None)
        got = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert got["past_optimum"]["reason"] == past.reason
        assert got["past_optimum"]["last"]["unbounded"] is True

    def test_later_dates_of_one_family(self):
        """Of five families after the break one alone has other dates: it alone holds the turn."""
        rng = np.random.default_rng(3)
        before = [(f"b{k}", f"2021-0{1 + k}-01", t) for k, t in enumerate(rng.lognormal(24, 1, 8))]
        after = [(f"a{k}", "2022-02-01", t) for k, t in enumerate(rng.lognormal(24, 1, 5))]
        own = [("a4", f"2022-0{m}-01", t) for m, t in zip((5, 8), (1e10, 9e10), strict=True)]
        found = followed(self.of([*before, *after, *own]))
        one = found.breaks[0]
        assert (one.verdict, one.plain) == ("cannot be told", None)
        assert found.unknown.searched == 3  # not 2022-02-01: a4 alone holds those lines, too
        assert one.reason == "without 'a4' the dates of the others hold no line on both sides"
        more = [("a3", f"2022-0{m}-01", 2e10) for m in (5, 8)]
        assert followed(self.of([*before, *after, *own, *more])).breaks[0].plain is not None


class TestMeasures:
    @pytest.mark.parametrize("law", YARDSTICKS[:3])
    def test_the_optimum_is_the_laws_own(self, law):
        flops = np.geomspace(1e21, 1e25, 5)
        size = published_law(law).optimal_params(flops)
        ratio = optimal_ratio(law, flops)
        assert ratio == pytest.approx(flops / 6.0 / size / size)
        # A model of the optimal split is at 1.
        assert Measure("over_training", law=law).of(size, ratio * size) == pytest.approx(1.0)

    def test_over_training_at_chinchilla(self):
        found = followed(
            load_models(), breaks=[CHINCHILLA], quantity="over_training", law="ratio-20"
        )
        row = found.to_frame().filter(model="Chinchilla-70B").row(0, named=True)
        assert row["value"] == row["over_training"] == pytest.approx(1.0)

    @pytest.mark.parametrize("quantity", ["params", "flops"])
    def test_a_quantity_is_not_held_fixed_for_itself(self, quantity):
        found = followed(drawn(), quantity=quantity)
        one = found.breaks[0]
        assert (one.at_fixed_params is None) == (quantity == "params")
        assert (one.at_fixed_flops is None) == (quantity == "flops")
        assert found.unknown is not None

    def test_one_size_has_no_reading_at_fixed_size(self):
        models = drawn()
        same = Models.from_frames(
            models.frame.with_columns(params=pl.lit(7e9)).select(
                "model", "family", "kind", "params", "tokens", pl.col("released").cast(pl.String)
            )
        )
        found = followed(same)
        assert found.breaks[0].at_fixed_params is None
        assert found.unknown_at_fixed_params is None
        assert found.overall.slope_at_fixed_params is None

    def test_each_family_counts_once(self):
        """Copies of a family's models change nothing."""
        models = drawn(most=1)
        frame = models.frame.with_columns(pl.col("released").cast(pl.String))
        copies = frame.filter(family="1-3").with_columns(model=pl.lit("copy"))
        twice = Models.from_frames(
            pl.concat([frame, copies]).select(
                "model", "family", "kind", "params", "tokens", "released"
            )
        )
        one, other = followed(models).breaks[0].plain, followed(twice).breaks[0].plain
        assert other.jump.low == pytest.approx(one.jump.low, rel=1e-9)

    def test_without_a_family_one_stands_alone(self):
        models = drawn()
        frame = models.frame.select(
            "model", "kind", "params", "tokens", pl.col("released").cast(pl.String)
        )
        found = followed(Models.from_frames(frame))
        assert found.data.n_clusters == len(frame)
        assert any(f"{len(frame)} models without family" in note for note in found.notes)


class TestRefused:
    @pytest.mark.parametrize("day", ["2022-13-01", "March 2022", ""])
    def test_dates(self, day):
        with pytest.raises(UsageError, match="is not a date, such as 2022-03-29"):
            trend(drawn(), breaks=[day])

    def test_settings(self):
        with pytest.raises(UsageError, match="1 to 50 dates"):
            trend(drawn(), breaks=[])
        with pytest.raises(UsageError, match="level must lie between"):
            trend(drawn(), level=1.0)
        with pytest.raises(UsageError, match="a cluster is one of family"):
            trend(drawn(), resampling=Resampling(n=199, cluster="licence"))
        with pytest.raises(UsageError, match="the quantity is one of tokens_per_param"):
            Measure("speed")
        with pytest.raises(UsageError, match="the law is one of besiroglu"):
            Measure(law="kaplan")
        with pytest.raises(UsageError, match="a factor above 1"):
            Measure(margin=1.0)

    def test_models(self):
        tuned = drawn().frame.with_columns(
            pl.lit("instruct").alias("kind"), pl.col("released").cast(pl.String)
        )
        columns = ("model", "family", "kind", "params", "tokens", "released")
        with pytest.raises(InputError, match="no model is left after removing: tuned"):
            trend(Models.from_frames(tuned.select(columns)))
        few = drawn().frame.head(4).with_columns(pl.col("released").cast(pl.String))
        with pytest.raises(TooFewError, match="too few for a trend: 5 at least"):
            trend(Models.from_frames(few.select(columns)))

    def test_one_date_and_no_scatter(self):
        frame = drawn().frame.with_columns(pl.lit("2022-01-01").alias("released"))
        columns = ("model", "family", "kind", "params", "tokens", "released")
        with pytest.raises(NotIdentifiedError, match="hold no trend"):
            trend(Models.from_frames(frame.select(columns)))
        exact = drawn().frame.with_columns(
            tokens=20.0 * pl.col("params"), released=pl.col("released").cast(pl.String)
        )
        with pytest.raises(NotIdentifiedError, match="without any scatter"):
            trend(Models.from_frames(exact.select(columns)))

    def test_too_many(self, monkeypatch):
        monkeypatch.setattr("theodolite.scaling.trends.dated.MOST_MODELS", 50)
        with pytest.raises(TooLargeError, match="choose some with --where"):
            trend(drawn())
