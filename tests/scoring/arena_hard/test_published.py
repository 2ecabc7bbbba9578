"""The published recipe: against copied rows, and on the real battles whose copies can be undone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.scoring.arena_hard.made import BASE, World, game_frame, judged, table
from theodolite.scoring import score_arena_hard
from theodolite.scoring.arena_hard.games import games_of
from theodolite.scoring.arena_hard.published import published_of
from theodolite.tables import Judgments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BATTLES = "arena_hard/arena_hard_battles_v0.1_partial.jsonl"
HAIKU = "claude-3-haiku-20240307"


def copied(frame: pl.DataFrame, model: str) -> list[float]:
    """Make the recipe's rows: one for each game, three for a much better answer."""
    rows = []
    for row in frame.iter_rows(named=True):
        if model not in (row["model_a"], row["model_b"]) or row["verdict"] is None:
            continue
        won = {"A": 1.0, "B": 0.0, "=": 0.5}["=" if row["verdict"] == "A=B" else row["verdict"][0]]
        won = won if row["model_a"] == model else 1.0 - won
        rows += [won] * (3 if ">>" in row["verdict"] else 1)
    return rows


class TestRecipe:
    def test_is_the_mean_of_copied_rows(self) -> None:
        frame = World().games(80, seed=1)
        board = score_arena_hard(table(frame), baseline=BASE)
        for row in board.models.to_dicts():
            assert row["published"] == pytest.approx(100 * np.mean(copied(frame, row["model"])))

    def test_interval_is_that_of_resampled_rows(self) -> None:
        frame = World((0.4,)).games(80, seed=2)
        rows = np.array(copied(frame, "m0"))
        rng = np.random.default_rng(3)
        drawn = rng.choice(rows, (4000, len(rows))).mean(axis=1)
        want = 100 * np.percentile(drawn, [5, 95])
        got = [
            published_of(games_of(table(frame), baseline=BASE), seed=seed)[0, 1:]
            for seed in range(40)
        ]
        assert np.mean(got, axis=0) == pytest.approx(want, abs=0.25)

    def test_is_repeatable(self) -> None:
        games = games_of(table(World().games(20, seed=1)), baseline=BASE)
        assert (published_of(games, seed=4) == published_of(games, seed=4)).all()
        assert (published_of(games, seed=4) != published_of(games, seed=5)).any()

    def test_a_much_better_counts_three_times(self) -> None:
        row = score_arena_hard(judged([[4, 1]], [[3, 1]]), baseline=BASE).models.row(0, named=True)
        assert row["published"] == pytest.approx(100 * 4 / 6)
        assert row["observed"] == pytest.approx(50.0)


def undone(rows: list[str]) -> list[str] | None:
    """Tell the two games of a question from their rows, each there once or three times."""
    runs = [(winner, len(list(run))) for winner, run in groupby(rows)]
    marks = {("model_a", 1): "A>B", ("model_a", 3): "A>>B", ("tie", 1): "A=B"}
    marks |= {("model_b", 1): "B>A", ("model_b", 3): "B>>A"}
    if len(runs) == 1:
        winner, n = runs[0]
        if (winner, n) == ("tie", 2):
            return ["A=B", "A=B"]
        split = {2: (1, 1), 4: (1, 3), 6: (3, 3)}.get(n)
        return None if split is None else [marks[winner, part] for part in split]
    if len(runs) == 2 and all(run in marks for run in runs):
        return [marks[run] for run in runs]
    return None


class TestRealBattles:
    def test_weights_undo_the_copies(self, data: Callable[[str], Path]) -> None:
        battles = pl.read_ndjson(data(BATTLES))
        assert len(battles) == 1348
        shown: list[dict] = []
        kept = []
        for (question, model), rows in battles.group_by(
            "question_id", "model_b", maintain_order=True
        ):
            games = undone(rows["winner"].to_list())
            assert games is not None, (question, model)
            kept.append(rows)
            # The order of the two games is not told: haiku's side is always the first.
            for game, verdict in enumerate(games, 1):
                a, b = (HAIKU, model) if game == 1 else (model, HAIKU)
                turned = verdict.translate(str.maketrans("AB", "BA")) if game == 2 else verdict
                turned = {"B<A": "A>B", "B=A": "A=B"}.get(turned, turned)
                shown.append(
                    {"item_id": str(question), "game": game, "judge": "gpt-4", "model_a": a}
                    | {"model_b": b, "verdict": turned}
                )
        judgments = Judgments.from_frame(pl.DataFrame(shown))
        board = score_arena_hard(judgments, baseline=HAIKU)
        rows = pl.concat(kept)
        for row in board.models.to_dicts():
            own = rows.filter(model_b=row["model"])["winner"]
            want = 100 * float(((own == "model_b") + (own == "tie") / 2).mean())
            assert row["published"] == pytest.approx(want, abs=1e-9)
            assert row["n"] == 100
            # 'Much better' is the commoner verdict here, so copies make the leaders look better.
            assert row["published"] > row["score"] > 75.0
            assert row["high"] - row["low"] > row["published_high"] - row["published_low"]


def test_levels_and_verdicts_are_mirrored() -> None:
    level = np.array([[0, 1, 2, 3, 4]])
    first, second = game_frame(level, 2, ["m"]), game_frame(level, 1, ["m"])
    assert first["verdict"].to_list() == ["B>>A", "B>A", "A=B", "A>B", "A>>B"]
    assert second["verdict"].to_list() == first["verdict"].to_list()[::-1]
