"""Arena-Hard's scores: against a slow reference, recovered, and where there is no estimate."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize
from scipy.stats import t as student

from tests.scoring.arena_hard.made import BASE, World, by_name, judged, table
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
)
from theodolite.scoring import score_arena_hard

TEN = 10


def found(first: list[list[int]], second: list[list[int]], **options):
    return score_arena_hard(judged(first, second), baseline=BASE, **options)


class Slow:
    """The same estimate by a general optimiser, game by game, with numerical derivatives."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.models = sorted(set(frame["model_a"]) | set(frame["model_b"]))
        self.models.remove(BASE)
        self.rows = []
        for row in frame.iter_rows(named=True):
            first = row["model_a"] != BASE
            model = row["model_a"] if first else row["model_b"]
            level = ["B>>A", "B>A", "A=B", "A>B", "A>>B"].index(row["verdict"])
            self.rows.append(
                (
                    row["item_id"],
                    self.models.index(model),
                    1 if first else -1,
                    level if first else 4 - level,
                )
            )
        k = len(self.models)
        start = np.concatenate([np.zeros(k + 1), [0.3, 1.2]])
        self.x = minimize(lambda x: -self.logs(x).sum(), start, method="BFGS", tol=1e-9).x

    def logs(self, x: np.ndarray) -> np.ndarray:
        k = len(self.models)
        cuts = np.array([-np.inf, -x[k + 2], -x[k + 1], x[k + 1], x[k + 2], np.inf])
        model = np.array([row[1] for row in self.rows])
        eta = x[model] + x[k] * np.array([row[2] for row in self.rows])
        level = np.array([row[3] for row in self.rows])
        upper, lower = (1 / (1 + np.exp(-(eta - cuts[level + up]))) for up in (0, 1))
        return np.log(upper - lower)

    def score(self, x: np.ndarray, m: int) -> float:
        k = len(self.models)
        total = 0.0
        for sign in (1, -1):
            for cut in (x[k + 1], -x[k + 1]):
                total += 1 / (1 + np.exp(-(x[m] + sign * x[k] - cut))) / 4
        return total

    def interval(self, m: int) -> tuple[float, float]:
        size, step = len(self.x), 1e-4
        units = np.eye(size) * step
        by_game = np.array([(self.logs(self.x + u) - self.logs(self.x - u)) for u in units])
        by_game /= 2 * step
        items = sorted({row[0] for row in self.rows})
        u = np.zeros((len(items), size))
        for column, row in enumerate(self.rows):
            u[items.index(row[0])] += by_game[:, column]

        def total(x: np.ndarray) -> float:
            return float(self.logs(x).sum())

        hessian = np.array(
            [
                [
                    -(
                        total(self.x + a + b)
                        - total(self.x + a - b)
                        - total(self.x - a + b)
                        + total(self.x - a - b)
                    )
                    / (4 * step**2)
                    for b in units
                ]
                for a in units
            ]
        )
        bread = np.linalg.inv(hessian)
        g = len(items)
        v = bread @ u.T @ u @ bread * g / (g - 1)
        slope = np.array(
            [(self.score(self.x + a, m) - self.score(self.x - a, m)) / (2 * step) for a in units]
        )
        p = self.score(self.x, m)
        half = student.ppf(0.975, g - 1) * np.sqrt(slope @ v @ slope) / (p * (1 - p))
        middle = np.log(p / (1 - p))
        return tuple(100 / (1 + np.exp(-(middle + s * half))) for s in (-1, 1))


