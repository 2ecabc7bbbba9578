"""A page is a list of sections; the terminal, a file and the live arena show the same ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt
    import polars as pl

__all__ = ["Column", "Page", "Section", "Table"]


@dataclass(frozen=True)
class Column:
    """How one column of a table is shown.

    Attributes
    ----------
    name, label
        The frame's column, and its heading.
    kind
        ``text``; ``integer``; ``number``, with ``digits`` decimals; ``percent``, a share in
        [0, 1] shown as a percentage; ``count``, as 7.00B; ``flops``, as 5.76e23.
    """

    name: str
    label: str
    kind: Literal["text", "integer", "number", "percent", "count", "flops"] = "text"
    digits: int = 1


@dataclass(frozen=True)
class Table:
    """A frame and how to show it. ``most`` bounds the rows on a terminal; a page has them all."""

    frame: pl.DataFrame
    columns: tuple[Column, ...]
    caption: str = ""
    most: int | None = None


@dataclass(frozen=True)
class Section:
    """One question and its answer.

    Attributes
    ----------
    question, finding
        What is asked, and the answer in a sentence or two.
    low, high
        The interval of the number in the finding, where it has one.
    evidence
        What the finding rests on: votes, test, level.
    chart
        Draws the chart; called only where one is shown, since drawing is slow to import.
    tables, caveats
        What one may look at, and what must be said beside it.
    cards
        Makes the items that a page shows one by one, with filters, in the form that
        :func:`theodolite.reporting.cards.item_cards` describes; a terminal leaves them out.
    """

    question: str
    finding: str
    low: float | None = None
    high: float | None = None
    evidence: str = ""
    chart: Callable[[], alt.Chart | alt.LayerChart | alt.VConcatChart | alt.ConcatChart] | None = (
        None
    )
    tables: tuple[Table, ...] = ()
    caveats: tuple[str, ...] = ()
    cards: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Page:
    """What a command shows.

    ``notice`` stands out on top, to say that the data are simulated, for instance.
    """

    title: str
    sections: tuple[Section, ...]
    notice: str = ""

    def with_sections(self, more: tuple[Section, ...]) -> Page:
        """Return the page with further sections before the last one, which says what was used."""
        return replace(self, sections=(*self.sections[:-1], *more, self.sections[-1]))
