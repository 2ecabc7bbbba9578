"""Charts of a floor: E by every form with the observed losses, and what more runs would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from theodolite.plotting.parts import finished
from theodolite.plotting.text import level_text, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from theodolite.scaling import Floor

__all__ = ["floor_chart", "floor_forms", "floor_runs"]

COUNTED, OTHER = "counts", "does not count"
VERDICTS = ("below the floor", "cannot be told", "above the floor")
COLOURS = (VERMILION, ORANGE, DARK)
DESIGNS = (GREY, ORANGE, BLUE, VERMILION)
ROW, STRIP = 24, 46
# Losses so many times the width of the forms above the floor are left out of the picture, but for
# the lowest: they would press the forms together.
REACH = 1.5


def floor_chart(found: Floor) -> alt.VConcatChart | alt.LayerChart:
    """Draw E by form, and below it what further runs would do to its interval."""
    if not found.decides.designs:
        return floor_forms(found)
    top = _forms(found).properties(width=560, height=_height(found), title=_title(found))
    head, *under = _runs_title(found)
    below = _runs(found).properties(
        width=560, height=190, title=alt.TitleParams(head, subtitle=under)
    )
    return alt.VConcatChart(
        vconcat=[top, below],
        spacing=26,
        resolve=alt.Resolve(
            scale=alt.ScaleResolveMap(color="independent"),
            legend=alt.LegendResolveMap(color="independent"),
        ),
        description=" ".join(_subtitles(found)),
        config=CONFIG,
    )


def floor_forms(found: Floor) -> alt.LayerChart:
    """Draw E with its interval by every form, and the observed losses.

    Parameters
    ----------
    found
        The floor. Filled dots are the forms that count; the band joins their intervals.
    """
    chart = _forms(found).properties(width="container", height=_height(found))
    return finished(chart, _title_text(found), *_subtitles(found))


def floor_runs(found: Floor) -> alt.LayerChart:
    """Draw how far further runs would narrow the interval of E.

    Parameters
    ----------
    found
        A floor that was fitted to runs.
    """
    chart = _runs(found).properties(width="container", height=220)
    return finished(chart, *_runs_title(found))


def _title_text(found: Floor) -> str:
    return f"The irreducible loss by form, and {len(found.observed):,} observed"


def _title(found: Floor) -> alt.TitleParams:
    return alt.TitleParams(_title_text(found), subtitle=_subtitles(found))


def _subtitles(found: Floor) -> list[str]:
    what = {
        "forms": f"{level_text(found.level)} intervals; the band joins those of the forms that "
        "count (filled).",
        "sampling": f"{level_text(found.level)} intervals; the verdict rests on the filled one.",
        "standard error": f"{level_text(found.level)} interval by the published standard error.",
        "rounding": "The interval is of the printed digits alone.",
    }[found.interval_of]
    return [what, "Ticks: observed losses; lines: the lowest one, and the highest that is below."]


def _height(found: Floor) -> int:
    return ROW * len(_rows(found)) + STRIP


def _rows(found: Floor) -> list[dict[str, Any]]:
    return [
        {
            "form": form.words,
            "estimate": form.floor.estimate,
            "low": form.floor.low,
            "high": form.floor.high,
            "kind": COUNTED if form.counted else OTHER,
            "reason": form.reason or "counts",
        }
        for form in found.forms
        if form.floor is not None
    ]


def _domain(found: Floor, rows: list[dict[str, Any]]) -> tuple[float, float]:
    ends = [*(row["low"] for row in rows), *(row["high"] for row in rows)]
    losses = found.observed["loss"].to_numpy()
    width = max(max(ends) - min(ends), 0.02 * max(ends))
    seen = losses[losses <= max(ends) + REACH * width]
    low, high = min([*ends, losses.min()]), max([*ends, losses.min(), *seen])
    room = 0.04 * (high - low)
    return low - room, high + room


def _forms(found: Floor) -> alt.LayerChart:
    rows = _rows(found)
    seen = "observed losses"
    low, high = _domain(found, rows)
    title = f"Loss ({found.unit})"
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("value:Q", title=title, scale=scale).axis(tickCount=8)
    axis = alt.Axis(title=None, labelLimit=300, labelOverlap=False, ticks=False, domain=False)
    y = alt.Y("form:N", axis=axis, scale=alt.Scale(domain=[seen, *(row["form"] for row in rows)]))
    band = (
        alt.Chart(alt.InlineData(values=[{"value": found.floor.low, "end": found.floor.high}]))
        .mark_rect(color=BLUE, opacity=0.1)
        .encode(x=x, x2="end:Q")
    )
    layers = [band, *_losses(found, x, y, seen, high)]
    for kind, colour in ((COUNTED, BLUE), (OTHER, GREY)):
        some = [{**row, "value": row["estimate"]} for row in rows if row["kind"] == kind]
        if not some:
            continue
        base = alt.Chart(alt.InlineData(values=some))
        ends = alt.X("low:Q", title=title, scale=scale)
        layers.append(base.mark_rule(strokeWidth=2, color=colour).encode(x=ends, x2="high:Q", y=y))
        fill = "white" if kind == OTHER else colour
        dots = base.mark_point(fill=fill, stroke=colour, strokeWidth=1.6, size=64, opacity=1)
        layers.append(dots.encode(x=x, y=y, tooltip=_form_tips()))
    return alt.LayerChart(layer=layers)


def _form_tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("form:N", title="Form"),
        alt.Tooltip("estimate:Q", title="E", format=".4f"),
        alt.Tooltip("low:Q", title="Low", format=".4f"),
        alt.Tooltip("high:Q", title="High", format=".4f"),
        alt.Tooltip("reason:N", title="In the verdict"),
    ]


def _losses(found: Floor, x: alt.X, y: alt.Y, row: str, most: float) -> list[alt.Chart]:
    """Draw the observed losses: a tick each, lines through the ones that matter."""
    shown = found.observed.filter(pl.col("loss") <= most).select(
        pl.col("run").map_elements(printable, return_dtype=pl.String),
        pl.col("loss").round_sig_figs(6).alias("value"),
        "verdict",
        form=pl.lit(row),
    )
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolType="stroke")
    there = [v for v in VERDICTS if v in set(shown["verdict"])]
    colour = alt.Color("verdict:N", legend=legend).scale(
        domain=there, range=[COLOURS[VERDICTS.index(v)] for v in there]
    )
    tips = [
        alt.Tooltip("run:N", title="Run"),
        alt.Tooltip("value:Q", title="Loss", format=".4f"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    ticks = alt.Chart(alt.InlineData(values=shown.to_dicts())).mark_tick(
        thickness=2, size=16, opacity=1
    )
    below = shown.filter(pl.col("verdict") == VERDICTS[0])
    lines = shown.sort("value").head(1)
    if len(below) > 1:
        lines = pl.concat([lines, below.sort("value").tail(1)])
    rules = alt.Chart(alt.InlineData(values=lines.to_dicts())).mark_rule(
        strokeDash=[4, 3], strokeWidth=1.4
    )
    return [rules.encode(x=x, color=colour), ticks.encode(x=x, y=y, color=colour, tooltip=tips)]


def _runs_title(found: Floor) -> list[str]:
    goal = found.decides.goal
    lines = [
        "What further runs would do to E's interval",
        f"If {printable(found.forms[0].law)} holds: half the width of the interval after them.",
    ]
    if goal is not None:
        lines.append(f"Dashed: where {printable(found.decides.run or '')[:60]} would be decided.")
    return lines


def _runs(found: Floor) -> alt.LayerChart:
    decides, goal = found.decides, found.decides.goal
    names = [one.words for one in decides.designs]
    rows = [
        {"design": one.words, "runs": row["runs"], "width": float(f"{row['half_width']:.6g}")}
        for one in decides.designs
        for row in one.curve.iter_rows(named=True)
    ]
    y = _width_axis(found, [row["width"] for row in rows])
    x = alt.X("runs:Q", title="Added runs").scale(type="log", domain=[1, 1000])
    x = x.axis(values=[1, 10, 100, 1000], format="~s")
    legend = alt.Legend(title=None, orient="top", labelLimit=0, columns=2)
    colour = alt.Color("design:N", legend=legend).scale(
        domain=names, range=list(DESIGNS[: len(names)])
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y, color=colour)
    tips = [
        alt.Tooltip("design:N", title="Runs"),
        alt.Tooltip("runs:Q", title="How many"),
        alt.Tooltip("width:Q", title="Half-width", format=".4f"),
    ]
    layers = [
        base.mark_line(strokeWidth=2),
        base.mark_circle(size=28, opacity=1).encode(tooltip=tips),
    ]
    if goal is not None:
        line = alt.Chart(alt.InlineData(values=[{"width": goal}]))
        layers.append(line.mark_rule(color=DARK, strokeDash=[4, 3]).encode(y=y))
    return alt.LayerChart(layer=layers)


def _width_axis(found: Floor, widths: list[float]) -> alt.Y:
    goal = found.decides.goal
    low, high = min([*widths, goal or max(widths)]), max([*widths, goal or 0.0])
    y = alt.Y("width:Q", title=f"Half-width ({found.unit})").axis(tickCount=5, format="~g")
    if low > 0:
        return y.scale(type="log", domain=[low / 1.2, high * 1.2], nice=False)
    return y.scale(domain=[0, max(high, 1e-6)])
