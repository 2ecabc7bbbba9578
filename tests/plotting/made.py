"""Made-up fits for the tests: votes are drawn with a seed and fitted by a few Newton steps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from theodolite.ratings.results import Board, GoodnessOfFit, RatingFit, Scale
from theodolite.tables import Removal

HOSTILE = "</script><img src=x onerror=alert(1)>"
MARKUP = "[red]not red[/red] & <b>bold</b>"
CHINESE = "通义千问-72B-聊天"
LONG = "an-organisation/a-model-with-a-very-long-name-" + "x" * 200
FAMILIES = ("gpt", "claude", "gemini", "llama", "mistral", "qwen", "phi", "command", "yi", "vicuna")


def names_of(count: int, special: tuple[str, ...] = ()) -> tuple[str, ...]:
    plain = [f"{FAMILIES[i % 10]}-{1 + i // 10}-{(7, 8, 13, 70)[i % 4]}b" for i in range(count)]
    return tuple(sorted([*special, *plain[: count - len(special)]]))


@cache
def make_fit(
    count: int, *, special: tuple[str, ...] = (), per_pair: float = 60.0, seed: int = 0
) -> RatingFit:
    """Fit ``count`` models; about a tenth of the pairs never meet."""
    rng = np.random.default_rng(seed)
    models = names_of(count, special)
    theta = rng.normal(0, 0.6, count)
    a, b = np.triu_indices(count, 1)
    n = rng.poisson(per_pair * rng.gamma(2, 0.5, len(a))) * (rng.random(len(a)) > 0.1)
    n = np.maximum(n, np.where(b == a + 1, 5, 0))
    met = n > 0
    a, b, n = a[met], b[met], n[met]
    wins = rng.binomial(n, _sigmoid(theta[a] - theta[b]))
    theta, covariance = _newton(a, b, n, wins, count)
    share, predicted = wins / n, _sigmoid(theta[a] - theta[b])
    z = (share - predicted) / np.sqrt(predicted * (1 - predicted) / n)
    pairs = pl.DataFrame(
        {
            "model_a": [models[i] for i in a],
            "model_b": [models[i] for i in b],
            "votes": n,
            "share": share,
            "predicted": predicted,
            "z": z,
        }
    )
    board = _board(models, theta, covariance, np.bincount(np.r_[a, b], np.r_[n, n], count))
    df = len(a) - count + 1
    return RatingFit(
        method="bradley-terry",
        interval="sandwich",
        parameters=(),
        n_resamples=None,
        board=board,
        pairs=pairs,
        goodness_of_fit=GoodnessOfFit(float(z @ z), df, 0.31, len(a), int((n < 5).sum())),
        n_votes=int(n.sum()),
        removed=(Removal("not language=English", 1234), Removal("not anony=true", 56)),
        cluster=None,
        n_clusters=None,
        pair_weights="equal",
        anchor=None,
        seed=seed,
        n_draws=4000,
        log_likelihood=-float(n.sum()) * 0.65,
        iterations=5,
    )


def unbounded(fit: RatingFit) -> RatingFit:
    """The best model without an upper end, the worst without estimate and lower end."""
    board = fit.board
    rating, low, high = board.rating.copy(), board.low.copy(), board.high.copy()
    best, worst = int(np.argmin(board.rank)), int(np.argmax(board.rank))
    rating[best] = high[best] = np.inf
    rating[worst] = low[worst] = -np.inf
    ends = replace(board, rating=rating, low=low, high=high, unbounded=~np.isfinite(rating))
    return replace(fit, board=ends)


def _newton(a, b, n, wins, count):
    theta = np.zeros(count)
    for _ in range(10):
        p = _sigmoid(theta[a] - theta[b])
        score = np.bincount(a, wins - n * p, count) - np.bincount(b, wins - n * p, count)
        information = np.zeros((count, count))
        np.add.at(information, (a, b), -n * p * (1 - p))
        information += information.T
        np.fill_diagonal(information, -information.sum(1))
        covariance = np.linalg.pinv(information, hermitian=True)
        theta = theta + covariance @ score
    return theta - theta.mean(), covariance


def _board(models, theta, covariance, votes) -> Board:
    scale = Scale()
    rating = scale.rating(theta)
    half = 1.96 * scale.points * np.sqrt(np.diag(covariance))
    variance = np.diag(covariance)
    difference = theta[:, None] - theta[None, :]
    se = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 1e-12))
    quantile = 3.2
    apart = np.abs(difference) > quantile * se
    return Board(
        models=models,
        theta=theta,
        covariance=covariance,
        rating=rating,
        low=rating - half,
        high=rating + half,
        rank=1 + (difference < 0).sum(1),
        rank_low=1 + (apart & (difference < 0)).sum(1),
        rank_high=len(models) - (apart & (difference > 0)).sum(1),
        votes=votes.astype(np.int64),
        unbounded=np.zeros(len(models), dtype=bool),
        quantile=quantile,
        level=0.95,
        scale=scale,
    )


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
