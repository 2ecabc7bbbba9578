"""Two published boards beside each other: by hand, on real figures, refusals."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from theodolite.errors import InputError, TooFewError
from theodolite.loading import load_ratings
from theodolite.ratings import shift_published
from theodolite.tables import Condition, Ratings, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE = {"a": (1200.0, 4.0), "b": (1100.0, 6.0), "c": (1000.0, 5.0), "gone": (900.0, 3.0)}
AFTER = {"a": (1190.0, 8.0), "b": (1130.0, 7.0), "c": (1010.0, 5.0), "new": (1300.0, 2.0)}


def published(board: dict[str, tuple[float, float]]) -> Ratings:
    rows = [(m, r, r - half, r + half) for m, (r, half) in board.items()]
    return Ratings.from_frame(
        pl.DataFrame(rows, schema=["model", "rating", "low", "high"], orient="row")
    )


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_by_hand(level: float) -> None:
    shift = shift_published(
        ("old", published(BEFORE)), ("new", published(AFTER)), published_level=level
    )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    rows = shift.models.filter(pl.col("change").is_not_null()).sort("model")
    assert rows["model"].to_list() == ["a", "b", "c"]
    # Raw changes -10, 30, 10; their mean is 10.
    np.testing.assert_allclose(rows["change"], [-20.0, 20.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(rows["before"], [1100.0, 1000.0, 900.0], atol=1e-9)
    variance = np.array([4**2 + 8**2, 6**2 + 7**2, 5**2 + 5**2]) / z**2
    # Var(d_i - mean d) = v_i (1 - 2/3) + sum v / 9.
    error = np.sqrt(variance / 3 + variance.sum() / 9)
    np.testing.assert_allclose((rows["high"] - rows["low"]) / 2 / 1.959963984540054, error)
    p = [2 * NormalDist().cdf(-abs(c) / e) for c, e in zip([-20, 20, 0], error, strict=True)]
    np.testing.assert_allclose(rows["p_value"], p, rtol=1e-9)
    # Contrasts with c are free of the common shift.
    u = np.array([-20.0, 20.0])
    v = np.diag(variance[:2]) + variance[2]
    statistic = u @ np.linalg.solve(v, u)
    assert shift.joint.df == 2
    assert shift.joint.p_value == pytest.approx(chi2.sf(statistic, 2), rel=1e-9)
    rest = shift.models.filter(pl.col("change").is_null())
    assert dict(rest.select("model", "before").iter_rows())["gone"] == pytest.approx(800.0)
    assert dict(rest.select("model", "after").iter_rows())["new"] == pytest.approx(1190.0)
    assert (shift.kind, shift.votes_before, shift.spec) == ("published", None, None)


def test_refusals() -> None:
    with pytest.raises(TooFewError, match="1 rated models in common"):
        shift_published(("x", published(BEFORE)), ("y", published({"a": (1.0, 1.0)})))
    flat = published(AFTER | {"a": (1190.0, 0.0)})
    with pytest.raises(TooFewError, match="no width"):
        shift_published(("x", published(BEFORE)), ("y", flat))
    twice = Ratings.from_frame(
        pl.concat([published(BEFORE).frame, published(BEFORE).frame]).drop(
            "_file", "_row", strict=False
        )
    )
    with pytest.raises(InputError, match="a"):
        shift_published(("x", twice), ("y", published(AFTER)))


def test_llama_3_leads_in_english(data: Callable[[str], Path]) -> None:
    ratings = load_ratings(data("models/arena_facts.csv"))
    plain = select(ratings, [Condition.parse("field=arena_rating")])
    boards = [
        (name, select(plain, [Condition.parse(f"category={name}")]))
        for name in ("overall", "english")
    ]
    shift = shift_published(*boards)
    row = shift.models.filter(pl.col("model").str.to_lowercase().str.contains("llama-3-70b"))
    assert row.height == 1
    found = row.row(0, named=True)
    assert (found["rank_before"], found["rank_after"]) == (4, 1)
    assert found["change"] > 0
    assert found["significant"]


@pytest.mark.parametrize("level", [0.6, 0.95, 0.99])
def test_significant_is_what_holm_leaves_at_the_level(level: float) -> None:
    moved = {"a": (1210.0, 8.0), "b": (1093.0, 7.0), "c": (997.0, 5.0)}
    shift = shift_published(("old", published(BEFORE)), ("new", published(moved)), level=level)
    rows = shift.models.filter(pl.col("change").is_not_null())
    p = sorted(rows["p_value"])
    want = np.minimum(np.maximum.accumulate(np.multiply(p, [3, 2, 1])), 1.0)
    np.testing.assert_allclose(sorted(rows["p_adjusted"]), want, rtol=1e-12)
    assert rows["significant"].sum() == (want < 1 - level).sum()
    assert rows["significant"].sum() == {0.6: 3, 0.95: 1, 0.99: 0}[level]
