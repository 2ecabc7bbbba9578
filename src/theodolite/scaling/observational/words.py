"""The verdict of an observational law in a sentence, what would decide it, and its notes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from theodolite.scaling.observational.compare import MARGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling.observational.cells import Cells
    from theodolite.scaling.observational.compare import Verdict
    from theodolite.scaling.observational.result import TargetForecast
    from theodolite.scaling.result import Estimate

__all__ = ["decides_words", "notes_of", "words_of"]

# Tokens that no model of 2026 has been trained on.
IMPLAUSIBLE_TOKENS = 2e14
MOST_FAMILIES = 10_000


def words_of(
    verdict: Verdict,
    difference: Estimate | None,
    forecasts: Sequence[TargetForecast],
    level: float,
) -> str:
    """Say the verdict in a sentence, with the interval that it rests on."""
    if difference is None:
        return (
            "Whether capabilities predict better than compute cannot be told: no predicted model "
            "has both a known target and known FLOPs."
        )
    count = sum(one.difference is not None for one in forecasts)
    over = f"over {count} target{'' if count == 1 else 's'}"
    ends = f"{100 * difference.estimate:+.1f} points"
    if math.isfinite(difference.low) and math.isfinite(difference.high):
        ends += (
            f" [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}] at {100 * level:.10g}%"
        )
    else:
        ends += ", with no interval: one family gives none"
    start = {
        "predicts": "Capabilities predict better than compute",
        "no better than compute": "Capabilities predict no better than compute",
        "cannot be told": "Whether capabilities predict better than compute cannot be told",
    }[verdict]
    return f"{start}: {over}, their mean absolute error less that of compute is {ends}."


def decides_words(
    verdict: Verdict, difference: Estimate | None, points: Sequence[pl.DataFrame]
) -> str:
    """Say what would decide."""
    if verdict != "cannot be told":
        return "It is decided at this level, for models like these."
    if difference is None or not points:
        return "Targets and FLOPs of models that were not fitted."
    rows = pl.concat(points).filter(pl.col("difference").is_not_null())
    families = rows["family"].n_unique()
    if families == 1:
        return "Predicted models of a second family: one family alone gives no interval."
    # Either end has to clear its bound; the width falls with the root of the families.
    gap = max(-difference.estimate, difference.estimate + MARGIN)
    half = difference.high - difference.estimate
    needed = math.ceil(families * (half / gap) ** 2)
    if needed > MOST_FAMILIES:
        return "More families than there are: the difference is too near to the margin."
    return (
        f"About {max(needed, families + 1):,} predicted families in place of {families}, if the "
        "difference stays as it is."
    )


def notes_of(cells: Cells, forecasts: Sequence[TargetForecast]) -> tuple[str, ...]:
    """List what a reader must know."""
    notes = []
    many = cells.frame.filter(pl.col("tokens") > IMPLAUSIBLE_TOKENS)
    notes += [
        f"{row['model']} is stated to have seen {row['tokens']:.3g} tokens, more than any model: "
        "its FLOPs are used as they stand."
        for row in many.iter_rows(named=True)
    ]
    unknown = int(cells.frame["flops"].null_count())
    if unknown:
        notes.append(
            f"{unknown} models have no known FLOPs: they serve capabilities and targets, and are "
            "left out wherever compute predicts."
        )
    floored = [one.target for one in forecasts if one.law and one.law.floor]
    if floored:
        notes.append(
            f"{len(floored)} targets have a floor above 0: chance where it is known, else the one "
            "that predicts models best that were not fitted."
        )
    return tuple(notes)
