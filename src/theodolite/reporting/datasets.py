"""What a comparison of training sets says, as sections."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, integer, level_text, number, p_value, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scaling.datasets.forms import FORMS
from theodolite.scaling.datasets.trials import PARTS, parts_of
from theodolite.scaling.datasets.words import form_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling import Datasets, Difference, Evaluations

__all__ = ["datasets_page", "datasets_sections", "difference_section", "evaluations_section"]

SET_COLUMNS = (
    Column("dataset", "Set"),
    Column("multiplier", "One token is worth", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
    Column("n", "Runs", "integer"),
    Column("largest_flops", "Largest, FLOPs", "flops"),
)
PAIR_COLUMNS = (
    Column("dataset", "One token of"),
    Column("ratio", "is worth", "number", 2),
    Column("other", "of"),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
    Column("apart", "Apart"),
)
FORM_COLUMNS = (
    Column("form", "Form"),
    Column("own", "Each set's own"),
    Column("parameters", "Par.", "integer"),
    Column("error", "Left out", "percent", 2),
    Column("largest", "Largest", "percent", 2),
    Column("p_shared", "p, none needed"),
    Column("p_own", "p, this is enough"),
)
WORTH_COLUMNS = (
    Column("dataset", "Set"),
    Column("run", "Run"),
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("multiplier", "One token is worth", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
)
PART_COLUMNS = (
    Column("b", "Compared"),
    Column("a", "With"),
    Column("all", "All"),
    *(Column(part, part.capitalize()) for part in ("size", "tokens", "data", "rest")),
)
COMPUTE_COLUMNS = (
    Column("b", "Compared"),
    Column("a", "With"),
    *(Column(part, part.capitalize()) for part in ("size", "tokens", "data", "rest")),
    Column("orders", "Data over orders"),
)
EVALUATION_COLUMNS = (
    Column("evaluation", "Evaluation"),
    Column("dataset", "Set"),
    Column("multiplier", "One token is worth", "number", 3),
    Column("low", "Low", "number", 3),
    Column("high", "High", "number", 3),
    Column("one_multiplier", "One multiplier enough"),
    Column("form", "Form taken"),
)

OWN = {
    "shared": "nothing",
    "tokens": "q of tokens (in B)",
    "params": "r of parameters (in A)",
    "floor": "E",
    "token-term": "B, beta",
    "own": "all",
}


def datasets_page(
    found: Datasets,
    differences: Sequence[Difference] = (),
    evaluations: Evaluations | None = None,
    *,
    title: str = "Training sets compared by the law of their runs",
) -> Page:
    """Make the page of a comparison, with differences explained and other evaluations."""
    sections = datasets_sections(found)
    if differences:
        sections = (*sections, difference_section(differences, found))
    if evaluations is not None:
        sections = (*sections, evaluations_section(evaluations))
    return Page(title=title, sections=(*sections, _used(found)))


def datasets_sections(found: Datasets) -> tuple[Section, ...]:
    """Answer what a token is worth, whether one number says it, and what it is run by run."""
    return (_multipliers(found), _forms(found), _worth(found))


def _multipliers(found: Datasets) -> Section:
    level = level_text(found.level)
    pairs = found.pairs.with_columns(
        apart=pl.when(pl.col("apart")).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    setting = found.setting
    drawn = "noise drawn" if setting.of_noise else "runs drawn within each set"
    # An average that no run need have is no interval of the answer.
    one = len(pairs) == 1 and found.choice.one_multiplier != "no"
    return Section(
        question="How much is a token of each set worth?",
        finding=f"{printable(found.verdict_words)} What would decide: "
        f"{printable(found.decides.text)}",
        low=found.pairs["low"][0] if one else None,
        high=found.pairs["high"][0] if one else None,
        evidence=(
            f"{integer(len(setting.runs.loss))} runs in one fit of {setting.law.name} by "
            f"{setting.recipe.words}; {drawn}, {integer(setting.resampling.n)} times; losses in "
            f"{found.unit}."
        ),
        chart=partial(plotting.set_forest, found),
        tables=(
            Table(
                _printable(found.multipliers),
                SET_COLUMNS,
                f"In tokens of {printable(found.reference)}, with pointwise {level} intervals",
            ),
            Table(
                _printable(pairs),
                PAIR_COLUMNS,
                f"Every pair, the better set first; intervals that hold together at {level}",
                most=15,
            ),
        ),
        caveats=(
            "The worth is of everything in which the sets' runs differ, and on this evaluation: "
            "text like a set's own flatters it.",
            *found.notes,
        ),
    )


def _forms(found: Datasets) -> Section:
    words = {
        "yes": "Yes: it foretells runs left out as well as any form, and no other so simple does.",
        "no": "No: by test, a token is worth more or less with the tokens or the size of a run.",
        "cannot be told": "It cannot be told from these runs.",
    }
    meaning = next(form.meaning for form in FORMS if form.name == found.choice.form)
    rivals = found.choice.rivals
    others = f" As simple and as good: {', '.join(rivals)}." if rivals else ""
    p = [
        pl.col(name).map_elements(_p_text, return_dtype=pl.String) for name in ("p_shared", "p_own")
    ]
    fitted = found.forms.filter(pl.col("parameters").is_not_null()).with_columns(
        *p, own=pl.col("form").replace_strict(OWN, return_dtype=pl.String)
    )
    tables = [
        Table(
            fitted,
            FORM_COLUMNS,
            f"Mean absolute errors on runs left out {_left_out(found)}, and on the largest fifth "
            "of each set; p-values of no difference against this form, and of this form against a "
            "law for each set",
        )
    ]
    unfit = found.forms.filter(pl.col("reason").is_not_null())
    if len(unfit):
        columns = (Column("form", "Form"), Column("reason", "Why it could not be fitted"))
        tables.append(Table(unfit, columns, "Not fitted"))
    return Section(
        question="Does one multiplier describe how the sets differ?",
        finding=f"{words[found.choice.one_multiplier]} Taken is {form_words(found.choice.form)}: "
        f"{meaning}.{others}",
        evidence="Of the forms that foretell runs left out as well as the best (t interval of the "
        "difference), the one with the fewest parameters.",
        chart=partial(plotting.set_losses, found),
        tables=tuple(tables),
        caveats=(
            "Floors, parameters and tokens look alike where runs span few tokens: a form that is "
            "not refuted is not proven.",
        ),
    )


def _left_out(found: Datasets) -> str:
    """Say in words with which others a run was left out."""
    setting = found.setting
    cluster = printable(setting.resampling.cluster or "cluster")
    if int(parts_of(setting).max()) < int(setting.groups.max()):
        return f"in {PARTS} parts" + (
            f", those of one {cluster} together" if setting.clustered else ""
        )
    return f"with all of their {cluster}" if setting.clustered else "one by one"


def _worth(found: Datasets) -> Section:
    largest = found.worth.filter("largest")
    parts = [
        f"{printable(row['dataset'])} {number(row['multiplier'], 2)} "
        f"[{number(row['low'], 2)}, {number(row['high'], 2)}]"
        + (" (unbounded)" if row["unbounded"] else "")
        for row in largest.iter_rows(named=True)
    ]
    reference = printable(found.reference)
    return Section(
        question="What is a token worth at the largest runs?",
        finding=f"In tokens of {reference} that reach the same loss at the same size: "
        f"{'; '.join(parts)}.",
        low=largest["low"][0] if len(largest) == 1 else None,
        high=largest["high"][0] if len(largest) == 1 else None,
        evidence=f"By {form_words(found.worth_form)}, which supposes the least and leaves the most "
        f"open; pointwise {level_text(found.level)} intervals.",
        chart=partial(plotting.set_worth, found),
        tables=(
            Table(
                _printable(found.worth.sort("largest", "flops", descending=True), "run"),
                WORTH_COLUMNS,
                "Run by run, the largest of each set first",
                most=12,
            ),
        ),
        caveats=(f"Unbounded: by some draws no number of tokens of {reference} reaches the loss.",),
    )


def difference_section(differences: Sequence[Difference], found: Datasets) -> Section:
    """Answer which part of a difference in loss is data, and which size or tokens."""
    parts = [
        f"{printable(one.b)} against {printable(one.a)}, {_signed(one.total)} in all: data "
        f"{_ends(one.part('data'))}, size {_signed(one.part('size')['log_loss'])}, tokens "
        f"{_signed(one.part('tokens')['log_loss'])}, rest {_signed(one.part('rest')['log_loss'])}"
        for one in differences[:2]
    ]
    more = f"; and {len(differences) - 2} more below" if len(differences) > 2 else ""  # noqa: PLR2004
    return Section(
        question="Which part of a difference in loss is data?",
        finding=f"{'; '.join(parts)}{more}.",
        evidence=(
            f"Differences of log losses by {form_words(differences[0].form)}. Of two runs: means "
            "over the six orders of change (Shapley). Of two sets: their mix of size and tokens, "
            f"and the law on it (Oaxaca). {level_text(found.level)} intervals."
        ),
        tables=_part_tables(differences, found),
        caveats=(
            "A factor of compute is that of the second, by the law of its set at its tokens per "
            "parameter; undefined where no compute reaches a loss.",
            "The rest is the noise of the runs, and where the law is wrong.",
        ),
    )


def evaluations_section(found: Evaluations) -> Section:
    """Answer whether one set is better on every evaluation."""
    reference = printable(found.table.filter("reference")["dataset"][0])
    return Section(
        question="Is one set better on every evaluation?",
        finding=printable(found.verdict_words),
        evidence="Better: intervals of all pairs that hold together on one evaluation. Beaten: "
        "such that hold together over all evaluations.",
        chart=partial(plotting.set_evaluations, found),
        tables=(
            Table(
                _printable(found.table.filter(~pl.col("reference")), "evaluation"),
                EVALUATION_COLUMNS,
                f"In tokens of {reference}, pointwise intervals",
                most=24,
            ),
        ),
        caveats=(
            "An evaluation on a set's own kind of text measures likeness as well as quality.",
        ),
    )


def _part_tables(differences: Sequence[Difference], found: Datasets) -> tuple[Table, ...]:
    names = [{"b": printable(one.b), "a": printable(one.a)} for one in differences]
    rows = [
        name
        | {"all": _signed(one.total)}
        | {row["part"]: _ends(row) for row in one.parts.iter_rows(named=True)}
        for name, one in zip(names, differences, strict=True)
    ]
    level = level_text(found.level)
    first = Table(
        pl.DataFrame(rows),
        PART_COLUMNS,
        f"Differences of log losses with {level} intervals; below 0 the first is better",
        most=12,
    )
    single = [
        name
        | {row["part"]: _compute(row) for row in one.parts.iter_rows(named=True)}
        | {"orders": _orders(one)}
        for name, one in zip(names, differences, strict=True)
        if one.of == "runs"
    ]
    if not single:
        return (first,)
    caption = f"The same as factors of compute, with {level} intervals; above 1 the first is better"
    return (first, Table(pl.DataFrame(single), COMPUTE_COLUMNS, caption, most=12))


def _compute(row: dict[str, Any]) -> str:
    if row["compute"] is None:
        return "undefined"
    value = number(row["compute"], 2)
    if row["compute_low"] == row["compute_high"]:
        return value
    return f"{value} [{number(row['compute_low'], 2)}, {number(row['compute_high'], 2)}]"


def _orders(one: Difference) -> str:
    data = one.part("data")
    return f"{_signed(data['least'])} to {_signed(data['most'])}"


def _ends(row: dict[str, Any]) -> str:
    if row["low"] == row["high"]:
        return _signed(row["log_loss"])
    return f"{_signed(row['log_loss'])} [{_signed(row['low'])}, {_signed(row['high'])}]"


def _signed(value: float) -> str:
    """Write a difference of logs as a percentage with its sign."""
    text = percent(value, 2)
    return text if text.startswith("-") or float(text.rstrip("%")) == 0 else f"+{text}"


def _p_text(value: float) -> str:
    return p_value(value).removeprefix("= ")


def _printable(frame: pl.DataFrame, *more: str) -> pl.DataFrame:
    names = [name for name in ("dataset", "other", *more) if name in frame.columns]
    return frame.with_columns(pl.col(names).map_elements(printable, return_dtype=pl.String))


def _used(found: Datasets) -> Section:
    setting = found.setting
    removed = sum(r.count for r in found.removed)
    points = setting.runs.points
    rows = [
        ("Sets by", printable(found.by)),
        ("Reference", printable(found.reference)),
        ("Law", setting.law.equation),
        ("Objective", setting.recipe.words),
        ("FLOPs", found.accounting),
        ("Resamples", integer(setting.resampling.n)),
        ("Drawn", "the noise" if setting.of_noise else "runs within each set"),
        ("Clustered by", printable(setting.resampling.cluster or "none")),
        ("Level", level_text(found.level)),
        ("Seed", str(setting.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    sizes = [count(math.exp(x)) for x in (points.params.min(), points.params.max())]
    return Section(
        question="What was used?",
        finding=f"{integer(len(points.params))} runs of {integer(len(found.names))} sets, "
        f"{sizes[0]} to {sizes[1]} parameters; filters removed {integer(removed)}.",
        tables=(
            *removed_tables(found.removed, what="Runs"),
            Table(settings, (Column("setting", "Setting"), Column("value", "Value")), "Settings"),
        ),
    )
