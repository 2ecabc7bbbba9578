"""The command line of ``scaling floor``: contract, options, exit codes, files."""

import json

import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.cli.main import main
from theodolite.cli.scaling.floor import _error
from theodolite.tables import Runs

# Two laws at most, and few draws: what is tested here is not the statistics.
FAST = ("--resamples", "100", "--objective", "least-squares", "--law", "over-training")
FAST = (*FAST, "--outliers", "0")
SAME = ("--same-evaluation",)
NAMED = ("--loss-value", "1.5", "--loss-value", "2.3")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("floor") / "runs.csv"
    frame = simulated(n=5).with_columns(
        run=pl.format("run {}", pl.int_range(pl.len())),
        low=pl.col("loss") - 0.01,
        high=pl.col("loss") + 0.01,
        error=pl.lit(0.004),
    )
    frame.write_csv(file)
    return str(file)


def run(capsys, *argv):
    code = main(["scaling", "floor", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, path):
    got = answer(capsys, path, *NAMED, *SAME, *FAST)
    assert got["verdict"] == "below the floor"
    assert got["verdict_words"].startswith("1 of 2 observed losses")
    assert got["floor"].keys() == {"estimate", "low", "high", "unbounded"}
    assert got["floor"]["low"] < got["floor"]["estimate"] < got["floor"]["high"]
    assert got["unit"] == "nats a token"
    wanted = {"run", "loss", "floor", "difference", "low", "high", "verdict", "share_below"}
    assert all(row.keys() >= wanted for row in got["observed"])
    assert [row["verdict"] for row in got["observed"]] == ["below the floor", "above the floor"]
    wanted = {"law", "objective", "estimate", "low", "high", "counted", "reason"}
    assert all(row.keys() >= wanted for row in got["forms"])
    assert got["forms"][0]["law"] == "over-training"
    assert got["interval_of"] == "sampling"
    assert got["decides"].keys() >= {"words", "goal", "designs", "half_width"}
    assert len(got["decides"]["designs"]) == 4
    assert (got["level"], got["seed"], got["removed"]) == (0.95, 0, [])


def test_held_out_runs_and_their_errors(capsys, path):
    held = ("--hold-out", "flops=1e22..", *FAST)
    options = ("--observed-error", "low..high", "--level", "0.8", "--seed", "3")
    got = answer(capsys, path, *held, *options)
    assert (got["level"], got["seed"]) == (0.8, 3)
    assert got["n"] + len(got["observed"]) == 25
    assert got["removed"][0]["count"] == len(got["observed"])
    assert all(row["size_verdict"] for row in got["observed"])
    assert got["noise_of"] == "the standard errors that were given"


def test_errors_are_numbers_columns_or_intervals():
    frame = simulated(n=3).with_columns(
        low=pl.col("loss") - 0.02, high=pl.col("loss") + 0.02, error=pl.lit("0.004")
    )
    runs = Runs.from_frame(frame)
    assert _error("0.004", runs) == 0.004
    assert _error("error", runs) == [0.004] * 9
    assert _error("low..high", runs) == pytest.approx([0.02 / 1.96] * 9, rel=1e-4)


def test_observed_files_are_read_as_the_runs_are(capsys, path, tmp_path):
    other = tmp_path / "other.csv"
    simulated(n=3).rename({"loss": "nats"}).with_columns(size=pl.Series([1, 2, 3] * 3)).write_csv(
        other
    )
    observed = ("--observed", str(other), "--observed-loss", "nats", *SAME, *FAST)
    assert len(answer(capsys, path, *observed)["observed"]) == 9
    some = answer(capsys, path, *observed, "--observed-where", "size=2", "--where", "params=6e7..")
    assert len(some["observed"]) == 3
    assert some["n"] == 20


def test_bits_a_byte(capsys, path):
    bits = ("--bytes-per-token", "4.2", "--observed-bytes-per-token", "4.6")
    got = answer(capsys, "--law-of", "hoffmann", *NAMED, *bits)
    assert got["unit"] == "bits a byte"
    assert got["floor"]["estimate"] == pytest.approx(1.69 / (4.2 * 0.6931472), rel=1e-6)


def test_published(capsys):
    got = answer(capsys, "--law-of", "besiroglu", *NAMED, *SAME)
    assert (got["interval_of"], got["n"]) == ("standard error", None)
    assert got["verdict"] == "below the floor"
    code, out, _ = run(capsys, "--law-of", "hoffmann", *NAMED, *SAME)
    assert code == 0
    assert "printed digits alone" in " ".join(out.split())


def test_text_and_files(capsys, path, tmp_path):
    chart, page = tmp_path / "chart.png", tmp_path / "page.html"
    files = ("--chart", str(chart), "--html", str(page))
    code, out, err = run(capsys, path, "--hold-out", "flops=1e22..", *FAST, *files)
    assert (code, err) == (0, "")
    for words in (
        "Do observed losses lie below the irreducible loss?",
        "Do they lie below what any number of tokens gives a model of their size?",
        "What would decide?",
        "What was used?",
        "observed: flops=1e22..",
    ):
        assert words in " ".join(out.split())
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert "What would decide?" in page.read_text()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "no observed losses: --loss-value"),
        ([*NAMED, "--hold-out", "flops=1e22.."], 2, "one source of observed losses"),
        ([*NAMED, "--observed-loss", "x", *SAME], 2, "--observed-loss: for observed runs"),
        (NAMED, 2, "the tokenizer of the reference and of the observed runs"),
        (NAMED, 2, "--observed-bytes-per-token"),
        ([*NAMED, *SAME, "--bytes-per-token", "4"], 2, "Add bytes_per_token"),
        ([*NAMED, *SAME, "--law", "no-floor"], 2, "has no E"),
        ([*NAMED, *SAME, "--law", "data-constrained"], 2, "unique_tokens"),
        ([*NAMED, *SAME, "--law-of", "hoffmann"], 2, "or a published law"),
        (["--loss-value", "-1", *SAME], 2, "above 0 and finite"),
        (["--loss-value", "1e308", *SAME], 2, "an observed loss of 1e+308: a loss is in nats"),
        ([*NAMED, *SAME, "--observed-error", "1e308"], 2, "a standard error of 1e+308"),
        (["--loss-value", "low", *SAME], 2, "--loss-value"),
        ([*NAMED, *SAME, "--observed-error", "low"], 2, "bare losses have no columns"),
        ([*NAMED, *SAME, "--outliers", "25"], 2, "may be left out"),
        (["--hold-out", "flops=1e30.."], 2, "no run meets"),
        (["--hold-out", "run"], 2, "COLUMN=VALUE"),
        (["--hold-out", "flops=1e22..", "--observed-error", "sd"], 2, "no column 'sd'"),
        (["--hold-out", "flops=1e22..", "--observed-error", "run"], 2, "does not hold numbers"),
        (["--hold-out", "flops=1e22..", "--observed-error", "high..low"], 2, "is not between"),
        (["--hold-out", "flops=1e22..", "--observed-error", "-1"], 2, "0 or more"),
        (["--hold-out", "params=6e7.."], 3, "distinct runs"),
        (["--observed", "nowhere.csv", *SAME], 2, "nowhere.csv"),
        (["--where", "params=..6e7", *NAMED, *SAME], 3, "distinct runs"),
    ],
)
def test_refusals(capsys, path, options, code, message):
    got, out, err = run(capsys, path, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (NAMED, 2, "name the runs to fit the floor to"),
        (["--law-of", "hoffman", *NAMED, *SAME], 2, "a published law is one of"),
        (["--law-of", "hoffmann", *NAMED], 2, "MassiveText"),
        (["--law-of", "hoffmann", "--hold-out", "flops=1e21.."], 2, "a published law has none"),
        (["--law-of", "kaplan", *NAMED, *SAME], 3, "it has no E"),
        (["--law-of", "hoffmann", *NAMED, *SAME, "--law", "chinchilla"], 2, "--law"),
    ],
)
def test_refusals_without_runs(capsys, options, code, message):
    got, out, err = run(capsys, *options)
    assert (got, out) == (code, "")
    assert message in err
