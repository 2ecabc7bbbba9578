"""What is known of a floor, and which observed losses are below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scaling.floor.decide import Decides
    from theodolite.scaling.floor.differences import Verdict
    from theodolite.scaling.floor.forms import Form
    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.scaling.result import Estimate
    from theodolite.tables import Removal

__all__ = ["Floor", "IntervalOf"]

IntervalOf = Literal["forms", "sampling", "standard error", "rounding"]


@dataclass(frozen=True)
class Floor:
    """The irreducible loss of a reference, and observed losses against it.

    Attributes
    ----------
    verdict
        ``below the floor``: some observed loss is, by every form that counts. ``above the floor``:
        all are. ``cannot be told``: otherwise.
    verdict_words
        The answer in a sentence or two.
    floor
        E with the interval that the verdict rests on: by ``forms`` from the lowest end to the
        highest over the forms that count.
    sampling
        E with the interval of its own form alone.
    interval_of
        What ``floor`` covers: the ``forms``; the ``sampling`` of the one law that was asked for; a
        published ``standard error``; or only the ``rounding`` of a printed number.
    forms
        E by every form, the one that answers first.
    observed
        One row an observed loss: ``run``, ``params``, ``tokens`` (null for bare losses), ``loss``,
        ``floor``, ``difference`` (loss less floor) with ``low`` and ``high`` (over the forms that
        count), ``share_below`` (of the draws of the first form), ``p_value`` (Holm's adjustment
        over the losses), ``verdict``; the same against the floor of the run's size,
        E + A / N^alpha: ``size_floor``, ``size_difference``, ``size_low``, ``size_high``,
        ``size_share_below``, ``size_p_value``, ``size_verdict``.
    decides
        What would decide.
    unit
        Of all losses.
    source
        Where the floor comes from, in words.
    n
        Runs that the reference was fitted to; ``None`` for a published law.
    noise_of
        What stands for the noise of an observed loss, in words.
    recipe, resampling, level
        How the forms were fitted.
    removed, notes
        What filters took away; what a reader must know.
    """

    verdict: Verdict
    verdict_words: str
    floor: Estimate
    sampling: Estimate
    interval_of: IntervalOf
    forms: tuple[Form, ...]
    observed: pl.DataFrame = field(repr=False)
    decides: Decides
    unit: str
    source: str
    n: int | None
    noise_of: str
    recipe: Recipe
    resampling: Resampling
    level: float
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Form, ...]:
        """The forms that the verdict rests on."""
        return tuple(form for form in self.forms if form.counted)

    def count(self, verdict: Verdict, *, at_size: bool = False) -> int:
        """Return how many observed losses have a verdict."""
        column = "size_verdict" if at_size else "verdict"
        return int((self.observed[column] == verdict).sum())

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`observed`."""
        return self.observed

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "floor": self.floor.to_dict() | {"unbounded": not np.isfinite(self.floor.high)},
            "sampling": self.sampling.to_dict(),
            "interval_of": self.interval_of,
            "unit": self.unit,
            "observed": self.observed.to_dicts(),
            "forms": [form.to_dict() for form in self.forms],
            "decides": self.decides.to_dict(),
            "source": self.source,
            "n": self.n,
            "noise_of": self.noise_of,
            **self.recipe.to_dict(),
            "resamples": self.resampling.n,
            "cluster": self.resampling.cluster,
            "level": self.level,
            "seed": self.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }
