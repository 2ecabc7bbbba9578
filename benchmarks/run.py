"""Time theodolite beside its peers: ``python benchmarks/run.py [--quick] [--only TEXT]``.

A full run writes ``benchmarks/RESULTS.md``; a quick or partial one writes to ``build/bench``.
``--render`` writes the report again from the last full run, after ``notes.toml`` has changed.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

from compare import Strengths
from entries import OURS, Entry, entries, exact
from environments import ensure
from law_outcome import Outcome
from laws import LawEntry, law_entries, tool_of, words
from measure import HERE, Measured, measure
from report import render
from session import Record, Session
from win_rates import Rates, rate_entries

if TYPE_CHECKING:
    from pathlib import Path

BUILD = HERE.parent / "build" / "bench"
LIMIT = 300.0
RUNS = 3


def main() -> int:
    """Parse, run, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny files, one run each")
    parser.add_argument("--only", metavar="TEXT", help="entries that hold it, as in board/evalica")
    parser.add_argument("--runs", type=int, default=RUNS, help="of which the median counts")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds an entry may take")
    parser.add_argument("--render", action="store_true", help="the last full run's report again")
    options = parser.parse_args()
    full = not (options.quick or options.only)
    stored = BUILD / ("session.json" if full else "partial.json")
    BUILD.mkdir(parents=True, exist_ok=True)
    if options.render:
        return _report(Session.load(stored), HERE / "RESULTS.md")
    known = [*entries(quick=options.quick), *law_entries(quick=options.quick)]
    known += rate_entries(quick=options.quick)
    chosen = [e for e in known if (options.only or "") in e.key]
    if not chosen:
        parser.error(f"no entry holds {options.only!r}")
    session = Session.begin(
        quick=options.quick, runs=1 if options.quick else options.runs, limit=options.limit
    )
    run(session, chosen, stored)
    return _report(session, HERE / "RESULTS.md" if full else BUILD / "RESULTS.md")


def run(session: Session, chosen: list[Entry], stored: Path) -> None:
    """Run every entry into the session, which is saved after each."""
    peers = sorted({tool.peer for e in chosen if (tool := tool_of(e))} - {""})
    missing = {peer: reason for peer in peers if (reason := ensure(peer, BUILD))}
    ours: dict[str, Strengths | Rates | None] = {}
    for entry in chosen:
        print(entry.key, end=" ", file=sys.stderr, flush=True)
        tool = tool_of(entry)
        reason = missing.get(tool.peer, "") if tool else ""
        if reason:
            record = Record(error=f"not installed: {reason}")
        else:
            found = _measured(session, entry)
            board = Rates.of(found.output) or Strengths.of(found.output)
            if entry.tool == OURS:
                ours[entry.section] = board
            record = _record(session, entry, found, (board, ours.get(entry.section)))
        session.records[entry.key] = record
        session.save(stored)
        print(f"{record.seconds:.2f} s, {record.peak_mb:.0f} MB {record.error}", file=sys.stderr)


def _measured(session: Session, entry: Entry, *, timed: bool = True) -> Measured:
    command = entry.command(BUILD, entry.file(BUILD / "data"))
    runs = session.runs if timed and not entry.once else 1
    return measure(command, BUILD / "last", limit=session.limit, runs=runs)


def _record(
    session: Session,
    entry: Entry,
    found: Measured,
    both: tuple[Strengths | Rates | None, Strengths | Rates | None],
) -> Record:
    """Make the entry's line; ``both`` are the strengths of the tool and of ours."""
    output = found.output or {}
    record = Record(
        seconds=found.seconds,
        peak_mb=found.peak_mb,
        runs=found.runs,
        over_limit=found.over_limit,
        error=found.error,
        stages=output.get("stages", {}),
        law=_law(entry, found),
    )
    theirs, ours = both
    if theirs is None or ours is None or entry.tool == OURS:
        return record
    record = replace(record, difference=theirs.difference(ours), width=theirs.width(ours))
    again = exact(entry)
    if again is None:
        return record
    output = _measured(session, again, timed=False).output
    closer = Rates.of(output) or Strengths.of(output)
    return replace(record, exact_difference=closer.difference(ours) if closer else None)


def _law(entry: Entry, found: Measured) -> Outcome | None:
    if not isinstance(entry, LawEntry):
        return None
    file = entry.file(BUILD / "data")
    return Outcome.of(found.output, file, words(file))


def _report(session: Session, path: Path) -> int:
    notes = tomllib.loads((HERE / "notes.toml").read_text(encoding="utf-8"))
    path.write_text(render(session, notes), encoding="utf-8")
    print(f"wrote {path.relative_to(HERE.parent)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
