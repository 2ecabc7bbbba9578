"""One accounting of FLOPs: each way by hand, and contradictions."""

import polars as pl
import pytest

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.scaling import account
from theodolite.tables import Runs


def runs(**columns):
    base = {"params": [1e9, 2e9], "tokens": [2e10, 3e10], "loss": [2.6, 2.4]}
    return Runs.from_frame(pl.DataFrame(base | columns), source="runs.csv")


def test_each_way_by_hand():
    table = runs(
        embedding_params=[1e8, 1e8],
        active_params=[5e8, 1e9],
        layers=[20, 24],
        width=[2048, 2560],
        context=[2048, 2048],
        flops=[1.3e20, 3.8e20],
    )
    assert account(table).flops.tolist() == [6e9 * 2e10, 6 * 2e9 * 3e10]
    assert account(table, "non-embedding").params.tolist() == [0.9e9, 1.9e9]
    assert account(table, "given").flops.tolist() == [1.3e20, 3.8e20]
    attention = account(table, "attention").flops[0]
    assert attention == pytest.approx(1.2e20 + 12 * 20 * 2048 * 2048 * 2e10)
    assert account(table).given_ratio == pytest.approx((1.3 / 1.2 + 3.8 / 3.6) / 2)


def test_active_parameters_are_what_the_law_counts():
    got = account(runs(active_params=[5e8, 1e9]), "active")
    assert got.params.tolist() == [5e8, 1e9]
    assert got.flops.tolist() == [6 * 5e8 * 2e10, 6 * 1e9 * 3e10]


def test_flops_that_contradict_are_named_and_given_takes_them():
    table = runs(flops=[1.2e20, 3.6e23])
    with pytest.raises(InputError, match=r"runs.csv, row 2, column flops: 3.6e\+23 is not near 6"):
        account(table)
    assert account(table, "given").flops[1] == 3.6e23


def test_a_missing_column_or_an_unknown_way():
    with pytest.raises(MissingColumnError, match="embedding_params"):
        account(runs(), "non-embedding")
    with pytest.raises(UsageError, match="6nd, non-embedding"):
        account(runs(), "8nd")
