"""What win rates against a baseline say, as sections."""

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
    printable,
    rank_range,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.paired import pair_table
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.winrate import CategoryRates, WinRates

__all__ = ["winrate_page", "winrate_sections"]

MOST_ON_TERMINAL = 12
SIGNIFICANT = 0.05
SOURCES = {
    "file": "from a file",
    "estimated": "estimated from all models together",
    "none": "not held fixed",
    "frozen": "of a saved fit",
}


def winrate_page(
    rates: WinRates, *, by: CategoryRates | None = None, title: str | None = None
) -> Page:
    """Make the page of win rates, with those by category where they are given."""
    sections = (*winrate_sections(rates, by=by), _used(rates))
    return Page(title=title or f"Win rates against {printable(rates.baseline)}", sections=sections)


def winrate_sections(rates: WinRates, *, by: CategoryRates | None = None) -> tuple[Section, ...]:
    """Answer who beats the baseline, what length does to it, and who gamed the judge."""
    sections = [_leads(rates)]
    if len(rates.effects):
        sections.append(_held(rates))
    if len(rates.pairs):
        sections.append(_better(rates))
    if not rates.frozen or len(rates.suspects):
        sections.append(_gamed(rates))
    if rates.joint is not None:
        sections.append(_joint(rates))
    if by is not None:
        sections.append(_by_category(by))
    return tuple(sections)


def _leads(rates: WinRates) -> Section:
    level, first = level_text(rates.level), rates.models.row(0, named=True)
    ranks = [
        None if low is None else rank_range(low, high)
        for low, high in rates.models.select("rank_low", "rank_high").iter_rows()
    ]
    table = rates.models.with_columns(ranks=pl.Series(ranks, dtype=pl.String))
    return Section(
        question=f"Who beats {printable(rates.baseline)}, {_equal(rates)}?",
        finding=_finding(rates),
        low=first["low"],
        high=first["high"],
        evidence=(
            f"{integer(rates.items)} instructions, each a cluster; intervals are pointwise, at "
            f"{level}, and know both steps: the regression and the mean over instructions."
        ),
        chart=partial(plotting.win_rates, rates),
        tables=(
            Table(
                table,
                (
                    Column("rank", "Rank", "integer"),
                    Column("ranks", "Rank range"),
                    Column("model", "Model"),
                    Column("length_controlled_win_rate", _heading(rates), "number"),
                    Column("low", "Low", "number"),
                    Column("high", "High", "number"),
                    Column("win_rate", "As it is", "number"),
                    Column("win_rate_low", "Low", "number"),
                    Column("win_rate_high", "High", "number"),
                    Column("n", "Instructions", "integer"),
                ),
                f"Win rates in percent with pointwise {level} intervals; rank ranges at {level} "
                "together",
                most=40,
            ),
        ),
        caveats=rates.notes,
    )


def _finding(rates: WinRates) -> str:
    frame = rates.models.filter(pl.col("length_controlled_win_rate").is_not_null())
    others = frame.filter(pl.col("model") != rates.baseline)
    if not len(others):
        return "No other model than the baseline itself was judged."
    first = others.row(0, named=True)
    above = others.filter(pl.col("low") > 50.0)  # noqa: PLR2004
    below = others.filter(pl.col("high") < 50.0)  # noqa: PLR2004
    sure = (
        f"{listed(above['model'].to_list())} {'beats' if len(above) == 1 else 'beat'} "
        "the baseline, each by its own interval."
        if len(above)
        else "No model beats the baseline by its own interval."
    )
    beside = _beside(rates, first["model"])
    rest = f" It cannot be told apart from {listed(beside)}." if beside else ""
    return (
        f"{printable(first['model'])} has the highest rate, "
        f"{number(first['length_controlled_win_rate'])}% ({level_text(rates.level)} interval "
        f"{_ends(first)}; {number(first['win_rate'])}% as it is).{rest} {sure} "
        f"{integer(len(below))} of {integer(len(others))} lose to it by theirs."
    )


