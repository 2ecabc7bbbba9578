"""What is known about models, by whom, and where it does not agree, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.facts_frames import PER_PARAMETER, trained_rows
from theodolite.plotting.text import amount, integer, listed, number, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.tables.reports import ATTRIBUTES, COUNTS

if TYPE_CHECKING:
    from theodolite.tables import Facts

__all__ = ["facts_page", "facts_sections"]

MOST_ON_TERMINAL = 20
# A report takes several lines of a terminal: its source is long.
MOST_REPORTS = 12
# Rows that a page can hold; the JSON object has them all.
MOST_ON_PAGE = 5000

MODEL_COLUMNS = (
    Column("model", "Model"),
    Column("kind", "Kind"),
    Column("params", "Params"),
    Column("active_params", "Active"),
    Column("tokens", "Tokens"),
    Column("released", "Released"),
    Column("base_of", "Tuned from"),
    Column("results", "Results", "integer"),
)
SPREAD_COLUMNS = (
    Column("model", "Model"),
    Column("what", "Benchmark"),
    Column("n", "Reports", "integer"),
    Column("low", "Lowest"),
    Column("high", "Highest"),
    Column("apart", "Apart"),
    Column("unit", "Unit"),
    Column("settings", "Settings", "integer"),
    Column("sources", "Sources", "integer"),
)
TRAINED_COLUMNS = (
    Column("model", "Model"),
    Column("params_text", "Parameters"),
    Column("tokens_text", "Tokens"),
    Column("ratio_text", "Tokens a parameter"),
)


def facts_page(facts: Facts, *, title: str = "Facts about models") -> Page:
    """Make the page of facts about models."""
    return Page(title=title, sections=(*facts_sections(facts), _used(facts)))


def facts_sections(facts: Facts) -> tuple[Section, ...]:
    """Answer what is reported, where sources disagree, and how far measurements are apart."""
    sections = [_known(facts), _reported(facts), _conflicts(facts), _spread(facts), _trained(facts)]
    return tuple(section for section in sections if section is not None)


def _is_attribute() -> pl.Expr:
    return pl.col("field").is_in(ATTRIBUTES)


def _counted(count: int, what: str) -> str:
    return f"{integer(count)} {what}{'' if count == 1 else 's'}"


def _known(facts: Facts) -> Section | None:
    """Show one row a model, where there are several."""
    models = facts.models
    if models.height == 1:
        return None
    counts = facts.frame.group_by("model").agg(results=(~_is_attribute()).sum())
    rows = models.join(counts, on="model", how="left", maintain_order="left")
    texts = [
        pl.Series(name, [amount(value) for value in rows[name]], dtype=pl.String)
        for name in ("params", "active_params", "tokens")
    ]
    base = models.filter(kind="base").height
    both = models.select(
        (pl.col("params").is_not_null() & pl.col("tokens").is_not_null()).sum()
    ).item()
    return Section(
        question="Which models are known?",
        finding=(
            f"{_counted(base, 'base model')} and {integer(models.height - base)} that were tuned. "
            f"Parameters and tokens are known of {integer(both)}."
        ),
        tables=(
            Table(
                rows.head(MOST_ON_PAGE).with_columns(
                    *(text.head(MOST_ON_PAGE) for text in texts),
                ),
                MODEL_COLUMNS,
                "Models, in the order in which they are reported",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _reported(facts: Facts) -> Section:
    """List every report."""
    frame = facts.frame
    attributes = frame.select(_is_attribute().sum()).item()
    results = frame.filter(~_is_attribute())
    shown = frame.head(MOST_ON_PAGE)
    cut = f", the first {integer(MOST_ON_PAGE)}" if len(frame) > MOST_ON_PAGE else ""
    return Section(
        question="What is reported, and by whom?",
        finding=(
            f"{_counted(len(frame), 'report')} on {_counted(len(facts.models), 'model')}: "
            f"{_counted(attributes, 'attribute')} and {_counted(results.height, 'result')} on "
            f"{_counted(results['field'].n_unique(), 'benchmark')}, from "
            f"{_counted(frame['source'].n_unique(), 'source')}."
        ),
        tables=(
            Table(
                _texts(shown),
                (
                    Column("model", "Model"),
                    Column("field", "Field"),
                    Column("text", "Value"),
                    *_given(shown, "setting", Column("how", "Setting")),
                    Column("source", "Source"),
                    *_given(shown, "note", Column("note", "Note")),
                ),
                f"Reports{cut}",
                most=MOST_REPORTS,
            ),
        ),
        caveats=(
            "Reported by others and not measured here. What is not known stays empty.",
            *(("Intervals are those of the source.",) if _any(shown, "low") else ()),
        ),
    )


def _any(frame: pl.DataFrame, column: str) -> bool:
    return frame.get_column(column).is_not_null().any()


def _given(frame: pl.DataFrame, column: str, shown: Column) -> tuple[Column, ...]:
    """Show a column where something stands in it."""
    there = _any(frame, column) or (column == "setting" and _any(frame, "category"))
    return (shown,) if there else ()


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Write each value with its unit and interval, and the category beside the setting."""
    columns = ("field", "value", "number", "unit", "low", "high")
    texts = [_text(*row) for row in frame.select(columns).iter_rows()]
    return frame.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        how=pl.concat_str("category", "setting", separator=", ", ignore_nulls=True),
        note=pl.col("note").fill_null(""),
    )


