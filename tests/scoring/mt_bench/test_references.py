"""Questions that are left out, and what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.scoring.mt_bench.made import grading_rows, gradings_of, judgments_of, pair_rows
from theodolite.errors import CannotAnswerError, TooFewError, UsageError
from theodolite.scoring.mt_bench import compared, graded, suspected_references
from theodolite.scoring.mt_bench.grid import grid_of
from theodolite.scoring.mt_bench.standing import usual_gap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUSPECTED = suspected_references().questions


def test_the_list_is_that_of_the_pull_request(data: Callable[[str], Path]) -> None:
    text = data("mt_bench/README.md").read_text()
    named = text.split("are wrong:")[1].split(".")[0].split()
    assert list(SUSPECTED) == named
    answers = pl.read_ndjson(data("mt_bench/reference_answer/gpt-4.jsonl"))
    assert set(map(int, SUSPECTED)) <= set(answers["question_id"])


def test_a_note_counts_them_by_default() -> None:
    got = graded(gradings_of(grading_rows()))
    assert any("156 of 960 judgments are of 13 questions" in note for note in got.notes)
    games = compared(judgments_of(pair_rows()))
    assert any("390 of 2,400 matches are of 13 questions" in note for note in games.notes)
    other = [r | {"question_id": r["question_id"] + 1000} for r in grading_rows()]
    assert not any("wrong" in n for n in graded(gradings_of(other, categories=False)).notes)


def test_scores_without_them_and_the_published_beside() -> None:
    rows = grading_rows(silent=0.03)
    got = graded(gradings_of(rows), exclude=SUSPECTED)
    kept = [r for r in rows if str(r["question_id"]) not in SUSPECTED]
    without, every = graded(gradings_of(kept)), graded(gradings_of(rows))
    assert got.models.drop("published").equals(without.models.drop("published"))
    before = dict(every.models.select("model", "score").rows())
    assert dict(got.models.select("model", "published").rows()) == pytest.approx(before)
    assert got.excluded is not None
    for row in got.excluded.models.to_dicts():
        after = got.models.filter(model=row["model"]).row(0, named=True)
        assert row["before"] == pytest.approx(before[row["model"]])
        assert row["after"] == pytest.approx(after["score"])
        assert row["change"] == pytest.approx(row["after"] - row["before"])
        assert row["low"] < row["change"] < row["high"]
        assert row["rank_after"] == after["rank"]
    assert got.excluded.told_before == every.pairs["better"].is_not_null().sum()
    assert got.excluded.told_after == got.pairs["better"].is_not_null().sum()
    assert got.excluded.turned == 0
    assert not any("said to be wrong" in note for note in got.notes)
    assert got.to_dict()["excluded"]["questions"] == list(SUSPECTED)


def test_questions_that_are_like_the_others_change_nothing() -> None:
    rows = [r | {"score": 3 + r["question_id"] % 2 * 4} for r in grading_rows()]
    got = graded(gradings_of(rows, categories=False), exclude=("81", "82")).excluded
    assert got is not None
    assert got.models["change"].to_list() == pytest.approx([0.0] * 6)
    assert got.moved == 0


def test_a_verdict_that_turns_is_counted() -> None:
    """One model is far better on the questions left out, and worse on the others."""
    rows = [
        {"question_id": q, "model": m, "turn": 1, "score": s + q % 2}
        for q in range(81, 121)
        for m, s in (("x", 9 if q < 101 else 4), ("y", 2 if q < 101 else 6))
    ]
    got = graded(gradings_of(rows, categories=False), exclude=[str(q) for q in range(81, 101)])
    assert got.excluded is not None
    assert (got.excluded.told_before, got.excluded.told_after, got.excluded.turned) == (1, 1, 1)
    assert got.excluded.moved == 2


def test_the_interval_is_welchs_with_two_further_answers_each() -> None:
    rows = [r for r in grading_rows() if r["turn"] == 1]
    out = [str(q) for q in range(81, 93)]
    gradings = gradings_of(rows, categories=False)
    got = graded(gradings, exclude=out).excluded
    assert got is not None
    apart = 9.0 * usual_gap(grid_of(gradings).values)
    for row in got.models.to_dicts():
        own = [r for r in rows if r["model"] == row["model"]]
        parts = [
            np.array([r["score"] for r in own if (str(r["question_id"]) in out) == gone])
            for gone in (True, False)
        ]
        v = [part.var(ddof=1) / len(part) + (apart / (len(part) + 2)) ** 2 for part in parts]
        df = sum(v) ** 2 / sum(x**2 / (len(part) - 1) for x, part in zip(v, parts, strict=True))
        half = len(parts[0]) / len(own) * np.sqrt(sum(v)) * stats.t.ppf(0.975, df)
        change = parts[1].mean() - np.concatenate(parts).mean()
        assert (row["low"], row["high"]) == pytest.approx((change - half, change + half))


def test_tens_alone_leave_a_width() -> None:
    rows = [r | {"score": 10} for r in grading_rows()]
    got = graded(gradings_of(rows), exclude=SUSPECTED).excluded
    assert got is not None
    assert (got.models["low"] < -0.05).all()
    assert got.models["p_adjusted"].to_list() == [1.0] * 6


def test_games() -> None:
    got = compared(judgments_of(pair_rows()), exclude=SUSPECTED)
    assert got.questions == 67
    assert got.excluded is not None
    assert got.excluded.judgments == 13 * 2 * 15
    assert got.judgments == 67 * 2 * 15
    kept = [r for r in pair_rows() if str(r["question_id"]) not in SUSPECTED]
    want = compared(judgments_of(kept, categories=True))
    assert got.models["score"].to_list() == pytest.approx(want.models["score"].to_list())


@pytest.mark.parametrize(
    ("exclude", "error", "said"),
    [
        (("999",), UsageError, "no judgment of the question '999'"),
        (("998", "999"), UsageError, "nor of 1 other"),
        (tuple(str(q) for q in range(81, 161)), CannotAnswerError, "leaves no question"),
    ],
)
def test_refuses(exclude: tuple[str, ...], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        graded(gradings_of(grading_rows()), exclude=exclude)


def test_a_model_that_lacks_them() -> None:
    rows = [r for r in grading_rows() if r["model"] != "m4" or r["question_id"] > 85]
    with pytest.raises(TooFewError, match="'m4' has no score on the questions left out"):
        graded(gradings_of(rows), exclude=("81",))
