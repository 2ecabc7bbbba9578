"""Charts of an explanation: the chain from a published law to an optimum, and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import polars as pl

from theodolite.plotting.text import count, flops, level_text, printable
from theodolite.plotting.theme import BLUE, CONFIG, DARK, GREY, ORANGE

if TYPE_CHECKING:
    from theodolite.scaling import Explanation, Profile, Profiles

__all__ = ["STAGE_WORDS", "explanation_steps", "profile_curves", "stage_words"]

STAGE_WORDS = {
    "printed": "As printed",
    "rounding": "In full precision",
    "remainder": "Where its optimiser stops from there",
    "optimiser": "... followed to the minimum",
    "objective": "... by this objective",
    "outliers": "... without the highest losses",
}
PANELS = {
    "allocation_exponent": "Allocation exponent",
    "tokens_per_param": "Tokens per parameter",
}
RATIOS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
WIDTH = 460
ROW = 30
SMALL = (210, 150)
PROFILE_WORDS = {"allocation_exponent": "Allocation exponent"}


def explanation_steps(found: Explanation) -> alt.VConcatChart:
    """Draw the allocation exponent and the tokens per parameter, stage by stage.

    Parameters
    ----------
    found
        The explanation. The band is the interval of its fit.
    """
    panels = [_panel(found, quantity) for quantity in PANELS]
    title = f"From {printable(found.printed.law.name)} to the optimum of these runs"
    below = (
        f"Each dot is a parameter set, a line the change of one step; at {flops(found.aim.flops)} "
        "FLOPs.",
        f"Blue: the fit with its {level_text(found.fit.level)} interval.",
    )
    return alt.vconcat(*panels, spacing=24).properties(
        title=alt.TitleParams(title, subtitle=list(below)),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
    )


def profile_curves(found: Profiles) -> alt.ConcatChart:
    """Draw how much worse the fit is with each parameter held, and where that is too much.

    Parameters
    ----------
    found
        The profiles.
    """
    title = "How far each parameter may go"
    below = (
        "How much worse the runs are fitted with it held, others fitted again (as a squared t).",
        f"Dashed: the limit at {level_text(found.level)}; orange: the interval; dot: the estimate.",
    )
    panels = [_profile(one, found.threshold) for one in found.profiles]
    return alt.concat(*panels, columns=3, spacing=18).properties(
        title=alt.TitleParams(title, subtitle=list(below)),
        description=" ".join((f"{title}.", *below)),
        config=CONFIG,
    )


def _panel(found: Explanation, quantity: str) -> alt.LayerChart:
    words = stage_words(found)
    values = found.stages[quantity].to_list()
    kept = [i for i, value in enumerate(values) if value is not None and np.isfinite(value)]
    rows = [_row(words[i], values[i], values[i - 1] if i else values[i], i, len(words))
            for i in kept]  # fmt: skip
    inside = found.inside.filter(pl.col("quantity") == quantity).row(0, named=True)
    ends = [inside["low"], inside["high"]]
    ratio = quantity == "tokens_per_param"
    x = _axis(PANELS[quantity], [*(row["value"] for row in rows), *ends], ratio=ratio)
    y = alt.Y("stage:N", sort=words, title=None).axis(
        labelLimit=260, ticks=False, domain=False, grid=True, labelOverlap=False
    )
    y = y.scale(domain=words)
    band = (
        alt.Chart(alt.InlineData(values=[{"value": ends[0], "high": ends[1]}]))
        .mark_rect(color=BLUE, opacity=0.14)
        .encode(x=x, x2="high:Q")
    )
    base = alt.Chart(alt.InlineData(values=rows))
    lines = base.mark_rule(color=GREY, strokeWidth=2).encode(x=x, x2="before:Q", y=y)
    colour = alt.Color("kind:N", legend=None).scale(
        domain=["printed", "between", "fit"], range=[ORANGE, DARK, BLUE]
    )
    dots = base.mark_circle(size=90, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("stage:N", title="Stage"),
            alt.Tooltip("text:N", title=PANELS[quantity]),
        ],
    )
    labels = base.mark_text(dy=-11, fontSize=11, color=DARK).encode(x=x, y=y, text="text:N")
    layers = [band, lines, dots, labels]
    return alt.LayerChart(layer=layers).properties(width=WIDTH, height=ROW * len(words) + 12)


def _row(stage: str, value: float, before: float, at: int, stages: int) -> dict[str, Any]:
    kind = "printed" if at == 0 else "fit" if at == stages - 1 else "between"
    text = f"{value:.3f}" if value < 1.0 else count(value)
    return {"stage": stage, "value": value, "before": before, "kind": kind, "text": text}


def stage_words(found: Explanation) -> list[str]:
    """Name the stages of a chain."""
    words = [STAGE_WORDS[stage] for stage in found.stages["stage"]]
    if found.printed.fuller is None:
        words[1] = "Best that rounds to it"
    if found.stopped.is_empty():
        words[2] = "Optimum of these runs" if len(words) == 3 else "Its way on these runs"  # noqa: PLR2004
    return words


def _axis(title: str, values: list[float], *, ratio: bool) -> alt.X:
    x = alt.X("value:Q", title=title)
    low, high = min(values), max(values)
    if not ratio:
        room = 0.08 * (high - low)
        return x.scale(zero=False, nice=False, domain=[low - room, high + room]).axis(tickCount=6)
    ticks = [tick for tick in RATIOS if low / 1.5 <= tick <= high * 1.5]
    return x.scale(type="log", nice=False, domain=[low / 1.3, high * 1.3]).axis(
        values=ticks or [float(f"{low:.1g}"), float(f"{high:.1g}")], format="~g"
    )


def _profile(one: Profile, threshold: float) -> alt.LayerChart:
    top = 1.6 * threshold
    curve = one.curve.filter(pl.col("statistic") <= 1.3 * top)
    log = one.parameter in ("A", "B", "K", "R_N", "R_D")
    x = alt.X("value:Q", title=PROFILE_WORDS.get(one.parameter, one.parameter)).axis(
        format="~s" if log else "~g", tickCount=4, labelOverlap=True
    )
    x = x.scale(type="log" if log else "linear", zero=False, nice=False)
    y = alt.Y("statistic:Q", title=None).scale(domain=[0, top]).axis(tickCount=4)
    rows = alt.InlineData(values=curve.with_columns(pl.all().round_sig_figs(6)).to_dicts())
    line = alt.Chart(rows).mark_line(color=BLUE, strokeWidth=2, clip=True).encode(x=x, y=y)
    ends = [end for end in (one.low, one.high) if np.isfinite(end) and (end > 0 or not log)]
    limit = alt.Chart(alt.InlineData(values=[{"statistic": threshold}]))
    marks = [
        line,
        limit.mark_rule(color=DARK, strokeDash=[4, 3]).encode(y=y),
        alt.Chart(alt.InlineData(values=[{"value": one.estimate, "statistic": 0.0}]))
        .mark_circle(color=BLUE, size=60, opacity=1)
        .encode(x=x, y=y),
    ]
    if ends:
        crossing = alt.InlineData(values=[{"value": end} for end in ends])
        marks.append(alt.Chart(crossing).mark_rule(color=ORANGE, strokeWidth=1.6).encode(x=x))
    return alt.LayerChart(layer=marks).properties(width=SMALL[0], height=SMALL[1])
