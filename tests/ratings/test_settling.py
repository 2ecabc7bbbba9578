"""Settling: its definitions against a slow reading of them, its symmetries, its refusals."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from scipy.optimize import brentq, minimize_scalar

from tests.ratings.settling_simulations import draw, is_wrong
from tests.strategies import vote_frames
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotConnectedError,
    SeparatedError,
    TooFewError,
    UsageError,
)
from theodolite.ratings import Looks, Scale, bradley_terry, settle, simulate_votes
from theodolite.ratings.watching import Boundary, Rules, watch
from theodolite.stats import fit_looks, simulate_shares
from theodolite.tables import Votes

POINTS = Scale().points
RATINGS = {"a": 1120.0, "b": 1060.0, "c": 1050.0, "d": 960.0, "e": 800.0}


def arena(n: int = 1500, seed: int = 4) -> pl.DataFrame:
    frame = simulate_votes(RATINGS, n_votes=n, seed=seed).frame
    start = datetime(2024, 4, 18, tzinfo=UTC)
    return frame.select(pl.col("model_a", "model_b", "winner").cast(pl.String)).with_columns(
        timestamp=pl.Series([start + timedelta(minutes=10 * i) for i in range(n)]),
        voter=pl.Series(np.random.default_rng(seed).integers(0, n // 10, n)),
        weight=pl.Series(np.random.default_rng(seed).choice([1.0, 2.0], n)),
    )


def width(information: float, rho: float, alpha: float) -> float:
    total = math.log((information + rho) / rho) + 2 * math.log(1 / alpha)
    return math.sqrt((information + rho) * total) / information


@cache
def slow_rho(target: float, alpha: float) -> float:
    """The rho that reaches the target with the least information, by search alone."""

    def needed(log_rho: float) -> float:
        return brentq(lambda i: width(i, math.exp(log_rho), alpha) - target, 1e-6, 1e9)

    middle = math.log(1 / target**2)
    return math.exp(minimize_scalar(needed, bounds=(middle - 4, middle + 4)).x)


def slow_width(information: float, target: float, alpha: float) -> float:
    return width(information, slow_rho(target, alpha), alpha)


class TestAgainstTheDefinition:
    def test_pairs_and_models_look_by_look(self) -> None:
        """Refit every prefix with bradley_terry, and read the definitions one by one."""
        frame, target = arena().drop("weight"), 60.0 / POINTS
        got = settle(Votes.from_frame(frame), half_width=60.0, looks=Looks(at_most=15))
        decided: dict[tuple[str, str], int] = {}
        claims: dict[tuple[str, str], int] = {}
        since: dict[str, int | None] = dict.fromkeys("abcde")
        z = NormalDist().inv_cdf(0.975)
        for end in range(100, 1501, 100):
            board = bradley_terry(Votes.from_frame(frame[:end])).board
            apart = settled = 0
            for i in range(5):
                if board.unbounded.any():
                    continue
                width = slow_width(1 / board.covariance[i, i], target, 0.05 / 5)
                within = bool(width <= target and board.votes[i] >= 50)
                settled += within
                name = board.models[i]
                since[name] = (since[name] or end) if within else None
                for j in range(5):
                    v = board.covariance
                    se = math.sqrt(v[i, i] + v[j, j] - 2 * v[i, j]) if i != j else 1.0
                    lead = board.theta[i] - board.theta[j]
                    pair = (board.models[i], board.models[j])
                    if i == j or lead <= 0 or min(board.votes[i], board.votes[j]) < 50:
                        continue
                    if lead > slow_width(1 / se**2, target, 0.05 / 10):
                        decided.setdefault(pair, end)
                    if lead > z * se:
                        claims.setdefault(pair, end)
                        apart += 1
            row = got.history.row(end // 100 - 1, named=True)
            assert (row["votes"], row["apart"], row["settled"]) == (end, apart, settled)
            assert row["decided"] == len(decided)
        rows = got.pairs.filter("decided").select("model_a", "model_b", "decided_after").rows()
        assert {(a, b): after for a, b, after in rows} == decided
        assert dict(got.models.select("model", "settled_after").rows()) == since
        assert sum(end is not None for end in since.values()) > 0
        assert not got.pairs["contradicted"].any()
        assert got.claims == len({tuple(sorted(pair)) for pair in claims})
        assert 3 < len(decided) < 10

    def test_the_last_look_is_the_board(self) -> None:
        for cluster in (None, "voter"):
            votes = Votes.from_frame(arena())
            got, board = settle(votes, cluster=cluster), bradley_terry(votes, cluster=cluster).board
            want = board.to_frame().sort("model")
            models = got.models.sort("model")
            np.testing.assert_allclose(models["rating"], want["rating"], atol=1e-6)
            alpha = 0.05 / 5
            width = [slow_width(1 / v, 10 / POINTS, alpha) for v in np.diag(board.covariance)]
            np.testing.assert_allclose(models["half_width"], POINTS * np.array(width), rtol=1e-4)

    def test_votes_needed_are_enough_and_not_too_many(self) -> None:
        """A board with the votes that it needed, drawn as before, is just settled."""
        votes = simulate_votes(RATINGS, n_votes=4000, seed=1)
        first = settle(votes, half_width=20.0)
        total = 4000 + first.votes_needed
        again = settle(simulate_votes(RATINGS, n_votes=total, seed=2), half_width=20.0)
        assert again.models["half_width"].max() == pytest.approx(20.0, rel=0.05)

    def test_the_best_pairing_settles_the_board(self) -> None:
        """Draw the pairs as the plan says: with fewer votes b and c are told apart."""
        votes = simulate_votes(RATINGS, n_votes=4000, seed=1)
        first = settle(votes, top=2)
        assert first.votes_needed_best < 0.8 * first.votes_needed
        rating, rows = dict(first.models.select("model", "rating").rows()), []
        rng = np.random.default_rng(3)
        for a, b, n, _ in first.best_pairs.rows():
            p = 1 / (1 + math.exp((rating[b] - rating[a]) / POINTS))
            share = simulate_shares(np.full(n, math.log(p / (1 - p))), even_tie_share=0.25, rng=rng)
            labels = {1.0: "model_a", 0.5: "tie", 0.0: "model_b"}
            rows += [(a, b, labels[y]) for y in share.tolist()]
        columns = ["model_a", "model_b", "winner"]
        more = pl.DataFrame(rows, schema=columns, orient="row")
        old = votes.frame.select(pl.col(columns).cast(pl.String))
        second = settle(Votes.from_frame(pl.concat([old, more])), top=2)
        for row in first.pairs.filter(pl.col("votes_needed") > 0).to_dicts():
            names = [row["model_a"], row["model_b"]]
            now = second.pairs.filter(
                pl.col("model_a").is_in(names), pl.col("model_b").is_in(names)
            )
            half = (now["high"][0] - now["low"][0]) / 2
            if row["model_a"] == "b" and row["model_b"] == "c":
                assert half == pytest.approx(row["gap"], rel=0.1)


class TestSymmetries:
    @given(vote_frames())
    @settings(max_examples=15, deadline=None)
    def test_sides_may_be_swapped_and_models_renamed(self, frame) -> None:
        options = {"half_width": 300.0, "burn_in": 2, "looks": Looks(at_most=5)}
        plain = settle(Votes.from_frame(frame), **options)
        swapped = frame.select(
            model_a="model_b",
            model_b="model_a",
            winner=pl.col("winner").replace({"model_a": "model_b", "model_b": "model_a"}),
        )
        other = settle(Votes.from_frame(swapped), **options)
        assert other.votes_needed == plain.votes_needed
        assert other.history.equals(plain.history)
        renamed = frame.with_columns(pl.col("model_a", "model_b").str.reverse())
        other = settle(Votes.from_frame(renamed), **options)
        assert other.history["decided"].to_list() == plain.history["decided"].to_list()

    def test_a_row_twice_in_one_cluster_is_weight_two(self) -> None:
        frame = arena().drop("weight").with_row_index("id")
        twice = pl.concat([frame, frame]).sort("id", maintain_order=True)
        weighted = frame.with_columns(weight=2.0)
        looks = Looks(at_most=10)
        one = settle(Votes.from_frame(twice), cluster="id", looks=looks, burn_in=100)
        two = settle(Votes.from_frame(weighted), cluster="id", looks=looks, burn_in=50)
        np.testing.assert_allclose(one.models["half_width"], two.models["half_width"], rtol=1e-8)
        assert one.history["decided"].to_list() == two.history["decided"].to_list()

    def test_the_order_of_time_is_not_that_of_the_file(self) -> None:
        frame = arena()
        looks = Looks(by="day")
        plain = settle(Votes.from_frame(frame), looks=looks)
        mixed = settle(
            Votes.from_frame(frame.sample(fraction=1.0, shuffle=True, seed=1)), looks=looks
        )
        assert mixed.history["votes"].to_list() == plain.history["votes"].to_list()
        assert mixed.history["decided"].to_list() == plain.history["decided"].to_list()


class TestLooks:
    def test_by_day_there_is_one_look_at_the_end_of_each(self) -> None:
        got = settle(Votes.from_frame(arena()), looks=Looks(by="day"))
        days = got.history["time"].dt.date()
        assert len(days) == days.n_unique() == 11
        assert got.history["votes"][:2].to_list() == [144, 288]
        assert got.history["time"][0] == datetime(2024, 4, 18, 23, 50, tzinfo=UTC)
        row = got.pairs.filter("decided").row(0, named=True)
        at = got.history.filter(pl.col("time") == row["decided_at"])
        assert at["votes"].to_list() == [row["decided_after"]]

    @pytest.mark.parametrize(
        ("by", "n"), [("hour", 100), ("week", 2), ("month", 1), ("votes", 100)]
    )
    def test_other_periods(self, by, n) -> None:
        got = settle(Votes.from_frame(arena()), looks=Looks(by=by))
        assert len(got.history) == n
        assert got.history["votes"][-1] == 1500
        assert got.to_dict()["settings"]["by"] == by

    def test_fewer_votes_than_looks(self) -> None:
        got = settle(Votes.from_frame(arena(60)), burn_in=10, looks=Looks(at_most=100))
        assert got.history["votes"].to_list() == list(range(1, 61))


class TestVerdict:
    def test_a_settled_board_needs_nothing(self) -> None:
        got = settle(simulate_votes(RATINGS, n_votes=20_000, seed=1), half_width=40.0)
        assert got.settled
        assert (got.votes_needed, got.votes_needed_best) == (0, 0)
        assert got.models["settled"].all()
        assert set(got.models["votes_needed"]) == {0}
        assert got.models["settled_after"].is_not_null().all()
        assert got.since == (got.models["settled_after"].max(), None)

    def test_the_top_may_be_settled_before_the_rest(self) -> None:
        votes = simulate_votes(RATINGS, n_votes=6000, seed=1)
        top, close = settle(votes, top=1), settle(votes, top=2)
        assert top.settled
        assert not close.settled
        # The board is settled when the last pair is that it waited for.
        first = top.models["model"][0]
        waited = top.pairs.filter(pl.col("model_a") == first)["decided_after"]
        assert top.since == (waited.max(), None)
        assert (top.to_dict()["settled_after"], close.since) == (waited.max(), None)
        crossing = close.pairs.filter(
            pl.col("model_a").is_in(["a", "b"]) & ~pl.col("model_b").is_in(["a", "b"])
        )
        assert close.votes_needed == crossing["votes_needed"].max()

    def test_a_tie_is_never_decided_by_any_number(self) -> None:
        rows = [("x", "y", "model_a"), ("y", "x", "model_a")] * 200
        frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
        got = settle(Votes.from_frame(frame), top=1)
        assert not got.settled
        assert got.votes_needed is got.votes_needed_best is None
        assert got.pairs["votes_needed"].to_list() == [None]

    def test_models_that_cannot_be_rated_stay_and_are_not_settled(self) -> None:
        frame = arena().select("model_a", "model_b", "winner")
        won = pl.DataFrame([("champion", "a", "model_a")] * 60, schema=frame.schema, orient="row")
        got = settle(Votes.from_frame(pl.concat([frame, won])), half_width=500.0)
        assert got.unrated == ["champion"]
        last = got.models.row(-1, named=True)
        assert (last["model"], last["rating"], last["settled"]) == ("champion", None, False)
        assert got.models["settled"].sum() == 5
        assert not got.settled
        assert got.votes_needed is None
        assert len(got.pairs) == 15
        assert got.pairs.filter(pl.col("model_b") == "champion")["gap"].null_count() > 0

    def test_a_late_model_waits_for_its_burn_in(self) -> None:
        frame = arena().select("model_a", "model_b", "winner")
        late = [("new", "a", "model_a"), ("a", "new", "model_a")] * 10
        frame = pl.concat([frame, pl.DataFrame(late, schema=frame.schema, orient="row")])
        got = settle(Votes.from_frame(frame), half_width=2000.0)
        row = got.models.filter(pl.col("model") == "new").row(0, named=True)
        assert (row["half_width"], row["settled"]) == (None, False)
        assert row["votes_needed"] == got.votes_needed == math.ceil(1520 * 30 / 20)
        assert got.votes_needed_best == 30
        assert got.best_pairs["votes"].to_list() == [30]

    def test_too_many_models_get_no_pairing(self, monkeypatch) -> None:
        monkeypatch.setattr("theodolite.ratings.needed.MOST_PLANNED", 4)
        got = settle(Votes.from_frame(arena()))
        assert got.votes_needed > 0
        assert got.votes_needed_best is None

    def test_later_evidence_against_a_decision_is_flagged_and_does_not_undo_it(self) -> None:
        """Strengths that change break the promise: x beats y, then loses for long."""
        rows = [("x", "y", "model_a")] * 300 + [("x", "y", "model_b")] * 100
        rows += [("x", "y", "model_b")] * 1500 + [("x", "y", "model_a")] * 100
        frame = pl.DataFrame(rows, schema=["model_a", "model_b", "winner"], orient="row")
        got = settle(Votes.from_frame(frame), half_width=50.0)
        row = got.pairs.row(0, named=True)
        assert (row["model_a"], row["decided"], row["contradicted"]) == ("x", True, True)
        assert row["gap"] < 0
        wrong = got.reversals.row(0, named=True)
        assert (wrong["model_a"], wrong["certain"]) == ("x", False)
        assert got.withdrawn == 1
        top = settle(Votes.from_frame(frame), half_width=50.0, top=1)
        assert (top.settled, top.votes_needed, top.votes_needed_best) == (False, None, None)


def test_the_simulation_sees_wrong_decisions() -> None:
    """With a sequence as narrow as an ordinary interval the histories do go wrong."""
    rng, theta = np.random.default_rng(0), np.zeros(4)
    narrow = Rules.of(4, target=0.06, level=0.95, burn_in=20)
    narrow = Rules(Boundary(1e3, 0.99), narrow.models, narrow.quantile, narrow.target, 20)
    reference = np.zeros(6, dtype=np.int64)
    votes = [draw(rng, theta, n_votes=3000, n_looks=60) for _ in range(10)]
    seen = [
        watch(fit_looks(v, n_looks=60, start=theta), narrow, reference=reference, k=4)
        for v in votes
    ]
    assert sum(is_wrong(s, reference) for s in seen) >= 5


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"level": 95}, "between 0.5 and 1"),
            ({"half_width": 0.0}, "above 0 points"),
            ({"half_width": math.nan}, "above 0 points"),
            ({"burn_in": 0}, "at least one vote"),
            ({"top": 0}, "of 1 to 4 models"),
            ({"top": 5}, "of 1 to 4 models, not of 5"),
        ],
    )
    def test_options(self, options, message) -> None:
        with pytest.raises(UsageError, match=message):
            settle(Votes.from_frame(arena()), **options)

    def test_looks(self) -> None:
        with pytest.raises(UsageError, match="votes, hour, day, week, month"):
            Looks(by="year")
        with pytest.raises(UsageError, match="at least one look"):
            Looks(at_most=0)

    def test_a_vote_without_its_time_is_named(self) -> None:
        frame = arena().with_columns(
            timestamp=pl.when(pl.int_range(pl.len()) != 6).then("timestamp")
        )
        with pytest.raises(InputError, match="row 7, column timestamp: the cell is empty"):
            settle(Votes.from_frame(frame), looks=Looks(by="day"))
        with pytest.raises(MissingColumnError, match="no column timestamp"):
            settle(Votes.from_frame(frame.drop("timestamp")), looks=Looks(by="day"))

    def test_too_few_votes(self) -> None:
        with pytest.raises(TooFewError, match="no model has the 50 votes of the burn-in"):
            settle(Votes.from_frame(arena(60)))

    def test_what_bradley_terry_refuses(self) -> None:
        columns = ["model_a", "model_b", "winner"]
        apart = pl.DataFrame([("a", "b", "tie"), ("x", "y", "tie")], schema=columns, orient="row")
        with pytest.raises(NotConnectedError):
            settle(Votes.from_frame(apart))
        won = pl.DataFrame([("a", "b", "model_a")] * 99, schema=columns, orient="row")
        with pytest.raises(SeparatedError):
            settle(Votes.from_frame(won))
        tied = pl.DataFrame([("a", "b", "tie")] * 99, schema=columns, orient="row")
        with pytest.raises(TooFewError, match="no spread"):
            settle(Votes.from_frame(tied))
        with pytest.raises(TooFewError, match="at least two"):
            settle(Votes.from_frame(arena().with_columns(voter=pl.lit("me"))), cluster="voter")
