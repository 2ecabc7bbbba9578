"""What the page of an Arena-Hard board says."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from tests.plotting.made import HOSTILE, MARKUP
from tests.scoring.arena_hard.made import BASE, World, judged, table
from theodolite.reporting import Section, arena_hard_page, arena_hard_sections, page_html
from theodolite.scoring import ArenaHard, score_arena_hard

ORDER = "Does the order of the answers matter?"
LINK = "Do ordered verdicts fit the games?"
LEADS = "Who beats the baseline, and how surely?"


@cache
def made(models: int = 4, questions: int = 120) -> ArenaHard:
    world = World(tuple(-2.0 + 4.0 * i / models for i in range(models)))
    return score_arena_hard(table(world.games(questions, seed=1)), baseline=BASE)


def sections(found: ArenaHard) -> dict[str, Section]:
    return {section.question: section for section in arena_hard_page(found).sections}


def test_questions() -> None:
    assert [section.question for section in arena_hard_sections(made())] == [
        LEADS,
        "Who is really better?",
        "What does the published recipe say?",
        ORDER,
        LINK,
    ]
    assert "Who is really better?" not in sections(made(1))


def test_the_leader_and_the_baseline() -> None:
    found = made()
    row = found.models.row(0, named=True)
    section = sections(found)[LEADS]
    ends = f"{row['low']:.1f} to {row['high']:.1f}"
    assert section.finding.startswith(
        f"{row['model']} wins {row['score']:.1f}% of its games against base (95% interval {ends}"
    )
    above, below = (found.models["low"] > 50).sum(), (found.models["high"] < 50).sum()
    said = (
        f"Of 4 models {above} can be told to be better than it, each by its own interval, "
        f"and {below} to be worse."
    )
    assert said in section.finding
    assert (section.low, section.high) == (row["low"], row["high"])


def test_one_model_and_the_baseline() -> None:
    close = score_arena_hard(table(World((0.5,)).games(120, seed=1)), baseline=BASE)
    assert 50.0 < close.models["low"].item() < 60.0
    assert sections(close)[LEADS].finding.endswith("It is better than it.")


def test_pairs_are_counted() -> None:
    found = made()
    apart = found.pairs.filter(pl.col("better").is_not_null())
    section = sections(found)["Who is really better?"]
    assert section.finding.startswith(f"{len(apart)} of 6 pairs are told apart.")
    assert f"{apart['difference'].min():.1f} points" in section.finding


def test_the_published_interval_is_called_what_it_is() -> None:
    section = sections(made())["What does the published recipe say?"]
    far = (made().models["published"] - made().models["observed"]).abs().arg_max()
    assert made().models["model"][far] in section.finding
    assert "90%" in section.caveats[0]
    assert section.tables[0].frame["published_interval"][0].count(" to ") == 1


def test_orders() -> None:
    found = made()
    row, place = found.consistency.row(0, named=True), found.first_wins
    finding = sections(found)[ORDER].finding
    assert finding.startswith(f"In {100 * row['consistent']:.1f}% of the questions")
    assert f"{place['estimate']:.1f}% against its equal" in finding


def test_the_link_is_judged_by_its_test() -> None:
    assert "Nothing speaks against it" in sections(made())[LINK].finding
    few = score_arena_hard(table(World().games(12, seed=1)), baseline=BASE)
    assert "too few questions" in sections(few)[LINK].finding


def test_style_is_named_where_it_is_sure() -> None:
    frame = World((0.0,), position=0.0).games(400, seed=2)
    ahead = pl.col("verdict").is_in(["A>>B", "A>B"])
    frame = frame.with_columns(
        tokens_a=pl.when(ahead).then(200 + pl.col("item_id")).otherwise(150 + pl.col("item_id")),
        tokens_b=pl.lit(200),
        lists_a=pl.col("item_id") % 7,
        lists_b=pl.col("item_id") % 5,
    )
    found = score_arena_hard(table(frame), baseline=BASE, style=("tokens", "lists"))
    finding = sections(found)["What does the judge reward beside the content?"].finding
    assert finding.startswith("Wins go with more tokens,")


def test_categories_and_baselines() -> None:
    frame = (
        World((0.8, -0.2))
        .games(60, seed=9)
        .with_columns(
            category=pl.when(pl.col("item_id") < 30).then(pl.lit("code")).otherwise(pl.lit("prose"))
        )
    )
    found = score_arena_hard(table(frame), baseline=BASE)
    section = sections(found)["What does each category say?"]
    assert section.finding == "m0 has the highest score in each of 2 categories."
    assert section.tables[0].frame.height == 4


def test_notes_stand_beside_the_scores() -> None:
    found = score_arena_hard(judged([[4] * 10], [[4] * 10]), baseline=BASE)
    page = sections(found)
    assert "one-sided" in page[LEADS].caveats[0]
    assert LINK not in page
    assert page[ORDER].finding.startswith("In 100.0%")


@pytest.mark.parametrize("name", [HOSTILE, MARKUP])
def test_names_are_harmless(name: str) -> None:
    frame = World((0.5, -0.5)).games(30, seed=3)
    frame = frame.with_columns(pl.col("model_a", "model_b").replace("m0", name))
    text = page_html(arena_hard_page(score_arena_hard(table(frame), baseline=BASE)))
    assert "\x1b" not in text
    assert "<img src=x" not in text
