"""From scores to arrays: a matrix of models and items for every benchmark, or every subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import (
    MOST_SHOWN,
    InputError,
    MissingColumnError,
    TooFewError,
    TooLargeError,
    UsageError,
    shorten,
)
from theodolite.tables.checks import only_given, problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Scores

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Unit", "cluster_column", "common_items", "unit_label", "units_of"]

MOST_CELLS = 400_000_000
ITEM = ["benchmark", "item_id"]
COMMON = "an item that not every model answered"


@dataclass(frozen=True)
class Unit:
    """The answers to one benchmark, or one subject of it.

    Attributes
    ----------
    name
        What it is called.
    models
        Of the board's models, those that answered anything in it, (K,).
    values
        Scores, averaged over epochs, (K, N); ``nan`` where a model did not answer an item.
    clusters
        Which cluster each item belongs to, (N,).
    """

    name: str
    models: Integers
    values: Floats
    clusters: Integers

    @property
    def share(self) -> bool:
        """Whether all scores lie in [0, 1]."""
        return bool(np.nanmin(self.values) >= 0.0 and np.nanmax(self.values) <= 1.0)

    @property
    def reach(self) -> float:
        """How far apart two scores of one item can lie: 1 in [0, 1], else twice their spread."""
        if self.share:
            return 1.0
        spread = float(np.sqrt(np.nanmean(np.nanvar(self.values, axis=1))))
        return 2.0 * spread or float(np.ptp(self.values[~np.isnan(self.values)])) or 1.0


def cluster_column(scores: Scores, cluster: str | None) -> str | None:
    """Name the column by which items are clustered: the scores' own where none is given."""
    own = "cluster" if "cluster" in scores.frame.columns else None
    column = own if cluster is None else cluster
    return None if column == "item_id" else column


def unit_label(scores: Scores, by: str) -> pl.Expr:
    """Give the expression that names each row's unit."""
    if by == "benchmark":
        return pl.col("benchmark").cast(pl.String)
    subject = pl.col("subject").cast(pl.String)
    if len(scores.benchmarks) == 1:
        return subject
    return pl.concat_str([pl.col("benchmark").cast(pl.String), subject], separator="/")


def common_items(scores: Scores, by: str) -> Scores:
    """Keep the items that were answered by every model that took their benchmark or subject.

    Raises
    ------
    TooFewError
        A benchmark or subject would lose all its items.
    """
    frame = scores.frame.select("model", *ITEM, unit=unit_label(scores, by))
    counts = frame.select(
        "unit",
        full=pl.col("model").n_unique().over(ITEM) == pl.col("model").n_unique().over("unit"),
    )
    lost = counts.group_by("unit").agg(pl.col("full").any()).filter(~pl.col("full"))["unit"]
    if len(lost):
        raise TooFewError(
            f"no item of {shorten(lost.sort()[0])} was answered by every model that took it. "
            "Leave out the models that answered little (--where model!=NAME), or compare each pair "
            "over the items that both answered, without --common."
        )
    return scores.keep(counts["full"], COMMON)


def units_of(scores: Scores, *, by: str, cluster: str | None) -> tuple[Unit, ...]:
    """Split scores into units, in alphabetical order, as arrays.

    Parameters
    ----------
    scores
        The scores.
    by
        ``benchmark`` or ``subject``.
    cluster
        The column by which items depend on each other; ``None`` for independent items.

    Raises
    ------
    MissingColumnError
        The subject, or the cluster, is not there.
    InputError
        An item has two subjects or clusters; a cluster lies in two subjects; a model's scores of
        a benchmark are fractions and another's go beyond 1.
    TooLargeError
        Models times items are too many.
    """
    _require(scores, by, cluster)
    one_scale(scores)
    label = {"unit": unit_label(scores, by)}
    if cluster is not None:
        label["group"] = pl.col(cluster).cast(pl.String)
    frame = scores.frame.select("model", *ITEM, "score", **label)
    items = _items(frame.select(*ITEM, *label).unique(), scores, by, cluster)
    models = {name: i for i, name in enumerate(scores.models)}
    if len(models) * len(items) > MOST_CELLS:
        raise TooLargeError(
            f"{len(models):,} models times {len(items):,} items are more than {MOST_CELLS:,} "
            "scores: choose among them (--where)"
        )
    rows = frame.join(items.select(*ITEM, "at"), on=ITEM, how="left", maintain_order="left")
    place = pl.col("model").cast(pl.String).replace_strict(models, return_dtype=pl.Int64)
    rows = rows.select("at", "score", place=place)
    if "epoch" in scores.frame.columns:
        rows = rows.group_by("place", "at").agg(pl.col("score").mean())
    values = np.full((len(models), len(items)), np.nan)
    values[rows["place"].to_numpy(), rows["at"].to_numpy()] = rows["score"].to_numpy()
    return _cut(items, values)


