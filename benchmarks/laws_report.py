"""The sections of the report on scaling laws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from entries import OURS
from law_outcome import ARRIVED, DELTA, lowest
from laws import BOOTSTRAP, LAW_TOOLS, POINT
from layout import short, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from law_outcome import Outcome
    from session import Record, Session

NOISE = 1e-12  # of the arithmetic
FITTED_HEAD = ("objective", "over the lowest", "starts arrived")
RESAMPLED_HEAD = ("arrived", "s.e. alpha", "s.e. beta")
HOW = """\
The law is L = E + A / N^alpha + B / D^beta; each line goes from a CSV file to the law as JSON.
Other tools run once. The runs are {runs}.

`objective` is the sum of Huber's function (delta {delta:g}) of log residuals at the parameters
that the tool gives, computed here for all alike. `over the lowest` is by what share it lies above
{lowest:.12g}: the least that any line reached, or that a Newton method of SciPy's reached which
goes on from where each line ended. `starts arrived` is the share of the starts that ended within
{arrived:.0e} of it, by the tool's own account. Seconds with a ~ are scaled up from a part of the
work, which stands in the last column."""
RESAMPLED = """\
Every resample is fitted anew. `arrived` is the share of resamples at their own optimum: of another
tool's, those within {arrived:.0e} of the lowest that the Newton method finds from their ends and
from the law of all runs; of ours, those that converged by its own test."""


def law_sections(session: Session) -> list[str]:
    """Write both tables, of those that ran."""
    laws = session.laws()
    if not laws:
        return []
    known = lowest(laws)
    how = HOW.format(runs=laws[0].runs, delta=DELTA, lowest=known, arrived=ARRIVED)
    parts = [f"## A scaling law\n\n{how}"]
    for section, title, words in ((POINT, "Fit", ""), (BOOTSTRAP, "Intervals", RESAMPLED)):
        records = _of(session, section)
        if records:
            rows = _rows(records, known, resampled=section == BOOTSTRAP)
            last = RESAMPLED_HEAD if section == BOOTSTRAP else FITTED_HEAD
            head = ["", "seconds", "peak MB", "x seconds", "x memory", *last, "done"]
            parts += [f"### {title}", words.format(arrived=ARRIVED), table(head, rows)]
    return [part for part in parts if part]


def _of(session: Session, section: str) -> dict[str, Record]:
    return {
        key.split("/", 1)[1]: record
        for key, record in session.records.items()
        if key.startswith(f"{section}/")
    }


def _rows(records: Mapping[str, Record], known: float, *, resampled: bool) -> list[list[str]]:
    ours = records.get(OURS)
    rows = []
    for name, record in records.items():
        label = LAW_TOOLS[name].label
        cells = [f"**{label}**" if name == OURS else label]
        law = record.law
        if not record.usable or law is None:
            reason = record.error or ("over the limit" if record.over_limit else "no law")
            empty = [""] * (3 + len(RESAMPLED_HEAD if resampled else FITTED_HEAD) + 1)
            rows.append([*cells, f"failed: {reason}", *empty])
            continue
        cells += _times(record, law, ours)
        cells += _resampled(law) if resampled else _fitted(law, known)
        rows.append([*cells, _done(law)])
    return rows


def _times(record: Record, law: Outcome, ours: Record | None) -> list[str]:
    whole = law.whole(record.seconds, record.stages)
    about = "" if whole is None else "~ "
    seconds = record.seconds if whole is None else whole
    cells = [f"{about}{short(seconds)}", f"{record.peak_mb:.0f}"]
    if ours is None or not ours.usable:
        return [*cells, "", ""]
    share = record.peak_mb / ours.peak_mb
    return [*cells, f"{about}{short(seconds / ours.seconds)}", short(share)]


def _fitted(law: Outcome, known: float) -> list[str]:
    return [f"{law.objective:.9g}", _above(law.objective, known), _arrived(law, known)]


def _resampled(law: Outcome) -> list[str]:
    settled = "" if law.settled is None else f"{law.settled:.0%}"
    return [settled, *(f"{law.errors[name]:.4f}" for name in ("alpha", "beta"))]


def _above(objective: float, known: float) -> str:
    above = objective / known - 1.0
    if abs(above) < NOISE:
        return f"< {NOISE:.0e}"
    return f"{above:.1e}" if above < 1e-3 else f"{above:.3f}"


def _arrived(law: Outcome, known: float) -> str:
    if law.arrived is not None:
        return f"{law.arrived:.0%} of {law.starts}"
    if not law.objectives or not math.isfinite(known):
        return ""
    arrived = sum(end <= known * (1.0 + ARRIVED) for end in law.objectives)
    return f"{arrived / law.starts:.0%} of {law.starts}"


def _done(law: Outcome) -> str:
    parts = [
        f"{done:,} of {whole:,} {stage}"
        for stage, (done, whole) in law.counts.items()
        if whole > done
    ]
    if parts:
        return ", ".join(parts)
    starts = f"{law.starts:,} starts"
    return f"{starts}, {law.resamples:,} resamples" if law.resamples else starts
