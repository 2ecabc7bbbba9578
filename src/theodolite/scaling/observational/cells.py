"""Which models stand in an observational law, with their scores, sizes and roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.stats.factors import IMPUTATIONS
from theodolite.tables import Condition
from theodolite.tables.benchmarks import benchmark_named
from theodolite.tables.checks import Removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.stats.factors import Impute
    from theodolite.tables import Models

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "EIGHT",
    "FITTED",
    "HELD",
    "NEW",
    "Cells",
    "ObservationalSettings",
    "cells_of",
    "chosen_benchmarks",
]

# The eight of Ruan et al. (2024), where a table has them.
EIGHT = (
    "MMLU",
    "ARC-C",
    "HellaSwag",
    "Winogrande",
    "TruthfulQA",
    "GSM8K",
    "XWinograd",
    "HumanEval",
)
FITTED, HELD, NEW = "fitted", "held out", "new"
FEWEST_MODELS = 5
ATTRIBUTES = ("family", "organisation", "released", "kind", "params", "active_params", "tokens")
ALL_FAMILIES = "family"
FEWEST_DRAWS, MOST_DRAWS = 50, 5000


@dataclass(frozen=True)
class ObservationalSettings:
    """How an observational law is fitted.

    Attributes
    ----------
    components
        Principal capabilities.
    impute
        What becomes of missing benchmark scores: ``em``, maximum likelihood; ``pca1``, filled from
        one component beforehand as Ruan et al. do; ``complete``, axes from complete rows only.
    kinds
        Kinds of models.
    conditions
        Filters on the measurements and their models, in the words of ``--where``.
    out_of
        Read targets that are no shares as points out of so many.
    draws, seed
        Weightings of the families behind intervals, and their random numbers.
    """

    components: int = 3
    impute: Impute = "em"
    kinds: tuple[str, ...] = ("base",)
    conditions: tuple[str, ...] = ()
    out_of: float | None = None
    draws: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        if self.components < 1:
            raise UsageError(f"components must be 1 or more, not {self.components}")
        if self.impute not in IMPUTATIONS:
            raise UsageError(f"impute must be one of {', '.join(IMPUTATIONS)}; not {self.impute}")
        if not FEWEST_DRAWS <= self.draws <= MOST_DRAWS:
            raise UsageError(
                f"resamples must be {FEWEST_DRAWS} to {MOST_DRAWS:,}, not {self.draws:,}"
            )
        if self.out_of is not None and not 0.0 < self.out_of < np.inf:
            raise UsageError(f"targets are out of a positive number, not {self.out_of}")
        if self.seed < 0:
            raise UsageError(f"the seed must be 0 or more, not {self.seed}")


@dataclass(frozen=True)
class Cells:
    """Models with their scores as arrays.

    Attributes
    ----------
    frame
        One row a model: ``model``, ``family`` (its own name where it has none), ``params``,
        ``tokens``, ``flops`` (6 times active parameters times tokens), ``role`` (``fitted``,
        ``held out`` or ``new``).
    scores
        Shares by benchmark or target, each (n,) with NaN where it was not measured.
    removed
        Models that were left out, by reason.
    """

    frame: pl.DataFrame
    scores: dict[str, Array] = field(repr=False)
    removed: tuple[Removal, ...] = ()

    def table(self, names: Sequence[str]) -> Array:
        """Return the scores of some benchmarks, (n, p)."""
        return np.stack([self.scores[name] for name in names], axis=1)

    def role(self, name: str) -> Flags:
        """Return which models have a role."""
        mask: Flags = (self.frame["role"] == name).to_numpy()
        return mask

    def column(self, name: str) -> Array:
        """Return a column of numbers, NaN where not known."""
        return self.frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def chosen_benchmarks(models: Models, names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the benchmarks by their names in the table; the eight that it has by default.

    Raises
    ------
    UsageError
        One is unknown or named twice, or the table has fewer than two of the eight.
    """
    if names is not None:
        found = [_benchmark(models, name) for name in names]
        if len(set(found)) < len(found):
            raise UsageError("a benchmark is named twice")
        return tuple(found)
    rows = models.results.filter(pl.col("unit").is_in(["%", "share"]))
    count = dict(rows.group_by("benchmark").agg(pl.col("model").n_unique()).iter_rows())
    # Of two names of one benchmark, the one that more models have.
    by_name = {
        benchmark_named(name).name: name
        for name, n in sorted(count.items(), key=lambda pair: (pair[1], pair[0]))
        if n >= FEWEST_MODELS and benchmark_named(name).name in EIGHT
    }
    chosen = tuple(by_name[name] for name in EIGHT if name in by_name)
    if len(chosen) < 2:  # noqa: PLR2004
        raise UsageError(
            f"the table has {len(chosen)} of the benchmarks {', '.join(EIGHT)} for "
            f"{FEWEST_MODELS} models or more: name others with --benchmarks A,B,..."
        )
    return chosen


