"""Writing a chart to a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from theodolite.errors import UsageError, shorten
from theodolite.plotting.embed import chart_bundle, content_policy, draw_script, json_for_script

if TYPE_CHECKING:
    import os

    import altair as alt

__all__ = ["SUFFIXES", "chart_html", "save_chart"]

SUFFIXES = (".html", ".png", ".svg")
PNG_SCALE = 2

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chart</title>
<style>
body {{ margin: 1rem; font-family: sans-serif }}
figure {{ margin: 0; max-width: 60rem; overflow-x: auto }}
figure > div {{ width: 100%; min-width: 26rem }}
</style>
</head>
<body>
<figure class="chart"><div></div><script type="application/json">{spec}</script></figure>
<script>{bundle}</script>
<script>{draw}</script>
</body>
</html>
"""


def save_chart(chart: alt.TopLevelMixin, path: str | os.PathLike[str]) -> None:
    """Write a chart as ``.png`` (at twice the size), ``.svg`` or a self-contained ``.html``.

    Raises
    ------
    UsageError
        The ending is another one, or the file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"a chart is saved as {', '.join(SUFFIXES)}, not {shorten(str(target))}")
    content = chart_html(chart).encode() if suffix == ".html" else _image(chart, suffix)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {shorten(str(target))}: {error.strerror}") from error


def chart_html(chart: alt.TopLevelMixin) -> str:
    """Return a page with one chart that needs no network; names in it stay inert."""
    bundle, draw = chart_bundle(), draw_script()
    return _PAGE.format(
        policy=content_policy([bundle, draw]),
        spec=json_for_script(chart.to_dict()),
        bundle=bundle,
        draw=draw,
    )


def _image(chart: alt.TopLevelMixin, suffix: str) -> bytes:
    buffer = io.BytesIO()
    if suffix == ".png":
        chart.save(buffer, format="png", scale_factor=PNG_SCALE)
        return buffer.getvalue()
    text = io.StringIO()
    chart.save(text, format="svg")
    return text.getvalue().encode()
