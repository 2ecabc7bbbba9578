"""Logs of Inspect."""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.scores.files import (
    GEN20,
    MC20,
    MC20_EVAL,
    read_samples,
    sample,
)
from theodolite.errors import FormatError, InputError, MissingExtraError, UsageError
from theodolite.loading.scores import inspect, logs
from theodolite.loading.scores.options import ScoreOptions
from theodolite.tables import Scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Each example writes a file.
FEW = settings(max_examples=20, deadline=None)
PLAIN = ScoreOptions()


def genuine(path: Path) -> dict[str, Any]:
    with gzip.open(path) as handle:
        return json.load(handle)


# Genuine logs


def test_a_genuine_log_gives_the_accuracy_that_it_reports(data: Callable[[str], Path]) -> None:
    path = data(MC20)
    log = genuine(path)
    assert inspect.fits(path)
    read = inspect.read(path, PLAIN)
    scores = Scores.from_frame(read.frame)
    assert (scores.models, scores.benchmarks) == (("mockllm/model",), ("mc20",))
    assert (
        scores.frame["score"].mean() == log["results"]["scores"][0]["metrics"]["accuracy"]["value"]
    )
    expected = [
        (
            str(s["id"]),
            float(s["scores"]["choice"]["value"] == "C"),
            "ABCD".index(s["scores"]["choice"]["answer"]),
        )
        for s in log["samples"]
    ]
    assert scores.frame.select("item_id", "score", "choice").rows() == expected
    # What the model chose is right exactly where it is the target.
    targets = ["ABCD".index(s["target"]) for s in log["samples"]]
    assert [c == t for c, t in zip(scores.frame["choice"], targets, strict=True)] == [
        bool(score) for score in scores.frame["score"]
    ]
    assert (read.notes, read.removed) == ((), ())


def test_epochs_of_a_genuine_log_stay_apart_or_are_reduced_as_inspect_does(
    data: Callable[[str], Path],
) -> None:
    path = data(GEN20)
    log = genuine(path)
    apart = Scores.from_frame(inspect.read(path, PLAIN).frame).frame
    assert apart["epoch"].value_counts().sort("epoch").rows() == [(1, 20), (2, 20)]
    one = inspect.read(path, ScoreOptions(filter="mean")).frame
    assert "epoch" not in one.columns
    reported = {str(s["sample_id"]): s["value"] for s in log["reductions"][0]["samples"]}
    assert dict(one.select("item_id", "score").iter_rows()) == reported
    assert one["score"].mean() == log["results"]["scores"][0]["metrics"]["accuracy"]["value"]


def test_an_archive_says_what_its_json_would(data: Callable[[str], Path], tmp_path: Path) -> None:
    reader = pytest.importorskip("inspect_ai.log", reason="no inspect_ai: the extra inspect")
    path = data(MC20_EVAL)
    assert inspect.fits(path)
    archive = inspect.read(path, PLAIN).frame
    reader.write_eval_log(reader.read_eval_log(str(path)), str(tmp_path / "log.json"))
    text = inspect.read(tmp_path / "log.json", PLAIN).frame
    assert archive.drop("_file").equals(text.drop("_file"))
    assert len(archive) == 20


def test_a_broken_archive_is_the_files_fault(data: Callable[[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai.log", reason="no inspect_ai: the extra inspect")
    short = tmp_path / "short.eval"
    short.write_bytes(data(MC20_EVAL).read_bytes()[:20_000])
    with pytest.raises(FormatError, match="no archive of Inspect"):
        inspect.read(short, PLAIN)
    foreign = tmp_path / "foreign.eval"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(FormatError, match="inspect_ai cannot read it"):
        inspect.read(foreign, PLAIN)


def test_an_archive_needs_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    path = tmp_path / "log.eval"
    path.write_bytes(b"PK")
    with pytest.raises(MissingExtraError, match=r"theodolite\[inspect\]"):
        inspect.read(path, PLAIN)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", object())
    monkeypatch.setattr(logs, "LOG_LIMIT", 2**20)
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1.json", bytes(2**20 + 1))
    with pytest.raises(FormatError, match="more than 1 MiB, unpacked"):
        inspect.read(path, PLAIN)


# Values


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0), (True, 1.0), (False, 0.0), ("yes", 1.0),
        ("No", 0.0), ("TRUE", 1.0), (1, 1.0), (0.25, 0.25), (-3, -3.0), ("7.5", 7.5),
    ],
)  # fmt: skip
def test_every_value_of_inspect(tmp_path: Path, value: object, score: float) -> None:
    assert read_samples(tmp_path, [sample("a", value)]).frame["score"].to_list() == [score]


