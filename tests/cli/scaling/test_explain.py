"""The command line of ``scaling explain``: contract, exit codes, error texts, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.scaling.conftest import simulated
from theodolite.cli.main import main
from theodolite.scaling import Aim, Resampling, explain
from theodolite.tables import Runs

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    *("verdict", "law_of", "source", "flops", "n", "steps", "stages", "rounding", "stopped"),
    *("alternatives", "inside", "wald", "descent", "fit", "influence", "profiles"),
}
STEP = {"step", "quantity", "before", "after", "change", "low", "high", "share", "least", "most"}
OWN = ("--E", "1.80", "--A", "480", "--B", "2100", "--alpha", "0.350", "--beta", "0.370")
QUICK = ("--resamples", "150")


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("explain") / "runs.csv"
    simulated(n=5).write_csv(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["scaling", "explain", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_json_is_the_result(capsys, path: str) -> None:
    options = ("--law-of", "besiroglu", "--at", "1e23", "--outliers", "2")
    code, out, err = run(capsys, path, *QUICK, *options, "--json")
    assert (code, err) == (0, "")
    got = json.loads(out)
    assert got.keys() == KEYS | {"far_params", "far_tokens"}
    runs = Runs.from_frame(simulated(n=5))
    want = explain("besiroglu", runs, resampling=Resampling(n=150), outliers=2, aim=Aim(1e23))
    want = json.loads(json.dumps(want.to_dict()))
    want["fit"].pop("removed")  # the file's own name is in neither
    got["fit"].pop("removed")
    assert {key: got[key] for key in want} == want
    assert got["steps"][0].keys() == STEP | {"interval_of"}
    assert [row["run"] for row in got["influence"]["runs"]] != sorted(
        row["run"] for row in got["influence"]["runs"]
    )
    assert [one["parameter"] for one in got["profiles"]["profiles"]][-1] == "allocation_exponent"


@pytest.mark.slow
def test_what_is_read_on_a_terminal_and_in_files(capsys, path: str, tmp_path: Path) -> None:
    chart, page = tmp_path / "chart.svg", tmp_path / "page.html"
    code, out, err = run(capsys, path, *QUICK, *OWN, "--chart", str(chart), "--html", str(page))
    assert (code, err) == (0, "")
    for question in (
        "What takes the published law to the optimum of these runs?",
        "Where would the published optimiser have stopped on these runs?",
        "What would another objective have found?",
        "Could noise in these runs be the reason?",
        "Does the law hang on single runs?",
        "How far may each parameter go before the runs object?",
        "What was used?",
    ):
        assert question in out
        assert question in page.read_text()
    assert "As printed, the given set has the allocation exponent 0.514" in " ".join(out.split())
    assert "Best that rounds to it" in chart.read_text()


def test_hoffmann_as_printed_is_the_law_without_options() -> None:
    from theodolite.cli.scaling.explain import PublishedSet

    assert PublishedSet().printed().law.name == "hoffmann"
    assert (
        PublishedSet(floor="1.8", a="1", b="1", alpha="1", beta="1").printed().law.values[0] == 1.8
    )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--law-of", "kaplan"], 3, "kaplan has no E, A, B, alpha and beta"),
        (["--law-of", "chinchilla"], 2, "a published law is one of hoffmann"),
        (["--law-of", "hoffmann", "--A", "406"], 2, "has its own --A"),
        (["--E", "1.69"], 2, "missing: --A, --B, --alpha, --beta"),
        ([*OWN[:-1], "many"], 2, "beta must be a number above 0 in digits, not 'many'"),
        (["--law", "compute"], 2, "the law chinchilla is explained, not compute"),
        (["--outliers", "25"], 2, "1 to 24 may be left out; not 25"),
        (["--outliers", "-1"], 2, "--outliers"),
        (["--outliers", "20"], 3, "5 parameters, and there are 5 distinct runs"),
        (["--at", "-5"], 2, "above 0"),
        (["--at", "nan"], 2, "above 0"),
        (["--level", "95"], 2, "level"),
    ],
)
def test_refusals(capsys, path: str, options: list[str], code: int, message: str) -> None:
    got, out, err = run(capsys, path, *QUICK, *options)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err
