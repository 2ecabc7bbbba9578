"""The command line of ``scaling observational``: contract, options, exit codes, files."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from tests.scaling.observational.world import NAMES, world
from theodolite.cli.main import main

FAST = ("--resamples", "50", "--components", "2", "--only")
QUIZ = 'gsm8k,"strict"'


def leaderboard(made, which) -> pl.DataFrame:
    at = np.flatnonzero(which)
    return pl.DataFrame(
        {
            "Model": [f"org/m{k}" for k in at],
            "Model Family": [made.families[k] for k in at],
            "Model Size (B)": made.flops[at] / 6e12 / 1e9,
            "Pretraining Data Size (T)": 1.0,
            **{name: made.table[at, j] for j, name in enumerate(NAMES)},
            QUIZ: made.target[at],
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    made = world(5, families=12)
    folder = tmp_path_factory.mktemp("observational")
    paths = folder / "old.csv", folder / "new.csv"
    leaderboard(made, ~made.new).write_csv(paths[0])
    leaderboard(made, made.new).write_csv(paths[1])
    return tuple(map(str, paths))


def run(capsys, *argv):
    code = main(["scaling", "observational", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_keys_of_new_models(capsys, files):
    code, out, err = run(
        capsys, files[0], *FAST, "--target", QUIZ, "--predict", files[1], "--json", "--seed", "2"
    )
    assert (code, err) == (0, "")
    got = json.loads(out)
    assert got["verdict"] in ("predicts", "no better than compute", "cannot be told")
    assert got["verdict_words"]
    assert got["decides"]
    assert {"estimate", "low", "high"} <= got["difference"].keys()
    assert len(got["explained"]) == got["components"] == 2
    assert got["explained"][0]["low"] <= got["explained"][0]["estimate"]
    assert len(got["loadings"]) == 8
    assert len(got["models"][0]["capability"]) == 2
    assert got["families"][0]["efficiency"].keys() >= {"estimate", "low", "high", "unbounded"}
    (target,) = got["targets"]
    assert target["target"] == QUIZ
    wanted = {"mae", "baseline_mae", "difference", "coverage", "verdict", "points", "floor"}
    assert target.keys() >= wanted
    point = {"model", "observed", "predicted", "low", "high", "compute_predicted"}
    assert all(row.keys() >= point for row in target["points"])
    assert {row["role"] for row in target["points"]} == {"new"}
    assert (got["seed"], got["resamples"], got["level"]) == (2, 50, 0.95)


def test_text_files_and_options(capsys, files, tmp_path):
    chart, page = tmp_path / "chart.png", tmp_path / "page.html"
    code, out, err = run(
        capsys, files[0], *FAST, "--target", QUIZ, "--hold-out", "flops=3e22..", "--where",
        "family!=f0", "--benchmarks", "MMLU, ARC-C,HellaSwag,GSM8K", "--impute", "pca1",
        "--chart", str(chart), "--html", str(page), "--level", "0.9",
    )  # fmt: skip
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    for text in (
        "Do other benchmarks predict a target better than compute does?",
        "How many capabilities are behind the benchmarks?",
        "How does capability grow with compute?",
        "What was used?",
        "90% intervals",
        "family!=f0",
        "pca1",
    ):
        assert text in words
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert "How many capabilities" in page.read_text()


def test_benchmarks_with_commas_are_read_in_quotes(capsys, files):
    quoted = '"gsm8k,""strict""",MMLU,ARC-C,HellaSwag'
    options = ("--benchmarks", quoted, "--target", "Winogrande", "--json")
    code, out, _ = run(capsys, files[0], *FAST, *options)
    assert code == 0
    assert json.loads(out)["benchmarks"] == [QUIZ, "MMLU", "ARC-C", "HellaSwag"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--target", "gsm9k"], 2, "no attribute or benchmark 'gsm9k'; the nearest: 'GSM8K'"),
        (["--target", "params"], 2, "params is an attribute"),
        (["--hold-out", "colour=red"], 2, "no column colour"),
        (["--hold-out", "flops=1e30.."], 2, "no model meets"),
        (["--hold-out", "flops"], 2, "is not COLUMN=VALUE"),
        (["--benchmarks", "MMLU,,GSM8K"], 2, "is not A,B,..."),
        (["--benchmarks", '"MMLU'], 2, "is not A,B,..."),
        (["--impute", "mean"], 2, "mean"),
        (["--level", "95"], 2, "level"),
        (["--where", "family=f0"], 3, "families of models are too few"),
        (["--benchmarks", "MMLU,GSM8K"], 3, "2 benchmarks are too few"),
        (["--kind", "instruct"], 3, "no model is left"),
    ],
)
def test_refusals(capsys, files, options, code, message):
    got, out, err = run(capsys, files[0], *FAST, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


def test_a_model_to_predict_may_not_be_fitted(capsys, files):
    got, _, err = run(capsys, files[0], *FAST, "--predict", files[0])
    assert got == 2
    assert "stands among the fitted models too" in err


def test_the_shipped_facts_answer(capsys):
    code, out, err = run(capsys, "--resamples", "50", "--target", "GSM8K", "--json")
    assert (code, err) == (0, "")
    got = json.loads(out)
    assert len(got["models"]) == 34
    assert got["benchmarks"][0] == "MMLU"
