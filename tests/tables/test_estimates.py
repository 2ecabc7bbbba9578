"""The table of estimates: what it takes, and what it refuses."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.tables import Estimates

FRAME = pl.DataFrame(
    {"model": ["x", "y"], "value": [1.0, 2.0], "low": [0.0, 1.5], "high": [2.0, 2.5]}
)


def made(frame: pl.DataFrame = FRAME, **given: object) -> Estimates:
    return Estimates.from_frame(frame, **({"name": "m", "unit": "score"} | given))  # type: ignore[arg-type]


def test_an_interval_becomes_a_standard_error_and_back() -> None:
    side = made()
    np.testing.assert_allclose(side.frame["standard_error"], [1 / 1.959964, 0.5 / 1.959964], 1e-5)
    assert side.independent
    back = made(side.frame.select("model", "value", "standard_error"))
    np.testing.assert_allclose(back.frame["low"], FRAME["low"], atol=1e-6)
    narrow = made(level=0.9)
    assert narrow.frame["standard_error"][0] > side.frame["standard_error"][0]


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"low": [1.2, 1.5]}, "low", "above its value"),
        ({"high": [0.5, 2.5]}, "high", "below its value"),
        ({"low": [1.0, 1.5], "high": [1.0, 2.5]}, "high", "no width"),
        ({"model": ["x", "x"]}, "model", "there already"),
        ({"value": ["a", "2"]}, "value", "not a number"),
        ({"value": [float("nan"), 1.0]}, "value", "not a finite number"),
        ({"model": ["x", None]}, "model", "empty"),
    ],
)
def test_bad_cells_are_named(change: dict[str, list[object]], column: str, said: str) -> None:
    frame = FRAME.with_columns(**{k: pl.Series(v, strict=False) for k, v in change.items()})
    with pytest.raises(InputError, match=f"row [12], column {column}.*{said}"):
        made(frame)


def test_no_error_of_nought() -> None:
    frame = FRAME.select("model", "value", standard_error=pl.Series([0.0, 1.0]))
    with pytest.raises(InputError, match=r"standard_error.*above 0"):
        made(frame)


def test_what_is_missing() -> None:
    with pytest.raises(MissingColumnError, match="no column value"):
        made(FRAME.drop("value"))
    with pytest.raises(FormatError, match="nothing says how sure"):
        made(FRAME.drop("low"))
    with pytest.raises(FormatError, match="no estimates"):
        made(FRAME.clear())
    with pytest.raises(UsageError, match="is not a unit"):
        made(unit="points")
    with pytest.raises(UsageError, match="level"):
        made(level=95)


def test_some_models_in_another_order() -> None:
    covariance = np.array([[1.0, 0.3], [0.3, 2.0]])
    side = made(covariance=covariance).take(["y", "x"])
    assert side.models == ("y", "x")
    np.testing.assert_array_equal(side.covariance, covariance[::-1, ::-1])


def test_two_models_never_get_one_name() -> None:
    assert made().renamed({"x": "z"}).models == ("z", "y")
    with pytest.raises(InputError, match="'x' and 'y' are both 'y'"):
        made().renamed({"x": "y"})
