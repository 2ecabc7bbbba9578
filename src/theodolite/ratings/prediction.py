"""Predicting votes that were held out, and looking for circles of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.ratings.arrays import VoteArrays, vote_arrays
from theodolite.ratings.board import two_sided
from theodolite.ratings.evidence import Specification, gather
from theodolite.ratings.results import Scale
from theodolite.stats import (
    HalfWin,
    calibration_slope,
    elo,
    maximise,
    sigmoid,
    strongest_circle,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Ties
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = [
    "METHODS",
    "Intransitivity",
    "MethodScore",
    "PredictiveCheck",
    "intransitivity",
    "predictive_check",
]

TIES: dict[str, Ties] = {
    "bradley-terry": "half-win",
    "davidson": "davidson",
    "rao-kupper": "rao-kupper",
}
METHODS = (*TIES, "elo")
ELO_K, ELO_ORDERS = 4.0, 10
BINS = 10
BAD = 3


@dataclass(frozen=True)
class MethodScore:
    """How one method predicts held-out votes.

    Attributes
    ----------
    method
        One of :data:`METHODS`.
    log_loss
        Mean of -(y log p + (1 - y) log(1 - p)), with y the part of a vote that model_a won, ties
        as half; log 2 without any ratings.
    difference, low, high
        Its log-loss less that of the first method, on the same votes, with an interval.
    slope, slope_low, slope_high
        Of the logit of y on that of p: 1 where predictions are calibrated, below it where they
        are too bold.
    outcome_log_loss
        Mean of -log P(outcome), ties and both_bad apart; ``None`` where a method has no such P.
    """

    method: str
    log_loss: float
    difference: float
    low: float
    high: float
    slope: float
    slope_low: float
    slope_high: float
    outcome_log_loss: float | None


@dataclass(frozen=True)
class PredictiveCheck:
    """Methods side by side on the same folds.

    Attributes
    ----------
    scores
        One a method, in the order asked for.
    calibration
        ``method``, ``predicted``, ``observed``, ``votes``: means within tenths of the prediction.
    n_votes, n_skipped
        Votes that were predicted, and votes that no fold could (both_bad ones for the shares, and
        those of models that have no finite rating without the fold).
    n_folds, seed
        The folds and their seed.
    """

    scores: tuple[MethodScore, ...]
    calibration: pl.DataFrame
    n_votes: int
    n_skipped: int
    n_folds: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return {
            "methods": [dict(vars(score)) for score in self.scores],
            "calibration": self.calibration.to_dicts(),
            "votes": self.n_votes,
            "skipped": self.n_skipped,
            "folds": self.n_folds,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Intransitivity:
    """The strongest circle of three models; see :mod:`theodolite.stats.cycles`."""

    models: tuple[str, str, str]
    strength: float
    p_value: float
    circles: int


def intransitivity(votes: Votes) -> Intransitivity | None:
    """Test whether three models beat each other in a circle; ``None`` where no three met.

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 900.0}, n_votes=900, seed=1)
    >>> intransitivity(votes).p_value
    1.0
    """
    evidence = gather(votes, Specification(), finite=True)
    assert isinstance(evidence.likelihood, HalfWin)  # noqa: S101
    circle = strongest_circle(evidence.likelihood.pairs)
    if circle is None:
        return None
    one, two, three = (evidence.models[i] for i in circle.models)
    return Intransitivity((one, two, three), circle.strength, circle.p_value, circle.circles)


def predictive_check(
    votes: Votes,
    *,
    methods: Sequence[str] = METHODS,
    n_folds: int = 5,
    level: float = 0.95,
    seed: int = 0,
) -> PredictiveCheck:
    """Fit each method without a fold of the votes, predict the fold, and compare.

    Parameters
    ----------
    votes
        The votes; soft ones are no outcomes, and only half-win methods can take them.
    methods
        Of :data:`METHODS`; the first is what the others are compared with.
    n_folds
        Parts of the votes, drawn at random, the same for all methods.
    level
        Of the intervals.
    seed
        Of the folds.

    Raises
    ------
    UsageError
        An unknown method, or fewer than two folds.
    TooFewError
        No vote could be predicted.

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 900.0}, n_votes=900, seed=1)
    >>> check = predictive_check(votes, methods=["bradley-terry", "davidson"])
    >>> [score.log_loss < 0.69 for score in check.scores]
    [True, True]
    """
    unknown = set(methods) - set(METHODS)
    if unknown or not methods:
        raise UsageError(f"methods to compare are among {', '.join(METHODS)}")
    if n_folds < 2:  # noqa: PLR2004
        raise UsageError(f"a fold to hold out needs at least 2 of them, not {n_folds}")
    arrays = vote_arrays(votes)
    fold = np.random.default_rng(seed).integers(0, n_folds, len(arrays.first))
    share = {method: np.full(len(fold), np.nan) for method in methods}
    outcome = {method: np.full(len(fold), np.nan) for method in methods}
    for held_out in range(n_folds):
        test = fold == held_out
        training = votes.keep(pl.Series(~test), "held out")
        for method in methods:
            share[method][test], outcome[method][test] = _predict(training, arrays, test, method)
    good = np.all([np.isfinite(p) & (p > 0) & (p < 1) for p in share.values()], axis=0)
    good &= arrays.outcome != BAD
    if not good.any():
        raise TooFewError("no vote could be predicted from the others: collect more votes")
    scores = _scores(arrays, share, outcome, good, level)
    return PredictiveCheck(
        scores=scores,
        calibration=pl.concat(_bins(m, share[m][good], arrays.share[good]) for m in methods),
        n_votes=int(good.sum()),
        n_skipped=int((~good).sum()),
        n_folds=n_folds,
        seed=seed,
    )


def _predict(
    training: Votes, arrays: VoteArrays, test: NDArray[np.bool_], method: str
) -> tuple[Floats, Floats]:
    """Return p, and log P(outcome), of the held-out votes; ``nan`` where there is none."""
    first, second, outcome = arrays.first[test], arrays.second[test], arrays.outcome[test]
    none = np.full(len(first), np.nan)
    if method == "elo":
        theta = _elo_strengths(training, arrays.models)
        return sigmoid(theta[first] - theta[second]), none
    evidence = gather(training, Specification(ties=TIES[method]))
    core = evidence.separation.core
    likelihood = evidence.base.among(core)
    x = maximise(likelihood, groups=[np.arange(len(core))]).x
    number = {evidence.models[i]: n for n, i in enumerate(core)}
    place = np.array([number.get(name, -1) for name in arrays.models])
    a, b = place[first], place[second]
    known = (a >= 0) & (b >= 0)
    gap = np.where(known, x[a] - x[b], np.nan)
    share = likelihood.share(gap, x)[0]
    if isinstance(likelihood, HalfWin):
        return share, none
    low, high = np.minimum(a, b), np.maximum(a, b)
    cell = turned(outcome, a > b)
    logs = np.full(len(first), np.nan)
    met = likelihood.at_pairs(low[known], high[known], x)
    logs[known] = met[np.arange(len(met)), cell[known]]
    return share, logs


def _elo_strengths(training: Votes, models: tuple[str, ...]) -> Floats:
    arrays = vote_arrays(training)
    rng, n = np.random.default_rng(0), len(arrays.first)
    orders = np.stack([rng.permutation(n) for _ in range(ELO_ORDERS)])
    ratings = elo(
        arrays.first,
        arrays.second,
        arrays.share,
        block=lambda start, stop: orders[:, start:stop],
        n_models=len(arrays.models),
        k_factor=ELO_K,
    ).mean(axis=0)
    rated = dict(zip(arrays.models, ratings / Scale().points, strict=True))
    return np.array([rated.get(name, np.nan) for name in models])


def _scores(
    arrays: VoteArrays,
    share: dict[str, Floats],
    outcome: dict[str, Floats],
    good: NDArray[np.bool_],
    level: float,
) -> tuple[MethodScore, ...]:
    y, z = arrays.share[good], two_sided(level)
    losses = {m: -(y * np.log(p[good]) + (1 - y) * np.log1p(-p[good])) for m, p in share.items()}
    first = next(iter(losses.values()))
    out = []
    for method, loss in losses.items():
        gap = loss - first
        half = z * float(gap.std(ddof=1)) / np.sqrt(len(gap)) if len(gap) > 1 else np.inf
        slope, error = calibration_slope(share[method][good], y)
        logs = outcome[method][np.isfinite(outcome[method])]
        out.append(
            MethodScore(
                method=method,
                log_loss=float(loss.mean()),
                difference=float(gap.mean()),
                low=float(gap.mean() - half),
                high=float(gap.mean() + half),
                slope=slope,
                slope_low=slope - z * error,
                slope_high=slope + z * error,
                outcome_log_loss=-float(logs.mean()) if len(logs) else None,
            )
        )
    return tuple(out)


def _bins(method: str, p: Floats, y: Floats) -> pl.DataFrame:
    """Means of prediction and outcome within tenths of the prediction, favourites first."""
    flip = p < 0.5  # noqa: PLR2004
    frame = pl.DataFrame(
        {"predicted": np.where(flip, 1 - p, p), "observed": np.where(flip, 1 - y, y)}
    )
    rank = pl.col("predicted").rank("ordinal")
    tenth = ((rank - 1) * BINS // pl.len()).alias("bin")
    means = frame.group_by(tenth).agg(pl.all().mean(), votes=pl.len()).sort("bin")
    return means.select(pl.lit(method).alias("method"), "predicted", "observed", "votes")
