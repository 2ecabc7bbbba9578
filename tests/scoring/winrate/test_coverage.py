"""Whether intervals of win rates hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.scoring.winrate.simulations import World, histories, truth
from theodolite.scoring.winrate import add_models, aligned, freeze
from theodolite.stats.controlled_rate import rate_ends
from theodolite.tables import Condition, Preferences, select

MANY = tuple(np.linspace(-3.5, 1.5, 8).round(2).tolist())


def share_held(world: World, n: int, count: int, seed: int) -> tuple[float, float, float]:
    """How often the interval holds the rate, and misses it below and above."""
    want = truth(world)[0] / 100.0
    low, high = rate_ends(histories(world, np.random.default_rng(seed), n, count), level=0.95)
    held = float(np.mean((low <= want) & (want <= high)))
    return held, float(np.mean(want < low)), float(np.mean(want > high))


class TestSingleFits:
    @pytest.mark.parametrize("theta", [-2.0, 0.0])
    @pytest.mark.parametrize("kind", ["coin", "soft", "crooked"])
    def test_they_hold_the_rate(self, theta: float, kind: str) -> None:
        held, below, above = share_held(World((theta,), kind), 200, 500, seed=1)
        assert 0.92 < held < 0.985
        assert max(below, above) < 0.05

    @pytest.mark.slow
    @pytest.mark.parametrize("n", [100, 805])
    @pytest.mark.parametrize("theta", [-4.9, -2.0, 0.0, 4.9])
    @pytest.mark.parametrize("kind", ["coin", "soft", "crooked"])
    def test_two_thousand_histories(self, n: int, theta: float, kind: str) -> None:
        world = World((theta,), kind)
        held, below, above = share_held(world, n, 2000, seed=2)
        print(f"{n} {theta} {kind}: rate {truth(world)[0]:.2f}, {held:.4f} {below:.4f} {above:.4f}")
        # With two adverse outcomes expected among a hundred an interval can only hold too often.
        assert 0.93 <= held <= (0.99 if n == 100 and abs(theta) > 4 else 0.975)

    def test_the_whole_path_holds_it_too(self) -> None:
        world, rng, held = World((-1.0, 0.5)), np.random.default_rng(3), np.zeros(2)
        want = np.array(truth(world))
        for _ in range(20):
            preferences, ease = world.preferences(rng, 150)
            models = aligned(preferences, difficulty=ease).models.sort("model")
            ends = models.select("low", "high").to_numpy()
            held += ((ends[:, 0] <= want) & (want <= ends[:, 1])) / 20
        assert (held > 0.75).all()


def sorted_as(world: World, frame: pl.DataFrame) -> np.ndarray:
    order = pl.DataFrame({"model": [f"m{k}" for k in range(len(world.theta))]})
    joined = order.join(frame, on="model", how="left", maintain_order="left")
    return joined.select("low", "high").to_numpy()


class TestEstimatedDifficulty:
    @pytest.mark.parametrize("kind", ["crooked"])
    def test_single_and_joint_fits_hold_the_rate(self, kind: str) -> None:
        world, rng, held = World(MANY, kind), np.random.default_rng(4), np.zeros(2)
        want = np.array(truth(world))
        for _ in range(6):
            found = aligned(world.preferences(rng, 150)[0])
            for k, frame in enumerate((found.models, found.joint.models)):
                ends = sorted_as(world, frame)
                held[k] += np.mean((ends[:, 0] <= want) & (want <= ends[:, 1])) / 6
        assert (held > 0.9).all()

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["coin", "soft", "crooked"])
    def test_many_histories(self, kind: str) -> None:
        world, rng, histories = World(MANY, kind), np.random.default_rng(5), 500
        want, held = np.array(truth(world)), np.zeros((2, len(MANY)))
        for _ in range(histories):
            found = aligned(world.preferences(rng, 200)[0])
            for k, frame in enumerate((found.models, found.joint.models)):
                ends = sorted_as(world, frame)
                held[k] += (ends[:, 0] <= want) & (want <= ends[:, 1])
        held /= histories
        print(f"{kind}: single {held[0].mean():.4f}, joint {held[1].mean():.4f}", held.round(3))
        assert (held.mean(axis=1) > 0.93).all()
        assert (held.mean(axis=1) < 0.97).all()


class TestAddedModels:
    @pytest.mark.slow
    def test_they_hold_the_rate(self) -> None:
        world, rng = World(MANY), np.random.default_rng(6)
        want, held = truth(world)[4], 0.0
        for _ in range(200):
            preferences, _ = world.preferences(rng, 150)
            saved = select(preferences, [Condition.parse("model!=m4")])
            fit = freeze(aligned(saved, joint=True))
            new = select(preferences, [Condition.parse("model=m4")])
            row = add_models(new, fit).models.filter(model="m4").row(0, named=True)
            held += (row["low"] <= want <= row["high"]) / 200
        print(held)
        assert 0.91 < held < 0.99

    @pytest.mark.parametrize("n", [60, pytest.param(200, marks=pytest.mark.slow)])
    def test_they_hold_it_where_judges_like_the_length_of_each_model_otherwise(
        self, n: int
    ) -> None:
        """Answers far shorter than the baseline's: what the prior pulls off is in the interval."""
        rng, items, held = np.random.default_rng(8), 300, 0.0
        ease, baseline = rng.normal(size=items), np.exp(6.0 + 0.4 * rng.normal(size=items))

        def judged(theta: float, phi: float, at, shift: float, name: str) -> pl.DataFrame:
            own = np.exp(6.0 + shift + 0.4 * rng.normal(size=len(at)))
            z = np.tanh((own - baseline[at]) / 240.0)
            p = 1.0 / (1.0 + np.exp(-(theta + phi * z + ease[at])))
            return pl.DataFrame(
                {
                    "item_id": [str(i) for i in at],
                    "preference": 1.0 + rng.beta(2 * p, 2 * (1 - p)),
                    "len_output": own,
                    "len_baseline": baseline[at],
                }
            ).with_columns(model=pl.lit(name), baseline=pl.lit("base"))

        slopes = 1.5 + 0.6 * rng.normal(size=12)
        known = [
            judged(rng.normal(), slope, np.arange(items), 0.0, f"m{k:02}")
            for k, slope in enumerate(slopes)
        ]
        fit = freeze(aligned(Preferences.from_frame(pl.concat(known))))
        want = 100.0 * float((1.0 / (1.0 + np.exp(-(0.3 + ease)))).mean())
        count = 100 if n < 100 else 2000
        for _ in range(count):
            at = rng.choice(items, n, replace=False)
            new = judged(0.3, 1.5 + 0.6 * rng.normal(), at, -0.8, "new")
            found = add_models(Preferences.from_frame(new), fit)
            row = found.models.filter(model="new").row(0, named=True)
            held += (row["low"] <= want <= row["high"]) / count
        print(held)
        assert held > 0.94


@pytest.mark.slow
def test_pairs_hold_together() -> None:
    """All differences at once, in at least about 95% of the histories."""
    world, rng, held = World((-1.0, -0.8, -0.8, 0.0, 0.4)), np.random.default_rng(7), 0
    want = dict(zip((f"m{k}" for k in range(5)), truth(world), strict=True))
    for _ in range(500):
        preferences, ease = world.preferences(rng, 150)
        pairs = aligned(preferences, difficulty=ease).pairs
        gaps = np.array([want[a] - want[b] for a, b in pairs.select("model_a", "model_b").rows()])
        low, high = pairs["low"].to_numpy(), pairs["high"].to_numpy()
        held += bool(((low <= gaps) & (gaps <= high)).all())
    print(held / 500)
    assert held / 500 > 0.94