@pytest.mark.parametrize(
    "value", [None, "c", "X", "", float("nan"), "nan", "inf", ["C"], [1], "1e999", "\ud800"]
)
def test_what_is_no_score_is_refused_by_row(tmp_path: Path, value: object) -> None:
    samples = [sample("a", "C"), sample("b", value)]
    with pytest.raises(InputError, match=r"log.json, row 2, column scores.match: .* not a score"):
        read_samples(tmp_path, samples)


def test_a_sample_without_scores_is_refused(tmp_path: Path) -> None:
    samples = [sample("a", "C"), {"id": "b", "epoch": 1, "error": {"message": "boom"}}]
    with pytest.raises(
        InputError, match=r"row 2, column scores.match: nothing is not a score"
    ) as e:
        read_samples(tmp_path, samples)
    assert "repeat those that failed" in str(e.value)


def test_several_scorers_need_a_choice(tmp_path: Path) -> None:
    scores = {
        "match": {"value": "C"},
        "judge": {"value": {"style": 3, "truth": 4}, "answer": "A"},
    }
    samples = [{"id": 1, "epoch": 1, "scores": scores}]
    with pytest.raises(UsageError, match=r"--metric \(match, judge.style, judge.truth\)"):
        read_samples(tmp_path, samples)
    frame = read_samples(tmp_path, samples, ScoreOptions(metric="judge.truth")).frame
    assert frame["score"].to_list() == [4.0]
    with pytest.raises(UsageError, match=r"--metric 'judge' is not one of match, judge.style"):
        read_samples(tmp_path, samples, ScoreOptions(metric="judge"))


@pytest.mark.parametrize(
    ("answer", "choice"),
    [("A", 0), (" D ", 3), ("E", None), ("A, B", None), ("", None), (None, None), ("-25", None)],
)
def test_the_letter_is_the_choice(tmp_path: Path, answer: str | None, choice: int | None) -> None:
    one = sample("a", "I", answer=answer, choices=list("wxyz"))
    other = sample("b", "I", answer="B", choices=list("wxyz"))
    assert read_samples(tmp_path, [one, other]).frame["choice"].to_list() == [choice, 1]
    assert ("choice" in read_samples(tmp_path, [one]).frame.columns) is (choice is not None)


def test_choices_beyond_the_alphabet_are_numbers(tmp_path: Path) -> None:
    one = sample("a", "I", answer="2", choices=["x"] * 28)
    assert read_samples(tmp_path, [one]).frame["choice"].to_list() == [27]


def test_open_questions_have_no_choice_and_subjects_come_along(tmp_path: Path) -> None:
    samples = [sample(n, "C", answer="A", metadata={"subject": "law"}) for n in (1, 2)]
    frame = read_samples(tmp_path, samples).frame
    assert "choice" not in frame.columns
    assert frame["subject"].to_list() == ["law", "law"]
    samples[0]["metadata"] = {}
    assert "subject" not in read_samples(tmp_path, samples).frame.columns


def test_names_may_be_given(tmp_path: Path) -> None:
    options = ScoreOptions(model="m", benchmark="b")
    frame = read_samples(tmp_path, [sample("a", "C")], options).frame
    assert frame.select("model", "benchmark").rows() == [("m", "b")]


# Epochs

