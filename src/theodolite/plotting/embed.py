"""Charts inside an HTML page: one bundle of JavaScript, specs as inert data, no network."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["chart_bundle", "content_policy", "draw_script", "json_for_script"]

# Inside <script> a browser looks for "</script" and "<!--" even in the middle of a text, and old
# JavaScript ended a line at U+2028 and U+2029. JSON may spell all of these as \uXXXX.
_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def json_for_script(value: object) -> str:
    r"""Write JSON that cannot end the ``<script>`` element around it.

    Examples
    --------
    >>> json_for_script({"model": "</script>"})
    '{"model":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def chart_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs no network."""
    import altair as alt  # noqa: PLC0415  (slow to import)
    import vl_convert  # noqa: PLC0415

    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    # Without a snippet of its own the bundle is made once a process; the stub demands one.
    return vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]


def draw_script() -> str:
    """Return the script that draws every ``<figure class="chart">`` from the data in it."""
    return resources.files(__package__).joinpath("draw.js").read_text(encoding="utf-8")


def content_policy(scripts: Sequence[str]) -> str:
    """Say which scripts of a page may run, by their hashes, and that nothing may be fetched.

    A second wall behind the escaping: markup that got through could still not run. Vega compiles
    its expressions, hence ``unsafe-eval``, and styles its tooltips inline.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
        for code in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
