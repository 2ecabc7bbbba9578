"""Facts about models: those that come with the package, and files of the user's own."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError
from theodolite.loading.leaderboards import Reports, is_leaderboard, reports_of
from theodolite.loading.source import Source, listed
from theodolite.tables import Models
from theodolite.tables.checks import FILE, ROW
from theodolite.tables.reports import ATTRIBUTES, CELL, facts_of, results_of, unpivoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["load_models"]

# The developers' own cards and reports first, then copies of them, then collections.
SHIPPED = ("facts.csv", "models.csv", "gsm1k.csv", "arena.csv")
FOLDER = "figures"
# Other names of the same column or field.
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "base_or_instruct": "kind",
        "train_tokens": "tokens",
        "params_total": "params",
        "params_active": "active_params",
        "release_date": "released",
    }
)
LONG = ("field", "value")
LABELS = ("model", "setting", "source", "note")
RESULT_LABELS = ("unit", "category", "low", "high")


def load_models(
    paths: Sequence[str | Path] | str | Path | None = None, *, only: bool = False
) -> Models:
    r"""Read facts about models: the shipped ones, a user's own, or both.

    Parameters
    ----------
    paths
        Files of facts: CSV, JSONL, a JSON array or Parquet. Long, with the columns ``model``,
        ``field``, ``value`` (and ``unit``, which results need; ``setting``, ``category``,
        ``source``, ``note``, ``low``, ``high``, ``kind``, ``base_of``), or wide, one row a model
        with the columns of :class:`~theodolite.tables.Models`; or a leaderboard with ``Model`` and
        a column a benchmark, as :mod:`theodolite.loading.leaderboards` says. None means the
        shipped facts.
    only
        Whether to leave the shipped facts out. Otherwise they follow those of the files: where
        both report an attribute, the file's counts, and both stay listed.

    Returns
    -------
    Models
        The table. The source of a report that names none is its file.

    Raises
    ------
    MissingColumnError
        A file lacks a column.
    FormatError
        A file cannot be read, or has a column that is none of these.
    InputError
        A cell holds what it may not hold; the message names file, row and column. See
        :meth:`theodolite.tables.Models.from_reports`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "own.csv"
    ...     _ = path.write_text("model,kind,params,tokens\nours,base,3e9,6e11\n")
    ...     models = load_models(path)
    >>> models.models[0], models.find("Meta-Llama-3-8B")
    ('ours', 'Llama-3-8B')
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths or ())
    if not files:
        return _shipped()
    parts = [_read(Source.open(path)) for path in files]
    shipped = None if only else _shipped()
    if shipped is not None:
        parts.append(Reports(shipped.facts, shipped.results))
    return Models.from_reports(
        pl.concat([part.facts for part in parts]),
        pl.concat([part.results for part in parts]),
        aliases=None if shipped is None else shipped.aliases,
    )


@cache
def _shipped() -> Models:
    """Read the files that come with the package."""
    parts = [_own(name) for name in SHIPPED]
    return Models.from_reports(
        pl.concat([part.facts for part in parts]),
        pl.concat([part.results for part in parts]),
        aliases=_frame("aliases.csv"),
    )


def _frame(name: str) -> pl.DataFrame:
    content = resources.files(__package__).joinpath(FOLDER).joinpath(name).read_bytes()
    frame = pl.read_csv(content, infer_schema=False)
    return frame.with_row_index(ROW, offset=1).with_columns(pl.lit(name).alias(FILE))


def _own(name: str) -> Reports:
    return _split(_frame(name), name)


def _read(source: Source) -> Reports:
    frame = source.flat()
    plain = [name for name in frame.columns if not name.startswith("_")]
    nested = [name for name in source.schema if name not in plain]
    if nested:
        raise FormatError(f"{source.name}: the column {listed(nested[:1])} is nested")
    if "model" in plain:
        source.refuse_nested(frame, {name: name for name in plain if name in LABELS})
    return _split(frame, source.name)


def _split(frame: pl.DataFrame, source: str) -> Reports:
    """Tell facts from results, by the names of the fields."""
    if is_leaderboard(frame):
        return reports_of(frame, source)
    named = {name: SYNONYMS[name] for name in frame.columns if name in SYNONYMS}
    twice = [new for old, new in named.items() if new in frame.columns]
    if twice:
        raise FormatError(f"{source}: the column {twice[0]} is there under two names")
    frame = frame.rename(named)
    long = all(name in frame.columns for name in LONG)
    _refuse_unknown(frame, source, long=long)
    if not long:
        facts = facts_of(unpivoted(frame, source=source), source=source)
        return Reports(facts, results_of(None, source=source))
    beside = [name for name in ATTRIBUTES if name in frame.columns]
    field = pl.col("field").cast(pl.String).replace(dict(SYNONYMS))
    rows = frame.drop(beside).with_columns(field)
    is_fact = pl.col("field").is_in(ATTRIBUTES).fill_null(value=True)
    facts = rows.filter(is_fact).with_columns(pl.lit("value").alias(CELL))
    results = rows.filter(~is_fact).rename({"field": "benchmark"})
    facts = _with_columns_beside(facts, frame, beside, source)
    return Reports(facts_of(facts, source=source), results_of(_given(results), source=source))


def _given(results: pl.DataFrame) -> pl.DataFrame | None:
    """Leave out results where there are none: a file of attributes needs no units."""
    return None if results.is_empty() else results


def _with_columns_beside(
    facts: pl.DataFrame, frame: pl.DataFrame, beside: Sequence[str], source: str
) -> pl.DataFrame:
    """Add what attribute columns of a long file say, once for each model and value.

    A row's source and note are those of its value, so the file is the source of these.
    """
    if not beside:
        return facts
    stated = frame.filter(pl.any_horizontal(pl.col(beside).is_not_null()))
    about = unpivoted(stated.select("model", *beside, FILE, ROW), source=source)
    about = about.unique(("model", "field", "value"), keep="first", maintain_order=True)
    return pl.concat([facts.with_columns(pl.col("value").cast(pl.String)), about], how="diagonal")


def _refuse_unknown(frame: pl.DataFrame, source: str, *, long: bool) -> None:
    allowed = (*LABELS, *ATTRIBUTES, *((*LONG, *RESULT_LABELS) if long else ()))
    unknown = [n for n in frame.columns if n not in allowed and n not in (FILE, ROW)]
    if unknown:
        hint = (
            None if long else "Results go into a file with a row each: model, field, value, unit."
        )
        raise FormatError(
            f"{source}: the column {listed(unknown[:1])} is not one of {listed(allowed)}", hint=hint
        )
    if "model" not in frame.columns:
        raise FormatError(f"{source}: no column model (columns: {listed(frame.columns)})")
