"""The command line of ``scaling efficiency``: contract, options, exit codes, files."""

import json

import polars as pl
import pytest

from tests.scaling.efficiency.made import World, table
from theodolite.cli.main import main

FAST = ("--resamples", "100")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Facts and results of a simulated world, as a user would have them."""
    folder = tmp_path_factory.mktemp("efficiency")
    models = table(World(names=("MMLU", "GSM8K")), 0)
    facts, results = folder / "models.csv", folder / "scores.csv"
    models.frame.select("model", "family", "released", "kind", "params", "tokens").write_csv(facts)
    results.write_text(
        models.results.select("model", pl.col("benchmark").alias("field"), "value", "unit")
        .with_columns(pl.col("value").round(3))
        .write_csv()
    )
    return str(facts), str(results)


def run(capsys, *argv):
    code = main(["scaling", "efficiency", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, *FAST, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, paths):
    got = answer(capsys, *paths, "--only")
    keys = {"verdict", "slope", "explained", "models", "frontier", "progress", "sizes", "decides"}
    assert got.keys() >= keys
    assert got["verdict"] in {
        "compute explains most",
        "compute does not explain most",
        "cannot be told",
    }
    row = {"model", "benchmark", "flops", "score", "expected", "gain", "unbounded", "p_adjusted"}
    assert all(model.keys() >= row for model in got["models"])
    assert len(got["models"]) == 72
    assert got["versus"] is None
    assert got["progress"]["verdict"] in {"improves", "worsens", "cannot be told"}


def test_options_reach_the_fit(capsys, paths):
    got = answer(
        capsys,
        *(*paths, "--only", "--benchmark", "MMLU", "--where", "params=1e8..", "--level", "0.8"),
        *("--ceiling", "0.99", "--least-noise", "0.02", "--quantile", "0.8", "--plain"),
        *("--seed", "3"),
    )
    assert {row["benchmark"] for row in got["models"]} == {"MMLU"}
    assert got["settings"] == {
        "ceiling": 0.99,
        "least_noise": 0.02,
        "robust": False,
        "quantile": 0.8,
        "n_resamples": 100,
    }
    assert (got["level"], got["seed"]) == (0.8, 3)
    assert got["slope"].keys() == {"estimate", "low", "high"}


def test_two_models(capsys):
    got = answer(
        capsys, "--benchmark", "MMLU", "--model", "Meta-Llama-3-8B", "--against", "Llama-2-70B"
    )["versus"]
    assert (got["model"], got["against"]) == ("Llama-3-8B", "Llama-2-70B")
    assert got["ratios"]["serving"] == pytest.approx(8 / 70)
    assert got["ratios"]["compute"] == pytest.approx(8 * 15 / (70 * 2))
    row = got["scores"][0]
    assert row["low"] < row["difference"] < row["high"]


def test_text_and_files(capsys, paths, tmp_path):
    chart, page = tmp_path / "chart.svg", tmp_path / "page.html"
    code, out, err = run(
        capsys, *paths, "--only", *FAST, "--chart", str(chart), "--html", str(page)
    )
    assert (code, err) == (0, "")
    for text in ("does compute explain", "each model's score stand for", "Where is the frontier"):
        assert text in out
    assert chart.stat().st_size > 1000
    assert "Do later models need less compute" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "code", "parts"),
    [
        (["--benchmark", "MMLUU"], 2, ["no attribute or benchmark 'MMLUU'; the nearest"]),
        (["--benchmark", "arena_rating"], 2, ["not measured in percent"]),
        (["--benchmark", "BBH"], 3, ["BBH: 5 models in 2 families", "needs 8 in 5"]),
        (["--benchmark", "MMLU", "--where", "family=Pythia"], 3, ["8 models in 1 families"]),
        (["--where", "colour=red", "--benchmark", "MMLU"], 2, ["no column colour"]),
        (["--where", "family", "--benchmark", "MMLU"], 2, ["is not COLUMN=VALUE"]),
        (["--model", "Llama-3-8B"], 2, ["--model and --against go together"]),
        (["--model", "Llama-3-9B", "--against", "Phi-2"], 2, ["no model 'Llama-3-9B'"]),
        (["--level", "1.5"], 2, ["a level of 1.5"]),
        (["--quantile", "0.1"], 2, ["quantile is 0.1, not between 0.5 and 0.999"]),
        (["--ceiling", "0.5", "--benchmark", "MMLU"], 2, ["above the ceiling 0.5"]),
        (["--only"], 2, ["--only leaves nothing"]),
        (["nowhere.csv"], 2, ["nowhere.csv"]),
    ],
)
def test_errors(capsys, options, code, parts):
    got, out, err = run(capsys, *options)
    assert (got, out) == (code, "")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_one_size_and_a_missing_column(capsys, tmp_path, paths):
    rows = "\n".join(f"m{i},f{i % 6},base,1e9,1e12" for i in range(12))
    same = tmp_path / "same.csv"
    same.write_text(f"model,family,kind,params,tokens\n{rows}\n")
    scores = tmp_path / "scores.csv"
    scores.write_text(
        "model,field,value,unit\n" + "\n".join(f"m{i},MMLU,{40 + i},%" for i in range(12)) + "\n"
    )
    code, _, err = run(capsys, str(same), str(scores), "--only", "--benchmark", "MMLU")
    assert code == 3
    assert "all models have the same compute" in err
    code, _, err = run(capsys, str(scores), "--only")
    assert code == 2
    assert "kind" in err
