"""Charts of a hard subset: how much lists of each size separate, and what it foretells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.axes import log_ticks
from theodolite.plotting.parts import finished, inline, key
from theodolite.plotting.text import integer, level_text, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, ORANGE

if TYPE_CHECKING:
    from theodolite.scoring.hard import HardSubset

__all__ = ["separability_curve", "whole_scores"]

CHOSEN, BY_CHANCE = "chosen items", "random items"
NAMES = {"information": CHOSEN, "random": BY_CHANCE}
HEIGHT = 320


def separability_curve(found: HardSubset) -> alt.LayerChart:
    """Draw the share of pairs of held-out models that lists of each size separate.

    Parameters
    ----------
    found
        The subset.
    """
    frame = _ends_at_all(found)
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(domain=[CHOSEN, BY_CHANCE], range=[BLUE, ORANGE]),
        # The bands' faint colour is not the key's.
        legend=alt.Legend(title=None, orient="top", symbolType="circle", symbolOpacity=1.0),
    )
    base = alt.Chart(inline(frame)).encode(x=_sizes(frame), color=colour)
    y = alt.Y(
        "separability:Q",
        title="Pairs of held-out models separated",
        axis=alt.Axis(format=".0%", tickCount=6),
        scale=alt.Scale(domain=[0.0, 1.0]),
    )
    band = base.mark_area(opacity=0.14).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(y=y)
    point = base.mark_circle(size=55, opacity=1).encode(y=y, tooltip=_tooltip())
    asked = alt.Chart(inline(pl.DataFrame({"size": [found.size]})))
    layers = [
        band,
        *_whole_line(found),
        asked.mark_rule(color=GREY, strokeWidth=1).encode(x="size:Q"),
        line,
        point,
    ]
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        "How much do lists of items separate?",
        f"Lists chosen on some models, shown on others; each pair at {level_text(found.level)}.",
        f"Bands: {level_text(found.level)} intervals for other models like these. "
        f"Grey line: the {integer(found.size)} items asked for.",
    )


def whole_scores(found: HardSubset) -> alt.LayerChart:
    """Draw what lists chosen without a model foretell of its whole score, against that score.

    Parameters
    ----------
    found
        The subset.
    """
    frame = _foretold(found)
    ends = [*frame["score"], *frame["low"], *frame["high"]]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    share = low >= 0.0 and high <= 1.0
    axis = alt.Axis(format=".0%" if share else "~f", tickCount=6)
    scale = alt.Scale(domain=[low, high], nice=True, zero=False)
    form = ".1%" if share else ".3~f"
    base = alt.Chart(inline(frame)).encode(
        x=alt.X("score:Q", title="Score on all items", axis=axis, scale=scale),
        color=key(("inside its interval", "outside"), (BLUE, ORANGE)),
        tooltip=_score_tooltip(form),
    )
    y = alt.Y("predicted:Q", title="Foretold from a list", axis=axis, scale=scale)
    diagonal = (
        alt.Chart(inline(pl.DataFrame({"score": [low, high], "predicted": [low, high]})))
        .mark_line(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=alt.X("score:Q", scale=scale), y=alt.Y("predicted:Q", scale=scale))
    )
    layers = [
        diagonal,
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            y=alt.Y("low:Q", scale=scale, title="Foretold from a list"), y2="high:Q"
        ),
        base.mark_circle(size=55, opacity=1).encode(y=y),
    ]
    return finished(
        alt.LayerChart(layer=layers).properties(width="container", height=HEIGHT),
        "Do the chosen items foretell the whole score?",
        f"Lists of {integer(found.size)} items, chosen without the model; lines: "
        f"{level_text(found.level)} intervals.",
        "On the dashed line the list foretells the score exactly.",
    )


def _foretold(found: HardSubset) -> pl.DataFrame:
    """Give the models whose score was foretold, and whether its interval held it."""
    frame = found.models.filter(pl.col("predicted").is_not_null()).drop("subset_score", "group")
    names = pl.Series([printable(name) for name in frame["model"]], dtype=pl.String)
    inside = pl.when(pl.col("score").is_between("low", "high"))
    return frame.with_columns(
        model=names,
        group=inside.then(pl.lit("inside its interval")).otherwise(pl.lit("outside")),
    )


def _score_tooltip(form: str) -> list[alt.Tooltip]:
    names = {"score": "All items", "predicted": "Foretold", "low": "Low", "high": "High"}
    return [
        alt.Tooltip("model:N", title="Model"),
        *(alt.Tooltip(f"{name}:Q", title=title, format=form) for name, title in names.items()),
    ]


def _whole_line(found: HardSubset) -> list[alt.Chart]:
    """Draw what all items separate."""
    whole = pl.DataFrame(
        {
            "value": [found.separability_all.value],
            "text": [f"all {integer(found.items_in_all)} items"],
        }
    )
    rule = alt.Chart(inline(whole)).mark_rule(color=DARK, strokeDash=[4, 3], strokeWidth=1.2)
    label = alt.Chart(inline(whole)).mark_text(align="left", dx=4, dy=-7, color=DARK, fontSize=11)
    return [
        rule.encode(y="value:Q"),
        label.encode(y="value:Q", x=alt.value(0), text="text:N"),
    ]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("group:N", title="List"),
        alt.Tooltip("size:Q", title="Items", format=","),
        *(
            alt.Tooltip(f"{name}:Q", title=name.capitalize(), format=".1%")
            for name in ("separability", "low", "high")
        ),
    ]


def _ends_at_all(found: HardSubset) -> pl.DataFrame:
    """Give the rows of both curves, each ended by the whole benchmark."""
    whole = found.curve.filter(pl.col("method") == "all")
    parts = []
    for method, name in NAMES.items():
        part = pl.concat([found.curve.filter(pl.col("method") == method), whole])
        parts.append(part.with_columns(group=pl.lit(name)).drop("method"))
    return pl.concat(parts)


def _sizes(frame: pl.DataFrame) -> alt.X:
    sizes = frame["size"]
    low, high = float(sizes.min()), float(sizes.max())  # type: ignore[arg-type]
    ticks = [tick for tick in log_ticks(low, high, (1.0, 2.0, 5.0)) if low <= tick <= high]
    axis = alt.Axis.from_dict({"values": ticks, "format": ",.0f"})
    return alt.X("size:Q", title="Items", axis=axis).scale(type="log", nice=False)
