"""The package of charts: each name has a module, and none is fetched before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from theodolite import plotting


@pytest.mark.parametrize("name", plotting.__all__)
def test_every_name_is_a_function_of_that_name(name: str) -> None:
    assert getattr(plotting, name).__name__ == name


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        plotting.pie  # noqa: B018


def test_altair_is_not_fetched_with_the_package() -> None:
    code = "import sys, theodolite.plotting; sys.exit('altair' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
