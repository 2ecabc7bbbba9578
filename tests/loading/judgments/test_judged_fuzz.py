"""Whatever a file holds, it is read or refused with an error of ours."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.eq_bench.made import questions, result, write
from theodolite.errors import TheodoliteError
from theodolite.loading import load_eq_bench, load_needle
from theodolite.scoring.eq_bench import eq_bench
from theodolite.scoring.needle import needle

SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", "7", "1e999", "nan", "x" * 400, "\x00", "\ud800", "Sad"]),
)
KEY = st.sampled_from(["1", "first_pass", "revised", "respondent_answers", "Sad", "", "\x1b"])
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=4)),
    max_leaves=8,
)
MEMBER = st.sampled_from(["model_path", "raw_results", "benchmark_score", "lora_path"])
ASKED = questions(3)
CELLS = ("model", "version", "context_length", "depth_percent", "score", "trial")


@settings(max_examples=30, deadline=None)
@given(MEMBER, VALUE)
def test_a_member_of_a_result(member: str, value: object) -> None:
    content = result(ASKED, "m", noise=1.0, revised=1.0) | {member: value}
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(TheodoliteError):
        folder = Path(name)
        asked = write(folder, "q.json", ASKED)
        eq_bench(load_eq_bench(write(folder, "r.json", content), questions=asked)).to_dict()


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    asked = write(tmp_path, "q.json", ASKED)
    content = result(ASKED, "m", noise=1.0, revised=1.0) | {"model_path": "\ud800"}
    with pytest.raises(TheodoliteError, match="holds half a character"):
        load_eq_bench(write(tmp_path, "r.json", content), questions=asked)


@settings(max_examples=30, deadline=None)
@given(VALUE)
def test_an_answer(value: object) -> None:
    content = result(ASKED, "m", noise=1.0, revised=1.0)
    content["raw_results"]["1"]["respondent_answers"]["1"] = value
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(TheodoliteError):
        folder = Path(name)
        asked = write(folder, "q.json", ASKED)
        eq_bench(load_eq_bench(write(folder, "r.json", content), questions=asked)).to_dict()


@settings(max_examples=25, deadline=None)
@given(VALUE)
def test_questions(value: object) -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(TheodoliteError):
        folder = Path(name)
        asked = write(folder, "q.json", ASKED | {"1": value})
        answers = write(folder, "r.json", result(ASKED, "m", noise=1.0, revised=None))
        load_eq_bench(answers, questions=asked)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(CELLS, SCALAR)), min_size=1, max_size=4
    )
)
def test_cells(rows: list[dict[str, object]]) -> None:
    sound = {"model": "x", "context_length": 1000, "depth_percent": 50, "score": 10}
    lines = [json.dumps(sound | row) for row in [*rows, {"depth_percent": 60}]]
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(TheodoliteError):
        path = Path(name) / "cells.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        needle(load_needle(path, trials=True)).to_dict()
