"""Small and odd panels: an answer with honest intervals, or an error of ours, never a crash."""

from __future__ import annotations

import json
from itertools import permutations

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.scoring.judges.made import FAMILIES
from theodolite.errors import CannotAnswerError, InputError
from theodolite.plotting import judge_biases, jury_strengths
from theodolite.reporting import graders_page, judges_page, page_html
from theodolite.scoring.judges import (
    BIASES,
    Bias,
    Interval,
    JudgeOptions,
    JudgeReport,
    assess_graders,
    assess_judges,
)
from theodolite.tables import Gradings, Judgments, Votes

# Shrinking a panel takes minutes; the first that fails is small enough.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
VERDICTS = st.sampled_from(["A>>B", "A>B", "A=B", "B>A", "B>>A", None])


@st.composite
def panels(draw: st.DrawFn) -> pl.DataFrame:
    """Some judges, models and items; any verdict, of few kinds at times."""
    models, judges, items = (
        draw(st.integers(2, 4)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 7)),
    )
    said = draw(st.sampled_from([VERDICTS, st.just("A>B"), st.sampled_from(["A>B", "B>A"])]))
    seen = [
        (str(item), f"j{judge}", f"m{a}", f"m{b}")
        for item in range(items)
        for judge in range(judges)
        for a, b in permutations(range(models), 2)
    ]
    rows = [(*row, draw(said)) for row in seen if draw(st.integers(0, 3))]
    columns = ["item_id", "judge", "model_a", "model_b", "verdict"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    if draw(st.booleans()):
        long = st.integers(0, 3)
        sizes = [(draw(long), draw(long)) for _ in rows]
        frame = frame.with_columns(
            tokens_a=pl.Series([a for a, _ in sizes], dtype=pl.Int64),
            tokens_b=pl.Series([b for _, b in sizes], dtype=pl.Int64),
        )
    return frame


def honest(interval: Interval | Bias | None) -> None:
    """Of an estimate both ends are known and apart, or it is said that they are not."""
    if interval is None or interval.estimate is None or interval.low is None:
        return
    assert interval.high is not None
    assert interval.low <= interval.estimate + 1e-9
    assert interval.estimate <= interval.high + 1e-9
    assert interval.high - interval.low > 1e-9


def check(report: JudgeReport) -> None:
    json.dumps(report.to_dict(), allow_nan=False)
    for one in report.judges:
        for name in BIASES:
            honest(one.bias(name))
        for part in (one.agreement.judges, one.agreement.majority, one.agreement.people, one.scale):
            honest(part)
        if one.consistency is not None:
            assert one.consistency.low < one.consistency.high
    for alpha in report.alpha:
        if alpha.low is not None and alpha.high is not None:
            assert alpha.high - alpha.low > 1e-9
    for row in report.models.iter_rows(named=True):
        assert 1 <= row["rank_low"] <= row["rank_high"] <= len(report.models)
        if row["low"] is not None and row["high"] is not None:
            assert row["high"] - row["low"] > 1e-9


@settings(max_examples=15, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck))
@given(frame=panels(), with_people=st.booleans())
def test_any_panel(frame: pl.DataFrame, with_people: bool) -> None:
    answered(frame, with_people=with_people)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck))
@given(frame=panels(), with_people=st.booleans())
def test_very_many_panels(frame: pl.DataFrame, with_people: bool) -> None:
    answered(frame, with_people=with_people)


def answered(frame: pl.DataFrame, *, with_people: bool) -> None:
    """Ask for everything, and look at the ends of all intervals, the page and the charts."""
    try:
        table = Judgments.from_frame(frame)
        people = None
        if with_people:
            winner = pl.col("verdict").replace_strict(
                {"A>B": "model_a", "B>A": "model_b"}, default="tie"
            )
            people = Votes.from_frame(
                frame.select(
                    "model_a", "model_b", winner=winner, prompt_id="item_id", voter="judge"
                )
            )
        found = assess_judges(
            table, people=people, families=FAMILIES, options=JudgeOptions(least=3)
        )
    except (CannotAnswerError, InputError):
        return
    check(found)
    page_html(judges_page(found))
    for chart in (judge_biases, jury_strengths):
        json.dumps(chart(found).to_dict(), allow_nan=False)


@settings(max_examples=25, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck))
@given(
    cells=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 2), st.integers(0, 5),
            st.one_of(st.none(), st.integers(1, 3)),
        ),
        min_size=1, max_size=40, unique_by=lambda cell: cell[:3],
    )
)  # fmt: skip
def test_any_grades(cells: list[tuple[int, int, int, int | None]]) -> None:
    rows = [
        {"judge": f"j{j}", "model": f"m{m}", "item_id": str(i), "score": score}
        for j, m, i, score in cells
    ]
    frame = pl.DataFrame(rows, schema_overrides={"score": pl.Float64})
    try:
        found = assess_graders(Gradings.from_frame(frame), families=FAMILIES)
    except (CannotAnswerError, InputError):
        return
    json.dumps(found.to_dict(), allow_nan=False)
    for one in found.judges:
        for part in (one.leniency, one.self_preference, one.spread, one.correlation):
            honest(part)
    page_html(graders_page(found))
