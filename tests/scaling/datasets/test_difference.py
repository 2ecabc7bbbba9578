"""Differences divided into size, tokens, data and the rest."""

from itertools import permutations

import numpy as np
import polars as pl
import pytest

from tests.scaling.datasets.simulations import made
from theodolite.errors import UsageError
from theodolite.scaling import (
    Recipe,
    Resampling,
    Sets,
    datasets,
    explain_difference,
    explain_sets,
    nearest_pairs,
)
from theodolite.stats.shapley import contributions
from theodolite.tables import Runs

FACTORS = ("size", "tokens", "data")


def compared(runs, **settings):
    return datasets(
        runs,
        sets=Sets(same_evaluation=True),
        recipe=Recipe(objective="least-squares"),
        resampling=Resampling(n=100),
        **settings,
    )


@pytest.fixture(scope="module")
def found():
    return compared(made((14, 14), (1.0, 1.8)))


def predict(found, row_n, row_d, code):
    """The law of a set at one run's size and another's tokens, from the plain equation."""
    setting, fitted = found.setting, found.shown
    inner = fitted.form.of_set(setting.law, fitted.theta[None], code, setting.runs.k)
    e, a, b, alpha, beta = setting.law.natural(inner, setting.centre)[0]
    n, d = np.exp(setting.runs.points.params[row_n]), np.exp(setting.runs.points.tokens[row_d])
    return np.log(e + a / n**alpha + b / d**beta)


def test_two_runs_are_divided_as_by_hand(found):
    a, b = found.labels[2], found.labels[20]
    steps = {factor: [] for factor in FACTORS}
    for order in permutations(FACTORS):
        at = dict.fromkeys(FACTORS, 0)
        rows, codes = (2, 20), (0, 1)
        for factor in order:
            before = predict(found, rows[at["size"]], rows[at["tokens"]], codes[at["data"]])
            at[factor] = 1
            after = predict(found, rows[at["size"]], rows[at["tokens"]], codes[at["data"]])
            steps[factor].append(after - before)
    got = explain_difference(found, a, b)
    for factor in FACTORS:
        part = got.part(factor)
        assert part["log_loss"] == pytest.approx(np.mean(steps[factor]))
        assert part["least"] == pytest.approx(min(steps[factor]))
        assert part["most"] == pytest.approx(max(steps[factor]))


def test_the_parts_that_are_true_are_found(found):
    t = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
    points, at = found.setting.runs.points, (2, 20)
    values = np.empty((2, 2, 2, 1))
    for i in np.ndindex(2, 2, 2):
        n, d = np.exp(points.params[at[i[0]]]), np.exp(points.tokens[at[i[1]]])
        q = (1.0, 1.8)[i[2]]
        values[i] = np.log(t["E"] + t["A"] / n ** t["alpha"] + t["B"] / (q * d) ** t["beta"])
    truth = contributions(values)[0][:, 0]
    got = explain_difference(found, found.labels[at[0]], found.labels[at[1]])
    for factor, wanted in zip(FACTORS, truth, strict=True):
        part = got.part(factor)
        assert part["low"] <= wanted <= part["high"]
        assert part["log_loss"] == pytest.approx(wanted, abs=0.01)


def test_parts_sum_to_what_was_observed(found):
    loss = found.setting.runs.loss
    for a, b in ((2, 20), (20, 2), (0, 5), (16, 27)):
        got = explain_difference(found, found.labels[a], found.labels[b])
        assert got.total == pytest.approx(np.log(loss[b] / loss[a]))
        assert got.parts["log_loss"].sum() == pytest.approx(got.total, abs=1e-12)
        assert got.parts["loss"].sum() == pytest.approx(loss[b] - loss[a], abs=1e-12)
        inside = got.parts.select(
            (pl.col("low") <= pl.col("log_loss")) & (pl.col("log_loss") <= pl.col("high"))
        )
        assert inside.to_series().all()


def test_turning_two_runs_over_turns_the_signs(found):
    one = explain_difference(found, found.labels[2], found.labels[20])
    two = explain_difference(found, found.labels[20], found.labels[2])
    assert one.parts["log_loss"].to_list() == pytest.approx((-two.parts["log_loss"]).to_list())


