"""Base models with sizes, tokens and dates, as what a trend is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, TooLargeError, UsageError, shorten
from theodolite.scaling.trends.measure import CLUSTERS, YARDSTICKS, Measure, optimal_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Models, Removal

    Array = NDArray[np.float64]

__all__ = ["FEWEST", "YEAR", "Dated", "dated"]

YEAR = 365.25
# Clusters on a side of a break, below which no test keeps its level (see the simulations).
FEWEST = 5
# The search for an unknown date takes time with the square of their number.
MOST_MODELS = 1000


@dataclass(frozen=True)
class Dated:
    """Models that a trend is fitted to.

    Attributes
    ----------
    frame
        One row a model, by date: ``model``, ``family``, ``organisation``, ``released``, ``params``
        (those that work on a token), ``all_params``, ``tokens``, ``tokens_per_param``, ``flops``,
        ``value`` (the quantity), ``over_training`` (by the law of the measure), ``cluster``,
        ``weight`` (1 over the models of its cluster).
    cluster
        (n,) the cluster of each, from 0.
    origin
        The first date; times are years from it.
    removed, notes
        What was left out; what a reader must know.
    """

    frame: pl.DataFrame
    cluster: NDArray[np.intp]
    origin: date
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def time(self) -> Array:
        """Years since the first date."""
        return (self.frame["released"] - self.origin).dt.total_days().to_numpy() / YEAR

    @property
    def weights(self) -> Array:
        """The weight of each model."""
        return self.frame["weight"].to_numpy()

    @property
    def last(self) -> date:
        """The last date."""
        day = self.frame["released"].max()
        assert isinstance(day, date)  # noqa: S101  (checked when the table was made)
        return day

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    def years(self, day: date) -> float:
        """Return a date as years since the first one."""
        return (day - self.origin).days / YEAR

    def day(self, years: float) -> date | None:
        """Return years since the first date as a date, where the calendar has it."""
        try:
            return self.origin + timedelta(days=round(years * YEAR))
        except (OverflowError, ValueError):
            return None


def dated(models: Models, measure: Measure, cluster: str) -> Dated:
    """Choose the models that a trend can be fitted to, and count the others.

    Raises
    ------
    UsageError
        The cluster is none that models can have.
    InputError
        No model is left.
    TooFewError
        There are too few clusters.
    TooLargeError
        There are too many models.
    """
    if cluster not in CLUSTERS:
        raise UsageError(f"a cluster is one of {', '.join(CLUSTERS)}; not {shorten(cluster)}")
    size = pl.coalesce("active_params", "params")
    for test, reason in (
        (pl.col("kind") == "base", "tuned, not a base model"),
        (pl.col("released").is_not_null(), "no date of release"),
        (size.is_not_null(), "no parameters"),
        (pl.col("tokens").is_not_null(), "no tokens of pre-training"),
    ):
        models = models.keep(models.frame.select(test).to_series(), reason)
    frame = models.frame.with_columns(size=size)
    alone = frame.get_column(cluster).is_null() if cluster != "model" else None
    notes: tuple[str, ...] = ()
    if alone is not None and alone.any():
        count = int(alone.sum())
        notes = (f"{count:,} models without {cluster} count as one each.",)
        own = pl.coalesce(cluster, pl.concat_str(pl.lit("\0"), pl.col("model")))
        frame = frame.with_columns(cluster=own)
    else:
        frame = frame.with_columns(cluster=pl.col(cluster))
    if measure.largest:
        most = (
            frame.get_column("size")
            == frame.select(pl.col("size").max().over("cluster", "released")).to_series()
        )
        models = models.keep(most, "not the largest of its release")
        frame = frame.filter(most)
    return _measured(frame, measure, models.removed, notes)


def _measured(
    frame: pl.DataFrame, measure: Measure, removed: tuple[Removal, ...], notes: tuple[str, ...]
) -> Dated:
    frame = frame.sort("released", "model")
    params, tokens = frame["size"].to_numpy(), frame["tokens"].to_numpy()
    flops = 6.0 * params * tokens
    names, index = np.unique(frame["cluster"].to_numpy().astype(str), return_inverse=True)
    if len(frame) > MOST_MODELS:
        raise TooLargeError(
            f"{len(frame):,} models are more than the {MOST_MODELS:,} that this search can hold; "
            "choose some with --where"
        )
    if len(names) < FEWEST:
        raise TooFewError(
            f"{len(names)} clusters of models with date, parameters and tokens are too few for a "
            f"trend: {FEWEST} at least. Add base models of other families."
        )
    over = {f"over_{law}": tokens / params / optimal_ratio(law, flops) for law in YARDSTICKS}
    shown = frame.select(
        "model",
        "family",
        "organisation",
        "released",
        params="size",
        all_params=pl.coalesce("params", "active_params"),
        tokens="tokens",
        tokens_per_param=pl.Series(tokens / params),
        flops=pl.Series(flops),
        value=pl.Series(measure.of(params, tokens)),
        over_training=pl.Series(over[f"over_{measure.law}"]),
        cluster=pl.col("cluster").str.strip_prefix("\0"),
        weight=pl.Series(1.0 / np.bincount(index)[index]),
    ).with_columns(*(pl.Series(name, values) for name, values in over.items()))
    origin = shown["released"].min()
    assert isinstance(origin, date)  # noqa: S101  (a date is known of each)
    experts = int((shown["params"] < shown["all_params"]).sum())
    if experts:
        notes = (*notes, f"{experts:,} mixtures of experts count by their active parameters.")
    return Dated(shown, index, origin, removed, notes)
