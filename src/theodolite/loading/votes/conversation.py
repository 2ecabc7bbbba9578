"""What the arena formats share: conversations, and the counts that come along with them.

A conversation is a list of messages with a ``role`` and a ``content``, which is a text or, in the
later files, a list of parts with a ``text`` each. ``conv_metadata`` holds counts per side: a
number, or one number for each kind of header, list or bold mark.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.digest import digest
from theodolite.loading.style import COUNTS
from theodolite.loading.votes.shape import PROMPT, column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from theodolite.loading.votes.shape import Maker, Schema

__all__ = ["PARTS_OF", "conversation_fields", "count_fields", "count_of", "digested"]

METADATA = "conv_metadata"
# The numbers that the count of a style feature may be split into, and its name in conv_metadata.
PARTS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tokens": (),
        "headers": ("h1", "h2", "h3", "h4", "h5", "h6"),
        "lists": ("ordered", "unordered"),
        "bold": ("**", "__"),
    }
)
SPLITS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "tokens": ("sum_assistant_{}_tokens", PARTS_OF["tokens"]),
        "headers": ("header_count_{}", PARTS_OF["headers"]),
        "lists": ("list_count_{}", PARTS_OF["lists"]),
        "bold": ("bold_count_{}", PARTS_OF["bold"]),
    }
)
# A JSON object of nothing but numbers.
NUMBERS = r'^\{(?:\s*"[^"]*"\s*:\s*(?:null|-?\d[\d.eE+-]*)\s*,?)*\s*\}$'
MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
PARTS = pl.List(pl.Struct({"role": pl.String, "content": pl.List(pl.Struct({"text": pl.String}))}))


def conversation_fields(*, parts: bool) -> dict[str, Maker]:
    """Return the style counts of each side, and the prompt, as the arena formats have them.

    Parameters
    ----------
    parts
        Whether the content of a message is a list of parts where the file is JSON.
    """
    fields: dict[str, Maker] = {
        f"{feature}_{side}": _count(feature, side, parts=parts)
        for feature in COUNTS
        for side in ("a", "b")
    }
    prompt = _first_prompt(parts=parts)
    return {**fields, PROMPT: prompt, "prompt_id": digested(prompt)}


def count_fields(texts: Mapping[str, Maker]) -> dict[str, Maker]:
    """Return the style counts of each side, counted in the text that ``texts`` makes for it."""

    def counted(feature: str, text: Maker) -> Maker:
        def make(schema: Schema) -> pl.Expr | None:
            made = text(schema)
            return None if made is None else COUNTS[feature](made)

        return make

    return {
        f"{feature}_{side}": counted(feature, text)
        for feature in COUNTS
        for side, text in texts.items()
    }


def digested(text: Maker) -> Maker:
    """Make ``prompt_id`` from the text of a prompt: the same text, the same id."""

    def make(schema: Schema) -> pl.Expr | None:
        made = text(schema)
        return None if made is None else digest(made)

    return make


def _first_prompt(*, parts: bool) -> Maker:
    """Make the text of the user's first message."""

    def make(schema: Schema) -> pl.Expr | None:
        texts = _texts("conversation_a", schema, role="user", parts=parts)
        return None if texts is None else texts.list.first()

    return make


def _count(feature: str, side: str, *, parts: bool) -> Maker:
    """Take the published count; only where the file has none, count in the conversation."""

    def make(schema: Schema) -> pl.Expr | None:
        published = _published(feature, side, schema.get(METADATA))
        if published is not None:
            return published
        texts = _texts(f"conversation_{side}", schema, role="assistant", parts=parts)
        if texts is None:
            return column(f"{feature}_{side}")(schema)
        return COUNTS[feature](texts.list.join("\n", ignore_nulls=True))

    return make


def _published(feature: str, side: str, dtype: pl.DataType | None) -> pl.Expr | None:
    key, split = SPLITS[feature]
    return count_of(METADATA, key.format(side), dtype, split=split)


def count_of(
    column: str, key: str, dtype: pl.DataType | None, *, split: tuple[str, ...]
) -> pl.Expr | None:
    """Read a count out of an object: a number, or an object of numbers to add up.

    Parameters
    ----------
    column, key
        The column of objects, and the count's key in them.
    dtype
        The column's type: a struct, or JSON text.
    split
        The keys of the numbers to add up.
    """
    if isinstance(dtype, pl.Struct):
        types = {field.name: field.dtype for field in dtype.fields}
        if key not in types:
            return None
        value = pl.col(column).struct.field(key)
        return _struct_sum(value, types[key], split)
    return _text_sum(column, key, split) if dtype == pl.String else None


def _struct_sum(value: pl.Expr, dtype: object, split: tuple[str, ...]) -> pl.Expr:
    if not isinstance(dtype, pl.Struct):
        return value
    types = {field.name: field.dtype for field in dtype.fields if field.name in split}
    if not all(kind.is_numeric() or kind == pl.Null for kind in types.values()):
        return value
    return _sum([value.struct.field(name).cast(pl.Float64) for name in types])


def _text_sum(column: str, key: str, split: tuple[str, ...]) -> pl.Expr:
    """Read a count out of JSON text; what is no count stays as it is, for the table to refuse."""
    # A pattern is many times as fast as a JSON path, and safe: these objects hold no free text.
    found = pl.col(column).str.extract(rf'"{key}"\s*:\s*(\{{[^{{}}]*\}}|[^,{{}}\s]+)')
    value = found.replace("null", None)
    if split:
        numbers = pl.when(value.str.contains(NUMBERS)).then(value)
        parts = numbers.str.json_decode(pl.Struct(dict.fromkeys(split, pl.Float64)))
        total = _sum([parts.struct.field(name) for name in split])
        value = pl.coalesce(total.cast(pl.String), value)
    return pl.coalesce(value, pl.col(column))


def _sum(numbers: list[pl.Expr]) -> pl.Expr:
    """Add up what is given, and nothing where none is."""
    some = pl.any_horizontal(number.is_not_null() for number in numbers)
    return pl.when(some).then(pl.sum_horizontal(numbers))


def _texts(name: str, schema: Schema, *, role: str, parts: bool) -> pl.Expr | None:
    """Return the texts that one role wrote, as a list for each conversation."""
    dtype = schema.get(name)
    messages = pl.col(name)
    if dtype == pl.String:
        dtype = PARTS if parts else MESSAGES
        messages = messages.str.json_decode(dtype)
    message = dtype.inner if isinstance(dtype, pl.List) else None
    if not isinstance(message, pl.Struct):
        return None
    types = {field.name: field.dtype for field in message.fields}
    if not {"role", "content"} <= types.keys():
        return None
    content = pl.element().struct.field("content")
    if isinstance(types["content"], pl.List):
        text = content.list.eval(pl.element().struct.field("text"))
        content = text.list.join("\n", ignore_nulls=True)
    spoken = pl.when(pl.element().struct.field("role") == role).then(content)
    return messages.list.eval(spoken).list.drop_nulls()
