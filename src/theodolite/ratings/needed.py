"""How many votes a board still needs, with the pairing as it is and with a better one.

With the pairing as it is, all variances fall like n / (n + m) with m further votes on n: a
contrast of information I reaches I' after n (I' / I - 1). A better pairing shows the pairs that the
criterion waits for; a vote between i and j is predicted to add u_ij / phi with u_ij = w p (1 - p),
w the mean weight and phi = tr(V H) / (K - 1) how much more votes vary than independent coins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.ratings.watching import contrast_information, model_information, started
from theodolite.stats import Requirement, fewest_votes, information_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.watching import Rules
    from theodolite.stats import HalfWin, LooksFit

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["MOST_PLANNED", "Needs", "Plan", "as_now", "most", "needs", "plan", "whole"]

# Beyond so many models, or contrasts to wait for, the search takes minutes.
MOST_PLANNED, MOST_CONTRASTS = 300, 1000
# More votes than anybody will ever collect: said to be never.
NEVER = 1e15


@dataclass(frozen=True)
class Needs:
    """What each contrast needs, in the order of the core's models and of their pairs.

    Attributes
    ----------
    models, pairs
        Further votes on the board with the pairing as it is, (C,) and (E,); infinite is never.
    model_information, pair_information
        Information at which a model is within the target, and at which a pair of this gap is
        decided, (E,).
    short
        Votes that each model lacks of the burn-in, (C,).
    """

    models: Floats
    pairs: Floats
    model_information: float
    pair_information: Floats
    short: Floats


@dataclass(frozen=True)
class Plan:
    """The best pairing found: its votes by pair, symmetric, (C, C), and their sum."""

    votes: Floats
    total: float


def needs(last: LooksFit, rules: Rules, *, n_votes: int) -> Needs:
    """Find what each model and each pair needs with the pairing as it is.

    Parameters
    ----------
    last
        The look at all votes.
    rules
        By what pairs are decided and models settled.
    n_votes
        n.
    """
    first, second = np.triu_indices(last.core.shape[1], 1)
    lead = np.abs(last.theta[0, first] - last.theta[0, second])
    for_pairs = information_needed(lead, rules.pairs.rho, rules.pairs.alpha)
    target = np.array([rules.target])
    for_models = float(information_needed(target, rules.models.rho, rules.models.alpha)[0])
    short = np.maximum(rules.burn_in - last.votes[0], 0.0)
    waits = np.where(started(last, rules)[0], 0.0, n_votes * short / last.votes[0])
    pairs = _further(contrast_information(last, first, second)[0], for_pairs, n_votes)
    models = _further(model_information(last)[0], np.full(len(short), for_models), n_votes)
    return Needs(
        models=np.maximum(models, waits),
        pairs=np.maximum(pairs, np.maximum(waits[first], waits[second])),
        model_information=for_models,
        pair_information=for_pairs,
        short=short,
    )


def plan(
    last: LooksFit, likelihood: HalfWin, needed: Needs, *, waiting: Flags, pairs: bool
) -> Plan | None:
    """Find a pairing that meets the criterion with few votes; ``None`` where none was found.

    Parameters
    ----------
    last
        The look at all votes.
    likelihood
        Of the core.
    needed
        What the contrasts need.
    waiting, pairs
        Which contrasts the criterion waits for: of pairs, (E,), or of models, (C,).
    """
    k = last.core.shape[1]
    if k > MOST_PLANNED or waiting.sum() > MOST_CONTRASTS:
        return None
    first, second = (x[waiting] if pairs else x for x in np.triu_indices(k, 1))
    if pairs:
        rows = np.arange(len(first))
        contrasts = np.zeros((len(first), k))
        contrasts[rows, first], contrasts[rows, second] = 1.0, -1.0
        variances = 1.0 / needed.pair_information[waiting]
    else:
        contrasts = (np.eye(k) - 1.0 / k)[waiting]
        variances = np.full(len(contrasts), 1.0 / needed.model_information)
    unit = _one_vote(last, likelihood)
    try:
        votes = fewest_votes(
            last.covariance[0],
            unit,
            Requirement(contrasts, variances),
            shown=_burn_in(needed.short, unit),
        )
    except NotConvergedError:
        return None
    return Plan(votes, float(votes.sum()) / 2.0)


def as_now(likelihood: HalfWin, total: float, n_votes: int) -> Plan:
    """Show the core's pairs as often as so far."""
    pairs = likelihood.pairs
    votes = np.zeros((pairs.n_models, pairs.n_models))
    votes[pairs.first, pairs.second] = votes[pairs.second, pairs.first] = pairs.count
    return Plan(votes * (total / n_votes), total)


def most(values: Floats) -> int | None:
    """Round the largest up; 0 where there is none, ``None`` for never."""
    largest = float(values.max(initial=0.0))
    return math.ceil(largest) if largest < NEVER else None


def whole(values: Floats) -> list[int | None]:
    """Round each up; ``None`` for never."""
    return [math.ceil(v) if v < NEVER else None for v in values.tolist()]


def _further(information: Floats, wanted: Floats, n_votes: int) -> Floats:
    known = information > 0
    ratio = wanted / np.where(known, information, 1.0)
    return np.where(known, np.maximum(n_votes * (ratio - 1.0), 0.0), np.inf)


def _one_vote(last: LooksFit, likelihood: HalfWin) -> Floats:
    """u_ij / phi, (C, C)."""
    theta, pairs = last.theta[0], likelihood.pairs
    information = likelihood.derivatives(theta).information
    phi = float(np.sum(last.covariance[0] * information)) / (len(theta) - 1)
    gap = np.abs(theta[:, None] - theta)
    p = np.exp(-np.logaddexp(0.0, gap))
    weight = float(pairs.weight.sum() / pairs.count.sum())
    return np.asarray(weight * p * (1.0 - p) / phi)


def _burn_in(short: Floats, unit: Floats) -> Floats:
    """Give models that lack votes of the burn-in theirs, each against the nearest other."""
    votes = np.zeros_like(unit)
    apart = np.where(np.eye(len(unit), dtype=bool), -1.0, unit)
    for model in np.flatnonzero(short):
        other = int(apart[model].argmax())
        votes[model, other] += short[model]
        votes[other, model] += short[model]
    return votes
