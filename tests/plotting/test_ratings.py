from __future__ import annotations

import json

import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP, make_fit, unbounded
from theodolite.plotting import ratings
from theodolite.plotting.text import RANGE

SPECIAL = (HOSTILE, MARKUP, CHINESE, LONG)


def marks(chart) -> list[str]:
    found: list[str] = []

    def walk(node) -> None:
        if isinstance(node, dict):
            if "mark" in node:
                mark = node["mark"]
                found.append(mark["type"] if isinstance(mark, dict) else mark)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(chart.to_dict())
    return found


def test_hostile_names_survive_the_way_into_the_data() -> None:
    fit = make_fit(12, special=(*SPECIAL, 'quote " and, comma'))
    spec = ratings.forest(fit.board).to_dict()
    rows = [pl.read_csv(text.encode()) for text in spec["datasets"].values() if "model," in text]
    assert set(rows[0]["model"]) == set(fit.board.models)


def domains(chart, channel: str) -> list[list[object]]:
    found: list[list[object]] = []

    def walk(node) -> None:
        if isinstance(node, dict):
            scale = (node.get(channel) or {}) if isinstance(node.get(channel), dict) else {}
            domain = (scale.get("scale") or {}).get("domain")
            if domain is not None:
                found.append(domain)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(chart.to_dict())
    return found


def charts(fit):
    truth = pl.DataFrame({"model": fit.board.models, "rating": range(len(fit.board.models))})
    return {
        "forest": ratings.forest(fit.board),
        "matrix": ratings.win_matrix(fit.board, fit.pairs),
        "calibration": ratings.calibration(fit.board, fit.pairs),
        "truth": ratings.truth(fit.board, truth),
    }


@pytest.mark.parametrize("count", [3, 12, 100])
def test_every_chart_is_valid_and_finite(count: int) -> None:
    fit = unbounded(make_fit(count, special=SPECIAL if count == 12 else ()))
    for chart in charts(fit).values():
        json.dumps(chart.to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", ["forest", "truth"])
def test_rows_are_best_first(name: str) -> None:
    fit = make_fit(12, special=SPECIAL)
    best_first = fit.board.to_frame()["model"].to_list()
    assert best_first in domains(charts(fit)[name], "y")


def test_a_forest_grows_by_a_step_a_model_and_shows_all_labels() -> None:
    heights = [ratings.forest(make_fit(count).board).to_dict()["height"] for count in (3, 100)]
    assert heights == [3 * ratings.ROW_STEP, 100 * ratings.ROW_STEP]
    text = json.dumps(ratings.forest(make_fit(100).board).to_dict())
    assert '"labelOverlap": true' not in text
    assert text.count('"labelOverlap": false') >= 2


def test_the_ranks_left_open_are_written_beside() -> None:
    board = make_fit(12).board
    text = json.dumps(ratings.forest(board).to_dict(), ensure_ascii=False)
    row = board.to_frame().row(1, named=True)
    assert f"{row['rank_low']}{RANGE}{row['rank_high']}" in text


def test_arrows_only_for_infinite_ends() -> None:
    fit = make_fit(12)
    assert "triangle" not in json.dumps(ratings.forest(fit.board).to_dict())
    text = json.dumps(ratings.forest(unbounded(fit).board).to_dict())
    assert text.count("triangle-left") == text.count("triangle-right") == 1


def test_no_name_is_ever_read_as_an_expression() -> None:
    fit = make_fit(12, special=SPECIAL)
    for chart in charts(fit).values():

        def walk(node) -> None:
            if isinstance(node, dict):
                for key, child in node.items():
                    if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                        assert not any(name in str(child) for name in fit.board.models)
                    walk(child)
            elif isinstance(node, list):
                for child in node:
                    walk(child)

        walk(chart.to_dict())


def test_shares_are_written_into_few_cells_only() -> None:
    few, many = make_fit(12), make_fit(20)
    assert marks(ratings.win_matrix(few.board, few.pairs)).count("text") == 1
    assert marks(ratings.win_matrix(many.board, many.pairs)).count("text") == 0


def test_the_colours_of_the_matrix_are_centred_on_one_half() -> None:
    fit = make_fit(12)
    domain = domains(ratings.win_matrix(fit.board, fit.pairs), "color")[0]
    assert domain[len(domain) // 2] == 0.5


def test_pairs_without_a_z_are_no_outliers() -> None:
    fit = make_fit(12)
    pairs = fit.pairs.with_columns(z=pl.lit(None, dtype=pl.Float64))
    spec = ratings.calibration(fit.board, pairs).to_dict()
    circles = spec["datasets"][spec["layer"][0]["data"]["name"]]
    assert set(pl.read_csv(circles.encode())["group"]) == {"|z| up to 3"}


def test_misses_stand_out() -> None:
    fit = make_fit(12)
    truth = pl.DataFrame({"model": fit.board.models, "rating": fit.board.rating})
    first = pl.col("model") == fit.board.models[0]
    wrong = truth.with_columns(rating=pl.when(first).then(1.0).otherwise(pl.col("rating")))
    held, missed = (json.dumps(ratings.truth(fit.board, t).to_dict()) for t in (truth, wrong))
    assert held.count("misses the truth") < missed.count("misses the truth")
