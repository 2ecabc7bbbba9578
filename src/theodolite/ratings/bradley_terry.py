"""Bradley-Terry ratings from pairwise votes, with ties as half a win or as an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.ratings.arrays import vote_arrays
from theodolite.ratings.board import N_DRAWS, Settings, make_board, require_spread, two_sided
from theodolite.ratings.evidence import Specification, connected_groups
from theodolite.ratings.pair_table import tested_pairs
from theodolite.ratings.results import Parameter, RatingFit
from theodolite.ratings.solve import meat_of, solve
from theodolite.ratings.style_fit import style_fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import PairWeights, Ties
    from theodolite.ratings.style import Style
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]

__all__ = ["bradley_terry", "largest_component"]


def bradley_terry(
    votes: Votes,
    *,
    ties: Ties = "half-win",
    style: Style | None = None,
    cluster: str | None = None,
    pair_weights: PairWeights = "equal",
    level: float = 0.95,
    seed: int = 0,
) -> RatingFit:
    r"""Rate models by maximum likelihood, with sandwich intervals and simultaneous rank sets.

    The model is :math:`P(a \text{ beats } b) = \sigma(\theta_a - \theta_b)`. There is no penalty.
    The covariance is the sandwich :math:`H^{-1} B H^{-1}`, so intervals stay right where ties,
    weights or clusters make votes other than independent coins.

    Parameters
    ----------
    votes
        The votes. Their ``weight`` and ``share_a``, where present, enter the likelihood.
    ties
        ``half-win``: a tie, and a both_bad, is half a win for each. ``davidson``:
        P(tie) is proportional to :math:`\nu \sqrt{p_a p_b}`. ``rao-kupper``: models whose
        strengths differ by less than a threshold tie. In the last two a both_bad vote is an
        outcome of its own, with
        :math:`\operatorname{logit} P = \kappa - \lambda (\theta_a + \theta_b) / 2`.
    style
        Differences in style to hold fixed: :math:`\theta_a - \theta_b` becomes
        :math:`\theta_a - \theta_b + z^T \gamma`, with the covariates z of :class:`Style`. What they
        do is in the result's ``style``.
    cluster
        A column whose equal values are votes that depend on each other: ``voter`` or
        ``prompt_id``, say. Left out, votes are independent.
    pair_weights
        ``inverse-count`` divides each vote by the votes of its pair (by 50 where there are
        fewer), so that a pair shown often does not count for more.
    level
        Of the pointwise intervals, and jointly of all contrasts behind the rank sets.
    seed
        Of the 4,000 normal draws behind the rank sets.

    Returns
    -------
    RatingFit
        The board, the pairs, a test of fit, settings and diagnostics.

    Raises
    ------
    UsageError
        An option has a value that it cannot have.
    NotConnectedError
        Some models never met the others, directly or through others.
    SeparatedError
        No two models beat each other, directly or through others: none has a finite estimate.
    MissingColumnError, InputError
        A column that the style or the clusters need is absent, has gaps, or holds no counts.
    NotIdentifiedError
        A style feature follows from the models or the other features, or separates winners from
        losers.
    TooFewError
        Fewer than two clusters, or votes without any spread.
    TooLargeError
        More than 5,000 models.
    NotConvergedError
        The maximum was not found.

    Notes
    -----
    Models that only won, or only lost, against the largest group that can be rated have no finite
    estimate. They are ``unbounded``: one end is infinite, the other a one-sided profile-likelihood
    bound. The rest of the board is what it would be without them.

    References
    ----------
    R. A. Bradley and M. E. Terry (1952), Biometrika 39, 324-345. doi:10.2307/2334029;
    H. White (1982), Econometrica 50, 1-25. doi:10.2307/1912526; for ties, see
    :mod:`theodolite.stats.ties`.

    Examples
    --------
    >>> from theodolite.ratings import simulate_votes
    >>> votes = simulate_votes({"a": 1100.0, "b": 1000.0, "c": 900.0}, n_votes=3000, seed=1)
    >>> fit = bradley_terry(votes)
    >>> fit.to_frame()["model"].to_list()
    ['a', 'b', 'c']
    >>> [len(fit.board.models), fit.n_votes, fit.goodness_of_fit.df]
    [3, 3000, 1]
    """
    settings = Settings(level=level, seed=seed)
    spec = Specification(ties=ties, style=style, cluster=cluster, pair_weights=pair_weights)
    solution = solve(votes, spec)
    evidence, likelihood, found = solution.evidence, solution.likelihood, solution.found
    inverse, c = solution.inverse, len(solution.core)
    meat, n_clusters = meat_of(solution)
    covariance = inverse @ meat @ inverse
    covariance = (covariance + covariance.T) / 2.0
    require_spread(evidence, covariance[:c, :c], inverse[:c, :c])
    pairs, test = tested_pairs(evidence, likelihood, found.x)
    return RatingFit(
        method="bradley-terry" if ties == "half-win" else ties,
        interval="sandwich",
        board=make_board(evidence, found.x[:c], covariance[:c, :c], settings=settings),
        parameters=_parameters(likelihood.names, found.x[c:], np.diag(covariance)[c:], level),
        style=None if style is None else style_fit(solution, covariance, level=level),
        pairs=pairs,
        goodness_of_fit=test,
        n_votes=len(votes),
        removed=votes.removed,
        cluster=cluster,
        n_clusters=n_clusters,
        pair_weights=pair_weights,
        anchor=None,
        seed=seed,
        n_draws=N_DRAWS,
        n_resamples=None,
        log_likelihood=found.value,
        iterations=found.iterations,
    )


def largest_component(votes: Votes) -> Votes:
    """Keep the votes within the largest group of models that votes join, and count the rest.

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.tables import Votes
    >>> frame = pl.DataFrame({"model_a": ["a", "b", "x"], "model_b": ["b", "c", "y"]})
    >>> votes = Votes.from_frame(frame.with_columns(winner=pl.lit("tie")))
    >>> largest_component(votes).models
    ('a', 'b', 'c')
    """
    groups = connected_groups(votes)
    if len(groups) == 1:
        return votes
    arrays = vote_arrays(votes)
    inside = np.zeros(len(arrays.models), dtype=bool)
    inside[groups[0]] = True
    reason = f"outside the largest connected group of models ({int((~inside).sum())} models)"
    return votes.keep(pl.Series(inside[arrays.first]), reason)


def _parameters(
    names: tuple[str, ...], estimates: Floats, variances: Floats, level: float
) -> tuple[Parameter, ...]:
    out = []
    for name, estimate, variance in zip(names, estimates, variances, strict=False):
        half = two_sided(level) * float(np.sqrt(variance))
        ends = (float(estimate), float(estimate) - half, float(estimate) + half)
        if name.startswith("log_"):
            ends = (float(np.exp(ends[0])), float(np.exp(ends[1])), float(np.exp(ends[2])))
        out.append(Parameter(name.removeprefix("log_"), *ends))
    return tuple(out)
