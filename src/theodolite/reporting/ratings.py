"""What a rating says, as sections."""

from __future__ import annotations

from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite import plotting
from theodolite.plotting.frames import favourites_first
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    method_name,
    number,
    p_value,
    percent,
    printable,
    rank_range,
)
from theodolite.reporting.methods import (
    method_sections,
    parameter_tables,
    removed_tables,
    settings_table,
)
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.reporting.style import style_sections
from theodolite.stats import contrast_errors

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
FEW_CLUSTERS = 50
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
        leader_section(fit),
        one_number_section(fit),
        pairs_section(fit),
        *style_sections(fit),
        *method_sections(fit),
        used_section(fit),
    )
    return Page(title=title, sections=sections, notice=notice)


def leader_section(fit: RatingFit) -> Section:
    """Answer who leads and how surely: the board itself."""
    board, frame = fit.board, fit.to_frame()
    first = frame.filter(pl.col("rank") == 1)
    level = level_text(board.level)
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
        tables=(_board_table(fit, frame, level),),
        caveats=(
            "A rating's interval is for its distance from the average model. Intervals that "
            "overlap do not show that two models are equal: compare rank ranges instead.",
            *_unbounded(frame),
            *_few_clusters(fit),
        ),
    )


def one_number_section(fit: RatingFit) -> Section:
    """Answer whether one number a model explains the pairs: the goodness of fit."""
    test = fit.goodness_of_fit
    pairs = favourites_first(fit.board, fit.pairs)
    caveats: tuple[str, ...] = ()
    if test is None:
        finding = _untested(fit)
    else:
        finding = _verdict(test, 1 - fit.board.level)
        caveats = _test_caveats(fit, test)
    scored = pairs.drop_nulls("z")
    # Rounded, for between three models all are equal but for the last digits.
    by_size = scored.sort(pl.col("z").abs().round(6), descending=True, maintain_order=True)
    worst = by_size.head(MOST_DEVIATING)
    caption = f"The {len(worst)} pairs that deviate most from what the ratings predict"
    tables: tuple[Table, ...] = ()
    if len(worst):
        tables = (Table(worst, PAIR_COLUMNS, caption),)
        caveats = (*caveats, _largest_expected(len(scored)))
    return Section(
        question="Does one number a model explain the pairs?",
        finding=f"{finding} {_typical_gap(pairs)}",
        evidence=_test_text(test),
        chart=partial(plotting.calibration, fit.board, fit.pairs),
        tables=tables,
        caveats=caveats,
    )


