from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.plotting.made import make_fit, unbounded
from theodolite.errors import InputError
from theodolite.plotting.frames import favourites_first, intervals, matrix_cells, truth_rows


def test_infinite_ends_stop_at_the_edge() -> None:
    fit = unbounded(make_fit(12))
    rows = intervals(fit.board)
    best, worst = rows.frame.row(0, named=True), rows.frame.row(-1, named=True)
    assert (best["open_low"], best["open_high"]) == (False, True)
    assert (worst["open_low"], worst["open_high"]) == (True, False)
    assert best["end"] == rows.domain[1]
    assert worst["start"] == rows.domain[0]
    assert best["rating"] is worst["rating"] is None
    assert worst["interval_text"].startswith("-∞ to ")
    numbers = rows.frame.select("start", "end").to_numpy()
    assert np.isfinite(numbers).all()
    assert numbers.min() >= rows.domain[0]
    assert numbers.max() <= rows.domain[1]


def test_a_board_without_any_finite_number_has_an_axis() -> None:
    board = make_fit(3).board
    nothing = np.full(3, np.nan)
    rows = intervals(replace(board, rating=nothing, low=nothing, high=nothing))
    assert rows.domain[0] < board.scale.centre < rows.domain[1]


def test_pairs_are_turned_to_the_favourite() -> None:
    fit = make_fit(12)
    turned = favourites_first(fit.board, fit.pairs)
    assert (turned["position_a"] < turned["position_b"]).all()
    assert (turned["predicted"] >= 0.5).all()
    before = {
        frozenset(r[:2]): r for r in fit.pairs.select("model_a", "model_b", "share", "z").rows()
    }
    flipped = 0
    for a, b, share, z in turned.select("model_a", "model_b", "share", "z").iter_rows():
        first, _, old_share, old_z = before[frozenset((a, b))]
        flipped += first != a
        sign = 1 if first == a else -1
        assert share == pytest.approx(old_share if sign == 1 else 1 - old_share)
        assert z == pytest.approx(sign * old_z)
    assert 0 < flipped < len(turned)


def test_names_may_be_an_enum() -> None:
    fit = make_fit(12)
    names = pl.Enum(fit.board.models)
    typed = fit.pairs.with_columns(pl.col("model_a", "model_b").cast(names))
    assert favourites_first(fit.board, typed).equals(favourites_first(fit.board, fit.pairs))


def test_both_cells_of_each_pair() -> None:
    fit = make_fit(12)
    cells = matrix_cells(fit.board, fit.pairs)
    assert len(cells) == 2 * len(fit.pairs)
    assert (cells["row"] != cells["column"]).all()
    shares = {(r, c): s for r, c, s in cells.select("row", "column", "share").iter_rows()}
    assert all(shares[r, c] + shares[c, r] == pytest.approx(1) for r, c in shares)


class TestTruth:
    def truth(self, board, **ratings: float) -> pl.DataFrame:
        return pl.DataFrame({"model": board.models, "rating": board.rating, **ratings})

    def test_the_estimates_themselves_are_inside_wherever_centred(self) -> None:
        board = make_fit(12).board
        rows = truth_rows(board, self.truth(board).with_columns(pl.col("rating") - 777.0))
        assert rows["inside"].all()
        assert rows["ranks_inside"].all()
        assert rows["truth"].to_list() == pytest.approx(rows["rating"].to_list())

    def test_a_miss_is_seen(self) -> None:
        board = make_fit(12).board
        last = board.to_frame()["model"][-1]
        wrong = pl.when(pl.col("model") == last).then(2000.0).otherwise(pl.col("rating"))
        rows = truth_rows(board, self.truth(board).with_columns(rating=wrong))
        assert not rows.filter(pl.col("model") == last)["inside"].item()
        assert not rows.filter(pl.col("model") == last)["ranks_inside"].item()

    def test_tied_models_need_all_their_ranks(self) -> None:
        board = make_fit(3).board
        same = self.truth(board).with_columns(rating=pl.lit(1000.0))
        rows = truth_rows(board, same)
        everything = (pl.col("rank_low") == 1) & (pl.col("rank_high") == 3)
        assert rows["ranks_inside"].to_list() == rows.select(everything).to_series().to_list()
        narrow = replace(board, rank_low=board.rank, rank_high=board.rank)
        assert not truth_rows(narrow, same)["ranks_inside"].any()

    def test_an_infinite_end_holds(self) -> None:
        board = unbounded(make_fit(12)).board
        rating = np.where(np.isfinite(board.rating), board.rating, 5000.0)
        known = pl.DataFrame({"model": board.models, "rating": rating})
        assert truth_rows(board, known)["inside"][0]

    @pytest.mark.parametrize("drop", [True, False])
    def test_missing_and_double_strengths(self, drop: bool) -> None:
        board = make_fit(3).board
        known = self.truth(board)
        known = known.head(2) if drop else pl.concat([known, known.head(1)])
        with pytest.raises(InputError, match="no finite rating" if drop else "more than once"):
            truth_rows(board, known)
