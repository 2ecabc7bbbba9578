"""One answer's score against the rule written out by hand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.eq_bench.made import NAMES, item_v1, item_v2
from theodolite.errors import MissingColumnError, UsageError
from theodolite.scoring.eq_bench import score_items
from theodolite.scoring.eq_bench.items import lowest_item
from theodolite.tables import Emotions

REFERENCE = dict(zip(NAMES, (0.0, 6.0, 2.0, 9.0), strict=True))
REFERENCE_V1 = dict(zip(NAMES, (0.0, 4.0, 1.0, 5.0), strict=True))
QUESTIONS = pl.DataFrame(
    {"item_id": "1", "emotion": NAMES, "reference": list(REFERENCE.values())}
    | {"reference_v1": list(REFERENCE_V1.values())}
)


def emotions(answer: dict[str, float | None], *, questions: pl.DataFrame = QUESTIONS) -> Emotions:
    frame = pl.DataFrame(
        {"emotion": list(answer), "answer": list(answer.values())},
        schema={"emotion": pl.String, "answer": pl.Float64},
    ).with_columns(
        model=pl.lit("x"), iteration=pl.lit(1), item_id=pl.lit("1"), stage=pl.lit("revised")
    )
    return Emotions.from_frames(frame, questions)


def scored(answer: dict[str, float | None], version: str = "v2") -> float | None:
    passes = score_items(emotions(answer), version=version)
    assert passes.frame["first_pass"].to_list() == [None]
    return passes.frame["revised"].item()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 100).map(lambda n: n / 10), min_size=4, max_size=4))
def test_both_versions_are_the_rule(values: list[float]) -> None:
    answer = dict(zip(reversed(NAMES), values, strict=True))
    assert scored(answer) == pytest.approx(item_v2(answer, REFERENCE), abs=1e-12)
    want = item_v1(answer, REFERENCE_V1)
    assert scored(answer, "v1") == (None if want is None else pytest.approx(want, abs=1e-12))
    assert lowest_item("v2") <= scored(answer) <= 10.0
    assert want is None or lowest_item("v1") - 1e-9 <= want <= 10.0


def test_known_values() -> None:
    assert scored(dict(REFERENCE)) == 10.0
    # Differences of 5 and 6 lie on both sides of where the rule bends.
    assert scored(REFERENCE | {"Sad": 5.0}) == pytest.approx(10 - 0.7477 * 4.99544, abs=1e-4)
    assert scored(REFERENCE | {"Sad": 6.0}) == pytest.approx(10 - 0.7477 * 6.0)
    assert scored(dict.fromkeys(NAMES, 0.0), "v1") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"Sad": 1.0, "Glad": 2.0, "Mad": 3.0},
        {"Sad": 1.0, "Glad": 2.0, "Mad": 3.0, "Afraid": None},
        {"Sad": 1.0, "Glad": 2.0, "Mad": 3.0, "Bored": 4.0},
        {"sad": 1.0, "Glad": 2.0, "Mad": 3.0, "Afraid": 4.0},
        {"Sad": 1.0, "Glad": 2.0, "Mad": 3.0, "Afraid": 4.0, "Bored": 5.0},
    ],
)
def test_an_answer_in_another_form_is_not_scored(answer: dict[str, float | None]) -> None:
    assert scored(answer) is None
    assert scored(answer, "v1") is None


def test_what_cannot_be_scored() -> None:
    with pytest.raises(UsageError, match="versions v1 and v2, not 'v3'"):
        score_items(emotions(dict(REFERENCE)), version="v3")
    lacking = emotions(dict(REFERENCE), questions=QUESTIONS.drop("reference_v1"))
    with pytest.raises(MissingColumnError, match="version 1"):
        score_items(lacking, version="v1")
