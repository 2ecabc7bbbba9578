"""What the page of needle tests says."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from rich.console import Console

from tests.plotting.made import HOSTILE
from tests.scoring.needle.made import grid
from theodolite.reporting import Section, needle_page, needle_sections, page_html, print_page
from theodolite.scoring.needle import NeedleBoard, needle
from theodolite.tables import Needles


def made(*frames: pl.DataFrame) -> NeedleBoard:
    return needle(Needles.from_frame(pl.concat(frames)))


def one(name: str = "x", version: str = "1", seed: int = 0, **what: float) -> pl.DataFrame:
    frame = grid(np.random.default_rng(seed), **what)
    return frame.with_columns(model=pl.lit(name), version=pl.lit(version))


def sections(got: NeedleBoard) -> dict[str, Section]:
    return {section.question: section for section in needle_page(got).sections}


def test_a_single_model_has_no_pairs() -> None:
    got = made(one(slope=3.0, ends=3.0))
    assert len(needle_sections(got)) == 3
    row = got.models.row(0, named=True)
    said = sections(got)
    found = said["How often is the needle found?"]
    assert found.finding.startswith(f"x finds the needle in {100 * row['share']:.1f}% of 315")
    assert (found.low, found.high) == (row["share_low"], row["share_high"])
    assert "tokens (95% interval" in said["Up to which length are at least 90% found?"].finding
    effects = said["Do length and depth matter?"].finding
    assert "length matters (p = 0.0015; twice the length multiplies" in effects
    assert "depth matters" in effects
    assert "the odds at the ends are" in effects


def test_what_cannot_be_tested_is_said() -> None:
    got = made(one().with_columns(score=pl.lit(10.0)))
    said = sections(got)
    assert "length cannot be tested; depth cannot be tested." in (
        said["Do length and depth matter?"].finding
    )
    reach = said["Up to which length are at least 90% found?"].finding
    assert "at least 30,000 tokens" in reach
    assert "to beyond 30,000" in reach
    never = made(one().with_columns(score=pl.lit(1.0)))
    assert "below 2,000 tokens (95% interval below 2,000)" in (
        sections(never)["Up to which length are at least 90% found?"].finding
    )


def test_versions() -> None:
    question = "Do models and versions differ on the cells that both have?"
    same = sections(made(one(slope=2.0), one(version="2", slope=2.0)))[question]
    assert same.finding == (
        "x (version 1) and x (version 2) had the same outcome in each of 315 common cells."
    )
    two = sections(made(one(base=2.0), one(version="2", seed=1, base=-2.0)))[question]
    assert "points more often than x (version 2)" in two.finding
    three = [one(name, seed=i, base=3.0 - 2 * i) for i, name in enumerate("abc")]
    assert "3 of 3 pairs differ" in sections(made(*three))[question].finding


def test_unreadable_trials_are_a_caveat() -> None:
    frame = one().with_columns(score=pl.when(pl.col("depth_percent") > 0).then("score"))
    text = " ".join(sections(made(frame))["How often is the needle found?"].caveats)
    assert "15 trials have no score that could be read" in text


def test_a_page_is_made() -> None:
    got = made(*(one(f"m{i}", seed=i) for i in range(5)), one(HOSTILE, seed=9))
    assert HOSTILE not in page_html(needle_page(got))
    out = io.StringIO()
    print_page(needle_page(got), Console(file=out, width=100))
    assert out.getvalue().startswith("Needle in a haystack: 6 models")


def test_an_odds_ratio_comes_with_its_interval_and_few_digits() -> None:
    got = made(one(slope=3.0, ends=3.0))
    row = got.effects.filter(effect="ends against middle").row(0, named=True)
    assert row["odds_ratio"] > 10
    said = sections(got)["Do length and depth matter?"].finding
    assert f"the odds at the ends are {row['odds_ratio']:,.0f} (" in said


def test_one_more_is_one() -> None:
    three = made(*(one(name, seed=k) for k, name in enumerate("xyz")))
    finding = sections(three)["How often is the needle found?"].finding
    assert finding.endswith("1 more is in the table.")
