"""What changes between two boards, or among many, as sections."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    method_name,
    number,
    p_value,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings import Shift, ShiftBy

__all__ = ["shift_by_page", "shift_by_section", "shift_page", "shift_section"]

MOST_NAMED = 3
MOST_SHOWN = 20
# Votes of a model from which its interval can be relied on.
FEW_VOTES = 50.0
CHANGES = (
    Column("model", "Model"),
    Column("before", "Before", "number"),
    Column("after", "After", "number"),
    Column("change", "Change", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
    Column("ranks", "Rank"),
    Column("p", "p (Holm)"),
)
CATEGORIES = (
    Column("category", "Category"),
    Column("votes", "Votes", "integer"),
    Column("share", "Share", "percent"),
    Column("changed", "Models that change", "integer"),
    Column("error", "Typical error", "number"),
)
KINDS = {
    "part": "The part's votes are in the whole as well: the intervals of the changes know that.",
    "against": "Both boards' errors, and what votes or clusters they share, are in the intervals.",
    "mix": "Every vote counts as often as makes the categories' shares the given ones.",
    "style": "Both boards come from the same votes: the intervals of the changes know that.",
    "published": (
        "The two published boards are taken as independent. Boards of one arena share votes, so "
        "the intervals are too wide, and what is marked as a change is marked cautiously."
    ),
}


def shift_page(shift: Shift, *, title: str = "Shift") -> Page:
    """Make the page of two boards."""
    return Page(title=title, sections=(shift_section(shift), _used(shift)))


def shift_by_page(by: ShiftBy, *, title: str = "Shift") -> Page:
    """Make the page of the boards of all categories."""
    return Page(title=title, sections=(shift_by_section(by), _used_by(by)))


def shift_section(shift: Shift) -> Section:
    """Answer what changes from one board to the other."""
    rated, missing = shift.rated, shift.models.filter(pl.col("change").is_null())
    moved = _moved(rated)
    level = level_text(shift.level)
    first = moved.row(0, named=True) if len(moved) else None
    return Section(
        question=_question(shift),
        finding=f"{_changed(moved, len(rated))} {_joint(shift)}".strip(),
        low=first["low"] if first else None,
        high=first["high"] if first else None,
        evidence=KINDS[shift.kind],
        chart=partial(plotting.changes, shift),
        tables=(
            Table(
                _with_ranks(rated),
                CHANGES,
                f"{printable(shift.before)}, then {printable(shift.after)}; pointwise {level} "
                "intervals of the change",
                most=MOST_SHOWN,
            ),
        ),
        caveats=(
            "Each board is centred at 1000 over the models that both rate: a change is against "
            "their average, and where one model gains the others lose.",
            *_unrated(missing),
            *_few(shift),
        ),
    )


def shift_by_section(by: ShiftBy) -> Section:
    """Answer whether one board is enough for all categories."""
    test, level = by.heterogeneity, by.shifts[0].level
    frame = by.to_frame()
    moved = frame.filter("significant").sort(pl.col("change").abs(), descending=True)
    differs = test.p_value < 1.0 - level
    finding = _enough(by, differs=differs, some=bool(len(moved)))
    first = moved.row(0, named=True) if len(moved) else None
    return Section(
        question=f"Is one board enough, by {printable(by.column)}?",
        finding=f"{finding} {_in_categories(moved)}".strip(),
        low=first["low"] if first else None,
        high=first["high"] if first else None,
        evidence=(
            f"Score test of heterogeneity: chi-square {number(test.statistic)} on "
            f"{integer(test.df)} degrees of freedom."
        ),
        chart=partial(plotting.slopes, by),
        tables=(_category_table(by), *_change_tables(by, moved)),
        caveats=(
            "A category's votes are in the whole as well: the intervals of the changes know that. "
            "Holm's adjustment is over all models in all categories.",
            *_few(min(by.shifts, key=lambda shift: shift.votes_after or 0)),
            *(
                f"No board for {printable(row['category'])} ({integer(row['votes'])} votes): "
                f"{printable(row['reason'])}."
                for row in by.unrated.head(MOST_NAMED).to_dicts()
            ),
        ),
    )


def _enough(by: ShiftBy, *, differs: bool, some: bool) -> str:
    column, p = printable(by.column), p_value(by.heterogeneity.p_value)
    if differs:
        return f"No: ratings differ by {column} beyond chance (p {p})."
    if some:
        return f"Not for every model, though all ratings together are not seen to differ (p {p})."
    return f"There is no sign that ratings differ by {column} (p {p}). That is no proof of it."


def _question(shift: Shift) -> str:
    if shift.kind == "style":
        return "What changes when style is held fixed?"
    return f"What changes from {printable(shift.before)} to {printable(shift.after)}?"


def _moved(rated: pl.DataFrame) -> pl.DataFrame:
    return rated.filter("significant").sort(pl.col("change").abs(), descending=True)


def _changed(moved: pl.DataFrame, models: int) -> str:
    if not len(moved):
        return f"None of the {integer(models)} models is seen to change beyond chance."
    said = "; ".join(_said(row) for row in moved.head(MOST_NAMED).to_dicts())
    rest = len(moved) - MOST_NAMED
    more = f"; and {integer(rest)} more" if rest > 0 else ""
    verb = "changes" if len(moved) == 1 else "change"
    return f"{integer(len(moved))} of {integer(models)} models {verb} beyond chance: {said}{more}."


def _said(row: dict[str, object]) -> str:
    change = float(row["change"])  # type: ignore[arg-type]
    low, high = float(row["low"]), float(row["high"])  # type: ignore[arg-type]
    ends = (low, high) if change > 0 else (-high, -low)
    ranks = (
        f"stays at rank {row['rank_after']}"
        if row["rank_before"] == row["rank_after"]
        else f"goes from rank {row['rank_before']} to {row['rank_after']}"
    )
    return (
        f"{printable(str(row['model']))} {'gains' if change > 0 else 'loses'} "
        f"{number(abs(change))} points ({number(ends[0])} to {number(ends[1])}) and {ranks}"
    )


def _joint(shift: Shift) -> str:
    test = shift.joint
    if test is None or not test.df:
        return ""
    return f"Tested together, that none changes has p {p_value(test.p_value)}."


def _in_categories(moved: pl.DataFrame) -> str:
    if not len(moved):
        return "No single model is seen to change in any category."
    said = "; ".join(
        f"in {printable(row['category'])} {_said(row)}" for row in moved.head(MOST_NAMED).to_dicts()
    )
    rest = len(moved) - MOST_NAMED
    more = f"; and {integer(rest)} more changes" if rest > 0 else ""
    return f"{said[0].upper()}{said[1:]}{more}."


def _with_ranks(frame: pl.DataFrame) -> pl.DataFrame:
    ranks = [
        f"{a} to {b}" if a != b else str(a)
        for a, b in frame.select("rank_before", "rank_after").iter_rows()
    ]
    p = [p_value(value).removeprefix("= ") for value in frame["p_adjusted"]]
    return frame.with_columns(
        ranks=pl.Series(ranks, dtype=pl.String), p=pl.Series(p, dtype=pl.String)
    )


def _category_table(by: ShiftBy) -> Table:
    whole = float(by.shifts[0].votes_before or 1)
    rows = [
        {
            "category": shift.after,
            "votes": shift.votes_after,
            "share": (shift.votes_after or 0) / whole,
            "changed": int(shift.models["significant"].sum()),
            "error": (shift.rated["high"] - shift.rated["change"]).median(),
        }
        for shift in by.shifts
    ]
    caption = (
        "Categories with a board of their own; the error is the median half-width of a change's "
        f"{level_text(by.shifts[0].level)} interval, in points"
    )
    return Table(pl.DataFrame(rows), CATEGORIES, caption)


def _change_tables(by: ShiftBy, moved: pl.DataFrame) -> tuple[Table, ...]:
    if not len(moved):
        return ()
    columns = (
        Column("category", "Category"),
        *(column for column in CHANGES if column.name not in ("before", "after")),
    )
    caption = f"Changes beyond chance, against {printable(by.shifts[0].before)}, largest first"
    return (Table(_with_ranks(moved), columns, caption, most=MOST_SHOWN),)


def _unrated(missing: pl.DataFrame) -> tuple[str, ...]:
    if not len(missing):
        return ()
    names = listed(missing["model"].to_list())
    return (f"Not compared, because one of the two boards has no finite rating of it: {names}.",)


def _few(shift: Shift) -> tuple[str, ...]:
    sizes = [n for n in (shift.votes_before, shift.votes_after) if n is not None]
    each = 2.0 * min(sizes) / max(len(shift.rated), 1) if sizes else FEW_VOTES
    if each >= FEW_VOTES:
        return ()
    return (
        f"There are few votes a model ({integer(each)} in the smaller board): its intervals are "
        "for large samples, and likely too short.",
    )


def _used_by(by: ShiftBy) -> Section:
    one = by.shifts[0]
    votes = sum(int(shift.votes_after or 0) for shift in by.shifts)
    used = _used(replace(one, after=f"each {printable(by.column)}"))
    settings = used.tables[-1]
    kept = settings.frame.filter(pl.col("setting") != "Votes after")
    return replace(
        used,
        finding=(
            f"{integer(one.votes_before)} votes; {integer(votes)} of them in the "
            f"{integer(len(by.shifts))} categories with a board of their own."
        ),
        tables=(*used.tables[:-1], replace(settings, frame=kept)),
    )


def _used(shift: Shift) -> Section:
    spec = shift.spec
    values = {
        "Before": printable(shift.before),
        "After": printable(shift.after),
        "Level": f"{shift.level:g}",
    }
    if shift.votes_before is not None:
        values["Votes before"] = integer(shift.votes_before)
        values["Votes after"] = integer(shift.votes_after)
    if shift.shares:
        values["Shares"] = ", ".join(
            f"{printable(c)} {percent(share, 0)}" for c, share in shift.shares.items()
        )
    if spec is not None:
        values |= {
            "Method": method_name("bradley-terry" if spec.ties == "half-win" else spec.ties),
            "Style held fixed": "none" if spec.style is None else listed(spec.style.features),
            "Clustered by": spec.cluster or "none",
            "Pair weights": spec.pair_weights,
        }
    values["Theodolite"] = __version__
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was compared?",
        finding=_sizes(shift),
        tables=(*removed_tables(shift.removed), settings),
    )


def _sizes(shift: Shift) -> str:
    if shift.kind == "published":
        return f"Two published boards with {integer(len(shift.rated))} models in common."
    if shift.kind == "mix":
        share = (shift.votes_after or 0) / (shift.votes_before or 1)
        return (
            f"{integer(shift.votes_before)} votes; weighted so, they say as much as "
            f"{integer(shift.votes_after)} equal ones ({percent(share, 0)})."
        )
    return (
        f"{integer(shift.votes_before)} votes before, {integer(shift.votes_after)} after, on "
        f"{integer(len(shift.rated))} models that both boards rate."
    )
