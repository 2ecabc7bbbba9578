"""The command line of ``scaling trend``: contract, options, exit codes, files."""

import json

import numpy as np
import pytest

from tests.scaling.trend_simulations import World, history
from theodolite.cli.main import main

FAST = ("--resamples", "199")


def run(capsys, *argv):
    code = main(["scaling", "trend", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, *FAST, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("trend") / "own.csv"
    data = history(World(before=8, after=8, jump=2.5, scatter=0.4), np.random.default_rng(0))
    columns = ("model", "family", "organisation", "released", "params", "tokens")
    text = data.frame.select(columns).write_csv()
    lines = [line + (",kind" if k == 0 else ",base") for k, line in enumerate(text.splitlines())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def test_keys_on_the_shipped_facts(capsys):
    got = answer(capsys)
    assert got["verdict"] == "shift"
    assert [row["date"] for row in got["break"]] == ["2022-03-29"]
    row = got["break"][0]
    numbers = ("jump", "slope_before", "slope_after", "level_before", "level_after", "change")
    for name in numbers:
        assert row[name]["low"] < row[name]["estimate"] < row[name]["high"]
    assert 0.0 < row["p_value"] <= row["p_adjusted"] <= 1.0
    assert got["past_optimum"]["verdict"] == "past the optimum"
    assert len(got["models"]) == got["n"] == 89
    assert {r["reason"] for r in got["removed"]} >= {"no date of release"}
    assert got["decides"] is None


def test_options_reach_the_method(capsys, path):
    got = answer(
        capsys, path, "--only", "--break", "2022-01-01", "--break", "2021-06-01", "--quantity",
        "over-training", "--law", "hoffmann", "--cluster", "organisation", "--margin", "3",
        "--largest", "--level", "0.9", "--seed", "4",
    )  # fmt: skip
    assert [row["date"] for row in got["break"]] == ["2021-06-01", "2022-01-01"]
    assert (got["quantity"], got["law"], got["cluster"]) == (
        "over_training",
        "hoffmann",
        "organisation",
    )
    assert (got["margin"], got["largest"], got["level"], got["seed"], got["resamples"]) == (
        *(3.0, True, 0.9, 4, 199),
    )
    assert got["break"][1]["verdict"] == "shift"
    assert {row["cluster"][0] for row in got["models"]} == {"0", "1"}


def test_own_files_come_before_the_shipped_facts(capsys, path):
    both, alone = answer(capsys, path), answer(capsys, path, "--only")
    assert both["n"] == 89 + alone["n"]


def test_where_is_counted(capsys):
    got = answer(capsys, "--where", "family!=Cerebras-GPT", "--where", "released=2020-06-01..")
    assert got["removed"][0]["count"] == 7
    assert got["removed"][1]["reason"] == "not released=2020-06-01.."
    assert not any(row["family"] in ("Cerebras-GPT", "GPT-3") for row in got["models"])


def test_text(capsys, path):
    code, out, err = run(capsys, path, "--only", "--break", "2022-01-01", *FAST)
    assert code == 0, err
    for question in (
        "Did the field shift?",
        "When, if no date is given?",
        "Is the field past the optimum?",
        "What was used, and what was left out?",
    ):
        assert question in out
    assert "The trend of tokens per parameter broke at 2022-01-01" in out


def test_files(capsys, path, tmp_path):
    page, chart = tmp_path / "trend.html", tmp_path / "trend.svg"
    code, _, _ = run(capsys, path, *FAST, "--html", str(page), "--chart", str(chart))
    assert code == 0
    assert "Did the field shift?" in page.read_text(encoding="utf-8")
    assert "Date of release" in chart.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("--break", "2022-02-30"), 2, "'2022-02-30' is not a date, such as 2022-03-29"),
        (("--quantity", "speed"), 2, "speed"),
        (("--margin", "0.5"), 2, "a factor above 1"),
        (("--resamples", "3"), 2, "resamples must be"),
        (("--level", "2"), 2, "level must lie between"),
        (("--only",), 2, "--only leaves nothing"),
        (("nowhere.csv",), 2, "nowhere.csv"),
        (("--where", "size=3"), 2, "size"),
        (("--where", "kind=instruct"), 2, "no model is left after removing: tuned"),
        (("--where", "family=OPT"), 3, "too few for a trend: 5 at least"),
    ],
)
def test_refused(capsys, argv, code, message):
    got, out, err = run(capsys, *argv)
    assert (got, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_a_file_with_a_cell_that_is_no_count(capsys, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("model,kind,params,tokens,released\nx,base,7,1e12,2023-01-01\n")
    code, _, err = run(capsys, str(path))
    assert code == 2
    assert f"{path}, row 1, column params: " in err


def test_too_few_on_a_side_is_told(capsys):
    got = answer(capsys, "--break", "2024-04-01")
    assert got["verdict"] == "cannot be told"
    assert got["break"][0]["clusters_needed"] == 5
    assert "only 2 clusters from it on" in got["break"][0]["reason"]
    assert got["decides"].startswith("2024-04-01: ")
