"""Bradley-Terry: against a slow reference, its symmetries, published numbers, and its refusals."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.reference import SlowBradleyTerry
from tests.strategies import vote_frames
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotConnectedError,
    SeparatedError,
    TooFewError,
    TooLargeError,
    UsageError,
)
from theodolite.loading import load_votes
from theodolite.ratings import MOST_MODELS, bradley_terry, largest_component, simulate_votes
from theodolite.tables import Votes

CLOSE = 1e-8


def fit(frame: pl.DataFrame, **options):
    return bradley_terry(Votes.from_frame(frame), **options)


def frame_of(*rows: tuple[str, str, str], **columns: list) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
    return frame.with_columns(pl.Series(name, values) for name, values in columns.items())


def arena(n: int = 400, seed: int = 3) -> pl.DataFrame:
    ratings = {"a": 1100.0, "b": 1040.0, "c": 1000.0, "d": 930.0}
    frame = simulate_votes(ratings, n_votes=n, seed=seed).frame
    names = frame.select(pl.col("model_a", "model_b", "winner").cast(pl.String))
    return names.with_row_index("n").with_columns(
        voter=pl.col("n") % 23, weight=1.0 + pl.col("n") % 3, share_a=(pl.col("n") % 11) / 10
    )


class TestAgainstTheReference:
    @pytest.mark.parametrize("columns", [[], ["weight"], ["share_a"], ["weight", "share_a"]])
    @pytest.mark.parametrize("cluster", [None, "voter"])
    def test_strengths_and_covariance(self, columns: list[str], cluster: str | None) -> None:
        frame = arena().select("model_a", "model_b", "winner", "voter", *columns)
        got = fit(frame, cluster=cluster)
        want = SlowBradleyTerry(frame, cluster)
        assert got.board.models == tuple(want.models)
        np.testing.assert_allclose(got.board.theta, want.theta, atol=CLOSE)
        np.testing.assert_allclose(got.board.covariance, want.covariance(), atol=CLOSE)

    @pytest.mark.parametrize("cluster", [None, "voter"])
    def test_inverse_pair_counts_are_weights(self, cluster: str | None) -> None:
        frame = arena(900).drop("weight", "share_a")
        pair = pl.concat_list("model_a", "model_b").list.sort()
        by_hand = frame.with_columns(
            weight=1.0 / pl.max_horizontal(pl.len().over(pair), pl.lit(50)).cast(pl.Float64)
        )
        got = fit(frame, pair_weights="inverse-count", cluster=cluster)
        want = SlowBradleyTerry(by_hand, cluster)
        np.testing.assert_allclose(got.board.theta, want.theta, atol=CLOSE)
        np.testing.assert_allclose(got.board.covariance, want.covariance(), atol=CLOSE)


class TestSymmetries:
    @settings(max_examples=40, deadline=None)
    @given(frame=vote_frames(), data=st.data())
    def test_relabelling_permutes(self, frame: pl.DataFrame, data: st.DataObject) -> None:
        names = sorted(set(frame["model_a"]) | set(frame["model_b"]))
        other = dict(zip(names, data.draw(st.permutations(names)), strict=True))
        before = {r["model"]: r for r in fit(frame).to_frame().to_dicts()}
        renamed = frame.with_columns(pl.col("model_a", "model_b").replace(other))
        after = {r["model"]: r for r in fit(renamed).to_frame().to_dicts()}
        for old, new in other.items():
            for key in ("rating", "low", "high"):
                assert after[new][key] == pytest.approx(before[old][key], abs=1e-6)
            assert after[new]["votes"] == before[old]["votes"]

    @settings(max_examples=40, deadline=None)
    @given(frame=vote_frames(), which=st.integers(0, 2**30))
    def test_swapping_sides_changes_nothing(self, frame: pl.DataFrame, which: int) -> None:
        other = {"model_a": "model_b", "model_b": "model_a"}
        swap = pl.Series([bool(which >> (i % 30) & 1) for i in range(frame.height)])
        swapped = frame.select(
            pl.when(swap).then("model_b").otherwise("model_a").alias("model_a"),
            pl.when(swap).then("model_a").otherwise("model_b").alias("model_b"),
            pl.when(swap).then(pl.col("winner").replace(other)).otherwise("winner").alias("winner"),
        )
        one, two = fit(frame).board, fit(swapped).board
        np.testing.assert_allclose(one.theta, two.theta, atol=CLOSE)
        np.testing.assert_allclose(one.covariance, two.covariance, atol=CLOSE)

    @settings(max_examples=40, deadline=None)
    @given(frame=vote_frames(), row=st.integers(0, 100))
    def test_a_row_twice_is_weight_two(self, frame: pl.DataFrame, row: int) -> None:
        row %= frame.height
        ids = pl.int_range(pl.len()).alias("id")
        twice = pl.concat([frame.with_columns(ids), frame.with_columns(ids)[row : row + 1]])
        weighted = frame.with_columns(ids, weight=pl.when(ids == row).then(2.0).otherwise(1.0))
        # Clustered by the row that they come from, the two copies are one vote of weight two.
        one, two = fit(twice, cluster="id").board, fit(weighted, cluster="id").board
        np.testing.assert_allclose(one.theta, two.theta, atol=CLOSE)
        np.testing.assert_allclose(one.covariance, two.covariance, atol=CLOSE)

    def test_both_bad_is_half_a_win_each(self) -> None:
        frame = arena().select("model_a", "model_b", "winner")
        bad = frame.with_columns(pl.col("winner").replace({"tie": "both_bad"}))
        np.testing.assert_array_equal(fit(frame).board.theta, fit(bad).board.theta)

    def test_an_anchor_shifts_and_spreads_no_noise(self) -> None:
        plain = fit(arena()).board
        moved = fit(arena()).anchored("b", 1234.0).board
        assert moved.rating[1] == pytest.approx(1234.0)
        np.testing.assert_allclose(moved.high - moved.low, plain.high - plain.low)
        np.testing.assert_allclose(np.diff(moved.rating), np.diff(plain.rating))
        np.testing.assert_array_equal(moved.rank_low, plain.rank_low)

    def test_the_same_seed_gives_the_same_object(self) -> None:
        assert fit(arena(), seed=5).to_dict() == fit(arena(), seed=5).to_dict()


class TestPublishedNumbers:
    @pytest.mark.parametrize("name", ["llmfao", "food", "simple"])
    def test_golden_scores(self, data, name: str) -> None:
        golden = pl.read_csv(data(f"llmfao/{name}-golden.csv"), schema_overrides={"item": str})
        golden = golden.filter(algorithm="bradley_terry").sort("item")
        want = np.log(golden["score"].to_numpy())
        board = bradley_terry(load_votes(data(f"llmfao/{name}.csv"))).board
        assert list(board.models) == golden["item"].to_list()
        np.testing.assert_allclose(board.theta, want - want.mean(), atol=CLOSE)

    def test_arena_sample_equals_an_independent_fit(self, data) -> None:
        path = data("arena140k_sample/battles.csv")
        board = bradley_terry(load_votes(path)).board
        frame = pl.read_csv(path)
        index = {m: i for i, m in enumerate(board.models)}
        a = np.array([index[m] for m in frame["model_a"]])
        b = np.array([index[m] for m in frame["model_b"]])
        y = frame["winner"].replace_strict({"model_a": 1.0, "model_b": 0.0, "tie": 0.5}).to_numpy()

        def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
            gap = theta[a] - theta[b]
            slope = 1.0 / (1.0 + np.exp(-gap)) - y
            gradient = np.bincount(a, slope, 12) - np.bincount(b, slope, 12)
            return float((np.logaddexp(0.0, gap) - y * gap).sum()), gradient

        found = minimize(loss, np.zeros(12), jac=True, method="BFGS", options={"gtol": 1e-9})
        np.testing.assert_allclose(board.theta, found.x - found.x.mean(), atol=CLOSE)

    def test_arena_sample_lies_in_its_parents_intervals(self, data) -> None:
        parent = pl.read_csv(data("arena140k_sample/reference_ratings.csv")).sort("rawName")
        board = bradley_terry(load_votes(data("arena140k_sample/battles.csv"))).board
        assert list(board.models) == parent["rawName"].to_list()
        assert (board.theta > parent["ciLow"].to_numpy()).all()
        assert (board.theta < parent["ciHigh"].to_numpy()).all()


class TestRefusals:
    def test_unconnected_models_are_listed_by_group(self) -> None:
        frame = frame_of(("a", "b", "tie"), ("b", "c", "tie"), ("x", "y", "tie"))
        with pytest.raises(NotConnectedError, match="group 2: 'x', 'y'") as caught:
            fit(frame)
        assert caught.value.components == (("a", "b", "c"), ("x", "y"))
        assert caught.value.exit_code == 3

    def test_the_largest_component_is_kept_and_the_rest_counted(self) -> None:
        frame = frame_of(("a", "b", "tie"), ("b", "c", "tie"), ("x", "y", "tie"))
        votes = largest_component(Votes.from_frame(frame))
        assert votes.models == ("a", "b", "c")
        assert [r.count for r in votes.removed] == [1]
        assert largest_component(votes) is votes

    def test_the_largest_component_of_very_many_models(self) -> None:
        # A table of all pairs of these would take 40 GB.
        names = pl.Series([f"m{i:06d}" for i in range(200_000)])
        apart = pl.DataFrame({"model_a": names[::2], "model_b": names[1::2]})
        core = pl.DataFrame({"model_a": ["x", "y"], "model_b": ["y", "z"]})
        frame = pl.concat([apart, core]).with_columns(winner=pl.lit("tie"))
        assert largest_component(Votes.from_frame(frame)).models == ("x", "y", "z")

    def test_a_board_without_a_finite_estimate(self) -> None:
        with pytest.raises(SeparatedError, match="'b'") as caught:
            fit(frame_of(("a", "b", "model_a"), ("a", "b", "model_a")))
        assert caught.value.groups == (("a",), ("b",))

    def test_nothing_but_ties_gives_no_interval_of_width_nought(self) -> None:
        with pytest.raises(TooFewError, match="no spread"):
            fit(frame_of(("a", "b", "tie"), ("a", "b", "tie")))

    def test_one_cluster_is_too_few(self) -> None:
        with pytest.raises(TooFewError, match="at least two"):
            fit(arena().with_columns(voter=pl.lit("me")), cluster="voter")

    def test_a_vote_without_its_cluster_is_named(self) -> None:
        frame = arena().with_columns(voter=pl.when(pl.col("n") != 6).then("voter"))
        with pytest.raises(InputError, match="row 7, column voter: the cell is empty"):
            fit(frame, cluster="voter")

    def test_a_cluster_column_must_exist(self) -> None:
        with pytest.raises(MissingColumnError, match="no column session"):
            fit(arena(), cluster="session")

    def test_more_models_than_memory_holds(self) -> None:
        names = pl.Series([f"m{i:04d}" for i in range(MOST_MODELS + 1)])
        frame = pl.DataFrame({"model_a": names[:-1], "model_b": names[1:]})
        with pytest.raises(TooLargeError, match="5,001 models"):
            fit(frame.with_columns(winner=pl.lit("tie")))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"level": 95}, "between 0.5 and 1"),
            ({"seed": -1}, "negative"),
            ({"pair_weights": "none"}, "equal or inverse-count"),
            ({"ties": "drop"}, "half-win, davidson or rao-kupper"),
            ({"ties": "davidson"}, "soft votes"),
        ],
    )
    def test_options(self, options: dict, message: str) -> None:
        with pytest.raises(UsageError, match=message):
            fit(arena(), **options)

    @pytest.mark.parametrize(
        ("anchor", "message"),
        [(("nobody", 1000.0), "not among the 4 models"), (("a", float("nan")), "finite")],
    )
    def test_anchors(self, anchor: tuple[str, float], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            fit(arena()).anchored(*anchor)


class TestBeside:
    def test_pairs(self) -> None:
        pairs = fit(frame_of(*[("b", "a", "model_a")] * 3, ("a", "b", "model_a"))).pairs
        assert pairs.row(0)[:4] == ("a", "b", 4, 0.25)
        assert pairs.row(0)[4] == pytest.approx(0.25)
        assert pairs.row(0)[5] is None  # one pair, one strength: nothing is left to test

    def test_a_cycle_does_not_fit(self) -> None:
        cycle = [("a", "b", "model_a"), ("b", "c", "model_a"), ("c", "a", "model_a")]
        back = [(b, a, winner) for a, b, winner in cycle]
        test = fit(frame_of(*cycle * 60, *back * 20)).goodness_of_fit
        assert test.df == 1
        assert test.p_value < 1e-6
        assert fit(frame_of(*cycle * 60, *back * 60)).goodness_of_fit.p_value > 0.9

    def test_votes_of_a_model_are_those_it_took_part_in(self) -> None:
        board = fit(arena(50)).board
        assert board.votes.sum() == 100

    def test_results_cannot_be_written_to(self) -> None:
        with pytest.raises(ValueError, match="read-only"):
            fit(arena()).board.theta[0] = 0.0
