"""Samples of lm-eval: metrics, filters, choices, epochs, names and suspicion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.files import written
from tests.loading.scores.reference import error_of
from tests.loading.scores.samples import DATE, chosen, generated, save
from theodolite.loading import ScoreOptions, load_scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACC = ScoreOptions(model="m", metric="acc")
STRICT = ScoreOptions(model="m", filter="strict")
TEXTS = st.lists(st.text(st.sampled_from("ab é日"), min_size=1, max_size=6), min_size=2, max_size=4)
LIKELIHOOD = st.floats(-50, -0.001, allow_nan=False)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), metric=st.sampled_from(["acc", "acc_norm", "acc_bytes"]))
def test_the_choice_is_the_one_that_the_metric_scored(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, metric: str
) -> None:
    records, expected = [], []
    for doc_id in range(3):
        texts = data.draw(TEXTS)
        values = data.draw(st.lists(LIKELIHOOD, min_size=len(texts), max_size=len(texts)))
        lengths = {
            "acc": [1] * len(texts),
            "acc_norm": [len(text) for text in texts],
            "acc_bytes": [len(text.encode()) for text in texts],
        }[metric]
        ratios = [value / length for value, length in zip(values, lengths, strict=True)]
        expected.append(ratios.index(max(ratios)))
        target = data.draw(st.integers(0, len(texts) - 1))
        records.append(chosen(doc_id, target, texts, values))
    path = save(tmp_path_factory.mktemp("log"), records)
    frame = load_scores(path, ScoreOptions(model="m", metric=metric)).frame
    assert frame["choice"].to_list() == expected
    assert frame["score"].to_list() == [record[metric] for record in records]
    assert frame["item_id"].to_list() == ["0", "1", "2"]
    assert frame["benchmark"].to_list() == ["quiz"] * 3


def test_likelihoods_of_older_logs_are_numbers(tmp_path: Path) -> None:
    record = chosen(0, 1, ["x", "y"], [-2.0, -1.0])
    record["filtered_resps"] = [[-2.0, False], [-1.0, True]]
    del record["metrics"], record["acc_norm"], record["acc_bytes"]
    frame = load_scores(save(tmp_path, [record]), ScoreOptions(model="m")).frame
    assert frame.select("score", "choice").rows() == [(1.0, 1)]


def test_a_choice_that_does_not_explain_the_score_is_not_given(tmp_path: Path) -> None:
    record = chosen(0, 0, ["x", "y"], [-1.0, -2.0])
    scores = load_scores(save(tmp_path, [{**record, "acc": 0.0}]), ACC)
    assert "choice" not in scores.frame.columns
    assert "does not explain the score of 1 of 1 documents" in scores.notes[0]


def test_a_metric_is_chosen_and_must_be_there(tmp_path: Path) -> None:
    path = save(tmp_path, [chosen(0, 0, ["x", "y"], [-1.0, -2.0])])
    message = error_of(path, ScoreOptions(model="m"))
    assert "has the metrics acc, acc_bytes, acc_norm; choose one with --metric" in message
    assert "--metric 'f1' is not one of acc," in error_of(path, ScoreOptions(metric="f1"))


def test_a_filter_is_chosen_and_the_error_says_what_each_gives(tmp_path: Path) -> None:
    path = save(tmp_path, generated(0, "x", "y", {"strict": 0.0, "loose": 1.0}))
    message = error_of(path, ScoreOptions(model="m"))
    assert "(strict: mean exact_match 0 of 1; loose: mean exact_match 1 of 1); choose" in message
    assert load_scores(path, ScoreOptions(model="m", filter="loose")).frame["score"].sum() == 1
    assert "--filter 'x' is not one of strict, loose" in error_of(path, ScoreOptions(filter="x"))


@pytest.mark.parametrize(
    ("doc", "ids"),
    [
        ({}, ["0", "5"]),
        ({"id": ["a", "b"]}, ["a", "b"]),
        ({"question_id": [70, 71]}, ["70", "71"]),
        ({"subject": ["s", "t"]}, ["s/0", "t/5"]),
        ({"id": ["a", "b"], "subject": ["s", "t"]}, ["a", "b"]),
        ({"id": ["a", None]}, ["0", "5"]),
        ({"id": [["a"], ["b"]]}, ["0", "5"]),
        ({"id": ["a", "a"]}, ["0", "5"]),
        ({"id": ["a\nb", "c"]}, ["0", "5"]),
    ],
)
def test_the_name_of_an_item(tmp_path: Path, doc: dict[str, list[object]], ids: list[str]) -> None:
    docs = [{key: values[k] for key, values in doc.items()} for k in (0, 1)]
    records = [*generated(0, "x", "x", {"none": 1.0}, **docs[0])]
    records += generated(5, "x", "y", {"none": 0.0}, **docs[1])
    scores = load_scores(save(tmp_path, records), ScoreOptions(model="m"))
    assert scores.frame["item_id"].to_list() == ids
    assert ("subject" in scores.frame.columns) == ("subject" in doc)
    assert any("is not unique" in note for note in scores.notes) == (doc.get("id") == ["a", "a"])


def test_a_document_may_hold_quotes_and_backslashes(tmp_path: Path) -> None:
    records = generated(0, "x", "x", {"none": 1.0}, text='\\ "\\frac{1}" \n', id="a\\b")
    scores = load_scores(save(tmp_path, records), ScoreOptions(model="m"))
    assert scores.frame["item_id"].to_list() == ["a\\b"]


def test_a_document_that_stands_twice_was_asked_twice(tmp_path: Path) -> None:
    records = [
        *generated(0, "x", "x", {"strict": 1.0, "loose": 0.0}, id="q"),
        *generated(1, "x", "x", {"strict": 0.0, "loose": 0.0}, id="r"),
        *generated(0, "x", "y", {"strict": 0.0, "loose": 1.0}, id="q"),
    ]
    scores = load_scores(save(tmp_path, records), STRICT)
    rows = scores.frame.select("item_id", "epoch", "score").rows()
    assert rows == [("q", 1, 1.0), ("r", 1, 0.0), ("q", 2, 0.0)]
    assert any("each time is an epoch" in note for note in scores.notes)


def results_of(arguments: object, **more: object) -> dict[str, object]:
    return {"config": {"model": "hf", "model_args": arguments}, **more}


@pytest.mark.parametrize(
    ("results", "model"),
    [
        (results_of({"pretrained": "org/name"}, model_name="org/name"), "org/name"),
        (results_of("pretrained=org/name,dtype=auto"), "org/name"),
        (results_of({}, model_name="k3x9qwer"), "hf"),
        (results_of("dtype=auto", model_name="k3x9qwer"), "hf"),
        ({"model_name": "other"}, "other"),
    ],
)
def test_the_model_is_that_of_the_results(tmp_path: Path, results: object, model: str) -> None:
    path = save(tmp_path, generated(0, "x", "x", {"none": 1.0}), results=results)
    scores = load_scores(path)
    assert (scores.models, scores.benchmarks) == ((model,), ("quiz",))
    given_names = load_scores(path, ScoreOptions(model="a", benchmark="b"))
    assert (given_names.models, given_names.benchmarks) == (("a",), ("b",))


def test_a_prefix_of_the_file_name_is_the_model(tmp_path: Path) -> None:
    path = save(tmp_path, generated(0, "x", "x", {"none": 1.0}))
    assert "nothing tells the model\nName it with --model" in error_of(path, ScoreOptions())
    renamed = path.rename(tmp_path / f"org__name__samples_quiz_{DATE}.jsonl")
    assert load_scores(renamed).models == ("org__name",)
    bare = renamed.rename(tmp_path / "answers.jsonl")
    assert "does not tell the task" in error_of(bare, ScoreOptions(model="m"))
    assert len(load_scores(bare, ScoreOptions(model="m", benchmark="b"))) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, "\xff"])
def test_results_that_cannot_be_read_are_told(tmp_path: Path, content: str) -> None:
    path = save(tmp_path, generated(0, "x", "x", {"none": 1.0}))
    beside = written(tmp_path, content, f"results_{DATE}.json")
    assert f"{beside}: not a JSON object" in error_of(path, ScoreOptions())


def test_results_that_are_of_other_samples_are_told(tmp_path: Path) -> None:
    results = {
        "model_name": "m",
        "n-samples": {"quiz": {"original": 9, "effective": 3}},
        "results": {"quiz": {"exact_match,none": 0.25}},
        "configs": {"quiz": {"metric_list": [{"metric": "exact_match", "aggregation": "mean"}]}},
    }
    path = save(tmp_path, generated(0, "x", "x", {"none": 1.0}), results=results)
    notes = load_scores(path).notes
    assert any("holds 1 documents; the results file counts 3" in note for note in notes)
    assert any("exact_match is 1.0000; the results file says 0.2500" in note for note in notes)
    results["n-samples"] = {"quiz": {"effective": 1}}
    results["results"] = {"quiz": {"exact_match,none": 1.0}}
    assert not load_scores(save(tmp_path, generated(0, "x", "x", {"none": 1.0}),
                                results=results)).notes  # fmt: skip


def answers(count: int, response: Callable[[int], str], target: str, loose: float = 0.0) -> list:
    scores = {"strict": 0.0, "loose": loose}
    return [r for k in range(count) for r in generated(k, target, response(k), scores)]


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (answers(20, lambda k: "It is Paris." if k < 2 else "no", "Paris"), "response of 2"),
        (answers(20, lambda k: "It is Paris." if k < 1 else "no", "Paris"), None),
        (answers(20, lambda _: "Parisian", "Paris"), None),
        (answers(20, lambda _: "14 or 40", "4"), None),
        (answers(20, lambda _: "So it is 4.", "first\n3 + 1 = 4\n#### 4"), "response of 20"),
        (answers(20, lambda _: 'say "it\'s" \\ a', "it's\" \\ a"), "response of 20"),
        (answers(20, lambda _: "anything", ""), None),
        (answers(20, lambda _: "anything", "!?"), None),
        (answers(20, lambda _: "no", "Paris", 1.0), "the filter loose scores above 0 in 20"),
    ],
)
def test_a_filter_that_read_nothing_is_suspect(
    tmp_path: Path, records: list[dict[str, object]], told: str | None
) -> None:
    notes = load_scores(save(tmp_path, records), STRICT).notes
    assert len(notes) == (told is not None)
    if told is not None:
        assert "suspected extraction failure: the filter strict scores 0 in all 20" in notes[0]
        assert told in notes[0]


def test_a_filter_that_read_one_answer_is_not_suspect(tmp_path: Path) -> None:
    records = answers(20, lambda _: "It is Paris.", "Paris")
    records[0]["exact_match"] = 1.0
    assert load_scores(save(tmp_path, records), STRICT).notes == ()


def test_bad_values(tmp_path: Path) -> None:
    records = generated(0, "x", "x", {"none": 1.0}) + generated(1, "x", "x", {"none": 1.0})
    for value, message in (
        ([1, 2], "row 2, column exact_match: '[1, 2]' is not a number"),
        ("good", "row 2, column exact_match: 'good' is not a number"),
        (None, "row 2, column exact_match: the cell is empty"),
    ):
        records[1]["exact_match"] = value
        assert message in error_of(save(tmp_path, records), ScoreOptions(model="m"))
    records[1]["exact_match"] = True
    assert load_scores(save(tmp_path, records), ScoreOptions(model="m")).frame["score"].sum() == 2
    records[1]["metrics"] = "exact_match"
    message = error_of(save(tmp_path, records), ScoreOptions(model="m"))
    assert "cannot be read" in message


def test_a_log_that_is_cut_off_is_told(tmp_path: Path) -> None:
    path = save(tmp_path, generated(0, "x", "x", {"none": 1.0}) * 3)
    path.write_text(path.read_text()[:-30])
    assert "row 3: the record is cut off" in error_of(path, ScoreOptions(model="m"))
    pl.DataFrame({"doc_id": [0], "doc": "{}", "target": "", "resps": ""}).write_parquet(path)
    assert "fits no format" in error_of(path, ScoreOptions(model="m"))
    assert "are JSONL, not Parquet" in error_of(path, ScoreOptions(model="m", format="lm-eval"))
