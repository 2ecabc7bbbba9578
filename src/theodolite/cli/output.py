"""What a command returns, and how it reaches the user: JSON, terminal, chart, page."""

from __future__ import annotations

import json
import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theodolite.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import altair as alt

    from theodolite.cli.options import Output
    from theodolite.reporting import Page

    Chart = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart

__all__ = ["Outcome", "render", "working"]

PAGES = (".html", ".htm")


@dataclass(frozen=True)
class Outcome:
    """One answer, from which every form of output is made.

    Attributes
    ----------
    data
        The JSON object.
    page
        Makes the sections that the terminal and the HTML page show.
    chart
        Draws the picture of ``--chart``.
    """

    data: dict[str, Any]
    page: Callable[[], Page]
    chart: Callable[[], Chart]


def render(outcome: Outcome, output: Output) -> None:
    """Write the files that were asked for, then the JSON object or the tables."""
    if output.chart:
        from theodolite.plotting import save_chart

        save_chart(outcome.chart(), output.chart)
    if output.html:
        if output.html.suffix.lower() not in PAGES:
            # So that no file of data is overwritten by a slip of the hand.
            raise UsageError(f"--html {output.html} does not end in .html")
        from theodolite.reporting import page_html

        _write(output.html, page_html(outcome.page()))
    if output.json:
        sys.stdout.write(json.dumps(_plain(outcome.data), ensure_ascii=False, allow_nan=False))
        sys.stdout.write("\n")
        return
    from rich.console import Console

    from theodolite.reporting import print_page

    print_page(outcome.page(), Console())


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on a terminal's stderr what takes its time; say nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def _plain(value: Any) -> Any:
    """Turn what JSON cannot say (an infinite end, an undefined number) into null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
