"""What is known of judges, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import level_text, listed, p_value, percent, printable
from theodolite.reporting.jury import (
    MOST_ON_TERMINAL,
    agreement_section,
    between,
    jury_section,
    used_section,
)
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scoring.judges import BIASED, BIASES, NOT_BIASED, NOT_TOGETHER, TOO_WIDE

if TYPE_CHECKING:
    from theodolite.scoring.judges import Bias, JudgeReport, OneJudge

__all__ = ["bias_table", "judges_page", "judges_sections"]

WORDS = {
    "position": "the first place",
    "verbosity": "longer answers",
    "self_preference": "their own family",
}
TURNED = {
    "position": "the second place",
    "verbosity": "shorter answers",
    "self_preference": "other families",
}
SWAPPED = (
    Column("judge", "Judge"),
    Column("pairs", "Pairs", "integer"),
    Column("same", "Same", "percent"),
    Column("low", "Low", "percent"),
    Column("high", "High", "percent"),
    Column("chance", "By chance", "percent"),
    Column("first", "Always first", "percent"),
    Column("second", "Always second", "percent"),
    Column("mixed", "One a tie", "percent"),
    Column("first_share", "First wins", "percent"),
)
# Reasons that stand beside each judge and say nothing of the file.
VAGUE = {TOO_WIDE, NOT_TOGETHER}
UNITS = {
    "position": "for the answer shown first",
    "verbosity": "for an answer longer by a standard deviation",
    "self_preference": "for an answer of the judge's own family",
}


def judges_page(found: JudgeReport, *, title: str = "How far can the judges be trusted?") -> Page:
    """Make the page of a report on judges."""
    return Page(title=title, sections=(*judges_sections(found), used_section(found)))


def judges_sections(found: JudgeReport) -> tuple[Section, ...]:
    """Answer what sways the judges, how steady they are, how far they agree, what a jury says."""
    sections = [_biases(found)]
    if any(one.consistency is not None for one in found.judges):
        sections.append(_swapped(found))
    if found.alpha or found.people is not None:
        sections.append(agreement_section(found))
    return (*sections, jury_section(found))


def _biases(found: JudgeReport) -> Section:
    sentences = [text for name in BIASES if (text := _about(found, name))]
    known = [name for name in BIASES if any(_known(getattr(o, name)) for o in found.judges)]
    return Section(
        question="What sways the judges besides the answers?",
        finding=" ".join(sentences) or "Nothing can be told: see the reasons below.",
        evidence=(
            f"Log-odds in one likelihood with the models' strengths; {level_text(found.level)} "
            f"intervals clustered by item; Holm's p-values over the judges; none means within "
            f"{found.margin:g} of 0."
        ),
        chart=partial(plotting.judge_biases, found) if known else None,
        tables=tuple(_table(found, name) for name in known),
        caveats=_bias_caveats(found),
    )


def _about(found: JudgeReport, name: str) -> str:
    """Say of one bias who has it, who has none, and of whom it cannot be told."""
    biases = {one.judge: one.bias(name) for one in found.judges}
    for_it = [j for j, b in biases.items() if b.verdict == BIASED and _sign(b) > 0]
    against = [j for j, b in biases.items() if b.verdict == BIASED and _sign(b) < 0]
    free = [j for j, b in biases.items() if b.verdict == NOT_BIASED]
    parts = []
    for who, what in ((for_it, WORDS[name]), (against, TURNED[name])):
        if who:
            words = what if len(who) > 1 else what.replace("their own", "its own")
            parts.append(f"{listed(who)} {_verb(who, 'favours', 'favour')} {words}")
            if len(who) == 1:
                parts[-1] += f" ({between(biases[who[0]])})"
    if free:
        words = WORDS[name] if len(free) > 1 else WORDS[name].replace("their own", "its own")
        parts.append(f"{listed(free)} {_verb(free, 'does', 'do')} not favour {words}")
    open_ = [j for j, b in biases.items() if j not in {*for_it, *against, *free}]
    if not parts:
        reasons = list(dict.fromkeys(b.why for b in biases.values() if b.why not in VAGUE))
        why = f" ({'; '.join(reasons)})" if reasons else ""
        return f"Whether judges favour {WORDS[name]} cannot be told{why}."
    rest = f"; of {listed(open_)} it cannot be told" if open_ else ""
    return f"{'; '.join(parts)}{rest}."


def _sign(bias: Bias) -> int:
    if bias.estimate is not None:
        return 1 if bias.estimate > 0 else -1
    return 1 if bias.low is not None else -1


def _verb(who: list[str], one: str, several: str) -> str:
    return one if len(who) == 1 else several


def _known(bias: Bias) -> bool:
    return bias.estimate is not None or bias.unbounded


def _bias_caveats(found: JudgeReport) -> tuple[str, ...]:
    out = list(found.notes)
    if any(one.verbosity.estimate is not None for one in found.judges):
        out.append(
            "Longer answers may be better ones: beside people the effect of length is less "
            "people's own, which is a bias; without people it is no verdict."
        )
    if any(one.self_preference.estimate is not None for one in found.judges):
        out.append(
            "Favour for its own family is measured against the other judges (and people): if these "
            "are unfair to that family, it looks like favour."
        )
    return tuple(out)


def _table(found: JudgeReport, name: str) -> Table:
    return bias_table(
        [(one.judge, one.bias(name)) for one in found.judges],
        f"{name.replace('_', '-').capitalize()}: log-odds {UNITS[name]}",
        digits=2,
    )


def bias_table(rows: list[tuple[str, Bias]], caption: str, *, digits: int) -> Table:
    """Show one bias of every judge."""
    frame = pl.DataFrame(
        [
            {
                "judge": judge,
                "estimate": bias.estimate,
                "low": bias.low,
                "high": bias.high,
                "p": None if bias.p_adjusted is None else p_value(bias.p_adjusted).lstrip("= "),
                "verdict": bias.verdict,
                "why": bias.why,
            }
            for judge, bias in rows
        ],
        schema={
            "judge": pl.String,
            **dict.fromkeys(("estimate", "low", "high"), pl.Float64),
            **dict.fromkeys(("p", "verdict", "why"), pl.String),
        },
    )
    columns = [
        Column("judge", "Judge"),
        Column("estimate", "Estimate", "number", digits),
        Column("low", "Low", "number", digits),
        Column("high", "High", "number", digits),
        Column("p", "p (Holm)"),
        Column("verdict", "Verdict"),
        Column("why", "Why"),
    ]
    if not any(frame["why"]):
        columns.pop()
    return Table(frame, tuple(columns), caption, most=MOST_ON_TERMINAL)


def _swapped(found: JudgeReport) -> Section:
    seen = [(one, one.consistency) for one in found.judges if one.consistency is not None]
    least = min(seen, key=lambda pair: pair[1].same)
    most = max(seen, key=lambda pair: pair[1].same)
    rows = [{"judge": one.judge, **vars(c)} for one, c in seen]
    whole = f"{_judge(least[0])} gives {percent(least[1].same)} of its pairs the same verdict when "
    whole += f"the answers change places ({percent(least[1].low)} to {percent(least[1].high)}; "
    whole += f"{percent(least[1].chance)} if it did not read them)."
    if len(seen) > 1:
        whole += f" It is the least steady; {_judge(most[0])} is the steadiest with "
        whole += f"{percent(most[1].same)}."
    return Section(
        question="Do verdicts survive when the answers change places?",
        finding=whole,
        low=least[1].low,
        high=least[1].high,
        evidence="Pairs of answers that a judge saw in both orders.",
        tables=(
            Table(
                pl.DataFrame(rows),
                SWAPPED,
                f"Verdicts on swapped answers, with {level_text(found.level)} intervals of the "
                "share with the same verdict",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _judge(one: OneJudge) -> str:
    return printable(one.judge)
