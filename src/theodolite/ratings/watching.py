"""What a sequence and an ordinary interval say of every pair and model, look by look.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
T, K, E   looks, models, pairs: E = K (K - 1) / 2, numbered as ``numpy.triu_indices(K, 1)``
C         looks in a block
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.ratings.board import LEAST_VARIANCE, two_sided
from theodolite.stats import half_width, mixture_rho

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from theodolite.stats import LooksFit

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["Boundary", "Rules", "Watched", "watch"]

NEVER = -1


@dataclass(frozen=True)
class Boundary:
    """A sequence tuned to a half-width: its mixture's rho and its share of the error."""

    rho: float
    alpha: float

    @classmethod
    def tuned(cls, width: float, alpha: float) -> Boundary:
        """Tune a sequence to come down to ``width`` with the least information."""
        return cls(mixture_rho(width, alpha), alpha)

    def half_width(self, information: Floats) -> Floats:
        """Half-width at each information."""
        return half_width(information, self.rho, self.alpha)


@dataclass(frozen=True)
class Rules:
    """By what pairs are decided and models settled.

    Attributes
    ----------
    pairs, models
        The sequences; the chance of an error is shared by all pairs, and by all models.
    quantile
        Of an ordinary interval, in standard errors.
    target
        The half-width at which a model is settled, in log-odds.
    burn_in
        Votes that a model needs before its sequences start.
    """

    pairs: Boundary
    models: Boundary
    quantile: float
    target: float
    burn_in: int

    @classmethod
    def of(cls, k: int, *, target: float, level: float, burn_in: int) -> Rules:
        """Share the chance of an error among K models, and among their pairs."""
        error = 1.0 - level
        return cls(
            pairs=Boundary.tuned(target, error / (k * (k - 1) / 2)),
            models=Boundary.tuned(target, error / k),
            quantile=two_sided(level),
            target=target,
            burn_in=burn_in,
        )


@dataclass(frozen=True)
class Watched:
    """What has been seen up to a look; looks are numbered from 0, -1 is never.

    Attributes
    ----------
    decided
        The look at which the pair's sequence first excluded 0, (E,).
    side
        1 where it decided for the first model, -1 for the second, 0 where undecided, (E,).
    contradicted
        Whether the sequence later excluded 0 on the other side, (E,).
    claim
        What the ordinary interval says at the last look: 1, -1, or 0 where it holds 0, (E,).
    claimed, withdrawn
        Whether it ever excluded 0, and whether it later did so no more, (E,).
    reversed_at
        The look at which it first claimed what the reference denies, (E,).
    within_since
        The look since which the model's half-width has been within the target, (K,).
    apart, settled, rated
        Pairs that ordinary intervals tell apart, models within the target and models in the core,
        one entry a look.
    widest
        The largest half-width among models whose sequence has started; nan where there is none.
    last
        The last look: a block of one.
    """

    decided: Indices
    side: Indices
    contradicted: Flags
    claim: Indices
    claimed: Flags
    withdrawn: Flags
    reversed_at: Indices
    within_since: Indices
    apart: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    rated: tuple[int, ...] = ()
    widest: tuple[float, ...] = ()
    last: LooksFit | None = None

    @classmethod
    def nothing(cls, k: int) -> Watched:
        """Before the first look."""
        size = k * (k - 1) // 2
        never, zero = np.full(size, NEVER), np.zeros(size, dtype=np.int64)
        no = np.zeros(size, dtype=bool)
        return cls(never, zero, no, zero, no, no, never, np.full(k, NEVER))


def watch(fits: Iterable[LooksFit], rules: Rules, *, reference: Indices, k: int) -> Watched:
    """Follow every pair and model through the looks.

    Parameters
    ----------
    fits
        The looks, block by block.
    rules
        By what is decided.
    reference
        Which model of each pair is held to be better: 1 the first, -1 the second, 0 neither, (E,).
    k
        K.
    """
    seen = Watched.nothing(k)
    for block in fits:
        seen = _models_seen(_pairs_seen(seen, block, rules, reference), block, rules)
        seen = replace(seen, last=_last(block))
    return seen


def started(block: LooksFit, rules: Rules) -> Flags:
    """Whether a model has votes enough, and an estimate, (C, K)."""
    enough: Flags = block.core & (block.votes >= rules.burn_in)
    return enough


