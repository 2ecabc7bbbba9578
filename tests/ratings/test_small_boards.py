"""Boards with hardly enough votes, with style or in parts: an answer or an error, never a crash."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.ratings.style_simulations import styled_frame, votes_of
from theodolite.errors import NotIdentifiedError, TheodoliteError
from theodolite.ratings import Specification, Style, bradley_terry, shift_by

TOKENS = Style(("tokens",))
BOTH = Style(("tokens", "lists"))


CASES = [(rule, style) for rule in ("half-win", "davidson", "rao-kupper") for style in (None, BOTH)]


@pytest.mark.parametrize("style", [TOKENS, BOTH])
def test_two_models(style: Style) -> None:
    fit = bradley_terry(votes_of(styled_frame("half-win", 200, k=2)), style=style)
    assert fit.goodness_of_fit is None
    assert np.isfinite(fit.style.gamma).all()


def test_models_in_a_row() -> None:
    frame = styled_frame("half-win", 400, k=4)
    gap = pl.col("model_a").str.slice(1).cast(int) - pl.col("model_b").str.slice(1).cast(int)
    fit = bradley_terry(votes_of(frame.filter(gap.abs() == 1)), style=BOTH)
    assert fit.goodness_of_fit is None
    assert fit.pairs["z"].is_null().all()


def test_a_feature_that_differs_outside_the_core_alone() -> None:
    frame = styled_frame("half-win", 200).with_columns(tokens_b="tokens_a")
    hero = frame[:6].with_columns(
        model_a=pl.lit("hero"), winner=pl.lit("model_a"), tokens_a=pl.lit(7), tokens_b=pl.lit(30)
    )
    hero = hero.filter(pl.col("model_b") != "hero")
    with pytest.raises(NotIdentifiedError, match="tokens"):
        bradley_terry(votes_of(pl.concat([frame, hero], how="vertical_relaxed")), style=TOKENS)


@pytest.mark.parametrize(("rule", "style"), CASES)
@pytest.mark.parametrize("cluster", [None, pytest.param("voter", marks=pytest.mark.slow)])
def test_small_categories(rule: str, style: Style | None, cluster: str | None) -> None:
    spec = Specification(ties=rule, style=style, cluster=cluster)
    for seed in range(30):
        frame = styled_frame(rule, 20 + seed % 25, k=2 + seed % 4, seed=seed)
        try:
            found = shift_by(votes_of(frame), "language", spec=spec)
        except TheodoliteError:
            continue
        assert found.to_frame()["change"].drop_nulls().is_finite().all()
