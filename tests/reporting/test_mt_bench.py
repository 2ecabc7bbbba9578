"""What the pages of MT-Bench say."""

from __future__ import annotations

import polars as pl

from tests.scoring.mt_bench.made import grading_rows, gradings_of, judgments_of, pair_rows
from theodolite.reporting import (
    Section,
    compared_page,
    compared_sections,
    graded_page,
    graded_sections,
    page_html,
)
from theodolite.scoring.mt_bench import compared, graded, suspected_references

ROWS = grading_rows(silent=0.03)


def sections(parts: tuple[Section, ...]) -> dict[str, Section]:
    return {section.question: section for section in parts}


def test_questions() -> None:
    got = graded(gradings_of(ROWS), exclude=suspected_references().questions)
    assert [s.question for s in graded_sections(got)] == [
        "Who leads, and how surely?",
        "Who is really better?",
        "Where is a model better?",
        "What does the second turn cost?",
        "What does leaving questions out do?",
    ]
    games = compared(judged := judgments_of(pair_rows()))
    assert [s.question for s in compared_sections(games)] == [
        "Who wins, and how surely?",
        "Who is really better?",
        "What does the order of the answers change?",
        "Where is a model better?",
    ]
    assert len(judged.models) == 6
    one = graded(gradings_of([r for r in ROWS if r["model"] == "m0"], categories=False))
    assert len(graded_sections(one)) == 2


def test_the_leader_and_who_cannot_be_told_apart() -> None:
    got = graded(gradings_of(ROWS))
    section = graded_sections(got)[0]
    leader = got.models.row(0, named=True)
    assert section.finding.startswith(f"{leader['model']} leads with {leader['score']:.2f} (95%")
    assert (section.low, section.high) == (leader["low"], leader["high"])
    told = int(got.pairs["better"].is_not_null().sum())
    assert f"Of the 15 pairs of models, {told} (" in section.finding
    assert set(got.notes) <= set(section.caveats)


def test_whether_the_unread_could_change_who_leads() -> None:
    def finding(silent: int) -> str:
        rows = [
            r | ({"score": -1} if r["model"] == "m4" and r["question_id"] < 81 + silent else {})
            for r in grading_rows()
        ]
        return graded_sections(graded(gradings_of(rows)))[0].finding

    assert finding(1).endswith("The judgments without a number could not change who leads.")
    assert finding(50).endswith("Were all judgments without a number against it, m4 could lead.")
    assert "without a number" not in finding(0)


def test_bounds_stand_only_where_judgments_are_unread() -> None:
    def labels(got) -> set[str]:
        return {column.label for column in graded_sections(got)[0].tables[0].columns}

    assert {"Unread", "Worst", "Best"} <= labels(graded(gradings_of(ROWS)))
    whole = graded(gradings_of(grading_rows()))
    assert not {"Unread", "Worst", "Published"} & labels(whole)
    less = graded(gradings_of(grading_rows()), exclude=("104",))
    assert "Published" in labels(less)


def test_the_second_turn() -> None:
    rows = [r | {"score": max(r["score"] - 3 * (r["turn"] == 2), 1)} for r in grading_rows()]
    finding = sections(graded_sections(graded(gradings_of(rows))))[
        "What does the second turn cost?"
    ].finding
    assert finding.startswith("6 of 6 models score lower in the second turn. The largest drop")
    alike = [r | {"score": 5 + r["question_id"] % 3} for r in grading_rows()]
    finding = sections(graded_sections(graded(gradings_of(alike))))[
        "What does the second turn cost?"
    ].finding
    assert finding.startswith("No model is told to score otherwise")


def test_what_leaving_out_does() -> None:
    got = graded(gradings_of(ROWS), exclude=suspected_references().questions)
    section = sections(graded_sections(got))["What does leaving questions out do?"]
    assert "Without 13 questions (156 judgments)" in section.finding
    assert section.finding.endswith("none is turned.")
    assert "does not show that their references are wrong" in section.caveats[0]
    assert section.evidence.startswith("Left out: 104, 105")


def test_swapping() -> None:
    got = compared(judgments_of(pair_rows()))
    section = sections(compared_sections(got))["What does the order of the answers change?"]
    share = got.position.inconsistent.share
    assert f"changed the verdict of {100 * share:.1f}% of the matches" in section.finding
    assert section.chart is not None
    ties = [r | {"g1_winner": "tie", "g2_winner": "tie"} for r in pair_rows(each=2)]
    section = sections(compared_sections(compared(judgments_of(ties))))[section.question]
    assert section.finding.endswith("No game had a winner.")
    against = compared(judgments_of(pair_rows(baseline=0)))
    section = sections(compared_sections(against))["What does the order of the answers change?"]
    assert section.chart is None


def test_rates_against_each_other_have_no_mean_to_speak_of() -> None:
    for baseline, said in ((None, False), (0, True)):
        got = compared(judgments_of(pair_rows(baseline=baseline)))
        section = sections(compared_sections(got))["Where is a model better?"]
        assert ("on average" in section.finding) == said
        labels = {column.label for column in section.tables[0].columns}
        assert ("Mean of models" in labels) == said


def test_strengths_stand_beside_the_rates() -> None:
    first = compared_sections(compared(judgments_of(pair_rows())))[0]
    assert len(first.tables) == 2
    assert "Bradley-Terry" in first.tables[1].caption
    against = compared_sections(compared(judgments_of(pair_rows(baseline=1))))[0]
    assert len(against.tables) == 1
    assert "against m1" in against.evidence


def test_what_was_used() -> None:
    got = graded(gradings_of(ROWS))
    section = graded_page(got).sections[-1]
    assert section.finding == "6 models, 80 questions, 960 judgments. None was left out."
    shown = dict(section.tables[-1].frame.rows())
    assert shown["Clustered by"] == "question, drawn within categories"
    assert shown["Judge"] == "gpt-4"


def test_pages_are_made_with_their_charts() -> None:
    html = page_html(graded_page(graded(gradings_of(grading_rows(each=2)))))
    for title in ("Scores on 16 questions", "Scores by category", "What the second turn costs"):
        assert title in html
    html = page_html(compared_page(compared(judgments_of(pair_rows(each=2)))))
    assert "Who beats whom" in html


def test_verdicts_of_pairs() -> None:
    got = graded(gradings_of(ROWS))
    frame = graded_sections(got)[1].tables[0].frame
    assert ((frame["verdict"] == "open") == got.pairs["better"].is_null()).all()
    assert frame["difference"].to_list() == got.pairs["difference"].to_list()
    assert frame.filter(pl.col("verdict") == "the first")["difference"].min() > 0
