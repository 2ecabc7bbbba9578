"""What must be known beside the scores of MT-Bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import shorten
from theodolite.scoring.mt_bench.references import suspected_references

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.scoring.mt_bench.matches import Matches
    from theodolite.scoring.mt_bench.standing import Standing

__all__ = ["match_notes", "single_notes"]


def single_notes(grid: Grid, whole: Standing, *, excluded: bool) -> tuple[str, ...]:
    """Say what is missing, unread or suspect, a sentence or two each."""
    return (
        *_unparseable(grid),
        *_uneven(grid),
        *([] if excluded else _suspected(_by_question(grid), "judgments")),
        *_strata(grid, whole),
        *_alike(grid),
    )


def match_notes(grid: Grid, matches: Matches, *, lacking: str, excluded: bool) -> tuple[str, ...]:
    """Say what is missing, unread, uneven or suspect, a sentence or two each."""
    lost = matches.frame["outcome"].null_count()
    asked: dict[str, int] = dict(matches.frame.group_by("item_id").len().iter_rows())
    has = "has" if lost == 1 else "have"
    notes = []
    if lost:
        notes.append(
            f"{lost:,} of {len(matches.frame):,} matches {has} no verdict in one order or both: "
            "they are in no rate."
        )
    return (
        *notes,
        *_opponents(matches),
        *([lacking] if lacking else []),
        *([] if excluded else _suspected(asked, "matches")),
        *_alike(grid),
    )


def _opponents(matches: Matches) -> list[str]:
    """Warn where win rates are against different opponents."""
    if matches.baseline is not None:
        return []
    met = matches.sides().select("model", "opponent").unique()
    k = met["model"].n_unique()
    if len(met) == k * (k - 1):
        return []
    return [
        "Not all models met each other: a win rate is against a model's own opponents, and the "
        "strengths say more than a difference of rates."
    ]


def _unparseable(grid: Grid) -> list[str]:
    count = grid.unparseable.sum(axis=1)
    total = int(count.sum())
    if not total:
        return []
    most = int(np.argmax(count))
    held = "holds" if total == 1 else "hold"
    return [
        f"{total:,} of {int(grid.judged.sum()):,} judgments {held} no number; most are of "
        f"{shorten(grid.models[most])} ({int(count[most]):,}). They are in no mean: worst and best "
        "are the scores if all were 1, or 10."
    ]


def _uneven(grid: Grid) -> list[str]:
    counts = grid.judged.sum(axis=1)
    if counts.min() == counts.max() == grid.scores.shape[1]:
        return []
    return [
        f"Models were graded on from {int(counts.min()):,} to {int(counts.max()):,} of "
        f"{grid.scores.shape[1]:,} answers: a score is over a model's own, a difference over those "
        "that both have."
    ]


def _suspected(counts: dict[str, int], what: str) -> list[str]:
    """Say how many judgments rest on references that are said to be wrong."""
    known = suspected_references()
    if not known.covers(counts):
        return []
    inside = [counts[name] for name in known.questions if counts.get(name)]
    if not inside:
        return []
    asked = "1 question" if len(inside) == 1 else f"{len(inside)} questions"
    return [
        f"{sum(inside):,} of {sum(counts.values()):,} {what} are of {asked} whose "
        f"reference answer is said to be wrong ({known.source}): --exclude-references suspected "
        "leaves them out and shows what it does."
    ]


def _by_question(grid: Grid) -> dict[str, int]:
    """Count the judgments of each question."""
    count = np.bincount(
        grid.question, weights=grid.judged.sum(axis=0), minlength=len(grid.questions)
    )
    return {name: int(n) for name, n in zip(grid.questions, count, strict=True) if n}


def _strata(grid: Grid, whole: Standing) -> list[str]:
    if whole.by_category or len(np.unique(grid.category)) < 2:  # noqa: PLR2004
        return []
    return [
        "A model has scores on fewer than two questions of a category: intervals of the whole take "
        "the questions as drawn from one pool."
    ]


def _alike(grid: Grid) -> list[str]:
    alike = np.nanmax(grid.scores, axis=1) == np.nanmin(grid.scores, axis=1)
    if not alike.any():
        return []
    who = shorten(grid.models[int(np.argmax(alike))])
    rest = int(alike.sum()) - 1
    more = "" if not rest else f" (and of {rest} other{'s' if rest > 1 else ''})"
    return [
        f"All scores of {who}{more} are alike: how far others' scores spread, or the scale's ends "
        "where none do, stands in for a spread of its own."
    ]