def cells_of(
    models: Models,
    needed: Sequence[str],
    *,
    hold_out: Sequence[str] = (),
    new: Models | None = None,
    setup: ObservationalSettings,
    benchmarks: Sequence[str],
) -> Cells:
    """Put models and new models into one table, and say which are fitted.

    Raises
    ------
    UsageError
        A target is no share, a new model stands among the others, or a hold-out leaves nothing.
    TooFewError
        No model is left.
    """
    frame, scores = _wide(models, needed, setup)
    frame = _with_roles(frame, hold_out)
    if new is not None:
        more, theirs = _wide(new, needed, setup, strict=False)
        both = set(frame["model"]) & set(more["model"])
        if both:
            raise UsageError(
                f"{sorted(both)[0]} is to be predicted and stands among the fitted models too "
                f"({len(both)} such): give it in one of the files"
            )
        more = more.with_columns(role=pl.lit(NEW), unknown=pl.lit(value=False))
        frame = pl.concat([frame, more])
        scores = {name: np.concatenate([scores[name], theirs[name]]) for name in needed}
    cells = Cells(frame, scores)
    return _kept(cells, benchmarks)


def _kept(cells: Cells, benchmarks: Sequence[str]) -> Cells:
    frame = cells.frame
    scored = ~np.isnan(cells.table(benchmarks)).all(axis=1)
    known = ~frame["unknown"].to_numpy()
    reasons = (
        (~scored, "models without a score on any of the benchmarks"),
        (scored & ~known, "models of which it is not known whether they are held out"),
    )
    removed = tuple(Removal(text, int(mask.sum())) for mask, text in reasons if mask.any())
    keep = scored & known
    if not (frame["role"] == FITTED).to_numpy()[keep].any():
        raise TooFewError("no model is left to fit: see the filters and the hold-out")
    scores = {name: values[keep] for name, values in cells.scores.items()}
    return Cells(frame.filter(pl.Series(keep)).drop("unknown"), scores, removed)


def _benchmark(models: Models, name: str) -> str:
    found = models.find_field(name)
    if found not in models.benchmarks:
        raise UsageError(f"{found} is an attribute of models: name a benchmark")
    return found


def _wide(
    models: Models, needed: Sequence[str], setup: ObservationalSettings, *, strict: bool = True
) -> tuple[pl.DataFrame, dict[str, Array]]:
    """Return models of the kinds, and their mean scores as shares."""
    rows = models.results.filter(pl.col("benchmark").is_in(list(needed)))
    rows = rows.join(models.frame.select("model", *ATTRIBUTES), on="model", how="left")
    rows = rows.filter(pl.col("kind").is_in(list(setup.kinds)))
    # The filters are on what is fitted: another file need not have such rows.
    for text in setup.conditions if strict else ():
        rows = rows.filter(Condition.parse(text).mask(rows))
    rows = rows.with_columns(share=_share(rows, setup, strict=strict))
    mean = rows.group_by("model", "benchmark").agg(pl.col("share").mean())
    frame = models.frame.filter(pl.col("kind").is_in(list(setup.kinds)))
    frame = frame.filter(pl.col("model").is_in(rows["model"].unique().implode()))
    active = pl.coalesce("active_params", "params")
    frame = frame.select(
        "model",
        pl.coalesce("family", "model").alias("family"),
        "released",
        "params",
        "tokens",
        flops=6.0 * active * pl.col("tokens"),
    )
    scores = {}
    for name in needed:
        own = mean.filter(pl.col("benchmark") == name).select("model", "share")
        joined = frame.select("model").join(own, on="model", how="left", maintain_order="left")
        scores[name] = joined["share"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return frame, scores


def _share(rows: pl.DataFrame, setup: ObservationalSettings, *, strict: bool) -> pl.Expr:
    other = rows.filter(~pl.col("unit").is_in(["%", "share"]))
    if len(other) and setup.out_of is None:
        name = other["benchmark"][0]
        where = "" if strict else " of the models to predict"
        raise UsageError(
            f"{name}{where} is measured as {other['unit'][0]}, not in percent or as a share; "
            "where it is points out of 100, say --out-of 100"
        )
    value, unit = pl.col("value"), pl.col("unit")
    outside = other.filter(~pl.col("value").is_between(0.0, setup.out_of or 0.0))
    if len(outside):
        row = outside.row(0, named=True)
        raise UsageError(
            f"{row['benchmark']} of {row['model']} is {row['value']:g}, not within 0 and "
            f"{setup.out_of:g}"
        )
    return (
        pl.when(unit == "%")
        .then(value / 100.0)
        .when(unit == "share")
        .then(value)
        .otherwise(value / (setup.out_of or 1.0))
    )


def _with_roles(frame: pl.DataFrame, hold_out: Sequence[str]) -> pl.DataFrame:
    """Mark what is held out, and of which models that cannot be said."""
    if tuple(hold_out) in ((), (ALL_FAMILIES,)):
        return frame.with_columns(role=pl.lit(FITTED), unknown=pl.lit(value=False))
    conditions = [Condition.parse(text) for text in hold_out]
    held, unknown = np.ones(frame.height, dtype=bool), np.zeros(frame.height, dtype=bool)
    for condition in conditions:
        held &= condition.mask(frame).to_numpy()
        unknown |= frame[condition.column].is_null().to_numpy()
    words = ", ".join(map(str, conditions))
    if not held.any():
        raise UsageError(f"no model meets {words}, so none is held out")
    if held[~unknown].all():
        raise UsageError(f"every model meets {words}: none is left to fit")
    role = pl.when(pl.Series(held)).then(pl.lit(HELD)).otherwise(pl.lit(FITTED))
    return frame.with_columns(role=role, unknown=pl.Series(unknown))
