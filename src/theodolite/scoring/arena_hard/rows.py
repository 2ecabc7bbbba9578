"""The rows of an Arena-Hard board: models, categories, parameters, baselines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scoring.arena_hard.checks import link_p_values
from theodolite.scoring.arena_hard.games import LEVELS
from theodolite.scoring.arena_hard.published import published_of
from theodolite.scoring.arena_hard.standing import standing_of
from theodolite.stats import clustered_means, expected_share, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.fitting import GamesFit
    from theodolite.scoring.arena_hard.games import Games
    from theodolite.scoring.arena_hard.standing import Standing
    from theodolite.tables import Judgments

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "baseline_rows",
    "by_model",
    "category_rows",
    "first_wins_of",
    "model_rows",
    "no_categories",
    "owners_of",
    "parameter_rows",
]

VERDICT_COLUMNS = ("much_worse", "worse", "tie", "better", "much_better")


def owners_of(games: Games) -> Indices:
    """Number the model of each contender, in alphabetical order, (C,)."""
    names = games.contenders["model"]
    return (names.rank("dense") - 1).cast(pl.Int64).to_numpy()


def by_model(games: Games) -> Games:
    """Put the contenders of one model together."""
    owner = owners_of(games)
    _, first = np.unique(owner, return_index=True)
    return replace(games, contenders=games.contenders[first], contender=owner[games.contender])


def model_rows(
    games: Games, fit: GamesFit, standing: Standing, *, level: float, seed: int
) -> pl.DataFrame:
    """Give one row a model, by name."""
    names = games.contenders["model"].unique().sort().to_list()
    owner = owners_of(games)
    low, high = standing.interval(level)
    frame = pl.DataFrame(
        {
            "model": names,
            "score": standing.score,
            "low": low,
            "high": high,
            "n": standing.questions,
            **_counts(games, owner),
            "unbounded": standing.unbounded,
        }
    )
    strengths = _strengths(fit, standing, owner, level=level)
    own = by_model(games)
    beside = {
        **_observed(own, level),
        "link_p": link_p_values(fit, standing.weights),
        **_published(own, seed),
        **_verdicts(own),
    }
    return pl.concat([frame, strengths, pl.DataFrame(beside)], how="horizontal").with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


def category_rows(games: Games, fit: GamesFit, *, level: float, seed: int) -> pl.DataFrame:
    """Give one row a model and category, from games whose contenders are split by category."""
    every = np.arange(games.n_contenders)
    standing = standing_of(games, fit, every)
    low, high = standing.interval(level)
    values = {
        "score": standing.score,
        "low": low,
        "high": high,
        "n": standing.questions,
        **_counts(games, every),
        "unbounded": standing.unbounded,
        **_observed(games, level),
        **_published(games, seed),
    }
    rows = games.contenders.with_columns(pl.Series(k, v) for k, v in values.items()).with_columns(
        pl.col(pl.Float64).fill_nan(None),
        rank=pl.col("score").rank("min", descending=True).over("category").cast(pl.Int64),
    )
    return rows.select(_CATEGORY.keys()).sort("category", "rank", "model")


def no_categories() -> pl.DataFrame:
    """Give the frame of categories without a row."""
    return pl.DataFrame(schema=_CATEGORY)


def parameter_rows(fit: GamesFit, level: float) -> pl.DataFrame:
    """Give position, style and thresholds with their intervals, on the log-odds scale."""
    schema = dict.fromkeys(("estimate", "low", "high"), pl.Float64)
    if fit.fit is None:
        return pl.DataFrame(schema={"name": pl.String, **schema})
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    cuts = len(fit.fit.cuts)
    names = [*fit.names, *(f"threshold {i}" for i in range(1, cuts + 1))]
    start = len(fit.fit.x) - len(names)
    estimate = fit.fit.x[start:]
    error = np.sqrt(np.diag(fit.covariance)[start:])
    half = float(stdtrit(fit.n_questions - 1.0, (1.0 + level) / 2.0)) * error
    return pl.DataFrame(
        {"name": names, "estimate": estimate, "low": estimate - half, "high": estimate + half},
        schema={"name": pl.String, **schema},
    )


def first_wins_of(fit: GamesFit, level: float) -> dict[str, float] | None:
    """Say what the place is worth to equals, at the estimated threshold of ties."""
    if fit.fit is None or "position" not in fit.names:
        return None
    row = parameter_rows(fit, level).row(0, named=True)
    cut = fit.fit.tie_cut
    return {
        name: 100.0 * float(expected_share(row[name], cut)) for name in ("estimate", "low", "high")
    }


def baseline_rows(judgments: Judgments, games: Games) -> pl.DataFrame:
    """Give one row a baseline: its questions and, where there are some, its categories."""
    rows: list[dict[str, Any]] = []
    names = games.contenders["baseline"].to_numpy()
    for name in sorted(set(names)):
        own = np.isin(games.contender, np.flatnonzero(names == name))
        rows.append({"baseline": name, "questions": len(np.unique(games.item[own]))})
    frame = pl.DataFrame(rows)
    if "category" not in judgments.frame.columns or "baseline" not in judgments.frame.columns:
        return frame
    given = judgments.frame.select(pl.col("baseline", "category").cast(pl.String))
    listed = given.unique().group_by("baseline").agg(pl.col("category").sort().alias("categories"))
    return frame.join(listed, on="baseline", maintain_order="left")


def _counts(games: Games, owner: Indices) -> dict[str, Indices]:
    m = int(owner.max()) + 1
    read, unread = games.count(games.read), games.count(~games.read)
    return {
        "games": np.bincount(owner, read, m).astype(np.int64),
        "unparseable": np.bincount(owner, unread, m).astype(np.int64),
    }


def _verdicts(games: Games) -> dict[str, Indices]:
    cell = games.contender[games.read] * LEVELS + games.verdict[games.read]
    counts = np.bincount(cell, minlength=games.n_contenders * LEVELS).reshape(-1, LEVELS)
    columns = zip(VERDICT_COLUMNS, counts.T, strict=True)
    return dict(reversed(list(columns)))


def _observed(games: Games, level: float) -> dict[str, Floats]:
    """Percentage of games won, a tie being half: no model, and questions as clusters."""
    read = games.read
    n, items = games.n_contenders, int(games.item.max()) + 1
    won = (np.sign(games.verdict[read] - LEVELS // 2) + 1.0) / 2.0
    cell = games.contender[read] * items + games.item[read]
    count = np.bincount(cell, minlength=n * items).reshape(n, items)
    total = np.bincount(cell, won, n * items).reshape(n, items)
    values = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    means = clustered_means(values, np.arange(items))
    low, high = mean_interval(means, level=level, share=True)
    return {
        "observed": 100.0 * means.mean,
        "observed_low": 100.0 * low,
        "observed_high": 100.0 * high,
    }


def _published(games: Games, seed: int) -> dict[str, Floats]:
    names = ("published", "published_low", "published_high")
    return dict(zip(names, published_of(games, seed=seed).T, strict=True))


def _strengths(fit: GamesFit, standing: Standing, owner: Indices, *, level: float) -> pl.DataFrame:
    """Strengths of models with one baseline, and what position is worth to each."""
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    m = len(standing.score)
    single = np.bincount(owner, minlength=m) == 1
    finite = fit.finite[single[owner[fit.finite]]]
    at = np.searchsorted(fit.finite, finite)
    t = np.asarray(stdtrit(np.maximum(standing.questions - 1.0, 1.0), (1.0 + level) / 2.0))
    made = {"strength": (fit.first_map + fit.second_map) / 2.0}
    if fit.position == "model":
        made["position"] = (fit.first_map - fit.second_map) / 2.0
    out: dict[str, Floats] = {}
    for name, maps in made.items():
        value, half = np.full(m, np.nan), np.full(m, np.nan)
        if fit.fit is not None:
            value[owner[finite]] = maps[at] @ fit.fit.x
            spread = np.einsum("kp,pq,kq->k", maps[at], fit.covariance, maps[at])
            half[owner[finite]] = t[owner[finite]] * np.sqrt(np.maximum(spread, 0.0))
        out |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return pl.DataFrame(out)


_CATEGORY = {
    "category": pl.String,
    "baseline": pl.String,
    "model": pl.String,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank": pl.Int64,
    "n": pl.Int64,
    "games": pl.Int64,
    "unparseable": pl.Int64,
    "unbounded": pl.Boolean,
    "observed": pl.Float64,
    "observed_low": pl.Float64,
    "observed_high": pl.Float64,
    "published": pl.Float64,
    "published_low": pl.Float64,
    "published_high": pl.Float64,
}
