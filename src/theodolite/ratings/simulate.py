"""A simulated arena: votes among models of known strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import UsageError
from theodolite.ratings.results import Scale
from theodolite.stats import HalfWin, count_pairs, maximise, sigmoid, simulate_shares
from theodolite.tables import Votes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Arena", "endless_board", "simulate_arena", "simulate_votes"]

FIRST_DAY = datetime(2024, 4, 18, tzinfo=UTC)
# Votes of each pair, from whose expected shares an endless board is made.
ENDLESS = 20_000


@dataclass(frozen=True)
class Arena:
    """What is true of a simulated arena.

    Attributes
    ----------
    ratings
        The true rating of each model, on the scale of the board, at equal style.
    counts
        Feature -> model -> mean count in its answers (``tokens``, ``lists``, ...); the counts of
        single answers scatter widely around it.
    effects
        Feature -> its coefficient: what a covariate (a - b) / (a + b) of 1 adds to the log-odds.
    languages
        Language -> share of the votes.
    shifts
        Language -> model -> points that its rating there lies above ``ratings``.
    days
        Votes are spread evenly over so many days from 18 April 2024; 0 for no time.
    even_tie_share
        The share of ties between two equals, in [0, 1/2]; unequal models tie less.
    """

    ratings: Mapping[str, float]
    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    effects: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    days: int = 0
    even_tie_share: float = 0.25

    def __post_init__(self) -> None:
        if len(self.ratings) < 2:  # noqa: PLR2004
            raise UsageError("an arena needs at least two models")
        if not 0.0 <= self.even_tie_share <= 0.5:  # noqa: PLR2004
            raise UsageError(f"the share of ties must lie in [0, 1/2], not {self.even_tie_share}")
        if set(self.effects) - set(self.counts):
            raise UsageError("every style effect needs counts of its feature")
        if set(self.shifts) - set(self.languages):
            raise UsageError("every shift needs a share of its language")
        for by_model in (*self.counts.values(), *self.shifts.values()):
            if set(by_model) - set(self.ratings):
                raise UsageError("counts and shifts are of models that have a rating")


def simulate_votes(
    ratings: Mapping[str, float], *, n_votes: int, even_tie_share: float = 0.25, seed: int = 0
) -> Votes:
    """Draw votes between random pairs of models, for which half-win Bradley-Terry holds.

    Parameters
    ----------
    ratings
        The true rating of each model, on the scale of the board.
    n_votes
        How many votes.
    even_tie_share
        The share of ties between two equals, in [0, 1/2]; unequal models tie less.
    seed
        Of the draws.

    Raises
    ------
    UsageError
        Fewer than two models, or a share of ties out of range.

    Examples
    --------
    >>> simulate_votes({"x": 1000.0, "y": 1000.0}, n_votes=2, seed=3).frame["winner"].to_list()
    ['model_a', 'model_b']
    """
    arena = Arena(ratings, even_tie_share=even_tie_share)
    return simulate_arena(arena, n_votes=n_votes, seed=seed)


def simulate_arena(arena: Arena, *, n_votes: int, seed: int = 0) -> Votes:
    """Draw votes with styles, languages and times, where the arena has them.

    Parameters
    ----------
    arena
        What is true.
    n_votes
        How many votes, in the order of time.
    seed
        Of the draws.

    Examples
    --------
    >>> arena = Arena(
    ...     {"x": 1000.0, "y": 1000.0}, languages={"English": 0.6, "Chinese": 0.4}, days=2
    ... )
    >>> simulate_arena(arena, n_votes=4).frame["language"].to_list()
    ['English', 'English', 'Chinese', 'Chinese']
    """
    rng = np.random.default_rng(seed)
    k, names = len(arena.ratings), pl.Series(list(arena.ratings))
    first = rng.integers(0, k, n_votes)
    second = (first + rng.integers(1, k, n_votes)) % k
    lead, beside = _leads(arena, first, second, rng)
    share = simulate_shares(lead, even_tie_share=arena.even_tie_share, rng=rng)
    winners = pl.Series(["model_b", "tie", "model_a"])
    columns = {
        "model_a": names.gather(first),
        "model_b": names.gather(second),
        "winner": winners.gather((share * 2.0).astype(np.int64)),
        **beside,
    }
    if arena.days:
        step = timedelta(days=arena.days) / n_votes
        columns["timestamp"] = pl.Series([FIRST_DAY + step * i for i in range(n_votes)])
    return Votes.from_frame(pl.DataFrame(columns), source="simulated votes")


def endless_board(arena: Arena, *, seed: int = 0) -> pl.DataFrame:
    """Give the ratings that a plain board of the arena's votes tends to (``model``, ``rating``).

    Where style or language moves votes, these are not the arena's own ratings: they hold whatever
    a board holds that knows of neither. Expected shares are averages over 20,000 simulated votes
    of each pair.
    """
    rng = np.random.default_rng(seed)
    k = len(arena.ratings)
    one, two = np.triu_indices(k, 1)
    first, second = np.repeat(one, ENDLESS), np.repeat(two, ENDLESS)
    lead, _ = _leads(arena, first, second, rng)
    pairs = count_pairs(first, second, sigmoid(lead), n_models=k)
    theta = maximise(HalfWin(pairs), groups=[np.arange(k)]).x
    return pl.DataFrame({"model": list(arena.ratings), "rating": Scale().rating(theta)})


def _leads(
    arena: Arena, first: Indices, second: Indices, rng: np.random.Generator
) -> tuple[Floats, dict[str, pl.Series]]:
    """Give the log-odds of each vote's first model, and the columns that stand beside it."""
    n, points = len(first), Scale().points
    theta = np.array(list(arena.ratings.values())) / points
    lead, columns = theta[first] - theta[second], {}
    if arena.languages:
        chance = np.array(list(arena.languages.values()))
        language = rng.choice(len(chance), n, p=chance / chance.sum())
        shift = np.array(
            [[arena.shifts.get(x, {}).get(m, 0.0) for m in arena.ratings] for x in arena.languages]
        )
        lead = lead + (shift[language, first] - shift[language, second]) / points
        columns["language"] = pl.Series(list(arena.languages)).gather(language)
    for feature, by_model in arena.counts.items():
        mean = np.array([by_model.get(model, 0.0) for model in arena.ratings])
        a, b = (rng.poisson(mean[side] * rng.gamma(2.0, 0.5, n)) for side in (first, second))
        lead = lead + arena.effects.get(feature, 0.0) * (a - b) / np.maximum(a + b, 1)
        columns |= {f"{feature}_a": pl.Series(a), f"{feature}_b": pl.Series(b)}
    return lead, columns
