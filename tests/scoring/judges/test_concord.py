"""Agreement of judges with each other and with people, against a count of every two verdicts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from tests.scoring.judges.made import as_votes, frame_of
from tests.stats.juries import World
from theodolite.scoring.judges.concord import (
    agreement_of,
    alphas,
    judge_pairs,
    opinions_of,
    people_agreement,
)
from theodolite.scoring.judges.panel import Panel, panel_of, with_people
from theodolite.stats.krippendorff import krippendorff
from theodolite.tables import Judgments, Votes

FRAME = frame_of(World(items=25), np.random.default_rng(0))
# Three people on every pair of answers.
PEOPLE = pl.concat(
    as_votes(FRAME.filter(judge=f"j{j}"))
    .frame.with_columns(voter=pl.lit(f"p{j}"))
    .drop("_file", "_row")
    for j in range(3)
)


def panel() -> Panel:
    # A quarter is left out, so that judges did not see the same.
    some = FRAME.filter(pl.int_range(pl.len()) % 4 > 0)
    return with_people(panel_of(Judgments.from_frame(some)), Votes.from_frame(PEOPLE))


def said(of: Panel, *, person: bool) -> dict[str, dict[int, int]]:
    """Each one's verdict on each unit, by plain loops."""
    every: dict[str, dict[int, list[float]]] = {}
    for row in of.frame.filter(person=person).iter_rows(named=True):
        value = (
            row["graded"] if row["first"] == min(row["first"], row["second"]) else -row["graded"]
        )
        every.setdefault(row["judge"], {}).setdefault(row["unit"], []).append(value)
    return {
        judge: {unit: int(np.sign(round(sum(v), 9))) for unit, v in units.items()}
        for judge, units in every.items()
    }


def test_every_two_judges_and_kappa() -> None:
    judges = said(panel(), person=False)
    got = judge_pairs(opinions_of(panel(), people=False), level=0.95)
    for a, b in combinations(sorted(judges), 2):
        both = sorted(judges[a].keys() & judges[b].keys())
        one, two = ([judges[j][u] for u in both] for j in (a, b))
        same = np.mean([x == y for x, y in zip(one, two, strict=True)])
        chance = sum(one.count(c) * two.count(c) for c in (-1, 0, 1)) / len(both) ** 2
        row = got.filter(judge_a=a, judge_b=b).row(0, named=True)
        assert row["units"] == len(both)
        assert row["agreement"] == pytest.approx(same)
        assert row["kappa"] == pytest.approx((same - chance) / (1 - chance))
        assert row["low"] < row["agreement"] < row["high"]


def test_with_all_other_judges() -> None:
    of = panel()
    judges = said(of, person=False)
    got = agreement_of(opinions_of(of, people=False), None, 0.95)
    for judge, found in zip(sorted(judges), got, strict=True):
        alike, own, theirs = [], [], []
        for unit, verdict in judges[judge].items():
            others = [j[unit] for name, j in judges.items() if name != judge and unit in j]
            if others:
                alike.append(np.mean([o == verdict for o in others]))
                own.append(verdict)
                theirs.append([others.count(c) / len(others) for c in (-1, 0, 1)])
        chance = sum(
            own.count(c) / len(own) * np.mean([t[n] for t in theirs])
            for n, c in enumerate((-1, 0, 1))
        )
        assert found.judges is not None
        assert found.judges.estimate == pytest.approx(np.mean(alike))
        assert found.kappa == pytest.approx((np.mean(alike) - chance) / (1 - chance))
        assert found.people is None


def test_with_people_one_by_one_and_with_most_of_them() -> None:
    of = panel()
    judges, people = said(of, person=False), said(of, person=True)
    got = agreement_of(opinions_of(of, people=False), opinions_of(of, people=True), 0.95)
    for judge, found in zip(sorted(judges), got, strict=True):
        single, majority = [], []
        for unit, verdict in judges[judge].items():
            theirs = [p[unit] for p in people.values() if unit in p]
            if not theirs:
                continue
            single.append(np.mean([t == verdict for t in theirs]))
            counts = sorted(((theirs.count(c), c) for c in (-1, 0, 1)), reverse=True)
            if counts[0][0] > counts[1][0]:
                majority.append(counts[0][1] == verdict)
        assert found.people is not None
        assert found.people.estimate == pytest.approx(np.mean(single))
        assert found.majority is not None
        assert found.majority.estimate == pytest.approx(np.mean(majority))
        assert found.majority.n == len(majority)


def test_people_among_themselves() -> None:
    of = panel()
    people = said(of, person=True)
    majority, single, (units, unclear) = people_agreement(opinions_of(of, people=True), 0.95)
    alike, like_most, open_units = [], [], 0
    for unit in {u for p in people.values() for u in p}:
        votes = [(name, p[unit]) for name, p in people.items() if unit in p]
        counts = sorted((sum(v == c for _, v in votes) for c in (-1, 0, 1)), reverse=True)
        open_units += counts[0] == counts[1]
        for name, own in votes:
            others = [v for other, v in votes if other != name]
            alike.append(np.mean([v == own for v in others]))
            rest = sorted(((others.count(c), c) for c in (-1, 0, 1)), reverse=True)
            if rest[0][0] > rest[1][0]:
                like_most.append(rest[0][1] == own)
    assert single is not None
    assert single.estimate == pytest.approx(np.mean(alike))
    assert majority is not None
    assert majority.estimate == pytest.approx(np.mean(like_most))
    assert (units, unclear) == (75, open_units)


def test_alpha_is_of_one_verdict_a_judge_and_unit() -> None:
    of = panel()
    judges = said(of, person=False)
    rows = [(u, v) for units in judges.values() for u, v in units.items()]
    unit, value = np.array([u for u, _ in rows]), np.array([float(v) for _, v in rows])
    expected = krippendorff(unit, value, unit, metric="nominal").estimate
    nominal, ordinal, interval = alphas(opinions_of(of, people=False), level=0.95)
    assert nominal.estimate == pytest.approx(expected)
    assert [ordinal.metric, interval.metric] == ["ordinal", "interval"]
    alone = Judgments.from_frame(FRAME.filter(judge="j0"))
    assert alphas(opinions_of(panel_of(alone), people=False), level=0.95) == ()
