"""Runs: what is refused, and how it is said."""

import polars as pl
import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.tables import Runs


def frame(**columns):
    base = {"params": [1e8, 2e8], "tokens": [2e9, 4e9], "loss": [3.4, 3.1]}
    return pl.DataFrame(base | columns)


def test_a_good_table_passes_and_keeps_other_columns():
    runs = Runs.from_frame(frame(colour=["a", "b"]))
    assert len(runs) == 2
    assert "colour" in runs.frame.columns


@pytest.mark.parametrize(
    ("columns", "column", "value"),
    [
        ({"tokens": [2.0, 4.0]}, "tokens", 2.0),
        ({"params": [0.1, 0.2]}, "params", 0.1),
        ({"loss": [3.4, 0.0]}, "loss", 0.0),
        ({"loss": [3.4, -1.0]}, "loss", -1.0),
        ({"loss": [3.4, float("nan")]}, "loss", None),
        ({"loss": [3.4, None]}, "loss", None),
        ({"tokens": [2e9, float("inf")]}, "tokens", float("inf")),
        ({"unique_tokens": [3e9, 4e9]}, "unique_tokens", 3e9),
        ({"active_params": [1e9, 1e8]}, "active_params", 1e9),
        ({"embedding_params": [1e8, 0]}, "embedding_params", 1e8),
        ({"run": ["a", "a"]}, "run", "a"),
        ({"layers": [1.5, 2]}, "layers", 1.5),
    ],
)
def test_a_bad_cell_is_named(columns, column, value):
    with pytest.raises(InputError) as error:
        Runs.from_frame(frame(**columns), source="runs.csv")
    problem = error.value.problems[0]
    assert (problem.source, problem.column) == ("runs.csv", column)
    if value is not None:
        assert problem.value == value


def test_the_same_run_twice_is_an_error_and_a_second_seed_is_not():
    with pytest.raises(InputError, match=r"row 2, column loss: 3\.4 is there already"):
        Runs.from_frame(frame(params=[1e8, 1e8], tokens=[2e9, 2e9], loss=[3.4, 3.4]))
    assert len(Runs.from_frame(frame(params=[1e8, 1e8], tokens=[2e9, 2e9]))) == 2


def test_tokens_in_billions_say_what_to_do():
    with pytest.raises(InputError, match=r"--units tokens=1e9"):
        Runs.from_frame(frame(tokens=[2.0, 4.0]))


def test_no_column_and_no_row():
    with pytest.raises(MissingColumnError, match="no column loss"):
        Runs.from_frame(frame().drop("loss"))
    with pytest.raises(FormatError, match="no runs"):
        Runs.from_frame(frame().head(0))


def test_a_filter_is_counted():
    runs = Runs.from_frame(frame())
    kept = runs.keep(pl.Series([True, False]), "too small")
    assert len(kept) == 1
    assert (kept.removed[0].reason, kept.removed[0].count) == ("too small", 1)
