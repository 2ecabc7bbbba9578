"""Whatever a file holds, it is read or refused with an error of this package."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.scores.samples import chosen, generated, save
from theodolite.errors import TheodoliteError
from theodolite.loading import SCORE_FORMATS, ScoreOptions, load_scores

if TYPE_CHECKING:
    import pytest

SCALARS = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(["id", "row", "subject", "model", "score", "prediction", "answer", "m", ""])


def _try(path: object, options: ScoreOptions) -> None:
    with suppress(TheodoliteError):
        load_scores(path, options)  # type: ignore[arg-type]


@settings(max_examples=120, deadline=None)
@given(
    records=st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4),
    name=st.sampled_from([None, *SCORE_FORMATS]),
)
def test_tables(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], name: str | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    _try(path, ScoreOptions(format=name, benchmark="b"))


@settings(max_examples=120, deadline=None)
@given(
    key=st.sampled_from(sorted(chosen(0, 0, ["a", "b"], [-1, -2]))),
    value=VALUES,
    gone=st.booleans(),
    metric=st.sampled_from([None, "acc", "acc_norm", "exact_match"]),
)
def test_samples_of_lm_eval(
    tmp_path_factory: pytest.TempPathFactory,
    key: str,
    value: object,
    metric: str | None,
    *,
    gone: bool,
) -> None:
    records = [chosen(0, 0, ["a", "b"], [-1, -2])]
    if metric == "exact_match":
        records = generated(0, "x", "y", {"none": 0.0})
    for record in records:
        record[key] = value
        if gone:
            del record[key]
    path = save(tmp_path_factory.getbasetemp(), records, results=value)
    for options in (ScoreOptions(metric=metric), ScoreOptions(model="m", metric=metric)):
        _try(path, options)
