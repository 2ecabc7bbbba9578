"""What several charts are made of: data, titles, the cells of a matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.labels import ALIGN
from theodolite.plotting.theme import CONFIG, DARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.plotting.labels import Label

__all__ = [
    "NAME_LIMIT",
    "ROW_STEP",
    "Cell",
    "beside_ranks",
    "cell_of",
    "finished",
    "grouped",
    "inline",
    "key",
    "matrix_of",
    "name_layers",
    "names_axis",
    "side_axis",
]

ROW_STEP = 20

DIGITS = 4
NAME_LIMIT = 180


@dataclass(frozen=True)
class Cell:
    """How the cells of a matrix are drawn at a number of models."""

    step: int
    font: int
    name_limit: int
    gap: float
    written: bool


def cell_of(models: int) -> Cell:
    """Size the cells for a number of models."""
    if models <= 6:  # noqa: PLR2004
        return Cell(step=60, font=11, name_limit=200, gap=2, written=True)
    if models <= 16:  # noqa: PLR2004
        return Cell(step=38, font=11, name_limit=180, gap=1.5, written=True)
    if models <= 45:  # noqa: PLR2004
        return Cell(step=18, font=10, name_limit=150, gap=0.75, written=False)
    if models <= 75:  # noqa: PLR2004
        return Cell(step=10, font=8, name_limit=110, gap=0.25, written=False)
    return Cell(step=8, font=7, name_limit=96, gap=0.25, written=False)


def side_axis(cell: Cell, orient: str) -> alt.Axis:
    """Write the names of models along the top or the left of a matrix."""
    return alt.Axis(
        orient="top" if orient == "top" else "left",
        labelAngle=-90 if orient == "top" else 0,
        title=None,
        labelFontSize=cell.font,
        labelLimit=cell.name_limit,
        labelOverlap=False,
        labelPadding=4,
        grid=False,
        ticks=False,
        domain=False,
    )


def names_axis(models: pl.Series) -> alt.Y:
    """Write the names of models, or whatever the rows are, at the left."""
    axis = alt.Axis(
        title=None, labelLimit=NAME_LIMIT, labelOverlap=False, ticks=False, domain=False, grid=True
    )
    return alt.Y("model:N", axis=axis, scale=alt.Scale(domain=models.to_list()))


def grouped(
    frame: pl.DataFrame, condition: pl.Expr | pl.Series, names: tuple[str, str]
) -> pl.DataFrame:
    """Name the two groups that a chart colours."""
    first, second = map(pl.lit, names)
    return frame.with_columns(group=pl.when(condition).then(first).otherwise(second))


def key(names: tuple[str, str], colours: tuple[str, str], *, offset: int = 18) -> alt.Color:
    """Colour the two groups, with a key on top."""
    legend = alt.Legend(title=None, orient="top", symbolType="circle", labelLimit=0, offset=offset)
    return alt.Color(
        "group:N", legend=legend, scale=alt.Scale(domain=list(names), range=list(colours))
    )


def inline(frame: pl.DataFrame) -> alt.InlineData:
    """Put the rows into the chart as CSV.

    Altair would check thousands of records one by one, and they would be most of a page's size.
    """
    rounded = frame.with_columns(pl.col(pl.Float64).round(DIGITS))
    numeric = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    layout = alt.CsvDataFormat(type="csv", parse=dict.fromkeys(numeric, "number"))
    return alt.InlineData(values=rounded.write_csv(), format=layout)


def name_layers(
    rows: pl.DataFrame, labels: Sequence[Label], x: alt.X | str, y: alt.Y | str
) -> list[alt.Chart]:
    """Write the names of models beside their points, where :func:`place_labels` found room.

    ``rows`` has ``model`` and the columns of the two axes, in the order that was placed.
    """
    layers = []
    for side, align in ALIGN.items():
        some = [label for label in labels if label.side == side]
        if some:
            text = alt.Chart(inline(rows[[label.index for label in some]])).mark_text(
                align=align, dx=some[0].dx, dy=-some[0].dy, fontSize=10, color=DARK, limit=150
            )
            layers.append(text.encode(x=x, y=y, text="model:N"))
    return layers


def beside_ranks(layers: Sequence[alt.Chart], ranks: pl.Series) -> alt.LayerChart:
    """Put the ranks left open on an axis at the right, so that the chart can fill any width."""
    # The labels come from an expression over row positions: ranks are numbers, so no name of a
    # model is ever read as code.
    labels = json.dumps(ranks.to_list(), ensure_ascii=True)
    axis = alt.Axis(
        orient="right",
        labelExpr=f"{labels}[datum.value]",
        labelOverlap=False,
        title="Rank",
        titleAngle=0,
        titleAlign="left",
        titleAnchor="start",
        titleX=8,
        titleY=-10,
        ticks=False,
        domain=False,
        grid=False,
    )
    rows = list(range(len(ranks)))
    beside = (
        alt.Chart(alt.InlineData(values=[{"row": row} for row in rows]))
        .mark_point(opacity=0)
        .encode(y=alt.Y("row:O", axis=axis, scale=alt.Scale(domain=rows)))
    )
    chart = alt.LayerChart(
        layer=[alt.LayerChart(layer=list(layers)), beside],
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(y="independent")),
    )
    return chart.properties(width="container", height=ROW_STEP * len(ranks))


def matrix_of(cells: pl.DataFrame, models: Sequence[str]) -> alt.Chart:
    """Place cells by the positions ``row`` and ``column``, and look up both models' names.

    With the names in every cell they would be most of a page's size.
    """
    chart = alt.Chart(inline(cells))
    for side in ("row", "column"):
        name = f"{side}_model"
        table = alt.InlineData(values=[{side: i, name: model} for i, model in enumerate(models)])
        chart = chart.transform_lookup(
            lookup=side, from_=alt.LookupData(data=table, key=side, fields=[name])
        )
    return chart


def finished(chart: alt.LayerChart, title: str, *below: str) -> alt.LayerChart:
    """Add a title, lines below it, and the look of every chart."""
    return chart.properties(
        title=alt.TitleParams(title, subtitle=list(below)),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
    )
