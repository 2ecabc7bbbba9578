"""The findings of a session as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entries import EXACT, OURS, START_LABELS, TOOLS, boards
from goals import verdicts
from laws import LAW_TOOLS
from laws_report import law_sections
from layout import short, table
from rates_report import rate_sections
from win_rates import RATE_TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goals import Verdict
    from session import Record, Session

SECTIONS = {
    "board": "File to board",
    "style": "Style held fixed",
    "small": "A small file",
    "wide": "Many models",
    "bootstrap": "Many resamples",
}
HOW = """\
Every line is a process of its own, from the file to the board as JSON: the start of Python, the
imports, reading and fitting are all in it. Seconds are wall time; the peak is that of the whole
process (`ru_maxrss`). Both are medians of {runs} runs; of one where it takes over a minute.
The votes are simulated (seeded; a fifth are ties) and lie in Parquet, as `vote_id` (32 digits),
`model_a`, `model_b`, `winner` and `language`, and in the table of style eight counts. The peers'
scripts read the columns that they need. `x` is times ours."""
AGREEMENT = """\
The largest difference of centred log strengths from ours on the same file (0.01 is 1.7 rating
points): as the tool comes, and with its settings made as exact as they go. Widths are the median
of its intervals over ours, in the same table (sandwich there, bootstrap under resamples)."""


def render(session: Session, notes: Mapping[str, str]) -> str:
    """Write the whole report; ``notes`` explains missed goals by their keys."""
    parts = ["# Benchmarks", _machine(session)]
    if session.quick:
        parts.append("**Quick run on tiny files: the times say nothing.**")
    else:
        parts.append(_goals(verdicts(session), notes))
    parts.append(f"## How\n\n{HOW.format(runs=session.runs)}")
    arenas = boards(quick=session.quick)
    for section, title in SECTIONS.items():
        records = _of(session, section)
        if records:
            table = _times(records, session.limit, resampled=section == "bootstrap")
            stages = _stages(records)
            parts.append("\n\n".join([f"## {title}: {arenas[section]}", table, *stages]))
    parts += [*law_sections(session), *rate_sections(session)]
    parts += [_start(session), _agreement(session), _lacks(), _versions(session)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(session: Session) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in session.machine.items())
    return f"Written by `make bench` on {session.date}; do not edit. Machine: {machine}."


def _of(session: Session, section: str) -> dict[str, Record]:
    return {
        key.split("/", 1)[1]: record
        for key, record in session.records.items()
        if key.startswith(f"{section}/")
    }


def _goals(found: list[Verdict], notes: Mapping[str, str]) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [[v.goal, v.measured, words[v.met]] for v in found]
    parts = ["## Goals", table(["goal", "measured", ""], rows)]
    for verdict in found:
        if verdict.met is False:
            note = notes.get(verdict.key, "(no profile yet: `benchmarks/notes.toml`)")
            parts.append(f"Missed: {verdict.goal}. {note}")
    return "\n\n".join(parts)


def _times(records: Mapping[str, Record], limit: float, *, resampled: bool) -> str:
    ours = records.get(OURS)
    rows = []
    for name, record in records.items():
        tool = TOOLS[name]
        label = f"**{tool.label}**" if name == OURS else tool.label
        gives = "bootstrap" if resampled else tool.gives or "none"
        rows.append([label, *_numbers(record, ours, limit), gives])
    return table(["", "seconds", "peak MB", "x seconds", "x memory", "intervals"], rows)


def _numbers(record: Record, ours: Record | None, limit: float) -> list[str]:
    if record.error:
        return [f"failed: {record.error}", "", "", ""]
    over = "> " if record.over_limit else ""
    seconds = limit if record.over_limit else record.seconds
    cells = [f"{over}{short(seconds)}", f"{over}{record.peak_mb:.0f}"]
    if ours is None or not ours.usable:
        return [*cells, "", ""]
    times, share = seconds / ours.seconds, record.peak_mb / ours.peak_mb
    return [*cells, f"{over}{short(times)}", f"{over}{short(share)}"]


def _stages(records: Mapping[str, Record]) -> list[str]:
    lines = []
    for name, record in records.items():
        if record.stages and record.usable:
            parts = [f"{stage} {seconds:.2f}" for stage, seconds in record.stages.items()]
            rest = record.seconds - sum(record.stages.values())
            words = ", ".join([*parts, f"start, imports and end {max(rest, 0.0):.2f}"])
            lines.append(f"- {TOOLS[name].label}: {words}")
    return ["Seconds of the stages, by the last run:", "\n".join(lines)] if lines else []


def _start(session: Session) -> str:
    rows = [
        [START_LABELS[name], *_numbers(record, None, session.limit)[:2]]
        for name, record in _of(session, "start").items()
    ]
    return "## Start\n\n" + table(["", "seconds", "peak MB"], rows) if rows else ""


def _agreement(session: Session) -> str:
    arenas = boards(quick=session.quick)
    rows = []
    for section in SECTIONS:
        for name, record in _of(session, section).items():
            if name != OURS and (record.difference is not None or record.width is not None):
                cells = [_tiny(record.difference), _tiny(record.exact_difference)]
                width = "" if record.width is None else f"{record.width:.3f}"
                made = EXACT.get(name, "") if record.exact_difference is not None else ""
                what = f"{TOOLS[name].label}, {arenas[section]}"
                if section == "bootstrap":
                    what += ", resamples"
                rows.append([what, cells[0], cells[1], made, width])
    if not rows:
        return ""
    head = ["", "as it comes", "exact", "made exact by", "width over ours"]
    return f"## Agreement\n\n{AGREEMENT}\n\n{table(head, rows)}"


def _lacks() -> str:
    lines = [f"- {tool.label}: {tool.lacks}" for tool in TOOLS.values()]
    laws = [f"- {tool.label}: {tool.lacks}" for tool in LAW_TOOLS.values()]
    rates = [f"- {tool.label}: {tool.lacks}" for tool in RATE_TOOLS.values()]
    parts = ["## What the times hold and lack", "\n".join(lines), "Of a scaling law:"]
    return "\n\n".join([*parts, "\n".join(laws), "Of win rates:", "\n".join(rates)])


def _versions(session: Session) -> str:
    lines = [f"- {name}: {text}" for name, text in session.versions.items()]
    return "## Versions\n\n" + "\n".join(lines)


def _tiny(number: float | None) -> str:
    return "" if number is None else f"{number:.1e}"
