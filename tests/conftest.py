"""What all tests share: where the real data are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """Give the path of a real file, or skip the test and say which one is missing."""
    folder = Path(os.environ.get("THEODOLITE_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"no real data: {path} is missing (set THEODOLITE_DATA)")
        return path

    return find
