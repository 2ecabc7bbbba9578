"""From scores to one matrix of models and items."""

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

__all__ = ["Matrix", "abilities", "matrix_of"]

MOST_CELLS = 100_000_000
ITEM = ["benchmark", "item_id"]
MOST_ROUNDS = 50
SMALL = 1e-10


@dataclass(frozen=True)
class Matrix:
    """What K models scored on N items.

    Attributes
    ----------
    models
        Their names, the best first, equal ones in alphabetical order.
    labels
        For each model the value of the column that groups them, where one was named.
    items
        ``benchmark``, ``item_id`` and, where asked for, ``category``: in alphabetical order.
    values
        y, averaged over epochs, (K, N); ``nan`` where a model has no score.
    clusters
        Which cluster each item belongs to, (N,).
    by_cluster
        Whether clusters are others than the items themselves.
    """

    models: tuple[str, ...]
    labels: tuple[str, ...] | None
    items: pl.DataFrame
    values: Floats
    clusters: Integers
    by_cluster: bool

    @property
    def share(self) -> bool:
        """Whether all scores lie in [0, 1]."""
        return bool(np.nanmin(self.values) >= 0.0 and np.nanmax(self.values) <= 1.0)

    @property
    def reach(self) -> float:
        """How far apart two scores of one item can lie: 1 in [0, 1], else twice their spread."""
        if self.share:
            return 1.0
        return 2.0 * float(np.sqrt(np.nanmean(np.nanvar(self.values, axis=1))))

    @property
    def categories(self) -> Integers | None:
        """The category of each item as a number, (N,)."""
        if "category" not in self.items.columns:
            return None
        return self.items["category"].rank("dense").cast(pl.Int64).to_numpy() - 1


def matrix_of(scores: Scores, *, by: str | None, group: str | None) -> Matrix:
    """Give the matrix; the same however rows, models and items were ordered in the files.

    Parameters
    ----------
    scores
        The scores.
    by
        A column with the category of each item, or ``None``.
    group
        A column with what each model belongs to, or ``None``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    InputError
        An item has two categories or clusters, a model two groups, or benchmarks have two scales.
    TooFewError
        No item's scores differ.
    TooLargeError
        Models times items are too many.
    """
    frame = scores.frame
    for column, purpose in ((by, "categories of items"), (group, "groups of models")):
        if column is not None:
            _require(frame, column, purpose)
    one_scale(scores)
    cluster = "cluster" if "cluster" in frame.columns else None
    items = _labelled(frame, ITEM, {"category": by, "group": cluster}).with_row_index("at")
    names = _labelled(frame, ["model"], {"label": group}).with_row_index("place")
    cells = len(items) * len(names)
    if cells > MOST_CELLS:
        raise TooLargeError(
            f"{len(names):,} models times {len(items):,} items are more than {MOST_CELLS:,} "
            "scores: choose among them (--where)"
        )
    values = _values(frame, items, names)
    if (np.nanmax(values, axis=0) == np.nanmin(values, axis=0)).all():
        raise TooFewError(
            "no item tells models apart: on each, all models have the same score. Other models, or "
            "harder items, are needed."
        )
    order = np.lexsort((names["model"].to_numpy(), -abilities(values)))
    clusters = np.arange(len(items)) if cluster is None else _numbers(items, ["benchmark", "group"])
    labels = None if group is None else tuple(names["label"].gather(order))
    return Matrix(
        models=tuple(names["model"].gather(order)),
        labels=labels,
        items=items.select(*ITEM, *(["category"] if by else [])),
        values=values[order],
        clusters=clusters,
        by_cluster=cluster is not None,
    )


