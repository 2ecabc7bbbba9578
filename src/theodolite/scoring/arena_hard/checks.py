r"""What stands beside the scores: how the two orders agree, and whether the link fits.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
O_v, E_v  games with verdict v as shown (first against second), observed and expected
U         residuals by question: (O - E), less what the fitted parameters take up
========  ==================================================================================

The test of the link splits the games in thirds by the contender's strength, and asks whether the
verdicts in each are as expected: r' W^+ r, W = G / (G - 1) sum of U' U over questions, chi-square
with the rank of W. A question is a cluster, so dependence does not pass for misfit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scoring.arena_hard.games import LEVELS
from theodolite.stats import (
    chi_square_tail,
    cluster_sums,
    clustered_means,
    holm,
    mean_interval,
)
from theodolite.tables import VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.arena_hard.fitting import GamesFit
    from theodolite.scoring.arena_hard.games import Games

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["consistency_of", "link_of", "link_p_values"]

THIRDS = 3
TIE = LEVELS // 2
# Directions of W below this part of its largest are taken as empty.
EMPTY = 1e-6
# Weights that add up to one, and variances that are none, up to this.
ROUNDING = 1e-9
# Questions for each direction of the test, or its chi-square is not to be trusted.
ENOUGH = 10


def consistency_of(games: Games, *, level: float) -> pl.DataFrame:
    """Count how the two games of each question went together: all models, then each.

    Returns
    -------
    polars.DataFrame
        ``model`` (null for all), ``judgments`` with both games read, ``consistent`` (the share in
        which both orders say the same: a win, a tie or a loss), ``low``, ``high`` (clustered by
        question), ``first``, ``second`` (shares in which the answer shown first, or second, won
        both games) and ``partly`` (a tie in one order only).
    """
    both = _both(games)
    rows = []
    names = games.contenders["model"].unique().sort().to_list()
    number = {name: i for i, name in enumerate(names)}
    owner = np.array([number[name] for name in games.contenders["model"]])[both["contender"]]
    for model in (None, *names):
        chosen = np.ones(len(owner), dtype=bool) if model is None else owner == number[model]
        rows.append({"model": model, **_consistency(both, chosen, level)})
    return pl.DataFrame(rows, schema_overrides={"model": pl.String})


def _both(games: Games) -> dict[str, Indices]:
    """Pair the games of a question: the model's result shown first and second, as -1, 0 or 1."""
    pair = games.contender * (int(games.item.max()) + 1) + games.item
    _, pair = np.unique(pair, return_inverse=True)
    n = int(pair.max()) + 1
    result = np.full((n, 2), LEVELS)
    result[pair[games.read], games.first[games.read].astype(np.int64)] = np.sign(
        games.verdict[games.read] - TIE
    )
    contender, item = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    contender[pair], item[pair] = games.contender, games.item
    known = (result != LEVELS).all(axis=1)
    return {
        "contender": contender[known],
        "item": item[known],
        "second": result[known, 0],
        "first": result[known, 1],
    }


def _consistency(both: dict[str, Indices], chosen: Any, level: float) -> dict[str, Any]:
    first, second = both["first"][chosen], both["second"][chosen]
    n = len(first)
    if not n:
        return dict.fromkeys(("consistent", "low", "high", "first", "second", "partly")) | {
            "judgments": 0
        }
    same = (first == second).astype(np.float64)
    item = both["item"][chosen]
    low, high = np.array([0.0]), np.array([1.0])
    if len(np.unique(item)) > 1:
        low, high = mean_interval(clustered_means(same[None], item), level=level, share=True)
    return {
        "judgments": n,
        "consistent": float(same.mean()),
        "low": float(low[0]),
        "high": float(high[0]),
        "first": float(((first == 1) & (second == -1)).mean()),
        "second": float(((first == -1) & (second == 1)).mean()),
        "partly": float(((first == 0) != (second == 0)).mean()),
    }


