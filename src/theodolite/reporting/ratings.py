"""What a Bradley-Terry fit says, as sections."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite import plotting
from theodolite.plotting.frames import favourites_first
from theodolite.plotting.text import (
    integer,
    listed,
    number,
    p_value,
    percent,
    printable,
    rank_range,
)
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings.results import Board, GoodnessOfFit, RatingFit

__all__ = [
    "leader_section",
    "one_number_section",
    "pairs_section",
    "rank_page",
    "used_section",
]

MOST_DEVIATING = 10
SPARSE_SHARE = 0.2
PAIR_COLUMNS = (
    Column("model_a", "Model"),
    Column("model_b", "Against"),
    Column("votes", "Votes", "integer"),
    Column("share", "Observed", "percent"),
    Column("predicted", "Predicted", "percent"),
    Column("z", "z", "number"),
)


def rank_page(fit: RatingFit, *, title: str, notice: str = "") -> Page:
    """Make the page of a ranking.

    Parameters
    ----------
    fit
        The ranking.
    title
        What stands on top.
    notice
        What must stand out, that the votes are simulated, say.
    """
    sections = (
        leader_section(fit.board),
        one_number_section(fit),
        pairs_section(fit),
        used_section(fit),
    )
    return Page(title=title, sections=sections, notice=notice)


def leader_section(board: Board) -> Section:
    """Answer who leads and how surely: the board itself."""
    frame = board.to_frame()
    first = frame.filter(pl.col("rank") == 1)
    level = percent(board.level, 0)
    pairs, apart = _pairs_of(len(frame)), int((frame["rank_low"] - 1).sum())
    evidence = (
        f"All comparisons hold together at {level}: two models are told apart where they differ "
        f"by more than {number(board.quantile, 2)} standard errors of their difference."
    )
    finding = (
        f"{_leads(board, first, level)} Of the {integer(pairs)} pairs of models, "
        f"{integer(apart)} ({percent(apart / pairs, 0)}) are told apart."
    )
    return Section(
        question="Who leads, and how surely?",
        finding=finding,
        low=_finite(first["low"][0]),
        high=_finite(first["high"][0]),
        evidence=evidence,
        chart=partial(plotting.forest, board),
        tables=(_board_table(frame, level),),
        caveats=(
            "A rating's interval is for its distance from the average model. Intervals that "
            "overlap do not show that two models are equal: compare rank ranges instead.",
            *_unbounded(frame),
        ),
    )


def one_number_section(fit: RatingFit) -> Section:
    """Answer whether one number a model explains the pairs: the goodness of fit."""
    test = fit.goodness_of_fit
    pairs = favourites_first(fit.board, fit.pairs)
    worst = pairs.sort(pl.col("z").abs(), descending=True, nulls_last=True).head(MOST_DEVIATING)
    caption = f"The {len(worst)} pairs that deviate most from what the ratings predict"
    caveats: tuple[str, ...] = (_largest_expected(len(pairs)),)
    if test is None:
        finding = (
            "It cannot be tested: the pairs that met are just enough to fit the ratings, and "
            "leave none to check them with."
        )
    else:
        finding = f"{_verdict(test, 1 - fit.board.level)} {_typical_gap(pairs)}"
        caveats = (*_test_caveats(fit, test), *caveats)
    return Section(
        question="Does one number a model explain the pairs?",
        finding=finding,
        evidence=_test_text(test),
        chart=partial(plotting.calibration, fit.board, fit.pairs),
        tables=(Table(worst, PAIR_COLUMNS, caption),),
        caveats=caveats,
    )


def pairs_section(fit: RatingFit) -> Section:
    """Answer who beats whom: every pair that met."""
    pairs = favourites_first(fit.board, fit.pairs)
    possible = _pairs_of(len(fit.board.models))
    upsets = int((pairs["share"] < 0.5).sum())  # noqa: PLR2004
    finding = (
        f"{integer(len(pairs))} of {integer(possible)} pairs of models met, half of them at most "
        f"{integer(pairs['votes'].median())} times."  # type: ignore[arg-type]
        f" In {integer(upsets)} of these the lower rated model won more than half."
    )
    caption = "Every pair that met, from the side of the better rated model"
    table = Table(pairs, PAIR_COLUMNS, caption, most=MOST_DEVIATING)
    return Section(
        question="Who beats whom?",
        finding=finding,
        evidence=f"{integer(fit.n_votes)} votes; a tie is half a win for each.",
        chart=partial(plotting.win_matrix, fit.board, fit.pairs),
        tables=(table,),
    )


def used_section(fit: RatingFit) -> Section:
    """Answer what was used and what was left out: counts and settings."""
    removed = sum(removal.count for removal in fit.removed)
    finding = (
        f"{integer(fit.n_votes)} votes on {integer(len(fit.board.models))} models were used. "
        + (f"{integer(removed)} votes were left out." if removed else "None was left out.")
    )
    tables = [Table(_settings(fit), (Column("setting", "Setting"), Column("value", "Value")))]
    if fit.removed:
        left_out = pl.DataFrame(
            {
                "reason": [removal.reason for removal in fit.removed],
                "count": [removal.count for removal in fit.removed],
            }
        )
        columns = (Column("reason", "Left out because"), Column("count", "Votes", "integer"))
        tables.insert(0, Table(left_out, columns))
    return Section(
        question="What was used, and what was left out?", finding=finding, tables=tuple(tables)
    )


def _leads(board: Board, first: pl.DataFrame, level: str) -> str:
    names = first["model"].to_list()
    if len(names) > 1:
        return f"{listed(names)} share the lead, with a rating of {number(first['rating'][0])}."
    rating, low, high = (number(first[name][0]) for name in ("rating", "low", "high"))
    others = _not_apart(board, names[0])
    against = (
        f"It cannot be told apart from {listed(others)}."
        if others
        else "It is told apart from every other model."
    )
    return (
        f"{printable(names[0])} leads with a rating of {rating} ({level} interval {low} to {high})."
        f" {against}"
    )


def _not_apart(board: Board, leader: str) -> list[str]:
    """Models whose difference to the leader is within the simultaneous margin."""
    at = board.models.index(leader)
    with np.errstate(invalid="ignore"):
        variance = np.diag(board.covariance)
        se = np.sqrt(np.maximum(variance[at] + variance - 2 * board.covariance[at], 0))
        apart = board.theta[at] - board.theta > board.quantile * se
        known = np.isfinite(board.theta[at] - board.theta) & np.isfinite(se)
    # Without a finite estimate there is no contrast: then the rank set says what stays open.
    open_to_first = np.where(known, ~apart, board.rank_low == 1)
    names = board.to_frame()["model"].to_list()
    return [m for m in names if m != leader and open_to_first[board.models.index(m)]]


def _board_table(frame: pl.DataFrame, level: str) -> Table:
    ranks = [rank_range(*pair) for pair in frame.select("rank_low", "rank_high").iter_rows()]
    columns = (
        Column("rank", "Rank", "integer"),
        Column("ranks", "Rank range"),
        Column("model", "Model"),
        Column("rating", "Rating", "number"),
        Column("low", "Low", "number"),
        Column("high", "High", "number"),
        Column("votes", "Votes", "integer"),
    )
    caption = f"Ratings with pointwise {level} intervals; rank ranges at {level} together"
    return Table(frame.with_columns(ranks=pl.Series(ranks)), columns, caption)


def _unbounded(frame: pl.DataFrame) -> tuple[str, ...]:
    open_ended = frame.filter(~(pl.col("low").is_finite() & pl.col("high").is_finite()))
    if open_ended.is_empty():
        return ()
    names = listed(open_ended["model"].to_list())
    return (f"One end of the interval is open for {names}: the votes do not bound it.",)


def _verdict(test: GoodnessOfFit, threshold: float) -> str:
    if test.p_value >= threshold:
        return (
            "The pairs give no sign against it: they deviate from the ratings about as much as "
            f"chance alone would make them (p {p_value(test.p_value)}). That is no proof of it."
        )
    return (
        "The pairs deviate from the ratings more than chance alone would make them "
        f"(p {p_value(test.p_value)}): some models do better or worse against certain others than "
        "one number can say."
    )


def _test_text(test: GoodnessOfFit | None) -> str:
    if test is None:
        return ""
    return (
        f"Chi-square {number(test.statistic)} on {integer(test.df)} degrees of freedom, from "
        f"{integer(test.pairs)} pairs that met."
    )


def _typical_gap(pairs: pl.DataFrame) -> str:
    gap = (pairs["share"] - pairs["predicted"]).abs()
    typical = float((gap * pairs["votes"]).sum()) / max(int(pairs["votes"].sum()), 1)
    return (
        f"Observed and predicted shares differ by {number(100 * typical)} points on average, "
        "weighted by votes."
    )


def _test_caveats(fit: RatingFit, test: GoodnessOfFit) -> tuple[str, ...]:
    repeated = (
        f" They are clustered by {printable(fit.cluster)} here, so the p-value may be too small."
        if fit.cluster
        else ""
    )
    caveats = [f"The test takes the votes as independent of each other.{repeated}"]
    if test.sparse_pairs > SPARSE_SHARE * test.pairs:
        caveats.append(
            f"{integer(test.sparse_pairs)} of {integer(test.pairs)} pairs met fewer than five "
            "times, so the p-value is rough."
        )
    return tuple(caveats)


def _largest_expected(pairs: int) -> str:
    """By Bonferroni: the |z| that any of so many pairs exceeds by chance in one case of twenty."""
    bound = NormalDist().inv_cdf(1 - 0.05 / (2 * max(pairs, 1)))
    return f"Among {integer(pairs)} pairs, a |z| of up to {number(bound)} is no surprise."


def _settings(fit: RatingFit) -> pl.DataFrame:
    board = fit.board
    clustered = f"{fit.cluster} ({integer(fit.n_clusters)} clusters)" if fit.cluster else "none"
    anchor = f"{fit.anchor[0]} = {fit.anchor[1]:g}" if fit.anchor else "none"
    scale = board.scale
    values = {
        "Method": "Bradley-Terry",
        "Intervals": "sandwich",
        "Level": f"{board.level:g}",
        "Clustered by": clustered,
        "Pair weights": fit.pair_weights,
        "Anchor": anchor,
        "Scale": f"centre {scale.centre:g}, {scale.scale:g} points a factor of {scale.base:g}",
        "Seed": str(fit.seed),
        "Draws behind the ranks": integer(fit.n_draws),
        "Standard errors that tell two models apart": number(board.quantile, 3),
        "Newton steps": integer(fit.iterations),
        "Theodolite": version("theodolite"),
    }
    return pl.DataFrame({"setting": list(values), "value": list(values.values())})


def _pairs_of(models: int) -> int:
    return models * (models - 1) // 2


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
