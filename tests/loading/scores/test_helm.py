"""Runs of HELM, in records of the shape that HELM 0.5.16 writes."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, UsageError
from theodolite.loading.scores import helm, logs
from theodolite.loading.scores.options import ScoreOptions
from theodolite.tables import Removal, Scores

if TYPE_CHECKING:
    from pathlib import Path

# Each example writes a file.
FEW = settings(max_examples=40, deadline=None)
FOLDER = "mmlu:subject=anatomy,method=multiple_choice_joint,model=openai_gpt2"
EXACT = ScoreOptions(metric="exact_match")
DIALECT = {"name": "dialect", "robustness": False, "fairness": True, "computed_on": "perturbed"}


def statistic(name: str, mean: float | None, split: str = "test") -> dict[str, Any]:
    about = {"name": name, "split": split}
    if mean is None:
        return {"name": about, "count": 0, "sum": 0, "sum_squared": 0}
    return {"name": about, "count": 1, "sum": mean, "min": mean, "max": mean, "mean": mean}


def record(
    instance: object, *stats: dict[str, Any], trial: object = 0, **more: object
) -> dict[str, Any]:
    return {"instance_id": instance, **more, "train_trial_index": trial, "stats": list(stats)}


def books(instance: str, **more: Any) -> dict[str, Any]:
    """What HELM writes of each instance beside its score."""
    spent = [("num_references", 4.0), ("inference_runtime", 7.9), ("training_co2_cost", None)]
    return record(instance, *(statistic(name, mean) for name, mean in spent), **more)


def run(
    folder: Path,
    records: object,
    *,
    name: str = FOLDER,
    spec: object = None,
    file: str = "per_instance_stats.json",
) -> Path:
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    if spec is not None:
        (home / "run_spec.json").write_text(json.dumps(spec))
    path = home / file
    path.write_text(json.dumps(records, indent=2))
    return path


MATCHES = [
    record("id0", statistic("exact_match", 1.0), statistic("quasi_exact_match", 1.0)),
    record("id7", statistic("exact_match", 0.0), statistic("quasi_exact_match", 1.0)),
    books("id0"),
    books("id7"),
]


def test_a_run_is_read_from_records_of_one_metric_each(tmp_path: Path) -> None:
    path = run(tmp_path, MATCHES)
    assert helm.fits(path)
    read = helm.read(path, EXACT)
    scores = Scores.from_frame(read.frame)
    columns = ["model", "benchmark", "subject", "item_id", "score", "_row"]
    assert scores.frame.select(columns).rows() == [
        ("openai_gpt2", "mmlu", "anatomy", "anatomy/id0", 1.0, 1),
        ("openai_gpt2", "mmlu", "anatomy", "anatomy/id7", 0.0, 2),
    ]
    assert scores.frame["split"].to_list() == ["test", "test"]
    assert not {"epoch", "choice"} & set(scores.frame.columns)
    assert (read.notes, read.removed) == ((), ())


def test_the_specification_beside_it_knows_better_than_the_folder(tmp_path: Path) -> None:
    spec = {"name": "babi_qa:task=3,model=openai_gpt2", "adapter_spec": {"model": "openai/gpt2"}}
    frame = helm.read(run(tmp_path, MATCHES, name="renamed", spec=spec), EXACT).frame
    assert frame.select("model", "benchmark", "item_id").row(0) == (
        "openai/gpt2",
        "babi_qa:task=3",
        "id0",
    )
    named = ScoreOptions(metric="exact_match", model="m", benchmark="b")
    frame = helm.read(run(tmp_path, MATCHES, name="renamed"), named).frame
    assert frame.select("model", "benchmark").row(0) == ("m", "b")


@pytest.mark.parametrize(
    ("name", "options", "what"),
    [
        ("x:model=a", EXACT, None),
        ("somewhere", EXACT, "model"),
        ("mmlu:subject=law", EXACT, "model"),
        ("somewhere", ScoreOptions(metric="exact_match", model="m"), "benchmark"),
    ],
)
def test_names_that_nobody_tells_are_asked_for(
    tmp_path: Path, name: str, options: ScoreOptions, what: str | None
) -> None:
    path = run(tmp_path, MATCHES, name=name)
    if what is None:
        assert helm.read(path, options).frame["benchmark"][0] == "x"
        return
    with pytest.raises(UsageError, match=rf"the {what} is not known.*--{what}"):
        helm.read(path, options)


@pytest.mark.parametrize("spec", ["{", "[]", "[" * 100_000, " " * (2**20 + 1)])
def test_a_broken_specification_is_refused(tmp_path: Path, spec: str) -> None:
    path = run(tmp_path, MATCHES)
    (path.parent / "run_spec.json").write_text(spec)
    with pytest.raises(FormatError, match=r"run_spec\.json"):
        helm.read(path, EXACT)


def test_several_metrics_need_a_choice_but_the_books_are_none(tmp_path: Path) -> None:
    path = run(tmp_path, MATCHES)
    with pytest.raises(UsageError, match=r"--metric \(exact_match, quasi_exact_match\)"):
        helm.read(path, ScoreOptions())
    with pytest.raises(UsageError, match="'f1' is not one of exact_match, quasi_exact_match"):
        helm.read(path, ScoreOptions(metric="f1"))
    spent = helm.read(path, ScoreOptions(metric="inference_runtime")).frame
    assert spent["score"].to_list() == [7.9, 7.9]
    alone = [record("id0", statistic("f1_score", 0.5)), books("id0")]
    assert helm.read(run(tmp_path, alone), ScoreOptions()).frame["score"].to_list() == [0.5]
    with pytest.raises(FormatError, match="no metric in it but such as keep the books"):
        helm.read(run(tmp_path, [books("id0")]), ScoreOptions())


def test_instances_without_a_value_are_counted(tmp_path: Path) -> None:
    records = [*MATCHES, record("id8", statistic("exact_match", None)), books("id8"), books("id9")]
    read = helm.read(run(tmp_path, records), EXACT)
    assert read.frame["item_id"].to_list() == ["anatomy/id0", "anatomy/id7"]
    assert read.removed == (Removal("no exact_match", 2),)


def test_trials_are_epochs(tmp_path: Path) -> None:
    records = [
        record(item, statistic("exact_match", float(trial == 2)), trial=trial)
        for trial in range(3)
        for item in ("id0", "id1")
    ]
    frame = Scores.from_frame(helm.read(run(tmp_path, records), EXACT).frame).frame
    assert frame.select("item_id", "epoch", "score").rows()[-1] == ("anatomy/id1", 3, 1.0)
    with pytest.raises(InputError, match="row 7, column item_id: 'anatomy/id0' is there already"):
        Scores.from_frame(helm.read(run(tmp_path, [*records, records[0]]), EXACT).frame)


def test_one_wording_is_chosen(tmp_path: Path) -> None:
    records = [
        *MATCHES,
        record("id0", statistic("exact_match", 0.0), perturbation=DIALECT),
        record("id7", statistic("exact_match", 0.0), perturbation=DIALECT),
    ]
    path = run(tmp_path, records)
    with pytest.raises(UsageError, match=r"--filter \(original, dialect\)"):
        helm.read(path, EXACT)
    with pytest.raises(UsageError, match="'typos' is not one of original, dialect"):
        helm.read(path, ScoreOptions(metric="exact_match", filter="typos"))
    original = helm.read(path, ScoreOptions(metric="exact_match", filter="original"))
    assert (original.frame["score"].to_list(), original.notes) == ([1.0, 0.0], ())
    dialect = helm.read(path, ScoreOptions(metric="exact_match", filter="dialect"))
    assert dialect.frame["score"].to_list() == [0.0, 0.0]
    assert "perturbed: dialect" in dialect.notes[0]


def test_splits_are_told_apart(tmp_path: Path) -> None:
    records = [*MATCHES, record("id1", statistic("exact_match", 1.0, split="valid"))]
    read = helm.read(run(tmp_path, records), EXACT)
    assert read.frame["split"].to_list() == ["test", "test", "valid"]
    assert "several splits (test, valid)" in read.notes[0]


def test_the_choice_may_stand_in_another_record(tmp_path: Path) -> None:
    chosen = [record("id0", statistic("predicted_index", 2.0)), record("id7")]
    frame = helm.read(run(tmp_path, [*MATCHES, *chosen]), EXACT).frame
    assert frame["choice"].to_list() == [2, None]


def prediction(instance: str, text: object, mapped: object, **stats: object) -> dict[str, Any]:
    return {
        "instance_id": instance, "train_trial_index": 0, "predicted_text": text,
        "base64_images": [], "mapped_output": mapped, "stats": stats,
    }  # fmt: skip


def test_predictions_for_display(tmp_path: Path) -> None:
    records = [
        prediction("id0", " B", "blood", exact_match=1.0, num_prompt_tokens=71.0),
        prediction("id1", "The", None, exact_match=0.0, num_prompt_tokens=64.0),
        prediction("id2", "C", None, exact_match=0.0),
        prediction("id3", "A", "bone"),
    ]
    path = run(tmp_path, records, file="display_predictions.json")
    assert helm.fits(path)
    read = helm.read(path, ScoreOptions())
    assert read.frame.select("item_id", "score", "choice").rows() == [
        ("anatomy/id0", 1.0, 1),
        ("anatomy/id1", 0.0, None),
        ("anatomy/id2", 0.0, None),
    ]
    assert read.removed == (Removal("no exact_match", 1),)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (record(None, statistic("exact_match", 1.0)), "column instance_id"),
        (record(3, statistic("exact_match", 1.0)), "column instance_id"),
        (record("a", statistic("exact_match", 1.0), trial=-1), "column train_trial_index"),
        (record("a", statistic("exact_match", 1.0), trial="0"), "column train_trial_index"),
        (record("a", statistic("exact_match", 1.0), trial=2**63), "column train_trial_index"),
        (record("a", statistic("exact_match", 1.0), perturbation={}), "column perturbation"),
        (record("a", statistic("exact_match", float("nan"))), "column mean"),
        (record("a", statistic("exact_match", 1.0) | {"mean": "1"}), "column mean"),
        (record("a", statistic("exact_match", 1.0) | {"mean": 10**400}), "column mean"),
        (record("a", {"count": 1}), "a statistic without name.name"),
        (record("a") | {"stats": 3}, "stats is neither"),
        ([], "a record must be a JSON object"),
    ],
)
def test_what_is_wrong_is_named_by_row(tmp_path: Path, bad: object, message: str) -> None:
    with pytest.raises(InputError, match=f"row 5.*{message}"):
        helm.read(run(tmp_path, [*MATCHES, bad]), EXACT)


def test_a_bad_mean_of_another_metric_is_no_concern(tmp_path: Path) -> None:
    records = [*MATCHES, record("id0", statistic("f1", float("nan")))]
    assert len(helm.read(run(tmp_path, records), EXACT).frame) == 2


@pytest.mark.parametrize("content", ["", "{}", "[]", '[{"instance_id": "id0", "stats": [', "3"])
def test_broken_files_are_refused(tmp_path: Path, content: str) -> None:
    path = run(tmp_path, [])
    path.write_text(content)
    with pytest.raises(FormatError):
        helm.read(path, EXACT)


def test_a_file_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 100)
    with pytest.raises(FormatError, match="a log of more than"):
        helm.read(run(tmp_path, MATCHES), EXACT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@FEW
@given(st.sampled_from(["instance_id", "perturbation", "train_trial_index", "stats"]), JSON)
def test_any_value_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    path = run(tmp_path_factory.mktemp("run"), [*MATCHES, MATCHES[0] | {key: value}])
    with suppress(InputError, UsageError):
        Scores.from_frame(helm.read(path, EXACT).frame)


def test_only_runs_fit(tmp_path: Path) -> None:
    path = run(tmp_path, MATCHES)
    for text in ("[]", '{"instance_id": 1}', '[{"instance_id": "a", "request": {}}]', "a,b\n"):
        path.write_text(text)
        assert not helm.fits(path)
