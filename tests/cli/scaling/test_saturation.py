"""The command line of ``scaling saturation``: contract, options, exit codes, files."""

import json

import polars as pl
import pytest

from tests.scaling.saturation.worlds import world
from theodolite.cli.main import main

FAST = ("--resamples", "100", "--objective", "least-squares")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("saturation") / "runs.csv"
    frame = world("half").with_columns(dataset=pl.Series(["C4", "web"] * 20))
    frame.write_csv(file)
    return str(file)


def run(capsys, *argv):
    code = main(["scaling", "saturation", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys_of_losses(capsys, path):
    got = answer(capsys, path, *FAST)
    assert got["verdict"] == "slower"
    assert got["verdict_words"].startswith("The loss still falls, but more slowly")
    assert len(got["sizes"]) == 5
    numbers = ("slope", "law_slope", "ratio", "remaining", "used", "half_tokens")
    for row in got["sizes"]:
        for name in numbers:
            assert row[name]["low"] <= row[name]["estimate"] <= row[name]["high"]
    names = [row["hypothesis"] for row in got["comparison"]]
    assert names == ["law", "own-floor", "log-linear", "saturated", "law-earlier"]
    assert {"estimate", "low", "high", "text", "unbounded"} <= got["decides"].keys()
    assert len(got["decisions"]) == 15
    assert got["scores"] == []
    assert (got["level"], got["seed"], got["resamples"]) == (0.95, 0, 100)


def test_options_reach_the_test(capsys, path):
    got = answer(
        capsys, path, *FAST, "--law", "over-training", "--level", "0.8", "--seed", "3",
        "--where", "dataset=C4", "--same-size", "0.02", "--new-runs", "4", "--objective", "huber",
    )  # fmt: skip
    assert (got["law"], got["objective_function"], got["new_runs"]) == ("over-training", "huber", 4)
    assert (got["level"], got["seed"]) == (0.8, 3)
    assert got["removed"][0]["count"] == 20
    assert [row["token_counts"] for row in got["sizes"]] == [4] * 5


def test_without_runs_the_shipped_facts_are_asked(capsys):
    got = answer(capsys)
    assert got["verdict"] == "rises"
    assert got["sizes"] == []
    assert got["comparison"] == []
    assert {row["benchmark"] for row in got["scores"]} >= {"MMLU", "GSM8K"}
    assert (got["pair"]["model"], got["pair"]["against"]) == ("Llama-3-8B", "Llama-2-7B")
    assert got["pair"]["relative"]["low"] < got["pair"]["relative"]["estimate"]
    assert got["params"] == {"low": 6e9, "high": 9e9}


def test_models_of_ones_own_and_both_parts(capsys, path, tmp_path):
    file = tmp_path / "models.csv"
    file.write_text(
        "model,field,value,unit,kind\n"
        "ours,params,7e9,count,base\nours,tokens,9e12,count,base\n"
        "ours,family,Ours,,base\nours,MMLU,70.1,%,base\n"
    )
    options = ("--models", str(file), "--benchmark", "MMLU", "--params", "6B..9B")
    pair = ("--model", "ours", "--against", "Llama-2-7B")
    got = answer(capsys, path, *FAST, *options, *pair)
    assert len(got["sizes"]) == 5
    assert got["verdict"] == "slower"
    assert got["scores_verdict"] in ("rises", "cannot be told")
    assert [row["benchmark"] for row in got["scores"]] == ["MMLU"]
    assert got["pair"]["model"] == "ours"
    assert "ours" in {row["model"] for row in got["models"]}


def test_text(capsys, path):
    code, out, err = run(capsys, path, *FAST, "--benchmark", "MMLU")
    assert (code, err) == (0, "")
    for words in (
        "Does the loss of a size still fall with tokens as the law says?",
        "Which hypothesis foretells the next loss?",
        "How much could more tokens still take?",
        "How many more tokens would decide?",
        "Do scores of models of one size still rise with tokens?",
        "How much better is Llama-3-8B than Llama-2-7B?",
        "What was used?",
    ):
        assert words in " ".join(out.split())


def test_files(capsys, tmp_path):
    chart, page = tmp_path / "chart.svg", tmp_path / "page.html"
    files = ("--chart", str(chart), "--html", str(page))
    assert run(capsys, "--benchmark", "MMLU", *files)[0] == 0
    assert chart.read_text().startswith("<svg")
    assert "How much better is Llama-3-8B than Llama-2-7B?" in page.read_text()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--resamples", "100"], 2, "--resamples is for training runs"),
        (["--same-size", "0.1"], 2, "--same-size is for training runs"),
        (["--where", "dataset=C4"], 2, "--where is for training runs"),
        (["--params", "7B"], 2, "is not LOW..HIGH"),
        (["--params", "x..9B"], 2, "is no count"),
        (["--params", "9B..6B"], 2, "from fewer to more"),
        (["--params", "1T..2T"], 3, "widen --params"),
        (["--benchmark", "MMLUU"], 2, "MMLUU"),
        (["--benchmark", "BBH"], 3, "BBH: 2 models of 2 families"),
        (["--model", "Llama-3-8B"], 2, "give --model and --against"),
        (["--model", "nobody", "--against", "Llama-2-7B"], 2, "nobody"),
        (["--level", "95"], 2, "level"),
        (["RUNS", "--law", "compute"], 2, "at a fixed size"),
        (["RUNS", "--new-runs", "0"], 2, "new runs"),
        (["RUNS", "--same-size", "-1"], 2, "tolerance"),
        (["RUNS", "--where", "colour=red"], 2, "colour"),
        (["RUNS", "--where", "params=..6e7"], 3, "one level of parameters"),
        (["RUNS", "--where", "tokens=8e9..1.2e10"], 3, "--same-size"),
    ],
)
def test_refusals(capsys, path, options, code, message):
    options = [path if option == "RUNS" else option for option in options]
    got, out, err = run(capsys, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("cell", ["nan", "", "many"])
def test_bad_cells_are_named(capsys, tmp_path, cell):
    file = tmp_path / "bad.csv"
    file.write_text(f"params,tokens,loss\n1e8,1e9,3.1\n1e8,2e9,{cell}\n")
    code, _, err = run(capsys, str(file))
    assert code == 2
    assert "row 2" in err
    assert "loss" in err
