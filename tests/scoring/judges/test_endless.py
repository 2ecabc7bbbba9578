"""A bias without an exception is one only where good models do not explain it as well."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from theodolite.scoring.judges import BIASED, UNTOLD, assess_judges
from theodolite.tables import Judgments, Votes

OWN = {"j": "F", "own": "F"}


def games(judge: str, says: dict[tuple[str, str], str | None], *, items: int = 40) -> list[dict]:
    """Both orders of every pair; where nobody is named, a coin of the item's number."""
    rows = []
    for i in range(items):
        for (a, b), winner in says.items():
            won = winner or (a if i % 2 else b)
            for game, (first, second) in enumerate(((a, b), (b, a))):
                verdict = "A>B" if first == won else "B>A"
                rows.append(
                    {"item_id": f"{i}", "judge": judge, "game": game + 1, "model_a": first,
                     "model_b": second, "verdict": verdict}
                )  # fmt: skip
    return rows


def table(rows: list[dict]) -> Judgments:
    return Judgments.from_frame(pl.DataFrame(rows))


ALWAYS = {("own", "y"): "own", ("own", "z"): "own", ("y", "z"): None}
EVEN = dict.fromkeys(ALWAYS)


def test_one_judge_whose_family_always_wins_may_be_right() -> None:
    bias = assess_judges(table(games("j", ALWAYS)), families=OWN).judges[0].self_preference
    assert (bias.verdict, bias.p_value) == (UNTOLD, None)
    assert "strengths" in bias.why


def test_other_judges_tell_a_family_that_always_wins() -> None:
    agreed = games("j", ALWAYS) + games("k", ALWAYS)
    bias = assess_judges(table(agreed), families=OWN).judges[0].self_preference
    assert bias.verdict == UNTOLD
    opposed = games("j", ALWAYS) + games("k", EVEN)
    bias = assess_judges(table(opposed), families=OWN).judges[0].self_preference
    assert bias.verdict == BIASED
    assert bias.low is not None
    assert bias.low > 0


def test_a_good_model_shown_first_is_no_position_bias() -> None:
    first = [row for row in games("j", ALWAYS) if row["model_a"] == "own"]
    rows = [{k: v for k, v in row.items() if k != "game"} for row in first]
    others = [{k: v for k, v in row.items() if k != "game"} for row in games("k", EVEN)
              if "own" not in (row["model_a"], row["model_b"])]  # fmt: skip
    found = {one.judge: one for one in assess_judges(table(rows + others)).judges}
    assert found["j"].position.verdict == UNTOLD


def longer() -> list[dict]:
    """Of judge j always the longer answer, which is as often x's as y's; k throws coins."""
    rng, coin = np.random.default_rng(1), np.random.default_rng(2)
    rows = []
    for i in range(60):
        size = {"x": 100 + int(rng.integers(50)), "y": 100 + 60 * (1 - 2 * (i % 2))}
        for game, (a, b) in enumerate((("x", "y"), ("y", "x"))):
            said = "A>B" if size[a] > size[b] else "B>A"
            about = {"item_id": f"{i}", "game": game + 1, "model_a": a, "model_b": b,
                     "tokens_a": size[a], "tokens_b": size[b]}  # fmt: skip
            rows.append({"judge": "j", "verdict": said} | about)
            rows.append({"judge": "k", "verdict": ("A>B", "B>A")[coin.integers(2)]} | about)
    return rows


def people(share: float) -> Votes:
    """Whether the shorter answer was liked: so often by chance of the item's number."""
    rows = longer()[::4]
    won = ["model_a" if (row["verdict"] == "A>B") == (i % 20 >= 20 * share) else "model_b"
           for i, row in enumerate(rows)]  # fmt: skip
    return Votes.from_frame(
        pl.DataFrame(
            {"prompt_id": [row["item_id"] for row in rows], "winner": won, "voter": "p",
             "model_a": [row["model_a"] for row in rows],
             "model_b": [row["model_b"] for row in rows]}
        )
    )  # fmt: skip


def test_always_the_longer_answer_is_a_bias_only_beside_people() -> None:
    alone = assess_judges(table(longer())).judges[0].verbosity
    assert (alone.verdict, alone.p_value) == (UNTOLD, None)
    assert "people" in alone.why


@pytest.mark.parametrize(("share", "verdict"), [(0.5, BIASED), (0.0, UNTOLD)])
def test_people_who_like_long_answers_excuse_a_judge(share: float, verdict: str) -> None:
    bias = assess_judges(table(longer()), people=people(share)).judges[0].verbosity
    assert bias.verdict == verdict
