"""Options of runs, and their texts on the command line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.loading.runs.files import OWN, written
from theodolite.cli.groups import grouped
from theodolite.cli.run_options import Accounting, RunSource
from theodolite.errors import InputError, UsageError
from theodolite.loading import RunOptions, parse_units
from theodolite.scaling import ACCOUNTINGS, account

if TYPE_CHECKING:
    from pathlib import Path


@given(
    pairs=st.lists(
        st.tuples(
            st.sampled_from(["params", "tokens", "flops"]),
            st.floats(min_value=0, exclude_min=True, allow_infinity=False),
        ),
        min_size=1,
        unique_by=lambda pair: pair[0],
    )
)
def test_units_are_read_as_they_are_written(pairs: list[tuple[str, float]]) -> None:
    parsed = parse_units(",".join(f"{name}={factor!r}" for name, factor in pairs))
    assert list(parsed) == pairs
    assert RunOptions(units=parsed) == RunOptions(units=dict(pairs))


@pytest.mark.parametrize("text", ["tokens=", "tokens", "=1e9", "tokens=1e9,,", ""])
def test_units_that_are_no_pairs(text: str) -> None:
    with pytest.raises(UsageError, match=r"--units: .* is not NAME=VALUE, as in tokens=1e9"):
        parse_units(text)


@pytest.mark.parametrize("factor", ["0", "-1", "nan", "inf", "1e999", "billion", "1_0x"])
def test_a_factor_is_a_finite_number_above_0(factor: str) -> None:
    with pytest.raises(UsageError, match=f"--units: tokens={factor} is not a finite factor"):
        parse_units(f"tokens={factor}")


@pytest.mark.parametrize("factor", [0, -1.0, float("nan"), True, None, 10**400])
def test_a_factor_in_python_is_checked_too(factor: object) -> None:
    with pytest.raises(UsageError, match="is not a finite factor above 0"):
        RunOptions(units={"tokens": factor})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"size": "x"}}, "--columns: 'size' is not one of params, tokens, loss"),
        ({"units": {"run": 2.0}}, "--units: 'run' is not one of params, tokens, loss"),
        ({"columns": (("N", "a"), ("params", "b"))}, "--columns: params is given more than once"),
        ({"units": (("D", 1.0), ("tokens", 2.0))}, "--units: tokens is given more than once"),
        ({"columns": {"loss": "a"}, "loss": "b"}, "both name the column of the loss"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RunOptions(**options)  # type: ignore[arg-type]


def test_options_are_frozen_and_equal_however_given() -> None:
    options = RunOptions(columns={"N": "size"})
    assert options == RunOptions(columns=(("params", "size"),))
    assert hash(options) == hash(RunOptions(columns=(("params", "size"),)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.loss = "x"  # type: ignore[misc]


def test_the_accountings_of_the_command_line_are_those_of_the_package() -> None:
    assert tuple(accounting.value for accounting in Accounting) == ACCOUNTINGS


def test_a_source_reads_and_filters(tmp_path: Path) -> None:
    path = written(tmp_path, "size,seen,val,set\n100,2,3.4,c4\n200,4,3.1,rw\n400,8,2.9,c4\n")
    source = RunSource(
        paths=[str(path)],
        columns="params=size,tokens=seen,dataset=set",
        units="tokens=1e9,N=1e6",
        loss="val",
        where=["params=..300000000", "dataset=c4"],
    )
    runs = source.load()
    assert runs.frame["loss"].to_list() == [3.4]
    assert [(r.reason, r.count) for r in runs.removed] == [
        ("not params=..300000000", 1),
        ("not dataset=c4", 1),
    ]
    assert account(runs, source.accounting.value).accounting == "6nd"


def test_a_source_says_what_is_wrong(tmp_path: Path) -> None:
    path = str(written(tmp_path, OWN))
    with pytest.raises(UsageError, match="as in params=size,tokens=seen"):
        RunSource(paths=[path], columns="params").load()
    with pytest.raises(UsageError, match="--format 'votes' is not one of runs, gadre, ladder"):
        RunSource(paths=[path], format="votes").load()
    with pytest.raises(InputError, match="no column colour to filter by"):
        RunSource(paths=[path], where=["colour=red"]).load()


def test_the_options_are_options_of_a_command(tmp_path: Path) -> None:
    app = typer.Typer()

    @app.command()
    @grouped
    def count(source: RunSource) -> None:
        print(len(source.load()), source.accounting.value, source.changed())

    path = str(written(tmp_path, OWN))
    said = CliRunner().invoke(
        app, [path, "--where", "params=2e8..", "--where", "loss=1..4", "--accounting", "given"]
    )
    assert said.output == "1 given ['--where', '--accounting']\n"
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120"}).output
    for word in ("RUNS...", "Reading the runs", "Choosing runs", "--units", "--loss"):
        assert word in shown
