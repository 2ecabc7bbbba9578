"""What a test of saturation says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, integer, level_text, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.score_saturation import score_sections
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Saturation, ScoreSaturation

__all__ = ["saturation_page", "saturation_sections"]

MOST_ROWS = 12
SLOPES = (
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("token_counts", "Token counts", "integer"),
    Column("slope_text", "Slope"),
    Column("law_text", "The law's"),
    Column("ratio_text", "Ratio"),
    Column("verdict", "The loss"),
)
LEFT = (
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("remaining_text", "Left to gain"),
    Column("used_text", "Used"),
    Column("half", "Half of it at"),
)
COMPARED = (
    Column("words", "Hypothesis"),
    Column("forecasts", "Forecasts", "integer"),
    Column("mae", "Mean abs. error", "percent", 2),
    Column("bias", "Bias", "percent", 2),
    Column("ends", "More than the law"),
    Column("mae_last", "At the most tokens", "percent", 2),
)
DECIDED = (
    Column("params", "Parameters", "count"),
    Column("pair", "Between the law and"),
    Column("times", "Times the tokens"),
    Column("tokens", "Tokens", "count"),
)
WORDS = {
    "law": "the law",
    "own-floor": "a floor of its own",
    "log-linear": "a line in log tokens",
    "saturated": "no fall any more",
    "law-earlier": "the law, of fewer tokens alone",
}


def saturation_page(
    losses: Saturation | None,
    scores: ScoreSaturation | None = None,
    *,
    title: str = "Are models of one size saturated?",
) -> Page:
    """Make the page of either test, or of both."""
    sections: tuple[Section, ...] = ()
    if losses is not None:
        sections = saturation_sections(losses)
    if scores is not None:
        sections = (*sections, *score_sections(scores))
    if losses is not None:
        sections = (*sections, _used(losses))
    return Page(title=title, sections=sections)


def saturation_sections(found: Saturation) -> tuple[Section, ...]:
    """Answer whether losses still fall, who foretells them, what is left, and what would tell."""
    return (_falls(found), _foretells(found), _left(found), _decides(found))


def _ends(name: str, digits: int, *, share: bool = False) -> pl.Expr:
    """Write a number with its interval."""

    def text(row: dict[str, float]) -> str:
        write = percent if share else number
        at, low, high = (write(row[name + end], digits) for end in ("", "_low", "_high"))
        return f"{at} [{low}, {high}]"

    return pl.struct(name, f"{name}_low", f"{name}_high").map_elements(text, return_dtype=pl.String)


def _falls(found: Saturation) -> Section:
    frame = found.sizes.with_columns(
        slope_text=_ends("slope", 3), law_text=_ends("law_slope", 3), ratio_text=_ends("ratio", 2)
    )
    early = "Without the last stretches the runs hold no law."
    if found.ratio_early is not None:
        r = found.ratio_early
        early = (
            "Against a law that has not seen that stretch: "
            f"{number(r.estimate, 2)} [{number(r.low, 2)}, {number(r.high, 2)}]."
        )
    return Section(
        question="Does the loss of a size still fall with tokens as the law says?",
        finding=found.verdict_words,
        low=found.ratio.low,
        high=found.ratio.high,
        evidence=(
            f"Slopes over the last factor of 8 in tokens against the law of all "
            f"{integer(found.fit.n)} runs: 1 is as the law says, 0 is saturated. {early} Between "
            f"sizes the ratios differ by {number(found.apart, 2)} (standard deviation "
            f"beyond their noise). By size: {_by_size(found)}."
        ),
        chart=partial(plotting.slope_ratios, found),
        tables=(
            Table(
                frame,
                SLOPES,
                f"Loss that a factor e of tokens takes at the most tokens, with "
                f"{level_text(found.level)} intervals",
                most=MOST_ROWS,
            ),
        ),
        caveats=(
            "A ratio below 1 can also mean that the law has the wrong form: see which hypothesis "
            "foretells best.",
            "The law of all runs has seen the last stretches and bends towards them: where they "
            "depart from it, more than the ratio shows.",
            *found.notes,
        ),
    )


def _by_size(found: Saturation) -> str:
    counts = found.sizes.group_by("verdict", maintain_order=True).len().sort("len", descending=True)
    return ", ".join(f"{integer(n)} {word}" for word, n in counts.iter_rows())


def _foretells(found: Saturation) -> Section:
    texts = [
        ""
        if row["low"] is None
        else f"{percent(row['difference'], 2)} "
        f"[{percent(row['low'], 2)}, {percent(row['high'], 2)}]"
        for row in found.comparison.iter_rows(named=True)
    ]
    frame = found.comparison.with_columns(
        ends=pl.Series(texts, dtype=pl.String),
        words=pl.col("hypothesis").replace_strict(WORDS, return_dtype=pl.String),
    )
    ranked = frame.filter(
        (pl.col("hypothesis") != "law-earlier") & pl.col("mae").is_not_null()
    ).sort("mae")
    if ranked.is_empty():
        finding = "No size has enough token counts to foretell one from the others."
    else:
        best = ranked.row(0, named=True)
        finding = (
            f"{best['words'][0].upper()}{best['words'][1:]} foretells the next loss best: off "
            f"by {percent(best['mae'], 2)} on average over {integer(best['forecasts'])} "
            f"forecasts{_runners_up(ranked)}."
        )
    return Section(
        question="Which hypothesis foretells the next loss?",
        finding=finding,
        evidence="Each token count of a size is foretold from those before it, all other sizes "
        "known; the last row knows no run of more tokens. Errors of log losses.",
        chart=partial(plotting.saturation_curves, found),
        tables=(Table(frame, COMPARED, "Errors of forecasts one step ahead"),),
    )


def _runners_up(ranked: pl.DataFrame) -> str:
    """Say which of the others are worse beyond chance, and which are not."""
    if ranked["hypothesis"][0] != "law":
        law = ranked.filter(hypothesis="law").row(0, named=True)
        best = ranked.row(0, named=True)
        sure = best["high"] is not None and best["high"] < 0.0
        return f"; the law by {percent(law['mae'], 2)}, {'beyond' if sure else 'within'} chance"
    worse = [
        row["words"]
        for row in ranked.iter_rows(named=True)
        if row["low"] is not None and row["low"] > 0.0
    ]
    return f"; worse beyond chance: {', '.join(worse)}" if worse else ""


def _left(found: Saturation) -> Section:
    frame = found.sizes.with_columns(
        remaining_text=_ends("remaining", 3),
        used_text=_ends("used", 0, share=True),
        half=pl.struct("half_tokens", "half_tokens_low", "half_tokens_high").map_elements(
            lambda row: (
                f"{count(row['half_tokens'])} [{count(row['half_tokens_low'])}, "
                f"{count(row['half_tokens_high'])}]"
            ),
            return_dtype=pl.String,
        ),
    )
    row = found.sizes.row(0, named=True)
    return Section(
        question="How much could more tokens still take?",
        finding=(
            f"At {count(row['params'])} parameters, the smallest size, and {count(row['tokens'])} "
            f"tokens: {number(row['remaining'], 3)} [{number(row['remaining_low'], 3)}, "
            f"{number(row['remaining_high'], 3)}] nats a token by the law, half of it at "
            f"{count(row['half_tokens'])} tokens [{count(row['half_tokens_low'])}, "
            f"{count(row['half_tokens_high'])}]."
        ),
        low=row["remaining_low"],
        high=row["remaining_high"],
        evidence=f"By {found.fit.law.name} fitted to all runs; used is the share of what more "
        "tokens could have taken at the size's fewest.",
        tables=(Table(frame, LEFT, "What the law leaves to more tokens", most=MOST_ROWS),),
        caveats=("These numbers take the law as right far beyond the runs.",),
    )


def _decides(found: Saturation) -> Section:
    rows = found.decisions.with_columns(
        pair=pl.col("and").replace_strict(WORDS, return_dtype=pl.String),
        times=pl.struct("multiple", "low", "high").map_elements(
            lambda row: _times(row["multiple"], row["low"], row["high"]), return_dtype=pl.String
        ),
        tokens=pl.when(pl.col("tokens").is_finite()).then("tokens"),
    )
    first = found.decides
    if first["reason"]:
        finding = f"None below 1,000 times: {first['reason']}."
    else:
        runs = "one new run" if found.new_runs == 1 else f"{integer(found.new_runs)} new runs"
        finding = (
            f"{runs[0].upper()}{runs[1:]} of {count(first['params'])} parameters on "
            f"{_times(first['estimate'], first['low'], first['high'])} times its tokens "
            f"({count(first['tokens'])}) would tell a loss that goes on as the law's from one that "
            "stays."
        )
    return Section(
        question="How many more tokens would decide?",
        finding=finding,
        low=first["low"],
        high=first["high"],
        evidence=f"Where {level_text(found.level)} prediction intervals part, up to 1,000 times; "
        f"a late run scatters by {percent(found.noise, 2)}.",
        tables=(Table(rows, DECIDED, "The least multiple that decides", most=MOST_ROWS),),
    )


def _times(at: float, low: float, high: float) -> str:
    if at == float("inf"):
        return "none below 1,000"
    top = "∞" if high == float("inf") else number(high, 1)
    return f"{number(at, 1)} [{number(low, 1)}, {top}]"


def _used(found: Saturation) -> Section:
    settings = {
        "Law": found.fit.law.equation,
        "Objective": found.fit.recipe.words,
        "FLOPs": found.fit.accounting,
        "Resamples": integer(found.fit.resampling.n),
        "Clustered by": printable(found.fit.resampling.cluster or "none"),
        "New runs that decide": integer(found.new_runs),
        "Level": level_text(found.level),
        "Seed": str(found.seed),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(settings), "value": list(settings.values())})
    removed = sum(r.count for r in found.removed)
    return Section(
        question="What was used?",
        finding=f"{integer(found.fit.n)} runs, {integer(len(found.runs.rows))} of them of "
        f"{integer(len(found.runs))} sizes with three token counts or more; filters removed "
        f"{integer(removed)}.",
        tables=(
            *removed_tables(found.removed, what="Runs"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value")), "Settings"),
        ),
    )
