"""The command line of ``scaling datasets``: contract, options, exit codes, files."""

import json

import polars as pl
import pytest

from tests.scaling.datasets.simulations import made
from theodolite.cli.main import main

FAST = ("--resamples", "100", "--objective", "least-squares")
SAME = ("--same-evaluation",)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("datasets") / "runs.csv"
    frame = made((12, 12), (1.0, 1.6)).frame.drop("_file", "_row")
    frame.with_columns(
        mix=pl.Series(["x", "y"] * 12), loss_b=pl.col("loss") * 1.1, one=pl.lit("same")
    ).write_csv(file)
    return str(file)


def run(capsys, *argv):
    code = main(["scaling", "datasets", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, path):
    got = answer(capsys, path, "--loss", "loss", *SAME, *FAST)
    assert got["verdict"] == "differ"
    assert got["verdict_words"].startswith("The sets differ: one token of b is worth ")
    assert got["decides"].keys() == {"pair", "runs", "text"}
    sets = got["datasets"]
    assert [row["dataset"] for row in sets] == ["a", "b"]
    number = sets[1]["multiplier"]
    assert number["low"] < number["estimate"] < number["high"]
    assert (sets[0]["n"], sets[0]["reference"]) == (12, True)
    assert got["pairs"][0]["apart"] is True
    assert got["one_multiplier"] in ("yes", "no", "cannot be told")
    assert len(got["forms"]) == 6
    assert all({"form", "error", "largest", "p_own", "taken"} <= row.keys() for row in got["forms"])
    assert len(got["worth"]) == 12
    assert [one["of"] for one in got["parts"]] == ["sets", "runs"]
    for one in got["parts"]:
        assert [part["part"] for part in one["parts"]] == ["size", "tokens", "data", "rest"]
        total = sum(part["log_loss"]["estimate"] for part in one["parts"])
        assert total == pytest.approx(one["total"])
    assert got["evaluations"] is None
    assert (got["resamples"], got["level"], got["seed"], got["removed"]) == (100, 0.95, 0, [])


def test_options_reach_the_fit(capsys, path):
    got = answer(
        capsys, path, *SAME, "--loss", "loss", "--reference", "b", "--law", "over-training",
        "--objective", "least-squares", "--resamples", "120", "--level", "0.8", "--seed", "4",
        "--where", "params=6e7..", "--compare", "a-1", "b-14",
    )  # fmt: skip
    assert (got["reference"], got["law"], got["resamples"]) == ("b", "over-training", 120)
    assert (got["level"], got["seed"]) == (0.8, 4)
    assert [(one["a"], one["b"]) for one in got["parts"]] == [("a-1", "b-14")]
    assert {row["form"] for row in got["forms"]} == {"shared", "tokens", "params", "floor", "own"}


@pytest.mark.slow
def test_another_column_and_several_losses(capsys, path):
    got = answer(capsys, path, "--by", "mix", *SAME, "--losses", "loss,loss_b", *FAST)
    assert got["by"] == "mix"
    assert any("also differ in dataset" in note for note in got["notes"])
    table = got["evaluations"]["table"]
    assert {row["evaluation"] for row in table} == {"loss", "loss_b"}
    # A loss that is a tenth higher everywhere has the same multipliers.
    estimates = [row["multiplier"]["estimate"] for row in table if not row["reference"]]
    assert estimates[0] == pytest.approx(estimates[1], rel=1e-3)


def test_text_and_files(capsys, path, tmp_path):
    chart, page = tmp_path / "chart.png", tmp_path / "page.html"
    files = ("--chart", str(chart), "--html", str(page))
    code, out, err = run(capsys, path, *SAME, "--losses", "loss,loss_b", *FAST, *files)
    assert (code, err) == (0, "")
    for words in (
        "How much is a token of each set worth?",
        "Does one multiplier describe how the sets differ?",
        "What is a token worth at the largest runs?",
        "Which part of a difference in loss is data?",
        "Is one set better on every evaluation?",
        "What was used?",
    ):
        assert words in " ".join(out.split())
        assert words in page.read_text()
    assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "nothing says that their losses were measured on the same"),
        (["--by", "colour", *SAME], 2, "no column colour"),
        (["--by", "one", *SAME], 3, "two sets are compared"),
        (
            ["--reference", "pile", *SAME],
            2,
            "the reference 'pile' is no dataset of these: 'a', 'b'",
        ),
        (["--law", "compute", *SAME], 2, "no term of tokens"),
        (["--level", "95", *SAME], 2, "level"),
        (["--resamples", "3", *SAME], 2, "resamples must be"),
        (["--compare", "a-1", "z", *SAME], 2, "there is no run 'z'"),
        (["--losses", "loss_b", *SAME], 2, "give one of them"),
        (["--where", "params=..6e7", *SAME], 3, ""),
    ],
)
def test_refusals(capsys, path, options, code, message):
    got, out, err = run(capsys, path, "--loss", "loss", *FAST, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("losses", "message"),
    [("loss,", "is not COLUMN,..."), ("loss,loss", "twice"), ("loss,nix", "no column nix")],
)
def test_losses_are_columns(capsys, path, losses, message):
    got, _, err = run(capsys, path, "--losses", losses, *SAME, *FAST)
    assert got == 2
    assert message in err


def test_a_loss_that_is_no_number_is_named(capsys, tmp_path):
    file = tmp_path / "runs.csv"
    frame = made((4, 4), (1.0, 1.6)).frame.drop("_file", "_row")
    text = frame.with_columns(loss=pl.lit("nan")).write_csv()
    file.write_text(text)
    got, _, err = run(capsys, str(file), *SAME, *FAST)
    assert got == 2
    assert f"{file}, row 1, column loss" in err
