"""How far judges agree with each other, and with people.

Every judge has one verdict on a pair of answers: for the one, for the other or a tie. Where it saw
both orders it is the sign of the mean of the two, so that a judge that turned round has a tie.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
c_uj      verdict of judge j on unit u: -1, 0 or 1
a_u       share of the other verdicts on u that are like c_uj
o         mean of a_u over the units that j and somebody else judged
e         the same for verdicts drawn at random: sum over c of the shares of c among j's
          verdicts and among the others', over the same units
========  ==================================================================================

Cohen's kappa is (o - e) / (1 - e). Intervals are those of shares, clustered by item.

References
----------
J. Cohen (1960), Educational and Psychological Measurement 20, 37-46.
doi:10.1177/001316446002000104
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scoring.judges.results import Agreement, Concord, Interval
from theodolite.scoring.judges.swaps import share_interval
from theodolite.stats.krippendorff import METRICS, MOST_CELLS, krippendorff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.judges.panel import Panel

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = [
    "MOST_PAIRED",
    "Opinions",
    "agreement_of",
    "alphas",
    "judge_pairs",
    "opinions_of",
    "people_agreement",
]

CLASSES = 3
# Every two of so many judges are compared; of more, each with all others alone.
MOST_PAIRED = 30
# Distinct values up to which midranks tell more than the values' own steps.
MOST_STEPS = 60


@dataclass(frozen=True)
class Opinions:
    """One verdict a unit and judge.

    Attributes
    ----------
    names
        The judges.
    judge, unit, item
        Of each verdict, as numbers, (N,).
    graded
        From -1 to 1, (N,).
    """

    names: tuple[str, ...]
    judge: Integers
    unit: Integers
    item: Integers
    graded: Floats

    @property
    def verdict(self) -> Integers:
        """0 for the other, 1 for a tie, 2 for the one, (N,)."""
        return (np.sign(self.graded) + 1.0).astype(np.int64)

    def counts(self, units: int) -> Floats:
        """How many verdicts of each kind a unit has, (U, 3)."""
        cells = np.bincount(self.unit * CLASSES + self.verdict, minlength=units * CLASSES)
        return cells.reshape(units, CLASSES).astype(np.float64)


def opinions_of(panel: Panel, *, people: bool) -> Opinions:
    """Give the verdicts of all judges, or of all people, one a unit each."""
    rows = panel.frame.filter(pl.col("person") == people)
    frame = rows.group_by("judge", "unit", maintain_order=True).agg(
        pl.col("towards_one").mean(), pl.col("item_id").first()
    )
    items = panel.frame.select(pl.col("item_id").unique(maintain_order=True)).with_row_index("item")
    frame = frame.join(items, on="item_id", how="left", maintain_order="left")
    names = tuple(sorted(frame.get_column("judge").unique()))
    judge = frame.get_column("judge").cast(pl.Enum(names)).to_physical()
    graded = frame.get_column("towards_one").round(9)
    return Opinions(
        names,
        judge.to_numpy().astype(np.int64),
        frame.get_column("unit").to_numpy().astype(np.int64),
        frame.get_column("item").to_numpy().astype(np.int64),
        graded.to_numpy().astype(np.float64),
    )


def alphas(opinions: Opinions, *, level: float) -> tuple[Concord, ...]:
    """Give Krippendorff's alpha of the judges by each metric; nothing for a single judge."""
    if len(opinions.names) < 2:  # noqa: PLR2004
        return ()
    out = []
    items = len(np.unique(opinions.item))
    for metric in METRICS:
        value = np.sign(opinions.graded) if metric == "nominal" else opinions.graded
        steps = len(np.unique(value))
        if metric == "ordinal" and (steps > MOST_STEPS or steps**2 * items > MOST_CELLS):
            continue
        got = krippendorff(opinions.unit, value, opinions.item, metric=metric, level=level)
        estimate, low, high = map(_known, (got.estimate, got.low, got.high))
        out.append(Concord(metric, estimate, low, high, got.units, got.values))
    return tuple(out)


