"""How the judged answers were written: Arena-Hard's ``model_answer`` files, joined to the games.

========  ==================================================================================
version   what a line holds
========  ==================================================================================
2.0       uid, model, messages (the last one is the answer: a text, or an object with a text
          ``answer``), metadata (token_len, header_count, list_count, bold_count)
0.1       question_id, model_id, choices (the first turn of the first is the answer),
          conv_metadata (the same counts)
========  ==================================================================================

The file's own counts are taken; only where it has none are they made from the text, with the words
and marks of :mod:`theodolite.loading.style` as tokens. A file's counts are all of one kind.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading.judgments.read import columns_of, stacked
from theodolite.loading.source import Source, listed
from theodolite.loading.style import COUNTS
from theodolite.loading.votes.conversation import PARTS_OF, count_of
from theodolite.tables import STYLE_FEATURES
from theodolite.tables.checks import (
    FILE,
    ROW,
    Column,
    Kind,
    already_there,
    conform,
    problems_at,
    with_origin,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from theodolite.tables import Judgments

__all__ = ["with_answers"]

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "tokens": "token_len",
        "headers": "header_count",
        "lists": "list_count",
        "bold": "bold_count",
    }
)
COLUMNS = (
    Column("model", required=True),
    Column("item_id", required=True),
    *(Column(feature, Kind.REAL, required=True, low=0) for feature in STYLE_FEATURES),
)


def with_answers(judgments: Judgments, paths: Sequence[str | Path] | str | Path) -> Judgments:
    """Give every game the style counts of its two answers.

    Parameters
    ----------
    judgments
        The games.
    paths
        Files of answers, or folders of ``.jsonl`` files of them: of every model that was judged,
        and of the baseline.

    Raises
    ------
    UsageError
        There is no file, or the judgments have style counts already.
    FormatError
        A file is no file of answers.
    InputError
        A count is no number, an answer stands twice, or a game has no answer of one side.
    """
    given = [f"{f}_{s}" for f in STYLE_FEATURES for s in ("a", "b")]
    there = [name for name in given if name in judgments.frame.columns]
    if there:
        raise UsageError(f"--answers: the judgments have the column {there[0]} already")
    answers = conform(stacked(_files(paths), _read), COLUMNS, source="answers")
    first = answers.select(pl.struct("model", "item_id").is_first_distinct()).to_series()
    if not first.all():
        raise already_there(answers, "item_id", first, hint="A model answers a question once.")
    answers = answers.select("model", "item_id", *STYLE_FEATURES)
    frame = judgments.frame.with_columns(pl.col("item_id").cast(pl.String))
    for side in ("a", "b"):
        frame = _joined(frame, answers, side)
    return replace(judgments, frame=frame)


def _files(paths: Sequence[str | Path] | str | Path) -> list[str | Path]:
    """Put the files of a folder in its place."""
    out: list[str | Path] = []
    for path in [paths] if isinstance(paths, str | Path) else paths:
        folder = Path(path)
        inside = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
        out += inside or [path]
    return out


def _joined(frame: pl.DataFrame, answers: pl.DataFrame, side: str) -> pl.DataFrame:
    name = f"model_{side}"
    own = answers.rename({feature: f"{feature}_{side}" for feature in STYLE_FEATURES})
    own = own.rename({"model": name}).with_columns(pl.col(name, "item_id").cast(pl.String))
    typed = frame.schema[name]
    frame = frame.with_columns(pl.col(name).cast(pl.String)).join(
        own, on=[name, "item_id"], how="left", maintain_order="left"
    )
    lacking = frame.get_column(f"{STYLE_FEATURES[0]}_{side}").is_null()
    if lacking.any():
        raise InputError(
            problems_at(frame, name, lacking, "without an answer to this question"),
            total=int(lacking.sum()),
            hint="--answers needs the answers of every model and of the baseline.",
        )
    return frame.with_columns(pl.col(name).cast(typed))


def _read(path: str | Path) -> pl.DataFrame:
    source = Source.open(path)
    item = columns_of(source, "uid", "question_id", "item_id")[:1]
    model = columns_of(source, "model", "model_id")[:1]
    if not item or not model:
        raise MissingColumnError(
            f"{source.name}: no column {'model' if item else 'uid or question_id'} "
            f"(columns: {listed(source.schema)})"
        )
    plain = columns_of(source, *STYLE_FEATURES)
    if len(plain) == len(STYLE_FEATURES):
        counts = {feature: pl.col(feature) for feature in STYLE_FEATURES}
        needed = plain
    else:
        needed, counts = _counts(source)
    frame = with_origin(source.collect(source.scan([*item, *model, *needed])), source.name)
    return frame.select(
        ROW,
        FILE,
        pl.col(item[0]).alias("item_id"),
        pl.col(model[0]).alias("model"),
        *(count.alias(feature) for feature, count in counts.items()),
    )


def _counts(source: Source) -> tuple[list[str], dict[str, pl.Expr]]:
    """Say which columns hold the counts, and how each is made of them."""
    metadata = columns_of(source, "metadata", "conv_metadata")[:1]
    if metadata:
        dtype = source.schema[metadata[0]]
        made = {
            feature: count_of(metadata[0], key, dtype, split=PARTS_OF[feature])
            for feature, key in KEYS.items()
        }
        if all(count is not None for count in made.values()):
            return metadata, {name: count for name, count in made.items() if count is not None}
    text = _text(source)
    if text is None:
        raise FormatError(
            f"{source.name}: no answers in it (columns: {listed(source.schema)})",
            hint="Answers are told by metadata or conv_metadata with their counts, by messages, "
            "or by choices.",
        )
    column, answer = text
    return [column], {feature: COUNTS[feature](answer) for feature in STYLE_FEATURES}


def _text(source: Source) -> tuple[str, pl.Expr] | None:
    """Make the text of the answer of each line, from JSON text."""
    for column in columns_of(source, "messages", "choices"):
        if source.schema[column] != pl.String:
            continue
        cell = pl.col(column)
        if column == "choices":
            return column, cell.str.json_path_match("$[0].turns[0].content")
        last = ("$[-1:].content.answer", "$[-1:].content")
        return column, pl.coalesce(cell.str.json_path_match(path) for path in last)
    return None
