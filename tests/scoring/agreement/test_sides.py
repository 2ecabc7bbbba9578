"""Sides from items: means, errors, categories, and what cannot be a side."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.scoring.agreement.made import item_scores
from theodolite.errors import InputError, MissingColumnError, TooFewError, UsageError
from theodolite.scoring.agreement import (
    from_gradings,
    from_judgments,
    from_preferences,
    from_scores,
)
from theodolite.tables import Gradings, Judgments, Preferences, Scores


def test_means_and_errors_of_scores() -> None:
    frame = item_scores()
    (side,) = from_scores(Scores.from_frame(frame), cluster="item_id")
    wide = frame.pivot(on="item_id", index="model", values="score").drop("model").to_numpy()
    np.testing.assert_allclose(side.frame["value"], wide.mean(axis=1))
    np.testing.assert_allclose(side.covariance, np.cov(wide) / wide.shape[1])
    assert side.unit == "share"
    assert not side.independent


def test_clusters_and_categories() -> None:
    scores = Scores.from_frame(item_scores())
    plain = from_scores(scores)[0].frame["standard_error"].mean()
    wide = from_scores(scores, cluster="passage")[0].frame["standard_error"].mean()
    assert wide > 1.1 * plain  # type: ignore[operator]
    sides = from_scores(scores, by="topic")
    assert [s.name for s in sides] == ["art", "law"]
    both = np.mean([s.frame["value"].to_numpy() for s in sides], axis=0)
    np.testing.assert_allclose(both, from_scores(scores)[0].frame["value"])
    with pytest.raises(MissingColumnError, match=r"no column nothing \(columns: model"):
        from_scores(scores, by="nothing")
    with pytest.raises(UsageError, match="not names of categories"):
        from_scores(scores, by="score")


def test_all_right_and_all_wrong_have_errors() -> None:
    frame = pl.DataFrame(
        {
            "model": ["x"] * 30 + ["y"] * 30 + ["z"] * 30,
            "benchmark": "quiz",
            "item_id": [str(i) for i in range(30)] * 3,
            "score": [1.0] * 30 + [0.0] * 30 + [1.0, 0.0] * 15,
        }
    )
    (side,) = from_scores(Scores.from_frame(frame))
    assert (side.frame["standard_error"] > 0.01).all()
    assert (np.diag(side.covariance) > 0).all()
    assert side.frame["high"][0] == 1.0


def test_one_item_is_no_side() -> None:
    frame = item_scores().filter(pl.col("item_id") == "i0")
    with pytest.raises(TooFewError, match="'m0' has a single cluster"):
        from_scores(Scores.from_frame(frame))
    same = item_scores().with_columns(score=pl.lit(7.0))
    with pytest.raises(TooFewError, match="are equal"):
        from_scores(Scores.from_frame(same))


def test_preferences() -> None:
    frame = pl.DataFrame(
        {
            "model": ["x", "x", "y", "y", "b", "b"],
            "baseline": "b",
            "item_id": ["1", "2"] * 3,
            "preference": [1.9, 1.5, 1.0, 1.2, 1.5, 1.5],
        }
    )
    (side,) = from_preferences(Preferences.from_frame(frame), name="A")
    assert dict(side.frame.select("model", "value").iter_rows()) == pytest.approx(
        {"x": 0.7, "y": 0.1}
    )
    assert [(r.reason, r.count) for r in side.removed] == [("the baseline against itself", 2)]
    two = frame.with_columns(baseline=pl.Series(["b", "b", "b", "c", "b", "b"]))
    with pytest.raises(InputError, match="several baselines"):
        from_preferences(Preferences.from_frame(two), name="A")


def games() -> pl.DataFrame:
    rows = []
    for model in ("x", "y"):
        for item in ("1", "2", "3"):
            won = (model, item) != ("y", "3")
            rows.append((item, "base", model, "j", "B>A" if won else "A=B", 1))
            rows.append((item, model, "base", "j", "A>>B" if model == "x" else None, 2))
    return pl.DataFrame(
        rows, schema=["item_id", "model_a", "model_b", "judge", "verdict", "game"], orient="row"
    )


def test_judgments_against_one_baseline() -> None:
    (side,) = from_judgments(Judgments.from_frame(games()), name="hard")
    assert dict(side.frame.select("model", "value").iter_rows()) == pytest.approx(
        {"x": 1.0, "y": 5 / 6}
    )
    assert side.notes == ("hard: 3 games have no verdict and are left out.",)
    first = pl.col("item_id") == "1"
    among = games().with_columns(
        pl.when(first).then(pl.col(name).replace("base", "z")).otherwise(name).alias(name)
        for name in ("model_a", "model_b")
    )
    with pytest.raises(InputError, match="not all against one baseline"):
        from_judgments(Judgments.from_frame(among), name="hard")


def test_gradings_average_the_turns_of_a_question() -> None:
    frame = pl.DataFrame(
        {
            "model": "x",
            "judge": "j",
            "item_id": ["1", "1", "2", "2"],
            "turn": [1, 2, 1, 2],
            "score": [9.0, 7.0, 4.0, None],
        }
    )
    (side,) = from_gradings(Gradings.from_frame(frame), name="MT")
    assert (side.unit, side.frame["value"].item()) == ("score", 6.0)
    assert side.notes == ("MT: 1 judgments hold no number and are left out.",)
