"""One quiet look for every chart: colours that stay apart for the colour-blind, on white."""

from __future__ import annotations

from typing import Any

__all__ = ["BLUE", "CONFIG", "DARK", "GREY", "NEVER", "ORANGE", "VERMILION", "WIN_SHARE"]

# After Okabe and Ito (2008), darkened where thin lines need contrast on white.
BLUE = "#0b5fa5"
ORANGE = "#d98200"
VERMILION = "#c8431a"
GREY = "#7d8793"
DARK = "#1f2933"
LINE = "#e6e9ed"
NEVER = "#eef0f3"

# Loses, even, wins: orange and blue differ in lightness too, white is one half.
WIN_SHARE = ("#a65300", "#e8a04c", "#ffffff", "#6ba3d6", "#0a4a86")

_TEXT = {"labelColor": DARK, "titleColor": DARK, "labelFontSize": 12, "titleFontSize": 12}

CONFIG: dict[str, Any] = {
    "background": "white",
    "font": "sans-serif",
    "view": {"stroke": None, "continuousWidth": 720, "continuousHeight": 320},
    "axis": {
        **_TEXT,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelPadding": 6,
        "titlePadding": 8,
    },
    "legend": {**_TEXT, "titleFontWeight": "normal", "symbolStrokeWidth": 2},
    "title": {
        "anchor": "start",
        "color": DARK,
        "fontSize": 14,
        "fontWeight": "bold",
        "subtitleColor": "#52606d",
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
        "offset": 10,
        "frame": "bounds",
    },
}
