"""What all tests share: where the real data are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

# Where a test does not say: make test has six minutes for all.
settings.register_profile("brief", max_examples=40)
settings.load_profile("brief")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the documents first: they take longest, and one worker should not be left with them."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")


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
