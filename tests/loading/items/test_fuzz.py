"""Whatever the bytes: items, or an error of ours; and a slow reader agrees."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loading.items.files import CONTAINERS, headless, saved
from tests.loading.items.test_formats import FILES, ROWS
from theodolite.errors import InputError, TheodoliteError
from theodolite.loading import ITEM_FORMATS, load_items

if TYPE_CHECKING:
    from theodolite.tables import Items

FAST = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def seeds() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        found["mmlu"] = headless(Path(folder), ROWS).read_bytes()
        for at, (name, (_, records, _)) in enumerate(FILES.items()):
            container = CONTAINERS[at % len(CONTAINERS)]
            found[name] = saved(Path(folder), records, container).read_bytes()
    return found


SEEDS = seeds()


def load(content: bytes, **options: str) -> Items | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items"
        path.write_bytes(content)
        try:
            return load_items(path, **options)  # type: ignore[arg-type]
        except TheodoliteError as error:
            assert str(error)  # noqa: PT017 - any error of ours is a pass
            return None


@FAST
@given(st.binary(max_size=300), st.sampled_from([None, *ITEM_FORMATS]))
def test_random_bytes(content: bytes, fmt: str | None) -> None:
    load(content, **({"format": fmt} if fmt else {}))


@pytest.mark.parametrize("name", SEEDS)
@FAST
@given(edits=st.data())
def test_mutated_files(name: str, edits: st.DataObject) -> None:
    content = bytearray(SEEDS[name])
    for _ in range(edits.draw(st.integers(1, 4))):
        start = edits.draw(st.integers(0, len(content)))
        stop = start + edits.draw(st.integers(0, 12))
        odd = [b"\n", b'"', b"\0", b"{", b"]", b"[", b",", b"null", b"\\u0000", b"1e999", b"-1"]
        content[start:stop] = edits.draw(st.binary(max_size=6) | st.sampled_from(odd))
    load(bytes(content))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.sampled_from(["A", "b", "1", "[0]", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "label", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
columns = st.sampled_from(
    [
        "benchmark",
        "item_id",
        "id",
        "subject",
        "row",
        "question",
        "choices",
        "options",
        "answer",
        "answerKey",
        "answer_index",
        "reference",
        "A",
        "B",
        "C",
        "E",
        "_file",
        "_row",
        "solution",
    ]
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(columns, values, max_size=7), min_size=1, max_size=3), st.booleans()
)
def test_any_values_under_the_names_of_the_formats(
    records: list[dict[str, Any]], lines: bool
) -> None:
    records = [{"question": "q", "answer": 0} | record for record in records]
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records)
    load(text.encode())


def slow_key(choices: list[str], answer: str, way: str) -> int | None:
    """The position that one key names, read in one way."""
    if way == "letters":
        at = "ABCDEFGHIJ".find(answer) if len(answer) == 1 else -1
        return at if 0 <= at < len(choices) else None
    if way == "positions":
        return int(answer) if answer in [str(at) for at in range(len(choices))] else None
    return choices.index(answer) if choices.count(answer) == 1 else None


def slow_keys(records: list[dict[str, Any]]) -> list[int] | None:
    """The positions, if there is one way to read all of them; else none."""
    readings = [
        [slow_key(record["choices"], record["answer"], way) for record in records]
        for way in ("letters", "positions", "texts")
    ]
    whole = [reading for reading in readings if None not in reading]
    return whole[0] if whole and all(reading == whole[0] for reading in whole) else None  # type: ignore[return-value]


cells = st.sampled_from(["A", "B", "C", "0", "1", "2", "x", "", " "])
keyed = st.fixed_dictionaries({"choices": st.lists(cells, min_size=1, max_size=4), "answer": cells})
likely = st.fixed_dictionaries(
    {"choices": st.permutations(["A", "B", "x"]), "answer": st.sampled_from(["A", "B"])}
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(keyed, min_size=1, max_size=2) | st.lists(likely, min_size=1, max_size=2),
    st.sampled_from(["jsonl", "parquet"]),
)
def test_keys_as_a_slow_reader_takes_them(records: list[dict[str, Any]], container: str) -> None:
    expected = slow_keys(records)
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), [{"question": "q"} | record for record in records], container)
        if expected is None:
            with pytest.raises(InputError):
                load_items(path)
            return
        frame = load_items(path).frame
    assert frame["choices"].to_list() == [record["choices"] for record in records]
    assert frame["answer"].to_list() == [[at] for at in expected]
