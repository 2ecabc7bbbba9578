"""``choices``: a list of choices in one column.

``choices`` or ``options`` is a list of texts, or an object with ``text`` and ``label``. The key is
``answer``, ``answerKey`` or ``answer_index``: of labelled choices a label, else a letter, a
position from 0, or the text of exactly one choice, in one way for the whole column. Where
``answer_index`` stands beside another key, both must agree. The files of MMLU-Pro (``options``,
``category``), MMLU-Redux (``redux_row``) and ARC (labels, ``answerKey``) are of this kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from theodolite.loading.items.cells import as_text, filled, match, only_one, refuse
from theodolite.loading.items.keys import as_letters, as_positions, as_texts, keyed
from theodolite.loading.items.lists import labelled, text_lists
from theodolite.loading.items.shape import IDENTITY, ItemFormat
from theodolite.tables.checks import Kind, to_kind

if TYPE_CHECKING:
    import polars as pl

    from theodolite.loading.source import Source

__all__ = ["FORMAT"]

INDEX = "answer_index"


def _build(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = filled(as_text(frame, source, ["question"]), source, ["question"])
    column = only_one(frame, source, ("choices", "options"))
    named = any(name in frame.columns for name in ("answer", "answerKey"))
    key = only_one(frame, source, ("answer", "answerKey")) if named else INDEX
    refuse(frame, column, frame.get_column(column).is_null(), "empty")
    parts = labelled(frame, column)
    if parts is None:
        frame = _replaced(frame, column, "choices", text_lists(frame, column))
        at = keyed(frame, source, key, [as_letters, as_positions, as_texts])
    else:
        texts, labels = parts
        frame = as_text(frame, source, [key])
        found = match(labels, frame.get_column(key))
        refuse(frame, key, found.get_column("count") == 0, "not one of the labels of its choices")
        frame = _replaced(frame, column, "choices", texts)
        at = found.get_column("first")
    if key != INDEX and INDEX in frame.columns:
        index = to_kind(frame.get_column(INDEX), Kind.INTEGER)
        unlike = at.is_not_null() if index is None else (index != at).fill_null(value=True)
        refuse(frame, INDEX, unlike, f"not the position that {key} keys")
    return _replaced(frame, key, "answer", at)


def _replaced(frame: pl.DataFrame, old: str, new: str, values: pl.Series) -> pl.DataFrame:
    return frame.drop(old).with_columns(values.alias(new))


FORMAT = ItemFormat(
    name="choices",
    summary="a list of choices (MMLU-Pro, MMLU-Redux, ARC), the key a letter, position or text",
    marks=("question", "choices|options", "answer|answerKey|answer_index"),
    build=_build,
    origins={**IDENTITY, "subject": ("subject", "category"), "row": ("row", "redux_row")},
)
