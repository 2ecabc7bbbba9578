"""A page as one HTML file that needs nothing else: no network, no font, no second file."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from theodolite import __version__
from theodolite.plotting.embed import (
    chart_bundle,
    content_policy,
    draw_script,
    json_for_script,
)
from theodolite.plotting.text import integer, printable
from theodolite.reporting.cells import is_numeric, rows_as_text

if TYPE_CHECKING:
    from theodolite.reporting.sections import Page, Section, Table

__all__ = ["page_html"]

LARGE_TABLE = 200


def page_html(page: Page) -> str:
    """Render a page as one self-contained HTML document.

    Charts are drawn in the browser from specifications inside the page, by one bundle of
    JavaScript inside the page. All text is escaped, and a content security policy forbids other
    scripts and every request.
    """
    import jinja2  # noqa: PLC0415  (only where a page is written)

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    sections = [_section(section, i) for i, section in enumerate(page.sections, 1)]
    scripts = [_template("sort.js")]
    if any(section["cards"] for section in sections):
        scripts.append(_template("cards.js"))
    if any(section["spec"] for section in sections):
        scripts += [chart_bundle(), draw_script()]
    return environment.get_template("page.html.j2").render(
        title=printable(page.title),
        notice=printable(page.notice),
        sections=sections,
        scripts=scripts,
        style=_template("page.css"),
        policy=content_policy(scripts),
        version=__version__,
    )


def _section(section: Section, number: int) -> dict[str, Any]:
    chart = section.chart() if section.chart else None
    return {
        "id": f"section-{number}",
        "question": printable(section.question),
        "finding": printable(section.finding),
        "evidence": printable(section.evidence),
        "caveats": [printable(caveat) for caveat in section.caveats],
        "spec": json_for_script(chart.to_dict()) if chart else "",
        "tables": [_table(table) for table in section.tables],
        "cards": json_for_script(section.cards()) if section.cards else "",
    }


def _table(table: Table) -> dict[str, Any]:
    rows = len(table.frame)
    flags = [is_numeric(column) for column in table.columns]
    return {
        "caption": printable(table.caption),
        "columns": [
            {"label": printable(column.label), "numeric": numeric}
            for column, numeric in zip(table.columns, flags, strict=True)
        ],
        # One class a numeric column on the table, rather than one on each of its cells.
        "classes": " ".join(f"n{i}" for i, numeric in enumerate(flags, 1) if numeric),
        "rows": rows_as_text(table),
        "folded": f"{integer(rows)} rows" if rows > LARGE_TABLE else "",
    }


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
