"""What a scoring of needle tests says, as sections."""

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
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.needle import NeedleBoard

__all__ = ["needle_page", "needle_sections"]

MOST_ON_TERMINAL = 12
# Rows that a page can hold; the JSON object has them all.
MOST_ON_PAGE = 5000
SURE = 0.05
NAMED = (Column("model", "Model"), Column("version", "Version"))
SHARE_COLUMNS = (
    *NAMED,
    Column("share", "Found", "percent"),
    Column("share_low", "Low", "percent"),
    Column("share_high", "High", "percent"),
    Column("score", "Score", "number", 2),
    Column("n", "Trials", "integer"),
    Column("unparseable", "Not readable", "integer"),
    Column("lengths", "Lengths", "integer"),
    Column("depths", "Depths", "integer"),
)
REACH_COLUMNS = (
    *NAMED,
    Column("text", "Effective length"),
    Column("ends", "Interval"),
    Column("shortest", "Shortest tried", "integer"),
    Column("longest", "Longest tried", "integer"),
    Column("correlation", "Correlation within a length", "number", 2),
)
LENGTH_COLUMNS = (
    *NAMED,
    Column("context_length", "Length", "integer"),
    Column("share", "Found", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
    Column("monotone", "Falling fit", "percent"),
    Column("n", "Trials", "integer"),
)
EFFECT_COLUMNS = (
    *NAMED,
    Column("effect", "Effect"),
    Column("odds_ratio", "Odds ratio", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
    Column("p", "p"),
    Column("adjusted", "p (Holm)"),
)
DEPTH_COLUMNS = (
    *NAMED,
    Column("depth_percent", "Depth, %", "number"),
    Column("share", "Found", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
    Column("n", "Trials", "integer"),
)
PAIR_COLUMNS = (
    Column("model_a", "Model"),
    Column("version_a", "Version"),
    Column("model_b", "Against"),
    Column("version_b", "Version"),
    Column("difference", "Difference", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
    Column("only_a", "Better in", "integer"),
    Column("only_b", "Worse in", "integer"),
    Column("n", "Cells", "integer"),
    Column("p", "p (Holm)"),
)


def needle_page(found: NeedleBoard, *, title: str | None = None) -> Page:
    """Make the page of a scoring of needle tests."""
    count = found.models["model"].n_unique()
    title = title or f"Needle in a haystack: {count:,} model{'' if count == 1 else 's'}"
    return Page(title=title, sections=(*needle_sections(found), _used(found)))


def needle_sections(found: NeedleBoard) -> tuple[Section, ...]:
    """Answer how often it is found, up to which length, what matters, and how versions differ."""
    sections = [_found(found), _reach(found), _effects(found)]
    if len(found.pairs):
        sections.append(_versions(found))
    return tuple(sections)


def _called(row: dict[str, Any], found: NeedleBoard) -> str:
    """Name a model, with its version where there are several."""
    several = len({version for _, version in found.settings}) > 1
    name = printable(row["model"])
    return f"{name} (version {printable(row['version'])})" if several else name


def _found(found: NeedleBoard) -> Section:
    level = level_text(found.level)
    frame = found.models
    said = [
        f"{_called(row, found)} finds the needle in {percent(row['share'])} of "
        f"{integer(row['n'])} trials ({level} interval {percent(row['share_low'])} to "
        f"{percent(row['share_high'])})"
        for row in frame.head(2).to_dicts()
    ]
    more = len(frame) - len(said)
    rest = f" {integer(more)} more {'is' if more == 1 else 'are'} in the table." if more else ""
    first = frame.row(0, named=True)
    return Section(
        question="How often is the needle found?",
        finding=f"{'; '.join(said)}.{rest}",
        low=first["share_low"],
        high=first["share_high"],
        evidence=f"Found: full marks, {found.scale[1]:g} on a scale from {found.scale[0]:g}.",
        chart=partial(plotting.needle_maps, found),
        tables=(
            Table(
                frame.head(MOST_ON_PAGE),
                SHARE_COLUMNS,
                f"Share of trials with full marks, with pointwise {level} intervals",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=_caveats(found),
    )


def _caveats(found: NeedleBoard) -> tuple[str, ...]:
    unread = int(found.models["unparseable"].sum())
    text = f"{integer(unread)} trials have no score that could be read, and count for nothing."
    return (
        "Trials of one length share a text: where whole lengths go well or badly, intervals are "
        "wider than the number of trials suggests.",
        *found.notes,
        *([text] if unread else []),
    )


def _reach(found: NeedleBoard) -> Section:
    """The effective context length."""
    level, wanted = level_text(found.level), percent(found.threshold, 0)
    frame = found.models
    said = [
        f"{_called(row, found)}: {_length(row)} ({level} interval {_ends(row)})"
        for row in frame.head(2).to_dicts()
    ]
    ends = pl.Series([_ends(row) for row in frame.to_dicts()], dtype=pl.String)
    texts = pl.Series([_length(row) for row in frame.to_dicts()], dtype=pl.String)
    several = len(frame) > 1
    return Section(
        question=f"Up to which length are at least {wanted} found?",
        finding=f"{'; '.join(said)}.",
        evidence=(
            "The longest length that was tried up to which a fit that only falls stays at or "
            f"above {wanted}; the interval inverts tests of every length."
        ),
        chart=partial(plotting.needle_reach, found) if several else None,
        tables=(
            Table(
                frame.with_columns(text=texts, ends=ends).head(MOST_ON_PAGE),
                REACH_COLUMNS,
                f"Effective context length at {wanted}, with {level} intervals",
                most=MOST_ON_TERMINAL,
            ),
            Table(
                found.lengths.head(MOST_ON_PAGE),
                LENGTH_COLUMNS,
                "By length; intervals take trials as independent",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "Only lengths that were tried can be named. That the share falls with length is an "
            "assumption: where it rises again, the fit averages over it.",
        ),
    )


def _length(row: dict[str, Any]) -> str:
    value = row["effective_length"]
    if value <= 0:
        return f"below {integer(row['shortest'])} tokens"
    beyond = "at least " if value == row["longest"] else ""
    return f"{beyond}{integer(value)} tokens"


def _ends(row: dict[str, Any]) -> str:
    least = f"below {integer(row['shortest'])}"
    low = integer(row["effective_low"]) if row["effective_low"] > 0 else least
    if row["unbounded"]:
        return f"{low} to beyond {integer(row['longest'])}"
    high = row["effective_high"]
    return f"{low} to {integer(high)}" if high > 0 else least


def _effects(found: NeedleBoard) -> Section:
    level = level_text(found.level)
    frame = found.effects.head(MOST_ON_PAGE)
    p = [None if v is None else p_value(v).removeprefix("= ") for v in frame["p_value"]]
    adjusted = [None if v is None else p_value(v).removeprefix("= ") for v in frame["p_adjusted"]]
    finding = " ".join(_effect_words(found, *own) for own in found.settings[:2])
    return Section(
        question="Do length and depth matter?",
        finding=finding,
        evidence=(
            "Lengths are shuffled as a whole, depths within each length; for both together the "
            f"signs of the lengths' scores are drawn anew ({integer(found.n_draws)} draws each)."
        ),
        tables=(
            Table(
                frame.with_columns(
                    p=pl.Series(p, dtype=pl.String), adjusted=pl.Series(adjusted, dtype=pl.String)
                ),
                EFFECT_COLUMNS,
                f"Odds of finding the needle, for a doubled length and by depth, with {level} "
                "intervals clustered by length",
                most=MOST_ON_TERMINAL,
            ),
            Table(
                found.depths.head(MOST_ON_PAGE),
                DEPTH_COLUMNS,
                "By depth; intervals take trials as independent",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=(
            "One needle, one haystack and one question: another sentence in another text may be "
            "found more or less easily, and no interval knows of it.",
        ),
    )


def _effect_words(found: NeedleBoard, model: str, version: str) -> str:
    """Say in a sentence what matters for one model and version."""
    rows = {row["effect"]: row for row in found.of(found.effects, model, version).to_dicts()}
    name = _called({"model": model, "version": version}, found)
    said = []
    for effect, what in (("length", "length"), ("depth", "depth")):
        p = rows[effect]["p_adjusted"]
        if p is None:
            said.append(f"{what} cannot be tested")
        elif p <= SURE:
            said.append(f"{what} matters (p {p_value(p)}{_ratio(rows, effect)})")
        else:
            said.append(f"that {what} matters is not shown (p {p_value(p)})")
    both = rows["length by depth"]["p_adjusted"]
    if both is not None:
        verb = "changes" if both <= SURE else "is not shown to change"
        said.append(f"what depth does {verb} with length (p {p_value(both)})")
    return f"{name}: {'; '.join(said)}."


def _ratio(rows: dict[str, dict[str, Any]], effect: str) -> str:
    if effect == "length":
        return f"; twice the length multiplies the odds by {_odds(rows['length'])}"
    # The clearer of the two ways in which depth was looked at.
    ends, end = rows["ends against middle"], rows["end against start"]
    if ends["p_value"] <= end["p_value"]:
        return f"; the odds at the ends are {_odds(ends)} times those in the middle"
    return f"; the odds at the end are {_odds(end)} times those at the start"


def _odds(row: dict[str, Any]) -> str:
    """Write an odds ratio and its interval with two digits or so: it may be off by a factor."""
    short = [
        number(value, 2 if value < 1 else 1 if value < 10 else 0)  # noqa: PLR2004
        for value in (row["odds_ratio"], row["low"], row["high"])
        if value is not None
    ]
    return short[0] if len(short) < 3 else f"{short[0]} ({short[1]} to {short[2]})"  # noqa: PLR2004


def _versions(found: NeedleBoard) -> Section:
    level = level_text(found.level)
    frame = found.pairs
    apart = frame.filter(pl.col("p_adjusted") <= SURE)
    first = frame.row(0, named=True)
    if len(frame) == 1:
        finding = _pair_words(first, found)
    elif len(apart):
        names = [f"{row['model_a']} and {row['model_b']}" for row in apart.to_dicts()]
        finding = (
            f"{integer(len(apart))} of {integer(len(frame))} pairs differ on the cells that both "
            f"have: {listed(names, most=3)}."
        )
    else:
        finding = f"None of {integer(len(frame))} pairs differs on the cells that both have."
    p = [p_value(v).removeprefix("= ") for v in frame["p_adjusted"]]
    return Section(
        question="Do models and versions differ on the cells that both have?",
        finding=finding,
        low=first["low"],
        high=first["high"],
        tables=(
            Table(
                frame.with_columns(p=pl.Series(p, dtype=pl.String)).head(MOST_ON_PAGE),
                PAIR_COLUMNS,
                f"Difference of the shares found on common cells, with pointwise {level} intervals",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _pair_words(row: dict[str, Any], found: NeedleBoard) -> str:
    a = _called({"model": row["model_a"], "version": row["version_a"]}, found)
    b = _called({"model": row["model_b"], "version": row["version_b"]}, found)
    values = (abs(row["difference"]), row["low"], row["high"])
    points = [number(100.0 * value) for value in values]
    if row["only_a"] == row["only_b"] == 0:
        return f"{a} and {b} had the same outcome in each of {integer(row['n'])} common cells."
    return (
        f"On {integer(row['n'])} common cells {a} found the needle {points[0]} points "
        f"{'more' if row['difference'] >= 0 else 'less'} often than {b} "
        f"({level_text(found.level)} interval of the difference {points[1]} to {points[2]}; p "
        f"{p_value(row['p_value'])})."
    )


def _used(found: NeedleBoard) -> Section:
    values = {
        "Scale": f"{found.scale[0]:g} to {found.scale[1]:g}; full marks count as found",
        "Threshold": f"{found.threshold:g}",
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Draws behind each test": integer(found.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    removed = sum(removal.count for removal in found.removed)
    trials = sum(found.models["n"]) + sum(found.models["unparseable"])
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(trials)} trials in {integer(len(found.cells))} cells, "
            f"{integer(len(found.models))} models and versions. "
            + (f"{integer(removed)} trials were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(found.removed, what="Trials"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
