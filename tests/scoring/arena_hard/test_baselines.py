"""Arena-Hard's baselines, one a category, and the board as the mean of categories."""

from __future__ import annotations

import polars as pl
import pytest

from tests.scoring.arena_hard.made import BASE, World, by_name, table
from theodolite.errors import InputError, MissingColumnError
from theodolite.scoring import score_arena_hard


class TestBaselines:
    @staticmethod
    def two() -> pl.DataFrame:
        frame = World((0.8, -0.2)).games(60, seed=9)
        other = (
            World((-0.5, 0.4))
            .games(40, seed=10)
            .with_columns(
                pl.col("model_a", "model_b").replace(BASE, "second"),
                item_id=pl.col("item_id") + 1000,
                category=pl.lit("writing"),
                baseline=pl.lit("second"),
            )
        )
        own = frame.with_columns(category=pl.lit("hard"), baseline=pl.lit(BASE))
        return pl.concat([own, other])

    def test_a_category_may_have_its_own(self) -> None:
        board = score_arena_hard(table(self.two()))
        parts = board.categories.filter(model="m0")
        whole = by_name(board)["m0"]
        mean = float((parts["score"] * parts["n"]).sum() / parts["n"].sum())
        assert whole["score"] == pytest.approx(mean, abs=1e-6)
        assert whole["n"] == 100
        assert whole["strength"] is None
        assert board.baselines["baseline"].to_list() == [BASE, "second"]
        assert board.baselines["questions"].to_list() == [60, 40]

    def test_two_in_one_category_are_refused(self) -> None:
        frame = self.two().with_columns(category=pl.lit("hard"), item_id=pl.int_range(pl.len()))
        with pytest.raises(InputError, match=r"row 241, column baseline: 'second' is not the only"):
            score_arena_hard(table(frame.drop("game")))

    def test_none_is_named(self) -> None:
        with pytest.raises(MissingColumnError, match="--baseline"):
            score_arena_hard(table(World((0.5,)).games(5, seed=1)))

    def test_one_that_did_not_play(self) -> None:
        with pytest.raises(InputError, match="'other' is neither model_a nor model_b"):
            score_arena_hard(table(World((0.5,)).games(5, seed=1)), baseline="other")

    def test_the_board_is_the_mean_of_large_categories(self) -> None:
        frame = World((0.8, -0.2)).games(60, seed=9)
        frame = frame.with_columns(
            category=pl.when(pl.col("item_id") < 25).then(pl.lit("a")).otherwise(pl.lit("b"))
        )
        board = score_arena_hard(table(frame), baseline=BASE)
        assert board.by_category
        parts = board.categories.filter(model="m0").sort("category")
        assert parts["n"].to_list() == [25, 35]
        mean = float((parts["score"] * parts["n"]).sum()) / 60
        assert by_name(board)["m0"]["score"] == pytest.approx(mean)

    def test_small_categories_are_taken_together(self) -> None:
        frame = World((0.8, -0.2)).games(60, seed=9)
        small = frame.with_columns(
            category=pl.when(pl.col("item_id") < 12).then(pl.lit("a")).otherwise(pl.lit("b"))
        )
        board, plain = (score_arena_hard(table(f), baseline=BASE) for f in (small, frame))
        assert not board.by_category
        assert board.categories.height == 4
        assert board.models["score"].to_list() == plain.models["score"].to_list()
        assert "fewer than 20 questions" in board.notes[-1]

    def test_a_category_without_an_answer_is_a_note(self) -> None:
        frame = (
            World((0.5, -0.5))
            .games(30, seed=6)
            .with_columns(
                category=pl.when(pl.col("item_id") < 15).then(pl.lit("a")).otherwise(pl.lit("b"))
            )
        )
        mute = (pl.col("category") == "b") & (
            (pl.col("model_a") == "m1") | (pl.col("model_b") == "m1")
        )
        frame = frame.with_columns(pl.when(mute).then(None).otherwise("verdict").alias("verdict"))
        board = score_arena_hard(table(frame), baseline=BASE)
        assert board.categories.is_empty()
        assert any(note.startswith("No scores by category") for note in board.notes)
