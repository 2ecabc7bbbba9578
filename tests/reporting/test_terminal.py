from __future__ import annotations

import io

import polars as pl
import pytest
from rich.console import Console

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP, make_fit
from theodolite.plotting.text import RANGE
from theodolite.reporting import Column, Page, Section, Table, print_page, rank_page

FRAME = pl.DataFrame(
    {
        "model": ["a", MARKUP, CHINESE],
        "rating": [1234.56, float("inf"), None],
        "votes": [1200000, 5, 0],
        "share": [0.5, 0.125, 1.0],
    }
)
TABLE = Table(
    FRAME,
    (
        Column("model", "Model"),
        Column("rating", "Rating", "number"),
        Column("votes", "Votes", "integer"),
        Column("share", "Won", "percent", 0),
    ),
    caption="All of them",
)
PAGE = Page(
    title="Ranking",
    notice="Simulated.",
    sections=(
        Section(
            question="Who leads?",
            finding=f"{MARKUP} leads.",
            evidence="Six votes.",
            tables=(TABLE,),
            caveats=("Few votes.",),
        ),
    ),
)
EXPECTED = """\
Ranking
Simulated.

Who leads?
[red]not red[/red] & <b>bold</b> leads.
Six votes.

All of them
Model                              Rating       Votes    Won
────────────────────────────────────────────────────────────
a                                  1234.6   1,200,000    50%
[red]not red[/red] & <b>bold</b>        ∞           5    12%
通义千问-72B-聊天                       -           0   100%

  Note: Few votes.
""".replace(" -  ", f" {RANGE}  ")


def shown(page: Page, *, width: int = 100, encoding: str = "utf-8", **options: bool) -> str:
    buffer = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    print_page(page, Console(file=buffer, width=width, **options))
    buffer.flush()
    text = buffer.buffer.getvalue().decode(encoding)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def with_table(table: Table) -> Page:
    return Page("Page", (Section("Question?", "Finding.", tables=(table,)),))


def test_a_page() -> None:
    assert shown(PAGE) == EXPECTED


def test_rows_that_are_not_shown_are_counted() -> None:
    frame = pl.DataFrame({"n": range(5000)})
    columns = (Column("n", "N", "integer"),)
    assert "4,990 rows more are not shown." in shown(with_table(Table(frame, columns, most=10)))
    for table in (Table(frame.head(10), columns, most=10), Table(frame.head(99), columns)):
        assert "not shown" not in shown(with_table(table))


def test_a_pipe_gets_no_colour_and_a_terminal_does() -> None:
    assert "\x1b" not in shown(PAGE)
    assert "\x1b[1m" in shown(PAGE, force_terminal=True)


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\u202eevil", "\x07"])
def test_nothing_steers_the_terminal(text: str) -> None:
    frame = pl.DataFrame({"model": [text]})
    section = Section(text, text, evidence=text, caveats=(text,))
    table = Table(frame, (Column("model", text),), caption=text)
    for page in (Page(text, (section,), notice=text), with_table(table)):
        out = shown(page)
        assert not set(out) & set("\x1b\r\u202e\x07")


def test_names_are_folded_and_never_cut() -> None:
    fit = make_fit(6, special=(LONG, HOSTILE))
    out = shown(rank_page(fit, title="Ranking"), width=80)
    assert "…" not in out
    assert out.count("x" * 20) > 8
    assert "\n" not in max(out.splitlines(), key=len)
    assert max(len(line) for line in out.splitlines()) <= 80


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_encoding_that_lacks_a_character(encoding: str) -> None:
    out = shown(PAGE, encoding=encoding)
    assert "inf" in out
    assert "\\u901a" in out


def test_a_narrow_terminal_shows_every_digit() -> None:
    columns = tuple(Column(f"c{i}", f"A long heading {i}", "number", 4) for i in range(9))
    frame = pl.DataFrame({"name": ["short-name"]} | {f"c{i}": [1234.5678 + i] for i in range(9)})
    table = Table(frame, (Column("name", "Name"), *columns))
    page = Page("Wide", (Section("What?", "This.", tables=(table,)),))
    out = io.StringIO()
    print_page(page, Console(file=out, width=40))
    assert "short-name" in out.getvalue()
    assert all(f"{1234.5678 + i:.4f}" in out.getvalue() for i in range(9))