def _beside(rates: WinRates, leader: str) -> list[str]:
    """Models that the leader is not told to be better than, best first; the baseline aside."""
    own = rates.pairs.filter(
        ((pl.col("model_a") == leader) | (pl.col("model_b") == leader))
        & (pl.col("better").is_null() | (pl.col("better") != leader))
    )
    names = {name for pair in own.select("model_a", "model_b").iter_rows() for name in pair}
    return [m for m in rates.models["model"] if m in names - {leader, rates.baseline}]


def _held(rates: WinRates) -> Section:
    """What the covariates do."""
    name = rates.covariates[0]
    frame = rates.models.filter(pl.col("length_controlled_win_rate").is_not_null()).with_columns(
        change=pl.col("length_controlled_win_rate") - pl.col("win_rate")
    )
    slopes = rates.effects.filter(
        (pl.col("covariate") == name) & pl.col("coefficient").is_not_null()
    )
    up = int((slopes["low"] > 0).sum())
    down = int((slopes["high"] < 0).sum())
    widest = frame.sort(pl.col("change").abs(), descending=True).row(0, named=True)
    what = _what(name)
    if not len(slopes):
        return Section(
            question=f"What does {what} do to the rates?",
            finding=f"Nothing: no answer differs from the baseline's in {what}.",
        )
    return Section(
        question=f"What does {what} do to the rates?",
        finding=(
            f"By its own interval the judge prefers more {what} for {integer(up)} of "
            f"{integer(len(slopes))} models, and less for {integer(down)}. With it held fixed "
            f"{printable(widest['model'])}'s rate changes most: "
            f"from {number(widest['win_rate'])}% to "
            f"{number(widest['length_controlled_win_rate'])}%."
        ),
        tables=(_slopes(rates),),
    )


def _slopes(rates: WinRates) -> Table:
    columns = (
        Column("model", "Model"),
        Column("covariate", "Held fixed"),
        Column("coefficient", "Slope", "number", 2),
        Column("low", "Low", "number", 2),
        Column("high", "High", "number", 2),
    )
    title = (
        "Log-odds of winning for a standard deviation more than the baseline's, with "
        f"pointwise {level_text(rates.level)} intervals"
    )
    return Table(rates.effects, columns, title, most=MOST_ON_TERMINAL)


