"""What Arena-Hard says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    p_value,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.paired import pair_table, ranked
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring import ArenaHard

__all__ = ["arena_hard_page", "arena_hard_sections"]

MOST_ON_TERMINAL = 15
REJECTED = 0.05
MODELS = (
    Column("rank", "Rank", "integer"),
    Column("ranks", "Rank range"),
    Column("model", "Model"),
    Column("score", "Score", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
    Column("n", "Questions", "integer"),
    Column("unparseable", "Unread", "integer"),
)
READINGS = (
    Column("model", "Model"),
    Column("score", "Score", "number"),
    Column("interval", "Interval"),
    Column("observed", "Games won", "number"),
    Column("observed_interval", "Interval"),
    Column("published", "Published", "number"),
    Column("published_interval", "Its 90%"),
)
ORDERS = (
    Column("model", "Model"),
    Column("judgments", "Questions", "integer"),
    Column("consistent", "Same in both", "percent"),
    Column("first", "First shown won both", "percent"),
    Column("second", "Second shown won both", "percent"),
    Column("partly", "A tie in one", "percent"),
)


def arena_hard_page(found: ArenaHard) -> Page:
    """Make the page of an Arena-Hard board."""
    count = found.models.height
    title = f"Arena-Hard: {integer(count)} model{'' if count == 1 else 's'}"
    return Page(title=title, sections=(*arena_hard_sections(found), _used(found)))


def arena_hard_sections(found: ArenaHard) -> tuple[Section, ...]:
    """Answer who beats the baseline, who is really better, and what the judge's habits are."""
    sections = [_leads(found)]
    if found.models.height > 1:
        sections.append(_better(found))
    if found.categories.height:
        sections.append(_categories(found))
    sections += [_readings(found), _orders(found)]
    if found.style:
        sections.append(_style(found))
    if found.link.height:
        sections.append(_link(found))
    return tuple(sections)