def link_of(fit: GamesFit) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Compare the verdicts, as shown, with what the fit expects.

    Returns
    -------
    tuple
        A frame (``verdict``, ``observed``, ``expected``, ``z``), and the test of the link
        (``statistic``, ``df``, ``p_value``; nulls where questions are too few).
    """
    untested = {"statistic": None, "df": 0, "p_value": None}
    if fit.fit is None or any(not level for level in fit.levels):
        return pl.DataFrame(schema=_SCHEMA), untested
    group, shown = _groups(fit), _as_shown(fit.games.first, fit.shares)
    expected = _as_shown(fit.games.first, fit.fit.probabilities()[fit.row])
    residual, spread = _residuals(fit, group, shown - expected)
    levels = shown.shape[1]
    total = residual.reshape(-1, levels).sum(axis=0)
    merged = spread.reshape(len(spread), -1, levels).sum(axis=1)
    error = np.sqrt((merged**2).sum(axis=0) * len(spread) / (len(spread) - 1.0))
    # The parameters may fit a verdict exactly: then there is nothing to compare.
    free = error > 1e-6 * np.sqrt(shown.sum(axis=0) + 1.0)
    frame = pl.DataFrame(
        {
            "verdict": [" or ".join(_names(level)) for level in fit.levels[::-1]],
            "observed": shown.sum(axis=0)[::-1],
            "expected": expected.sum(axis=0)[::-1],
            "z": np.where(free, total / np.where(free, error, 1.0), np.nan)[::-1],
        },
        schema=_SCHEMA,
    )
    return frame.with_columns(pl.col("z").fill_nan(None)), _test(residual, spread) or untested


def link_p_values(fit: GamesFit, weights: Floats) -> Floats:
    """Test of each model whether its score and the games that it won differ beyond chance, (M,).

    Both are estimates from the same games, of which only the score rests on the likelihood: the
    difference of their influences by question gives its variance.

    Parameters
    ----------
    fit
        The fit.
    weights
        Of the contenders in each model's score, (M, C).

    Returns
    -------
    numpy.ndarray
        Holm's p-values; ``nan`` where a part of the model has no finite strength, and where style
        is held equal, which only the score does.

    References
    ----------
    J. A. Hausman (1978), Econometrica 46, 1251-1271. doi:10.2307/1913827
    """
    out = np.full(len(weights), np.nan)
    if fit.fit is None or fit.games.features:
        return out
    _, cluster = np.unique(fit.games.item, return_inverse=True)
    own = np.searchsorted(fit.finite, fit.games.contender)
    g, k = len(fit.influence), len(fit.finite)
    won = (np.sign(fit.games.verdict - TIE) + 1.0) / 2.0
    n = np.bincount(own, minlength=k)
    share = np.bincount(own, won, k) / n
    pull = np.bincount(cluster * k + own, (won - share[own]) / n[own], g * k).reshape(g, k)
    score, gradient = fit.scores()
    inside = weights[:, fit.finite]
    moved = (pull - fit.influence @ gradient.T) @ inside.T
    variance = (moved**2).sum(axis=0) * g / (g - 1.0)
    whole = (inside.sum(axis=1) > 1.0 - ROUNDING) & (variance > ROUNDING / g)
    t = np.abs(inside @ (share - score)) / np.sqrt(np.where(whole, variance, 1.0))
    return holm(np.where(whole, [math.erfc(z / math.sqrt(2.0)) for z in t], np.nan))


_SCHEMA = {"verdict": pl.String, "observed": pl.Float64, "expected": pl.Float64, "z": pl.Float64}


def _names(level: tuple[int, ...]) -> list[str]:
    """Name verdicts from the side of the answer shown first, the clearest first."""
    return [VERDICTS[LEVELS - 1 - v] for v in reversed(level)]


def _as_shown(first: Any, shares: Floats) -> Floats:
    """Turn levels from the model's side to that of the answer shown first."""
    return np.where(first[:, None], shares, shares[:, ::-1])


def _groups(fit: GamesFit) -> Indices:
    """Third of each game's contender by strength, (N,)."""
    theta = fit.strengths()[0]
    place = np.argsort(np.argsort(theta, kind="stable"), kind="stable")
    third = place * min(THIRDS, len(theta)) // len(theta)
    return np.asarray(third[np.searchsorted(fit.finite, fit.games.contender)])


def _residuals(fit: GamesFit, group: Indices, gap: Floats) -> tuple[Floats, Floats]:
    """Residuals by third and verdict, and their part in each question: (T L,), (G, T L)."""
    assert fit.fit is not None  # noqa: S101  (the caller has looked)
    model, x, games = fit.fit.model, fit.fit.x, fit.games
    _, cluster = np.unique(games.item, return_inverse=True)
    count, levels = int(cluster.max()) + 1, gap.shape[1]
    width = (int(group.max()) + 1) * levels
    sums = np.zeros((count, width))
    slope = np.zeros((model.size, width))
    probability = fit.fit.probabilities()[fit.row]
    for c in range(levels):
        column = group * levels + c
        cell = np.bincount(cluster * width + column, gap[:, c], count * width)
        sums += cell.reshape(count, width)
        # dP_c = P_c dlog P_c, summed over the games of each third.
        own = np.where(games.first, c, levels - 1 - c)
        weight = np.zeros_like(gap)
        weight[np.arange(len(own)), own] = probability[np.arange(len(own)), own]
        for third in range(int(group.max()) + 1):
            chosen = group == third
            scores = model.game_scores(x, fit.row[chosen], weight[chosen])
            slope[:, third * levels + c] = scores.total()
    scores = model.game_scores(x, fit.row, fit.shares)
    moved = np.asarray(cluster_sums(scores, cluster, count) @ fit.fit.inverse) @ slope
    return sums.sum(axis=0), sums - moved


def _test(residual: Floats, spread: Floats) -> dict[str, Any] | None:
    g = len(spread)
    w = spread.T @ spread * (g / (g - 1.0))
    values, vectors = np.linalg.eigh(w)
    kept = values > EMPTY * values.max()
    df = int(kept.sum())
    if not df or g < ENOUGH * df:
        return None
    along = vectors[:, kept].T @ residual
    statistic = float((along**2 / values[kept]).sum())
    return {"statistic": statistic, "df": df, "p_value": chi_square_tail(statistic, df)}
