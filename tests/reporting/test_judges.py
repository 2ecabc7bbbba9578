"""What the page of judges says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from tests.scoring.judges.made import FAMILIES, as_votes, frame_of
from tests.stats.juries import World
from theodolite.plotting.text import number
from theodolite.reporting import (
    graders_sections,
    judges_page,
    judges_sections,
    page_html,
)
from theodolite.scoring.judges import (
    BIASED,
    NOT_BIASED,
    Bias,
    JudgeReport,
    assess_graders,
    assess_judges,
)
from theodolite.tables import Gradings, Judgments

FRAME = frame_of(World(items=60, position=(1.0, 0.0, 0.0)), np.random.default_rng(0))


@cache
def made() -> JudgeReport:
    people = as_votes(FRAME.filter(judge="j1"))
    return assess_judges(Judgments.from_frame(FRAME), people=people, families=FAMILIES)


def test_questions() -> None:
    assert [section.question for section in judges_page(made()).sections] == [
        "What sways the judges besides the answers?",
        "Do verdicts survive when the answers change places?",
        "How far do they agree?",
        "What does the jury say of the models?",
        "What was used, and what was left out?",
    ]


def test_the_biased_judge_is_named_with_its_interval() -> None:
    finding = judges_sections(made())[0].finding
    bias = made().judges[0].position
    assert bias.estimate is not None
    assert bias.low is not None
    assert finding.startswith(
        f"j0 favours the first place ({bias.estimate:.2f}, {bias.low:.2f} to {bias.high:.2f})"
    )


def told(**biases: Bias) -> str:
    one = made().judges[0]
    report = replace(
        made(), judges=tuple(replace(one, judge=name, position=b) for name, b in biases.items())
    )
    return judges_sections(report)[0].finding.split(". ")[0]


def test_verdicts_in_words() -> None:
    towards = Bias(1.0, 0.5, 1.5, 0.0, 0.0, BIASED, "", 9)
    back = replace(towards, estimate=-1.0)
    free = replace(towards, verdict=NOT_BIASED)
    assert told(a=towards, b=towards) == "a and b favour the first place"
    assert told(a=back, b=free) == (
        f"a favours the second place ({number(-1.0, 2)}, 0.50 to 1.50); b does not favour the "
        "first place"
    )
    endless = replace(towards, estimate=None, high=None, unbounded=True)
    assert "0.50 to no end" in told(a=endless)


def test_what_nobody_can_tell_is_said_with_its_reason() -> None:
    bare = assess_judges(Judgments.from_frame(FRAME.drop("tokens_a", "tokens_b")))
    section = judges_sections(bare)[0]
    assert "longer answers cannot be told (the file has no lengths of answers)" in section.finding
    assert len(section.tables) == 1


def test_people_are_the_ceiling() -> None:
    section = judges_sections(made())[2]
    assert "agrees most with a person" in section.finding
    assert section.tables[0].frame["judge"].to_list() == ["j0", "j1", "j2", "a person"]
    assert len(section.caveats) == 1


def test_graders() -> None:
    rows = [
        {"model": f"m{m}", "judge": f"j{j}", "item_id": str(i), "score": 4 + (i + m) % 4 + (j == 1)}
        for m in range(3)
        for j in range(3)
        for i in range(20)
    ]
    found = assess_graders(Gradings.from_frame(pl.DataFrame(rows)))
    leniency, agreement = graders_sections(found)
    assert leniency.finding.startswith("j1 grades higher than the others (1.00")
    assert "Krippendorff" in agreement.finding


def test_hostile_names_are_harmless() -> None:
    frame = FRAME.with_columns(pl.col("judge").replace({"j0": "<script>alert(1)</script>"}))
    page = page_html(judges_page(assess_judges(Judgments.from_frame(frame))))
    assert "<script>alert(1)" not in page
