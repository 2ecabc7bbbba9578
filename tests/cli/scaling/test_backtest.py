"""The command line of ``scaling backtest``: contract, options, exit codes, files."""

import json

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.cli.main import main

FAST = ("--resamples", "100", "--objective", "least-squares")
HELD = ("--hold-out", "flops=6e21..")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("backtest") / "runs.csv"
    frame = simulated(n=6).with_columns(
        run=pl.format("run {}", pl.int_range(pl.len())),
        recipe=pl.Series(["x", "y"] * 18),
        dataset=pl.Series(["C4", "web"] * 18),
    )
    frame.write_csv(file)
    return str(file)


def run(capsys, *argv):
    code = main(["scaling", "backtest", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, path):
    got = answer(capsys, path, *HELD, *FAST)
    keys = {"params", "tokens", "observed", "predicted", "low", "high", "run", "fold", "covered"}
    assert all(row.keys() >= keys for row in got["points"])
    errors = [row["predicted"] / row["observed"] - 1 for row in got["points"]]
    assert got["mape"] == pytest.approx(np.mean(np.abs(errors)))
    assert got["bias"] == pytest.approx(np.mean(errors))
    inside = [row["low"] <= row["observed"] <= row["high"] for row in got["points"]]
    assert got["coverage"] == np.mean(inside)
    assert got["low"] < got["coverage"] <= got["high"]
    assert [row["law"] for row in got["table"]][-1] == "data-constrained"
    wanted = {"law", "objective", "mape", "bias", "coverage", "low", "high", "reason"}
    assert all(row.keys() >= wanted for row in got["table"])
    assert got["table"][-1]["reason"].startswith("no column unique_tokens")
    assert got["recommended"]["law"] == got["law"]
    assert got["recommended"]["validation_mape"] > 0
    assert got["folds"][0]["fitted"] + got["folds"][0]["held"] == 36
    assert got["gain"] is None


def test_options_reach_the_fits(capsys, path):
    options = ("--law", "compute", "--law", "chinchilla", "--objective", "huber", "--delta", "0.01")
    got = answer(
        capsys, path, *HELD, *options, "--residuals", "loss", "--resamples", "150", "--level",
        "0.8", "--seed", "3", "--where", "params=1e8..", "--hold-out", "recipe=x",
    )  # fmt: skip
    assert {(row["law"], row["objective"]) for row in got["table"]} == {
        ("compute", "huber"),
        ("chinchilla", "huber"),
    }
    assert (got["scale"], got["resamples"], got["level"], got["seed"]) == ("loss", 150, 0.8, 3)
    assert got["removed"][0]["count"] == 6
    assert got["hold_out"] == ["flops=6e21..", "recipe=x"]
    assert got["folds"][0]["fold"] == "flops=6e21.., recipe=x"


def test_a_column_in_turn_and_its_gains(capsys, path):
    options = ("--law", "chinchilla", *FAST, "--gain", "--same-evaluation")
    got = answer(capsys, path, "--hold-out", "recipe", *options)
    assert [row["fold"] for row in got["folds"]] == ["recipe=x", "recipe=y"]
    assert len(got["points"]) == 36
    assert [row["group"] for row in got["gain"]] == ["recipe=x", "recipe=y"]
    assert all(row["low"] < row["gain"] < row["high"] for row in got["gain"])
    assert got["gain"][0]["at"] == "same-ratio"
    optimal = answer(capsys, path, "--hold-out", "recipe", *options, "--gain-at", "optimal")
    assert optimal["gain"][0]["at"] == "optimal"


def test_text(capsys, path):
    options = ("--law", "chinchilla", *FAST, "--gain", "--same-evaluation")
    code, out, err = run(capsys, path, *HELD, *options)
    assert (code, err) == (0, "")
    for words in (
        "Which law forecasts best?",
        "Only chinchilla by least squares was tried",
        "Did the stated intervals cover?",
        "they tend to be covered, or missed, together",
        "How much compute are the held-out runs worth?",
        "What was used?",
        "The runs differ in dataset",
    ):
        assert words in " ".join(out.split())


def test_files(capsys, path, tmp_path):
    chart, page = tmp_path / "chart.png", tmp_path / "page.html"
    files = ("--chart", str(chart), "--html", str(page))
    assert run(capsys, path, *HELD, *FAST, "--law", "chinchilla", *files)[0] == 0
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert "Which law forecasts best?" in page.read_text()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "--hold-out"),
        (["--hold-out", "flops=1e30.."], 2, "no run meets flops=1e30.."),
        (["--hold-out", "flops=1e3.."], 2, "none is left to fit"),
        (["--hold-out", "recipe", "--hold-out", "flops=6e21.."], 2, "stands alone"),
        (["--hold-out", "colour"], 2, "no column colour"),
        ([*HELD, "--law", "kaplan"], 2, "kaplan"),
        ([*HELD, "--objective", "median"], 2, "median"),
        ([*HELD, "--level", "95"], 2, "level"),
        ([*HELD, "--resamples", "3"], 2, "resamples must be"),
        ([*HELD, "--gain-at", "optimal"], 2, "--gain-at says how a gain is measured: add --gain"),
        ([*HELD, "--gain", "--law", "compute", *FAST], 2, "trained on different texts"),
        (["--hold-out", "params=1e8..", "--law", "chinchilla"], 3, "none of the laws can be"),
        ([*HELD, "--law", "data-constrained"], 3, "unique_tokens"),
    ],
)
def test_refusals(capsys, path, options, code, message):
    got, out, err = run(capsys, path, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


def test_a_gain_without_end_is_null_and_flagged(capsys, tmp_path):
    frame = simulated(n=6)
    low = pl.when(pl.int_range(pl.len()) == 35).then(1.0).otherwise(pl.col("loss"))
    file = tmp_path / "runs.csv"
    frame.with_columns(loss=low).write_csv(file)
    got = answer(capsys, str(file), *HELD, *FAST, "--law", "chinchilla", "--gain")
    assert got["gain"][0]["gain"] is None
    assert got["gain"][0]["unbounded"] is True
    assert got["gain"][0]["below_floor"] == 1
