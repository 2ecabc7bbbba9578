"""The plane of parameters and tokens: equal loss, equal compute, the optimum, known models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.axes import COUNT_AXIS
from theodolite.plotting.labels import ALIGN, Box, place_labels
from theodolite.plotting.parts import finished, inline
from theodolite.plotting.text import level_text, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE, VERMILION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling import Plan

__all__ = ["known_models", "plane"]

WIDTH, HEIGHT = 720, 500
STEPS = 160
# Curves of equal loss turn upwards within a few thousandths of the window's width.
DENSE = 8000
APART = 5.0
CORNER = 80.0
LEAST_DECADES = 3.0
PALE = "#b9c2cc"
BAND = 0.18
NAMES = ("compute-optimal", "lifetime-optimal", "asked for")
COLOURS = (BLUE, VERMILION, ORANGE)
SHAPES = ("circle", "diamond", "square")


@dataclass(frozen=True)
class Window:
    """What the chart shows, as ends in powers of ten: parameters, tokens."""

    params: tuple[float, float]
    tokens: tuple[float, float]

    @classmethod
    def of(cls, points: pl.DataFrame) -> Window:
        """Surround points."""
        ends = []
        for name in ("params", "tokens"):
            logs = points[name].log10().to_list()
            low, high = min(logs) - 0.35, max(logs) + 0.45
            spare = max(LEAST_DECADES - (high - low), 0.0) / 2.0
            ends.append((low - spare, high + spare))
        return cls(*ends)

    def pixels(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Return where points stand, (n, 2), from the bottom left."""
        out = []
        for name, ends, size in (
            ("params", self.params, WIDTH),
            ("tokens", self.tokens, HEIGHT),
        ):
            out.append((frame[name].log10().to_numpy() - ends[0]) / (ends[1] - ends[0]) * size)
        return np.stack(out, axis=1) if len(frame) else np.empty((0, 2))

    @property
    def x(self) -> alt.X:
        """The axis of parameters."""
        scale, axis = self._look(self.params)
        return alt.X("params:Q", title="Parameters", scale=scale, axis=axis)

    def y(self, field: str = "tokens") -> alt.Y:
        """The axis of tokens."""
        scale, axis = self._look(self.tokens)
        return alt.Y(f"{field}:Q", title="Training tokens", scale=scale, axis=axis)

    @staticmethod
    def _look(ends: tuple[float, float]) -> tuple[alt.Scale, alt.Axis]:
        scale = alt.Scale(type="log", domain=[10.0**end for end in ends], nice=False)
        decades = [10.0**k for k in range(math.ceil(ends[0]), math.floor(ends[1]) + 1)]
        return scale, alt.Axis(values=decades, labelExpr=COUNT_AXIS)

    @property
    def sizes(self) -> NDArray[np.float64]:
        """Parameters from side to side."""
        return np.logspace(*self.params, STEPS)

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Keep the points that are shown."""
        low, high = (10.0**end for end in self.tokens)
        left, right = (10.0**end for end in self.params)
        return frame.filter(
            pl.col("tokens").is_between(low, high), pl.col("params").is_between(left, right)
        )

    def thinned(self, line: pl.DataFrame) -> pl.DataFrame:
        """Keep a point of a curve every few pixels, of those that are shown."""
        line = self.within(line)
        if line.is_empty():
            return line
        way = np.hypot(*np.diff(self.pixels(line), axis=0, prepend=np.nan).T)
        along = pl.Series((np.nancumsum(way) / APART).astype(int))
        keep = along.is_first_distinct()
        keep[len(keep) - 1] = True
        return line.filter(keep)

    @property
    def budgets(self) -> list[float]:
        """Powers of ten of FLOPs that cross the window, at most about eight."""
        low, high = (math.log10(6.0) + self.params[k] + self.tokens[k] for k in (0, 1))
        whole = range(math.ceil(low), math.floor(high) + 1)
        return [10.0**k for k in whole][:: math.ceil(len(whole) / 8)]


def known_models(frame: pl.DataFrame, *, complete: bool = True) -> pl.DataFrame:
    """Take the models that can be placed: ``model``, ``params``, ``tokens``, all known.

    Parameters of a mixture of experts are those that work on one token. A model that was tuned
    from another one is left out.
    """
    params = pl.col("params")
    if "active_params" in frame.columns:
        params = pl.coalesce("active_params", "params")
    if "base_of" in frame.columns:
        frame = frame.filter(pl.col("base_of").is_null())
    shown = frame.select("model", params=params, tokens="tokens")
    shown = shown.drop_nulls() if complete else shown
    return shown.sort("tokens", "params", "model", descending=[True, False, False])


def plane(plan: Plan, known: pl.DataFrame | None = None) -> alt.LayerChart:
    """Draw a plan on the plane of parameters and tokens, with known models upon it.

    Parameters
    ----------
    plan
        The plan.
    known
        Models: ``model``, ``params``, ``tokens``; optional ``active_params`` and ``base_of``.
    """
    points = _points(plan)
    columns = ["params", "tokens"]
    models = points.clear().select(model="name", params="params", tokens="tokens")
    if known is not None:
        models = known_models(known)
    window = Window.of(pl.concat([points.select(columns), models.select(columns)]))
    levels, marks = _levels(plan, window)
    layers = [*_lines(window, levels), *_path(plan, window)]
    layers += _models(window, models, points, marks)
    layers += [_plan_points(window, points), *_marks(window, marks)]
    below = "Blue line: compute-optimal"
    below += "." if plan.level is None else f"; shaded: {level_text(plan.level)} interval."
    if known is not None and len(models):
        lost = len(known_models(known, complete=False)) - len(models)
        below += f" Dots: {len(models)} known models"
        below += f"; {lost} more lack parameters or tokens." if lost else "."
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        "Parameters, tokens and loss",
        f"By {printable(plan.law)}. Solid: equal loss, in nats a token. Dashed: equal training "
        "FLOPs.",
        below,
    )


def _points(plan: Plan) -> pl.DataFrame:
    rows = [("compute-optimal", plan.optimum)]
    if plan.lifetime is not None:
        rows.append(("lifetime-optimal", plan.lifetime.point))
    found = [(name, p.params.estimate, p.tokens.estimate, p.loss.estimate) for name, p in rows]
    if plan.target.params is not None and plan.target.tokens is not None:
        loss = next((g.loss_to.estimate for g in plan.gains), math.nan)
        found.append(("asked for", plan.target.params, plan.target.tokens, loss))
    return pl.DataFrame(found, schema=["name", "params", "tokens", "loss"], orient="row")


def _levels(plan: Plan, window: Window) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines of equal loss and compute, and the texts at their ends."""
    lines, marks = [], []
    path = plan.path(window.sizes).select("params", "tokens")
    flops = 6.0 * path["params"] * path["tokens"]
    for budget in window.budgets:
        across = pl.DataFrame({"params": window.sizes, "tokens": budget / 6.0 / window.sizes})
        text = f"1e{round(math.log10(budget))}"
        lines.append(across.with_columns(line=pl.lit(f"C{text}"), kind=pl.lit("flops")))
        marks.append(_end(window, across, text, "flops"))
        if not flops.min() <= budget <= flops.max():  # type: ignore[operator]
            continue
        loss = plan.least_loss(budget)
        curve = window.thinned(plan.equal_loss(loss, np.logspace(*window.params, DENSE)))
        lines.append(curve.with_columns(line=pl.lit(f"L{text}"), kind=pl.lit("loss")))
        marks.append(_end(window, curve, f"{loss:.2f}", "loss"))
    return pl.concat(lines), pl.concat(marks)


