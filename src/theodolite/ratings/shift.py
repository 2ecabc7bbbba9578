"""How a board changes: for a part of the votes, another population, or with style held fixed.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y      strengths before and after, over the models that both boards rate, each centred
change    y - x
V         covariance of the change: cov(x) + cov(y) - cov(x, y) - cov(y, x), from one stacked
          sandwich over votes, or clusters of votes
========  ==================================================================================

A part's votes are in the whole as well, so the two boards move together and the change is surer
than two separate intervals suggest; the stacked sandwich knows that.

References
----------
H. White (1982), Econometrica 50, 1-25. doi:10.2307/1912526; S. Holm (1979), Scandinavian Journal
of Statistics 6, 65-70; D. D. Boos (1992), The American Statistician 46, 327-333.
doi:10.1080/00031305.1992.10475921 (the score test under a sandwich)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, InputError, TooFewError, UsageError, shorten
from theodolite.ratings.arrays import cluster_codes, clusters_within
from theodolite.ratings.board import Settings, require_spread
from theodolite.ratings.changes import change_frame, common_models, holm_over, joint_change
from theodolite.ratings.evidence import Specification
from theodolite.ratings.heterogeneity import heterogeneity
from theodolite.ratings.shift_results import Shift, ShiftBy
from theodolite.ratings.solve import covariance_of, scores_of, solve
from theodolite.tables.checks import only_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.ratings.shift_results import Kind
    from theodolite.ratings.solve import Solution
    from theodolite.stats import Scores
    from theodolite.tables import Votes

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

__all__ = ["shift_by", "shift_mix", "shift_part", "shift_style"]

MOST_CATEGORIES = 60
PLAIN = Specification()
WHOLE = "all votes"


@dataclass(frozen=True)
class _Board:
    """One side of a comparison.

    Attributes
    ----------
    name
        What it is, in words.
    solution
        Its fit.
    n_votes
        Votes behind it.
    scores
        The score of every vote of the whole table; that of votes outside is zero.
    covariance
        Of its parameters, (C + E, C + E).
    """

    name: str
    solution: Solution
    n_votes: int
    scores: Scores
    covariance: Floats

    @property
    def strengths(self) -> dict[str, float]:
        """Strengths of the rated models."""
        models = self.solution.evidence.models
        x = self.solution.found.x
        return {models[i]: float(x[at]) for at, i in enumerate(self.solution.core)}


def shift_part(
    votes: Votes,
    part: pl.Series,
    *,
    name: str,
    against: tuple[str, pl.Series] | None = None,
    spec: Specification = PLAIN,
    level: float = 0.95,
) -> Shift:
    """Compare the board of a part of the votes with the board of all, or of another part.

    Parameters
    ----------
    votes
        The whole.
    part
        Which votes are in the part, (N,).
    name
        What the part is, in words.
    against
        What else to compare with, in words, and its votes; left out, the whole.
    spec
        How both boards are rated.
    level
        Of the pointwise intervals; 1 - level of Holm's adjustment.

    Raises
    ------
    UsageError
        The part is empty, or the whole.
    CannotAnswerError
        A board cannot be rated; see :func:`bradley_terry`. Or both rate fewer than two models.

    Notes
    -----
    ``joint`` is a score test at the whole's ratings, so that a part and its complement give the
    same; against another part it is Wald's.

    Examples
    --------
    >>> from theodolite.ratings import Arena, simulate_arena
    >>> arena = Arena(
    ...     {"a": 1100.0, "b": 1000.0, "c": 900.0},
    ...     languages={"English": 0.5, "Chinese": 0.5},
    ...     shifts={"English": {"c": 100.0}},
    ... )
    >>> votes = simulate_arena(arena, n_votes=6000, seed=1)
    >>> shift = shift_part(votes, votes.frame["language"] == "English", name="English")
    >>> shift.models.filter(pl.col("significant") & (pl.col("change") > 0))["model"].to_list()
    ['c']
    """
    board = _board(votes, part, name, spec)
    if against is not None:
        if part.fill_null(value=False).equals(against[1].fill_null(value=False)):
            raise UsageError(f"both sides are the same votes: {name}")
        before = _board(votes, against[1], against[0], spec)
        return holm_over([_shift(votes, before, board, level, "against")])[0]
    whole = _whole(votes, spec)
    shift = _shift(votes, whole, board, level, "part")
    joint = heterogeneity(whole.solution, part.fill_null(value=False).cast(pl.Int64).to_numpy())
    return holm_over([replace(shift, joint=joint)])[0]


def shift_by(
    votes: Votes, column: str, *, spec: Specification = PLAIN, level: float = 0.95
) -> ShiftBy:
    """Compare the board of every category with that of all votes, and test whether they differ.

    Parameters
    ----------
    votes
        The whole.
    column
        Whose values are the categories; no vote may lack one.
    spec, level
        As in :func:`shift_part`.

    Raises
    ------
    MissingColumnError, InputError
        The column is absent, or has gaps.
    UsageError
        It has one value, or more than 60.
    CannotAnswerError
        The whole, or every category, cannot be rated.

    Examples
    --------
    >>> from theodolite.ratings import Arena, simulate_arena
    >>> arena = Arena(
    ...     {"a": 1100.0, "b": 1000.0, "c": 900.0},
    ...     languages={"English": 0.5, "Chinese": 0.5},
    ...     shifts={"English": {"c": 100.0}},
    ... )
    >>> votes = simulate_arena(arena, n_votes=6000, seed=1)
    >>> shift_by(votes, "language").heterogeneity.p_value < 0.001
    True
    """
    only_given(votes.frame, column, f"a comparison by {column}")
    values = votes.frame.get_column(column).cast(pl.String)
    counts = values.value_counts().sort("count", column, descending=[True, False])
    names = counts.get_column(column).to_list()
    if len(names) == 1:
        raise UsageError(f"{column} has one value in all votes: there is nothing to compare")
    if len(names) > MOST_CATEGORIES:
        raise UsageError(
            f"{column} has {len(names):,} different values; a comparison by category takes 2 to "
            f"{MOST_CATEGORIES}"
        )
    whole = _whole(votes, spec)
    number = {name: i for i, name in enumerate(names)}
    group = values.replace_strict(number, return_dtype=pl.Int64).to_numpy()
    test = heterogeneity(whole.solution, group)
    shifts, unrated = [], []
    for name, count in counts.iter_rows():
        try:
            board = _board(votes, values == name, name, spec)
            shifts.append(_shift(votes, whole, board, level, "part"))
        except CannotAnswerError as error:
            reason = str(error).splitlines()[0].rstrip(":")
            unrated.append({"category": name, "votes": count, "reason": reason})
    if not shifts:
        raise TooFewError(f"no category of {column} has votes enough for a board of its own")
    return ShiftBy(
        column=column,
        shifts=tuple(holm_over(shifts)),
        unrated=pl.DataFrame(
            unrated, schema={"category": pl.String, "votes": pl.Int64, "reason": pl.String}
        ),
        heterogeneity=test,
    )


def shift_mix(
    votes: Votes,
    column: str,
    shares: Mapping[str, float],
    *,
    spec: Specification = PLAIN,
    level: float = 0.95,
) -> Shift:
    """Weight the votes so that categories have given shares, and compare with the board as it is.

    Parameters
    ----------
    votes
        The whole.
    column
        Whose values are the categories; no vote may lack one.
    shares
        Category -> its share of the population, in any unit; every category of the votes must be
        there. A category of share 0 is left out.
    spec, level
        As in :func:`shift_part`.

    Raises
    ------
    InputError, UsageError
        A vote without a category, a category without a share, or a share below 0.
    TooFewError
        A category that is to count has no votes.

    References
    ----------
    D. Holt and T. M. F. Smith (1979), Journal of the Royal Statistical Society A 142, 33-46.
    doi:10.2307/2344652 (post stratification)
    """
    only_given(votes.frame, column, f"a mix by {column}")
    values = votes.frame.get_column(column).cast(pl.String)
    _check_shares(values, shares)
    weight = pl.Series("weight", np.ones(len(votes)))
    if "weight" in votes.frame.columns:
        weight = votes.frame.get_column("weight")
    seen = pl.DataFrame({"c": values, "w": weight}).group_by("c").agg(pl.col("w").sum())
    total, wanted = float(weight.sum()), sum(shares.values())
    factor = {c: shares[c] / wanted * total / w for c, w in seen.iter_rows()}
    weighed = weight * values.replace_strict(factor, return_dtype=pl.Float64)
    kept = weighed > 0
    frame = votes.frame.with_columns(weighed.alias("weight")).filter(kept)
    position = np.flatnonzero(kept.to_numpy())
    weighted = replace(votes, frame=frame)
    name = f"the given shares of {column}"
    board = _fitted(votes, weighted, name, spec, position=position)
    shift = _shift(votes, _whole(votes, spec), board, level, "mix")
    kish = weighed.to_numpy()
    effective = float(kish.sum()) ** 2 / float((kish**2).sum())
    parts = {category: share / wanted for category, share in shares.items()}
    return holm_over([replace(shift, votes_after=effective, shares=parts)])[0]


def shift_style(votes: Votes, *, spec: Specification, level: float = 0.95) -> Shift:
    """Compare the board as it is with the board that holds style fixed.

    Parameters
    ----------
    votes
        The votes.
    spec
        How both are rated; its ``style`` is held fixed in the second.
    level
        As in :func:`shift_part`.
    """
    if spec.style is None:
        raise UsageError("a shift by style needs a style")
    held = ", ".join(spec.style.features)
    after = _fitted(votes, votes, f"{held} held fixed", spec)
    before = _fitted(votes, votes, "style not held fixed", replace(spec, style=None))
    return holm_over([_shift(votes, before, after, level, "style")])[0]


def _whole(votes: Votes, spec: Specification) -> _Board:
    return _fitted(votes, votes, WHOLE, spec)


def _board(votes: Votes, part: pl.Series, name: str, spec: Specification) -> _Board:
    mask = part.fill_null(value=False)
    if not mask.any():
        raise UsageError(f"no vote is in the part: {name}")
    if mask.all():
        raise UsageError(f"every vote is in the part: {name}")
    inside = replace(votes, frame=votes.frame.filter(mask))
    return _fitted(votes, inside, name, spec, position=np.flatnonzero(mask.to_numpy()))


def _fitted(
    votes: Votes,
    inside: Votes,
    name: str,
    spec: Specification,
    *,
    position: Indices | None = None,
) -> _Board:
    """Fit the votes of one side, which stand at ``position`` in the whole table."""
    solution = solve(inside, spec)
    scores = scores_of(solution)
    if position is not None:
        scores = scores.placed(position, len(votes))
    if spec.cluster is not None:
        # One cluster's scores add up to 0, which would pass for certainty.
        first, second = solution.evidence.sides(inside)
        rated = (solution.evidence.numbered(first) >= 0) & (solution.evidence.numbered(second) >= 0)
        clusters_within(inside, spec.cluster, np.flatnonzero(rated))
    one, c = (solution, scores), len(solution.core)
    covariance = covariance_of(one, one, _codes(votes, spec))
    require_spread(solution.evidence, covariance[:c, :c], solution.inverse[:c, :c])
    return _Board(name, solution, len(inside), scores, covariance)


def _codes(votes: Votes, spec: Specification) -> Indices | None:
    return None if spec.cluster is None else cluster_codes(votes, spec.cluster)


def _shift(votes: Votes, before: _Board, after: _Board, level: float, kind: Kind) -> Shift:
    """Compare two boards of votes of one table; Holm's adjustment is still to come."""
    Settings(level=level, seed=0)
    common = common_models(list(before.strengths), list(after.strengths))
    at = [[list(b.strengths).index(m) for m in common] for b in (before, after)]
    clusters = _codes(votes, after.solution.spec)
    one, two = ((board.solution, board.scores) for board in (before, after))
    cross = covariance_of(one, two, clusters)[np.ix_(*at)]
    own = [board.covariance[np.ix_(i, i)] for board, i in zip((before, after), at, strict=True)]
    spread = own[0] + own[1] - cross - cross.T
    frame = change_frame(before.strengths, after.strengths, spread, level=level)
    return Shift(
        kind=kind,
        before=before.name,
        after=after.name,
        models=frame,
        joint=joint_change(frame, spread, common),
        votes_before=before.n_votes,
        votes_after=after.n_votes,
        spec=after.solution.spec,
        level=level,
        removed=votes.removed,
    )


def _check_shares(values: pl.Series, shares: Mapping[str, float]) -> None:
    column = values.name
    bad = [c for c, share in shares.items() if not 0.0 <= share < np.inf]
    if bad:
        raise UsageError(f"the share of {shorten(bad[0])} must be 0 or more, not {shares[bad[0]]}")
    if not sum(shares.values()):
        raise UsageError("no category has a share above 0")
    seen = set(values.unique().to_list())
    without = sorted(seen.difference(shares))
    if without:
        listed = ", ".join(map(shorten, without[:5]))
        raise InputError(
            f"{len(without)} values of {column} have no share: {listed}",
            hint="Give every category of the votes a share; 0 leaves it out.",
        )
    missing = sorted(c for c, share in shares.items() if share and c not in seen)
    if missing:
        raise TooFewError(
            f"no vote has the {column} {shorten(missing[0])}, which is to count: take it out of "
            "the mix, or collect votes of it"
        )
