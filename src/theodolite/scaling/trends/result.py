"""The whole answer: a trend, its breaks, and the optimum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from theodolite.scaling.trends.pieces import told
from theodolite.scaling.trends.words import break_words, decides_words

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scaling.recipe import Resampling
    from theodolite.scaling.result import Estimate
    from theodolite.scaling.trends.breaks import Break, Verdict
    from theodolite.scaling.trends.dated import Dated
    from theodolite.scaling.trends.measure import Measure
    from theodolite.scaling.trends.optimum import PastOptimum
    from theodolite.scaling.trends.unknown import UnknownBreak

__all__ = ["Overall", "Trend"]

SHOWN = (
    *("model", "family", "organisation", "released", "params", "all_params", "tokens"),
    *("tokens_per_param", "flops", "value", "over_training", "cluster"),
)


@dataclass(frozen=True)
class Overall:
    """One line through all models.

    Attributes
    ----------
    slope
        The factor a year.
    first, last
        The line at the first and the last release.
    slope_at_fixed_params, slope_at_fixed_flops
        The factor a year at fixed parameters and at fixed compute; ``None`` where these do not
        vary or are the quantity itself.
    line
        The line with pointwise intervals, for a chart.
    """

    slope: Estimate
    first: Estimate
    last: Estimate
    slope_at_fixed_params: Estimate | None
    slope_at_fixed_flops: Estimate | None
    line: pl.DataFrame = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        names = ("slope", "first", "last", "slope_at_fixed_params", "slope_at_fixed_flops")
        values = {name: getattr(self, name) for name in names}
        return {name: None if one is None else told(one) for name, one in values.items()}


@dataclass(frozen=True)
class Trend:
    """A quantity of base models by date of release.

    Attributes
    ----------
    measure
        What is followed.
    data
        The models.
    overall
        One line through all.
    breaks
        One for each date.
    unknown, unknown_at_fixed_params
        A break at an unknown date; ``None`` where no date leaves enough clusters on both sides.
    past_optimum
        Over-training, by several laws.
    cluster, resampling, level
        What counts once; draws of the bootstrap; level of intervals and verdicts.
    """

    measure: Measure
    data: Dated = field(repr=False)
    overall: Overall
    breaks: tuple[Break, ...]
    unknown: UnknownBreak | None
    unknown_at_fixed_params: UnknownBreak | None
    past_optimum: PastOptimum | None
    cluster: str
    resampling: Resampling
    level: float

    @property
    def verdict(self) -> Verdict:
        """``shift`` where any date has one, ``no shift`` where surely none has."""
        verdicts = {one.verdict for one in self.breaks}
        if "shift" in verdicts:
            return "shift"
        return "no shift" if verdicts == {"no shift"} else "cannot be told"

    @property
    def verdict_words(self) -> str:
        """The verdict as a sentence for each date."""
        return " ".join(break_words(one, self.measure, self.level) for one in self.breaks)

    @property
    def decides(self) -> str:
        """What would decide what cannot be told; empty where all is."""
        return " ".join(filter(None, (decides_words(one, self.measure) for one in self.breaks)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return (
            "Only base models count: what was tuned from one shares its pre-training.",
            f"Each {self.cluster} counts once, however many models it has, and its models are one "
            "decision.",
            *self.data.notes,
        )

    def to_frame(self) -> pl.DataFrame:
        """Return the models."""
        return self.data.frame.select(SHOWN)

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        rows = self.to_frame().to_dicts()
        for row in rows:
            row["released"] = row["released"].isoformat()
        unknown = {
            "plain": self.unknown,
            "at_fixed_params": self.unknown_at_fixed_params,
        }
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "quantity": self.measure.quantity,
            "trend": self.overall.to_dict(),
            "break": [one.to_dict() for one in self.breaks],
            "unknown_break": {
                name: None if one is None else one.to_dict() for name, one in unknown.items()
            },
            "past_optimum": None if self.past_optimum is None else self.past_optimum.to_dict(),
            "models": rows,
            "n": len(rows),
            "clusters": self.data.n_clusters,
            "decides": self.decides or None,
            "law": self.measure.law,
            "largest": self.measure.largest,
            "margin": self.measure.margin,
            "cluster": self.cluster,
            "level": self.level,
            "resamples": self.resampling.n,
            "seed": self.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.data.removed],
            "notes": list(self.notes),
        }
