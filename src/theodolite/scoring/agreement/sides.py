r"""Estimates of models from items: answers scored, judged or graded.

Each model's mean over the items that it has, with the covariance that shared items make; items of
a cluster depend on each other. Equations: :mod:`theodolite.stats.means`. A share's interval is
Wilson's, and where all of a model's scores are alike its standard error is that interval's
half-width over the normal quantile, so that none is nought.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import (
    InputError,
    MissingColumnError,
    TooFewError,
    TooLargeError,
    UsageError,
    shorten,
)
from theodolite.stats import clustered_means, mean_interval
from theodolite.tables import Estimates
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.stats import Means
    from theodolite.tables import Gradings, Judgments, Preferences, Removal, Scores

    Floats = NDArray[np.float64]

__all__ = ["from_gradings", "from_judgments", "from_preferences", "from_scores"]

MOST_CELLS = 200_000_000
WON = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}


def from_scores(
    scores: Scores,
    *,
    by: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
) -> tuple[Estimates, ...]:
    """Give the models' mean scores, on each benchmark or each value of a column.

    Parameters
    ----------
    scores
        The scores; epochs are averaged first.
    by
        A column each value of which makes a side of its own; ``benchmark`` where left out.
    cluster
        A column whose values name items that depend on each other; the scores' own ``cluster``
        where they have one.
    level
        Of the intervals.

    Raises
    ------
    MissingColumnError
        A column is absent.
    InputError
        A cell of it is empty.
    TooFewError
        A model has a single cluster of items.

    Examples
    --------
    >>> from theodolite.tables import Scores
    >>> frame = pl.DataFrame({"model": ["x"] * 4 + ["y"] * 4, "benchmark": "quiz",
    ...                       "item_id": list("abcd") * 2, "score": [1, 1, 1, 1, 1, 0, 1, 0]})
    >>> side, = from_scores(Scores.from_frame(frame))
    >>> side.name, side.frame["value"].to_list(), side.frame["standard_error"].round(2).to_list()
    ('quiz', [1.0, 0.5], [0.18, 0.29])
    """
    column = cluster or ("cluster" if "cluster" in scores.frame.columns else None)
    item = pl.struct("benchmark", "item_id")
    frame = scores.frame.with_columns(_item=item)
    parts = _parts(frame, by or "benchmark", column)
    return _sides(parts, column, level, ("scores", scores.notes, scores.removed))


def from_preferences(
    preferences: Preferences, *, name: str, by: str | None = None, level: float = 0.95
) -> tuple[Estimates, ...]:
    """Give the models' win rates against the baseline, as shares.

    Examples
    --------
    >>> from theodolite.tables import Preferences
    >>> frame = pl.DataFrame({"model": "x", "baseline": "b", "item_id": list("abc"),
    ...                       "preference": [1.9, 1.2, 1.5]})
    >>> side, = from_preferences(Preferences.from_frame(frame), name="AlpacaEval")
    >>> side.unit, round(side.frame["value"].item(), 3)
    ('share', 0.533)
    """
    itself = preferences.frame.select(
        pl.col("model").cast(pl.String) == pl.col("baseline").cast(pl.String)
    ).to_series()
    if itself.any():
        preferences = preferences.keep(~itself, "the baseline against itself")
    frame = preferences.frame
    if frame.get_column("baseline").n_unique() > 1:
        raise InputError(
            "the preferences are against several baselines: choose one (--where baseline=NAME)"
        )
    frame = frame.with_columns(score=pl.col("preference") - 1.0, _item=pl.col("item_id"))
    parts = _parts(frame, by, None, name)
    return _sides(parts, None, level, (name, preferences.notes, preferences.removed))


def from_judgments(
    judgments: Judgments, *, name: str, by: str | None = None, level: float = 0.95
) -> tuple[Estimates, ...]:
    """Give the models' win rates against one baseline, both orders of an item averaged.

    A draw is half a win, and a strong verdict counts as any other.

    Raises
    ------
    InputError
        Not all games are against one model.
    """
    a, b = (pl.col(side).cast(pl.String) for side in ("model_a", "model_b"))
    frame = judgments.frame.with_columns(a.alias("model_a"), b.alias("model_b"))
    against = [
        m for m in judgments.models if ((frame["model_a"] == m) | (frame["model_b"] == m)).all()
    ]
    if not against:
        raise InputError(
            f"{name}: the games are not all against one baseline, so that there is no win rate an "
            "item: rate the models first, and give their ratings (model, rating, low, high)"
        )
    baseline = pl.lit(against[0])
    won = pl.col("verdict").cast(pl.String).replace_strict(WON, return_dtype=pl.Float64)
    first = a != baseline
    frame = frame.with_columns(
        model=pl.when(first).then(a).otherwise(b),
        score=pl.when(first).then(won).otherwise(1.0 - won),
        _item=pl.col("item_id"),
    )
    unread = frame.get_column("score").null_count()
    notes = (f"{name}: {unread:,} games have no verdict and are left out.",) if unread else ()
    parts = _parts(frame.drop_nulls("score"), by, None, name)
    return _sides(parts, None, level, (name, (*judgments.notes, *notes), judgments.removed))


def from_gradings(
    gradings: Gradings, *, name: str, by: str | None = None, level: float = 0.95
) -> tuple[Estimates, ...]:
    """Give the models' mean grades; the turns of a question depend on each other."""
    frame = gradings.frame.with_columns(_item=pl.col("item_id"))
    unread = frame.get_column("score").null_count()
    notes = (f"{name}: {unread:,} judgments hold no number and are left out.",) if unread else ()
    parts = _parts(frame.drop_nulls("score"), by, None, name)
    return _sides(parts, None, level, (name, (*gradings.notes, *notes), gradings.removed))