def _end(window: Window, line: pl.DataFrame, text: str, kind: str) -> pl.DataFrame:
    """Return where a line's text stands: its last point on the right, or its first at the top."""
    shown = window.within(line)
    end = shown.tail(1) if kind == "flops" else shown.head(1)
    ends = window.pixels(pl.concat([shown.head(1), shown.tail(1)]))
    if not len(ends) or np.hypot(*(ends[1] - ends[0])) < CORNER:
        end = end.clear()  # a line that only cuts a corner has no room for its text
    return end.select("params", "tokens", text=pl.lit(text), kind=pl.lit(kind))


def _lines(window: Window, levels: pl.DataFrame) -> list[alt.Chart]:
    layers = []
    shown = window.within(levels)
    for kind, dash, colour in (("flops", [3, 3], PALE), ("loss", [1, 0], GREY)):
        chart = alt.Chart(inline(shown.filter(kind=kind).drop("kind")))
        layers.append(
            chart.mark_line(
                strokeDash=dash, color=colour, strokeWidth=1.1, clip=True
            ).encode(x=window.x, y=window.y(), detail="line:N")
        )  # fmt: skip
    return layers


def _path(plan: Plan, window: Window) -> list[alt.Chart]:
    path = plan.path(window.sizes)
    layers = []
    if plan.level is not None:
        floor, roof = (10.0**end for end in window.tokens)
        ends = path.with_columns(pl.col("low", "high").clip(floor, roof))
        band = alt.Chart(inline(ends.filter(pl.col("low") < pl.col("high"))))
        layers.append(
            band.mark_area(color=BLUE, opacity=BAND, clip=True).encode(
                x=window.x, y=window.y("low"), y2="high:Q"
            )
        )
    line = alt.Chart(inline(window.within(path.select("params", "tokens"))))
    layers.append(
        line.mark_line(color=BLUE, strokeWidth=2.2, clip=True).encode(x=window.x, y=window.y())
    )
    return layers