REPEATED = [
    sample("a", "C", epoch=3), sample("b", "C", epoch=3),
    sample("a", "I", epoch=1), sample("b", "C", epoch=1),
    sample("a", "N", epoch=2), sample("b", "P", epoch=2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "scores"),
    [
        ("mean", [1 / 3, 2.5 / 3]),
        # I, N and C stand once each in a: the first epoch's counts.
        ("mode", [0.0, 1.0]),
        ("max", [1.0, 1.0]),
        ("at_least_1", [1.0, 1.0]),
        ("at_least_2", [0.0, 1.0]),
        ("pass_at_1", [1 / 3, 2 / 3]),
        ("pass_at_2", [2 / 3, 1.0]),
    ],
)
def test_reducers(tmp_path: Path, rule: str, scores: list[float]) -> None:
    frame = read_samples(tmp_path, REPEATED, ScoreOptions(filter=rule)).frame
    assert frame["item_id"].to_list() == ["a", "b"]
    assert frame["score"].to_list() == pytest.approx(scores)
    Scores.from_frame(frame)


@FEW
@given(st.lists(st.lists(st.sampled_from("CIPN"), min_size=4, max_size=4), min_size=1, max_size=5))
def test_reducers_against_a_slow_reference(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    samples = [
        sample(item, value, epoch=epoch)
        for epoch in range(1, 5)
        for item, row in enumerate(table)
        for value in [row[epoch - 1]]
    ]
    number = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
    reference = {
        "mean": lambda row: mean(number[v] for v in row),
        "max": lambda row: max(number[v] for v in row),
        "mode": lambda row: number[max(row, key=row.count)],
        "at_least_2": lambda row: float(row.count("C") >= 2),
    }
    for rule, reduce in reference.items():
        frame = read_samples(folder, samples, ScoreOptions(filter=rule)).frame
        assert frame["score"].to_list() == pytest.approx([reduce(row) for row in table])


def test_reducers_are_those_of_inspect(tmp_path: Path) -> None:
    scorer = pytest.importorskip("inspect_ai.scorer", reason="no inspect_ai: the extra inspect")
    rng = np.random.default_rng(5)
    table = rng.choice(["C", "P", "I", "N", "0.25"], size=(40, 6)).tolist()
    samples = [
        sample(item, value, epoch=epoch)
        for item, row in enumerate(table)
        for epoch, value in enumerate(row, 1)
    ]
    number = scorer.value_to_float()
    peers = {
        "mean": scorer.mean_score(),
        "mode": scorer.mode_score(),
        "max": scorer.max_score(),
        "at_least_3": scorer.at_least(3),
        "pass_at_4": scorer.pass_at(4),
    }
    for rule, peer in peers.items():
        frame = read_samples(tmp_path, samples, ScoreOptions(filter=rule)).frame
        theirs = [number(peer([scorer.Score(value=v) for v in row]).value) for row in table]
        assert frame["score"].to_list() == pytest.approx(theirs, abs=1e-12)


def test_a_choice_stays_where_the_epochs_agree(tmp_path: Path) -> None:
    def of(item: str, answers: str) -> list[dict[str, Any]]:
        return [
            sample(item, "I", epoch=n, answer=letter, choices=["x", "y"])
            for n, letter in enumerate(answers, 1)
        ]

    samples = of("a", "AB") + of("b", "BB") + of("c", "B?")
    frame = read_samples(tmp_path, samples, ScoreOptions(filter="max")).frame
    assert frame["choice"].to_list() == [None, 1, None]


@pytest.mark.parametrize("rule", ["average", "pass_at_0", "pass_at_", "at_least_x", "pass_at_1e9"])
def test_an_unknown_reducer_is_named(tmp_path: Path, rule: str) -> None:
    with pytest.raises(UsageError, match="is not one of mean, mode, max, at_least_K, pass_at_K"):
        read_samples(tmp_path, REPEATED, ScoreOptions(filter=rule))


def test_pass_at_more_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'a' is an item with fewer than 4 epochs"):
        read_samples(tmp_path, REPEATED, ScoreOptions(filter="pass_at_4"))


@pytest.mark.parametrize("rule", [None, "mean"])
def test_a_sample_that_stands_twice_is_refused(tmp_path: Path, rule: str | None) -> None:
    samples = [sample(1, "C"), sample("1", "I")]
    with pytest.raises(InputError, match="row 2, column item_id: '1' is there already"):
        read_samples(tmp_path, samples, ScoreOptions(filter=rule))


@pytest.mark.parametrize("item", [None, 1.5, True, ["a"]])
def test_an_id_is_text_or_a_whole_number(tmp_path: Path, item: object) -> None:
    with pytest.raises(InputError, match="row 1, column id"):
        read_samples(tmp_path, [sample(item, "C")])


@pytest.mark.parametrize("epoch", [0, "1", None, True, 2**63])
def test_an_epoch_is_a_count(tmp_path: Path, epoch: object) -> None:
    with pytest.raises(InputError, match="row 1, column epoch"):
        read_samples(tmp_path, [sample("a", "C", epoch=epoch)])


# The run


def about(n: int, epochs: int | None = None) -> dict[str, Any]:
    return {
        "task": "quiz", "model": "m", "dataset": {"sample_ids": list(range(n))},
        "config": {"epochs": epochs},
    }  # fmt: skip


@pytest.mark.parametrize("status", ["error", "cancelled", "started"])
def test_a_run_that_did_not_end_is_read_only_where_it_is_complete(
    tmp_path: Path, status: str
) -> None:
    samples = [sample(0, "C"), sample(1, "I")]
    more = {"status": status, "eval": about(2)}
    notes = read_samples(tmp_path, samples, **more).notes
    assert len(notes) == 1
    assert f"the status of the run is {status}, but all 2 samples are in it" in notes[0]
    for part, expected in (({"eval": about(2, 2)}, " of 4"), ({"eval": about(3)}, " of 3")):
        with pytest.raises(FormatError, match=f"'{status}', with 2{expected} samples"):
            read_samples(tmp_path, samples, **(more | part))
    with pytest.raises(FormatError, match="with 2 samples"):
        read_samples(tmp_path, samples, status=status)


def test_what_is_odd_about_a_run_is_noted(tmp_path: Path) -> None:
    read = read_samples(tmp_path, [sample(0, "C")], eval=about(2), invalidated=True)
    assert [note.rsplit(": ", 1)[1] for note in read.notes] == [
        "1 of 2 samples are in the log",
        "the log is marked as invalidated",
    ]


def reported(name: str, value: object, **more: object) -> dict[str, Any]:
    metrics = {"stderr": {"value": 9.0}, "accuracy": {"value": value}}
    return {"scores": [{"name": name, "scorer": "match", "metrics": metrics} | more]}


@pytest.mark.parametrize(
    ("results", "noted"),
    [
        (reported("match", 0.25), False),
        (reported("match", 0.75), True),
        (reported("match", 0.75, reducer="max"), False),
        (reported("match", float("nan")), False),
        (reported("style", 0.75), False),
        ({"scores": [3]}, False),
        (None, False),
    ],
)
def test_a_mean_that_is_not_that_of_the_samples_is_noted(
    tmp_path: Path, results: object, noted: bool
) -> None:
    # The mean over items, not over samples: a has two epochs, b three.
    samples = [sample("a", "C"), sample("a", "I", epoch=2)]
    samples += [sample("b", "I", epoch=n) for n in (1, 2, 3)]
    notes = read_samples(tmp_path, samples, results=results).notes
    assert [note.rsplit(": ", 1)[1] for note in notes] == [
        "the log reports 0.75 for match, its samples give 0.25"
    ] * noted


def test_the_mean_of_a_key_is_that_of_its_scorer(tmp_path: Path) -> None:
    one = {"id": 1, "epoch": 1, "scores": {"match": {"value": {"style": 3}}}}
    notes = read_samples(tmp_path, [one], results=reported("style", 0.75)).notes
    assert notes[0].endswith("the log reports 0.75 for match.style, its samples give 3")
