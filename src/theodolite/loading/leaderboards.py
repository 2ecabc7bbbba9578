"""Leaderboards: one row a model and one column a benchmark, as two collections publish them.

The tables of github.com/ryoungj/ObsScaling (Y. Ruan et al. 2024, arXiv:2405.10938) and of
github.com/felipemaiapolo/sloth (F. Maia Polo et al. 2024, arXiv:2412.06540). A table with sizes
says what the models are; one with ``Model`` and scores alone adds scores to models of another file.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.benchmarks import benchmark_named
from theodolite.tables.checks import FILE, ROW, Column, Kind, already_there, conform, problems_at
from theodolite.tables.reports import facts_of, results_of, unpivoted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODEL", "Reports", "is_leaderboard", "reports_of"]

MODEL = "Model"
TOKENS, FLOPS, INSTRUCT, DATE = "Pretraining Data Size (T)", "FLOPs (1E21)", "Instruct", "date"
FAMILY: tuple[str, ...] = ("Model Family", "Family")
PARAMS: tuple[str, ...] = ("Model Size (B)", "#Params (B)")
# Said of the rows by who collected the tables; neither an attribute nor a score.
REMARKS: Mapping[str, str] = MappingProxyType(
    {
        "preregistered_post_may2024": "registered before it was measured, after May 2024",
        DATE: "on the leaderboard",
        "Family2": "family, coarser",
    }
)
# Rescaled or normalised by the collectors, and shares of nothing.
RESCALED = ("Arena-Elo", "MTBench")
NORMALISED = ("norm", "bleu")
# What both collections call these benchmarks.
CALLED: Mapping[str, str] = MappingProxyType({"Winograd": "Winogrande", "ARC": "ARC-C"})
# FLOPs are stated as 6 N D, rounded.
MOST_APART = 0.01


class Reports(NamedTuple):
    """The reports of one file: checked attributes and checked results."""

    facts: pl.DataFrame
    results: pl.DataFrame


def is_leaderboard(frame: pl.DataFrame) -> bool:
    """Tell such a table by its column ``Model``."""
    return MODEL in frame.columns and "model" not in frame.columns


def reports_of(frame: pl.DataFrame, source: str) -> Reports:
    """Turn a leaderboard into reports.

    Scores within [0, 1] are read as shares and become percentages. A column with others is in
    percent where it is a benchmark that :mod:`theodolite.tables.benchmarks` knows, and a ``score``
    elsewhere. ``Winograd`` is Winogrande and ``ARC`` is ARC-C, as both collections say.
    Sizes are in billions, tokens in trillions; FLOPs must be 6 N D.

    Parameters
    ----------
    frame
        The table, with where each row came from.
    source
        What to call it in an error.

    Raises
    ------
    FormatError
        There is no column of scores.
    InputError
        A cell is of the wrong type, a model stands twice, or FLOPs are not 6 N D.
    """
    sized = next((name for name in PARAMS if name in frame.columns), None)
    about = (*FAMILY, *PARAMS, TOKENS, FLOPS, INSTRUCT, *REMARKS)
    given = [name for name in about if name in frame.columns]
    benchmarks = [n for n in frame.columns if n not in (MODEL, FILE, ROW, *given)]
    if not benchmarks:
        raise FormatError(f"{source}: no column of scores beside {MODEL}")
    columns = [Column(MODEL, required=True), *(Column(n, Kind.REAL) for n in benchmarks)]
    columns += [
        Column(name, Kind.REAL, positive=True) for name in (*PARAMS, TOKENS, FLOPS) if name in given
    ]
    if INSTRUCT in given:
        columns.append(Column(INSTRUCT, Kind.BOOLEAN, required=True))
    frame = conform(frame, columns, source=source)
    first = frame.get_column(MODEL).is_first_distinct()
    if not first.all():
        raise already_there(frame, MODEL, first)
    results = _results(frame, benchmarks, source)
    if sized is None:
        return Reports(facts_of(None, source=source), results)
    return Reports(_facts(frame, sized, source), results)


def _facts(frame: pl.DataFrame, sized: str, source: str) -> pl.DataFrame:
    """Say what the models are."""
    family = next((name for name in FAMILY if name in frame.columns), None)
    columns = {"params": pl.col(sized) * 1e9}
    if TOKENS in frame.columns:
        columns["tokens"] = pl.col(TOKENS) * 1e12
        _check_flops(frame, sized)
    if family is not None:
        columns["family"] = pl.col(family)
    wide = frame.select(pl.col(MODEL).alias("model"), FILE, ROW, _kind(frame), **columns)
    counts = [name for name in ("params", "tokens") if name in columns]
    wide = wide.with_columns(pl.col(counts).round(0).cast(pl.Int64))
    remark = _remark(frame)
    if remark is not None:
        wide = wide.with_columns(remark)
    return facts_of(unpivoted(wide, source=source), source=source)


def _kind(frame: pl.DataFrame) -> pl.Series:
    """Base or instruct: as the table says, or by the Arena rating, which only chat models have."""
    if INSTRUCT in frame.columns:
        tuned = frame.get_column(INSTRUCT)
    else:
        tuned = pl.repeat("Arena-Elo" in frame.columns, frame.height, eager=True)
    return pl.select(
        pl.when(tuned).then(pl.lit("instruct")).otherwise(pl.lit("base")).alias("kind")
    ).to_series()


def _remark(frame: pl.DataFrame) -> pl.Series | None:
    """What is said of a model beside its attributes, as a note."""
    said = [
        pl.when(~pl.col(name).cast(pl.String).str.to_lowercase().is_in(["false", ""]))
        .then(pl.format("{}: {}", pl.lit(words), pl.col(name).cast(pl.String)))
        .alias(name)
        for name, words in REMARKS.items()
        if name in frame.columns
    ]
    if not said:
        return None
    joined = frame.select(pl.concat_str(said, separator="; ", ignore_nulls=True).alias("note"))
    return joined.select(pl.when(pl.col("note") != "").then("note").alias("note")).to_series()


def _check_flops(frame: pl.DataFrame, sized: str) -> None:
    if FLOPS not in frame.columns:
        return
    meant = 6.0 * frame.get_column(sized) * frame.get_column(TOKENS)
    bad = ((frame.get_column(FLOPS) / meant - 1.0).abs() > MOST_APART).fill_null(value=False)
    if bad.any():
        allowed = f"not 6 x {sized} x {TOKENS}"
        raise InputError(problems_at(frame, FLOPS, bad, allowed), total=int(bad.sum()))


def _results(frame: pl.DataFrame, benchmarks: list[str], source: str) -> pl.DataFrame:
    long = frame.unpivot(
        on=benchmarks, index=[MODEL, FILE, ROW], variable_name="benchmark", value_name="value"
    )
    shares = [
        name
        for name in benchmarks
        if name not in RESCALED
        and not name.endswith(NORMALISED)
        and frame.get_column(name).drop_nulls().is_between(0, 1).all()
    ]
    known = [name for name in benchmarks if benchmark_named(name).items and name not in shares]
    is_share = pl.col("benchmark").is_in(shares)
    in_percent = is_share | pl.col("benchmark").is_in(known)
    long = long.filter(pl.col("value").is_not_null()).select(
        pl.col(MODEL).alias("model"),
        pl.col("benchmark").replace(dict(CALLED)),
        pl.when(is_share).then(100.0 * pl.col("value")).otherwise("value").alias("value"),
        pl.when(in_percent).then(pl.lit("%")).otherwise(pl.lit("score")).alias("unit"),
        FILE,
        ROW,
    )
    return results_of(long, source=source)