def _leads(found: ArenaHard) -> Section:
    frame, level = found.models, level_text(found.level)
    first = frame.row(0, named=True)
    above = int((frame["low"] > 50.0).sum())  # noqa: PLR2004
    below = int((frame["high"] < 50.0).sum())  # noqa: PLR2004
    what = _baseline(found)
    if frame.height == 1:
        rest = "It is better than it." if above else ("It is worse than it." if below else "")
    else:
        rest = (
            f"Of {integer(frame.height)} models {integer(above)} can be told to be better than "
            f"it, each by its own interval, and {integer(below)} to be worse."
        )
    return Section(
        question="Who beats the baseline, and how surely?",
        finding=(
            f"{printable(first['model'])} wins {number(first['score'])}% of its games against "
            f"{what} ({level} interval {_ends(first)}; a tie is half a win). {rest}"
        ).strip(),
        low=first["low"],
        high=first["high"],
        evidence=(
            f"{integer(found.games)} games on {integer(found.questions)} questions, judged by "
            f"{printable(found.judge)}; intervals take a question's games together."
        ),
        chart=partial(plotting.arena_hard_scores, found),
        tables=(
            Table(
                ranked(frame),
                MODELS,
                f"Scores with pointwise {level} intervals; rank ranges at {level} together",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=found.notes,
    )


def _better(found: ArenaHard) -> Section:
    pairs, level = found.pairs, level_text(found.level)
    told = pairs.filter(pl.col("better").is_not_null())
    smallest = told["difference"].abs().min()
    finding = (
        "No pair of models is told apart."
        if smallest is None
        else f"{integer(told.height)} of {integer(pairs.height)} pairs are told apart. The "
        f"smallest difference among them is {number(float(smallest))} points."  # type: ignore[arg-type]
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence=f"All differences hold together at {level}; models share questions and baseline.",
        tables=(
            pair_table(
                pairs,
                f"Differences of scores, in points, with {level} intervals that hold together",
                what=None,
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _categories(found: ArenaHard) -> Section:
    frame = found.categories
    best = frame.filter(pl.col("rank") == 1)
    leaders = best["model"].unique().sort().to_list()
    several = frame["category"].n_unique()
    finding = (
        f"{printable(leaders[0])} has the highest score in each of {integer(several)} categories."
        if len(leaders) == 1
        else f"The highest scores of {integer(several)} categories are those of {listed(leaders)}."
    )
    columns = (
        Column("category", "Category"),
        *((Column("baseline", "Baseline"),) if found.baselines.height > 1 else ()),
        Column("rank", "Rank", "integer"),
        *MODELS[2:],
    )
    return Section(
        question="What does each category say?",
        finding=finding,
        tables=(
            Table(
                frame,
                columns,
                f"Scores by category with pointwise {level_text(found.level)} intervals",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "Position, style and the thresholds between verdicts are one for all categories.",
        ),
    )


def _readings(found: ArenaHard) -> Section:
    """The score, the plain share of games won, and the published recipe, side by side."""
    frame = found.models.with_columns(
        interval=_intervals(found.models, "low", "high"),
        observed_interval=_intervals(found.models, "observed_low", "observed_high"),
        published_interval=_intervals(found.models, "published_low", "published_high"),
    )
    far = (frame["published"] - frame["observed"]).abs()
    most = frame.row(int(far.fill_null(-1.0).arg_max() or 0), named=True)
    moved = (
        ""
        if most["published"] is None
        else (
            f" The published recipe differs most for {printable(most['model'])}: "
            f"{number(most['published'])} against {number(most['observed'])}% of games won."
        )
    )
    return Section(
        question="What does the published recipe say?",
        finding=(
            "It copies every 'much better' three times, so that it answers another question: how "
            f"far ahead, rather than how often.{moved}"
        ),
        evidence="Recipe reproduced from counts; its resamples are seeded.",
        chart=partial(plotting.arena_hard_verdicts, found),
        tables=(Table(frame, READINGS, "Three readings of the same games", most=MOST_ON_TERMINAL),),
        caveats=(
            "The published interval is the 5th to 95th percentile of 100 resamples of rows taken "
            "as independent: 90%, and too short, since copies and the two games of a question are "
            "not independent.",
        ),
    )


def _orders(found: ArenaHard) -> Section:
    frame = found.consistency
    every = frame.row(0, named=True)
    level = level_text(found.level)
    if every["consistent"] is None:
        finding = "No question has a verdict in both orders."
    else:
        finding = (
            f"In {percent(every['consistent'])} of the questions both orders give the same winner "
            f"or a tie ({level} interval {percent(every['low'])} to {percent(every['high'])}); in "
            f"{percent(every['first'])} the answer shown first won both, in "
            f"{percent(every['second'])} the one shown second."
        )
    if found.first_wins is not None:
        place = found.first_wins
        finding += (
            f" Shown first, an answer wins {number(place['estimate'])}% against its equal "
            f"({number(place['low'])} to {number(place['high'])})."
        )
    rows = frame.with_columns(
        model=pl.Series(["all" if m is None else printable(m) for m in frame["model"]])
    )
    return Section(
        question="Does the order of the answers matter?",
        finding=finding,
        evidence="Every question is judged in both orders, and a score is over both.",
        tables=(Table(rows, ORDERS, "How the two orders go together", most=MOST_ON_TERMINAL),),
    )


def _style(found: ArenaHard) -> Section:
    frame = found.parameters.filter(pl.col("name").is_in(found.style))
    sure = [
        f"{'more' if row['low'] > 0 else 'fewer'} {row['name']}"
        for row in frame.iter_rows(named=True)
        if row["low"] > 0 or row["high"] < 0
    ]
    columns = (
        Column("name", "Feature"),
        Column("estimate", "Coefficient", "number", 2),
        Column("low", "Low", "number", 2),
        Column("high", "High", "number", 2),
    )
    return Section(
        question="What does the judge reward beside the content?",
        finding=(
            f"Wins go with {listed(sure)}, between models as good otherwise."
            if sure
            else "No feature of style is seen to win or lose games."
        ),
        evidence="Log-odds for a difference of 1 in (a - b) / (a + b); scores are at equality.",
        tables=(Table(frame, columns, "Style coefficients"),),
        caveats=(
            "This is association: where better answers happen to be longer, length is credited "
            "with it.",
        ),
    )


def _link(found: ArenaHard) -> Section:
    p = found.link_test["p_value"]
    if p is None:
        finding = "There are too few questions to test whether verdicts are as the fit expects."
    elif p < REJECTED:
        finding = (
            f"No (p {p_value(p)}): verdicts on strong and weak models are not quite as one set of "
            "thresholds has them."
        )
    else:
        finding = f"Nothing speaks against it (p {p_value(p)})."
    columns = (
        Column("verdict", "Verdict, first shown against second"),
        Column("observed", "Games", "integer"),
        Column("expected", "Expected", "integer"),
        Column("z", "z", "number"),
    )
    return Section(
        question="Do ordered verdicts fit the games?",
        finding=f"{finding} {_beyond_chance(found)}".strip(),
        evidence="Verdicts in thirds of the models by strength, clustered by question.",
        tables=(Table(found.link, columns, "Verdicts observed and expected"),),
    )


def _beyond_chance(found: ArenaHard) -> str:
    """Name the models whose score is not what they won, which is where the link matters."""
    frame = found.models.filter(pl.col("link_p") < REJECTED)
    if frame.is_empty():
        return ""
    return (
        f"The score of {listed(frame['model'].to_list())} differs from the games won beyond "
        "chance: there rely on the games won, which need no likelihood."
    )


def _baseline(found: ArenaHard) -> str:
    names = found.baselines["baseline"].to_list()
    return printable(names[0]) if len(names) == 1 else f"the baselines {listed(names)}"


def _intervals(frame: pl.DataFrame, low: str, high: str) -> pl.Series:
    ends = frame.select(low, high).iter_rows()
    return pl.Series([f"{number(a)} to {number(b)}" for a, b in ends], dtype=pl.String)


def _ends(row: dict[str, Any]) -> str:
    return f"{number(row['low'])} to {number(row['high'])}"


def _used(found: ArenaHard) -> Section:
    removed = sum(removal.count for removal in found.removed)
    values = {
        "Judge": printable(found.judge),
        "Baseline": listed(found.baselines["baseline"].to_list()),
        "Verdicts read as": found.reading,
        "A model's strength": "one a category" if found.by_category else "one a baseline",
        "Position": {"shared": "one for all models", "model": "each model its own"}.get(
            found.position_effect, "left out"
        ),
        "Style held equal": ", ".join(found.style) or "none",
        "Intervals": "sandwich, clustered by question",
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Draws behind the ranks": integer(found.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(found.games)} games with a verdict; {integer(found.unparseable)} have none "
            "that could be read. "
            + (f"{integer(removed)} games were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(found.removed, what="Games"), settings),
    )
