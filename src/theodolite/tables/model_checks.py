"""What reports about models must be together: one kind, a base that exists, one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import MOST_SHOWN, InputError, Problem
from theodolite.tables.checks import FILE, ROW, already_there, problems_at
from theodolite.tables.reports import CELL, KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "check_aliases",
    "check_models",
    "check_scales",
    "refuse_repeats",
    "without_copies",
]

# A score of 62 is never measured as 0.62: what is so far below in percent is a fraction.
APART = 10.0


def check_aliases(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return aliases, each of one model and none itself the model of another.

    Raises
    ------
    InputError
        An alias stands twice, or leads to another alias.
    """
    first = aliases.get_column("alias").is_first_distinct()
    if not first.all():
        raise already_there(aliases, "alias", first)
    chained = aliases.get_column("model").is_in(aliases.get_column("alias").implode())
    if chained.any():
        problems = problems_at(aliases, "model", chained, "itself an alias")
        raise InputError(problems, total=int(chained.sum()))
    return aliases


def refuse_repeats(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise where one file holds the same report twice."""
    first = frame.select(pl.struct(FILE, *columns).is_first_distinct()).to_series()
    if not first.all():
        raise already_there(frame, "model", first, hint="Each report stands once, with its source.")


def without_copies(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Keep the first of reports that are the same in every word, and count the others."""
    kept = frame.unique(columns, keep="first", maintain_order=True)
    return kept, frame.height - kept.height


def check_models(frame: pl.DataFrame, facts: pl.DataFrame, results: pl.DataFrame) -> None:
    """Raise where a model has no kind, no such base, or numbers that contradict each other."""
    _check_kinds(frame, facts, results)
    bases = facts.filter(pl.col("field") == "base_of")
    unknown = ~bases.get_column("value").is_in(frame.get_column("model").implode())
    if unknown.any():
        allowed = "no model of the table, so nothing can be tuned from it"
        raise InputError(_cells(bases.filter(unknown), allowed), total=int(unknown.sum()))
    looped = in_loops(frame)
    if looped.any():
        wrong = bases.filter(pl.col("model").is_in(frame["model"].filter(looped).implode()))
        allowed = "a base that leads back to the model itself"
        raise InputError(_cells(wrong, allowed), total=wrong.height)
    for less, more in (("active_params", "params"), ("unique_tokens", "tokens")):
        over = frame.filter(pl.col(less) > pl.col(more)).select("model", more)
        if over.height:
            wrong = facts.filter(pl.col("field") == less).join(over, on="model", how="semi")
            limit = over[more].item(0)
            allowed = f"more than the {more} of the model ({limit:.4g})"
            raise InputError(_cells(wrong.head(1), allowed), total=over.height)


def _check_kinds(frame: pl.DataFrame, facts: pl.DataFrame, results: pl.DataFrame) -> None:
    lacking = frame.filter(pl.col("kind").is_null()).select("model")
    if lacking.is_empty():
        return
    rows = pl.concat([facts.select("model", FILE, ROW), results.select("model", FILE, ROW)])
    rows = rows.join(lacking, on="model", how="semi", maintain_order="left")
    rows = rows.unique("model", keep="first", maintain_order=True)
    allowed = f"a model without a kind ({' or '.join(KINDS)})"
    whole = pl.repeat(True, rows.height, eager=True)  # noqa: FBT003
    raise InputError(problems_at(rows, "model", whole, allowed), total=rows.height)


def in_loops(frame: pl.DataFrame) -> pl.Series:
    """Return which models' chain of bases never ends.

    Every step goes twice as far as the one before, so that the logarithm of the number of models
    is enough.
    """
    models = frame.get_column("model")
    place = pl.DataFrame({"base_of": models}).with_row_index("at", offset=0)
    at = frame.select("base_of").join(place, on="base_of", how="left", maintain_order="left")["at"]
    # The last place stands for "no base", and is its own.
    end = frame.height
    base = np.append(at.cast(pl.Int64).fill_null(end).to_numpy(), end)
    for _ in range(end.bit_length()):
        base = base[base]
    return pl.Series("looped", base[:-1] != end)


def check_scales(results: pl.DataFrame) -> None:
    """Raise where a benchmark mixes units, or percent and fractions.

    A percentage above 0 and at most 1 is taken for a fraction where another measurement of the
    same model is more than ten times as large, or where no value of the benchmark lies between 1
    and 10 and some are larger.
    """
    units = results.group_by("benchmark", maintain_order=True).agg(
        usual=pl.col("unit").first(), n=pl.col("unit").n_unique()
    )
    mixed = results.join(units.filter(pl.col("n") > 1), on="benchmark", maintain_order="left")
    other = mixed.filter(pl.col("unit") != pl.col("usual"))
    if other.height:
        found = other.head(MOST_SHOWN).select(FILE, ROW, "unit", "benchmark", "usual").iter_rows()
        problems = [
            Problem(file, row, "unit", unit, f"not the unit of {benchmark} above: {usual}")
            for file, row, unit, benchmark, usual in found
        ]
        raise InputError(problems, total=other.height)
    value = pl.col("value")
    small = (pl.col("unit") == "%") & (value > 0) & (value <= 1)
    by_model = value.max().over("model", "benchmark", "category") > APART * value
    by_gap = (value > APART).any().over("benchmark") & ~value.is_between(
        1, APART, closed="right"
    ).any().over("benchmark")
    fraction = results.select(small & (by_model | by_gap)).to_series()
    if fraction.any():
        allowed = "a fraction in a benchmark whose other values are percentages"
        problems = problems_at(results, "value", fraction, allowed)
        raise InputError(problems, total=int(fraction.sum()))


def _cells(facts: pl.DataFrame, allowed: str) -> list[Problem]:
    rows = facts.head(MOST_SHOWN).select(FILE, ROW, CELL, "value").iter_rows()
    return [Problem(file, row, column, value, allowed) for file, row, column, value in rows]
