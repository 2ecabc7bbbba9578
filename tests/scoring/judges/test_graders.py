"""Judges that grade: a slow reference, what was put in, and what cannot be told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import pearsonr
from scipy.stats import t as student

from tests.scoring.judges.made import FAMILIES
from theodolite.errors import TooFewError, UsageError
from theodolite.scoring.judges import BIASED, NOT_BIASED, UNTOLD, assess_graders
from theodolite.tables import Gradings


def frame_of(
    rng: np.random.Generator, *, items: int = 60, lenient: float = 0.0, own: float = 0.0
) -> pl.DataFrame:
    """Three judges grade three models; j0 is lenient and favours m0, which is of its family."""
    worth = rng.normal(5.0, 1.0, (items, 3)) + rng.normal(0.0, 0.5, (items, 1))
    rows = [
        {
            "model": f"m{m}",
            "judge": f"j{j}",
            "item_id": str(i),
            "score": float(
                worth[i, m] + (j == 0) * (lenient + own * (m == 0)) + 0.6 * rng.normal()
            ),
        }
        for i in range(items)
        for m in range(3)
        for j in range(3)
    ]
    return pl.DataFrame(rows)


def graded(frame: pl.DataFrame) -> Gradings:
    return Gradings.from_frame(frame)


def test_as_the_slow_reference() -> None:
    """Dummies for answers, judges and favours, and the items left out one by one."""
    frame = frame_of(np.random.default_rng(1), items=12, lenient=0.4, own=0.5)
    # Not everybody graded everything.
    frame = frame.filter(pl.int_range(pl.len()) % 7 != 0)
    found = assess_graders(graded(frame), families=FAMILIES)
    judge = frame["judge"].str.tail(1).cast(pl.Int64).to_numpy()
    model = frame["model"].str.tail(1).cast(pl.Int64).to_numpy()
    answer = (frame["item_id"] + frame["model"]).to_numpy()
    x = np.column_stack(
        [
            *(answer == a for a in np.unique(answer)),
            *(judge == j for j in range(3)),
            *((judge == j) & (model == j) for j in range(3)),
        ]
    ).astype(float)
    beta = np.linalg.lstsq(x, frame["score"].to_numpy(), rcond=None)[0]
    lenient, own = beta[-6:-3], beta[-3:]
    for j, one in enumerate(found.judges):
        others = np.delete(lenient, j).mean()
        assert one.leniency.estimate == pytest.approx(lenient[j] - others)
        assert one.self_preference.estimate == pytest.approx(own[j])
    wide = frame.pivot("judge", index=["model", "item_id"], values="score").drop_nulls("j0")
    wide = wide.with_columns(others=pl.mean_horizontal("j1", "j2")).drop_nulls("others")
    correlation = found.judges[0].correlation
    assert correlation is not None
    assert correlation.estimate == pytest.approx(pearsonr(wide["j0"], wide["others"]).statistic)


def test_error_is_that_of_a_mean_where_one_difference_is_asked_for() -> None:
    """Two judges and no favour: the jackknife of a mean is its ordinary error."""
    rng = np.random.default_rng(7)
    gap = rng.normal(0.3, 1.0, 25)
    rows = [
        {"model": "m", "judge": f"j{j}", "item_id": str(i), "score": 5.0 + (j == 0) * gap[i]}
        for i in range(25)
        for j in range(2)
    ]
    lenient = assess_graders(graded(pl.DataFrame(rows))).judges[0].leniency
    half = student.ppf(0.975, 24) * gap.std(ddof=1) / 5
    assert lenient.estimate == pytest.approx(gap.mean())
    assert lenient.high == pytest.approx(gap.mean() + half)
    assert lenient.p_value == pytest.approx(
        2 * student.sf(abs(gap.mean()) / (gap.std(ddof=1) / 5), 24)
    )


def test_what_was_put_in_is_found() -> None:
    frame = frame_of(np.random.default_rng(2), items=150, lenient=1.0, own=0.8)
    found = assess_graders(graded(frame), families=FAMILIES)
    first = found.judges[0]
    assert first.leniency.verdict == BIASED
    assert first.leniency.estimate == pytest.approx(1.0, abs=0.15)
    assert first.self_preference.verdict == BIASED
    assert first.self_preference.estimate == pytest.approx(0.8, abs=0.25)
    # What one gives its own does not make the others look as if they did.
    assert all(one.self_preference.verdict != BIASED for one in found.judges[1:])
    assert found.to_frame().height == 6
    spread = first.spread
    assert spread is not None
    assert spread.low is not None
    assert spread.low < 1.2


def test_a_margin_makes_not_biased() -> None:
    fair = frame_of(np.random.default_rng(3), items=150)
    found = assess_graders(graded(fair), families=FAMILIES, margin=0.5)
    assert {one.leniency.verdict for one in found.judges} == {NOT_BIASED}


def test_judges_that_are_all_alike_have_honest_ends() -> None:
    rows = [
        {"model": "m0", "judge": f"j{j}", "item_id": str(i), "score": 5 + (j == 0)}
        for i in range(10)
        for j in range(2)
    ]
    found = assess_graders(graded(pl.DataFrame(rows)))
    lenient = found.judges[0].leniency
    assert lenient.estimate == pytest.approx(1.0)
    assert lenient.low is not None
    assert 0.5 < lenient.low < 0.9
    assert lenient.verdict == BIASED
    assert found.judges[0].spread is None
    assert found.judges[0].correlation is None
    assert found.judges[0].self_preference.verdict == UNTOLD


def test_a_relative_is_no_neutral_judge() -> None:
    frame = frame_of(np.random.default_rng(4))
    kin = dict.fromkeys(("j0", "j1", "j2", "m0"), "one")
    found = assess_graders(graded(frame), families=kin)
    assert {one.self_preference.why for one in found.judges} == {
        "nobody else of another family graded the same answers"
    }
    alone = assess_graders(graded(frame))
    assert {one.self_preference.why for one in alone.judges} == {
        "no answer of its family (--family)"
    }


def test_judges_that_share_nothing_are_not_compared() -> None:
    frame = frame_of(np.random.default_rng(4)).filter(pl.col("judge") != "j2")
    apart = frame.with_columns(
        judge=pl.col("judge").replace({"j0": "k0", "j1": "k1"}),
        item_id=pl.format("other {}", "item_id"),
    )
    found = assess_graders(graded(pl.concat([frame, apart])), families=FAMILIES)
    assert {one.leniency.why for one in found.judges} == {
        "no chain of shared answers leads to all other judges"
    }
    lone = pl.DataFrame({"model": "m0", "judge": "z", "item_id": ["a", "b"], "score": [3.0, 4.0]})
    found = assess_graders(graded(pl.concat([frame, lone.select(frame.columns)])))
    assert found.judges[2].leniency.why == "it shares too few items with others"
    without = assess_graders(graded(frame))
    assert found.judges[0].leniency.estimate == pytest.approx(without.judges[0].leniency.estimate)


def test_grades_without_a_number_are_counted() -> None:
    frame = frame_of(np.random.default_rng(5))
    gaps = frame.with_columns(pl.when(pl.int_range(pl.len()) >= 3).then("score").alias("score"))
    found = assess_graders(graded(gaps))
    assert [one.unparseable for one in found.judges] == [1, 1, 1]
    assert found.grades == frame.height - 3
    assert "3 judgments hold no number" in found.notes[0]


def test_refuses() -> None:
    frame = frame_of(np.random.default_rng(6))
    with pytest.raises(TooFewError, match="single judge"):
        assess_graders(graded(frame.filter(judge="j0")))
    with pytest.raises(TooFewError, match="single item"):
        assess_graders(graded(frame.filter(item_id="0")))
    apart = frame.filter(pl.col("judge") == "j" + pl.col("model").str.tail(1))
    with pytest.raises(TooFewError, match="no answer was graded by two"):
        assess_graders(graded(apart))
    for options, match in (({"level": 0.0}, "level"), ({"margin": 0.0}, "margin")):
        with pytest.raises(UsageError, match=match):
            assess_graders(graded(frame), **options)


def flagged(histories: int, *, items: int, seed: int) -> tuple[float, float, float]:
    """Give how often some fair judge is called biased, and how often leniency is covered."""
    counts = np.zeros(3)
    for n in range(histories):
        frame = frame_of(np.random.default_rng([seed, n]), items=items)
        judges = assess_graders(graded(frame), families=FAMILIES).judges
        counts[0] += any(one.leniency.verdict == BIASED for one in judges)
        counts[1] += any(one.self_preference.verdict == BIASED for one in judges)
        low, high = judges[0].leniency.low, judges[0].leniency.high
        assert low is not None
        assert high is not None
        counts[2] += low <= 0.0 <= high
    lenient, own, covered = counts / histories
    return float(lenient), float(own), float(covered)


def test_fair_judges_are_seldom_called_biased() -> None:
    lenient, own, covered = flagged(40, items=20, seed=0)
    assert max(lenient, own) <= 0.15
    assert covered >= 0.85


@pytest.mark.slow
def test_fair_judges_of_many_histories() -> None:
    lenient, own, covered = flagged(2000, items=20, seed=1)
    print(lenient, own, covered)
    assert max(lenient, own) <= 0.06
    assert 0.93 <= covered <= 0.97
