"""Tables and numbers of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table; the first column is words, the others are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def short(number: float) -> str:
    """Three figures or so.

    Examples
    --------
    >>> [short(x) for x in (0.1234, 12.34, 123.4)]
    ['0.12', '12.3', '123']
    """
    if number < 10.0:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 100.0 else f"{number:,.0f}"
