"""What is known of judges that grade answers, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, level_text, listed, number
from theodolite.reporting.judges import bias_table
from theodolite.reporting.jury import MOST_ON_TERMINAL, between
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scoring.judges import BIASED

if TYPE_CHECKING:
    from theodolite.scoring.judges import Bias, GraderReport

__all__ = ["graders_page", "graders_sections"]

EACH = (
    Column("judge", "Judge"),
    Column("family", "Family"),
    Column("grades", "Grades", "integer"),
    Column("unparseable", "Without a number", "integer"),
    Column("correlation", "Correlation with the others"),
    Column("spread", "Spread over theirs"),
)
PAIRS = (
    Column("judge_a", "Judge"),
    Column("judge_b", "And"),
    Column("answers", "Answers", "integer"),
    Column("difference", "Difference", "number", 2),
    Column("correlation", "Correlation", "number", 2),
)


def graders_page(found: GraderReport, *, title: str = "How far can the judges be trusted?") -> Page:
    """Make the page of a report on judges that grade."""
    return Page(title=title, sections=(*graders_sections(found), _used(found)))


def graders_sections(found: GraderReport) -> tuple[Section, ...]:
    """Answer who is lenient, who favours its own family, and how far judges agree."""
    return (_leniency(found), _agreement(found))


def _leniency(found: GraderReport) -> Section:
    lenient = [(o.judge, o.leniency) for o in found.judges]
    own = [(o.judge, o.self_preference) for o in found.judges]
    parts = [
        _who(lenient, "grades", "grade", ("higher than the others", "lower than the others")),
        _who(own, "favours", "favour", ("its own family", "other families")),
    ]
    return Section(
        question="Who is lenient, and who favours its own?",
        finding=" ".join(parts),
        evidence=(
            f"Grades less those that the others gave the same answers; {level_text(found.level)} "
            f"intervals clustered by item; Holm's p-values over the judges; none means within "
            f"{found.margin:g} of 0."
        ),
        chart=partial(plotting.judge_biases, found),
        tables=(
            bias_table(lenient, "Leniency: grades above those of the others", digits=2),
            bias_table(own, "Self-preference: grades for its own family beyond that", digits=2),
        ),
        caveats=(
            *found.notes,
            "Each judge is held against the others: what all of them share cannot be seen.",
        ),
    )


def _who(rows: list[tuple[str, Bias]], one: str, several: str, ways: tuple[str, str]) -> str:
    sentences = []
    for way, sign in zip(ways, (1.0, -1.0), strict=True):
        who = [j for j, b in rows if b.verdict == BIASED and sign * (b.estimate or 0.0) > 0]
        if not who:
            continue
        amount = next(b for j, b in rows if j == who[0])
        more = f" ({between(amount)})" if len(who) == 1 else ""
        own = way if len(who) == 1 else way.replace("its own family", "their own families")
        sentences.append(f"{listed(who)} {one if len(who) == 1 else several} {own}{more}.")
    if sentences:
        return " ".join(sentences)
    return f"No judge is shown to {several.removesuffix('s')} {ways[0]}."


def _agreement(found: GraderReport) -> Section:
    alpha = found.alpha[0]
    ends = "" if alpha.low is None else f" ({number(alpha.low, 2)} to {number(alpha.high, 2)})"
    rows = [
        {
            "judge": one.judge,
            "family": one.family,
            "grades": one.grades,
            "unparseable": one.unparseable,
            "correlation": None if one.correlation is None else between(one.correlation),
            "spread": None if one.spread is None else between(one.spread),
        }
        for one in found.judges
    ]
    schema = {c: pl.Int64 if c in ("grades", "unparseable") else pl.String for c in rows[0]}
    tables = [
        Table(
            pl.DataFrame(rows, schema=schema),
            EACH,
            "Each judge beside the others",
            most=MOST_ON_TERMINAL,
        )
    ]
    if len(found.pairs) > 1:
        tables.append(Table(found.pairs, PAIRS, "Every two judges", most=MOST_ON_TERMINAL))
    return Section(
        question="How far do they agree?",
        finding=(
            "All grades are alike: agreement cannot be told."
            if alpha.estimate is None
            else f"Krippendorff's alpha (interval) is {number(alpha.estimate, 2)}{ends}, where 1 "
            "is full agreement and 0 is chance."
        ),
        low=alpha.low,
        high=alpha.high,
        evidence=f"{integer(alpha.units)} answers that at least two judges graded.",
        tables=tuple(tables),
        caveats=("Alpha counts a lenient judge as disagreement; correlation does not.",),
    )


def _used(found: GraderReport) -> Section:
    removed = sum(removal.count for removal in found.removed)
    values = {
        "Grades": integer(found.grades),
        "Items (clusters)": integer(found.items),
        "Judges": integer(len(found.judges)),
        "Level": f"{found.level:g}",
        "Margin": f"{found.margin:g}",
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(found.grades)} grades on {integer(found.items)} items. "
            + (f"{integer(removed)} were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(found.removed, what="Grades"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
