"""The command line of ``scaling downstream``: contract, options, exit codes, files."""

import json

import numpy as np
import polars as pl
import pytest

from tests.scaling.downstream.worlds import World, simulate
from theodolite.cli.main import main

FAST = ("--resamples", "100")
QUIZ = ("--task", "quiz", "--chance", "0.25")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("downstream") / "runs.csv"
    frame = simulate(World(), 25, np.random.default_rng(0)).frame
    frame = frame.select("run", "params", "tokens", "loss", "quiz").with_columns(
        err_quiz=1.0 - pl.col("quiz"), bits=pl.col("loss") / 2, gap=pl.lit(None, pl.Float64)
    )
    frame.write_csv(file)
    return str(file)


def run(capsys, *argv):
    code = main(["scaling", "downstream", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv):
    code, out, err = run(capsys, *argv, *FAST, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_keys(capsys, path):
    got = answer(capsys, path, *QUIZ, "--hold-out", "params=3e9..", "--at", "params=7B,tokens=4T")
    assert got["verdict"] in {"predictable", "not predictable", "cannot be told"}
    assert got["verdict_words"]
    task = got["tasks"][0]
    keys = {"task", "columns", "losses", "chance", "verdict", "chosen", "points", "paths",
            "mean_absolute_error", "coverage", "movement", "decides"}  # fmt: skip
    assert task.keys() >= keys
    assert len(task["points"]) == 6
    for point in task["points"]:
        assert point.keys() >= {"params", "tokens", "flops", "observed", "accuracy", "loss"}
        assert point["accuracy"]["low"] <= point["accuracy"]["estimate"]
        assert point["accuracy"]["estimate"] <= point["accuracy"]["high"]
    assert task["points"][-1]["params"] == pytest.approx(7e9)
    assert task["points"][-1]["tokens"] == pytest.approx(4e12)
    assert task["points"][-1]["observed"] is None
    seen = [p for p in task["points"] if p["observed"] is not None]
    missed = [abs(p["accuracy"]["estimate"] - p["observed"]) for p in seen]
    assert task["mean_absolute_error"] == pytest.approx(np.mean(missed))
    assert got["coverage"] == task["coverage"]
    assert {row["path"] for row in task["paths"]} == {
        "sigmoid",
        "exponential",
        "ladder",
        "direct",
        "compute",
    }
    assert (got["n"], got["hold_out"], got["within"]) == (20, ["params=3e9.."], 0.05)


def test_options_reach_the_forecast(capsys, path):
    got = answer(
        capsys, path, "--task", "err_*", "--error", "--task-loss", "bits", "--path", "two-step",
        "--link", "exponential", "--level", "0.8", "--seed", "3", "--within", "2", "--where",
        "params=2e8..",
    )  # fmt: skip
    task = got["tasks"][0]
    assert (task["task"], task["losses"], task["error_columns"]) == ("err_quiz", ["bits"], True)
    assert [row["path"] for row in task["paths"]] == ["exponential"]
    assert (got["level"], got["seed"], got["resamples"], got["within"]) == (0.8, 3, 100, 0.02)
    assert got["removed"][0]["count"] > 0
    straight = answer(capsys, path, *QUIZ, "--path", "direct")["tasks"][0]
    assert [row["path"] for row in straight["paths"]] == ["direct", "compute"]
    assert straight["points"][0]["loss"] is None


def test_several_tasks_stand_in_one_table(capsys, path):
    code, out, err = run(capsys, path, *QUIZ, "--task", "quiz,quiz", *FAST, "--path", "direct")
    assert (code, err) == (0, "")
    assert "Of 2 tasks" in out
    assert "What will it score?" in out
    assert "Which way from runs to accuracy?" in out


def test_files_are_written(capsys, path, tmp_path):
    chart, page = tmp_path / "c.svg", tmp_path / "p.html"
    code, out, _ = run(capsys, path, *QUIZ, *FAST, "--chart", str(chart), "--html", str(page))
    assert code == 0
    assert "How does accuracy follow from loss?" in out
    assert "<svg" in chart.read_text()
    assert "What will it score?" in page.read_text()


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("--task", "nothing"), 2, "no column 'nothing'"),
        (("--task", "x*"), 2, "no column of the runs is like"),
        (("--task", "gap"), 2, "the cell is empty"),
        (("--task", "loss"), 2, "no share between 0 and 1"),
        ((*QUIZ, "--chance", "25"), 2, "chance is a share"),
        ((*QUIZ, "--at", "params=7B"), 2, "is not params=N,tokens=D"),
        ((*QUIZ, "--at", "params=7B,tokens=many"), 2, "is no count"),
        ((*QUIZ, "--hold-out", "params=1e12.."), 2, "none is held out"),
        ((*QUIZ, "--hold-out", "params"), 2, "a condition is wanted"),
        ((*QUIZ, "--hold-out", "flops=6e18.."), 3, "runs are fitted"),
        ((*QUIZ, "--path", "direct", "--link", "sigmoid"), 2, "not --path direct"),
    ],
)
def test_what_cannot_be_done_says_so(capsys, path, argv, code, words):
    got, out, err = run(capsys, path, *argv, *FAST)
    assert (got, out) == (code, "")
    assert words in " ".join(err.split())


def test_a_loss_named_by_task_needs_no_other(capsys, path, tmp_path):
    several = tmp_path / "several.csv"
    frame = pl.read_csv(path).rename({"loss": "loss_a"})
    frame.with_columns(loss_b=pl.col("loss_a") + 1).write_csv(several)
    code, out, err = run(capsys, str(several), *QUIZ, *FAST)
    assert (code, out) == (2, "")
    assert "several that may be it: loss_a, loss_b" in err
    alone = answer(capsys, str(several), *QUIZ, "--task-loss", "loss_a")
    twice = answer(capsys, str(several), *QUIZ, "--task-loss", "loss_a", "--loss", "loss_a")
    usual = answer(capsys, path, *QUIZ)
    points = [got["tasks"][0]["points"][0]["accuracy"] for got in (alone, twice, usual)]
    assert points[0] == points[1] == points[2]


def test_the_ladder_foretells_its_largest_runs(capsys, data):
    task = "eval/downstream/{}_rc_5shot_len_norm"
    tasks = ("hellaswag_val", "arc_easy_test", "piqa_val", "socialiqa_val")
    named = [part for name in tasks for part in ("--task", task.format(name))]
    path = str(data("ladder/olmo_ladder_final.csv"))
    got = answer(capsys, path, *named, "--hold-out", "flops=1e21..")
    assert len(got["tasks"]) == len(tasks)
    assert got["mean_absolute_error"] < 0.015
    assert got["coverage"] >= 0.9


def test_gadres_errors_are_foretold(capsys, data):
    path = str(data("overtraining/gadre_runs.csv"))
    where = ("--where", "dataset=rpj", "--loss", "loss_c4_val", "--hold-out", "flops=2e19..")
    got = answer(capsys, path, "--task", "err_avg_17", "--error", *where)
    assert got["mean_absolute_error"] < 0.015
    assert got["coverage"] == 1.0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--task", "err_quiz"), "holds errors by its name: say so with --error"),
        ((*QUIZ, "--at", "params=7,tokens=4"), "a count is 7B or 7e9, not 7"),
    ],
)
def test_slips_are_refused(capsys, path, argv, said):
    code, out, err = run(capsys, path, *argv)
    assert (code, out) == (2, "")
    assert said in err
