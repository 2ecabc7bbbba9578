"""What style does to a ranking, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite import plotting
from theodolite.plotting.text import level_text, listed, number, printable
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings import RatingFit, StyleFit

__all__ = ["style_sections"]

# Beyond these, single coefficients mean little (Belsley, Kuh and Welsch 1980).
LARGE_CONDITION, LARGE_VIF = 30.0, 10.0
MOST_SHOWN = 20
COEFFICIENTS = (
    Column("feature", "Feature"),
    Column("coefficient", "Coefficient", "number", 3),
    Column("low", "Low", "number", 3),
    Column("high", "High", "number", 3),
    Column("points", "Points", "number"),
    Column("vif", "Inflation", "number", 2),
)
MODELS = (
    Column("model", "Model"),
    Column("plain", "Rating", "number"),
    Column("rating", "At equal style", "number"),
    Column("premium", "Premium", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
    Column("ranks", "Rank"),
)
ADOPTING = (
    Column("model", "Model"),
    Column("points", "Points", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
)


def style_sections(fit: RatingFit) -> tuple[Section, ...]:
    """Answer whether style can buy rating; nothing where style was not held fixed."""
    if fit.style is None:
        return ()
    return bought_section(fit, fit.style), adopted_section(fit.style)


def bought_section(fit: RatingFit, style: StyleFit) -> Section:
    """Answer what goes with style: the coefficients, and each model's premium."""
    frame = _with_ranks(fit, style)
    level = level_text(style.level)
    unit = "a standard deviation of the difference" if style.standardized else "all against none"
    return Section(
        question="Can a style buy rating?",
        finding=f"{_coefficients(style)} {_premium(frame)}",
        low=_first(frame, "low"),
        high=_first(frame, "high"),
        evidence=(
            f"Style held fixed: {listed(style.features)}, each as (a - b) / (a + b) of the two "
            "answers. The premium is the rating without regard to style less the rating at equal "
            "style, from one stacked sandwich of both fits."
        ),
        chart=partial(plotting.premiums, style),
        tables=(
            Table(
                style.coefficients,
                COEFFICIENTS,
                f"Log-odds, and rating points, for {unit}; {level} {fit.interval} intervals",
            ),
            Table(
                frame,
                MODELS,
                f"Ratings without regard to style and at equal style; {level} intervals of the "
                "premium",
                most=MOST_SHOWN,
            ),
        ),
        caveats=(
            "This is association: nobody gave the same answer two styles. Where better answers "
            "happen to be longer, length is credited with it.",
            "Premiums add up to 0: what one model owes to its style the others lose by it.",
            *_collinear(style),
        ),
    )


def adopted_section(style: StyleFit) -> Section:
    """Answer what adopting another model's style goes with."""
    rated = style.models.filter(pl.col("style").is_not_null()).sort("style", descending=True)
    best = str(rated["model"][0])
    others = [str(m) for m in rated["model"].reverse() if m != best]
    gains = [style.adopting(model, best) for model in others]
    rows = pl.DataFrame(
        {
            "model": others,
            "points": [g.estimate for g in gains],
            "low": [g.low for g in gains],
            "high": [g.high for g in gains],
        }
    )
    most = rows.row(0, named=True)
    sure = most["low"] > 0
    return Section(
        question="What goes with adopting another model's style?",
        finding=(
            f"The style that wins most {'is' if sure else 'seems to be'} {printable(best)}'s"
            f"{'' if sure else ', though not beyond chance'}. Had {printable(most['model'])} "
            f"written so, with answers otherwise as good, {number(most['points'])} points "
            f"({level_text(style.level)} interval {number(most['low'])} to "
            f"{number(most['high'])}) would go with it."
        ),
        low=most["low"],
        high=most["high"],
        evidence="The difference of the two models' mean styles times the coefficients.",
        tables=(
            Table(rows, ADOPTING, f"Adopting the style of {printable(best)}", most=MOST_SHOWN),
        ),
        caveats=(
            "An association, given the styles that the models have: no promise of what a model "
            "would gain.",
        ),
    )


def _with_ranks(fit: RatingFit, style: StyleFit) -> pl.DataFrame:
    board = fit.to_frame().select("model", "rating", with_rank="rank")
    frame = style.models.filter(pl.col("premium").is_not_null()).join(
        board, on="model", maintain_order="left"
    )
    frame = frame.with_columns(plain=pl.col("rating") + pl.col("premium")).with_columns(
        plain_rank=pl.col("plain").rank("min", descending=True).cast(pl.Int64)
    )
    rank = pl.col("rating").rank("min", descending=True).cast(pl.Int64)
    ranks = pl.concat_str(pl.col("plain_rank"), pl.lit(" to "), rank)
    return frame.with_columns(
        rank=rank, ranks=pl.when(pl.col("plain_rank") == rank).then(rank.cast(str)).otherwise(ranks)
    )


def _coefficients(style: StyleFit) -> str:
    frame = style.coefficients
    parts = []
    for feature, low, high in frame.select("feature", "low", "high").iter_rows():
        if low > 0 or high < 0:
            parts.append(f"{'more' if low > 0 else 'less'} {printable(feature)}")
    if not parts:
        return "No feature of style is seen to win or lose votes."
    return f"Votes go with {listed(parts)}, at equal strength."


def _premium(frame: pl.DataFrame) -> str:
    if not ((frame["low"] > 0) | (frame["high"] < 0)).any():
        return "No model's rating differs at equal style beyond chance."
    top = frame.row(0, named=True)
    text = (
        f"{printable(top['model'])} owes most to it: {number(top['premium'])} points "
        f"({number(top['low'])} to {number(top['high'])})"
    )
    if top["plain_rank"] == top["rank"]:
        return f"{text}, and keeps rank {top['rank']}."
    verb = "falls" if top["rank"] > top["plain_rank"] else "rises"
    return f"{text}; at equal style it {verb} from rank {top['plain_rank']} to {top['rank']}."


def _collinear(style: StyleFit) -> tuple[str, ...]:
    large = style.coefficients.filter(pl.col("vif") > LARGE_VIF)["feature"].to_list()
    if style.condition <= LARGE_CONDITION and not large:
        return ()
    which = listed(large) if large else listed(style.features)
    return (
        f"Features go together (condition number {number(style.condition)}): the coefficients of "
        f"{which} cannot be told apart well, though their sum can. Ratings are not affected.",
    )


def _first(frame: pl.DataFrame, column: str) -> float | None:
    value = frame[column][0]
    return float(value) if value is not None and np.isfinite(value) else None
