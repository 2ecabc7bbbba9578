"""What must be known beside win rates, a sentence or two each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import MOST_SHOWN, shorten
from theodolite.scoring.winrate.fits import constant, one_sided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.winrate.fits import Controlled
    from theodolite.scoring.winrate.results import DifficultySource
    from theodolite.scoring.winrate.wide import Wide

    Flags = NDArray[np.bool_]

__all__ = ["added_notes", "rate_notes"]

SURE = "everything was won, or lost: one end of the interval alone is known."
UNTOLD = (
    "answers differ from the baseline's by the same amount everywhere, so that the rate with that "
    "held fixed cannot be told."
)


def rate_notes(
    wide: Wide, controlled: Controlled, source: DifficultySource, models: pl.DataFrame
) -> tuple[str, ...]:
    """Say what is odd, missing or one-sided."""
    itself = np.array([name == wide.baseline for name in wide.models])
    sure = one_sided(wide)
    same = constant(wide) & ~sure & ~itself
    notes = [
        *_suspects(models),
        *_difficulty(wide, source),
        *_empty(wide),
        *_uneven(wide),
    ]
    absent = np.zeros(len(wide.models), dtype=bool)
    for covariate in wide.covariates:
        absent |= covariate.absent & ~itself
    for flags, text in (
        (
            absent,
            "no answer differs from the baseline's in what is held fixed, or in a part of it.",
        ),
        (itself & constant(wide), "against itself the baseline wins half by definition."),
        (sure, SURE),
        (same, "the preference is the same number everywhere, as if the judge told nothing apart."),
        (~controlled.told, UNTOLD),
        (
            controlled.separated,
            "wins go with what is held fixed without exception, so that the rate with it fixed has "
            "no bound.",
        ),
    ):
        if flags.any():
            notes.append(f"{_named(wide.models, flags)}: {text}")
    return tuple(notes)


def added_notes(wide: Wide, told: Flags, models: pl.DataFrame) -> tuple[str, ...]:
    """Say the same of models that join a saved fit; ``models`` are their rows."""
    flagged = ((one_sided(wide), SURE), (~told, UNTOLD))
    return (
        *_suspects(models),
        *_empty(wide),
        *(f"{_named(wide.models, flags)}: {text}" for flags, text in flagged if flags.any()),
    )


def _named(models: Sequence[str], flags: Flags) -> str:
    names = [shorten(name) for name, there in zip(models, flags, strict=True) if there]
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return f"{', '.join(names[:MOST_SHOWN])}{more}"


def _suspects(models: pl.DataFrame) -> list[str]:
    found = models.filter(pl.col("suspect").list.len() > 0)
    notes = [
        f"{shorten(name)} may have gamed the judge: {'; '.join(reasons)}. Read some of its answers "
        "before its rate is believed."
        for name, reasons in found.select("model", "suspect").head(MOST_SHOWN).iter_rows()
    ]
    if len(found) > MOST_SHOWN:
        notes.append(f"So may {len(found) - MOST_SHOWN} more models (see suspect).")
    return notes


def _difficulty(wide: Wide, source: DifficultySource) -> list[str]:
    if source == "estimated":
        return [
            f"The instructions' difficulty was estimated from all {len(wide.models)} models "
            "together: with other models in the file rates move a little (--save-fit and --fit "
            "keep them)."
        ]
    if source == "none" and wide.covariates:
        return [
            "The instructions' difficulty is not held fixed. Where the baseline's long answers are "
            "those to hard instructions, rates with length fixed are then biased: give it with "
            "--difficulty FILE, or judge more models together."
        ]
    return []


def _empty(wide: Wide) -> list[str]:
    if wide.length is None:
        return []
    empty = (wide.given & (wide.length == 0)).sum(axis=1)
    if not empty.any():
        return []
    total = int(empty.sum())
    which = _named(wide.models, empty > 0)
    if total == 1:
        return [f"1 answer is empty (of {which}); it counts as judged."]
    return [f"{total:,} answers are empty (of {which}); they count as judged."]


def _uneven(wide: Wide) -> list[str]:
    n = wide.n
    if n.min() == n.max():
        return []
    return [
        f"Models have from {n.min():,} to {n.max():,} of {len(wide.items):,} instructions: a rate "
        "is over a model's own, a difference over those that both have."
    ]
