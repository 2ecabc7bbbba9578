"""Lists and objects in JSONL come as the JSON that they were."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.files import RECORD, written
from theodolite.loading import VoteOptions, load_votes
from theodolite.loading.source import Source

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
nested = st.recursive(
    texts | st.integers(-9, 9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
LEAD = "\ufeff"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries({"id": texts, "it's": st.lists(nested)}), min_size=1))
def test_nested_values_keep_every_character(records: list[dict[str, object]]) -> None:
    lines = [json.dumps(record) for record in records]
    with TemporaryDirectory() as folder:
        for lead in ("", LEAD):
            path = written(Path(folder), lead + "\n\n \n".join(lines))
            source = Source.open(path)
            frame = source.collect(source.scan(["it's", "id"]))
            assert frame["id"].to_list() == [record["id"] for record in records]
            assert [json.loads(text) for text in frame["it's"]] == [r["it's"] for r in records]
            assert frame["_row"].to_list() == list(range(1, len(records) + 1))


@pytest.mark.parametrize("odd", [r'["\ud800"]', "[" * 200 + "]" * 200])
def test_what_a_line_parser_cannot_read_is_still_there(tmp_path: Path, odd: str) -> None:
    source = Source.open(written(tmp_path, f'{{"c": [1]}}\n{{"c": {odd}}}\n{{"c": null}}'))
    first, second, third = source.collect(source.scan(["c"]))["c"]
    assert (first, third) == ("[1]", None)
    assert second.startswith("[")


@pytest.mark.parametrize("text", [r"a \sum", r"\frac", "plain"])
def test_a_prompt_is_the_same_in_jsonl_and_json(tmp_path: Path, text: str) -> None:
    turns = [{"role": "user", "content": text}, {"role": "assistant", "content": "b"}]
    record = {**RECORD, "judge": "j", "tstamp": 1.0}
    line = json.dumps({**record, "conversation_a": turns, "conversation_b": turns})
    options = VoteOptions(format="fastchat", need=frozenset({"prompt_id"}))
    ids = [
        load_votes(written(tmp_path, content), options).frame["prompt_id"].to_list()
        for content in (line, f"[{line}]")
    ]
    assert ids[0] == ids[1]
