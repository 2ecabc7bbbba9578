"""How often a fair judge is called biased, and how often intervals hold the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scoring.judges.made import FAMILIES, as_votes, frame_of
from tests.stats.juries import World
from theodolite.scoring.judges import BIASED, BIASES
from theodolite.scoring.judges.biases import biases
from theodolite.scoring.judges.concord import agreement_of, opinions_of
from theodolite.scoring.judges.jury import sit
from theodolite.scoring.judges.panel import panel_of, with_people
from theodolite.tables import Judgments

# Everybody likes longer answers as much, and the fourth are people: no judge is biased.
FOUR = (0.0, 0.0, 0.0, 0.0)
FAIR = World(items=40, scale=(1.0,) * 4, position=FOUR, length=(0.3,) * 4, own=FOUR)


def alarms(histories: int, world: World, seed: int) -> dict[str, float]:
    """Give the share of histories in which some judge is called biased, by bias."""
    counts = dict.fromkeys(BIASES, 0)
    for n in range(histories):
        rng = np.random.default_rng([seed, n])
        frame = frame_of(world, rng)
        panel = panel_of(Judgments.from_frame(frame.filter(pl.col("judge") != "j3")))
        panel = with_people(panel, as_votes(frame.filter(judge="j3")))
        found = biases(sit(panel, FAMILIES, least=30), level=0.95, margin=0.2)
        for name in BIASES:
            counts[name] += any(one[name].verdict == BIASED for one in found)
    return {name: count / histories for name, count in counts.items()}


def test_fair_judges_are_seldom_called_biased() -> None:
    for name, share in alarms(12, FAIR, seed=0).items():
        assert share <= 0.2, name


@pytest.mark.slow
@pytest.mark.parametrize("items", [20, 60])
def test_fair_judges_of_many_histories(items: int) -> None:
    found = alarms(2000, replace(FAIR, items=items), seed=1)
    print(items, found)
    for name, share in found.items():
        # 5% and two Monte Carlo errors.
        assert share <= 0.06, name


def shares_covered(histories: int, items: int, seed: int) -> float:
    """How often the interval of agreement with other judges holds that of endless items."""

    def agreement(n: int, rng: np.random.Generator) -> list[tuple[float, float, float]]:
        table = Judgments.from_frame(frame_of(replace(FAIR, items=n), rng))
        found = agreement_of(opinions_of(panel_of(table), people=False), None, 0.95)
        kept = [one.judges for one in found if one.judges is not None]
        return [(k.estimate or 0.0, k.low or 0.0, k.high or 1.0) for k in kept]

    rng = np.random.default_rng(seed)
    truth = [estimate for estimate, _, _ in agreement(5000, rng)]
    hits = [
        low <= true <= high
        for _ in range(histories)
        for true, (_, low, high) in zip(truth, agreement(items, rng), strict=True)
    ]
    return float(np.mean(hits))


def test_agreement_is_covered() -> None:
    assert shares_covered(40, 30, seed=0) > 0.88


@pytest.mark.slow
def test_agreement_is_covered_in_many_histories() -> None:
    found = shares_covered(2000, 30, seed=1)
    print(round(found, 4))
    assert 0.93 <= found <= 0.97
