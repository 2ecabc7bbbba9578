"""Real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from theodolite.loading import VoteOptions, load_votes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "votes", "models"),
    [
        ("llmfao/food.csv", 30, 5),
        ("llmfao/simple.csv", 16, 5),
        ("llmfao/llmfao.csv", 8931, 59),
        ("arena140k_sample/battles.csv", 3000, 12),
        ("arena_hard/arena_hard_battles_v0.1_partial.jsonl", 1348, 4),
        ("logs/alpaca_eval/phi-2.alpaca_eval_gpt4.first30.annotations.json", 30, 2),
    ],
)
def test_counts(data: Callable[[str], Path], name: str, votes: int, models: int) -> None:
    table = load_votes(data(name))
    assert (len(table), len(table.models)) == (votes, models)
    assert "vote_id" not in table.frame.columns
    assert not table.removed


def test_winners(data: Callable[[str], Path]) -> None:
    table = load_votes(data("arena_hard/arena_hard_battles_v0.1_partial.jsonl"))
    counts = dict(table.frame["winner"].cast(str).value_counts().iter_rows())
    assert counts == {"model_b": 1178, "model_a": 147, "tie": 23}


def test_crowd_workers(data: Callable[[str], Path]) -> None:
    options = VoteOptions(need=frozenset({"voter", "prompt_id", "id"}))
    table = load_votes(data("llmfao/llmfao.csv"), options)
    assert table.frame["prompt_id"].n_unique() == 13
    assert table.frame.select("model_a", "voter", "id").row(0) == ("Airoboros L2 70B", "58", "0")


def test_soft_preferences(data: Callable[[str], Path]) -> None:
    name = "logs/alpaca_eval/FuseChat-Llama-3.2-1B-Instruct.weighted_alpaca_eval_gpt4_turbo"
    table = load_votes(data(f"{name}.first30.annotations.json"))
    share = table.frame["share_a"]
    assert share.is_between(0, 1).all()
    assert 0 < share.n_unique() <= 30
    assert table.frame.filter(winner="model_a").get_column("share_a").min() > 0.5  # type: ignore[operator]
