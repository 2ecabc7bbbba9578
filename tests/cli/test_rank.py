"""The command line of ``rank``: contract, exit codes, error texts, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from theodolite.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    *[("good", "fair", "model_a")] * 12,
    *[("fair", "good", "model_a")] * 6,
    *[("fair", "poor", "model_a")] * 10,
    *[("poor", "fair", "model_a")] * 4,
    *[("good", "poor", "tie")] * 3,
    *[("good", "poor", "model_a")] * 9,
]


@pytest.fixture
def votes(tmp_path: Path) -> str:
    path = tmp_path / "votes.csv"
    lines = [f"{a},{b},{w},{n % 7},{'en' if n % 2 else 'de'}" for n, (a, b, w) in enumerate(ROWS)]
    path.write_text("model_a,model_b,winner,voter,language\n" + "\n".join(lines) + "\n")
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def board(capsys, *argv: str) -> dict:
    code, out, err = run(capsys, "rank", *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


class TestContract:
    def test_keys(self, capsys, votes: str) -> None:
        answer = board(capsys, votes)
        assert {"models", "votes", "removed"} <= answer.keys()
        keys = {"model", "rating", "low", "high", "rank", "rank_low", "rank_high", "votes"}
        assert all(row.keys() >= keys for row in answer["models"])
        assert [row["model"] for row in answer["models"]] == ["good", "fair", "poor"]
        assert answer["votes"] == len(ROWS)

    def test_pairs_on_request(self, capsys, votes: str) -> None:
        assert "pairs" not in board(capsys, votes)
        assert len(board(capsys, votes, "--pairs")["pairs"]) == 3

    def test_filters_are_counted(self, capsys, votes: str) -> None:
        answer = board(capsys, votes, "--where", "language=en", "--where", "voter!=3")
        assert [r["reason"] for r in answer["removed"]] == ["not language=en", "not voter!=3"]
        assert answer["votes"] + sum(r["count"] for r in answer["removed"]) == len(ROWS)

    def test_options_reach_the_fit(self, capsys, votes: str) -> None:
        options = ("--cluster", "voter", "--level", "0.8", "--seed", "4", "--anchor", "fair=1500")
        answer = board(capsys, votes, *options, "--pair-weights", "inverse-count")
        settings = answer["settings"]
        assert (settings["cluster"], settings["n_clusters"]) == ("voter", 7)
        assert (settings["level"], settings["seed"]) == (0.8, 4)
        assert settings["pair_weights"] == "inverse-count"
        fair = next(row for row in answer["models"] if row["model"] == "fair")
        assert fair["rating"] == pytest.approx(1500)

    @pytest.mark.parametrize("method", ["davidson", "rao-kupper", "elo"])
    def test_methods(self, capsys, votes: str, method: str) -> None:
        answer = board(capsys, votes, "--method", method)
        assert [row["model"] for row in answer["models"]] == ["good", "fair", "poor"]
        assert answer["settings"]["method"] == method
        names = {"davidson": ["nu"], "rao-kupper": ["eta"], "elo": []}
        assert [parameter["name"] for parameter in answer["parameters"]] == names[method]

    def test_bootstrap(self, capsys, votes: str) -> None:
        answer = board(capsys, votes, "--interval", "bootstrap", "--n-resamples", "150")
        settings = answer["settings"]
        assert (settings["interval"], settings["n_resamples"]) == ("bootstrap", 150)

    def test_check(self, capsys, votes: str) -> None:
        answer = board(capsys, votes, "--check")
        methods = [row["method"] for row in answer["prediction"]["methods"]]
        assert methods == ["bradley-terry", "davidson", "rao-kupper", "elo"]
        assert answer["intransitivity"].keys() >= {"models", "p_value", "circles"}

    def test_an_infinite_end_is_null_and_flagged(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "won.csv"
        rows = [*ROWS, *[("champion", "good", "model_a")] * 4]
        path.write_text("model_a,model_b,winner\n" + "\n".join(",".join(r) for r in rows) + "\n")
        answer = board(capsys, str(path))
        top = answer["models"][0]
        assert (top["model"], top["rating"], top["high"]) == ("champion", None, None)
        assert top["unbounded"] is True
        assert top["low"] > 1000
        code, out, _ = run(capsys, "rank", str(path))
        assert code == 0
        assert "∞" in out

    def test_own_columns_and_labels(self, capsys, votes: str, tmp_path: Path) -> None:
        lines = [f"{a},{b},{w.replace('model_', 'side ')}" for a, b, w in ROWS]
        own = tmp_path / "own.csv"
        own.write_text("one,two,choice\n" + "\n".join(lines) + "\n")
        columns = "model_a=one,model_b=two,winner=choice"
        labels = "model_a=side a,model_b=side b,tie=tie"
        options = ("--columns", columns, "--winner-values", labels)
        assert board(capsys, str(own), *options)["models"] == board(capsys, votes)["models"]

    def test_several_files(self, capsys, votes: str) -> None:
        assert board(capsys, votes, votes)["votes"] == 2 * len(ROWS)

    def test_files(self, capsys, votes: str, tmp_path: Path) -> None:
        names = [tmp_path / f"board.{suffix}" for suffix in ("png", "svg", "html")]
        for chart in names:
            assert run(capsys, "rank", votes, "--chart", str(chart))[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        assert run(capsys, "rank", votes, "--html", str(page))[0] == 0
        assert "good" in page.read_text()


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "options", "code", "message"),
        [
            ("", [], 2, "empty"),
            ("model_a,model_b,winner\n", [], 2, "no votes in it"),
            ("model_a,model_b,winner\nx,y,X\n", [], 2, "row 1, column winner: 'X' is not one of"),
            ("model_a,model_b,winner\nx,y,Model_A\n", [], 2, "'Model_A' is not one of model_a"),
            ("model_a,model_b,winner\nx,x,tie\n", [], 2, "a model cannot meet itself"),
            ("model_a,model_b,winner\nx,y,model_a\n", [], 3, "no rating is finite"),
            ("model_a,model_b,winner\nx,y,tie\n", [], 3, "no interval can be had"),
            ("model_a,model_b,winner\nx,y,tie\nv,w,tie\n", [], 3, "2 groups of models that never"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--cluster", "voter"], 2, "voter"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--where", "language=en"], 2, "language"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--where", "language"], 2, "COLUMN=VALUE"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--anchor", "x"], 2, "MODEL=RATING"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--level", "95"], 2, "between 0.5 and 1"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--level", "high"], 2, "--level"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--columns", "winner=who"], 2, "who"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--format", "elo"], 2, "elo"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--unknown"], 2, "No such option"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--k-factor", "8"], 2, "--method elo"),
            ("model_a,model_b,winner\nx,y,tie\n", ["--method", "trueskill"], 2, "trueskill"),
        ],
    )
    def test_text_and_code(self, capsys, tmp_path: Path, text, options, code, message) -> None:
        path = tmp_path / "bad.csv"
        path.write_text(text)
        got, out, err = run(capsys, "rank", str(path), *options)
        assert got == code
        assert out == ""
        assert err.startswith("error: ")
        assert message in err
        assert "Traceback" not in err

    def test_a_missing_file(self, capsys, tmp_path: Path) -> None:
        code, _, err = run(capsys, "rank", str(tmp_path / "none.csv"))
        assert code == 2
        assert "none.csv" in err

    def test_a_chart_of_an_unknown_kind(self, capsys, votes: str, tmp_path: Path) -> None:
        code, _, err = run(capsys, "rank", votes, "--chart", str(tmp_path / "board.gif"))
        assert code == 2
        assert ".png" in err

    def test_a_page_that_cannot_be_written(self, capsys, votes: str, tmp_path: Path) -> None:
        code, _, err = run(capsys, "rank", votes, "--html", str(tmp_path / "no" / "page.html"))
        assert code == 2
        assert "cannot write" in err

    def test_a_defect_shows_no_traceback(self, capsys, votes: str, monkeypatch) -> None:
        monkeypatch.setattr("theodolite.ratings.bradley_terry", lambda *_, **__: 1 / 0)
        code, _, err = run(capsys, "rank", votes)
        assert code == 70
        assert err.startswith("error: this is a defect of theodolite")
        monkeypatch.setenv("THEODOLITE_DEBUG", "1")
        with pytest.raises(ZeroDivisionError):
            main(["rank", votes])

    def test_no_command_shows_the_help(self, capsys) -> None:
        code, out, err = run(capsys)
        assert (code, err) == (2, "")
        assert "rank" in out

    def test_the_version(self, capsys) -> None:
        code, out, _ = run(capsys, "--version")
        assert code == 0
        assert out.startswith("theodolite 0.")
