"""Which runs are held out: conditions, columns in turn, refusals."""

import numpy as np
import polars as pl
import pytest

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.scaling import account
from theodolite.scaling.holdout import folds_of, largest_part
from theodolite.tables import Runs

FRAME = pl.DataFrame(
    {
        "params": [1e8, 1e8, 1e9, 1e9],
        "tokens": [2e9, 4e9, 2e10, 4e10],
        "loss": [3.4, 3.3, 2.7, 2.6],
        "flops": [1.5e18, 3e18, 1.5e20, 3e20],
        "family": ["a", "b", "a", "b"],
        "released": ["2022-01-01", "2022-06-01", "2023-01-01", "2023-06-01"],
    }
)


def split(*hold_out, frame=FRAME):
    runs = Runs.from_frame(frame, source="runs.csv")
    return folds_of(runs, account(runs).flops, hold_out)


def test_conditions_must_all_hold():
    (fold,) = split("flops=1e20..", "family=b")
    assert fold.held.tolist() == [False, False, False, True]
    assert fold.name == "flops=1e20.., family=b"
    assert split("family!=b")[0].held.tolist() == [True, False, True, False]
    assert split("released=2023-01-01..")[0].held.tolist() == [False, False, True, True]


def test_flops_are_those_of_the_accounting_and_not_the_files():
    # The file says 3e18 for the second run, 6 N D is 2.4e18.
    assert split("flops=2.5e18..")[0].held.tolist() == [False, False, True, True]
    bare = FRAME.drop("flops")
    assert split("flops=2.5e18..", frame=bare)[0].held.tolist() == [False, False, True, True]


def test_a_bare_column_holds_out_each_value_in_turn():
    folds = split("family")
    assert [fold.name for fold in folds] == ["family=a", "family=b"]
    assert [fold.held.tolist() for fold in folds] == [
        [True, False, True, False],
        [False, True, False, True],
    ]
    assert [fold.name for fold in split("params")] == ["params=1e+08", "params=1e+09"]
    assert np.sum([fold.held for fold in split("flops")], axis=0).tolist() == [1, 1, 1, 1]


def test_names_of_groups_differ_and_steer_no_terminal():
    near = FRAME.with_columns(x=pl.Series([1.0, 1.0 + 1e-9, 2.0, 2.0]))
    assert [fold.name for fold in split("x", frame=near)] == ["x=1.0", "x=1.000000001", "x=2.0"]
    odd = FRAME.with_columns(x=pl.Series(["a\x1b[2J", "b", "b", "b"]))
    assert split("x", frame=odd)[0].name == "x='a\\x1b[2J'"
    enum = FRAME.with_columns(pl.col("family").cast(pl.Categorical))
    assert [fold.name for fold in split("family", frame=enum)] == ["family=a", "family=b"]


@pytest.mark.parametrize(
    ("hold_out", "error", "words"),
    [
        ([], UsageError, "nothing is held out"),
        (["flops=1e22.."], UsageError, r"no run meets flops=1e22.., .* between 1.2e\+18 and 2.4e"),
        (["flops=1e10.."], UsageError, "every run meets flops=1e10..: none is left to fit"),
        (["family=a", "flops=..1e18"], UsageError, "no run meets family=a, flops=..1e18"),
        (["family=z"], UsageError, "family=z: no row has it; the column holds 'a', 'b'"),
        (["family", "flops=1e20.."], UsageError, "stands alone"),
        (["family", "params"], UsageError, "stands alone"),
        (["colour"], MissingColumnError, "no column colour to hold out by"),
        (["colour=red"], MissingColumnError, "no column colour to filter by"),
        (["flops=cheap.."], UsageError, "'cheap' is not a number"),
        (["one"], UsageError, "every run has the same one"),
        (["gaps"], InputError, "runs.csv, row 2, column gaps: the cell is empty"),
        (["lists"], UsageError, "nested"),
    ],
)
def test_refusals(hold_out, error, words):
    lists = pl.Series("lists", [[1], [2], [3], [4]])
    frame = FRAME.with_columns(pl.lit(1).alias("one"), lists, gaps=pl.Series([1, None, 2, 2]))
    with pytest.raises(error, match=words):
        split(*hold_out, frame=frame)


def test_too_many_values_in_turn():
    n = 101
    frame = pl.DataFrame(
        {"params": np.geomspace(1e8, 1e10, n), "tokens": np.full(n, 1e10), "loss": np.full(n, 3.0)}
    )
    with pytest.raises(UsageError, match="101 values, and at most 100"):
        split("params", frame=frame)


def test_runs_of_one_budget_stay_together():
    assert largest_part(np.arange(10.0) + 1, 0.2).tolist() == [False] * 8 + [True] * 2
    assert largest_part(np.array([2.0, 2.0, 1.0, 1.0, 1.0]), 0.2).sum() == 2
    assert largest_part(np.ones(5), 0.2).all()


def test_a_run_of_unknown_date_is_not_fitted_silently():
    from tests.scaling.conftest import simulated
    from theodolite.scaling import Resampling, backtest
    from theodolite.tables import Runs

    dates = [None if i % 3 == 0 else f"20{20 + i % 5}-01-01" for i in range(36)]
    frame = simulated(n=6).with_columns(released=pl.Series(dates))
    with pytest.raises(InputError, match="column released: the cell is empty"):
        backtest(Runs.from_frame(frame), "released=2023-01-01..", resampling=Resampling(n=100))
