"""Charts of an audit: where the suspects are, and how far rules agree with people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from theodolite.plotting.parts import finished, grouped, inline, key, names_axis
from theodolite.plotting.text import level_text, percent, printable
from theodolite.plotting.theme import BLUE, DARK, GREY, VERMILION

if TYPE_CHECKING:
    from theodolite.auditing import Assessment, Audit

__all__ = ["agreement", "suspects"]

ROW_STEP = 20
MOST_BARS = 30


def suspects(audit: Audit) -> alt.LayerChart:
    """Draw the share of suspects of each subject, or of each rule where there is one subject."""
    subjects = audit.by_subject().filter(pl.col("flagged") > 0)
    many = audit.by_subject().height > 1
    frame = (
        subjects.select(
            model=_name(subjects),
            share=100.0 * pl.col("flagged") / pl.col("items"),
            words=pl.format("{} of {}", "flagged", "items"),
        )
        if many
        else _by_rule(audit)
    )
    title = "Suspects by subject" if many else "Findings by rule"
    below = [
        f"Items with a suspicion of {percent(audit.threshold, 0)} or more, in percent of the "
        "subject."
        if many
        else "Items in which a rule found something, in percent."
    ]
    if frame.height > MOST_BARS:
        below.append(f"The {MOST_BARS} of {frame.height} with the largest share.")
    shown = frame.sort("share", descending=True, maintain_order=True).head(MOST_BARS)
    base = alt.Chart(inline(shown)).encode(
        y=names_axis(shown.get_column("model")),
        x=alt.X("share:Q", title="Percent of the items", scale=alt.Scale(zero=True)),
    )
    bars = base.mark_bar(color=BLUE, height={"band": 0.65})
    text = base.mark_text(align="left", dx=5, color=DARK, fontSize=11).encode(text="words:N")
    chart = alt.LayerChart(layer=[bars, text]).properties(
        width="container", height=max(60, ROW_STEP * shown.height)
    )
    return finished(chart, title, *below)


def agreement(assessment: Assessment) -> alt.LayerChart:
    """Draw the precision of each rule that found something, with its interval."""
    frame = assessment.rules.filter(pl.col("flagged") > 0).select(
        model="rule",
        value=100.0 * pl.col("precision"),
        low=100.0 * pl.col("precision_low"),
        high=100.0 * pl.col("precision_high"),
        words=pl.format("{} of {}", "correct", "flagged"),
    )
    rate = 100.0 * assessment.errors / assessment.items
    groups = ("interval above the base rate", "interval holds the base rate, or is below it")
    frame = grouped(frame, pl.col("low") > rate, groups).sort(
        "value", descending=True, maintain_order=True
    )
    colour = key(groups, (BLUE, GREY))
    rows = names_axis(frame.get_column("model"))
    scale = alt.Scale(domain=[0, 100])
    base = alt.Chart(inline(frame)).encode(y=rows, color=colour)
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="Percent labelled an error", scale=scale), x2="high:Q"
    )
    points = base.mark_circle(size=60, opacity=1).encode(x=alt.X("value:Q", scale=scale))
    text = base.mark_text(align="left", dx=6, dy=-7, fontSize=10).encode(
        x=alt.X("value:Q", scale=scale), text="words:N", color=alt.value(DARK)
    )
    line = (
        alt.Chart(inline(pl.DataFrame({"rate": [rate]})))
        .mark_rule(color=VERMILION, strokeDash=[4, 3])
        .encode(x=alt.X("rate:Q", scale=scale))
    )
    chart = alt.LayerChart(layer=[line, lines, points, text]).properties(
        width="container", height=max(60, ROW_STEP * frame.height)
    )
    return finished(
        chart,
        "How often a finding is an error that people saw",
        f"Lines: {level_text(assessment.level)} Wilson intervals. Dashed: all items "
        f"({percent(rate / 100.0)}).",
    )


def _by_rule(audit: Audit) -> pl.DataFrame:
    rules = audit.lint.by_rule().filter(pl.col("flagged") > 0)
    n = audit.items.height
    return rules.select(
        model="rule",
        share=100.0 * pl.col("flagged") / n,
        words=pl.format("{} of {}", "flagged", pl.lit(n)),
    )


def _name(frame: pl.DataFrame) -> pl.Series:
    several = frame.get_column("benchmark").n_unique() > 1
    names = [
        printable(f"{benchmark}: {subject}" if several and subject else subject or benchmark)
        for benchmark, subject in frame.select("benchmark", "subject").iter_rows()
    ]
    return pl.Series("model", names, dtype=pl.String)
