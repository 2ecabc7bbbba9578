"""The command line of ``judges``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.scoring.judges.made import as_votes, frame_of
from tests.stats.juries import World
from theodolite.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = {"judges", "alpha", "pairs", "jury", "people", "margin", "level", "seed", "removed", "notes"}
JUDGE = {"judge", "position", "consistency", "verbosity", "self_preference", "agreement", "weight"}
BIAS = {"estimate", "low", "high", "p_value", "p_adjusted", "verdict", "why", "n", "unbounded"}
MODEL = {"model", "estimate", "low", "high", "rank", "rank_low", "rank_high", "unbounded", "n"}

FRAME = frame_of(World(items=40), np.random.default_rng(0))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    made = {
        "games": FRAME,
        "people": as_votes(FRAME.filter(judge="j0")).frame.drop("_file", "_row"),
        "grades": pl.DataFrame(
            [
                {"model": f"m{m}", "judge": f"j{j}", "item_id": i, "score": 1 + (i * m + j * i) % 9}
                for m in range(3)
                for j in range(3)
                for i in range(20)
            ]
        ),
        "families": pl.DataFrame({"model": ["j1", "m1"], "family": "one"}),
    }
    out = {name: str(tmp_path / f"{name}.csv") for name in made}
    for name, frame in made.items():
        frame.write_csv(out[name])
    return out


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(["judges", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


class TestContract:
    def test_keys(self, capsys, files: dict[str, str]) -> None:
        got = answer(capsys, files["games"])
        assert set(got) >= KEYS
        assert [one["judge"] for one in got["judges"]] == ["j0", "j1", "j2"]
        for one in got["judges"]:
            assert set(one) >= JUDGE
            for bias in ("position", "verbosity", "self_preference"):
                assert set(one[bias]) >= BIAS
        assert set(got["jury"]["models"][0]) >= MODEL
        assert set(got["alpha"]) == {"nominal", "ordinal", "interval"}
        assert got["people"] is None

    def test_people_and_families(self, capsys, files: dict[str, str]) -> None:
        got = answer(
            capsys, files["games"], "--people", files["people"], "--families", files["families"],
            "--family", "j2=two", "--family", "m2=two",
        )  # fmt: skip
        assert got["people"]["voters"] == 7
        assert got["judges"][1]["family"] == "one"
        assert got["judges"][1]["self_preference"]["estimate"] is not None
        assert got["judges"][2]["self_preference"]["estimate"] is not None
        assert got["judges"][0]["self_preference"]["estimate"] is None
        assert got["judges"][0]["verbosity"]["p_value"] is not None

    def test_votes_are_read_too(self, capsys, files: dict[str, str]) -> None:
        got = answer(capsys, files["people"], "--min-verdicts", "20")
        assert len(got["judges"]) == 7
        assert got["length_sd"] is None
        unordered = answer(capsys, files["people"], "--no-order", "--min-verdicts", "20")
        assert {one["position"]["estimate"] for one in unordered["judges"]} == {None}

    def test_columns_may_have_other_names(
        self, capsys, files: dict[str, str], tmp_path: Path
    ) -> None:
        path = str(tmp_path / "renamed.csv")
        pl.read_csv(files["people"]).rename({"prompt_id": "question"}).write_csv(path)
        asked = ("--min-verdicts", "20")
        got = answer(capsys, path, "--columns", "prompt_id=question", *asked)
        assert got["judges"] == answer(capsys, files["people"], *asked)["judges"]
        code, _, err = run(capsys, path)
        assert code == 2
        assert "--columns prompt_id=COLUMN" in err
        people = answer(
            capsys, files["games"], "--people", path, "--people-columns", "prompt_id=question"
        )
        assert people["people"]["votes"] == 240

    def test_grades(self, capsys, files: dict[str, str]) -> None:
        got = answer(capsys, files["grades"])
        assert {"judges", "alpha", "pairs", "grades", "items"} <= set(got)
        assert {"leniency", "spread", "correlation", "self_preference"} <= set(got["judges"][0])

    def test_filters_are_counted(self, capsys, files: dict[str, str]) -> None:
        got = answer(capsys, files["games"], "--where", "judge!=j1")
        assert [one["judge"] for one in got["judges"]] == ["j0", "j2"]
        assert got["removed"] == [{"reason": "not judge!=j1", "count": 240}]

    def test_page_and_chart(self, capsys, files: dict[str, str], tmp_path: Path) -> None:
        page, chart = tmp_path / "page.html", tmp_path / "chart.svg"
        for name in ("games", "grades"):
            code, out, _ = run(capsys, files[name], "--html", str(page), "--chart", str(chart))
            assert code == 0
            assert "How far do they agree?" in out
            assert "Krippendorff" in page.read_text(encoding="utf-8")
            assert "What sways the judges" in chart.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (lambda f: f.with_columns(judge=None), 2, "column judge: the cell is empty"),
        (lambda f: f.with_columns(verdict=pl.lit("maybe")), 2, "row 1, column verdict: 'maybe' is"),
        (lambda f: f.with_columns(verdict=pl.lit(None, dtype=pl.String)), 2, "holds a verdict"),
        (lambda f: pl.concat([f, f.head(1)]), 2, "there already for this judge"),
        (lambda f: f.drop("item_id"), 2, "no column item_id"),
        (lambda f: f.filter(item_id="0"), 3, "single item"),
        (lambda f: f.with_columns(verdict=pl.lit("A>B")), 3, "Collect verdicts"),
        (lambda f: f.with_columns(tokens_a=None), 2, "--no-length"),
    ],
)
def test_bad_files(
    capsys, tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], code: int, text: str
) -> None:
    path = tmp_path / "games.csv"
    change(FRAME).write_csv(path)
    got, out, err = run(capsys, str(path))
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert text in err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--margin", "0"], "margin"),
        (["--level", "1"], "level"),
        (["--family", "j1"], "is not NAME=FAMILY"),
        (["--people", "PEOPLE"], "no vote of people"),
        (["--min-verdicts", "0"], "min-verdicts"),
        (["--columns", "prompt_id=item_id"], "only columns of votes"),
        (["--people-columns", "prompt_id=item_id"], "no use without --people"),
        (["--format", "votes", "--baseline", "m0"], "need a baseline"),
        (["GRADES"], "several kinds"),
    ],
)
def test_wrong_usage(
    capsys, files: dict[str, str], tmp_path: Path, options: list[str], text: str
) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    pl.read_csv(files["people"]).with_columns(prompt_id=pl.lit("x")).write_csv(elsewhere)
    places = {"PEOPLE": str(elsewhere), "GRADES": files["grades"]}
    code, out, err = run(capsys, files["games"], *(places.get(o, o) for o in options))
    assert (code, out) == (2, "")
    assert text in err


def test_grades_have_no_people(capsys, files: dict[str, str]) -> None:
    code, _, err = run(capsys, files["grades"], "--people", files["people"], "--no-order")
    assert code == 2
    assert "--people, --no-order" in err
    one = pl.read_csv(files["grades"]).filter(judge="j0")
    one.write_csv(files["grades"])
    code, _, err = run(capsys, files["grades"])
    assert code == 3
    assert "second one" in err


def test_people_of_a_crowd(capsys, data: Callable[[str], Path]) -> None:
    """The agreement of LLMFAO's workers, 8,931 votes by 124 people on 13 prompts."""
    path = data("llmfao/llmfao.csv")
    got = answer(capsys, str(path), "--min-verdicts", "400")
    assert got["verdicts"] == 8931
    assert got["items"] == 13
    assert got["alpha"]["nominal"]["units"] == 2124
    assert got["alpha"]["nominal"]["estimate"] == pytest.approx(0.2903, abs=1e-4)
    assert got["jury"]["models"][0]["model"] == "GPT 4"


def test_labels_of_votes_can_be_named(capsys, tmp_path: Path) -> None:
    votes = as_votes(FRAME).frame.drop("_file", "_row")
    labels = {"model_a": "L", "model_b": "R", "tie": "T"}
    told = votes.with_columns(pl.col("winner").cast(pl.String).replace(labels))
    plain, own = str(tmp_path / "plain.csv"), str(tmp_path / "own.csv")
    votes.write_csv(plain)
    told.write_csv(own)
    code, _, error = run(capsys, own)
    assert code == 2
    assert "--winner-values" in error
    assert "has no" not in error
    same = answer(capsys, own, "--winner-values", "a=L,b=R,tie=T")
    assert same["jury"] == answer(capsys, plain)["jury"]
    code, _, error = run(capsys, files_of_grades(tmp_path), "--winner-values", "a=L")
    assert code == 2
    assert "only winners of votes can be named" in error


def files_of_grades(folder: Path) -> str:
    path = folder / "grades.csv"
    path.write_text("model,judge,item_id,score\nm,j,1,5\n")
    return str(path)
