"""A page as text on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from theodolite.plotting.text import integer, printable
from theodolite.reporting.cells import is_numeric, rows_as_text

if TYPE_CHECKING:
    from rich.console import Console

    from theodolite.reporting.sections import Page, Section, Table

__all__ = ["print_page"]

# Texts up to so many characters stay on one line.
SHORT = 16
# Spaces between two columns.
GAP = 3
# For a terminal or pipe whose encoding lacks them.
_SIMPLER = str.maketrans({"\N{EN DASH}": "-", "∞": "inf"})


def print_page(page: Page, console: Console) -> None:
    """Print the findings, tables and caveats of a page.

    Names stand as they are: no markup in them is read and no control character reaches the
    terminal. A long table ends with how many rows are not shown.
    """
    _print(console, page.title, "bold")
    if page.notice:
        _print(console, page.notice, "bold yellow")
    for section in page.sections:
        console.print()
        _print_section(section, console)


def _print_section(section: Section, console: Console) -> None:
    _print(console, section.question, "bold cyan")
    _print(console, section.finding)
    if section.evidence:
        _print(console, section.evidence, "dim")
    for table in section.tables:
        console.print()
        _print_table(table, console)
    if section.caveats:
        console.print()
    for caveat in section.caveats:
        note = _text(console, f"Note: {caveat}", "dim")
        console.print(Padding(note, (0, 0, 0, 2), expand=False))


def _print_table(table: Table, console: Console) -> None:
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    rows = [[_text(console, cell) for cell in row] for row in rows_as_text(table, table.most)]
    for at, column in enumerate(table.columns):
        numeric = is_numeric(column)
        longest = max((row[at].cell_len for row in rows), default=0)
        heading = _text(console, column.label)
        words = max((cell_len(word) for word in heading.plain.split()), default=0)
        grid.add_column(
            heading,
            justify="right" if numeric else "left",
            overflow="fold",
            # No number loses a digit, and no short name is broken, to make the table narrower.
            min_width=max(longest if numeric else min(longest, SHORT), words),
        )
    for row in rows:
        grid.add_row(*row)
    if table.caption:
        _print(console, table.caption, "italic")
    # Rich narrows a column below its least width where the table is too wide for the terminal.
    needed = sum(column.min_width or 0 for column in grid.columns) + GAP * (len(grid.columns) - 1)
    if needed > console.width:
        grid.width = needed
    console.print(grid, crop=False)
    hidden = len(table.frame) - (table.most or len(table.frame))
    if hidden > 0:
        _print(console, f"{integer(hidden)} rows more are not shown.", "dim")


def _print(console: Console, text: str, style: str = "") -> None:
    console.print(_text(console, text, style))


def _text(console: Console, text: str, style: str = "") -> Text:
    """Wrap text so that nothing in it is read as markup or cannot be written."""
    clean = printable(text)
    try:
        clean.encode(console.encoding)
    except UnicodeEncodeError:
        simple = clean.translate(_SIMPLER)
        clean = simple.encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(clean, style=style)