class TestEstimate:
    def test_is_that_of_a_general_optimiser(self) -> None:
        frame = World((-1.0, 0.2, 1.2), question=0.8).games(40, seed=1)
        slow, rows = Slow(frame), by_name(score_arena_hard(table(frame), baseline=BASE))
        for m, name in enumerate(slow.models):
            assert rows[name]["score"] == pytest.approx(100 * slow.score(slow.x, m), abs=1e-3)
            low, high = slow.interval(m)
            assert (rows[name]["low"], rows[name]["high"]) == pytest.approx((low, high), abs=0.02)

    def test_truth_is_found(self) -> None:
        world = World()
        board = score_arena_hard(table(world.games(3000, seed=2)), baseline=BASE)
        truth = dict(zip(world.names, world.shares()[0], strict=True))
        for row in board.models.to_dicts():
            error = (row["high"] - row["low"]) / 4
            assert abs(row["score"] - truth[row["model"]]) < 4 * error
        assert [row["model"] for row in board.models.to_dicts()] == ["m3", "m2", "m1", "m0"]
        place = board.parameters.row(0, named=True)
        assert place["low"] - 0.05 < world.position < place["high"] + 0.05

    def test_mirrored_games_mirror_the_scores(self) -> None:
        first, second = [[4, 3, 1, 2, 0, 3]] * 2, [[3, 3, 0, 2, 1, 4]] * 2
        flip = [[4 - v for v in row] for row in second], [[4 - v for v in row] for row in first]
        one, two = found(first, second), found(*flip)
        assert one.models["score"].to_numpy() == pytest.approx(100 - two.models["score"].to_numpy())

    def test_position_of_each_model(self) -> None:
        world = World((0.0, 0.0), position=0.0)
        frame = world.games(2000, seed=3)
        shifted = World((0.0, 0.0), position=1.0).games(2000, seed=3)
        own = pl.concat(
            [
                frame.filter((pl.col("model_a") == "m0") | (pl.col("model_b") == "m0")),
                shifted.filter((pl.col("model_a") == "m1") | (pl.col("model_b") == "m1")),
            ]
        )
        rows = by_name(score_arena_hard(table(own), baseline=BASE, position="model"))
        assert rows["m0"]["position_low"] < 0.0 < rows["m0"]["position_high"]
        assert rows["m1"]["position_low"] < 1.0 < rows["m1"]["position_high"]
        assert rows["m1"]["position_low"] > 0.5

    def test_style_is_held_equal(self) -> None:
        rng = np.random.default_rng(4)
        frame = World((0.0,), position=0.0).games(3000, seed=5)
        longer = rng.random(len(frame)) < 0.7
        a = frame["model_a"].to_numpy() == "m0"
        long, short = np.where(longer, 300.0, 100.0), np.full(len(frame), 100.0)
        lead = 1.5 * (long - short) / (long + short)
        eta = lead + rng.logistic(size=len(frame))
        level = np.digitize(eta, [-1.6, -0.4, 0.4, 1.6])
        shown = np.where(a, level, 4 - level)
        verdicts = np.array(["B>>A", "B>A", "A=B", "A>B", "A>>B"])[shown]
        frame = frame.with_columns(
            verdict=pl.Series(verdicts),
            tokens_a=pl.Series(np.where(a, long, short)),
            tokens_b=pl.Series(np.where(a, short, long)),
        )
        plain = score_arena_hard(table(frame), baseline=BASE).models.row(0, named=True)
        board = score_arena_hard(table(frame), baseline=BASE, style=("tokens",))
        held = board.models.row(0, named=True)
        assert plain["low"] > 55.0
        assert held["low"] < 50.0 < held["high"]
        coefficient = board.parameters.filter(name="tokens").row(0, named=True)
        assert coefficient["low"] < 1.5 < coefficient["high"]

    def test_an_unread_game_leaves_the_other(self) -> None:
        frame = World((0.5, -0.5)).games(30, seed=6)
        blank = frame.with_columns(
            pl.when((pl.col("item_id") == 3) & (pl.col("model_a") == "m0"))
            .then(None)
            .otherwise("verdict")
            .alias("verdict")
        )
        board = score_arena_hard(table(blank), baseline=BASE)
        rows = by_name(board)
        assert (rows["m0"]["n"], rows["m0"]["games"], rows["m0"]["unparseable"]) == (30, 59, 1)
        assert (rows["m1"]["n"], rows["m1"]["games"], rows["m1"]["unparseable"]) == (30, 60, 0)
        assert board.unparseable == 1
        assert "could be read: 1." in board.notes[0]
        # The published recipe drops the whole question.
        without = score_arena_hard(table(frame.filter(pl.col("item_id") != 3)), baseline=BASE)
        assert rows["m0"]["published"] == pytest.approx(by_name(without)["m0"]["published"])


class TestPairs:
    def test_ranks_follow_the_pairs(self) -> None:
        board = score_arena_hard(table(World().games(60, seed=7)), baseline=BASE)
        better = {(r["model_a"], r["model_b"]): r["better"] for r in board.pairs.to_dicts()}
        for row in board.models.to_dicts():
            ahead = sum(
                b is not None and b != row["model"]
                for pair, b in better.items()
                if row["model"] in pair
            )
            behind = sum(b == row["model"] for b in better.values())
            assert (row["rank_low"], row["rank_high"]) == (1 + ahead, 4 - behind)

    def test_identical_models_are_not_told_apart_nor_known_to_be_equal(self) -> None:
        level = [3, 1, 2, 4, 0] * 4
        pair = found([level] * 2, [level] * 2).pairs.row(0, named=True)
        assert pair["better"] is None
        assert pair["low"] < -1.0 < 1.0 < pair["high"]

    def test_shared_questions_make_a_difference_better_known(self) -> None:
        board = score_arena_hard(
            table(World((0.0, 0.3), question=2.5).games(300, seed=8)), baseline=BASE
        )
        apart = np.hypot(*(board.models["high"] - board.models["low"]).to_list())
        pair = board.pairs.row(0, named=True)
        assert pair["high"] - pair["low"] < 0.8 * apart


