"""Logs of Inspect that are cut off, too large, or something else."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.scores.files import (
    inspect_log,
    read_samples,
    sample,
    write_log,
)
from theodolite.errors import FormatError, InputError, UsageError
from theodolite.loading.scores import inspect, logs
from theodolite.loading.scores.options import ScoreOptions
from theodolite.tables import Scores

if TYPE_CHECKING:
    from pathlib import Path

# Each example writes a file.
FEW = settings(max_examples=40, deadline=None)
PLAIN = ScoreOptions()


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_is_cut_off_is_refused(tmp_path: Path, packed: bool) -> None:
    log = inspect_log([sample(n, "C") for n in range(5)])
    path = write_log(tmp_path, log, packed=packed)
    whole = path.read_bytes()
    for length in range(4, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match=path.name):
            inspect.read(path, PLAIN)


def test_a_small_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 2**20)
    path = write_log(tmp_path, inspect_log([sample("a", "C")], padding=" " * 2**20), packed=True)
    assert path.stat().st_size < 3_000
    with pytest.raises(FormatError, match="a log of more than 1 MiB, unpacked"):
        inspect.read(path, PLAIN)


@pytest.mark.parametrize(
    ("log", "fault"),
    [
        ([], "not a JSON object"),
        ({}, "no log of Inspect"),
        ({"status": "success", "eval": {}}, "eval.task is not given"),
        ({"status": 3, "eval": {"task": "t", "model": "m"}}, "no log of Inspect"),
        (inspect_log([]), "no samples"),
        (inspect_log({"a": 1}), "samples is not a list"),
        (inspect_log([3]), "row 1: a record must be a JSON object"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, log: object, fault: str) -> None:
    with pytest.raises(FormatError, match=fault):
        inspect.read(write_log(tmp_path, log), PLAIN)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text('{"samples": [{"id": ' + "[" * 200_000)
    with pytest.raises(FormatError, match="row 1: nested too deeply"):
        inspect.read(path, PLAIN)


@FEW
@given(st.binary(max_size=60))
def test_any_bytes_are_told_or_refused(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.json"
    whole = json.dumps(inspect_log([sample("a", "C"), sample("b", "I")])).encode()
    path.write_bytes(whole[:150] + junk + whole[150:])
    with suppress(InputError, UsageError):
        Scores.from_frame(inspect.read(path, PLAIN).frame)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@FEW
@given(st.sampled_from(["id", "epoch", "scores", "choices", "metadata", "match"]), JSON)
def test_any_value_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    odd = sample("b", value) if key == "match" else sample("b", "C") | {key: value}
    with suppress(InputError, UsageError):
        samples = [sample("a", "C"), odd]
        Scores.from_frame(read_samples(tmp_path_factory.mktemp("log"), samples).frame)


@FEW
@given(st.sampled_from(["status", "eval", "results", "invalidated", "task", "dataset"]), JSON)
def test_any_header_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    log = inspect_log([sample("a", "C")])
    if key in ("task", "dataset"):
        log["eval"][key] = value
    else:
        log[key] = value
    with suppress(InputError, UsageError):
        Scores.from_frame(inspect.read(write_log(tmp_path_factory.mktemp("log"), log), PLAIN).frame)


def test_only_logs_fit(tmp_path: Path) -> None:
    assert inspect.fits(write_log(tmp_path, inspect_log([sample("a", "C")])))
    assert inspect.fits(write_log(tmp_path, inspect_log([sample("a", "C")]), packed=True))
    other = tmp_path / "other.jsonl"
    for text in ('{"eval": 3, "status": "ok"}', '[{"status": "", "eval": {}}]', "a,b\n1,2\n", ""):
        other.write_text(text)
        assert not inspect.fits(other)
    pl.DataFrame({"a": [1]}).write_parquet(other)
    assert not inspect.fits(other)
