"""What base models' benchmarks foretell of people's ratings, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, level_text, listed, number, p_value, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scoring.agreement import COMPUTE, NOTHING

if TYPE_CHECKING:
    from theodolite.scoring.agreement import BasePrediction

__all__ = ["base_prediction_page", "base_prediction_sections"]

MOST_ON_TERMINAL = 14
WORDS = {COMPUTE: "compute alone", NOTHING: "the mean of the other families"}


def base_prediction_page(found: BasePrediction) -> Page:
    """Make the page of what foretells people's ratings of tuned models."""
    title = f"What of a base model foretells {printable(found.human)}"
    return Page(title=title, sections=(*base_prediction_sections(found), _used(found)))


def base_prediction_sections(found: BasePrediction) -> tuple[Section, ...]:
    """Answer which benchmark foretells ratings best, and whether that can be told."""
    return (_best(found), _contrasts(found))


def _best(found: BasePrediction) -> Section:
    level = level_text(found.level)
    named = found.predictors.filter(~pl.col("predictor").is_in(list(WORDS)))
    best = named.row(0, named=True)
    beaten = _beaten(found, best["predictor"])
    others = [_word(n) for n in found.predictors["predictor"] if n != best["predictor"]]
    open_ = [name for name in others if name not in beaten]
    told = f"It is told to be better than {listed(beaten)}. " if beaten else ""
    rest = f"It cannot be told apart from {listed(open_, most=8)}." if open_ else ""
    return Section(
        question="Which benchmark of a base model foretells what people think of its tunes?",
        finding=(
            f"{printable(best['predictor'])} has the smallest error: {number(best['error'], 0)} "
            f"points of rating on average ({level} interval {number(best['error_low'], 0)} to "
            f"{number(best['error_high'], 0)}), and Spearman's correlation of its predictions is "
            f"{_rho(best)}. {told}{rest}".strip()
        ),
        low=best["error_low"],
        high=best["error_high"],
        evidence=(
            f"{integer(best['bases'])} base models of {integer(best['families'])} families with "
            f"{integer(best['tunes'])} tunes; each family is foretold from the others."
        ),
        chart=partial(plotting.foretold_ratings, found),
        tables=(_predictor_table(found),),
        caveats=(
            "Predictors are known of different base models, so that two rows of this table are not "
            "compared; the contrasts are, over the bases that both have.",
            "Several tunes of one base count as their mean: what tuning adds is no part of this.",
            *found.notes,
        ),
    )


def _predictor_table(found: BasePrediction) -> Table:
    """List every predictor, the smallest error first."""
    return Table(
        found.predictors.with_columns(word=_words("predictor")),
        (
            Column("word", "Predictor"),
            Column("error", "Error", "number", 0),
            Column("error_low", "Low", "number", 0),
            Column("error_high", "High", "number", 0),
            Column("spearman", "Spearman", "number", 2),
            Column("spearman_low", "Low", "number", 2),
            Column("spearman_high", "High", "number", 2),
            Column("bases", "Bases", "integer"),
            Column("families", "Families", "integer"),
        ),
        f"Held-out errors in rating points, with {level_text(found.level)} intervals of families",
    )


def _rho(row: dict[str, float]) -> str:
    return (
        f"{number(row['spearman'], 2)} ({number(row['spearman_low'], 2)} to "
        f"{number(row['spearman_high'], 2)})"
    )


def _word(name: str) -> str:
    return WORDS.get(name, printable(name))


def _words(column: str) -> pl.Expr:
    return pl.col(column).map_elements(_word, return_dtype=pl.String)


def _beaten(found: BasePrediction, name: str) -> list[str]:
    """Name the predictors that one is told to be better than."""
    told = found.contrasts.filter(pl.col("better").is_not_null())
    won = [
        row["second" if row["first"] == name else "first"]
        for row in told.to_dicts()
        if row["better"] == name
    ]
    return [_word(other) for other in won]


def _contrasts(found: BasePrediction) -> Section:
    frame = found.contrasts
    told = frame.filter(pl.col("better").is_not_null())
    p = pl.Series([p_value(p).removeprefix("= ") for p in frame["p_adjusted"]], dtype=pl.String)
    lead = frame.with_columns(one=_words("first"), other=_words("second"), p=p).sort(
        "p_value", maintain_order=True
    )
    families = int(frame.select(pl.col("families").max()).item() or 1)
    return Section(
        question="Is one better than another, or than compute alone?",
        finding=(
            f"{integer(len(told))} of {integer(len(frame))} contrasts are told."
            if len(told)
            else f"It cannot be told: none of {integer(len(frame))} contrasts is sure."
        ),
        evidence=(
            f"Signs are flipped by family: with {integer(families)} families no p-value is below "
            f"{2.0 ** (1 - families):.2g}, before Holm's adjustment over the contrasts with "
            "compute, with the mean, and of benchmarks, each by itself."
        ),
        tables=(
            Table(
                lead,
                (
                    Column("one", "First"),
                    Column("other", "less second"),
                    Column("difference", "Error", "number"),
                    Column("low", "Low", "number"),
                    Column("high", "High", "number"),
                    Column("p", "p (Holm)"),
                    Column("bases", "Bases", "integer"),
                    Column("families", "Families", "integer"),
                ),
                "Differences of the errors over the bases that both have, the surest first",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _used(found: BasePrediction) -> Section:
    values = {
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Theodolite": __version__,
    }
    settings = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    frame = found.predictions.with_columns(word=_words("predictor"))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(frame['base'].n_unique())} base models with rated tunes; "
            f"{integer(len(found.predictors))} predictors."
        ),
        tables=(
            Table(
                frame,
                (
                    Column("word", "Predictor"),
                    Column("base", "Base model"),
                    Column("family", "Family"),
                    Column("tunes", "Tunes", "integer"),
                    Column("rating", "Rating", "number", 0),
                    Column("foretold", "Foretold", "number", 0),
                ),
                "Every held-out prediction",
                most=6,
            ),
            *removed_tables(found.removed, what="Models"),
            Table(settings, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