def _parts(
    frame: pl.DataFrame, by: str | None, cluster: str | None, name: str = ""
) -> list[tuple[str, pl.DataFrame]]:
    """Split the rows into sides."""
    for column in (by, cluster):
        if column is not None and column not in frame.columns:
            have = ", ".join(c for c in frame.columns if not c.startswith("_"))
            raise MissingColumnError(f"no column {column} (columns: {have})")
        if column is not None:
            only_given(frame, column, "agreement")
    if by is None:
        return [(name, frame)]
    dtype = frame.schema[by]
    if dtype.is_float() or dtype.is_nested():
        raise UsageError(f"--by {by}: the column holds {dtype}, not names of categories")
    keyed = frame.with_columns(pl.col(by).cast(pl.String).alias("_by"))
    return sorted((str(key[0]), part) for key, part in keyed.group_by("_by", maintain_order=True))


def _sides(
    parts: Sequence[tuple[str, pl.DataFrame]],
    cluster: str | None,
    level: float,
    beside: tuple[str, tuple[str, ...], tuple[Removal, ...]],
) -> tuple[Estimates, ...]:
    source, notes, removed = beside
    out = []
    for name, part in parts:
        side = _side(name, part, cluster, level)
        out.append(
            Estimates(
                name=name,
                unit=side.unit,
                frame=side.frame,
                covariance=side.covariance,
                level=level,
                independent=False,
                source=source,
                notes=notes,
                removed=removed,
            )
        )
    return tuple(out)


def _side(name: str, frame: pl.DataFrame, cluster: str | None, level: float) -> Estimates:
    key = pl.lit(0) if cluster is None else pl.col(cluster)
    means = frame.group_by(pl.col("model").cast(pl.String), "_item").agg(
        score=pl.col("score").mean(), _cluster=key.first()
    )
    models = sorted(means.get_column("model").unique())
    items = means.get_column("_item").unique(maintain_order=True)
    if len(models) * len(items) > MOST_CELLS:
        raise TooLargeError(
            f"{name}: {len(models):,} models times {len(items):,} items are too many"
        )
    row = means.get_column("model").cast(pl.Enum(models)).to_physical().to_numpy()

    column = _codes(means.get_column("_item"))
    values = np.full((len(models), len(items)), np.nan)
    values[row, column] = means.get_column("score").to_numpy()
    groups = np.arange(len(items))
    if cluster is not None:
        groups[column] = _codes(means.get_column("_cluster"))
    found = clustered_means(values, groups)
    if (found.clusters < 2).any():  # noqa: PLR2004
        who = models[int(np.argmin(found.clusters))]
        raise TooFewError(
            f"{shorten(who)} has a single cluster of items in {shorten(name)}, which leaves no "
            "interval: leave it out (--where), or cluster by another column"
        )
    return _estimated(name, models, values, found, level)


def _estimated(
    name: str, models: list[str], values: Floats, found: Means, level: float
) -> Estimates:
    """Give means their errors and intervals, none of them nought."""
    given = values[~np.isnan(values)]
    share = bool((given >= 0).all() and (given <= 1).all())
    low, high = mean_interval(found, level=level, share=share)
    error = np.sqrt(np.diag(found.covariance))
    flat = (high - low) / 2.0 / NormalDist().inv_cdf(0.5 + level / 2.0)
    alike = ~(error > 0)
    if (alike & ~(flat > 0)).any():
        who = models[int(np.argmax(alike & ~(flat > 0)))]
        raise TooFewError(
            f"all scores of {shorten(who)} in {shorten(name)} are equal, which leaves no interval"
        )
    covariance = found.covariance.copy()
    covariance[alike, alike] = flat[alike] ** 2
    rows = pl.DataFrame(
        {
            "model": models,
            "value": found.mean,
            "standard_error": np.where(alike, flat, error),
            "low": low,
            "high": high,
        }
    )
    return Estimates(
        name=name, unit="share" if share else "score", frame=rows, covariance=covariance
    )


def _codes(series: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Number the distinct values from 0."""
    frame = series.alias("_key").to_frame()
    numbered = frame.unique(maintain_order=True).with_row_index("_code")
    joined = frame.join(numbered, on="_key", how="left", maintain_order="left", nulls_equal=True)
    return joined.get_column("_code").cast(pl.Int64).to_numpy()
