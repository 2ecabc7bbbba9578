"""What the page of a benchmark board says."""

from __future__ import annotations

import polars as pl
import pytest

from tests.claims.quizzes import score_frame, scores_of
from theodolite.claims import Board, board
from theodolite.reporting import Section, board_page, board_sections, page_html
from theodolite.reporting.board import MOST_ON_PAGE
from theodolite.tables import Condition, select


def made(models: int = 4, *, items: int = 200, scale: float = 1.0, **options: object) -> Board:
    frame = score_frame(models, benchmarks=(("quiz", items),))
    return board(scores_of(frame.with_columns(pl.col("score") * scale)), **options)


def twins() -> Board:
    frame = score_frame(2, benchmarks=(("quiz", 50),)).filter(model="m0")
    return board(scores_of(pl.concat([frame, frame.with_columns(model=pl.lit("m1"))])))


def sections(got: Board) -> dict[str, Section]:
    return {section.question: section for section in board_page(got).sections}


def test_questions() -> None:
    assert [s.question for s in board_sections(made())] == [
        "Who leads, and how surely?",
        "Who is really better?",
    ]
    by = board_sections(made(by="subject"))
    assert by[2].question == "What does each subject say?"
    assert len(board_sections(made(1))) == 1


def test_the_leader_and_who_cannot_be_told_apart() -> None:
    got = made(6)
    leader = got.models.row(0, named=True)
    section = board_sections(got)[0]
    assert section.finding.startswith(f"{leader['model']} leads with {100 * leader['score']:.1f}%")
    assert (section.low, section.high) == (leader["low"], leader["high"])
    own = (pl.col("model_a") == leader["model"]) & pl.col("better").is_null()
    for name in got.pairs.filter(own)["model_b"]:
        assert name in section.finding
    beaten = (pl.col("model_a") == leader["model"]) & pl.col("better").is_not_null()
    said = section.finding.split("told apart from")[1].split(".")[0]
    assert not any(name in said for name in got.pairs.filter(beaten)["model_b"])


def test_a_clear_lead_is_said() -> None:
    assert (
        "It is told apart from every other model." in board_sections(made(2, items=600))[0].finding
    )


def test_a_shared_lead() -> None:
    first, second = board_sections(twins())
    assert first.finding.startswith("m0 and m1 share the lead with")
    assert second.finding == "No pair of models is told apart."


def test_one_model() -> None:
    finding = board_sections(made(1))[0].finding
    assert finding.startswith("m0 has ")
    assert "pairs" not in finding


def test_notes_stand_beside_the_board() -> None:
    got = board(scores_of(score_frame(missing=0.1)))
    assert got.notes
    assert set(got.notes) <= set(board_sections(got)[0].caveats)


def test_what_was_used_and_removed() -> None:
    scores = select(scores_of(score_frame()), [Condition.parse("benchmark=quiz")])
    section = sections(board(scores, cluster="passage"))["What was used, and what was left out?"]
    assert section.finding == "4 models, 1 benchmark, 60 items. 120 scores were left out."
    removed, settings = section.tables
    assert removed.columns[1].label == "Scores"
    shown = dict(settings.frame.rows())
    assert shown["Clustered by"] == "passage (20 clusters)"
    assert shown["Level"] == "0.95"


@pytest.mark.parametrize(("scale", "said"), [(1.0, " points."), (10.0, ".")])
def test_differences_are_in_points_of_shares_only(scale: float, said: str) -> None:
    section = board_sections(made(6, scale=scale))[1]
    assert section.finding.endswith(said)
    assert ("points" in section.finding) == (scale == 1.0)
    factor = 100.0 if scale == 1.0 else 1.0
    shown = section.tables[0].frame["difference"].to_list()
    want = made(6, scale=scale).pairs["difference"] * factor
    assert shown == pytest.approx(want.to_list())


def test_pairs_are_from_the_top_and_say_which_is_better() -> None:
    got = made(6, items=400)
    frame = board_sections(got)[1].tables[0].frame
    assert frame["model_a"].to_list() == got.pairs["model_a"].to_list()
    assert set(frame["verdict"]) == {"the first", "open"}
    assert ((frame["verdict"] == "the first") == got.pairs["better"].is_not_null()).all()


def test_a_page_holds_no_more_pairs_than_it_can() -> None:
    got = made(110, items=20)
    table = board_sections(got)[1].tables[0]
    assert len(got.pairs) > MOST_ON_PAGE == len(table.frame)
    assert table.caption.endswith("the first 5,000")


def test_the_page_is_made_with_both_charts() -> None:
    html = page_html(board_page(made(3)))
    assert html.count("Score and rank: quiz") >= 1
    assert html.count("Who is really better: quiz") >= 1
