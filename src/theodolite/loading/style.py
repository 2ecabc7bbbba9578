r"""Style counts of a markdown text: tokens, headers, list items and bold passages.

What each count is:

- **tokens**: words and punctuation marks. A run of letters, digits and underscores is one, a
  character of Chinese or Japanese script is one, and so is every other character that is not
  white space. It is an approximation: no tokenizer is needed for it, and what a study of length
  compares is the ratio of two sides counted in the same way. Code counts.
- **headers**: lines that begin with one to six ``#`` and white space.
- **lists**: lines that begin, after white space, with ``-``, ``*``, ``+`` or a number and a
  period, and white space.
- **bold**: passages within one line between ``**`` and ``**``, or between ``__`` and ``__``.

The last three are the published recipe of Chatbot Arena, outside code fences. A fence is opened
by three backticks and lasts to the next three, or to the end of the text.

Examples
--------
>>> import polars as pl
>>> text = pl.DataFrame({"t": ["# A **b**\n- one\n2. two\n```\n# not a header\n```"]})
>>> text.select(
...     tokens(pl.col("t")).alias("tokens"),
...     headers(pl.col("t")).alias("headers"),
...     lists(pl.col("t")).alias("lists"),
...     bold(pl.col("t")).alias("bold"),
... ).row(0)
(22, 1, 2, 1)
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

__all__ = ["COUNTS", "bold", "headers", "lists", "prose", "tokens"]

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}"
TOKEN = rf"[{CJK}]|[[\p{{L}}\p{{M}}\p{{N}}_]--[{CJK}]]+|[^\s\p{{L}}\p{{M}}\p{{N}}_]"
FENCE = r"(?s)```.*?(?:```|\z)"
HEADER = r"(?m)^#{1,6}\s"
LIST = r"(?m)^\s*(?:[-*+]|\d+\.)\s"
STARS = r"\*\*[^*\n]+\*\*"
UNDERSCORES = r"__[^_\n]+__"


def tokens(text: pl.Expr) -> pl.Expr:
    """Count words and punctuation marks."""
    return text.str.count_matches(TOKEN)


def headers(text: pl.Expr) -> pl.Expr:
    """Count headers outside code."""
    return prose(text).str.count_matches(HEADER)


def lists(text: pl.Expr) -> pl.Expr:
    """Count list items outside code."""
    return prose(text).str.count_matches(LIST)


def bold(text: pl.Expr) -> pl.Expr:
    """Count bold passages outside code."""
    text = prose(text)
    return text.str.count_matches(STARS) + text.str.count_matches(UNDERSCORES)


def prose(text: pl.Expr) -> pl.Expr:
    """Leave out code fences."""
    return text.str.replace_all(FENCE, "")


COUNTS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = MappingProxyType(
    {"tokens": tokens, "headers": headers, "lists": lists, "bold": bold}
)
