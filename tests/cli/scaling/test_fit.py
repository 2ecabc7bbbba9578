"""The command line of ``scaling fit``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.cli.main import main
from theodolite.scaling import Resampling, fit
from theodolite.tables import Runs

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    *("E", "A", "B", "alpha", "beta", "objective", "intervals", "allocation_exponent", "n"),
    *("converged_share", "accounting", "law", "removed", "notes", "level", "seed", "splits"),
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    simulated(n=6).write_csv(tmp_path / "runs.csv")
    return str(tmp_path / "runs.csv")


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["scaling", "fit", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def failure(capsys, *argv: str) -> tuple[int, str]:
    code, out, err = run(capsys, *argv)
    assert out == ""
    assert err.startswith("error: ")
    return code, err


def test_the_json_is_the_result(capsys, path: str) -> None:
    code, out, err = run(capsys, path, "--resamples", "200", "--json", "--at", "5.76e23")
    assert (code, err) == (0, "")
    got = json.loads(out)
    assert got.keys() >= KEYS
    runs = Runs.from_frame(simulated(n=6))
    want = json.loads(json.dumps(fit(runs, resampling=Resampling(n=200)).to_dict()))
    assert {key: got[key] for key in want} == want
    split = next(row for row in got["splits"] if row["flops"] == pytest.approx(5.76e23))
    assert 6 * split["params"] * split["tokens"] == pytest.approx(5.76e23)
    assert split["tokens_per_param_low"] < split["tokens_per_param"]


def test_what_is_read_on_a_terminal(capsys, path: str) -> None:
    code, out, _ = run(capsys, path, "--resamples", "200")
    assert code == 0
    assert "How does loss fall with parameters and tokens?" in out
    assert "36 runs" in out
    assert "starts reached the objective" in out
    assert "6 N D, N all parameters" in out


def test_files_are_written(capsys, path: str, tmp_path: Path) -> None:
    chart, page = tmp_path / "chart.svg", tmp_path / "page.html"
    code, _, _ = run(capsys, path, "--resamples", "200", "--chart", str(chart), "--html", str(page))
    assert code == 0
    assert "36 runs and the law fitted to them" in chart.read_text(encoding="utf-8")
    assert "Published laws at" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "law",
    ["over-training", *(pytest.param(x, marks=pytest.mark.slow) for x in ("compute", "no-floor"))],
)
def test_other_laws(capsys, path: str, law: str) -> None:
    code, out, _ = run(capsys, path, "--law", law, "--resamples", "100", "--json")
    assert code == 0
    got = json.loads(out)
    assert got["law"] == law
    assert (got["allocation_exponent"] is None) == (law == "compute")
    assert (len(got["splits"]) == 0) == (law == "compute")
    code, out, _ = run(capsys, path, "--law", law, "--resamples", "100")
    assert code == 0


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda f: f.with_columns(pl.col("tokens") / 1e9), 2, "--units tokens=1e9"),
        (lambda f: f.with_columns(loss=-pl.col("loss")), 2, "row 1, column loss: "),
        (
            lambda f: f.with_columns(flops=pl.lit(1e15) * pl.col("params")),
            2,
            "--accounting given",
        ),
        (lambda f: pl.concat([f, f.head(1)]), 2, "row 37, column loss: "),
        (lambda f: f.drop("loss"), 2, "loss"),
        (lambda f: f.head(3), 3, "at least 6 are needed"),
        (lambda f: f.filter(pl.col("params") == pl.col("params").min()), 3, "one level"),
    ],
)
def test_bad_runs_are_named(capsys, tmp_path: Path, change, code: int, words: str) -> None:
    path = tmp_path / "bad.csv"
    change(simulated(n=6)).write_csv(path)
    got, err = failure(capsys, str(path))
    assert got == code
    assert words in err
    if code == 2:
        assert "bad.csv" in err


def test_wrong_options(capsys, path: str) -> None:
    for argv, words in (
        (["--law", "kaplan"], "kaplan"),
        (["--resamples", "3"], "100 to 100,000"),
        (["--delta", "0"], "at least 1e-06"),
        (["--level", "95"], "between 0 and 1"),
        (["--at", "-1"], "--at -1"),
        (["--cluster", "family"], "no column family"),
        (["--law", "data-constrained"], "unique_tokens"),
        (["--seed", "-2"], "negative"),
    ):
        code, err = failure(capsys, path, *argv)
        assert code == 2, argv
        assert words in err
