"""Charts of real fits: unbounded models, Elo, and the key of sizes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.plotting.real import SPECIAL, plain_fit, unbounded_fit, votes_of
from theodolite import plotting
from theodolite.errors import UsageError
from theodolite.plotting import prediction
from theodolite.plotting.frames import intervals
from theodolite.plotting.ratings import _round_counts
from theodolite.ratings import elo_ratings, predictive_check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def parts(spec: Any) -> Iterator[dict[str, Any]]:
    """Every object in a specification."""
    if isinstance(spec, dict):
        yield spec
        for value in spec.values():
            yield from parts(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from parts(value)


def layers(spec: dict[str, Any], key: str, value: str) -> list[dict[str, Any]]:
    """The layers whose mark has this value."""
    return [part for part in parts(spec) if (part.get("mark") or {}).get(key) == value]


def rows_of(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    text = spec["datasets"][layer["data"]["name"]]
    return pl.read_csv(text.encode()).to_dicts()


def all_rows(spec: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Every data set of a specification that is written as CSV."""
    texts = [text for text in spec["datasets"].values() if isinstance(text, str)]
    return [pl.read_csv(text.encode()).to_dicts() for text in texts]


def arrows(spec: dict[str, Any]) -> set[tuple[str, str]]:
    shapes = ("triangle-left", "triangle-right")
    return {
        (row["model"], shape)
        for shape in shapes
        for layer in layers(spec, "shape", shape)
        for row in rows_of(spec, layer)
    }


def test_infinite_ends_are_arrows() -> None:
    board = unbounded_fit().board
    assert pl.Series(board.rating).is_nan().sum() == 1  # both of its ends are infinite
    spec = plotting.forest(board).to_dict()
    assert arrows(spec) == {
        ("champion", "triangle-right"),
        ("loser", "triangle-left"),
        ("unknown", "triangle-left"),
        ("unknown", "triangle-right"),
    }
    json.dumps(spec, allow_nan=False)


def test_lines_reach_from_end_to_end() -> None:
    rows = intervals(unbounded_fit().board)
    frame = {row["model"]: row for row in rows.frame.to_dicts()}
    assert (frame["unknown"]["start"], frame["unknown"]["end"]) == rows.domain
    assert frame["unknown"]["rating"] is None
    assert rows.domain[0] < frame["champion"]["start"] < rows.domain[1]
    assert frame["champion"]["rating_text"] == "∞"


def test_the_models_that_may_be_first_stand_out() -> None:
    for fit in (plain_fit(12), unbounded_fit()):
        spec = plotting.forest(fit.board).to_dict()
        rows = next(rows for rows in all_rows(spec) if "rating_text" in rows[0])
        first = fit.to_frame().filter(pl.col("rank_low") == 1)["model"].to_list()
        assert [row["model"] for row in rows if row["group"] == "may be first"] == first
        assert [row["model"] for row in rows] == fit.to_frame()["model"].to_list()


def test_ranks_stand_in_the_order_of_the_rows() -> None:
    fit = plain_fit(8, SPECIAL)
    spec = plotting.forest(fit.board).to_dict()
    labels = next(p["labelExpr"] for p in parts(spec) if "labelExpr" in p)
    ranks = json.loads(labels.removesuffix("[datum.value]"))
    pairs = fit.to_frame().select("rank_low", "rank_high").iter_rows()
    assert ranks == [
        str(low) if low == high else f"{low}{plotting.text.RANGE}{high}" for low, high in pairs
    ]


def test_many_models_have_the_axis_on_top() -> None:
    for count, place in ((12, "bottom"), (40, "top")):
        spec = plotting.forest(plain_fit(count).board).to_dict()
        axes = [p for p in parts(spec) if p.get("title") == "Rating" and "tickCount" in p]
        assert {axis["orient"] for axis in axes} == {place}


def test_every_pair_is_a_circle_even_of_unbounded_models() -> None:
    fit = unbounded_fit()
    spec = plotting.calibration(fit.board, fit.pairs).to_dict()
    rows = rows_of(spec, layers(spec, "type", "circle")[0])
    assert len(rows) == len(fit.pairs)
    assert max(row["predicted"] for row in rows) == 1.0
    json.dumps(spec, allow_nan=False)


def test_without_z_there_is_no_key_of_it() -> None:
    fit = elo_ratings(votes_of(3), n_resamples=100)
    spec = plotting.calibration(fit.board, fit.pairs).to_dict()
    circles = layers(spec, "type", "circle")[0]
    assert "field" not in circles["encoding"]["color"]
    assert "z" not in {tip["title"] for tip in circles["encoding"]["tooltip"]}


@pytest.mark.parametrize(
    ("most", "counts"),
    [(1, [1]), (7, [2, 4, 6]), (60, [20, 40, 60]), (340, [100, 200, 300]), (5000, [2000, 4000])],
)
def test_the_key_of_sizes_has_round_counts(most: int, counts: list[int]) -> None:
    assert _round_counts(pl.Series([1, most])) == counts


@pytest.mark.parametrize("place", ["no/x.svg", "taken.svg"])
def test_a_place_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*(No such file|directory)"):
        plotting.save_chart(plotting.forest(plain_fit(3).board), tmp_path / place)


def test_held_out_shares_fill_the_chart() -> None:
    check = predictive_check(votes_of(3))
    spec = prediction.held_out(check).to_dict()
    scales = [p["scale"] for p in parts(spec) if p.get("type") == "quantitative" and "scale" in p]
    assert [scale["zero"] for scale in scales] == [False] * 4
    names = next(p["domain"] for p in parts(spec) if "domain" in p and "range" in p)
    assert names == ["Bradley-Terry", "Davidson", "Rao-Kupper", "Elo"]
    drawn = {p["method"] for p in parts(spec) if "method" in p}
    assert drawn == set(names)
