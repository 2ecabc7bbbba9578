"""The probability that an item is broken: recovery, calibration, and what must be refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.auditing.quiz import RULES, quiz
from theodolite.auditing.lint import Lint, lint
from theodolite.auditing.suspicion import SuspicionModel, calibrate, fit_suspicion
from theodolite.errors import TooFewError, UsageError
from theodolite.tables import Items

RATES = (0.05, 0.05, 0.2, 0.1)
TRUTH = SuspicionModel(
    intercept=-3.0,
    severities={"error": 3.0, "warning": 1.5, "note": 0.3},
    rules={"empty": 0.5, "double": -0.5, "short": 0.4, "silent": -0.4},
    items=100,
    errors=10,
    fitted_on="nothing",
)


def simulated(seed: int, n: int = 6_000, model: SuspicionModel = TRUTH) -> tuple[Lint, Items]:
    """Findings at random, and labels drawn with the model's own probability."""
    rng = np.random.default_rng(seed)
    columns = {
        "benchmark": "quiz",
        "item_id": [str(i) for i in range(n)],
        "subject": [f"s{i % 20}" for i in range(n)],
        "question": "q",
        "choices": [["a", "b"]] * n,
        "answer": [0] * n,
    }
    items = Items.from_frame(pl.DataFrame(columns))
    rows, which = np.nonzero(rng.random((n, 4)) < RATES)
    findings = pl.DataFrame(
        {"_index": rows, "rule": [RULES[r].id for r in which]},
        schema={"_index": pl.UInt32, "rule": pl.String},
    )
    found = replace(lint(items, rules=RULES), findings=findings)
    broken = rng.random(n) < model.probability(found)
    label = pl.Series("label", np.where(broken, "wrong_groundtruth", "ok"))
    return found, Items.from_frame(items.frame.with_columns(label))


def test_probabilities_follow_the_equation() -> None:
    found = lint(quiz(), rules=RULES)
    p = TRUTH.probability(found)
    log_odds = np.log(p / (1 - p))
    np.testing.assert_allclose(log_odds, [-3, -3 + 3.5 + 0.7, -3 + 1.0, -3 + 0.7, -3])


def test_a_base_rate_moves_every_log_odds_alike() -> None:
    found = lint(quiz(), rules=RULES)
    p, moved = TRUTH.probability(found), TRUTH.probability(found, base_rate=0.5)
    ratio = (moved / (1 - moved)) / (p / (1 - p))
    np.testing.assert_allclose(ratio, 9.0)
    np.testing.assert_allclose(TRUTH.probability(found, base_rate=0.1), p)
    for rate in (0.0, 1.0, float("nan")):
        with pytest.raises(UsageError, match="between 0 and 1"):
            TRUTH.probability(found, base_rate=rate)


def test_a_rule_that_the_weights_do_not_know_counts_by_its_severity() -> None:
    fewer = replace(TRUTH, rules={})
    p = fewer.probability(lint(quiz(), rules=RULES))
    np.testing.assert_allclose(np.log(p / (1 - p)), [-3, 0.3, -1.5, -2.7, -3])


def test_probabilities_are_recovered() -> None:
    found, items = simulated(1, 40_000)
    model = fit_suspicion(found, items, "label", fitted_on="quiz")
    given = model.probability(found), TRUTH.probability(found)
    assert np.abs(given[0] - given[1]).mean() < 0.01
    assert SuspicionModel.from_dict(model.to_dict()) == model
    assert (model.items, model.fitted_on) == (40_000, "quiz")


@pytest.mark.slow
def test_held_out_probabilities_are_calibrated() -> None:
    slopes = [calibrate(*simulated(seed), "label") for seed in range(10)]
    assert np.mean([c.slope for c in slopes]) == pytest.approx(1.0, abs=0.05)
    assert all(c.brier < c.brier_base for c in slopes)


def test_labels_at_random_are_not_predicted() -> None:
    found, items = simulated(3)
    shuffled = items.frame.get_column("label").shuffle(seed=1)
    calibration = calibrate(found, Items.from_frame(items.frame.with_columns(shuffled)), "label")
    assert calibration.brier == pytest.approx(calibration.brier_base, rel=0.01)


def test_what_cannot_be_calibrated() -> None:
    found, items = simulated(4, 100)
    one = Items.from_frame(items.frame.with_columns(subject=pl.lit("s0")))
    with pytest.raises(TooFewError, match="one subject alone"):
        calibrate(found, one, "label")
    few = items.frame.with_columns(
        label=pl.when(pl.col("subject") == "s0").then(pl.lit("expert")).otherwise(pl.lit("ok"))
    )
    with pytest.raises(TooFewError, match="no item is broken outside one subject"):
        calibrate(found, Items.from_frame(few), "label")


@pytest.mark.slow
def test_features_of_the_responses_are_recovered() -> None:
    found, items = simulated(5, 40_000)
    rng = np.random.default_rng(6)
    features = pl.DataFrame({"margin": rng.normal(size=40_000), "missing": rng.random(40_000)})
    truth = replace(TRUTH, features={"margin": 1.5, "missing": -1.0})
    p = truth.probability(found, features=features)
    label = pl.Series("label", np.where(rng.random(40_000) < p, "expert", "ok"))
    items = Items.from_frame(items.frame.with_columns(label))
    model = fit_suspicion(found, items, "label", fitted_on="quiz", features=features)
    assert np.abs(model.probability(found, features=features) - p).mean() < 0.01
    assert SuspicionModel.from_dict(model.to_dict()) == model
    held_out = calibrate(found, items, "label", features=features)
    assert held_out.slope == pytest.approx(1.0, abs=0.05)
    assert held_out.brier < calibrate(found, items, "label").brier
    # The order of the columns does not matter; their names do.
    again = model.probability(found, features=features.select("missing", "margin"))
    np.testing.assert_allclose(again, model.probability(found, features=features))
    for wrong in (None, features.drop("margin")):
        with pytest.raises(UsageError, match="needs the features margin, missing"):
            model.probability(found, features=wrong)
