"""Half-win Bradley-Terry at many looks at growing votes, as one array problem.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
T, K, P   looks, models, pairs that met in the end
C         looks that are worked on at once, so that memory stays bounded
core      the largest group of models that beat each other, through others too, by a look
theta_t   maximum-likelihood strengths of the core by look t, centred to mean 0 over it
H_t, B_t  negative Hessian at look t, and the meat of its sandwich
V_t       the sandwich H_t^-1 B_t H_t^-1
========  ==================================================================================

Every look is a fit by itself to the votes so far: the last one is the fit to all votes. Newton's
method runs on all looks of a block together, each with its own halving of steps. A model outside
the core of a look has no estimate yet; its row of H_t is replaced by a unit row.

References
----------
R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.functions import log_sigmoid, sigmoid
from theodolite.stats.graph import WinGraph
from theodolite.stats.half_win import HalfWin, laplacian
from theodolite.stats.likelihood import LONGEST_STEP, MOST_HALVINGS, MOST_STEPS, TOLERANCE
from theodolite.stats.pairs import PairCounts, count_pairs
from theodolite.stats.scores import Scores, cluster_meat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["LookCounts", "LooksFit", "OrderedVotes", "count_looks", "fit_looks"]

# Numbers in one array of C matrices: 16 MB.
BLOCK = 2_097_152
SUMS = tuple(f.name for f in fields(PairCounts) if f.name not in ("n_models", "first", "second"))


@dataclass(frozen=True)
class OrderedVotes:
    """Votes one by one, in the order of the looks.

    Attributes
    ----------
    first, second, share, weight
        As in :func:`theodolite.stats.count_pairs`, (N,).
    look
        The first look that has the vote, from 0 to T - 1, ascending, (N,).
    cluster
        The cluster of each vote, numbered from 0 by first appearance, (N,); ``None`` where votes
        are independent.
    """

    first: Indices
    second: Indices
    share: Floats
    weight: Floats
    look: Indices
    cluster: Indices | None = None


@dataclass(frozen=True)
class LookCounts:
    """What each look adds to each pair.

    Attributes
    ----------
    n_looks
        T.
    pairs
        The votes of all looks together.
    look, row
        The look and the pair of each entry, ascending by look, (M,).
    added
        The sums of each entry, (M,).
    """

    n_looks: int
    pairs: PairCounts
    look: Indices
    row: Indices
    added: PairCounts

    def blocks(self) -> Iterator[tuple[int, PairCounts]]:
        """Give the number of the first look of each block, and its sums so far, (C, P) each."""
        size = max(len(self.pairs.first), self.pairs.n_models**2)
        step = max(1, BLOCK // size)
        before = {name: np.zeros(len(self.pairs.first)) for name in SUMS}
        for start in range(0, self.n_looks, step):
            stop = min(start + step, self.n_looks)
            low, high = np.searchsorted(self.look, [start, stop])
            at = (self.look[low:high] - start, self.row[low:high])
            sums = {}
            for name in SUMS:
                steps = np.zeros((stop - start, len(self.pairs.first)))
                steps[at] = getattr(self.added, name)[low:high]
                steps[0] += before[name]
                sums[name] = np.cumsum(steps, axis=0)
                before[name] = sums[name][-1]
            models = (self.pairs.n_models, self.pairs.first, self.pairs.second)
            yield start, PairCounts(*models, **sums)  # type: ignore[arg-type]


@dataclass(frozen=True)
class LooksFit:
    """The fits of a block of looks.

    Attributes
    ----------
    start
        The number of the first look.
    core
        Whether each model is in the core of the look, (C, K).
    theta
        Strengths, centred over the core; 0 outside it, (C, K).
    covariance, inverse
        V_t and H_t^-1; 0 outside the core, (C, K, K).
    votes
        Votes of each model so far, (C, K).
    """

    start: int
    core: Flags
    theta: Floats
    covariance: Floats
    inverse: Floats
    votes: Floats


def count_looks(votes: OrderedVotes, *, n_looks: int, n_models: int) -> LookCounts:
    """Sum up votes by look and pair.

    Examples
    --------
    >>> models, look = (np.array([0, 1, 0]), np.array([1, 0, 1])), np.array([0, 1, 1])
    >>> votes = OrderedVotes(*models, np.ones(3), np.ones(3), look)
    >>> [sums.won.tolist() for _, sums in count_looks(votes, n_looks=2, n_models=2).blocks()]
    [[[1.0], [2.0]]]
    """
    # A model of each look by itself: then one count by pair is a count by look and pair.
    shift = votes.look * n_models
    added = count_pairs(
        votes.first + shift,
        votes.second + shift,
        votes.share,
        n_models=n_looks * n_models,
        weight=votes.weight,
    )
    keys = added.first % n_models * n_models + added.second % n_models
    met, row = np.unique(keys, return_inverse=True)
    sums = {name: np.bincount(row, getattr(added, name), len(met)) for name in SUMS}
    pairs = PairCounts(n_models, met // n_models, met % n_models, **sums)  # type: ignore[arg-type]
    return LookCounts(n_looks, pairs, added.first // n_models, row, added)


def fit_looks(votes: OrderedVotes, *, n_looks: int, start: Floats) -> Iterator[LooksFit]:
    """Fit every look, and give the fits block by block.

    Parameters
    ----------
    votes
        In the end all models must be in one core. With clusters, the sandwich is over these.
    n_looks
        T.
    start
        Strengths that the search starts from, best those of all votes, (K,).

    Raises
    ------
    NotConvergedError
        The maximum of some look was not found.

    Examples
    --------
    >>> models, look = (np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0])), np.array([0, 0, 1, 1])
    >>> votes = OrderedVotes(*models, np.ones(4), np.ones(4), look)
    >>> [fit] = fit_looks(votes, n_looks=2, start=np.zeros(2))
    >>> fit.theta
    array([[0., 0.],
           [0., 0.]])
    """
    counts = count_looks(votes, n_looks=n_looks, n_models=len(start))
    complete = False
    for first_look, sums in counts.blocks():
        core = np.ones((len(sums.weight), sums.n_models), dtype=bool)
        for t in range(len(core)):
            if complete:
                break
            core[t] = _core(sums, t)
            complete = bool(core[t].all())
        inside = core[:, sums.first] & core[:, sums.second]
        likelihood = HalfWin(sums.scaled(inside.astype(np.float64)))
        theta = _maximise(likelihood, core, _centred(np.where(core, start, 0.0), core))
        inverse = _inverse(likelihood, theta, core)
        if votes.cluster is None:
            meat = likelihood.meat(theta)
        else:
            prefix = enumerate(np.searchsorted(votes.look, first_look + np.arange(len(core)) + 1))
            meat = np.stack([_meat(votes, int(n), theta[t], core[t]) for t, n in prefix])
        covariance = inverse @ meat @ inverse
        covariance = (covariance + covariance.transpose(0, 2, 1)) / 2.0
        count = sums.count.astype(np.float64)
        taken = _by_model(sums, count, count)
        yield LooksFit(first_look, core, theta, covariance, inverse, taken)


def _core(sums: PairCounts, t: int) -> Flags:
    """Find the models of the largest strong component of a look, (K,)."""
    wins = np.zeros((sums.n_models, sums.n_models), dtype=bool)
    wins[sums.first, sums.second] = sums.won[t] > 0
    wins[sums.second, sums.first] = sums.weight[t] - sums.won[t] > 0
    graph = WinGraph(wins)
    core = np.ones(sums.n_models, dtype=bool)
    if not graph.is_strongly_connected:
        core[:] = False
        core[graph.components(strong=True)[0]] = True
    return core


def _maximise(likelihood: HalfWin, core: Flags, theta: Floats) -> Floats:
    """Newton's method on all looks; those that have arrived are left alone."""
    pairs = likelihood.pairs
    going = np.arange(len(core))
    for _ in range(MOST_STEPS):
        weight, won = pairs.weight[going], pairs.won[going]
        at = theta[going]
        p = sigmoid(pairs.gap(at))
        residual = won - weight * p
        gradient = _by_model(pairs, residual, -residual)
        matrix = _bordered(laplacian(pairs, weight * p * (1.0 - p)), core[going])
        solved = np.asarray(np.linalg.solve(matrix, gradient[..., None]), dtype=np.float64)
        step = _centred(solved[..., 0], core[going])
        far = np.abs(step).max(axis=1, keepdims=True)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(far, 1e-300))
        theta[going], moved = _climb(pairs, (weight, won), at, step)
        going = going[moved >= TOLERANCE]
        if not len(going):
            return theta
    raise NotConvergedError(
        f"the fit to the votes so far did not converge in {MOST_STEPS} Newton steps at "
        f"{len(going)} looks: take fewer looks (--looks)"
    )


