"""The command line of ``shift``, and ``--style`` of ``rank``: contract, exit codes, error texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.ratings.style_simulations import styled_frame, votes_of
from theodolite.cli.main import main
from theodolite.ratings import (
    Specification,
    Style,
    bradley_terry,
    shift_by,
    shift_mix,
    shift_part,
    shift_style,
)

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = ("--where", "language=English")
CHANGES = {"model", "before", "after", "change", "low", "high", "rank_before", "rank_after"}


def frame() -> pl.DataFrame:
    return styled_frame("half-win", 500).drop("weight")


@pytest.fixture
def votes(tmp_path: Path) -> str:
    path = tmp_path / "votes.csv"
    frame().write_csv(path)
    return str(path)


@pytest.fixture
def shares(tmp_path: Path) -> Path:
    path = tmp_path / "shares.csv"
    path.write_text("language,share\nEnglish,20\nChinese,50\nGerman,30\n")
    return path


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    rows = [("a", 1200, 1210), ("b", 1100, 1080), ("c", 1000, 1100)]
    lines = [
        f"{m},{field},{r},{r - 8},{r + 8}"
        for m, *both in rows
        for field, r in zip(("overall", "english"), both, strict=True)
    ]
    path = tmp_path / "ratings.csv"
    path.write_text("model,category,rating,low,high\n" + "\n".join(lines) + "\n")
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *argv: str, command: str = "shift") -> dict:
    code, out, err = run(capsys, command, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain(found: dict) -> dict:
    return json.loads(json.dumps(found))


class TestContract:
    def test_a_part(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, *ENGLISH)
        mask = frame()["language"] == "English"
        want = shift_part(votes_of(frame()), mask, name="language=English")
        assert got["models"] == plain(want.to_dict()["models"])
        assert got["models"][0].keys() >= CHANGES | {"significant"}
        assert got["joint"]["p_value"] == pytest.approx(want.joint.p_value)
        assert (got["before"], got["after"]) == ("all votes", "language=English")

    def test_against(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, *ENGLISH, "--against", "language=Chinese")
        languages = frame()["language"]
        want = shift_part(
            votes_of(frame()),
            languages == "English",
            name="x",
            against=("y", languages == "Chinese"),
        )
        assert got["models"] == plain(want.to_dict()["models"])
        assert got["kind"] == "against"

    def test_within_is_a_filter_on_both_sides(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, *ENGLISH, "--within", "language!=German")
        kept = frame().filter(pl.col("language") != "German")
        want = shift_part(votes_of(kept), kept["language"] == "English", name="x")
        assert got["models"] == plain(want.to_dict()["models"])
        assert got["votes_before"] == kept.height
        assert got["removed"] == [
            {"reason": "not language!=German", "count": frame().height - kept.height}
        ]

    def test_by(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, "--by", "language", "--level", "0.9")
        want = shift_by(votes_of(frame()), "language", level=0.9)
        assert got["models"] == plain(want.to_dict()["models"])
        assert got["models"][0].keys() >= CHANGES | {"category", "significant"}
        assert got["heterogeneity"]["df"] == 6
        assert got["settings"]["level"] == 0.9

    def test_a_mix(self, capsys, votes: str, shares: Path) -> None:
        got = answer(capsys, votes, "--mix", f"language={shares}")
        mix = {"English": 20.0, "Chinese": 50.0, "German": 30.0}
        assert got["models"] == plain(
            shift_mix(votes_of(frame()), "language", mix).models.to_dicts()
        )

    def test_a_mix_as_it_is(self, capsys, votes: str, shares: Path) -> None:
        frame().group_by("language").len().rename({"len": "share"}).write_csv(shares)
        code, out, err = run(capsys, "shift", votes, "--mix", f"language={shares}")
        assert (code, err) == (0, "")
        assert "m000" in out

    def test_style(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, "--style", "tokens,lists", "--cluster", "voter")
        spec = Specification(style=Style(("tokens", "lists")), cluster="voter")
        want = shift_style(votes_of(frame()), spec=spec)
        assert got["models"] == plain(want.models.to_dicts())
        assert got["settings"]["style"]["features"] == ["tokens", "lists"]

    def test_style_on_both_sides_of_a_part(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, *ENGLISH, "--style", "tokens", "--method", "davidson")
        spec = Specification(style=Style(("tokens",)), ties="davidson")
        mask = frame()["language"] == "English"
        want = shift_part(votes_of(frame()), mask, name="x", spec=spec)
        assert got["models"] == plain(want.models.to_dicts())

    def test_published(self, capsys, ratings: str) -> None:
        sides = ("--where", "category=english", "--against", "category=overall")
        got = answer(capsys, ratings, *sides)
        by_model = {row["model"]: row for row in got["models"]}
        assert got["kind"] == "published"
        assert by_model["c"]["change"] == pytest.approx(100 - 30)
        assert by_model["c"]["rank_before"] == 3
        assert by_model["c"]["rank_after"] == 2

    @pytest.mark.parametrize("options", [ENGLISH, ("--by", "language"), ("--style", "tokens")])
    def test_files(self, capsys, votes: str, tmp_path: Path, options) -> None:
        for suffix in ("png", "svg", "html"):
            chart = tmp_path / f"chart.{suffix}"
            assert run(capsys, "shift", votes, *options, "--chart", str(chart))[0] == 0
            assert chart.stat().st_size > 1000
        page = tmp_path / "page.html"
        code, _, _ = run(capsys, "shift", votes, *options, "--html", str(page))
        assert code == 0
        assert "m000" in page.read_text()

    def test_text(self, capsys, votes: str) -> None:
        code, out, err = run(capsys, "shift", votes, *ENGLISH)
        assert (code, err) == (0, "")
        for name in ("m000", "m001", "m002", "m003", "language=English"):
            assert name in out


class TestRankAtEqualStyle:
    def test_keys(self, capsys, votes: str) -> None:
        got = answer(capsys, votes, "--style", "tokens,lists", command="rank")
        want = bradley_terry(votes_of(frame()), style=Style(("tokens", "lists")))
        assert got["style"] == plain(want.to_dict()["style"])
        assert got["style"][0].keys() >= {"feature", "coefficient", "low", "high"}
        assert got["models"] == plain(want.to_dict()["models"])

    def test_standardized(self, capsys, votes: str) -> None:
        options = ("--style", "tokens", "--standardize-style")
        one = answer(capsys, votes, *options, command="rank")
        two = answer(capsys, votes, "--style", "tokens", command="rank")
        ratings = ([row["rating"] for row in got["models"]] for got in (one, two))
        assert next(ratings) == pytest.approx(next(ratings), abs=1e-6)
        assert one["style"][0]["coefficient"] != two["style"][0]["coefficient"]

    def test_no_style_no_coefficients(self, capsys, votes: str) -> None:
        assert answer(capsys, votes, command="rank")["style"] == []

    def test_any_pair_of_columns_of_a_text_file(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "own.csv"
        own = {f"lists_{side}": f"emoji_{side}" for side in "ab"}
        frame().rename(own).write_csv(path)
        got = answer(capsys, str(path), "--style", "emoji", command="rank")
        assert got["style"][0]["feature"] == "emoji"

    def test_any_pair_of_columns(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "own.parquet"
        frame().rename({"lists_a": "emoji_a", "lists_b": "emoji_b"}).write_parquet(path)
        got = answer(capsys, str(path), "--style", "emoji", command="rank")
        assert got["style"][0]["feature"] == "emoji"

    @pytest.mark.parametrize(
        ("options", "code", "parts"),
        [
            (["--style", "bold"], 2, ["bold_a", "formats that bring it", "arena"]),
            (["--style", "emoji"], 2, ["emoji_a"]),
            (["--style", "tokens,tokens"], 2, ["twice"]),
            (["--style", ","], 2, ["style"]),
            (["--style", "tokens", "--method", "elo"], 2, ["elo", "--style"]),
            (["--standardize-style"], 2, ["--standardize-style belongs to --style"]),
            (["--style", "language"], 2, ["language_a"]),
        ],
    )
    def test_errors(self, capsys, votes: str, options, code, parts) -> None:
        refused(capsys, ("rank", votes, *options), code, parts)

    def test_two_models(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "two.csv"
        styled_frame("half-win", 200, k=2).write_csv(path)
        assert run(capsys, "rank", str(path), "--style", "tokens")[0] == 0

    def test_what_cannot_be_told(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "flat.csv"
        frame().with_columns(tokens_b="tokens_a").write_csv(path)
        refused(capsys, ("rank", str(path), "--style", "tokens"), 3, ["tokens never differs"])

    def test_a_count_that_is_none(self, capsys, tmp_path: Path) -> None:
        path = tmp_path / "bad.csv"
        frame().with_columns(
            tokens_a=pl.when(pl.int_range(pl.len()) == 2).then(-4).otherwise("tokens_a")
        ).write_csv(path)
        refused(
            capsys, ("rank", str(path), "--style", "tokens"), 2, ["row 3, column tokens_a", "-4"]
        )


def refused(capsys, argv: tuple[str, ...], code: int, parts: list[str]) -> None:
    got, out, err = run(capsys, *argv)
    assert (got, out) == (code, ""), err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    flat = " ".join(err.split())
    for part in parts:
        assert part in flat


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "code", "parts"),
        [
            ([], 2, ["say what to compare", "--where", "--by", "--mix", "--style"]),
            ([*ENGLISH, "--by", "language"], 2, ["--where and --by are two questions"]),
            ([*ENGLISH, "--mix", "language=x.csv"], 2, ["--where and --mix are two questions"]),
            (["--by", "language", "--mix", "language=x.csv"], 2, ["--by and --mix"]),
            (["--against", "language=English"], 2, ["belongs to --where"]),
            (["--style", "tokens", "--against", "language=English"], 2, ["belongs to --where"]),
            (["--by", "language", "--against", "language=English"], 2, ["belongs to --where"]),
            (["--where", "category=code"], 2, ["no column category", "no format brings it"]),
            (["--where", "language"], 2, ["COLUMN=VALUE"]),
            (["--where", "language=Zulu"], 2, ["language=Zulu: no row has it"]),
            (["--where", "voter=0.."], 2, ["every vote is in the part"]),
            (["--by", "category"], 2, ["no column category", "no format brings it"]),
            (["--by", "shade"], 2, ["shade"]),
            (["--mix", "language"], 2, ["--mix 'language' is not COLUMN=FILE"]),
            (["--mix", "=x.csv"], 2, ["COLUMN=FILE"]),
            (["--mix", "language=none.csv"], 2, ["none.csv"]),
            (["--style", "bold"], 2, ["bold_a", "formats that bring it"]),
            ([*ENGLISH, "--method", "elo"], 2, ["elo"]),
            ([*ENGLISH, "--level", "95"], 2, ["between 0.5 and 1"]),
            ([*ENGLISH, "--cluster", "prompt_id"], 2, ["prompt_id"]),
        ],
    )
    def test_text_and_code(self, capsys, votes: str, options, code, parts) -> None:
        refused(capsys, ("shift", votes, *options), code, parts)

    @pytest.mark.parametrize(
        ("text", "code", "parts"),
        [
            ("language,part\nEnglish,1\n", 2, ["share"]),
            ("tongue,share\nEnglish,1\n", 2, ["language"]),
            ("language,share\nEnglish,1\nChinese,1\n", 2, ["no share", "German"]),
            (
                "language,share\nEnglish,1\nChinese,1\nGerman,1\nZulu,1\n",
                3,
                ["Zulu", "take it out of the mix"],
            ),
            ("language,share\nEnglish,-1\nChinese,1\nGerman,1\n", 2, ["row 1, column share"]),
            ("language,share\nEnglish,1\nEnglish,1\n", 2, ["row 2", "there already"]),
            ("language,share\nEnglish,much\n", 2, ["row 1, column share", "much"]),
        ],
    )
    def test_a_file_of_shares(self, capsys, votes: str, shares: Path, text, code, parts) -> None:
        shares.write_text(text)
        refused(capsys, ("shift", votes, "--mix", f"language={shares}"), code, parts)

    @pytest.mark.parametrize(
        "options",
        [
            [],
            ["--where", "category=english"],
            ["--against", "category=overall"],
            ["--by", "category"],
            ["--style", "tokens"],
        ],
    )
    def test_published_ratings_have_no_whole(self, capsys, ratings: str, options) -> None:
        parts = ["published ratings, without votes", "--against"]
        refused(capsys, ("shift", ratings, *options), 2, parts)

    @pytest.mark.parametrize(
        "option", [["--style", "tokens"], ["--cluster", "voter"], ["--method", "davidson"]]
    )
    def test_published_ratings_take_no_options_of_votes(self, capsys, ratings: str, option) -> None:
        sides = ("--where", "category=english", "--against", "category=overall")
        refused(capsys, ("shift", ratings, *sides, *option), 2, [option[0]])

    @pytest.mark.parametrize("option", ["--where", "--by"])
    def test_a_column_that_some_formats_bring(self, capsys, tmp_path: Path, option: str) -> None:
        path = tmp_path / "short.csv"
        frame().select("model_a", "model_b", "winner").write_csv(path)
        value = "language=English" if option == "--where" else "language"
        parts = ["no column language", "formats that bring it: fastchat"]
        refused(capsys, ("shift", str(path), option, value), 2, parts)

    @pytest.mark.parametrize("winner", ["model_a", "tie"])
    def test_a_part_of_one_vote_cannot_be_rated(self, capsys, tmp_path: Path, winner: str) -> None:
        path = tmp_path / "few.csv"
        one = pl.int_range(pl.len()) < 1
        frame().with_columns(
            language=pl.when(one).then(pl.lit("Zulu")).otherwise("language"),
            winner=pl.when(one).then(pl.lit(winner)).otherwise("winner"),
        ).write_csv(path)
        refused(capsys, ("shift", str(path), "--where", "language=Zulu"), 3, [])
