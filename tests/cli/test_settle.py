"""The command line of ``settle``: contract, options, exit codes, error texts, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from theodolite.cli.main import main
from theodolite.ratings import simulate_votes

if TYPE_CHECKING:
    from pathlib import Path

RATINGS = {"good": 1150.0, "fair": 1000.0, "also fair": 995.0, "poor": 855.0}


@pytest.fixture(scope="module")
def votes(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("settle") / "votes.csv"
    frame = simulate_votes(RATINGS, n_votes=4000, seed=1).frame.select(
        "model_a", "model_b", "winner"
    )
    n = pl.int_range(pl.len())
    frame.with_columns(voter=n % 300, timestamp=1_713_000_000 + 400 * n).write_csv(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["settle", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, votes: str) -> None:
    got = answer(capsys, votes)
    assert got["settled"] is False
    assert 0 < got["votes_needed_best"] <= got["votes_needed"]
    assert got["models"][0]["model"] == "good"
    assert all(
        row.keys() >= {"model", "settled", "half_width", "votes_needed"} for row in got["models"]
    )
    assert all(row.keys() >= {"model_a", "model_b", "decided"} for row in got["pairs"])
    assert len(got["pairs"]) == 6
    assert sum(row["decided"] for row in got["pairs"]) == 5
    assert len(got["history"]) == 100
    assert got["history"][-1]["time"] is None
    assert {"reversals", "best_pairs", "claims", "withdrawn", "votes", "removed"} <= got.keys()


def test_options_reach_the_estimator(capsys, votes: str) -> None:
    options = ("--half-width", "60", "--by", "day", "--looks", "7", "--burn-in", "30")
    got = answer(capsys, votes, *options, "--cluster", "voter", "--level", "0.9")
    assert got["settled"] is True
    assert got["votes_needed"] == got["votes_needed_best"] == 0
    settings = got["settings"]
    assert (settings["half_width"], settings["by"], settings["burn_in"]) == (60.0, "day", 30)
    assert (settings["cluster"], settings["n_clusters"], settings["level"]) == ("voter", 300, 0.9)
    assert settings["pair_error"] == pytest.approx(0.1 / 6)
    assert len(got["history"]) == settings["looks"] == 7
    assert got["history"][-1]["time"].startswith("2024-05-01T")


def test_top(capsys, votes: str) -> None:
    assert answer(capsys, votes, "--top", "1")["settled"] is True
    two = answer(capsys, votes, "--top", "2")
    assert two["settled"] is False
    assert two["settings"]["top"] == 2
    assert two["votes_needed"] > 0


def test_filters_are_counted(capsys, votes: str) -> None:
    got = answer(capsys, votes, "--where", "voter=..199")
    assert got["votes"] + got["removed"][0]["count"] == 4000


def test_text(capsys, votes: str) -> None:
    code, out, err = run(capsys, votes, "--by", "day")
    assert (code, err) == (0, "")
    for question in (
        "Has the board settled?",
        "Which pairs are decided, and since when?",
        "What would have been published wrongly?",
        "How many more votes?",
    ):
        assert question in out
    assert "2024-04-1" in out


def test_files(capsys, votes: str, tmp_path: Path) -> None:
    for suffix in ("png", "svg", "html"):
        chart = tmp_path / f"settle.{suffix}"
        assert run(capsys, votes, "--chart", str(chart))[0] == 0
        assert chart.stat().st_size > 1000
    page = tmp_path / "page.html"
    assert run(capsys, votes, "--html", str(page))[0] == 0
    assert "also fair" in page.read_text()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--top", "4"], 2, "of 1 to 3 models, not of 4"),
        (["--top", "0"], 2, "of 1 to 3 models, not of 0"),
        (["--half-width", "0"], 2, "above 0 points"),
        (["--level", "95"], 2, "between 0.5 and 1"),
        (["--by", "year"], 2, "year"),
        (["--looks", "0"], 2, "--looks"),
        (["--cluster", "session"], 2, "session"),
        (["--burn-in", "5000"], 3, "no model has the 5000 votes of the burn-in"),
    ],
)
def test_refusals(capsys, votes: str, options: list[str], code: int, message: str) -> None:
    got, out, err = run(capsys, votes, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


def test_time_that_the_file_does_not_have(capsys, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("model_a,model_b,winner\nx,y,model_a\ny,x,model_a\n")
    code, out, err = run(capsys, str(path), "--by", "day")
    assert (code, out) == (2, "")
    assert "timestamp" in err
