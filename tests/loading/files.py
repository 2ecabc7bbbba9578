"""Helpers of the loading tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from theodolite.errors import InputError
from theodolite.loading import VoteOptions, load_votes

if TYPE_CHECKING:
    from pathlib import Path

    from theodolite.tables import Votes

FIXTURES = ROOT / "tests" / "fixtures" / "votes"
HEADER = "model_a,model_b,winner,language\n"
RECORD = {"model_a": "x", "model_b": "y", "winner": "tie"}
LINE = json.dumps(RECORD) + "\n"


def written(folder: Path, content: str | bytes, name: str = "votes") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def outcome(votes: Votes) -> list[tuple[str, str, str]]:
    return votes.frame.select("model_a", "model_b", "winner").rows()


def error_of(path: object, options: VoteOptions | None = None) -> str:
    """The message of the error that the file must raise."""
    with pytest.raises(InputError) as caught:
        load_votes(path, options or VoteOptions())  # type: ignore[arg-type]
    return str(caught.value)
