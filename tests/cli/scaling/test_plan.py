"""The command line of ``scaling plan``: contract, options, exit codes, error texts, files."""

from __future__ import annotations

import contextlib
import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scaling.conftest import simulated
from theodolite.cli.main import main
from theodolite.cli.scaling.counts import parse_count
from theodolite.errors import UsageError
from theodolite.scaling import PUBLISHED, Resampling, Serving, Target, fit, plan, published_law
from theodolite.tables import Runs

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    *("params", "tokens", "tokens_per_param", "loss", "low", "high", "train_flops"),
    *("inference_flops", "published", "law", "point", "optimum", "lifetime", "overtrained"),
    *("shrunk", "smallest", "gains", "beyond", "level", "notes", "removed"),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("plan") / "runs.csv"
    simulated(n=6).write_csv(file)
    return str(file)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["scaling", "plan", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_published_law_plans_where_there_are_no_runs(capsys) -> None:
    got = answer(capsys, "--flops", "1e24")
    assert got.keys() >= KEYS
    assert got["law"] == "besiroglu"
    assert got["low"] is None
    assert got["inference_flops"] == 0
    assert got["tokens_per_param"] == pytest.approx(18.08, abs=0.01)
    assert [p["law"] for p in got["published"]] == [law.name for law in PUBLISHED]
    assert got["published"][0].keys() >= {"law", "params", "tokens", "counts", "source", "loss"}
    other = answer(capsys, "--flops", "5.76e23", "--law-from", "hoffmann")
    assert other["law"] == "hoffmann"
    assert round(other["tokens_per_param"]) == 93


def test_runs_are_fitted_and_give_intervals(capsys, path: str) -> None:
    options = ("--inference-tokens", "1T", "--resamples", "200", "--seed", "3", "--level", "0.9")
    got = answer(capsys, path, "--params", "8B", "--tokens", "15T", *options)
    fitted = fit(Runs.from_frame(simulated(n=6)), resampling=Resampling(n=200, seed=3), level=0.9)
    want = plan(fitted, Target(params=8e9, tokens=15e12), serving=Serving(1e12)).to_dict()
    for name in ("law", "point", "loss", "low", "high", "params", "lifetime", "smallest", "n"):
        assert got[name] == json.loads(json.dumps(want[name])), name
    assert got["low"] < got["loss"] < got["high"]
    assert got["level"] == 0.9
    assert [b["point"] for b in got["beyond"]][-1] == "the model asked for"
    assert got["gains"][0]["law"] == "this fit"
    assert got["gains"][1]["start"].startswith("Meta AI")


def test_fit_options_and_filters_reach_the_fit(capsys, path: str) -> None:
    options = ("--law", "over-training", "--objective", "least-squares", "--resamples", "100")
    got = answer(capsys, path, "--flops", "1e22", *options, "--where", "tokens=..2e11")
    assert got["source"].startswith("over-training")
    assert got["n"] + got["removed"][0]["count"] == 36


def test_prices_and_over_training(capsys) -> None:
    prices = ("--price-train", "1e-18", "--price-inference", "3e-18")
    serving = ("--inference-tokens", "1e12")
    got = answer(capsys, "--flops", "1e23", *serving, *prices, "--overtrain", "75")
    law = published_law("besiroglu")
    want = plan(law, Target(flops=1e23), serving=Serving(3e12))
    assert got["params"] == pytest.approx(want.lifetime.point.params.estimate, rel=1e-9)
    assert got["lifetime"]["train_cost"]["estimate"] == pytest.approx(1e-18 * got["train_flops"])
    assert 75 in [row["factor"] for row in got["overtrained"]]


def test_text(capsys, path: str) -> None:
    options = ("--tokens", "15T", "--inference-tokens", "1e12", "--resamples", "200")
    code, out, err = run(capsys, path, "--params", "8B", *options)
    assert (code, err) == (0, "")
    for question in (
        "What is a model of 8.00B parameters best trained on?",
        "What costs least to train and to serve 1.00T tokens?",
        "What does it cost to train a smaller model for longer?",
        "How far may the model shrink at equal loss?",
        "What do 15.0T tokens gain at 8.00B parameters?",
        "What do published laws call optimal here?",
        "What was used, and what was left out?",
    ):
        assert question in out
    assert "Extrapolated: the model asked for" in out
    code, out, _ = run(capsys, "--flops", "1e24")
    assert code == 0
    assert "What do 1.00e24 FLOPs train best?" in out
    assert "there are no intervals" in " ".join(out.split())


def test_files(capsys, tmp_path: Path) -> None:
    chart = tmp_path / "plan.svg"
    assert run(capsys, "--params", "8B", "--tokens", "15T", "--chart", str(chart))[0] == 0
    assert "Llama-3-8B" in chart.read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    assert run(capsys, "--flops", "1e24", "--html", str(page))[0] == 0
    assert "What do published laws call optimal here?" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one of both"),
        (["--flops", "1e24", "--params", "8B"], "one of both"),
        (["--params", "8"], "give a count, such as 8e9 or 8B"),
        (["--params", "eight"], "no count, such as 8e9, 8B or 15T"),
        (["--params", "-8e9"], "no count"),
        (["--params", "1e400"], "no count"),
        (["--params", "8e9", "--tokens", "15"], "give a count, such as 15e12 or 15T"),
        (["--flops", "24"], "such as 1e24"),
        (["--flops", "1e24", "--tokens", "1T"], "add --params"),
        (["--flops", "1e24", "--inference-tokens", "10"], "fewer than 100,000"),
        (["--flops", "1e24", "--price-train", "1e-18"], "add --inference-tokens"),
        (["--flops", "1e24", "--inference-tokens", "1T", "--price-train", "1"], "both prices"),
        (["--flops", "1e24", "--overtrain", "-1"], "--overtrain"),
        (["--flops", "1e24", "--law-from", "kaplan"], "predicts no loss"),
        (["--flops", "1e24", "--law-from", "nobody"], "a published law is one of"),
        (["--flops", "1e24", "--law", "no-floor"], "--law: for runs that are read and fitted"),
        (["--flops", "1e24", "--loss", "loss_c4"], "name the runs"),
        (["nowhere.csv", "--flops", "1e24"], "nowhere.csv"),
    ],
)
def test_refusals(capsys, options: list[str], message: str) -> None:
    code, out, err = run(capsys, *options)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


def test_runs_and_a_published_law_are_not_mixed(capsys, path: str) -> None:
    code, _, err = run(capsys, path, "--flops", "1e24", "--law-from", "hoffmann")
    assert code == 2
    assert "leave out the runs, or it" in err


def test_a_law_of_compute_alone_cannot_plan(capsys, path: str) -> None:
    options = ("--law", "compute", "--resamples", "100")
    code, _, err = run(capsys, path, "--flops", "1e24", *options)
    assert code == 3
    assert "fit chinchilla" in err


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8e9", 8e9),
        ("8B", 8e9),
        ("8b", 8e9),
        ("1.5T", 1.5e12),
        ("350M", 350e6),
        ("12K", 12e3),
        (" 8 B ", 8e9),
        ("8,000,000,000", 8e9),
        ("8_000_000_000", 8e9),
        ("1.E+3", 1e3),
    ],
)
def test_counts(text: str, value: float) -> None:
    assert parse_count(text, "--params") == value


@pytest.mark.parametrize(
    "text", ["", "B", "8BB", "8 e9", "nan", "inf", "0x10", "٨", "1" * 50, "8G"]
)
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(UsageError, match="--params"):
        parse_count(text, "--params")


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_a_count_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert 0 <= parse_count(text, "--params") < math.inf
