"""Arena-Hard: how often each model beats the baseline, from one likelihood over all games."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, UsageError, shorten
from theodolite.scoring.arena_hard.checks import consistency_of, link_of
from theodolite.scoring.arena_hard.fitting import fit_games
from theodolite.scoring.arena_hard.games import LEVELS, games_of
from theodolite.scoring.arena_hard.notes import notes_of
from theodolite.scoring.arena_hard.published import published_of
from theodolite.scoring.arena_hard.results import ArenaHard
from theodolite.scoring.arena_hard.standing import N_DRAWS, standing_of
from theodolite.stats import clustered_means, expected_share, mean_interval
from theodolite.tables.judging import judges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.fitting import GamesFit, Position
    from theodolite.scoring.arena_hard.games import Games
    from theodolite.scoring.arena_hard.standing import Standing
    from theodolite.tables import Judgments

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["score_arena_hard"]

VERDICT_COLUMNS = ("much_worse", "worse", "tie", "better", "much_better")
POSITIONS = ("shared", "model", "none")


def score_arena_hard(
    judgments: Judgments,
    *,
    baseline: str | None = None,
    position: Position = "shared",
    style: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> ArenaHard:
    """Estimate how often each model's answer beats the baseline's, in percent.

    Parameters
    ----------
    judgments
        Games of one judge; a game without a verdict is counted, and the other game of its
        question still counts.
    baseline
        The baseline of games that do not name it. A category may have its own baseline.
    position
        Whether being shown first counts alike for all models (``shared``), for each its own way
        (``model``) or not at all (``none``).
    style
        Features held equal, of tokens, headers, lists and bold.
    level
        Confidence level: of each score's interval alone, of all pairs together.
    seed
        Of the draws behind the pairs, and of the published recipe's resamples.

    Returns
    -------
    ArenaHard
        See there; :mod:`theodolite.scoring.arena_hard.fitting` has the equations.

    Raises
    ------
    UsageError
        ``level`` is not between 0 and 1, ``seed`` is negative, a feature is unknown.
    MissingColumnError
        The baseline, or the counts of a feature, are absent.
    InputError
        There are several judges, or several baselines in one category.
    TooFewError
        A model has no verdict, or all games are of a single question.
    NotIdentifiedError
        No finite estimate: position or style explains every verdict.

    References
    ----------
    T. Li and others (2024), From Crowdsourced Data to High-Quality Benchmarks: Arena-Hard and
    BenchBuilder. doi:10.48550/arXiv.2406.11939

    Examples
    --------
    >>> from theodolite.tables import Judgments
    >>> seen = ["A>B", "A=B", "B>A", "B>>A", "B>A", "A>B", "B>A", "A=B", "B>A", "A>B"]
    >>> rows = [
    ...     {"item_id": str(i // 2), "game": 1 + i % 2, "judge": "j", "verdict": verdict}
    ...     | dict(zip(("model_a", "model_b"), ("base", "x")[:: 1 - 2 * (i % 2)]))
    ...     for i, verdict in enumerate(seen)
    ... ]
    >>> found = score_arena_hard(Judgments.from_frame(pl.DataFrame(rows)), baseline="base")
    >>> found.models.select("model", pl.col("score", "low", "high", "published").round(1), "n")
    shape: (1, 6)
    ┌───────┬───────┬──────┬──────┬───────────┬─────┐
    │ model ┆ score ┆ low  ┆ high ┆ published ┆ n   │
    │ ---   ┆ ---   ┆ ---  ┆ ---  ┆ ---       ┆ --- │
    │ str   ┆ f64   ┆ f64  ┆ f64  ┆ f64       ┆ i64 │
    ╞═══════╪═══════╪══════╪══════╪═══════════╪═════╡
    │ x     ┆ 65.0  ┆ 20.1 ┆ 93.2 ┆ 58.3      ┆ 5   │
    └───────┴───────┴──────┴──────┴───────────┴─────┘
    """
    _check(position, level, seed)
    games = games_of(judgments, style=style, baseline=baseline)
    fit = fit_games(games, position=position)
    names = games.contenders["model"].unique().sort().to_list()
    standing = standing_of(games, fit, _owners(games, names))
    pairs = standing.contrasts(names, level=level, seed=seed)
    categories, category_fit, lacking = _categories_or_not(
        judgments, position, style, baseline=baseline, level=level, seed=seed
    )
    models = _models(games, fit, standing, level=level, seed=seed)
    models = pl.concat([models, standing.places(pairs, names)], how="horizontal")
    link, test = link_of(fit)
    return ArenaHard(
        models=_ordered(models),
        pairs=pairs,
        categories=categories,
        parameters=_parameters(fit, level),
        first_wins=_first_wins(fit, level),
        consistency=consistency_of(games, level=level),
        link=link,
        link_test=test,
        baselines=_baselines(judgments, games),
        reading=fit.reading,
        position_effect=fit.position,
        style=tuple(style),
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=len(np.unique(games.item)),
        games=int(games.read.sum()),
        unparseable=int((~games.read).sum()),
        judge=judges_of(judgments.frame)[0],
        removed=judgments.removed,
        notes=(*judgments.notes, *notes_of(games, fit, category_fit, asked=position), *lacking),
    )


def _check(position: str, level: float, seed: int) -> None:
    if position not in POSITIONS:
        raise UsageError(f"the position is one of {', '.join(POSITIONS)}, not {shorten(position)}")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _owners(games: Games, names: list[str]) -> Indices:
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[name] for name in games.contenders["model"]], dtype=np.int64)


def _ordered(models: pl.DataFrame) -> pl.DataFrame:
    front = ["model", "score", "low", "high", "rank", "rank_low", "rank_high"]
    return models.select(*front, pl.exclude(front)).sort("rank", "model")


def _models(
    games: Games, fit: GamesFit, standing: Standing, *, level: float, seed: int
) -> pl.DataFrame:
    """Give one row a model, by name."""
    names = games.contenders["model"].unique().sort().to_list()
    owner = _owners(games, names)
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
    own = _by_owner(games, owner)
    published = published_of(own, seed=seed)
    beside = {
        **_observed(own, level),
        "published": published[:, 0],
        "published_low": published[:, 1],
        "published_high": published[:, 2],
        **_verdicts(own),
    }
    return pl.concat([frame, strengths, pl.DataFrame(beside)], how="horizontal").with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


def _counts(games: Games, owner: Indices) -> dict[str, Indices]:
    m = int(owner.max()) + 1
    read, unread = games.count(games.read), games.count(~games.read)
    return {
        "games": np.bincount(owner, read, m).astype(np.int64),
        "unparseable": np.bincount(owner, unread, m).astype(np.int64),
    }


def _by_owner(games: Games, owner: Indices) -> Games:
    """Put the contenders of one model together."""
    first = [int(np.flatnonzero(owner == m)[0]) for m in range(int(owner.max()) + 1)]
    return replace(games, contenders=games.contenders[first], contender=owner[games.contender])


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


def _categories_or_not(
    judgments: Judgments,
    position: Position,
    style: Sequence[str],
    *,
    baseline: str | None,
    level: float,
    seed: int,
) -> tuple[pl.DataFrame, GamesFit | None, tuple[str, ...]]:
    """Score every category; where one cannot be, say why: the board does not depend on it."""
    try:
        frame, fit = _categories(
            judgments, position, style, baseline=baseline, level=level, seed=seed
        )
    except CannotAnswerError as error:
        return pl.DataFrame(schema=_CATEGORY), None, (f"No scores by category: {error}",)
    return frame, fit, ()


def _categories(
    judgments: Judgments,
    position: Position,
    style: Sequence[str],
    *,
    baseline: str | None,
    level: float,
    seed: int,
) -> tuple[pl.DataFrame, GamesFit | None]:
    """Score every model in every category, where there are several."""
    frame = judgments.frame
    if "category" not in frame.columns or frame["category"].n_unique() < 2:  # noqa: PLR2004
        return pl.DataFrame(schema=_CATEGORY), None
    games = games_of(judgments, style=style, by_category=True, baseline=baseline)
    fit = fit_games(games, position=position)
    every = np.arange(games.n_contenders)
    standing = standing_of(games, fit, every)
    low, high = standing.interval(level)
    published = published_of(games, seed=seed)
    rows = games.contenders.with_columns(
        score=pl.Series(standing.score),
        low=pl.Series(low),
        high=pl.Series(high),
        n=pl.Series(standing.questions),
        **{name: pl.Series(values) for name, values in _counts(games, every).items()},
        unbounded=pl.Series(standing.unbounded),
        **{name: pl.Series(values) for name, values in _observed(games, level).items()},
        published=pl.Series(published[:, 0]),
        published_low=pl.Series(published[:, 1]),
        published_high=pl.Series(published[:, 2]),
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    rows = rows.with_columns(
        rank=pl.col("score").rank("min", descending=True).over("category").cast(pl.Int64)
    )
    return rows.select(_CATEGORY.keys()).sort("category", "rank", "model"), fit


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


def _parameters(fit: GamesFit, level: float) -> pl.DataFrame:
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


def _first_wins(fit: GamesFit, level: float) -> dict[str, float] | None:
    """Say what the place is worth to equals, at the estimated threshold of ties."""
    if fit.fit is None or "position" not in fit.names:
        return None
    row = _parameters(fit, level).row(0, named=True)
    cut = fit.fit.tie_cut
    return {
        name: 100.0 * float(expected_share(row[name], cut)) for name in ("estimate", "low", "high")
    }


def _baselines(judgments: Judgments, games: Games) -> pl.DataFrame:
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
