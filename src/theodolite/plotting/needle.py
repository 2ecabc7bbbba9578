"""Charts of needle tests: the map of cells, the share by length, how far each model reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS, log_axis
from theodolite.plotting.parts import finished, inline, names_axis
from theodolite.plotting.text import integer, level_text, number, percent, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, NEVER, VERMILION, WIN_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scoring.needle import NeedleBoard

__all__ = ["needle_map", "needle_maps", "needle_reach"]

MOST_MAPS = 4
WIDTH, DEEP, CURVE = 640, 360, 150
ROW_STEP = 20
TALL = 30
OPEN = "#dbe7f3"


def needle_maps(found: NeedleBoard) -> alt.VConcatChart:
    """Draw the map and the curve of each model and version, of many the first four."""
    shown = found.settings[:MOST_MAPS]
    rest = len(found.settings) - len(shown)
    more = [f"The first {len(shown)} of {integer(len(found.settings))}."] if rest else []
    charts: list[alt.LayerChart] = []
    for model, version in shown:
        charts += _parts(found, model, version)
    return _stacked(charts, "Where is the needle found?", [*_lines(found), *more])


def needle_map(found: NeedleBoard, model: str, version: str) -> alt.VConcatChart:
    """Draw one model's score at every length and depth, and below it the share by length.

    Parameters
    ----------
    found
        The result.
    model, version
        What to draw.
    """
    charts = _parts(found, model, version)
    return _stacked(charts, f"Where does {printable(model)} find the needle?", _lines(found))


def needle_reach(found: NeedleBoard) -> alt.LayerChart:
    """Draw the effective context length of each model with its interval, and what was tried."""
    frame = _reach_rows(found)
    values = pl.concat([frame["start"], frame["longest"]])
    lengths = log_axis("start", "Context length, tokens", values, words=COUNT_AXIS)
    if len(frame) > TALL:
        lengths = lengths.axis(orient="top")
    base = alt.Chart(inline(frame)).encode(
        y=names_axis(frame["model"]),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("text:N", title="Effective length"),
            alt.Tooltip("interval:N", title="Interval"),
        ],
    )
    layers = [
        base.mark_rule(color="#cfd6de", strokeWidth=1.5).encode(
            x=alt.X("shortest:Q"), x2="longest:Q"
        ),
        base.mark_rule(color=BLUE, strokeWidth=3.5, opacity=0.55).encode(x=lengths, x2="end:Q"),
        base.mark_circle(color=BLUE, size=60, opacity=1).encode(x=alt.X("at:Q")),
    ]
    beyond = frame.filter(pl.col("unbounded"))
    if len(beyond):
        arrows = alt.Chart(inline(beyond)).mark_point(
            shape="triangle-right", filled=True, size=60, color=BLUE, opacity=1, xOffset=11
        )
        layers.append(arrows.encode(x=alt.X("end:Q"), y=alt.Y("model:N")))
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=ROW_STEP * len(frame)),
        "How far does each model reach?",
        f"The longest length up to which at least {percent(found.threshold, 0)} are found, with "
        f"its {level_text(found.level)} interval.",
        "Grey: what was tried. An arrow: nothing that was tried bounds it.",
    )


def _lines(found: NeedleBoard) -> list[str]:
    return [
        f"Colour: mean score, {found.scale[0]:g} to {found.scale[1]:g}. Below: share found, with "
        f"{level_text(found.level)} intervals; line: the monotone fit.",
        f"Shaded: lengths that may be the longest with at least {percent(found.threshold, 0)} "
        "found; red: the estimate.",
    ]


def _stacked(
    charts: Sequence[alt.LayerChart], title: str, below: Sequence[str]
) -> alt.VConcatChart:
    return alt.VConcatChart(
        vconcat=list(charts),
        title=alt.TitleParams(title, subtitle=list(below)),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
        spacing=6,
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
    )


def _parts(found: NeedleBoard, model: str, version: str) -> list[alt.LayerChart]:
    cells = found.of(found.cells, model, version)
    lengths = found.of(found.lengths, model, version)
    names = [integer(value) for value in lengths["context_length"]]
    words = dict(zip(lengths["context_length"], names, strict=True))
    row = found.of(found.models, model, version).row(0, named=True)
    many = len({version for _, version in found.settings}) > 1
    label = f"{printable(model)}, version {printable(version)}" if many else printable(model)
    return [_heat(cells, words, found, label), _curve(lengths, words, found, row)]


def _depths(depths: list[float]) -> dict[float, str]:
    """Write depths with as few decimals as tell them apart."""
    for decimals in range(1, 6):
        words = [f"{round(depth, decimals):g}%" for depth in depths]
        if len(set(words)) == len(words):
            return dict(zip(depths, words, strict=True))
    return {depth: f"{depth!r}%" for depth in depths}


def _heat(
    cells: pl.DataFrame, words: dict[float, str], found: NeedleBoard, label: str
) -> alt.LayerChart:
    """Colour each cell by its mean score."""
    named = _depths(sorted(cells["depth_percent"].unique()))
    depths = list(named.values())
    frame = cells.select(
        length=pl.col("context_length").replace_strict(words, return_dtype=pl.String),
        depth=pl.col("depth_percent").replace_strict(named, return_dtype=pl.String),
        score="score",
        n="n",
    ).filter(pl.col("score").is_not_null())
    low, high = found.scale
    middle = (low + high) / 2.0
    domain = [low, (low + middle) / 2.0, middle, (middle + high) / 2.0, high]
    colour = alt.Color(
        "score:Q",
        legend=alt.Legend(title="Score", gradientLength=120),
        scale=alt.Scale(domain=domain, range=list(WIN_SHARE), interpolate="rgb"),
    )
    heat = (
        alt.Chart(inline(frame))
        .mark_rect(stroke="white", strokeWidth=0.5 if len(frame) < 2000 else 0)  # noqa: PLR2004
        .encode(
            x=_length_axis(list(words.values()), title=None, labels=False),
            y=alt.Y(
                "depth:N",
                title=f"Depth: {label}",
                scale=alt.Scale(domain=depths, paddingInner=0),
                axis=alt.Axis(labelOverlap=True, ticks=False, grid=False, titleLimit=DEEP),
            ),
            color=colour,
            tooltip=[
                alt.Tooltip("length:N", title="Length"),
                alt.Tooltip("depth:N", title="Depth"),
                alt.Tooltip("score:Q", title="Score", format="~f"),
                alt.Tooltip("n:Q", title="Trials"),
            ],
        )
    )
    height = min(DEEP, max(60, 24 * len(depths)))
    view = alt.ViewBackground(fill=NEVER)
    return alt.LayerChart(layer=[heat], view=view).properties(width=WIDTH, height=height)


def _curve(
    lengths: pl.DataFrame, words: dict[float, str], found: NeedleBoard, row: dict[str, Any]
) -> alt.LayerChart:
    """Draw the share found by length, the monotone fit and the lengths left open."""
    frame = lengths.filter(pl.col("n") > 0).select(
        length=pl.col("context_length").replace_strict(words, return_dtype=pl.String),
        share="share",
        low="low",
        high="high",
        monotone="monotone",
        n="n",
        threshold=pl.lit(found.threshold),
    )
    last = float("inf") if row["unbounded"] else row["effective_high"]
    open_ = lengths.filter(pl.col("context_length").is_between(row["effective_low"], last)).select(
        length=pl.col("context_length").replace_strict(words, return_dtype=pl.String)
    )
    x = _length_axis(list(words.values()), title="Context length, tokens", labels=True)
    y = alt.Y("share:Q", title="Share found").scale(domain=[0, 1])
    y = y.axis(format="~%", tickCount=5)
    base = alt.Chart(inline(frame)).encode(x=x)
    layers = [
        alt.Chart(inline(open_)).mark_rect(color=OPEN).encode(x=x),
        base.mark_line(color=GREY, strokeDash=[4, 3], strokeWidth=1).encode(y="threshold:Q"),
        base.mark_rule(color=BLUE, opacity=0.45, strokeWidth=2).encode(y="low:Q", y2="high:Q"),
        base.mark_line(color=DARK, strokeWidth=1.6).encode(y="monotone:Q"),
        base.mark_circle(color=BLUE, size=34, opacity=1).encode(
            y=y,
            tooltip=[
                alt.Tooltip("length:N", title="Length"),
                alt.Tooltip("share:Q", title="Share found", format=".1%"),
                alt.Tooltip("low:Q", title="Low", format=".1%"),
                alt.Tooltip("high:Q", title="High", format=".1%"),
                alt.Tooltip("n:Q", title="Trials"),
            ],
        ),
    ]
    at = row["effective_length"]
    if at in words:
        here = alt.Chart(alt.InlineData(values=[{"length": words[at]}]))
        layers.append(here.mark_rule(color=VERMILION, strokeWidth=2).encode(x=x))
    return alt.LayerChart(layer=layers).properties(width=WIDTH, height=CURVE)


def _length_axis(names: list[str], *, title: str | None, labels: bool) -> alt.X:
    axis = alt.Axis(
        labels=labels, labelAngle=-90, labelOverlap=True, ticks=False, grid=False, domain=labels
    )
    scale = alt.Scale(domain=names, paddingInner=0)
    return alt.X("length:N", title=title, axis=axis, scale=scale)


def _reach_rows(found: NeedleBoard) -> pl.DataFrame:
    """Lay out the intervals; what is below the shortest length stands at half of it."""
    many = len({version for _, version in found.settings}) > 1
    frame = found.models
    names = [f"{printable(m)}, {printable(v)}" if many else printable(m) for m, v in found.settings]
    floor = pl.col("shortest") / 2.0
    texts = [_text(value) for value in frame["effective_length"]]
    ends = zip(frame["effective_low"], frame["effective_high"], strict=True)
    return frame.select(
        pl.Series("model", names, dtype=pl.String),
        start=pl.max_horizontal("effective_low", floor),
        end=pl.when("unbounded")
        .then("longest")
        .otherwise(pl.max_horizontal("effective_high", floor)),
        at=pl.max_horizontal("effective_length", floor),
        shortest="shortest",
        longest="longest",
        unbounded="unbounded",
        text=pl.Series(texts, dtype=pl.String),
        interval=pl.Series([f"{_text(a)} to {_text(b)}" for a, b in ends], dtype=pl.String),
    )


def _text(value: float | None) -> str:
    if value is None:
        return number(float("inf"))
    return integer(value) if value > 0 else "below the shortest"
