"""Sets under several evaluations."""

import polars as pl
import pytest

from tests.scaling.datasets.simulations import made
from theodolite.errors import UsageError
from theodolite.scaling import Recipe, Resampling, Sets, evaluations


def judged(worths, **settings):
    runs = {f"text {k}": made((14, 14), (1.0, worth), seed=3) for k, worth in enumerate(worths)}
    return evaluations(
        runs,
        sets=Sets(reference="a", same_evaluation=True),
        recipe=Recipe(objective="least-squares"),
        resampling=Resampling(n=200),
        **settings,
    )


def test_a_set_that_wins_on_its_own_text_alone():
    found = judged((2.0, 0.5))
    assert found.verdict == "no set is better everywhere"
    assert found.best is None
    assert found.table["beaten"].any()
    first = found.table.filter(evaluation="text 0", dataset="b")
    assert first["leads"].item()
    assert 1.0 < first["low"].item() < 2.0 < first["high"].item()
    assert found.to_dict()["table"][0]["multiplier"]["estimate"] == 1.0


def test_a_set_that_wins_everywhere():
    found = judged((2.0, 1.6))
    assert (found.verdict, found.best) == ("one set is better everywhere", "b")
    assert "b has the largest multiplier on each of 2" in found.verdict_words


def test_neither_can_be_told():
    found = judged((2.0, 1.0))
    assert found.verdict == "cannot be told"
    assert "cannot be told" in found.verdict_words
    rows = found.table.filter(pl.col("evaluation") == "text 1")
    assert not rows["leads"].any()


def test_at_least_one_evaluation():
    with pytest.raises(UsageError, match="evaluations"):
        evaluations({})
