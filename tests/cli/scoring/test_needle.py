"""The command line of ``score needle``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.scoring.needle.made import grid, needles
from theodolite.cli.main import main
from theodolite.scoring.needle import needle

if TYPE_CHECKING:
    from pathlib import Path

MODEL = {
    *("model", "version", "score", "low", "high", "n", "unparseable", "share", "share_low"),
    *("effective_length", "effective_low", "effective_high", "unbounded"),
}
KEYS = {"models", "lengths", "depths", "cells", "effects", "pairs", "threshold", "level", "seed"}


@pytest.fixture
def cells(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    second = grid(rng, slope=2.0).with_columns(version=pl.lit("2"))
    frame = pl.concat([grid(rng, slope=2.0), second])
    path = tmp_path / "cells.csv"
    frame.write_csv(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["score", "needle", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, cells: str) -> None:
    got = answer(capsys, cells)
    assert got == json.loads(json.dumps(needle(needles(pl.read_csv(cells))).to_dict()))
    assert got.keys() >= KEYS
    assert got["models"][0].keys() >= MODEL


def test_options(capsys, cells: str) -> None:
    got = answer(
        capsys, cells, "--where", "version=1", "--threshold", "0.5", "--level", "0.9", "--seed", "4"
    )
    assert (got["threshold"], got["level"], got["seed"]) == (0.5, 0.9, 4)
    assert [m["version"] for m in got["models"]] == ["1"]
    assert got["removed"] == [{"reason": "not version=1", "count": 315}]


def test_an_end_that_nothing_bounds_is_null(capsys, cells: str) -> None:
    got = answer(capsys, cells, "--where", "context_length=..6000", "--threshold", "0.3")
    row = got["models"][0]
    assert (row["effective_high"], row["unbounded"]) == (None, True)


def test_page_and_files(capsys, cells: str, tmp_path: Path) -> None:
    page, chart = tmp_path / "needle.html", tmp_path / "needle.svg"
    code, out, err = run(capsys, cells, "--html", str(page), "--chart", str(chart))
    assert (code, err) == (0, "")
    assert out.startswith("Needle in a haystack: 1 model")
    assert "Do length and depth matter?" in page.read_text(encoding="utf-8")
    assert chart.read_text(encoding="utf-8").startswith("<svg")


def test_trials_and_scale(capsys, tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text("context_length,depth_percent,score\n" + "1000,50,0.5\n" * 2 + "2000,50,1\n")
    code, _, err = run(capsys, str(path), "--model", "x")
    assert code == 2
    assert "--scale LOW..HIGH" in err
    code, _, err = run(capsys, str(path), "--model", "x", "--scale", "0..1")
    assert code == 2
    assert "--trials" in err
    got = answer(capsys, str(path), "--model", "x", "--scale", "0..1", "--trials")
    assert got["scale"] == [0.0, 1.0]
    assert got["models"][0]["score"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("extra", "code", "message"),
    [
        (("--threshold", "1"), 2, "threshold must lie"),
        (("--scale", "1-10"), 2, "is not LOW..HIGH"),
        (("--scale", "10..1"), 2, "is not LOW..HIGH"),
        (("--where", "version=9"), 2, "no row has it"),
        (
            ("--where", "context_length=2000", "--where", "depth_percent=50"),
            3,
            "fewer than two trials",
        ),
    ],
)
def test_refused(capsys, cells: str, extra: tuple[str, ...], code: int, message: str) -> None:
    got, out, err = run(capsys, cells, *extra)
    assert (got, out) == (code, "")
    assert message in err
    assert "defect" not in err