def _climb(
    pairs: PairCounts, sums: tuple[Floats, Floats], at: Floats, step: Floats
) -> tuple[Floats, Floats]:
    """Take the longest of the halved steps that does not lower a look's likelihood."""
    value = _value(pairs, sums, at)
    slack = 1e-12 * (1.0 + np.abs(value))
    factor = np.ones((len(at), 1))
    for _ in range(MOST_HALVINGS):
        candidate = at + factor * step
        lower = _value(pairs, sums, candidate) < value - slack
        if not lower.any():
            break
        factor[lower] /= 2.0
    return candidate, np.abs(factor * step).max(axis=1)


def _value(pairs: PairCounts, sums: tuple[Floats, Floats], theta: Floats) -> Floats:
    """Log-likelihood of each look, (C,)."""
    gap = pairs.gap(theta)
    weight, won = sums
    value: Floats = (weight * log_sigmoid(gap) - (weight - won) * gap).sum(axis=1)
    return value


def _inverse(likelihood: HalfWin, theta: Floats, core: Flags) -> Floats:
    """H_t^-1 among the centred strengths of the core, (C, K, K)."""
    pairs = likelihood.pairs
    p = sigmoid(pairs.gap(theta))
    information = laplacian(pairs, pairs.weight * p * (1.0 - p))
    inverse = np.asarray(np.linalg.inv(_bordered(information, core)), dtype=np.float64)
    size = core.sum(axis=1)[:, None, None]
    both = core[:, :, None] & core[:, None, :]
    # What the border put in is taken out again.
    inverse = np.where(both, inverse - 1.0 / (_scale(information) * size), 0.0)
    return (inverse + inverse.transpose(0, 2, 1)) / 2.0


