"""What must be known beside the numbers of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.claims.results import MACRO
from theodolite.errors import MOST_SHOWN, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.claims.answers import Unit
    from theodolite.claims.standings import Standing

__all__ = ["board_notes"]

FEW_CLUSTERS = 30


def board_notes(
    units: Sequence[Unit], standings: Sequence[Standing], names: Sequence[str]
) -> tuple[str, ...]:
    """Say what is missing, uneven or thin, a sentence or two each."""
    return (
        *_averages(units, standings, names),
        *_uneven(units),
        *_unpaired(standings),
        *_misplaced(standings, names),
        *_few(units),
    )


def _averages(
    units: Sequence[Unit], standings: Sequence[Standing], names: Sequence[str]
) -> list[str]:
    if len(units) == 1:
        return []
    if len({unit.share for unit in units}) > 1:
        inside = next(unit.name for unit in units if unit.share)
        beyond = next(unit.name for unit in units if not unit.share)
        return [
            f"No average: the scores of {shorten(inside)} lie in [0, 1], those of "
            f"{shorten(beyond)} do not."
        ]
    notes = []
    if not units[0].share:
        notes.append("Scores are averaged on the scale that each benchmark has.")
    have = {int(row) for s in standings if s.name == MACRO for row in s.rows}
    lacking = [(n, names[n]) for n in range(len(names)) if n not in have]
    for number, name in lacking[:MOST_SHOWN]:
        without = [shorten(unit.name) for unit in units if number not in unit.models]
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""  # noqa: PLR2004
        notes.append(f"No average for {shorten(name)}: it has no {', '.join(without[:3])}{more}.")
    if len(lacking) > MOST_SHOWN:
        notes.append(f"No average for {len(lacking) - MOST_SHOWN} more models that lack something.")
    return notes


def _uneven(units: Sequence[Unit]) -> list[str]:
    notes = []
    uneven = [unit for unit in units if np.isnan(unit.values).any()]
    for unit in uneven[:MOST_SHOWN]:
        counts = (~np.isnan(unit.values)).sum(axis=1)
        notes.append(
            f"In {shorten(unit.name)} models answered from {counts.min():,} to {counts.max():,} of "
            f"{unit.values.shape[1]:,} items: a score is over a model's own items, a difference "
            "over those that both answered."
        )
    if len(uneven) > MOST_SHOWN:
        notes.append(f"So it is in {len(uneven) - MOST_SHOWN} more.")
    return notes


def _unpaired(standings: Sequence[Standing]) -> list[str]:
    notes = []
    for standing in standings:
        lost = int(np.isnan(standing.gaps.difference).sum()) // 2
        if lost:
            what = "pair of models has" if lost == 1 else "pairs of models have"
            notes.append(
                f"In {standing.name} {lost:,} {what} too few items in common to be compared."
            )
    return notes[:MOST_SHOWN]


def _misplaced(standings: Sequence[Standing], names: Sequence[str]) -> list[str]:
    """Find models whose scores rank them where their paired differences cannot."""
    notes = []
    for standing in standings:
        frame = standing.models(names)
        outside = frame.filter(
            (frame["rank"] < frame["rank_low"]) | (frame["rank"] > frame["rank_high"])
        )
        if len(outside):
            notes.append(
                f"In {standing.name} {shorten(outside['model'][0])} has rank {outside['rank'][0]} "
                "by score, but not over the items that it shares with others: they answered "
                "other items, easier or harder ones."
            )
    return notes[:MOST_SHOWN]


def _few(units: Sequence[Unit]) -> list[str]:
    """Name what rests on few clusters, where clusters are not the items themselves."""
    counts = [(len(np.unique(unit.clusters)), unit) for unit in units]
    few = [
        f"{shorten(unit.name)} ({count})"
        for count, unit in counts
        if count < FEW_CLUSTERS and count < unit.values.shape[1]
    ]
    if not few:
        return []
    more = f" and {len(few) - MOST_SHOWN} more" if len(few) > MOST_SHOWN else ""
    return [
        f"There are few clusters in {', '.join(few[:MOST_SHOWN])}{more}: intervals lean on "
        "Student's t, and may still be too short where clusters differ in size."
    ]
