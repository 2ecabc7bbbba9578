"""What graded answers and games of MT-Bench say, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.mt_bench_frames import ends_text
from theodolite.plotting.text import (
    integer,
    level_text,
    number,
    p_value,
    percent,
    printable,
)
from theodolite.reporting.judged_parts import (
    MOST_ON_PAGE,
    MOST_ON_TERMINAL,
    better_section,
    categories_section,
    excluded_section,
    leader_text,
    score_columns,
    unit_of,
    used_section,
)
from theodolite.reporting.paired import ranked
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.mt_bench import Compared, Graded
    from theodolite.scoring.mt_bench.position import Share

__all__ = ["compared_page", "compared_sections", "graded_page", "graded_sections"]


def graded_page(graded: Graded, *, title: str = "MT-Bench") -> Page:
    """Make the page of graded answers."""
    return Page(title=title, sections=(*graded_sections(graded), used_section(graded)))


def graded_sections(graded: Graded) -> tuple[Section, ...]:
    """Answer who leads, who is better, where, what the second turn costs, what exclusion does."""
    sections = [_leads(graded)]
    if len(graded.models) > 1:
        sections.append(better_section(graded))
    if len(graded.categories):
        sections.append(categories_section(graded))
    if len(graded.drops):
        sections.append(_drops(graded))
    if graded.excluded is not None:
        sections.append(excluded_section(graded))
    return tuple(sections)


def _leads(graded: Graded) -> Section:
    frame, level = graded.models, level_text(graded.level)
    leader = frame.row(0, named=True)
    by = "category and question" if graded.by_category else "question"
    return Section(
        question="Who leads, and how surely?",
        finding=leader_text(graded),
        low=leader["low"],
        high=leader["high"],
        evidence=(
            f"{integer(graded.judgments)} judgments"
            f"{f' by {printable(graded.judge)}' if graded.judge else ''} on "
            f"{integer(graded.questions)} questions; clustered by {by}; all paired differences "
            f"hold together at {level}."
        ),
        chart=partial(plotting.judged_scores, graded),
        tables=(
            Table(
                ranked(frame),
                _score_columns(graded),
                f"Scores from 1 to 10 with pointwise {level} intervals; rank ranges at {level} "
                "together",
                most=MOST_ON_PAGE,
            ),
        ),
        caveats=(
            "A score is what this judge says of these models; another judge may say otherwise.",
            *graded.notes,
        ),
    )


def _score_columns(graded: Graded) -> tuple[Column, ...]:
    """Show bounds and the published recipe only where they can differ from the score."""
    columns = [*score_columns(unit_of(graded))]
    if graded.unparseable:
        columns += [
            Column("unparseable", "Unread", "integer"),
            Column("worst", "Worst", "number", 2),
            Column("best", "Best", "number", 2),
        ]
    if graded.excluded is not None:
        columns.append(Column("published", "Published", "number", 2))
    return tuple(columns)


def _cost(graded: Graded) -> str:
    """Say how many models score otherwise in the second turn."""
    frame = graded.drops
    sure = frame.filter(pl.col("p_adjusted") < 1.0 - graded.level)
    worst = frame.row(0, named=True)
    down, up = sure.filter(pl.col("change") < 0), sure.filter(pl.col("change") > 0)
    said = [
        f"{integer(len(part))} of {integer(len(frame))} models {what} in the second turn"
        for part, what in ((down, "score lower"), (up, "score higher"))
        if len(part)
    ]
    return (
        f"{' and '.join(said)}. The largest drop is {printable(worst['model'])}'s: "
        f"{number(worst['change'], 2)} ({level_text(graded.level)} interval "
        f"{ends_text(worst['low'], worst['high'])})."
        if said
        else "No model is told to score otherwise in the second turn than in the first."
    )


def _drops(graded: Graded) -> Section:
    frame = graded.drops
    worst = frame.row(0, named=True)
    p = [p_value(p).removeprefix("= ") for p in frame["p_adjusted"]]
    by_turn = graded.turns.filter(pl.col("turn").is_in([1, 2])).pivot(
        "turn", index="model", values="score"
    )
    table = frame.join(by_turn, on="model", how="left", maintain_order="left")
    return Section(
        question="What does the second turn cost?",
        finding=_cost(graded),
        low=worst["low"],
        high=worst["high"],
        evidence="Turn 2 less turn 1, over the questions where both have a number.",
        chart=partial(plotting.turn_drops, graded),
        tables=(
            Table(
                table.with_columns(p=pl.Series(p, dtype=pl.String)),
                (
                    Column("model", "Model"),
                    Column("1", "Turn 1", "number", 2),
                    Column("2", "Turn 2", "number", 2),
                    Column("change", "Change", "number", 2),
                    Column("low", "Low", "number", 2),
                    Column("high", "High", "number", 2),
                    Column("p", "p (Holm)"),
                    Column("n", "Questions", "integer"),
                ),
                f"Changes with pointwise {level_text(graded.level)} intervals; p over all models",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def compared_page(compared: Compared, *, title: str = "MT-Bench in pairs") -> Page:
    """Make the page of games in both orders."""
    return Page(title=title, sections=(*compared_sections(compared), used_section(compared)))


def compared_sections(compared: Compared) -> tuple[Section, ...]:
    """Answer who wins, who is better, what swapping changed, where, and what exclusion does."""
    sections = [_wins(compared)]
    if len(compared.models) > 1:
        sections.append(better_section(compared))
    sections.append(_swapped(compared))
    if len(compared.categories):
        sections.append(categories_section(compared))
    if compared.excluded is not None:
        sections.append(excluded_section(compared))
    return tuple(sections)


def _wins(compared: Compared) -> Section:
    level, unit = level_text(compared.level), unit_of(compared)
    leader = compared.models.row(0, named=True)
    columns = [
        *score_columns(unit),
        *(Column(name, name.capitalize(), "integer") for name in ("wins", "ties", "losses")),
    ]
    if compared.unparseable:
        columns.append(Column("unparseable", "Unread", "integer"))
    tables = [
        Table(
            ranked(compared.models),
            tuple(columns),
            f"Adjusted win rates in percent with pointwise {level} intervals; rank ranges at "
            f"{level} together",
            most=MOST_ON_PAGE,
        )
    ]
    if compared.rated:
        tables.append(_ratings(compared))
    by = "category and question" if compared.by_category else "question"
    against = f" against {printable(compared.baseline)}" if compared.baseline else ""
    return Section(
        question="Who wins, and how surely?",
        finding=leader_text(compared),
        low=leader["low"],
        high=leader["high"],
        evidence=(
            f"{integer(compared.judgments)} matches{against} in both orders"
            f"{f', by {printable(compared.judge)},' if compared.judge else ''} on "
            f"{integer(compared.questions)} questions; clustered by {by}; a tie is half a win."
        ),
        chart=partial(plotting.judged_scores, compared),
        tables=tuple(tables),
        caveats=(
            "A win is what this judge says of two answers; another judge may say otherwise.",
            *compared.notes,
        ),
    )


def _ratings(compared: Compared) -> Table:
    frame = compared.models.with_columns(pl.col("rating_low", "rating_high"))
    columns = [
        Column("model", "Model"),
        Column("rating", "Rating", "number", 0),
        Column("rating_low", "Low", "number", 0),
        Column("rating_high", "High", "number", 0),
    ]
    caption = (
        f"Bradley-Terry strengths with pointwise {level_text(compared.level)} intervals, 1000 on "
        "average"
    )
    return Table(frame, tuple(columns), caption, most=MOST_ON_PAGE)


def _swapped(compared: Compared) -> Section:
    """What the order of the answers did to the judge."""
    found = compared.position
    level = level_text(compared.level)
    met = compared.baseline is None and len(compared.models) > 2  # noqa: PLR2004
    return Section(
        question="What does the order of the answers change?",
        finding=(
            f"Swapping the answers changed the verdict of {_share_text(found.inconsistent)} of the "
            f"matches ({level} interval {_share_ends(found.inconsistent)}), which then count as "
            f"ties. {_first_wins(found.first_wins)}"
        ),
        low=found.inconsistent.low,
        high=found.inconsistent.high,
        evidence=(
            f"{integer(found.inconsistent.n)} matches with both verdicts, "
            f"{integer(found.first_wins.n)} games with a winner; clustered by question."
        ),
        chart=partial(plotting.matches_won, compared) if met else None,
        tables=_swap_tables(compared),
        caveats=(
            "Equally good answers are told apart at random, and their verdicts differ without "
            "any lean to a side: the share that the answer shown first won tells of a lean.",
        ),
    )


def _swap_tables(compared: Compared) -> tuple[Table, ...]:
    """Show in which way verdicts differ, and the pairs that met."""
    found, level = compared.position, level_text(compared.level)
    rows = [
        ("the answer shown first won both games", found.for_first),
        ("the answer shown second won both games", found.for_second),
        ("one game was a tie", found.half),
    ]
    frame = pl.DataFrame(rows, schema=["what", "count"], orient="row")
    pairs = compared.matches.filter(pl.col("inconsistent").is_not_null())
    return (
        Table(
            frame,
            (Column("what", "Verdicts differ because"), Column("count", "Matches", "integer")),
        ),
        Table(
            pairs.head(MOST_ON_PAGE),
            (
                Column("model_a", "Model"),
                Column("model_b", "Against"),
                *(Column(n, n.capitalize(), "integer") for n in ("wins", "ties", "losses")),
                Column("score", "Win rate", "number"),
                Column("low", "Low", "number"),
                Column("high", "High", "number"),
                Column("inconsistent", "Differ", "percent", 0),
            ),
            f"Pairs that met, with pointwise {level} intervals",
            most=MOST_ON_TERMINAL,
        ),
    )


def _first_wins(share: Share) -> str:
    """Say how often the answer shown first won."""
    if not share.n:
        return "No game had a winner."
    return (
        f"Of the games with a winner the answer shown first won {_share_text(share)} "
        f"({_share_ends(share)})."
    )


def _share_text(share: Share) -> str:
    return percent(share.share)


def _share_ends(share: Share) -> str:
    return f"{percent(share.low)} to {percent(share.high)}"
