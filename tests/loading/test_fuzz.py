"""Whatever the bytes: votes, or an error of ours."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loading.files import FIXTURES, HEADER, LINE
from theodolite.errors import TheodoliteError
from theodolite.loading import VoteOptions, load_votes

if TYPE_CHECKING:
    from theodolite.tables import Votes

NEED = frozenset({"tokens_a", "headers_b", "prompt_id"})
FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"model_a": ["x"], "model_b": ["y"], "winner": ["tie"]}).write_parquet(buffer)
    return buffer.getvalue()


SEEDS = {
    **{p.name: p.read_bytes() for p in sorted(FIXTURES.glob("*.*")) if p.suffix != ".md"},
    "own.csv": (HEADER + 'x,"y,z",tie,E\ny,x,model_a,F\n').encode(),
    "own.jsonl": (LINE * 3).encode(),
    "own.parquet": parquet(),
}


def load(content: bytes) -> Votes | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes"
        path.write_bytes(content)
        try:
            votes = load_votes(path)
            load_votes(path, VoteOptions(need=NEED))
        except TheodoliteError as error:
            assert str(error)  # noqa: PT017 - any error of ours is a pass
            return None
        return votes


@FAST
@given(st.binary(max_size=300))
def test_random_bytes(content: bytes) -> None:
    load(content)


@pytest.mark.parametrize("name", SEEDS)
@FAST
@given(edits=st.data())
def test_mutated_files(name: str, edits: st.DataObject) -> None:
    content = bytearray(SEEDS[name])
    for _ in range(edits.draw(st.integers(1, 4))):
        start = edits.draw(st.integers(0, len(content)))
        stop = start + edits.draw(st.integers(0, 12))
        content[start:stop] = edits.draw(
            st.binary(max_size=6)
            | st.sampled_from([b"\n", b'"', b"\0", b"{", b"]", b",", b"null", b"\\u0000", b"1e999"])
        )
    load(bytes(content))


cells = st.text(st.sampled_from('ab,"\n\r é'), min_size=1, max_size=5)


@FAST
@given(st.lists(st.tuples(cells, cells, st.sampled_from(["model_a", "tie"])), min_size=1))
def test_csv_says_what_the_csv_module_says(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([("model_a", "model_b", "winner"), *rows])
    votes = load(text.getvalue().encode())
    if votes is not None:
        assert votes.frame.select("model_a", "model_b", "winner").rows() == rows
