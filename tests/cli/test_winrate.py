"""The command line of ``winrate``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.scoring.winrate.simulations import World
from theodolite.cli.main import main
from theodolite.loading import load_preferences
from theodolite.scoring.winrate import aligned, rates_by_category

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    *("models", "pairs", "effects", "joint", "categories", "estimator", "baseline", "judge"),
    *("covariates", "difficulty", "gamed", "frozen", "level", "seed", "items", "removed", "notes"),
}
MODEL = {
    *("model", "win_rate", "standard_error", "win_rate_low", "win_rate_high", "low", "high", "n"),
    *("length_controlled_win_rate", "rank", "rank_low", "rank_high", "unbounded", "suspect"),
}
WORLD = World((-1.5, -0.5, 0.0, 0.5, 1.0, 1.5), "soft")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("winrate")
    preferences, ease = WORLD.preferences(np.random.default_rng(0), 80)
    frame = preferences.frame.drop("_file", "_row").with_columns(
        judge=pl.lit("j"),
        category=pl.when(pl.col("item_id").str.ends_with("1"))
        .then(pl.lit("a"))
        .otherwise(pl.lit("b")),
    )
    frame.write_csv(out / "annotations.csv")
    ease.write_csv(out / "items.csv")
    rng = np.random.default_rng(1)
    pl.DataFrame(
        {
            "std_delta_len": rng.normal(size=40),
            "instruction_difficulty": rng.normal(size=40),
            "pseudo_preference": rng.random(40),
        }
    ).write_csv(out / "gamed.csv")
    numbered = frame.with_columns(position=pl.int_range(pl.len()).over("model"))
    numbered.write_csv(out / "positions.csv")
    return out


def run(capsys, *argv: object) -> tuple[int, str, str]:
    code = main(["winrate", *map(str, argv)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: object) -> dict:
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    def test_keys(self, capsys, folder: Path) -> None:
        got = answer(capsys, folder / "annotations.csv")
        want = aligned(load_preferences(folder / "annotations.csv")).to_dict()
        assert got == plain(want | {"categories": None})
        assert got.keys() >= KEYS
        assert got["models"][0].keys() == MODEL
        assert got["estimator"] == "aligned"
        assert got["difficulty"] == "estimated"

    def test_options(self, capsys, folder: Path) -> None:
        files = ("--difficulty", folder / "items.csv", "--gamed", folder / "gamed.csv")
        more = ("--joint", "--by", "category", "--level", "0.9", "--seed", "3")
        got = answer(capsys, folder / "annotations.csv", *files, *more)
        assert got["difficulty"] == "file"
        assert got["gamed"] is True
        assert got["level"] == 0.9
        assert len(got["joint"]["models"]) == 6
        assert len(got["categories"]["rates"]) == 12
        preferences = load_preferences(folder / "annotations.csv")
        ungamed = aligned(preferences, difficulty=pl.read_csv(folder / "items.csv"), level=0.9)
        other = rates_by_category(preferences, ungamed, by="category").to_dict()
        assert got["categories"]["rates"] != plain(other)["rates"]

    def test_where_and_judge(self, capsys, folder: Path) -> None:
        options = ("--where", "model!=m3", "--judge", "j", "--difficulty", "none")
        got = answer(capsys, folder / "annotations.csv", *options)
        assert len(got["models"]) == 5
        assert {"reason": "not model!=m3", "count": 80} in got["removed"]
        assert got["judge"] == "j"

    def test_published(self, capsys, folder: Path) -> None:
        files = ("--difficulty", folder / "items.csv", "--gamed", folder / "gamed.csv")
        for join in ("position", "item"):
            got = answer(
                capsys, folder / "positions.csv", "--estimator", "published", "--join", join, *files
            )
            assert got["estimator"] == "published"
            assert got["join"] == join
            assert got["models"][0].keys() >= MODEL - {
                *("win_rate_low", "win_rate_high", "rank", "rank_low", "rank_high"),
                *("unbounded", "suspect"),
            }
            assert got["models"][0]["low"] is None

    def test_a_saved_fit_stands_still(self, capsys, folder: Path, tmp_path: Path) -> None:
        saved = tmp_path / "fit.json"
        source = folder / "annotations.csv"
        first = answer(capsys, source, "--where", "model!=m2", "--save-fit", saved)
        got = answer(capsys, source, "--where", "model=m2", "--fit", saved)
        assert got["difficulty"] == "frozen"
        assert len(got["models"]) == 6
        rates = {m["model"]: m for m in got["models"]}
        for row in first["joint"]["models"]:
            want = row["length_controlled_win_rate"]
            assert rates[row["model"]]["length_controlled_win_rate"] == pytest.approx(want)

    def test_page_and_charts(self, capsys, folder: Path, tmp_path: Path) -> None:
        page, chart = tmp_path / "page.html", tmp_path / "rates.svg"
        out = ("--html", page, "--chart", chart, "--by", "category")
        code, text, err = run(capsys, folder / "annotations.csv", *out)
        assert (code, err) == (0, "")
        assert "Who beats base, at equal length?" in text
        assert "Where does a model stand out" in text
        assert page.stat().st_size > 10_000
        assert chart.stat().st_size > 5_000
        files = ("--difficulty", folder / "items.csv", "--gamed", folder / "gamed.csv")
        published = ("--estimator", "published", "--join", "item", *files, "--chart", chart)
        code, text, _ = run(capsys, folder / "annotations.csv", *published)
        assert code == 0
        assert "What does the published recipe say?" in text


class TestErrors:
    def test_a_preference_out_of_range(self, capsys, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "bad.csv"
        frame = pl.read_csv(folder / "annotations.csv")
        worse = pl.when(pl.int_range(pl.len()) == 4).then(2.5).otherwise("preference")
        frame.with_columns(preference=worse).write_csv(path)
        code, _, err = run(capsys, path)
        assert code == 2
        assert "bad.csv, row 5, column preference: 2.5 is not" in err

    def test_several_judges(self, capsys, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "two.csv"
        frame = pl.read_csv(folder / "annotations.csv")
        pl.concat([frame, frame.with_columns(judge=pl.lit("k"))]).write_csv(path)
        code, _, err = run(capsys, path)
        assert code == 2
        assert "--judge NAME" in err
        assert answer(capsys, path, "--judge", "k")["judge"] == "k"

    def test_a_judge_of_itself(self, capsys, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "self.csv"
        pl.read_csv(folder / "annotations.csv").with_columns(judge=pl.lit("m1")).write_csv(path)
        code, _, err = run(capsys, path)
        assert code == 2
        assert "--self-judged" in err
        assert len(answer(capsys, path, "--self-judged", "keep")["models"]) == 6
        assert len(answer(capsys, path, "--self-judged", "remove")["models"]) == 5

    def test_data_that_cannot_answer(self, capsys, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "equal.csv"
        frame = pl.read_csv(folder / "annotations.csv")
        frame.with_columns(len_output=pl.col("len_baseline") + 7).write_csv(path)
        code, _, err = run(capsys, path, "--difficulty", "none")
        assert code == 3
        assert "--covariates none" in err
        assert run(capsys, path, "--covariates", "none")[0] == 0
        code, _, err = run(
            capsys, folder / "annotations.csv", "--where", "model=m0", "--difficulty", "estimated"
        )
        assert code == 3
        assert "too few to estimate" in err

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--gamed", "gamed.csv"), "--difficulty FILE"),
            (("--estimator", "published"), "--difficulty FILE"),
            (("--estimator", "published", "--joint"), "takes no --joint"),
            (("--join", "item"), "--estimator published"),
            (("--fit", "fit.json", "--joint"), "leave out --joint"),
            (("--fit", "nothing.json"), "no such file"),
            (("--save-fit", "fit.csv"), "does not end in .json"),
            (("--covariates", "tone"), "no column tone_output and tone_baseline or tone"),
            (("--covariates", "length,"), "must be different names"),
            (("--by", "tone"), "no column tone"),
            (("--level", "1.5"), "level"),
            (("--where", "model=nobody"), "nobody"),
        ],
    )
    def test_wrong_usage(self, capsys, folder: Path, options, words: str) -> None:
        code, out, err = run(capsys, folder / "annotations.csv", *options)
        assert code == 2
        assert out == ""
        assert words in err
        assert "Traceback" not in err
