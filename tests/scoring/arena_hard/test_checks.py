"""The two orders, and the ordinal link."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.scoring.arena_hard.made import BASE, World, judged, table
from theodolite.scoring import score_arena_hard
from theodolite.scoring.arena_hard.checks import link_of
from theodolite.scoring.arena_hard.fitting import fit_games
from theodolite.scoring.arena_hard.games import games_of


class TestOrders:
    def test_counts(self) -> None:
        # Same winner, same tie, first shown both, second shown both, a tie in one, same loser.
        board = score_arena_hard(judged([[4, 2, 3, 1, 2, 0]], [[3, 2, 1, 4, 3, 1]]), baseline=BASE)
        row = board.consistency.row(0, named=True)
        assert (row["model"], row["judgments"]) == (None, 6)
        parts = [row[name] for name in ("consistent", "first", "second", "partly")]
        assert parts == pytest.approx([3 / 6, 1 / 6, 1 / 6, 1 / 6])
        assert 0.0 < row["low"] < 0.5 < row["high"] < 1.0
        assert board.consistency["model"].to_list() == [None, "m0"]

    def test_who_wins_by_being_first(self) -> None:
        board = score_arena_hard(table(World(position=0.8).games(800, seed=1)), baseline=BASE)
        place = board.first_wins
        assert place is not None
        eta, cut = 0.8, 0.4
        true = 50 / (1 + np.exp(-(eta - cut))) + 50 / (1 + np.exp(-(eta + cut)))
        assert place["low"] < true < place["high"]
        assert place["high"] - place["low"] < 5.0
        row = board.consistency.row(0, named=True)
        assert row["first"] > 2 * row["second"]


class TestLink:
    def test_expected_games_are_as_many(self) -> None:
        board = score_arena_hard(table(World().games(60, seed=2)), baseline=BASE)
        assert board.link["verdict"].to_list() == ["A>>B", "A>B", "A=B", "B>A", "B>>A"]
        assert board.link["observed"].sum() == 480
        assert board.link["expected"].sum() == pytest.approx(480)

    def test_rejects_rarely_where_it_holds(self) -> None:
        p, z = [], []
        for seed in range(40):
            games = games_of(table(World().games(150, seed=seed)), baseline=BASE)
            frame, test = link_of(fit_games(games))
            p.append(test["p_value"])
            z += frame["z"].to_list()
        # 40 histories at 5%: more than 7 have a chance of one in 500. The mean of even p-values
        # is within four standard errors of one half.
        assert (np.array(p) < 0.05).sum() <= 7
        assert abs(np.mean(p) - 0.5) < 0.18
        # What the fit takes up is no part of the error: the standardised residuals spread by 1.
        assert 0.75 < np.std(z) < 1.25

    def test_rejects_where_one_model_is_never_much_better(self) -> None:
        rng = np.random.default_rng(3)
        usual = np.digitize(rng.logistic(size=(2, 2, 300)), [-1.6, -0.4, 0.4, 1.6])
        usual[1] = np.clip(usual[1] + 1, 1, 3)
        board = score_arena_hard(judged(usual[:, 0].tolist(), usual[:, 1].tolist()), baseline=BASE)
        assert board.link_test["p_value"] < 1e-6

    def test_score_and_games_won_differ_by_chance_alone(self) -> None:
        p = []
        for seed in range(40):
            board = score_arena_hard(table(World((1.2,)).games(150, seed=seed)), baseline=BASE)
            p.append(board.models["link_p"].item())
        assert (np.array(p) < 0.05).sum() <= 7
        assert abs(np.mean(p) - 0.5) < 0.18

    def test_a_model_of_two_minds_is_told(self) -> None:
        rng = np.random.default_rng(5)
        lead = np.array([np.tile([5.0, -1.0], 300), np.full(600, 0.2)])
        games = lead[:, None] + rng.logistic(size=(2, 2, 600))
        level = np.digitize(games, [-1.6, -0.4, 0.4, 1.6])
        judgments = judged(level[:, 0].tolist(), level[:, 1].tolist())
        rows = {r["model"]: r for r in score_arena_hard(judgments, baseline=BASE).models.to_dicts()}
        assert rows["m0"]["link_p"] < 0.001
        # With its two minds as categories each has a strength of its own, and the score is right.
        frame = judgments.frame.select("item_id", "model_a", "model_b", "judge", "verdict", "game")
        odd = pl.col("item_id").cast(pl.Int64) % 2 == 1
        frame = frame.with_columns(category=pl.when(odd).then(pl.lit("b")).otherwise(pl.lit("a")))
        split = score_arena_hard(table(frame), baseline=BASE)
        apart = {r["model"]: r for r in split.models.to_dicts()}["m0"]
        assert split.by_category
        assert abs(apart["score"] - apart["observed"]) < abs(
            rows["m0"]["score"] - rows["m0"]["observed"]
        )

    def test_few_questions_are_not_tested(self) -> None:
        board = score_arena_hard(table(World().games(15, seed=2)), baseline=BASE)
        assert board.link_test == {"statistic": None, "df": 0, "p_value": None}
