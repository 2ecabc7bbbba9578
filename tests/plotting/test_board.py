"""Charts of a benchmark board."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pytest

from tests.claims.quizzes import score_frame, scores_of
from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import domains, marks
from theodolite.claims import Board, board
from theodolite.plotting.board import MOST_IN_MATRIX, differences, standings
from theodolite.plotting.board_frames import difference_cells
from theodolite.plotting.parts import ROW_STEP
from theodolite.plotting.text import RANGE

SPECIAL = {"m0": HOSTILE, "m1": MARKUP, "m2": CHINESE, "m3": LONG}


@cache
def made(models: int, *, items: int = 300) -> Board:
    frame = score_frame(models, benchmarks=(("quiz", items), ("riddles", 40)))
    special = SPECIAL if models == 12 else {}
    return board(scores_of(frame.with_columns(pl.col("model").replace(special))))


def cells_of(chart) -> pl.DataFrame:
    data = [text for text in chart.to_dict()["datasets"].values() if isinstance(text, str)]
    return pl.read_csv(data[0].encode())


@pytest.mark.parametrize("count", [2, 5, 12, 60])
def test_every_chart_is_valid_and_finite(count: int) -> None:
    for chart in (standings, differences):
        for benchmark in (None, "riddles"):
            json.dumps(chart(made(count), benchmark).to_dict(), allow_nan=False)


def test_rows_are_best_first_and_ranks_stand_beside() -> None:
    got = made(12)
    best_first = got.of("quiz")["model"].to_list()
    chart = standings(got, "quiz")
    assert best_first in domains(chart, "y")
    assert chart.to_dict()["height"] == 12 * ROW_STEP
    row = got.of("quiz").row(0, named=True)
    text = json.dumps(chart.to_dict(), ensure_ascii=False)
    assert f"{row['rank_low']}{RANGE}{row['rank_high']}" in text


def test_the_first_is_the_average() -> None:
    assert standings(made(5)).to_dict()["title"]["text"] == "Score and rank: mean of 2 benchmarks"
    title = differences(made(5), "quiz").to_dict()["title"]["text"]
    assert title == "Who is really better: quiz"


def test_only_pairs_that_are_told_apart_have_a_cell_and_the_sign_is_the_rows() -> None:
    got = made(12)
    models = got.of("quiz")["model"].to_list()
    cells = difference_cells(got, "quiz", models)
    decided = got.pairs.filter((pl.col("benchmark") == "quiz") & pl.col("better").is_not_null())
    assert 0 < len(decided) < 66
    assert len(cells) == 2 * len(decided)
    for cell in cells.to_dicts():
        ahead = models[cell["row"]] if cell["difference"] > 0 else models[cell["column"]]
        both = {models[cell["row"]], models[cell["column"]]}
        pair = decided.filter(pl.col("model_a").is_in(both) & pl.col("model_b").is_in(both))
        assert pair["better"].item() == ahead
        assert cell["low"] < cell["difference"] < cell["high"]
    drawn = cells_of(differences(got, "quiz"))
    assert drawn["difference"].to_list() == pytest.approx(
        (100 * cells["difference"]).to_list(), abs=5e-5
    )


def test_numbers_are_written_where_there_is_room() -> None:
    assert "text" in marks(differences(made(5)))
    assert "text" not in marks(differences(made(60)))


def test_of_many_models_the_best_are_drawn() -> None:
    got = made(MOST_IN_MATRIX + 5, items=40)
    spec = differences(got).to_dict()
    assert f"The best {MOST_IN_MATRIX} of {MOST_IN_MATRIX + 5}." in spec["title"]["subtitle"][0]
    assert len(domains(differences(got), "y")[0]) == MOST_IN_MATRIX


def test_nothing_decided_is_an_empty_matrix() -> None:
    frame = score_frame(2, benchmarks=(("quiz", 9),)).with_columns(score=pl.lit(1.0))
    got = board(scores_of(frame))
    assert got.pairs["better"].is_null().all()
    json.dumps(differences(got).to_dict(), allow_nan=False)


def test_other_scales_are_not_in_percent() -> None:
    frame = score_frame(4, benchmarks=(("quiz", 300),)).with_columns(pl.col("score") * 10)
    got = board(scores_of(frame))
    assert "points" not in json.dumps(differences(got).to_dict())
    assert "%" not in json.dumps(standings(got).to_dict()["layer"])


def test_no_name_is_ever_read_as_an_expression() -> None:
    got = made(12)
    names = set(got.models["model"])

    def walk(node) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(name in str(child) for name in names)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for chart in (standings(got), differences(got)):
        walk(chart.to_dict())
