"""What a comparison of benchmarks with people holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from theodolite.scoring.agreement.line import Sure
    from theodolite.scoring.agreement.reach import Reach
    from theodolite.tables import Removal

__all__ = ["Agreement", "Agreements", "MatchedNames"]


@dataclass(frozen=True)
class Agreement:
    """How one benchmark and one board of people's ratings agree.

    Attributes
    ----------
    benchmark, human
        What the two are called.
    measures
        One row a measure: ``measure`` (``agreement``, ``confident_agreement``, ``separability``,
        ``separability_human``, ``brier``, ``spearman``, ``kendall``), ``observed``, and
        ``estimate``, ``low``, ``high``. For the two correlations these are of the true values of
        these models, free of noise; for the others of what benchmarks and votes of the same size
        show on average. An interval is stretched to what was observed where that lies outside, as
        noise may pull a correlation below what it truly is, and is never narrower than what one
        pair of models changes.
    models
        One row a model, by falling rating: ``model``; ``score``, ``score_low``, ``score_high``;
        ``rating``, ``rating_low``, ``rating_high``; ``foretold`` (the rating that its true score
        foretells), ``line`` (that its score as seen foretells); ``residual`` (the true rating
        less ``foretold``), ``low``, ``high`` (all models together); ``verdict``: ``underrated`` by
        the benchmark, ``overrated``, or null.
    at_odds
        One row a pair that both sides are sure of, and opposed: ``people_prefer``,
        ``benchmark_prefers``, ``rating_gap``, ``score_gap``, the surest first.
    reliability, reliability_human
        The share of each side's variance between models that is no noise.
    reach
        What more items or votes would do; empty where no agreement was wanted.
    """

    benchmark: str
    human: str
    measures: pl.DataFrame
    models: pl.DataFrame
    at_odds: pl.DataFrame
    pairs: int
    reliability: float
    reliability_human: float
    benchmark_unit: str
    human_unit: str
    reach: tuple[Reach, ...] = ()

    def row(self, measure: str) -> dict[str, Any]:
        """Give one measure's row."""
        return self.measures.row(by_predicate=pl.col("measure") == measure, named=True)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values: each measure with ``_estimate``, ``_low`` and ``_high``."""
        flat: dict[str, Any] = {"benchmark": self.benchmark, "human": self.human}
        for row in self.measures.to_dicts():
            name = row["measure"]
            flat[name] = row["observed"]
            flat |= {f"{name}_{end}": row[end] for end in ("estimate", "low", "high")}
        return flat | {
            "pairs": self.pairs,
            "reliability": self.reliability,
            "reliability_human": self.reliability_human,
            "units": {"benchmark": self.benchmark_unit, "human": self.human_unit},
            "models": self.models.to_dicts(),
            "at_odds": self.at_odds.to_dicts(),
            "reach": [reach.to_dict() for reach in self.reach],
        }


@dataclass(frozen=True)
class MatchedNames:
    """Which names of the two sides are one model, and which found none.

    Attributes
    ----------
    matched
        Names that differ: ``benchmark``, ``human`` and ``how`` (``names`` file or ``alias``).
    benchmark_only, human_only
        Models of one side alone.
    similar
        Names that differ only in case, spaces and punctuation, and were not taken for one:
        ``benchmark``, ``human``.
    """

    matched: tuple[dict[str, str], ...] = ()
    benchmark_only: tuple[str, ...] = ()
    human_only: tuple[str, ...] = ()
    similar: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "matched": list(self.matched),
            "benchmark_only": list(self.benchmark_only),
            "human_only": list(self.human_only),
            "similar": [
                dict(zip(("benchmark", "human"), pair, strict=True)) for pair in self.similar
            ],
        }


@dataclass(frozen=True)
class Agreements:
    """Benchmarks, or categories of one, each compared with people over the same models.

    Attributes
    ----------
    comparisons
        One for each benchmark and human board.
    contrasts
        One row a pair of comparisons and measure: ``first``, ``second``, ``measure``,
        ``difference`` (of the estimates, first less second), ``low``, ``high``, ``p_value``,
        ``p_adjusted`` (Holm, over the contrasts of a measure) and ``better`` (the one that agrees
        more, or null where it cannot be told). Their draws are joint, so a contrast knows that
        both share their models and people.
    names
        Which names were matched.
    want
        The agreement that was wanted, or ``None``.
    level, seed, n_draws, sure
        Confidence level; seed and number of the draws of the true values; by what a pair is sure.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    comparisons: tuple[Agreement, ...]
    contrasts: pl.DataFrame
    names: MatchedNames
    want: float | None
    level: float
    seed: int
    n_draws: int
    sure: Sure
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def first(self) -> Agreement:
        """The first comparison."""
        return self.comparisons[0]

    def to_frame(self) -> pl.DataFrame:
        """Give every measure of every comparison."""
        return pl.concat(
            c.measures.select(
                pl.lit(c.benchmark).alias("benchmark"), pl.lit(c.human).alias("human"), pl.all()
            )
            for c in self.comparisons
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values: the first comparison on top, all under ``comparisons``."""
        settings = ("want", "level", "seed", "n_draws", "sure")
        several = len(self.comparisons) > 1
        return {
            **self.first.to_dict(),
            "comparisons": [c.to_dict() for c in self.comparisons] if several else [],
            "contrasts": self.contrasts.to_dicts(),
            "names": self.names.to_dict(),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
            **{name: getattr(self, name) for name in settings},
        }