def _bordered(information: Floats, core: Flags) -> Floats:
    """Make H_t invertible: give its null space, the core's mean and the other models, a value."""
    scale, size = _scale(information), core.sum(axis=1)[:, None, None]
    both = core[:, :, None] & core[:, None, :]
    matrix = information + np.where(both, scale / size, 0.0)
    every = np.arange(core.shape[1])
    matrix[:, every, every] += np.where(core, 0.0, scale[:, 0])
    return matrix


def _scale(information: Floats) -> Floats:
    """A size for the border, (C, 1, 1)."""
    trace = np.trace(information, axis1=1, axis2=2) / information.shape[1]
    return np.where(trace > 0, trace, 1.0)[:, None, None]


def _centred(values: Floats, core: Flags) -> Floats:
    """Take the core's mean from each look, and leave 0 outside, (C, K)."""
    mean = np.where(core, values, 0.0).sum(axis=1, keepdims=True) / core.sum(axis=1, keepdims=True)
    return np.where(core, values - mean, 0.0)


def _by_model(pairs: PairCounts, first: Floats, second: Floats) -> Floats:
    """Add what each pair gives to its two models, (C, K)."""
    looks, k = len(first), pairs.n_models
    shift = np.arange(looks)[:, None] * k
    total = np.bincount((shift + pairs.first).ravel(), first.ravel(), looks * k)
    total += np.bincount((shift + pairs.second).ravel(), second.ravel(), looks * k)
    return np.asarray(total.reshape(looks, k), dtype=np.float64)


def _meat(votes: OrderedVotes, n: int, theta: Floats, core: Flags) -> Floats:
    """B_t over the clusters of the first n votes within the core; 0 where there is but one."""
    first, second = votes.first[:n], votes.second[:n]
    weight, share = votes.weight[:n], votes.share[:n]
    cluster = np.zeros(n, dtype=np.int64) if votes.cluster is None else votes.cluster[:n]
    if not core.all():
        inside = core[first] & core[second]
        first, second = first[inside], second[inside]
        weight, share = weight[inside], share[inside]
        cluster = np.unique(cluster[inside], return_inverse=True)[1]
    if not len(cluster) or cluster.max() < 1:
        return np.zeros((len(core), len(core)))
    score = weight * (share - sigmoid(theta[first] - theta[second]))
    scores = Scores(len(core), first, second, score, -score, np.zeros((len(score), 0)))
    return cluster_meat(scores, scores, cluster)
