"""What agreement with people says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.beside_people_frames import written
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    percent,
    printable,
)
from theodolite.reporting.agreement_more import better_section, ends_text, used_section
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.agreement import Agreement, Agreements, Reach

__all__ = ["agreement_page", "agreement_sections"]

MOST_ON_TERMINAL = 12
TITLES = {
    "agreement": "Agreement, over all pairs",
    "confident_agreement": "Agreement, where both are sure",
    "separability": "Pairs that the benchmark is sure of",
    "separability_human": "Pairs that people are sure of",
    "brier": "Brier score of pairs",
    "spearman": "Spearman's correlation",
    "kendall": "Kendall's correlation",
}
LOWEST_RELIABILITY = 0.8


def agreement_page(found: Agreements) -> Page:
    """Make the page of a comparison with people."""
    first = found.first
    several = len(found.comparisons)
    title = (
        f"{integer(several)} comparisons with people"
        if several > 1
        else f"{printable(first.benchmark)} beside {printable(first.human)}"
    )
    return Page(title=title, sections=(*agreement_sections(found), used_section(found)))


def agreement_sections(found: Agreements) -> tuple[Section, ...]:
    """Answer how far people are agreed with, by which models not, and what would help."""
    sections = [better_section(found)] if len(found.comparisons) > 1 else []
    sections += [_agrees(found, found.first), _misjudged(found, found.first)]
    if len(found.first.at_odds):
        sections.append(_at_odds(found.first))
    if found.first.reach:
        sections.append(_reach(found, found.first))
    return tuple(sections)


def _agrees(found: Agreements, one: Agreement) -> Section:
    level = level_text(found.level)
    rho, sure = one.row("spearman"), one.row("confident_agreement")
    agreement = one.row("agreement")
    both = (
        "No pair of models is sure on both sides."
        if sure["observed"] is None
        else f"Where both are sure of a pair, they agree in {percent(sure['observed'])} of cases; "
        f"over all {integer(one.pairs)} pairs agreement is {number(agreement['observed'], 2)} "
        f"({level} interval {ends_text(agreement)})."
    )
    return Section(
        question=f"Does {printable(one.benchmark)} order models as people do?",
        finding=(
            f"Spearman's correlation with {printable(one.human)} over "
            f"{integer(len(one.models))} models is {number(rho['observed'], 3)}; that of the true "
            f"values {number(rho['estimate'], 3)} ({level} interval {ends_text(rho, 3)}). {both}"
        ),
        low=rho["low"],
        high=rho["high"],
        evidence=(
            f"Both sides are uncertain: {percent(one.reliability)} of the variance between models "
            f"is no noise on the benchmark's side, {percent(one.reliability_human)} on people's."
        ),
        chart=partial(plotting.agreed, one, level=found.level),
        tables=(_measures(found, one),),
        caveats=(*_caveats(one), *found.notes),
    )


def _caveats(one: Agreement) -> list[str]:
    """Say what the measures are, and where noise hides much."""
    caveats = [
        "Agreement counts +1 where both sides are sure of a pair and agree, -1 where they are sure "
        "and opposed, 0 otherwise: it grows with items and votes. The correlations estimated are "
        "of the true values, which noise blurs: the one seen is too small.",
        "Intervals are for these models, not for others.",
    ]
    if min(one.reliability, one.reliability_human) < LOWEST_RELIABILITY:
        caveats.append(
            f"Noise is much of what tells the models apart ({percent(1 - one.reliability, 0)} of "
            f"the benchmark's variance, {percent(1 - one.reliability_human, 0)} of people's): the "
            "estimates of the correlations lean towards small ones."
        )
    return caveats


def _measures(found: Agreements, one: Agreement) -> Table:
    titled = one.measures.with_columns(title=pl.col("measure").replace_strict(TITLES))
    return Table(
        titled,
        (
            Column("title", "Measure"),
            Column("observed", "Seen", "number", 3),
            Column("estimate", "Estimate", "number", 3),
            Column("low", "Low", "number", 3),
            Column("high", "High", "number", 3),
        ),
        f"Seen, and estimated with {level_text(found.level)} intervals",
    )


def _misjudged(found: Agreements, one: Agreement) -> Section:
    level = level_text(found.level)
    told = one.models.filter(pl.col("verdict").is_not_null()).sort(
        pl.col("residual").abs(), descending=True
    )
    parts = []
    for verdict, words in (("underrated", "higher"), ("overrated", "lower")):
        names = told.filter(pl.col("verdict") == verdict)["model"].to_list()
        if names:
            verb = "is rated" if len(names) == 1 else "are rated"
            parts.append(
                f"{listed(names, most=4)} {verb} {words} by people than the score foretells"
            )
    finding = f"{'; '.join(parts)}." if parts else "No model is surely off the line."
    return Section(
        question="Which models does it over- or underrate?",
        finding=finding[0].upper() + finding[1:]
        if finding[0].islower() and not told.height
        else finding,
        evidence=f"All intervals hold together at {level}.",
        tables=(_residual_table(one),),
        caveats=(
            "A model off the line is not judged wrongly by either side: the two ask for different "
            "things.",
        ),
    )


def _residual_table(one: Agreement) -> Table:
    """List every model, the farthest off the line first."""
    unit = one.human_unit
    digits = 0 if unit == "rating" else 2
    frame = one.models.with_columns(
        score_text=_texts(one.models["score"], one.benchmark_unit),
        rating_text=_texts(one.models["rating"], unit),
        foretold_text=_texts(one.models["foretold"], unit),
        word=pl.col("verdict").fill_null("open"),
    ).sort(pl.col("residual").abs(), descending=True)
    return Table(
        frame,
        (
            Column("model", "Model"),
            Column("score_text", "Score"),
            Column("rating_text", "Rating"),
            Column("foretold_text", "Foretold"),
            Column("residual", "Above", "number", digits),
            Column("low", "Low", "number", digits),
            Column("high", "High", "number", digits),
            Column("word", "By the benchmark"),
        ),
        "People's true rating less what the true score foretells, the farthest first",
        most=MOST_ON_TERMINAL,
    )


def _texts(values: pl.Series, unit: str) -> pl.Series:
    return pl.Series([written(value, unit) for value in values], dtype=pl.String)


def _at_odds(one: Agreement) -> Section:
    frame = one.at_odds
    first = frame.row(0, named=True)
    share = one.benchmark_unit == "share"
    count = len(frame)
    return Section(
        question="Which pairs are at odds?",
        finding=(
            f"{integer(count)} pair{' is' if count == 1 else 's are'} ordered one way by people "
            "and the other way by the benchmark, and both are sure. The surest: people prefer "
            f"{printable(first['people_prefer'])}, the benchmark "
            f"{printable(first['benchmark_prefers'])}."
        ),
        tables=(
            Table(
                frame.with_columns(pl.col("score_gap") * (100.0 if share else 1.0)),
                (
                    Column("people_prefer", "People prefer"),
                    Column("rating_gap", "by", "number", 0 if one.human_unit == "rating" else 2),
                    Column("benchmark_prefers", "The benchmark prefers"),
                    Column("score_gap", "by (points)" if share else "by", "number", 1),
                ),
                "Pairs at odds, the surest first",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _reach(found: Agreements, one: Agreement) -> Section:
    level = level_text(found.level)
    both = one.reach[-1]
    rows = pl.DataFrame([reach.to_dict() for reach in one.reach]).with_columns(
        title=pl.col("what").replace_strict(
            {"items": "More items", "votes": "More votes", "both": "More of both"}
        ),
        times=pl.Series([_times(r.factor) for r in one.reach], dtype=pl.String),
        between=pl.Series(
            [f"{_times(r.low)} to {_times(r.high)}" for r in one.reach], dtype=pl.String
        ),
    )
    return Section(
        question=f"What would reach an agreement of {found.want:g}?",
        finding=" ".join(_reach_words(reach, level) for reach in one.reach)
        + (" The two measure different things." if both.reachable < (1.0 - found.level) else ""),
        low=both.low,
        high=both.high,
        tables=(
            Table(
                rows,
                (
                    Column("title", "With"),
                    Column("times", "Times as many"),
                    Column("between", f"{level} interval"),
                    Column("reachable", "Reached at all", "percent", 0),
                    Column("ceiling", "With endless", "number", 2),
                    Column("ceiling_low", "Low", "number", 2),
                    Column("ceiling_high", "High", "number", 2),
                ),
                "What more items and votes would do, and the agreement with endless ones",
            ),
        ),
        caveats=("More items are taken to be like those there are, and so are more votes.",),
    )


def _times(factor: float) -> str:
    if factor == float("inf"):
        return "never"
    return number(factor, 2) if factor < 10 else integer(round(factor))  # noqa: PLR2004


def _reach_words(reach: Reach, level: str) -> str:
    what = {"items": "items alone", "votes": "votes alone", "both": "both"}[reach.what]
    if reach.factor == float("inf"):
        return (
            f"Not by {what}: endless ones would show {number(reach.ceiling, 2)} ({level} interval "
            f"{number(reach.ceiling_low, 2)} to {number(reach.ceiling_high, 2)})."
        )
    return (
        f"{_times(reach.factor)} times as many of {what} ({level} interval {_times(reach.low)} to "
        f"{_times(reach.high)})."
    )
