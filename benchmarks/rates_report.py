"""The section of the report on length-controlled win rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entries import EXACT, OURS
from layout import short, table
from win_rates import ITEMS, MODELS, PEER, QUICK_MODELS, RATE_TOOLS, RATES

if TYPE_CHECKING:
    from session import Record, Session

HOW = """\
AlpacaEval's published recipe, from three Parquet files to the rates as JSON: a regression with an
L1 penalty for each of ten costs and five folds, and the last one. The preferences are simulated
(seeded), with coefficients such as were published."""


def rate_sections(session: Session) -> list[str]:
    """Write the table, the stages and the agreement, of those that ran."""
    records = {
        name: record
        for name in RATE_TOOLS
        if (record := session.records.get(f"{RATES}/{name}")) is not None
    }
    if not records:
        return []
    models = QUICK_MODELS if session.quick else MODELS
    title = f"## Win rates: {models:,} models x {ITEMS} instructions"
    ours = records.get(OURS)
    rows = [_row(name, record, ours) for name, record in records.items()]
    head = ["", "seconds", "peak MB", "x seconds", "x memory", "fit", "x fit"]
    parts = [title, HOW, table(head, rows), _agreement(records.get(PEER))]
    return [part for part in parts if part]


def _row(name: str, record: Record, ours: Record | None) -> list[str]:
    label = RATE_TOOLS[name].label
    cells = [f"**{label}**" if name == OURS else label]
    if not record.usable:
        return [*cells, f"failed: {record.error or 'over the limit'}", *[""] * 5]
    fit = record.stages["fit"]
    cells += [short(record.seconds), f"{record.peak_mb:.0f}"]
    if ours is None or not ours.usable:
        return [*cells, "", "", short(fit), ""]
    times = record.seconds / ours.seconds, record.peak_mb / ours.peak_mb
    return [*cells, *map(short, times), short(fit), short(fit / ours.stages["fit"])]


def _agreement(peer: Record | None) -> str:
    if peer is None or peer.difference is None:
        return ""
    text = f"Largest difference of a rate, in points: {peer.difference:.2g}, as the peer comes"
    if peer.exact_difference is None:
        return f"{text}."
    return f"{text}; {peer.exact_difference:.1g} where it is made exact by {EXACT[PEER]}."
