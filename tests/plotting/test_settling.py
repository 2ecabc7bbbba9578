"""Charts of settlings: valid, finite, with names kept out of all code."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pytest

from tests.plotting.real import SPECIAL, extended, votes_of
from theodolite import plotting
from theodolite.plotting.settling import KINDS
from theodolite.ratings import Looks, Settling, settle


@cache
def settling(count: int, special: tuple[str, ...] = (), half_width: float = 60.0) -> Settling:
    return settle(votes_of(count, special), half_width=half_width, looks=Looks(at_most=20))


def charts(found: Settling):
    return [plotting.decided(found), plotting.decisions(found), plotting.widths(found)]


@pytest.mark.parametrize("count", [2, 5, 40])
def test_every_chart_is_valid_and_finite(count: int) -> None:
    for chart in charts(settling(count)):
        json.dumps(chart.to_dict(), allow_nan=False)


def test_a_chart_of_no_decision_and_of_unrated_models() -> None:
    rows = [("champion", "gpt-1-7b", "model_a")] * 60
    found = settle(extended(votes_of(8, SPECIAL, 500), rows), half_width=5.0)
    assert not found.pairs["decided"].any()
    for chart in charts(found):
        json.dumps(chart.to_dict(), allow_nan=False)


def test_both_lines_end_where_the_history_does() -> None:
    found = settling(5)
    spec = plotting.decided(found).to_dict()
    rows = pl.concat(pl.read_csv(text.encode()) for text in spec["datasets"].values())
    for kind, name in zip(KINDS, ("decided", "apart"), strict=True):
        last = rows.filter(kind=kind).sort("votes")["pairs"][-1]
        assert last == found.history[name][-1]


def test_no_name_is_ever_read_as_an_expression() -> None:
    found = settling(8, SPECIAL)

    def walk(node) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(name in str(child) for name in found.models["model"])
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for chart in charts(found):
        walk(chart.to_dict())


def test_a_cell_for_both_sides_of_each_decided_pair() -> None:
    found = settling(5)
    spec = plotting.decisions(found).to_dict()
    text = next(t for t in spec["datasets"].values() if isinstance(t, str))
    cells = pl.read_csv(text.encode())
    assert len(cells) == 2 * found.pairs["decided"].sum()
    assert set(cells["decided_after"]) == set(found.pairs["decided_after"].drop_nulls())
