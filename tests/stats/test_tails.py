"""The chi-square tail equals SciPy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from theodolite.stats import chi_square_tail


@given(df=st.integers(1, 6000), spread=st.floats(-6.0, 12.0))
def test_equals_scipy(df: int, spread: float) -> None:
    x = max(0.0, df + spread * (2 * df) ** 0.5)
    assert chi_square_tail(x, df) == pytest.approx(chi2.sf(x, df), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("x", [-1.0, 0.0, 1e-300, 1e6])
@pytest.mark.parametrize("df", [1, 2, 3, 4851])
def test_the_ends(x: float, df: int) -> None:
    assert chi_square_tail(x, df) == pytest.approx(chi2.sf(x, df), rel=1e-8)