class TestNoEstimate:
    @pytest.mark.parametrize(("level", "score"), [(4, 100.0), (3, 100.0), (0, 0.0), (1, 0.0)])
    def test_all_alike_at_one_end(self, level: int, score: float) -> None:
        board = found([[level] * TEN], [[level] * TEN])
        row = board.models.row(0, named=True)
        bound = 100 * 0.05 ** (1 / TEN)
        ends = (bound, 100.0) if score else (0.0, 100 - bound)
        assert (row["score"], row["unbounded"], row["strength"]) == (score, True, None)
        assert (row["low"], row["high"]) == pytest.approx(ends)
        assert "one-sided" in board.notes[-1]
        assert "at the style of its own" not in board.notes[-1]

    def test_a_model_that_won_everything_is_at_its_own_style(self) -> None:
        frame = World((0.3, 0.0)).games(40, seed=1)
        won = pl.when(pl.col("model_a") == "m0").then(pl.lit("A>>B")).otherwise(pl.lit("B>>A"))
        plays = (pl.col("model_a") == "m0") | (pl.col("model_b") == "m0")
        counts = np.random.default_rng(2).integers(50, 300, (2, len(frame)))
        frame = frame.with_columns(
            verdict=pl.when(plays).then(won).otherwise(pl.col("verdict")),
            tokens_a=pl.Series(counts[0]),
            tokens_b=pl.Series(counts[1]),
        )
        board = score_arena_hard(table(frame), baseline=BASE, style=("tokens",))
        assert board.models.filter(model="m0")["unbounded"].item()
        assert "at the style of its own answers" in " ".join(board.notes)

    def test_wins_of_both_kinds_are_wins(self) -> None:
        board = found([[3, 4] * 5], [[4, 3] * 5])
        assert board.reading == "three verdicts"
        assert board.models.row(0, named=True)["unbounded"]

    def test_wins_and_ties(self) -> None:
        row = found([[3, 2] * 5], [[2, 3] * 5]).models.row(0, named=True)
        assert row["score"] == pytest.approx(75.0)
        assert row["low"] < 60.0
        assert row["high"] > 85.0

    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_all_alike_within_is_not_certain(self, level: int) -> None:
        board = found([[level] * TEN, [3, 1, 4, 0, 2] * 2], [[level] * TEN, [3, 1, 4, 1, 1] * 2])
        row = by_name(board)["m0"]
        assert row["high"] - row["low"] > 10.0

    def test_one_who_won_everything_beside_others(self) -> None:
        normal = [3, 1, 4, 0, 2] * 4
        board = found([[4] * 20, normal], [[4] * 20, normal[::-1]])
        rows = by_name(board)
        alone = found([normal], [normal[::-1]])
        assert rows["m0"]["unbounded"]
        assert not rows["m1"]["unbounded"]
        assert rows["m1"]["score"] == pytest.approx(by_name(alone)["m0"]["score"], abs=1e-6)
        assert board.pairs.row(0, named=True)["better"] == "m0"
        assert board.pairs["p_adjusted"].to_list() == [None]

    def test_position_that_decides_everything_is_left_out(self) -> None:
        board = found([[3] * TEN], [[1] * TEN])
        row = board.models.row(0, named=True)
        assert row["score"] == pytest.approx(50.0)
        assert row["high"] - row["low"] > 20.0
        assert board.first_wins is None
        assert board.position_effect == "none"
        assert "left out" in board.notes[0]
        with pytest.raises(NotIdentifiedError, match="--position shared"):
            found([[3] * TEN], [[1] * TEN], position="model")

    def test_one_question(self) -> None:
        with pytest.raises(TooFewError, match="single question"):
            found([[3]], [[1]])

    def test_nothing_could_be_read(self) -> None:
        frame = World((0.5, -0.5)).games(5, seed=6)
        mute = pl.col("verdict").is_null() | (pl.col("model_a") == "m1")
        mute = mute | (pl.col("model_b") == "m1")
        frame = frame.with_columns(pl.when(mute).then(None).otherwise("verdict").alias("verdict"))
        with pytest.raises(TooFewError, match=r"no verdict on 'm1' .*--where model!="):
            score_arena_hard(table(frame), baseline=BASE)


class TestRefused:
    @pytest.mark.parametrize(
        ("options", "word"),
        [
            ({"level": 1.0}, "level"),
            ({"seed": -1}, "seed"),
            ({"position": "left"}, "position"),
            ({"style": ("colour",)}, "--style"),
        ],
    )
    def test_wrong_options(self, options: dict, word: str) -> None:
        with pytest.raises(UsageError, match=word):
            found([[3, 1]], [[1, 2]], **options)

    def test_style_that_the_model_alone_has(self) -> None:
        frame = World((0.3,)).games(40, seed=1)
        longer = pl.when(pl.col("model_a") == BASE)
        frame = frame.with_columns(
            tokens_a=longer.then(100).otherwise(200), tokens_b=longer.then(200).otherwise(100)
        )
        with pytest.raises(NotIdentifiedError, match="cannot be told from the models"):
            score_arena_hard(table(frame), baseline=BASE, style=("tokens",))

    def test_style_without_counts(self) -> None:
        with pytest.raises(MissingColumnError, match="tokens_a"):
            found([[3, 1]], [[1, 2]], style=("tokens",))

    def test_two_judges(self) -> None:
        frame = World((0.5,)).games(5, seed=1)
        both = pl.concat([frame, frame.with_columns(judge=pl.lit("other"))])
        with pytest.raises(InputError, match="--judge"):
            score_arena_hard(table(both), baseline=BASE)
