"""Two boards of published ratings, beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError
from theodolite.ratings.board import Settings, two_sided
from theodolite.ratings.changes import change_frame, common_models, holm_over, joint_change
from theodolite.ratings.results import Scale
from theodolite.ratings.shift_results import Shift
from theodolite.tables.checks import removed_in_all

if TYPE_CHECKING:
    from theodolite.tables import Ratings

__all__ = ["shift_published"]


def shift_published(
    before: tuple[str, Ratings],
    after: tuple[str, Ratings],
    *,
    level: float = 0.95,
    published_level: float = 0.95,
) -> Shift:
    """Compare two published boards, taken as independent of each other.

    A standard error is the published interval's width over twice the normal quantile of its level.
    Boards of one arena share votes, so that their changes are surer than this says: intervals are
    too wide and ``significant`` is cautious, not the other way round.

    Parameters
    ----------
    before, after
        Each board in words, and its ratings: one row a model.
    level
        Of the intervals of the changes; 1 - level of Holm's adjustment.
    published_level
        Of the published intervals.

    Raises
    ------
    InputError
        A model stands twice on one board.
    TooFewError
        Fewer than two models on both boards, or a published interval has no width.

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.tables import Ratings
    >>> def board(*ratings: float) -> Ratings:
    ...     low, high = ([r + d for r in ratings] for d in (-5, 5))
    ...     columns = {"model": ["a", "b", "c"], "rating": ratings, "low": low, "high": high}
    ...     return Ratings.from_frame(pl.DataFrame(columns))
    >>> shift = shift_published(("overall", board(100, 80, 60)), ("English", board(99, 80, 91)))
    >>> shift.models.filter("significant")["model"].to_list()
    ['a', 'b', 'c']
    """
    Settings(level=level, seed=0)
    Settings(level=published_level, seed=0)
    points, z = Scale().points, two_sided(published_level)
    sides = []
    for _, ratings in (before, after):
        ratings.one_board()
        rows = ratings.frame.select("model", "rating", "low", "high").iter_rows()
        sides.append(
            {m: (r / points, (high - low) / (2.0 * z * points)) for m, r, low, high in rows}
        )
    common = common_models(list(sides[0]), list(sides[1]))
    errors = np.array([[side[m][1] for m in common] for side in sides])
    if not (errors > 0).all():
        raise TooFewError("a published interval has no width: the change has no standard error")
    spread = np.diag((errors**2).sum(axis=0))
    strengths = [{m: rating for m, (rating, _) in side.items()} for side in sides]
    frame = change_frame(strengths[0], strengths[1], spread, level=level)
    shift = Shift(
        kind="published",
        before=before[0],
        after=after[0],
        models=frame,
        joint=joint_change(frame, spread, common),
        votes_before=None,
        votes_after=None,
        spec=None,
        level=level,
        removed=removed_in_all([*before[1].removed, *after[1].removed]),
    )
    return holm_over([shift])[0]
