"""Should a leaderboard have waited? When each model and each pair was settled, look by look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError, UsageError
from theodolite.ratings.arrays import clusters_within, vote_arrays
from theodolite.ratings.board import Settings, require_spread
from theodolite.ratings.evidence import Specification, gather
from theodolite.ratings.looks import Looks, Reading, read_in_order
from theodolite.ratings.needed import Plan, as_now, most, needs, plan
from theodolite.ratings.results import Scale
from theodolite.ratings.settled import Settling
from theodolite.ratings.settling_tables import Standing, tables
from theodolite.ratings.watching import Rules, Watched, watch
from theodolite.stats import HalfWin, OrderedVotes, fit_looks, maximise

if TYPE_CHECKING:
    from theodolite.ratings.evidence import Evidence
    from theodolite.stats import LooksFit
    from theodolite.tables import Votes

__all__ = ["settle"]


def settle(
    votes: Votes,
    *,
    half_width: float = 10.0,
    top: int | None = None,
    looks: Looks | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    burn_in: int = 50,
) -> Settling:
    r"""Say when models and pairs were settled, under intervals that hold at every look at once.

    At each look half-win Bradley-Terry is fitted to the votes so far. A contrast with information
    :math:`I = 1 / se^2`, from the sandwich, has a sequence of half-width

    .. math:: \sqrt{(I + \rho) (\ln((I + \rho) / \rho) + 2 \ln(1 / \alpha'))} / I

    with :math:`\alpha' = (1 - level) / (K (K - 1) / 2)` for a pair of K models and
    :math:`(1 - level) / K` for a model's own strength, and :math:`\rho` tuned to ``half_width``:
    see :mod:`theodolite.stats.sequence`. However often one looks, some pair is decided wrongly with
    a chance of at most 1 - level, in large samples.

    A pair is decided, for good, at the first look at which its sequence excludes 0. A model is
    settled while the half-width for its strength, centred over the models rated at that look, is
    within ``half_width``.

    Parameters
    ----------
    votes
        The votes. Their ``weight`` and ``share_a``, where present, enter the likelihood.
    half_width
        The target, in rating points.
    top
        The board is settled when this many models on top are each decided to be better than each
        of the others. Left out, it is settled when every model is.
    looks
        In which order votes are read and when somebody looks; see
        :class:`~theodolite.ratings.Looks`. Left out, 100 looks in the order of the table.
    cluster
        A column whose equal values are votes that depend on each other: ``voter``, say.
    level
        Of all sequences of pairs together, and of all sequences of models together.
    burn_in
        Votes that a model needs, against rated models, before its sequences start. The sandwich
        needs some: with fewer the promise, which is for large samples, is not kept.

    Returns
    -------
    Settling
        Models, pairs, the history, what ordinary intervals would have said wrongly, and the votes
        still needed.

    Raises
    ------
    UsageError
        An option has a value that it cannot have.
    MissingColumnError, InputError
        The looks are by time and a vote has no ``timestamp``, or lacks its cluster.
    NotConnectedError, SeparatedError, TooLargeError, NotConvergedError
        As in :func:`~theodolite.ratings.bradley_terry`.
    TooFewError
        No pair of models has the votes of the burn-in; fewer than two clusters; or votes without
        any spread.

    References
    ----------
    H. Robbins (1970), Annals of Mathematical Statistics 41, 1397-1409.
    doi:10.1214/aoms/1177696786; I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas
    (2024), Annals of Statistics 52, 2613-2640. doi:10.1214/24-AOS2408

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 995.0}, n_votes=4000, seed=1)
    >>> settling = settle(votes)
    >>> settling.settled, settling.pairs.select("model_a", "model_b", "decided").rows()
    (False, [('a', 'c', True), ('a', 'b', True), ('c', 'b', False)])
    """
    looks = Looks() if looks is None else looks
    _check(half_width, level, burn_in)
    reading = read_in_order(votes, looks)
    evidence = gather(votes, Specification())
    k = len(evidence.models)
    if top is not None and not 1 <= top < k:
        raise UsageError(f"the top of {k} models is of 1 to {k - 1} models, not of {top}")
    target = half_width / Scale().points
    rules = Rules.of(k, target=target, level=level, burn_in=burn_in)
    seen, likelihood, n_clusters = _follow(votes, reading, evidence, rules, cluster)
    last = _checked(seen.last, evidence, burn_in)
    needed = needs(last, rules, n_votes=len(votes))
    standing = Standing(evidence, seen, last, rules, needed, reading)
    verdict = _verdict(standing, likelihood, top, len(votes))
    return Settling(
        settled=verdict.settled,
        votes_needed=verdict.as_is,
        votes_needed_best=verdict.best,
        **tables(standing, verdict.plan),
        claims=int(seen.claimed.sum()),
        withdrawn=int(seen.withdrawn.sum()),
        half_width=half_width,
        top=top,
        looks=looks,
        level=level,
        burn_in=burn_in,
        cluster=cluster,
        n_clusters=n_clusters,
        pair_error=rules.pairs.alpha,
        model_error=rules.models.alpha,
        n_votes=len(votes),
        removed=votes.removed,
    )


@dataclass(frozen=True)
class _Verdict:
    """Whether the criterion is met, and the votes that it still needs; ``None`` is never."""

    settled: bool
    as_is: int | None
    best: int | None
    plan: Plan | None


def _check(half_width: float, level: float, burn_in: int) -> None:
    Settings(level=level, seed=0)  # checks the level
    if not (half_width > 0 and np.isfinite(half_width)):
        raise UsageError(f"the half-width must be above 0 points, not {half_width}")
    if burn_in < 1:
        raise UsageError(f"the burn-in must be at least one vote, not {burn_in}")


def _follow(
    votes: Votes, reading: Reading, evidence: Evidence, rules: Rules, cluster: str | None
) -> tuple[Watched, HalfWin, int | None]:
    """Fit the core at every look, and watch its pairs."""
    core = evidence.separation.core
    likelihood = evidence.likelihood.among(core)
    assert isinstance(likelihood, HalfWin)  # noqa: S101  (gather was asked for half wins)
    theta = maximise(likelihood, groups=[np.arange(len(core))]).x
    arrays = vote_arrays(votes)
    models = [evidence.numbered(x[reading.order]) for x in (arrays.first, arrays.second)]
    inside = (models[0] >= 0) & (models[1] >= 0)
    rows = reading.order[inside]
    ordered = OrderedVotes(
        first=models[0][inside],
        second=models[1][inside],
        share=arrays.share[rows],
        weight=np.ones(len(rows)) if arrays.weight is None else arrays.weight[rows],
        cluster=None if cluster is None else clusters_within(votes, cluster, rows),
        look=reading.look[inside],
    )
    fits = fit_looks(ordered, n_looks=len(reading.votes), start=theta)
    reference = np.sign(theta[:, None] - theta)[np.triu_indices(len(core), 1)].astype(np.int64)
    seen = watch(fits, rules, reference=reference, k=len(core))
    n_clusters = None if ordered.cluster is None else int(ordered.cluster.max()) + 1
    return seen, likelihood, n_clusters


def _checked(last: LooksFit | None, evidence: Evidence, burn_in: int) -> LooksFit:
    """Raise where nothing can be said of any pair."""
    assert last is not None  # noqa: S101  (there is a vote, so there is a look)
    require_spread(evidence, last.covariance[0], last.inverse[0])
    ready = int((last.votes[0] >= burn_in).sum())
    if ready < 2:  # noqa: PLR2004
        raise TooFewError(
            f"{'one model has' if ready else 'no model has'} the {burn_in} votes of the burn-in, "
            "and a pair needs two that have: nothing can be decided. Collect more votes, or ask "
            "for fewer (--burn-in), at the price of a promise that may not be kept."
        )
    return last


def _verdict(standing: Standing, likelihood: HalfWin, top: int | None, n_votes: int) -> _Verdict:
    """Find which contrasts the criterion waits for, and the votes that these need."""
    needed = standing.needed
    if top is None:
        waiting, further = needed.models > 0, needed.models
    else:
        waiting = standing.crossing(top)
        # A decision stands: where it went the other way, no number of votes undoes it.
        further = np.where(standing.seen.side == 0, needed.pairs, np.inf)
    if standing.n_unrated or not waiting.any():
        done = not standing.n_unrated
        return _Verdict(done, 0 if done else None, 0 if done else None, None)
    as_is = most(further[waiting])
    if as_is is None:
        return _Verdict(settled=False, as_is=None, best=None, plan=None)
    found = plan(standing.last, likelihood, needed, waiting=waiting, pairs=top is not None)
    if found is not None and found.total > as_is:
        found = as_now(likelihood, as_is, n_votes)
    best = None if found is None else most(np.array([found.total]))
    return _Verdict(settled=False, as_is=as_is, best=best, plan=found)
