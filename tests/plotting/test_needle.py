"""Charts of needle tests."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.scoring.needle.made import LENGTHS, grid
from theodolite.plotting import needle_map, needle_maps, needle_reach
from theodolite.plotting.needle import MOST_MAPS
from theodolite.scoring.needle import NeedleBoard, needle
from theodolite.tables import Needles


def made(*names: str, **what: object) -> NeedleBoard:
    rng = np.random.default_rng(1)
    frames = [
        grid(rng, slope=3.0, base=float(i % 5), **what).with_columns(model=pl.lit(name[:300]))
        for i, name in enumerate(names)
    ]
    return needle(Needles.from_frame(pl.concat(frames)))


def rows_of(chart, *columns: str) -> pl.DataFrame:
    """The first data set of a chart that has some columns."""
    texts = [text for text in chart.to_dict()["datasets"].values() if isinstance(text, str)]
    frames = [pl.read_csv(text.encode()) for text in texts]
    return next(frame for frame in frames if set(columns) <= set(frame.columns))


def test_every_cell_is_drawn_with_its_score() -> None:
    got = made("x")
    cells = rows_of(needle_map(got, "x", "1"), "depth", "score")
    assert len(cells) == 315
    assert cells["score"].to_list() == got.cells["score"].to_list()
    curve = rows_of(needle_map(got, "x", "1"), "share", "monotone")
    assert curve["share"].to_list() == pytest.approx(got.lengths["share"].to_list(), abs=1e-4)
    assert set(curve["threshold"]) == {0.9}


def test_the_lengths_left_open_are_shaded() -> None:
    got = made("x")
    row = got.models.row(0, named=True)
    spec = needle_map(got, "x", "1").to_dict()
    shaded = [
        pl.read_csv(text.encode())
        for text in spec["datasets"].values()
        if isinstance(text, str) and text.split("\n", 1)[0] == "length"
    ]
    last = row["longest"] if row["unbounded"] else row["effective_high"]
    want = [v for v in LENGTHS if row["effective_low"] <= v <= last]
    assert [int(str(v).replace(",", "")) for v in shaded[0]["length"]] == want


def test_of_many_the_first_are_drawn() -> None:
    got = made(*(f"m{i}" for i in range(MOST_MAPS + 2)))
    spec = needle_maps(got).to_dict()
    assert len(spec["vconcat"]) == 2 * MOST_MAPS
    assert "The first 4 of 6." in spec["title"]["subtitle"]


def test_names_and_odd_grids() -> None:
    got = made(HOSTILE, MARKUP, CHINESE, LONG)
    for chart in (needle_maps, needle_reach):
        json.dumps(chart(got).to_dict(), allow_nan=False)
    for what in (
        {"lengths": (1000,)},
        {"depths": (50,)},
        {"lengths": (1000, 1001), "depths": (0, 1)},
    ):
        json.dumps(needle_maps(made("x", **what)).to_dict(), allow_nan=False)


def test_reach_shows_what_nothing_bounds() -> None:
    found = pl.concat(
        [
            grid(np.random.default_rng(2)).with_columns(model=pl.lit(name), score=pl.lit(score))
            for name, score in (("always", 10.0), ("never", 1.0))
        ]
    )
    chart = needle_reach(needle(Needles.from_frame(found)))
    rows = {row["model"]: row for row in rows_of(chart, "start", "end").to_dicts()}
    assert rows["always"]["unbounded"]
    assert rows["always"]["at"] == LENGTHS[-1]
    assert rows["never"]["text"] == "below the shortest"
    assert rows["never"]["start"] == rows["never"]["end"] == LENGTHS[0] / 2
