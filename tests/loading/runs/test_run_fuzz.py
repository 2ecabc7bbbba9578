"""Whatever a file of runs holds, it is read or refused with an error of this package."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.runs.files import C4, GFLOPS, TOKENS
from theodolite.errors import TheodoliteError
from theodolite.loading import RUN_FORMATS, RunOptions, load_runs

if TYPE_CHECKING:
    import pytest

SCALARS = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
LADDER = {"run": "190M-1xC", TOKENS: 3.81e9, GFLOPS: 7.25e9, C4: 3.6}
GADRE = {
    "name": "a",
    "dataset": "c4",
    "N": 1e7,
    "N_no_embed": 6e6,
    "D": 2e8,
    "flops": 1.2e16,
    "tok_mult": 20,
    "loss": 4.5,
}
OWN = {"params": 1e8, "tokens": 2e9, "loss": 3.4, "run": "x", "layers": 6, "released": "2024-01-01"}


@settings(max_examples=50, deadline=None)
@given(
    base=st.sampled_from([OWN, GADRE, LADDER]),
    changes=st.lists(st.tuples(st.integers(0, 9), VALUES), max_size=3),
    more=st.dictionaries(st.sampled_from(["N", "loss_a", "family", "", "_row"]), VALUES),
    name=st.sampled_from([None, None, *RUN_FORMATS]),
    units=st.sampled_from([(), (("tokens", 1e300),), (("params", 1e-5),)]),
    array=st.booleans(),
)
def test_records(
    tmp_path_factory: pytest.TempPathFactory,
    base: dict[str, object],
    changes: list[tuple[int, object]],
    more: dict[str, object],
    name: str | None,
    units: tuple[tuple[str, float], ...],
    *,
    array: bool,
) -> None:
    broken = base | more
    for at, value in changes:
        broken[list(base)[at % len(base)]] = value
    other = {key: f"{base[key]}-2" for key in ("run", "name") if key in base}
    lines = [json.dumps(base | other), json.dumps(broken)]
    path = tmp_path_factory.getbasetemp() / "fuzzed_runs"
    path.write_text(f"[{','.join(lines)}]" if array else "\n".join(lines))
    with suppress(TheodoliteError):
        runs = load_runs(path, RunOptions(format=name, units=units))
        for column in ("params", "tokens", "loss"):
            assert runs.frame[column].is_finite().all()
            assert (runs.frame[column] > 0).all()


@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=60) | st.text('NDC,1e9\n"loss;-', max_size=60).map(str.encode))
def test_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed_bytes"
    for head in (b"", b"N,D,loss\n"):
        path.write_bytes(head + content)
        with suppress(TheodoliteError):
            load_runs(path)
