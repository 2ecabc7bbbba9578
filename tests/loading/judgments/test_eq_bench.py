"""Reading EQ-Bench: both forms, what could not be read, what is refused and how."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.scoring.eq_bench.made import item_v2, questions, reference_of, result, write
from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_eq_bench
from theodolite.scoring.eq_bench import eq_bench, score_items
from theodolite.tables import Emotions, Passes

if TYPE_CHECKING:
    from pathlib import Path

ASKED = questions(6)
HEADER = "model,iteration,question_id,first_pass_score_v2,revised_score_v2\n"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return write(tmp_path, "questions.json", ASKED)


def load(tmp_path: Path, asked: Path, *contents: dict) -> Emotions:
    paths = [write(tmp_path, f"r{i}.json", content) for i, content in enumerate(contents)]
    return load_eq_bench(paths, questions=asked)


def made(**changes: object) -> dict:
    return result(ASKED, "org/model", noise=1.5, revised=1.0) | changes


def with_answer(item: str, passes: object) -> dict:
    content = made()
    content["raw_results"]["1"]["respondent_answers"][item] = passes
    return content


def test_results(tmp_path: Path, asked: Path) -> None:
    content = made(benchmark_score=71.25)
    got = load(tmp_path, asked, content)
    assert (got.models, got.n_questions, len(got)) == (("org/model",), 6, 48)
    assert got.published.row(0) == ("org/model", 71.25, "v2")
    scores = score_items(got).frame
    given = content["raw_results"]["1"]["respondent_answers"]
    for item, first, revised in scores["item_id", "first_pass", "revised"].iter_rows():
        reference = reference_of(ASKED[item])
        assert first == pytest.approx(item_v2(given[item]["first_pass"], reference))
        assert revised == pytest.approx(item_v2(given[item]["revised"], reference))


def test_the_documented_names_of_the_passes(tmp_path: Path, asked: Path) -> None:
    content = made()
    answers = content["raw_results"]["1"]["respondent_answers"]
    for item, passes in answers.items():
        answers[item] = {f"{stage}_answers": given for stage, given in passes.items()}
    assert load(tmp_path, asked, content).frame.equals(load(tmp_path, asked, made()).frame)


def test_what_cannot_be_read_is_counted(tmp_path: Path, asked: Path) -> None:
    content = made()
    answers = content["raw_results"]["1"]["respondent_answers"]
    for item, broken in (("1", "?"), ("2", None), ("3", True), ("4", "inf")):
        answers[item] = {"first_pass": answers[item]["first_pass"] | {"Sad": broken}}
    del answers["5"]
    answers["7"] = {"first_pass": answers["6"]["first_pass"]}
    asked = write(tmp_path, "q7.json", ASKED | {"7": ASKED["6"]})
    got = eq_bench(load(tmp_path, asked, content))
    row = got.models.row(0, named=True)
    assert (row["n"], row["unparseable"], row["stage"]) == (2, 5, "first_pass")
    assert row["score_at_zero"] == pytest.approx(row["score"] * 2 / 7)


def test_an_answer_outside_the_scale_counts_and_is_said(tmp_path: Path, asked: Path) -> None:
    content = made()
    answers = content["raw_results"]["1"]["respondent_answers"]
    answers["1"]["first_pass"]["Mad"] = "40"
    got = load(tmp_path, asked, content)
    assert "scale of 0 to 10 lie 1 numbers" in got.notes[0]
    assert "40 for 'Mad' in question '1'" in got.notes[0]
    scores = score_items(got).frame.filter(item_id="1")["first_pass"].item()
    assert scores == pytest.approx(item_v2(answers["1"]["first_pass"], reference_of(ASKED["1"])))
    assert scores < -12.0


def test_several_files_of_a_model_are_its_runs(tmp_path: Path, asked: Path) -> None:
    again = result(ASKED, "org/model", noise=2.0, revised=1.0, seed=4)
    got = load(tmp_path, asked, made(benchmark_score=70), again | {"benchmark_score": 80})
    assert got.runs["iteration"].to_list() == [1, 2]
    assert got.published["published"].item() == 75.0
    with pytest.raises(InputError, match=r"there already, from the same run, in .*r0\.json"):
        load(tmp_path, asked, made(), made())
    with pytest.raises(InputError, match="instruction_template: 'Alpaca' is not what"):
        load(tmp_path, asked, made(), again | {"instruction_template": "Alpaca"})


def test_item_scores(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(HEADER + "x,1,1,5.5,\nx,1,2,,6\ny,1,1,1,2\n", encoding="utf-8")
    got = load_eq_bench(path)
    assert isinstance(got, Passes)
    assert got.frame["first_pass"].to_list() == [5.5, None, 1.0]
    lines = [
        json.dumps({"model": "x", "item_id": i, "first_pass": 5.0, "revised": None}) for i in "12"
    ]
    other = tmp_path / "items.jsonl"
    other.write_text("\n".join(lines), encoding="utf-8")
    assert load_eq_bench(other).frame["iteration"].to_list() == [1, 1]


def test_published(tmp_path: Path) -> None:
    path, scores = tmp_path / "items.csv", tmp_path / "published.csv"
    path.write_text(HEADER + "org__x,1,1,5.5,\norg__x,1,2,4,\n", encoding="utf-8")
    scores.write_text("file,model,published_score\norg__x,org/x,47.5\n", encoding="utf-8")
    got = eq_bench(load_eq_bench(path, published=scores)).models.row(0, named=True)
    assert (got["published"], got["difference"]) == (47.5, pytest.approx(0.0))
    scores.write_text("model,rate\nx,1\n", encoding="utf-8")
    with pytest.raises(MissingColumnError, match="no columns model and published_score"):
        load_eq_bench(path, published=scores)


class TestRefused:
    def test_calls(self, tmp_path: Path, asked: Path) -> None:
        path, items = write(tmp_path, "r.json", made()), tmp_path / "items.csv"
        items.write_text(HEADER + "x,1,1,5.5,\n", encoding="utf-8")
        with pytest.raises(UsageError, match="no file"):
            load_eq_bench([])
        with pytest.raises(UsageError, match="--questions FILE"):
            load_eq_bench(path)
        with pytest.raises(UsageError, match="not of one kind"):
            load_eq_bench([path, items], questions=asked)

    @pytest.mark.parametrize(
        ("passes", "message"),
        [
            ([], r"raw_results\.1\.2: \[\] is not the answers of a first and a revised pass"),
            ({"first_pass": [1, 2]}, r"raw_results\.1\.2: \[1, 2\] is not at most 100 emotions"),
            ({"first_pass": {str(i): 1 for i in range(101)}}, "is not at most 100 emotions"),
        ],
    )
    def test_answers(self, tmp_path: Path, asked: Path, passes: object, message: str) -> None:
        with pytest.raises(InputError, match=message) as error:
            load(tmp_path, asked, with_answer("2", passes))
        assert "r0.json" in str(error.value)

    def test_a_question_that_nobody_knows(self, tmp_path: Path, asked: Path) -> None:
        with pytest.raises(InputError, match=r"1\.99: '99' is not one of the questions"):
            load(tmp_path, asked, with_answer("99", {}))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"model_path": ""}, "no result of EQ-Bench"),
            ({"raw_results": []}, "no result of EQ-Bench"),
            ({"raw_results": {"1": {}}}, r"raw_results\.1: \{\} is not an iteration"),
            ({"raw_results": {"1": {"respondent_answers": {}}}}, "hold no answer"),
        ],
    )
    def test_results(self, tmp_path: Path, asked: Path, change: dict, message: str) -> None:
        with pytest.raises((FormatError, InputError), match=message):
            load(tmp_path, asked, made(**change))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "is not JSON"),
            ("[" * 100_000, "neither|nested|cut off|not JSON"),
            ('{"a": ' * 100_000, "nested too deeply"),
            ('{"raw_results": 1}', "no result of EQ-Bench"),
        ],
    )
    def test_files(self, tmp_path: Path, asked: Path, text: str, message: str) -> None:
        path = tmp_path / "r.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FormatError, match=message):
            load_eq_bench(path, questions=asked)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({}, "no questions in it"),
            ({"1": 3}, "1 is no question with reference_answer_fullscale"),
            (
                {"1": {"reference_answer_fullscale": {"emotion1": "Sad", "emotion1_score": 1}}},
                "1.reference_answer_fullscale.emotion2: nothing is not an emotion with a score",
            ),
            (
                {
                    "1": {
                        "reference_answer_fullscale": {f"emotion{i}": "Sad" for i in range(1, 5)}
                        | {f"emotion{i}_score": 1 for i in range(1, 5)}
                    }
                },
                "without exactly 4 emotions",
            ),
            (
                {
                    "1": {
                        "reference_answer_fullscale": {f"emotion{i}": f"E{i}" for i in range(1, 5)}
                        | {f"emotion{i}_score": "much" for i in range(1, 5)}
                    }
                },
                "column reference: 'much' is not a number",
            ),
        ],
    )
    def test_questions(self, tmp_path: Path, content: dict, message: str) -> None:
        asked = write(tmp_path, "q.json", content)
        result_file = made()
        result_file["raw_results"]["1"]["respondent_answers"] = {
            item: {"first_pass": {"Sad": 1}} for item in content if item == "1"
        }
        with pytest.raises((FormatError, InputError), match=message):
            load(tmp_path, asked, result_file)

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            ("x,1,1,5,\nx,1,1,6,\n", "row 2, column item_id: '1' is there already"),
            ("x,1,1,much,\n", "row 1, column first_pass: 'much' is not a number"),
            ("x,1,1,11,\n", "not a finite number at most 10"),
            ("x,0,1,5,\n", "at least 1"),
            (",1,1,5,\n", "column model: the cell is empty"),
        ],
    )
    def test_tables(self, tmp_path: Path, rows: str, message: str) -> None:
        path = tmp_path / "items.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        with pytest.raises(InputError, match=message) as error:
            load_eq_bench(path)
        assert "items.csv" in str(error.value)

    def test_other_tables(self, tmp_path: Path) -> None:
        path = tmp_path / "items.csv"
        path.write_text("model,score\nx,1\n", encoding="utf-8")
        with pytest.raises(FormatError, match="neither a result of EQ-Bench"):
            load_eq_bench(path)