def _models(
    window: Window, models: pl.DataFrame, points: pl.DataFrame, marks: pl.DataFrame
) -> list[alt.Chart]:
    if models.is_empty():
        return []
    models = models.with_columns(
        model=pl.Series([printable(name) for name in models["model"]]),
        ratio=pl.col("tokens") / pl.col("params"),
    )
    dots = alt.Chart(inline(models)).mark_circle(color=DARK, size=34, opacity=0.7)
    tooltip = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("params:Q", title="Parameters", format=".3~s"),
        alt.Tooltip("tokens:Q", title="Tokens", format=".3~s"),
        alt.Tooltip("ratio:Q", title="Tokens per parameter", format=",.0f"),
    ]
    layers = [dots.encode(x=window.x, y=window.y(), tooltip=tooltip)]
    taken = [Box.around(x, y, 6.0) for x, y in window.pixels(points)]
    taken += [Box.around(x, y, 16.0) for x, y in window.pixels(marks)]
    names = models["model"].to_list()
    found = place_labels(window.pixels(models), names, (WIDTH, HEIGHT), taken=taken)
    for side, align in ALIGN.items():
        some = [label for label in found if label.side == side]
        if some:
            chart = alt.Chart(inline(models[[label.index for label in some]]))
            look = alt.MarkDef(
                "text", align=align, dx=some[0].dx, dy=-some[0].dy, fontSize=11, color=DARK
            )
            layers += _written(chart, window, look, "model:N")
    return layers


def _written(chart: alt.Chart, window: Window, look: alt.MarkDef, field: str) -> list[alt.Chart]:
    """Write texts over a white rim, so that they can be read on lines."""
    rim = look.copy()
    rim["stroke"], rim["strokeWidth"], rim["strokeJoin"] = "white", 3, "round"
    out = []
    for mark in (rim, look):
        layer = chart.encode(x=window.x, y=window.y(), text=field)
        layer.mark = mark
        out.append(layer)
    return out


def _plan_points(window: Window, points: pl.DataFrame) -> alt.Chart:
    names = [name for name in NAMES if name in points["name"].to_list()]
    look = [(COLOURS[NAMES.index(n)], SHAPES[NAMES.index(n)]) for n in names]
    legend = alt.Legend(title=None, orient="top", labelLimit=0)
    chart: alt.Chart = (
        alt.Chart(inline(points.with_columns(pl.col("loss").fill_nan(None))))
        .mark_point(filled=True, size=130, opacity=1, stroke="white", strokeWidth=1)
        .encode(
            x=window.x,
            y=window.y(),
            color=alt.Color(
                "name:N", legend=legend, scale=alt.Scale(domain=names, range=[c for c, _ in look])
            ),
            shape=alt.Shape(
                "name:N", legend=legend, scale=alt.Scale(domain=names, range=[s for _, s in look])
            ),
            tooltip=[
                alt.Tooltip("name:N", title="Model"),
                alt.Tooltip("params:Q", title="Parameters", format=".3~s"),
                alt.Tooltip("tokens:Q", title="Tokens", format=".3~s"),
                alt.Tooltip("loss:Q", title="Loss", format=".3f"),
            ],
        )
    )
    return chart


def _marks(window: Window, marks: pl.DataFrame) -> list[alt.Chart]:
    layers = []
    for kind, dx, dy, colour in (("flops", -14, -6, "#6f7b87"), ("loss", 14, 9, "#4f5b67")):
        chart = alt.Chart(inline(marks.filter(kind=kind)))
        look = alt.MarkDef("text", fontSize=10, dx=dx, dy=dy, color=colour)
        layers += _written(chart, window, look, "text:N")
    return layers
