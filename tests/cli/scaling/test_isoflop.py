"""The command line of ``scaling isoflop``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.scaling.budget_runs import BUDGETS, budget_runs, runs_of
from theodolite.cli.main import main
from theodolite.scaling import envelope, isoflop

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    *("approach", "accounting", "allocation_exponent", "low", "high", "verdict", "optimum"),
    *("tokens_exponent", "level", "seed", "removed", "notes"),
}
BUDGET = {"flops", "n", "edge"} | {
    f"{name}{end}"
    for name in ("params", "tokens", "tokens_per_param", "loss")
    for end in ("", "_low", "_high")
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    budget_runs().write_csv(tmp_path / "runs.csv")
    return str(tmp_path / "runs.csv")


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["scaling", "isoflop", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    def test_keys(self, capsys, path: str) -> None:
        got = answer(capsys, path)
        assert got == plain(isoflop(runs_of()).to_dict() | {"optimum": None})
        assert got.keys() >= KEYS | {"budgets", "set_aside"}
        assert got["budgets"][0].keys() >= BUDGET
        assert got["low"] < got["allocation_exponent"] < got["high"]

    def test_options(self, capsys, path: str) -> None:
        named = [text for b in BUDGETS[:5] for text in ("--budget", f"{b:.6g}")]
        options = ("--level", "0.8", "--seed", "5", "--tolerance", "0.2", "--resamples", "500")
        got = answer(capsys, path, *named, *options, "--at", "1e23")
        want = isoflop(
            runs_of(), budgets=BUDGETS[:5], level=0.8, seed=5, tolerance=0.2, n_resamples=500
        )
        assert got == plain(want.to_dict() | {"optimum": want.optimum(1e23).to_dict()})
        assert got["set_aside"][0]["n"] == 28

    def test_envelope(self, capsys, path: str) -> None:
        got = answer(capsys, path, "--approach", "envelope", "--at", "1e22")
        want = envelope(runs_of())
        assert got == plain(want.to_dict() | {"optimum": want.optimum(1e22).to_dict()})
        assert got.keys() >= KEYS | {"points", "n"}

    def test_where_is_counted(self, capsys, path: str) -> None:
        got = answer(capsys, path, "--where", "params=..1e10")
        few = int((budget_runs()["params"] > 1e10).sum())
        assert [(r["reason"], r["count"]) for r in got["removed"]] == [("not params=..1e10", few)]

    @pytest.mark.parametrize("approach", ["isoflop", "envelope"])
    def test_files_and_text(self, capsys, path: str, tmp_path: Path, approach: str) -> None:
        options = ("--approach", approach, "--at", "1e23", "--resamples", "200")
        for suffix in ("png", "svg", "html"):
            chart = tmp_path / f"chart.{suffix}"
            assert run(capsys, path, *options, "--chart", str(chart))[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        code, out, _ = run(capsys, path, *options, "--html", str(page))
        assert code == 0
        for text in (out, page.read_text()):
            assert "How should size grow with compute?" in text
            assert "What is optimal at 1.00e23 FLOPs?" in text


class TestRefusals:
    def failure(self, capsys, *argv: str) -> tuple[int, str]:
        code, out, err = run(capsys, *argv)
        assert out == ""
        assert err.startswith("error: ")
        return code, err

    def test_two_budgets(self, capsys, tmp_path: Path) -> None:
        file = tmp_path / "runs.csv"
        budget_runs(BUDGETS[:2]).write_csv(file)
        code, err = self.failure(capsys, str(file))
        assert code == 3
        assert "2 of the at least 3 budgets" in err

    def test_no_minimum(self, capsys, tmp_path: Path) -> None:
        file = tmp_path / "runs.csv"
        budget_runs(skew=3.0).write_csv(file)
        code, err = self.failure(capsys, str(file))
        assert code == 3
        assert "runs of models smaller than" in err

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--approach", "envelope", "--budget", "1e19"), "leave out --budget"),
            (("--at", "0"), "positive number of FLOPs"),
            (("--at", "nan"), "positive number of FLOPs"),
            (("--budget", "inf"), "positive number of FLOPs"),
            (("--tolerance", "2"), "tolerance must lie between"),
            (("--resamples", "5"), "resamples are from 100"),
            (("--level", "1"), "level must lie between"),
        ],
    )
    def test_usage(self, capsys, path: str, options: tuple[str, ...], said: str) -> None:
        code, err = self.failure(capsys, path, *options)
        assert code == 2
        assert said in err
