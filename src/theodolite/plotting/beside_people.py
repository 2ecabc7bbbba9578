"""The chart of agreement with people: scores against ratings, both with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from theodolite.plotting.beside_people_frames import (
    SIZE,
    line_rows,
    model_rows,
    named_rows,
    odds_rows,
    scale_of,
)
from theodolite.plotting.parts import finished, inline, name_layers
from theodolite.plotting.text import integer, level_text, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scoring.agreement import Agreement

__all__ = ["agreed"]

GROUPS = ("as foretold", "people rate it higher", "people rate it lower")
COLOURS = (GREY, BLUE, ORANGE)


def agreed(found: Agreement, *, level: float = 0.95) -> alt.LayerChart:
    """Draw each model's score against people's rating, with both intervals.

    Parameters
    ----------
    found
        One comparison.
    level
        Of its intervals, for the words below the title.
    """
    rows = model_rows(found, GROUPS)
    scale = scale_of(found)
    across, up = scale.ends(rows, "score"), scale.ends(rows, "rating")
    x = alt.X("score:Q", title=scale.title, axis=alt.Axis(format=scale.format)).scale(
        domain=list(across), nice=False, zero=False
    )
    y = alt.Y("rating:Q", title=f"People: {printable(found.human)}").scale(
        domain=list(up), nice=False, zero=False
    )
    odds = odds_rows(found, rows)
    base = alt.Chart(inline(rows)).encode(color=_key(rows))
    bars = base.mark_rule(opacity=0.5, clip=True)
    line = alt.Chart(inline(line_rows(rows))).mark_line(color=DARK, strokeWidth=1.2, clip=True)
    layers = [
        line.encode(x=x, y=alt.Y("line:Q")),
        *_opposed(odds, x, y),
        bars.encode(x=alt.X("score_low:Q"), x2="score_high:Q", y=y),
        bars.encode(x=x, y=alt.Y("rating_low:Q"), y2="rating_high:Q"),
        base.mark_circle(size=46, opacity=1).encode(x=x, y=y, tooltip=_tooltip()),
        *name_layers(rows, named_rows(rows, across, up), x, y),
    ]
    chart = alt.LayerChart(layer=layers).properties(width="container", height=SIZE[1])
    drawn, every = len(odds) // 2, len(found.at_odds)
    which = "" if drawn == every else f"Of {integer(every)} pairs at odds the surest "
    words = f" {which}{integer(drawn)} {'' if which else 'pairs at odds '}are joined."
    more = words if drawn else ""
    return finished(
        chart,
        f"{printable(found.benchmark)} beside people",
        f"Bars: pointwise {level_text(level)} intervals. Line: the rating that a score foretells.",
        f"Coloured: off the line, all models together.{more}",
    )


def _key(rows: pl.DataFrame) -> alt.Color:
    used = [name for name in GROUPS if (rows["group"] == name).any()]
    colours = [COLOURS[GROUPS.index(name)] for name in used]
    legend = alt.Legend(title=None, orient="top", symbolType="circle", labelLimit=0)
    return alt.Color("group:N", legend=legend, scale=alt.Scale(domain=used, range=colours))


def _opposed(odds: pl.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    if odds.is_empty():
        return []
    marks = alt.Chart(inline(odds)).mark_line(color=VERMILION, strokeWidth=1, opacity=0.6)
    return [marks.encode(x=x, y=y, detail="pair:N")]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in (
            ("model", "Model"),
            ("score_text", "Score"),
            ("rating_text", "Rating"),
            ("residual_text", "Above the line"),
        )
    ]
