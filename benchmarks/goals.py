"""The goals of the design, and whether a run met them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entries import OURS, STYLED, TOOLS
from law_outcome import lowest
from laws import BOOTSTRAP, MANY, PUBLISHED
from win_rates import MODELS, PEER, RATES

if TYPE_CHECKING:
    from session import Record, Session

TIMES_FASTER = 10.0
STYLE_FASTER = 5.0
MEMORY_SHARE = 0.25
BOOTSTRAP_SECONDS = 2.0
BOARD_SECONDS = 1.1
BOARD_MB = 300.0
LAW_SECONDS = 5.0
LAW_OBJECTIVE = 1e-9
PUBLISHED_DIGITS = 1e-6
RATES_FASTER = 20.0


@dataclass(frozen=True)
class Verdict:
    """A goal beside what was measured; ``met`` is ``None`` where it could not be."""

    key: str
    goal: str
    measured: str
    met: bool | None


def verdicts(session: Session) -> list[Verdict]:
    """Hold every goal against the records."""
    return [*_boards(session), *_law(session), _rates(session)]


def _boards(session: Session) -> list[Verdict]:
    ours = session.records.get(f"board/{OURS}")
    if ours is None or not ours.usable:
        reason = "not run" if ours is None else ours.error or "over the limit"
        return [Verdict("board", "the board itself", reason, None)]
    return [
        *_against_peers(session, ours),
        *_absolute(ours),
        _resamples(session, ours),
        _style(session),
    ]


def _against_peers(session: Session, ours: Record) -> list[Verdict]:
    rivals = {
        tool.label: record
        for name, tool in TOOLS.items()
        if name != OURS
        and tool.gives
        and (record := session.records.get(f"board/{name}"))
        and record.usable
    }
    faster = f"{TIMES_FASTER:.0f}x faster than the fastest peer that gives intervals"
    leaner = "a quarter of that peer's memory"
    if not rivals:
        return [
            Verdict("faster", faster, "no such peer ran", None),
            Verdict("leaner", leaner, "no such peer ran", None),
        ]
    label, rival = min(rivals.items(), key=lambda item: item[1].seconds)
    times = rival.seconds / ours.seconds
    share = ours.peak_mb / rival.peak_mb
    return [
        Verdict("faster", faster, f"{times:.1f}x ({label})", times >= TIMES_FASTER),
        Verdict("leaner", leaner, f"{share:.2f} of it ({label})", share <= MEMORY_SHARE),
    ]


def _absolute(ours: Record) -> list[Verdict]:
    seconds, peak = ours.seconds, ours.peak_mb
    return [
        Verdict(
            "seconds",
            f"the board in {BOARD_SECONDS} s",
            f"{seconds:.2f} s",
            seconds <= BOARD_SECONDS,
        ),
        Verdict("memory", f"the board in {BOARD_MB:.0f} MB", f"{peak:.0f} MB", peak <= BOARD_MB),
    ]


def _resamples(session: Session, ours: Record) -> Verdict:
    goal = f"1,000 resamples in under {BOOTSTRAP_SECONDS:.0f} s more than the plain board"
    many = session.records.get(f"bootstrap/{OURS}")
    if many is None or not many.usable:
        reason = "not run" if many is None else many.error or "over the limit"
        return Verdict("resamples", goal, reason, None)
    more = many.seconds - ours.seconds
    return Verdict("resamples", goal, f"{more:.2f} s more", more < BOOTSTRAP_SECONDS)


def _style(session: Session) -> Verdict:
    label = TOOLS[STYLED].label
    goal = f"style held fixed, {STYLE_FASTER:.0f}x faster than {label}"
    ours, rival = (session.records.get(f"style/{tool}") for tool in (OURS, STYLED))
    if ours is None or rival is None or not (ours.usable and rival.usable):
        return Verdict("style", goal, "not run, or over the limit", None)
    times = rival.seconds / ours.seconds
    return Verdict("style", goal, f"{times:.1f}x", times >= STYLE_FASTER)


def _law(session: Session) -> list[Verdict]:
    quick = f"a scaling law with {MANY:,} resamples in under {LAW_SECONDS:.0f} s"
    close = f"its objective within {LAW_OBJECTIVE:.0e} of the lowest known"
    ours = session.records.get(f"{BOOTSTRAP}/{OURS}")
    if ours is None or not ours.usable or ours.law is None:
        reason = "not run" if ours is None else ours.error or "no result"
        return [Verdict("law", quick, reason, None), Verdict("optimum", close, reason, None)]
    reached = ours.law.objective
    above = reached / lowest(session.laws()) - 1.0
    near = reached <= PUBLISHED.get(ours.law.runs, reached) * (1.0 + PUBLISHED_DIGITS)
    return [
        Verdict("law", quick, f"{ours.seconds:.2f} s", ours.seconds < LAW_SECONDS),
        Verdict("optimum", close, f"{above:.1e} above it", above <= LAW_OBJECTIVE and near),
    ]


def _rates(session: Session) -> Verdict:
    goal = f"win rates of {MODELS} models, {RATES_FASTER:.0f}x faster than {PEER}'s fits"
    ours, rival = (session.records.get(f"{RATES}/{tool}") for tool in (OURS, PEER))
    if ours is None or rival is None or not (ours.usable and rival.usable):
        return Verdict("rates", goal, "not run, or over the limit", None)
    whole, fit = rival.seconds / ours.seconds, rival.stages["fit"] / ours.stages["fit"]
    text = f"{fit:.1f}x ({whole:.1f}x with start, imports and files)"
    return Verdict("rates", goal, text, fit >= RATES_FASTER)