def test_runs_of_one_set_differ_by_no_data(found):
    got = explain_difference(found, found.labels[1], found.labels[4])
    assert got.part("data")["log_loss"] == 0.0
    assert got.part("data")["compute"] == pytest.approx(1.0)


def test_compute_at_the_same_ratio_is_the_compute():
    runs = made((14, 14), (1.0, 1.8), noise=1e-9)
    frame = runs.frame
    first = frame.row(3, named=True)
    twin = {"params": 2.0 * first["params"], "tokens": 2.0 * first["tokens"], "run": "twin"}
    t = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
    loss = t["E"] + t["A"] / twin["params"] ** t["alpha"] + t["B"] / twin["tokens"] ** t["beta"]
    row = frame.filter(pl.col("run") == first["run"]).with_columns(
        params=pl.lit(twin["params"]), tokens=pl.lit(twin["tokens"]), run=pl.lit("twin"),
        loss=pl.lit(loss),
    )  # fmt: skip
    found = compared(Runs.from_frame(pl.concat([frame, row])))
    parts = explain_difference(found, first["run"], "twin").parts
    together = np.prod(parts.filter(pl.col("part").is_in(["size", "tokens"]))["compute"].to_numpy())
    assert together == pytest.approx(4.0, rel=1e-3)


def test_sets_sum_exactly_and_the_mix_is_divided(found):
    got = explain_sets(found, "a", "b")
    logs = np.log(found.setting.runs.loss)
    codes = found.setting.runs.codes
    wanted = logs[codes == 1].mean() - logs[codes == 0].mean()
    assert got.total == pytest.approx(wanted)
    assert got.parts["log_loss"].sum() == pytest.approx(wanted, abs=1e-12)
    back = explain_sets(found, "b", "a")
    assert got.parts["log_loss"].to_list() == pytest.approx((-back.parts["log_loss"]).to_list())


def test_the_same_mix_leaves_all_to_data_and_the_rest():
    frame = made((14,), (1.0,)).frame.drop("run")
    again = frame.with_columns(dataset=pl.lit("b"), loss=pl.col("loss") * 0.97)
    found = compared(Runs.from_frame(pl.concat([frame, again])))
    got = explain_sets(found, "a", "b")
    assert got.part("size")["log_loss"] == pytest.approx(0.0, abs=1e-12)
    assert got.part("tokens")["log_loss"] == pytest.approx(0.0, abs=1e-12)
    assert got.part("data")["log_loss"] == pytest.approx(np.log(0.97), abs=0.003)


def test_the_mix_by_hand(found):
    codes = found.setting.runs.codes
    a, b = (np.flatnonzero(codes == code) for code in (0, 1))

    def mean(sizes, tokens, code):
        return np.mean([predict(found, i, j, code) for i in sizes for j in tokens])

    def own(rows, code):
        return np.mean([predict(found, i, i, code) for i in rows])

    size = np.mean([(mean(b, a, k) - own(a, k) + own(b, k) - mean(a, b, k)) / 2.0 for k in (0, 1)])
    data = np.mean([own(rows, 1) - own(rows, 0) for rows in (a, b)])
    got = explain_sets(found, "a", "b")
    assert got.part("size")["log_loss"] == pytest.approx(size)
    assert got.part("data")["log_loss"] == pytest.approx(data)


def test_the_nearest_runs(found):
    ((a, b),) = nearest_pairs(found)
    runs = found.setting.runs
    second = found.labels.index(b)
    assert runs.loss[second] == runs.loss[runs.codes == 1].min()
    own = np.flatnonzero(runs.codes == 0)
    away = [
        (runs.points.params[i] - runs.points.params[second]) ** 2
        + (runs.points.tokens[i] - runs.points.tokens[second]) ** 2
        for i in own
    ]
    assert a == found.labels[own[int(np.argmin(away))]]


def test_unknown_runs_and_sets_are_refused(found):
    with pytest.raises(UsageError, match="there is no run 'x'"):
        explain_difference(found, "x", found.labels[0])
    with pytest.raises(UsageError, match="needs two runs"):
        explain_difference(found, found.labels[0], found.labels[0])
    with pytest.raises(UsageError, match="there is no set 'x'"):
        explain_sets(found, "a", "x")