def contrast_information(block: LooksFit, first: Indices, second: Indices) -> Floats:
    """1 / se^2 of each pair; 0 where its votes show no spread, (C, E)."""
    return _information(*(_spread(m, first, second) for m in (block.covariance, block.inverse)))


def model_information(block: LooksFit) -> Floats:
    """1 / se^2 of each model's strength, centred over the core; 0 where there is none, (C, K)."""
    return _information(*(_diagonal(m) for m in (block.covariance, block.inverse)))


def _pairs_seen(seen: Watched, block: LooksFit, rules: Rules, reference: Indices) -> Watched:
    first, second = np.triu_indices(block.core.shape[1], 1)
    ready = started(block, rules)
    ready = ready[:, first] & ready[:, second]
    lead = block.theta[:, first] - block.theta[:, second]
    information = np.where(ready, contrast_information(block, first, second), 0.0)
    sign = np.sign(lead).astype(np.int64)
    excluded = np.where(np.abs(lead) > rules.pairs.half_width(information), sign, 0)
    claim = np.where(lead * lead * information > rules.quantile**2, sign, 0)
    decided, side = _first(excluded != 0, excluded, seen.decided, seen.side, block.start)
    look = block.start + np.arange(len(lead))[:, None]
    against = (excluded == -side) & (excluded != 0) & (look > decided)
    before = np.vstack([seen.claim, claim[:-1]])
    wrong = (claim != 0) & (claim != reference)
    reversed_at, _ = _first(wrong, claim, seen.reversed_at, seen.side, block.start)
    return replace(
        seen,
        decided=decided,
        side=side,
        contradicted=seen.contradicted | against.any(axis=0),
        claim=claim[-1],
        claimed=seen.claimed | (claim != 0).any(axis=0),
        withdrawn=seen.withdrawn | ((before != 0) & (claim != before)).any(axis=0),
        reversed_at=reversed_at,
        apart=(*seen.apart, *np.count_nonzero(claim, axis=1).tolist()),
    )


def _models_seen(seen: Watched, block: LooksFit, rules: Rules) -> Watched:
    ready = started(block, rules)
    width = rules.models.half_width(np.where(ready, model_information(block), 0.0))
    within = width <= rules.target
    looks = np.arange(len(within))
    lost = np.where(~within, looks[:, None], NEVER).max(axis=0)
    since = np.where(
        lost >= 0,
        np.where(lost == looks[-1], NEVER, block.start + lost + 1),
        np.where(seen.within_since >= 0, seen.within_since, block.start),
    )
    widest = np.where(ready, width, -np.inf).max(axis=1)
    return replace(
        seen,
        within_since=since,
        settled=(*seen.settled, *within.sum(axis=1).tolist()),
        rated=(*seen.rated, *np.where(block.core.sum(axis=1) > 1, block.core.sum(axis=1), 0)),
        widest=(*seen.widest, *np.where(np.isfinite(widest), widest, np.nan).tolist()),
    )


def _first(
    now: Flags, value: Indices, at: Indices, kept: Indices, start: int
) -> tuple[Indices, Indices]:
    """Keep what was seen before; else note the first look of the block at which it is so."""
    row = now.argmax(axis=0)
    new = (at < 0) & now.any(axis=0)
    picked = value[row, np.arange(value.shape[1])]
    return np.where(new, start + row, at), np.where(new, picked, kept)


def _information(spread: Floats, likelihood: Floats) -> Floats:
    known = spread > LEAST_VARIANCE * likelihood
    return np.where(known, 1.0 / np.where(known, spread, 1.0), 0.0)


def _spread(matrix: Floats, first: Indices, second: Indices) -> Floats:
    own = _diagonal(matrix)
    return np.asarray(own[:, first] + own[:, second] - 2.0 * matrix[:, first, second])


def _diagonal(matrix: Floats) -> Floats:
    return np.diagonal(matrix, axis1=1, axis2=2)


def _last(block: LooksFit) -> LooksFit:
    """Give the block's last look; earlier ones are let go."""
    return replace(
        block,
        start=block.start + len(block.core) - 1,
        core=block.core[-1:].copy(),
        theta=block.theta[-1:].copy(),
        covariance=block.covariance[-1:].copy(),
        inverse=block.inverse[-1:].copy(),
        votes=block.votes[-1:].copy(),
    )
