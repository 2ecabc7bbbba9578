"""What scores of published models against their tokens say, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import count, integer, level_text, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import ScoreSaturation
    from theodolite.scaling.saturation import TwoModels

__all__ = ["score_sections"]

TRENDS = (
    Column("benchmark", "Benchmark"),
    Column("doubling_text", "A doubling buys"),
    Column("curvature_text", "Curvature"),
    Column("error_line", "Line off by", "percent", 1),
    Column("error_plateau", "Plateau", "percent", 1),
    Column("error_flat", "Flat", "percent", 1),
    Column("verdict", "The score"),
)
PAIR = (
    Column("benchmark", "Benchmark"),
    Column("score_a", "Score", "percent", 1),
    Column("score_b", "Against", "percent", 1),
    Column("difference_text", "Difference"),
    Column("relative_text", "Relative"),
    Column("expected_text", "As tokens say"),
    Column("verdict", "It is"),
)
MODELS = (
    Column("benchmark", "Benchmark"),
    Column("model", "Model"),
    Column("tokens", "Tokens", "count"),
    Column("score", "Score", "percent", 1),
    Column("lowest", "Lowest", "percent", 1),
    Column("highest", "Highest", "percent", 1),
    Column("measured", "Measured", "integer"),
    Column("fitted", "By the trend", "percent", 1),
)
WITHOUT = (Column("benchmark", "Benchmark"), Column("reason", "Why it could not be used"))
MOST_MODELS = 12


def score_sections(found: ScoreSaturation) -> tuple[Section, ...]:
    """Answer whether scores still rise with tokens, and how much better one model is."""
    sections = [_trends(found)]
    if found.pair is not None:
        sections.append(_pair(found, found.pair))
    return tuple(sections)


def _text(row: dict[str, float | None], name: str, digits: int, *, share: bool) -> str:
    if row[name] is None:
        return ""
    write = percent if share else number
    at, low, high = (write(row[name + end], digits) for end in ("", "_low", "_high"))
    return f"{at} [{low}, {high}]"


def _with_texts(frame: pl.DataFrame, names: dict[str, tuple[int, bool]]) -> pl.DataFrame:
    rows = frame.to_dicts()
    return frame.with_columns(
        pl.Series(
            f"{name}_text",
            [_text(row, name, digits, share=share) for row in rows],
            dtype=pl.String,
        )
        for name, (digits, share) in names.items()
    )


def _trends(found: ScoreSaturation) -> Section:
    frame = _with_texts(found.scores, {"doubling": (1, True), "curvature": (2, False)})
    tables = [
        Table(
            frame,
            TRENDS,
            f"Points of score a doubling of tokens buys, with {level_text(found.level)} intervals, "
            "and errors on families left out",
        ),
        Table(found.models, MODELS, "The models", most=MOST_MODELS),
    ]
    if found.without:
        tables.append(Table(pl.DataFrame(list(found.without)), WITHOUT))
    return Section(
        question="Do scores of models of one size still rise with tokens?",
        finding=found.verdict_words,
        evidence=(
            f"{integer(found.models['model'].n_unique())} base models of "
            f"{integer(found.models['family'].n_unique())} families; scores as logits above "
            "guessing; intervals leave each family out in turn. What would decide: "
            f"{found.decides['text']}."
        ),
        chart=partial(plotting.score_trends, found),
        tables=(*tables, *removed_tables(found.removed, what="Models")),
        caveats=(
            "Models of more tokens are also later, on better text and of other recipes: the trend "
            "is of all that, not of tokens alone.",
            "Several measurements of one model are other settings of one benchmark: their mean "
            "counts, and how far they are apart is in its noise.",
        ),
    )


def _pair(found: ScoreSaturation, pair: TwoModels) -> Section:
    frame = _with_texts(
        pair.benchmarks, {"difference": (1, True), "relative": (0, True), "expected": (1, True)}
    )
    relative = pair.relative
    ends = ""
    if relative["low"] is not None:
        ends = f" [{percent(relative['low'], 0)}, {percent(relative['high'], 0)}]"
    one, other = printable(pair.model), printable(pair.against)
    logs = pair.benchmarks["relative"].cast(pl.Float64).drop_nulls()
    gain = (
        f"By {percent(relative['estimate'], 0)}{ends} in score, the geometric mean of "
        f"{integer(len(logs))} benchmark{'' if len(logs) == 1 else 's'}: from "
        f"{percent(logs.min(), 0)} to {percent(logs.max(), 0)}."  # type: ignore[arg-type]
        if len(logs)
        else "By what factor cannot be told."
    )
    told = pair.benchmarks["verdict"].drop_nulls().to_list()
    more, less = told.count("above the trend"), told.count("below the trend")
    tokens = [count(x) if x else "unknown" for x in (pair.tokens, pair.against_tokens)]
    return Section(
        question=f"How much better is {one} than {other}?",
        finding=" ".join(filter(None, (gain, _unsaid(pair), _explained(told, more, less)))),
        low=relative["low"],
        high=relative["high"],
        evidence=f"{tokens[0]} against {tokens[1]} tokens; the trend is that of the other "
        "families, each expectation with its interval for two models of their own kind; the "
        "interval of the mean is over benchmarks.",
        chart=partial(plotting.two_models, found),
        tables=(
            Table(
                frame,
                PAIR,
                f"Points of score, with {level_text(found.level)} intervals by the noise of "
                "settings and items",
            ),
        ),
        caveats=("A relative gain is large where the lower score is small: compare by benchmark.",),
    )


def _unsaid(pair: TwoModels) -> str:
    """Say where there is no ratio of scores, and why."""
    rows = pair.benchmarks.filter(pl.col("relative_reason").is_not_null())
    if rows.is_empty():
        return ""
    named = rows.select(pl.format("{} ({})", "benchmark", "relative_reason")).to_series()
    which = "; ".join(printable(one) for one in named)
    return f"No ratio is told on {integer(len(rows))} of {integer(len(pair.benchmarks))}: {which}."


def _explained(told: list[str], more: int, less: int) -> str:
    if not told:
        return "What tokens alone would say cannot be told."
    parts = [f"above it on {integer(more)}"] if more else []
    parts += [f"below it on {integer(less)}"] if less else []
    rest = f", {', '.join(parts)}" if parts else ""
    return (
        "It is within what the trend in tokens allows two models on "
        f"{integer(len(told) - more - less)} of {integer(len(told))}{rest}."
    )