def _better(rates: WinRates) -> Section:
    frame = rates.pairs
    decided = frame.filter(pl.col("better").is_not_null())
    smallest = decided["difference"].abs().min()
    finding = (
        "No pair of models is told apart."
        if smallest is None
        else f"{integer(len(decided))} of {integer(len(frame))} pairs are told apart. The smallest "
        f"difference among them is {number(smallest)} points."  # type: ignore[arg-type]
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence="Each difference is over the instructions that both models have.",
        tables=(
            pair_table(
                frame,
                f"Paired differences, in points, with {level_text(rates.level)} intervals that "
                "hold together",
                what="Instructions",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _gamed(rates: WinRates) -> Section:
    found = rates.suspects
    question = "Did a model game the judge?"
    if not len(found):
        return Section(
            question,
            "There is no sign of it: no model gives answers of one length, has wins that go with "
            "length far more than others' do, or wins that do not depend on the instruction.",
        )
    rows = found.select("model", "win_rate", "length_controlled_win_rate", "suspect")
    table = rows.explode("suspect")
    names = listed(found["model"].to_list())
    return Section(
        question,
        f"{names} {'has' if len(found) == 1 else 'have'} signs of it. Holding length fixed does "
        "not help against an answer that is written for the judge.",
        tables=(
            Table(
                table,
                (
                    Column("model", "Model"),
                    Column("win_rate", "As it is", "number"),
                    Column("length_controlled_win_rate", _heading(rates), "number"),
                    Column("suspect", "Sign"),
                ),
                "Signs; none is a proof",
            ),
        ),
    )


def _joint(rates: WinRates) -> Section:
    joint = rates.joint
    if joint is None:
        return Section("What does one likelihood say?", "There is none.")
    own = rates.models.select("model", single=pl.col("length_controlled_win_rate"))
    frame = joint.models.join(own, on="model").with_columns(
        change=pl.col("length_controlled_win_rate") - pl.col("single")
    )
    off = frame["change"].abs()
    most = frame.row(int(off.arg_max() or 0), named=True)
    slopes = ", ".join(
        f"{_what(row['covariate'])} {number(row['mean'], 2)} (spread {number(row['spread'], 2)})"
        for row in joint.slopes.iter_rows(named=True)
    )
    inside = int(((frame["single"] >= frame["low"]) & (frame["single"] <= frame["high"])).sum())
    return Section(
        question="What does one likelihood for all models say?",
        finding=(
            f"Rates differ from those of single fits by {number(off.median(), 2)} points "  # type: ignore[arg-type]
            f"(median), most for {printable(most['model'])}: {number(most['single'])}% alone, "
            f"{number(most['length_controlled_win_rate'])}% together. {integer(inside)} of "
            f"{integer(len(frame))} lie within the joint interval."
        ),
        evidence=f"Slopes, shared in part: {slopes}." if slopes else "",
        tables=(
            Table(
                frame.sort("length_controlled_win_rate", descending=True),
                (
                    Column("model", "Model"),
                    Column("length_controlled_win_rate", "Together", "number"),
                    Column("low", "Low", "number"),
                    Column("high", "High", "number"),
                    Column("single", "Alone", "number"),
                    Column("follows", "Follows difficulty", "number", 2),
                ),
                f"Rates in percent with pointwise {level_text(rates.level)} intervals",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _by_category(by: CategoryRates) -> Section:
    decided = by.rates.filter(pl.col("p_adjusted") < SIGNIFICANT).sort("p_adjusted")
    tested = int(by.rates["p_adjusted"].is_not_null().sum())
    if len(decided):
        row = decided.row(0, named=True)
        direction = "better" if row["difference"] > 0 else "worse"
        example = (
            f" The surest: {printable(row['model'])} is {direction} at "
            f"{printable(row['category'])} by {number(abs(row['difference']))} points "
            f"({number(row['difference_low'])} to {number(row['difference_high'])})."
        )
    else:
        example = ""
    p = [None if p is None else p_value(p).removeprefix("= ") for p in by.rates["p_adjusted"]]
    return Section(
        question=f"Where does a model stand out, by {printable(by.by)}?",
        finding=(
            f"{integer(len(decided))} of {integer(tested)} rates differ from the mean of the "
            f"model's other categories (Holm).{example}"
        ),
        tables=(
            Table(
                by.rates.with_columns(p=pl.Series(p, dtype=pl.String)),
                (
                    Column("model", "Model"),
                    Column("category", by.by.capitalize()),
                    Column("length_controlled_win_rate", "Rate", "number"),
                    Column("low", "Low", "number"),
                    Column("high", "High", "number"),
                    Column("difference", "Less the others", "number"),
                    Column("p", "p (Holm)"),
                    Column("win_rate", "As it is", "number"),
                    Column("n", "Instructions", "integer"),
                ),
                f"Rates in percent, an intercept for each, with pointwise "
                f"{level_text(by.level)} intervals",
                most=MOST_ON_TERMINAL,
            ),
        ),
        caveats=by.notes,
    )


def _what(name: str) -> str:
    return "length" if name == "length" else printable(name)


def _equal(rates: WinRates) -> str:
    if not rates.covariates:
        return "as it is"
    return "at equal " + listed([_what(name) for name in rates.covariates])


def _heading(rates: WinRates) -> str:
    return "At equal length" if rates.covariates == ("length",) else "Held fixed"


def _ends(row: dict[str, Any]) -> str:
    low, high = (
        (0.0 if row["low"] is None else row["low"]),
        (100.0 if row["high"] is None else row["high"]),
    )
    return f"{number(low)}% to {number(high)}%"


def _used(rates: WinRates) -> Section:
    removed = sum(removal.count for removal in rates.removed)
    values = {
        "Baseline": printable(rates.baseline),
        "Judge": "not named" if rates.judge is None else printable(rates.judge),
        "Held fixed": ", ".join(_what(name) for name in rates.covariates) or "nothing",
        "Difficulty of the instructions": SOURCES[rates.difficulty],
        "Gamed rows": "a prior on the slopes" if rates.gamed else "not used",
        "Joined by": "instruction",
        "Level": f"{rates.level:g}",
        "Seed": str(rates.seed),
        "Draws behind the ranks": integer(rates.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(rates.models))} models, {integer(rates.items)} instructions. "
            + (f"{integer(removed)} were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(rates.removed, what="Judgments"), settings),
    )