def abilities(values: Floats) -> Floats:
    """Give the mean score of each model, (K,), as if it had answered the average item.

    Where scores are missing, y_ki is taken for u_k + v_i by least squares, so that nobody gains
    from having been asked easy items.

    Examples
    --------
    >>> abilities(np.array([[1.0, 0.0, 0.5], [1.0, np.nan, 0.5]]))
    array([0.5, 0.5])
    """
    given = ~np.isnan(values)
    if given.all():
        return np.asarray(values.mean(axis=1), dtype=np.float64)
    y = np.where(given, values, 0.0)
    seen = given.astype(np.float64)
    by_model, by_item = np.maximum(seen.sum(axis=1), 1.0), np.maximum(seen.sum(axis=0), 1.0)
    total, u = y.sum(axis=1), y.sum(axis=1) / by_model
    for _ in range(MOST_ROUNDS):
        v = (y.sum(axis=0) - u @ seen) / by_item
        v -= v.mean()
        new = (total - seen @ v) / by_model
        done = float(np.abs(new - u).max()) <= SMALL * float(np.abs(new).max() + 1.0)
        u = new
        if done:
            break
    return np.asarray(u, dtype=np.float64)


def _values(frame: pl.DataFrame, items: pl.DataFrame, names: pl.DataFrame) -> Floats:
    rows = (
        frame.select(pl.col("model", *ITEM).cast(pl.String), "score")
        .join(items.select(*ITEM, "at"), on=ITEM, how="left", maintain_order="left")
        .join(names.select("model", "place"), on="model", how="left", maintain_order="left")
    )
    if "epoch" in frame.columns:
        rows = rows.group_by("place", "at").agg(pl.col("score").mean())
    values = np.full((len(names), len(items)), np.nan)
    values[rows["place"].to_numpy(), rows["at"].to_numpy()] = rows["score"].to_numpy()
    return values


def _numbers(items: pl.DataFrame, columns: list[str]) -> Integers:
    numbers = items.select(pl.struct(columns).rank("dense").cast(pl.Int64)).to_series()
    return np.asarray(numbers.to_numpy(), dtype=np.int64)


def _require(frame: pl.DataFrame, column: str, purpose: str) -> None:
    columns = [c for c in frame.columns if not c.startswith("_")]
    if column not in columns:
        raise MissingColumnError(
            f"no column {shorten(column)} for {purpose} (columns: {', '.join(columns)})"
        )
    if frame.schema[column].is_nested():
        raise UsageError(f"{column} holds nested values, which name nothing")
    only_given(frame, column, purpose)


def _labelled(frame: pl.DataFrame, key: list[str], labels: dict[str, str | None]) -> pl.DataFrame:
    """Give every key once, sorted, with its labels; each must have one of either."""
    named = {new: pl.col(old).cast(pl.String) for new, old in labels.items() if old is not None}
    found = frame.select(pl.col(*key).cast(pl.String), **named).unique()
    if found.select(key).is_duplicated().any():
        for column in filter(None, labels.values()):
            _one_label(frame, key, column)
    return found.sort(key)


def _one_label(frame: pl.DataFrame, key: list[str], column: str) -> None:
    """Raise where an item or model has one label here and another there."""
    other = frame.select((pl.col(column) != pl.col(column).first().over(key)).alias("bad"))["bad"]
    if other.any():
        what = "item" if key == ITEM else "model"
        problems = problems_at(
            frame, column, other, f"not the {column} that this {what} has before"
        )
        raise InputError(problems[:MOST_SHOWN], total=int(other.sum()))


def one_scale(scores: Scores) -> None:
    """Raise where the scores of one benchmark or model are fractions and another's go beyond 1."""
    ends = (
        scores.frame.group_by("benchmark", "model")
        .agg(low=pl.col("score").min(), high=pl.col("score").max())
        .with_columns(share=(pl.col("low") >= 0) & (pl.col("high") <= 1))
        .filter((pl.col("high") > 0) & ((pl.col("low") >= 0).all().over("benchmark")))
        .sort("benchmark", "model")
    )
    if ends["share"].n_unique() > 1:
        large = ends.filter(~pl.col("share")).row(0, named=True)
        small = ends.filter("share").row(0, named=True)
        raise InputError(
            f"scores are on two scales: those of {shorten(str(large['model']))} on "
            f"{shorten(str(large['benchmark']))} reach {large['high']:g}, those of "
            f"{shorten(str(small['model']))} on {shorten(str(small['benchmark']))} "
            f"{small['high']:g}",
            hint="Divide percentages by 100, or choose one benchmark (--where benchmark=NAME).",
        )