def _text(
    field: str,
    value: str,
    size: float | None,
    unit: str | None,
    low: float | None,
    high: float | None,
) -> str:
    if size is None:
        return value
    if field in COUNTS:
        return amount(size)
    between = (
        "" if low is None or high is None else f" ({_figure(low, unit)} to {_figure(high, unit)})"
    )
    return f"{_figure(size, unit)}{_sign(unit)}{between}"


def _figure(value: float, unit: str | None) -> str:
    """Write a result as it was reported, but for digits that no benchmark has."""
    if unit == "share":
        return number(value, 3)
    if unit == "rating":
        return number(value, 0)
    if unit == "score":
        return number(value, 2)
    return number(value)


def _sign(unit: str | None) -> str:
    return {"%": "%", "pp": " points"}.get(unit or "", "")


def _conflicts(facts: Facts) -> Section | None:
    """Name the attributes on which sources disagree."""
    if not facts.frame.select(_is_attribute().any()).item():
        return None
    frame = facts.conflicts()
    question = "Where do sources disagree on what a model is?"
    if frame.is_empty():
        return Section(question, "Nowhere: no attribute has two different reports.")
    names = frame.unique(("model", "field"), maintain_order=True)
    what = [f"{model} ({field})" for model, field in names.select("model", "field").iter_rows()]
    texts = [
        amount(size) if size is not None else value
        for value, size in frame.select("value", "number").iter_rows()
    ]
    used = pl.when("used").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return Section(
        question=question,
        finding=f"On {_counted(len(what), 'attribute')}: {listed(what)}.",
        tables=(
            Table(
                frame.with_columns(pl.Series("text", texts, dtype=pl.String), taken=used),
                (
                    Column("model", "Model"),
                    Column("field", "Field"),
                    Column("text", "Value"),
                    Column("taken", "Used"),
                    Column("source", "Source"),
                ),
                "Attributes with different reports",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "The first report counts: a user's own file, then the developer's own card or report, "
            "then copies, then collections by others.",
        ),
    )


def _spread(facts: Facts) -> Section | None:
    """Say how far measurements of one quantity are apart."""
    frame = facts.spread()
    if frame.is_empty():
        return None
    row = frame.row(0, named=True)
    unit = row["unit"]
    what = "quantity" if frame.height == 1 else "quantities"
    ends = f"{_figure(row['low'], unit)} to {_figure(row['high'], unit)}{_sign(unit)}"
    return Section(
        question="How far apart are measurements of one quantity?",
        finding=(
            f"{integer(frame.height)} {what} measured more than once. The furthest apart: "
            f"{printable(row['benchmark'])} of {printable(row['model'])}, from {ends} in "
            f"{integer(row['n'])} reports."
        ),
        tables=(
            Table(
                _written(frame.head(MOST_ON_PAGE)),
                SPREAD_COLUMNS,
                "Quantities measured more than once, the furthest apart first",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "Prompts, shots, answer extraction and mistakes in copying all make part of it: no "
            "report is averaged with another.",
        ),
    )


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    """Write the figures of a spread as results are written, and the category with its benchmark."""
    texts = {
        name: [_figure(value, unit) for value, unit in frame.select(name, "unit").iter_rows()]
        for name in ("low", "high", "apart")
    }
    return frame.with_columns(
        pl.concat_str("benchmark", "category", separator=", ", ignore_nulls=True).alias("what"),
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
    )


def _trained(facts: Facts) -> Section | None:
    """Place base models by parameters and tokens."""
    models = facts.models
    base = models.filter(kind="base")
    rows = trained_rows(models)
    if rows.is_empty():
        return None
    unknown = _unknown(base, rows)
    most, least = rows.row(0, named=True), rows.row(-1, named=True)
    more = int(rows["more"].sum())
    ends = (
        f"{most['model']} saw {most['ratio_text']} tokens a parameter"
        if rows.height == 1
        else f"From {least['ratio_text']} tokens a parameter ({least['model']}) to "
        f"{most['ratio_text']} ({most['model']})"
    )
    return Section(
        question="How much text has each base model seen for its size?",
        finding=(
            f"{ends}; {integer(more)} of {_counted(rows.height, 'base model')} saw more than "
            f"{PER_PARAMETER:g}."
        ),
        chart=partial(plotting.trained, facts),
        tables=(
            Table(
                rows,
                TRAINED_COLUMNS,
                "Base models, the longest trained for its size first",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            *(
                (f"Left out, parameters or tokens not known: {listed(unknown)}.",)
                if unknown
                else ()
            ),
            "Repeated text counts each time. Experts count by the parameters that are active.",
        ),
    )


def _unknown(base: pl.DataFrame, rows: pl.DataFrame) -> list[str]:
    return [name for name in base["model"] if printable(name) not in set(rows["model"])]


def _used(facts: Facts) -> Section:
    sources = facts.frame.group_by("source", maintain_order=True).agg(
        reports=pl.len(), models=pl.col("model").n_unique()
    )
    removed = sum(removal.count for removal in facts.removed)
    values = pl.DataFrame({"setting": ["Theodolite"], "value": [__version__]})
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{_counted(len(facts), 'report')}. "
            + (f"{integer(removed)} were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(facts.removed, what="Reports"),
            Table(
                sources.sort("reports", descending=True, maintain_order=True),
                (
                    Column("source", "Source"),
                    Column("reports", "Reports", "integer"),
                    Column("models", "Models", "integer"),
                ),
                "Sources",
                most=10,
            ),
            Table(values, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