def judge_pairs(opinions: Opinions, *, level: float) -> pl.DataFrame:
    """Compare every two judges on the units that both saw."""
    schema = {
        "judge_a": pl.String,
        "judge_b": pl.String,
        "units": pl.Int64,
        "agreement": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "kappa": pl.Float64,
    }
    rows = []
    if len(opinions.names) <= MOST_PAIRED:
        table, item = _table(opinions)
        for a, b in combinations(range(len(opinions.names)), 2):
            both = (table[a] >= 0) & (table[b] >= 0)
            if not both.any():
                continue
            one, other = table[a, both], table[b, both]
            got = share_interval((one == other).astype(np.float64), item[both], level)
            by_chance = float(_shares(one) @ _shares(other))
            names = (opinions.names[a], opinions.names[b])
            kappa = _kappa(float((one == other).mean()), by_chance)
            rows.append((*names, got.n, got.estimate, got.low, got.high, kappa))
    return pl.DataFrame(rows, schema=schema, orient="row")


def agreement_of(
    opinions: Opinions, people: Opinions | None, level: float
) -> tuple[Agreement, ...]:
    """Say of every judge how far it agrees with the others, and with people."""
    units = 1 + max(int(o.unit.max()) for o in (opinions, people) if o is not None)
    counts = opinions.counts(units)
    theirs = None if people is None else people.counts(units)
    out = []
    for judge in range(len(opinions.names)):
        own = opinions.judge == judge
        unit, item, verdict = opinions.unit[own], opinions.item[own], opinions.verdict[own]
        others = counts[unit].copy()
        others[np.arange(len(unit)), verdict] -= 1.0
        among, kappa = alike(others, verdict, item, level)
        majority = single = None
        if theirs is not None:
            majority = with_majority(theirs[unit], verdict, item, level)
            single, _ = alike(theirs[unit], verdict, item, level)
        out.append(Agreement(among, kappa, majority, single))
    return tuple(out)


def alike(
    others: Floats, verdict: Integers, item: Integers, level: float
) -> tuple[Interval | None, float | None]:
    """Give the share of others' verdicts that are like one's own, each unit once, and kappa.

    Parameters
    ----------
    others
        How many others said each of three things, (N, 3).
    verdict, item
        What one said oneself, and of which item, (N,).
    level
        Confidence level.
    """
    total = others.sum(axis=1)
    known = total > 0
    if not known.any():
        return None, None
    shares = others[known] / total[known, None]
    own = verdict[known]
    like = shares[np.arange(len(own)), own]
    kappa = _kappa(float(like.mean()), float(_shares(own) @ shares.mean(axis=0)))
    return share_interval(like, item[known], level), kappa


def with_majority(
    others: Floats, verdict: Integers, item: Integers, level: float
) -> Interval | None:
    """Give the share of units in which one says what most others say, where most say one thing."""
    clear = is_clear(others)
    if not clear.any():
        return None
    said = others[clear].argmax(axis=1) == verdict[clear]
    return share_interval(said.astype(np.float64), item[clear], level)


def is_clear(counts: Floats) -> Flags:
    """Whether one verdict has more voices than every other, (N,)."""
    ordered = np.sort(counts, axis=1)
    return np.asarray(ordered[:, -1] > ordered[:, -2])


def _table(opinions: Opinions) -> tuple[Integers, Integers]:
    """Lay out the verdicts of all judges, (J, U), -1 where there is none, and items, (U,)."""
    units, at = np.unique(opinions.unit, return_inverse=True)
    table = np.full((len(opinions.names), len(units)), -1)
    table[opinions.judge, at] = opinions.verdict
    item = np.zeros(len(units), dtype=np.int64)
    item[at] = opinions.item
    return table, item


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _shares(verdict: Integers) -> Floats:
    return np.bincount(verdict, minlength=CLASSES) / len(verdict)


def _kappa(observed: float, expected: float) -> float | None:
    return None if expected >= 1.0 else (observed - expected) / (1.0 - expected)


def people_agreement(
    people: Opinions, level: float
) -> tuple[Interval | None, Interval | None, Sequence[int]]:
    """Say how far a person agrees with most others and with another, and how many units there are.

    Returns
    -------
    tuple
        The share of votes like what most others say; the share of others' votes like one's own;
        units, and those among them without a clear majority.
    """
    units = int(people.unit.max()) + 1
    counts = people.counts(units)
    others = counts[people.unit].copy()
    others[np.arange(len(people.unit)), people.verdict] -= 1.0
    seen = counts[counts.sum(axis=1) > 0]
    majority = with_majority(others, people.verdict, people.item, level)
    single, _ = alike(others, people.verdict, people.item, level)
    return majority, single, (len(seen), int((~is_clear(seen)).sum()))