def pairs_section(fit: RatingFit) -> Section:
    """Answer who beats whom: every pair that met."""
    pairs = favourites_first(fit.board, fit.pairs)
    possible = _pairs_of(len(fit.board.models))
    upsets = int((pairs["share"] < 0.5).sum())  # noqa: PLR2004
    columns = tuple(c for c in PAIR_COLUMNS if c.name != "z" or pairs["z"].is_not_null().any())
    finding = (
        f"{integer(len(pairs))} of {integer(possible)} pairs of models met, half of them at most "
        f"{integer(pairs['votes'].median())} times."  # type: ignore[arg-type]
        f" In {integer(upsets) if upsets else 'none'} of these the lower rated model won more than "
        "half."
    )
    caption = "Every pair that met, from the side of the better rated model"
    table = Table(pairs, columns, caption, most=MOST_DEVIATING)
    return Section(
        question="Who beats whom?",
        finding=finding,
        evidence=f"{integer(fit.n_votes)} votes; a tie is half a win for each.{_both_bad(fit)}",
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
    tables = [*parameter_tables(fit), settings_table(fit)]
    return Section(
        question="What was used, and what was left out?",
        finding=finding,
        tables=(*removed_tables(fit.removed), *tables),
    )


def _leads(board: Board, first: pl.DataFrame, level: str) -> str:
    names = first["model"].to_list()
    rating, low, high = (first[name][0] for name in ("rating", "low", "high"))
    if len(names) > 1:
        unbounded = first.filter("unbounded")["model"].to_list()
        why = (
            f"for the votes do not bound {listed(unbounded)} from above"
            if unbounded
            else f"with a rating of {number(rating)}"
        )
        return f"{listed(names)} share the lead, {why}."
    stands = (
        f"leads with a rating of {number(rating)} ({level} interval {number(low)} to "
        f"{number(high)})."
        if np.isfinite(rating)
        else f"leads without a finite rating: the votes bound it from below only, by {number(low)}."
    )
    return f"{printable(names[0])} {stands} {_against(board, names[0])}"


def _against(board: Board, leader: str) -> str:
    at = board.models.index(leader)
    last, others = int(board.rank_high[at]), _not_apart(board, leader)
    if last == 1:
        return "It is told apart from every other model."
    # Where a model is unbounded the board does not hold every comparison, but does hold the ranks.
    if board.unbounded[at] or len(others) != last - 1:
        return f"Ranks 1 to {integer(last)} are open to it."
    return f"It cannot be told apart from {listed(others)}."


def _not_apart(board: Board, leader: str) -> list[str]:
    """Models whose difference to the leader is within the simultaneous margin."""
    at = board.models.index(leader)
    with np.errstate(invalid="ignore"):
        lead = board.theta[at] - board.theta
        apart = lead > board.quantile * contrast_errors(board.covariance)[at]
    # A model without a finite estimate has no contrasts: its rank set says what stays open.
    is_open = np.where(board.unbounded | board.unbounded[at], board.rank_low == 1, ~apart)
    is_open[at] = False
    beside = {model for model, still in zip(board.models, is_open, strict=True) if still}
    return [model for model in board.to_frame()["model"] if model in beside]


def _board_table(fit: RatingFit, frame: pl.DataFrame, level: str) -> Table:
    ranks = [rank_range(*pair) for pair in frame.select("rank_low", "rank_high").iter_rows()]
    spread = () if fit.order is None else (Column("order_spread", "Order spread", "number"),)
    columns = (
        Column("rank", "Rank", "integer"),
        Column("ranks", "Rank range"),
        Column("model", "Model"),
        Column("rating", "Rating", "number"),
        Column("low", "Low", "number"),
        Column("high", "High", "number"),
        *spread,
        Column("votes", "Votes", "integer"),
    )
    caption = (
        f"{method_name(fit.method)} ratings with pointwise {level} {fit.interval} intervals; "
        f"rank ranges at {level} together"
    )
    return Table(frame.with_columns(ranks=pl.Series(ranks)), columns, caption)


def _unbounded(frame: pl.DataFrame) -> tuple[str, ...]:
    lost = frame.filter("unbounded")
    caveats = []
    if len(lost):
        caveats.append(
            f"The votes give no finite rating to {listed(lost['model'].to_list())}: they bound it "
            "on one side at most. That bound is one-sided, from the profile likelihood, and knows "
            "of no clusters."
        )
    # A bootstrap can open an interval whose estimate is finite.
    is_open = ~(pl.col("low").is_finite() & pl.col("high").is_finite())
    half_open = frame.filter(is_open & ~pl.col("unbounded"))
    if len(half_open):
        names = listed(half_open["model"].to_list())
        caveats.append(f"An end is open for {names}: some resamples give it no finite rating.")
    return tuple(caveats)


def _few_clusters(fit: RatingFit) -> tuple[str, ...]:
    if fit.n_clusters is None or fit.n_clusters >= FEW_CLUSTERS:
        return ()
    return (
        f"There are few clusters ({integer(fit.n_clusters)}, by {printable(str(fit.cluster))}): "
        "intervals are likely too short.",
    )


def _untested(fit: RatingFit) -> str:
    if fit.order is not None:
        return "Elo makes no claim that could be tested so; Bradley-Terry does."
    return (
        "It cannot be tested: the pairs that met are just enough to fit the ratings, and leave "
        "none to check them with."
    )


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
        f"Chi-square {number(test.statistic)} on {integer(test.df)} "
        f"{'degree' if test.df == 1 else 'degrees'} of freedom, from "
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


def _both_bad(fit: RatingFit) -> str:
    apart = any(parameter.name == "kappa" for parameter in fit.parameters)
    return " Votes for neither (both bad) are not among them." if apart else ""


def _pairs_of(models: int) -> int:
    return models * (models - 1) // 2


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