def _cut(items: pl.DataFrame, values: Floats) -> tuple[Unit, ...]:
    """Cut the matrix of all items at the units' borders."""
    groups = items["cluster"].to_numpy().astype(np.int64)
    units, start = [], 0
    for name, size in items.group_by("unit", maintain_order=True).len().iter_rows():
        part = values[:, start : start + size]
        some = ~np.isnan(part).all(axis=1)
        inside = part if some.all() else part[some]
        units.append(Unit(name, np.flatnonzero(some), inside, groups[start : start + size]))
        start += size
    return tuple(units)


def _require(scores: Scores, by: str, cluster: str | None) -> None:
    """Raise where a column that is needed is absent, or has gaps."""
    columns = [c for c in scores.frame.columns if not c.startswith("_")]
    if by == "subject":
        only_given(scores.frame, "subject", "a board by subject")
    if cluster is None:
        return
    if cluster not in columns:
        raise MissingColumnError(f"no column {cluster} to cluster by (columns: {listed(columns)})")
    if scores.frame.schema[cluster].is_nested():
        raise UsageError(f"{cluster} holds nested values, which name no cluster")
    only_given(scores.frame, cluster, "clustering")


def listed(names: list[str]) -> str:
    """Join the names of columns."""
    return ", ".join(names)


def _items(items: pl.DataFrame, scores: Scores, by: str, cluster: str | None) -> pl.DataFrame:
    """Number items, unit by unit, and clusters; each item must have one of either."""
    if items.select(ITEM).is_duplicated().any():
        for column in (["subject"] if by == "subject" else []) + ([cluster] if cluster else []):
            _one_label(scores.frame, column)
    items = items.sort("unit", *ITEM).with_row_index("at")
    if "group" not in items.columns:
        return items.with_columns(cluster=pl.col("at"))
    # Clusters are a benchmark's own: benchmarks are independent of each other.
    groups = items.select("benchmark", "group").unique(maintain_order=True)
    groups = groups.with_row_index("cluster")
    items = items.join(groups, on=["benchmark", "group"], how="left", maintain_order="left")
    spread = items.group_by("cluster", maintain_order=True).agg(
        pl.col("group").first(), pl.col("unit").unique(maintain_order=True)
    )
    crossing = spread.filter(pl.col("unit").list.len() > 1)
    if len(crossing):
        name, units = crossing.select("group", "unit").row(0)
        raise InputError(
            f"the cluster {shorten(name)} of column {cluster} lies in {shorten(units[0])} and "
            f"{shorten(units[1])}, which are averaged as independent of each other",
            total=len(crossing),
            hint="Cluster by another column, or make the board by benchmark.",
        )
    return items


def _one_label(frame: pl.DataFrame, column: str) -> None:
    """Raise where an item has one label here and another there."""
    other = frame.select((pl.col(column) != pl.col(column).first().over(ITEM)).alias("bad"))["bad"]
    if other.any():
        problems = problems_at(frame, column, other, f"not the {column} that this item has before")
        raise InputError(problems[:MOST_SHOWN], total=int(other.sum()))


def one_scale(scores: Scores) -> None:
    """Raise where one model's scores of a benchmark are fractions and another's percent.

    A model without any score above 0 fits every scale, and so does one with negative scores.
    """
    ends = (
        scores.frame.group_by("benchmark", "model")
        .agg(low=pl.col("score").min(), high=pl.col("score").max())
        .filter(pl.col("high") > 0)
        .sort("benchmark", "model")
        .filter((pl.col("low") >= 0).all().over("benchmark"))
    )
    small = ends.filter(pl.col("high") <= 1)
    both = ends.filter(pl.col("high") > 1).join(small, on="benchmark", maintain_order="left")
    if len(both):
        row = both.row(0, named=True)
        raise InputError(
            f"scores of {shorten(str(row['benchmark']))} are on two scales: those of "
            f"{shorten(str(row['model_right']))} reach {row['high_right']:g} and those of "
            f"{shorten(str(row['model']))} reach {row['high']:g}",
            hint="Divide percentages by 100, so that all models of a benchmark have one scale.",
        )
