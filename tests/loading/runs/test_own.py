"""Tables with the names of the table itself, or the short ones."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.loading.runs.files import OWN, error_of, written
from theodolite.errors import InputError, MissingColumnError
from theodolite.loading import RunOptions, load_runs
from theodolite.scaling import account
from theodolite.tables.checks import FILE, ROW

if TYPE_CHECKING:
    from pathlib import Path

POSITIVE = st.floats(1e6, 1e14)
WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


def columns_of(path: Path, options: RunOptions | None = None) -> dict[str, list[object]]:
    frame = load_runs(path, options or RunOptions()).frame
    return frame.drop(FILE, ROW).to_dict(as_series=False)


@st.composite
def run_frames(draw: st.DrawFn) -> pl.DataFrame:
    """Runs with some of the optional columns."""
    n = draw(st.integers(1, 6))

    def column(cells: st.SearchStrategy[object], *, unique: bool = False) -> list[object]:
        return draw(st.lists(cells, min_size=n, max_size=n, unique=unique))

    params, tokens = column(POSITIVE), column(POSITIVE)
    made: dict[str, list[object]] = {
        "params": params,
        "tokens": tokens,
        "loss": column(st.floats(1e-3, 20), unique=True),
        "flops": column(st.floats(1e10, 1e30)),
        "embedding_params": [float(n) / 4 for n in params],  # type: ignore[arg-type]
        "unique_tokens": tokens,
        "layers": column(st.integers(1, 200)),
        "run": column(st.none() | WORDS, unique=True) if n == 1 else column(WORDS, unique=True),
        "family": column(WORDS),
        "bytes_per_token": column(st.none() | st.floats(0.5, 8)),
        "released": column(
            st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
        ),
        "colour": column(WORDS.map(lambda word: f"c{word}")),
    }
    kept = draw(st.sets(st.sampled_from(list(made)[3:])))
    types = {"run": pl.String, "bytes_per_token": pl.Float64}
    return pl.DataFrame(
        {name: made[name] for name in made if name in kept or name in ("params", "tokens", "loss")},
        schema_overrides={name: dtype for name, dtype in types.items() if name in kept},
    )


@settings(max_examples=20, deadline=None)
@given(frame=run_frames())
def test_a_written_frame_comes_back(
    tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame
) -> None:
    folder = tmp_path_factory.mktemp("same")
    frame.write_parquet(folder / "runs.parquet")
    frame.write_csv(folder / "runs.csv")
    frame.write_ndjson(folder / "runs.jsonl")
    for name in ("runs.parquet", "runs.csv", "runs.jsonl"):
        back = load_runs(folder / name).frame
        assert back[ROW].to_list() == list(range(1, frame.height + 1))
        assert back[FILE].unique().to_list() == [str(folder / name)]
        assert_frame_equal(back.drop(FILE, ROW), frame, check_exact=True, check_column_order=False)


def test_the_table_written_out_is_read_again(tmp_path: Path) -> None:
    runs = load_runs(written(tmp_path, OWN))
    runs.frame.write_csv(tmp_path / "again.csv")
    again = load_runs(tmp_path / "again.csv").frame
    assert again[FILE].to_list() == [str(tmp_path / "again.csv")] * 2
    assert_frame_equal(again.drop(FILE), runs.frame.drop(FILE))


def test_packed_files_and_a_json_array(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(OWN.encode()))
    (tmp_path / "b").write_text('[{"params": 1e8, "tokens": 2e9, "loss": 3.4}]')
    assert columns_of(tmp_path / "a")["loss"] == [3.4, 3.1]
    assert columns_of(tmp_path / "b") == {"params": [1e8], "tokens": [2e9], "loss": [3.4]}


def test_short_names_stand_for_long_ones(tmp_path: Path) -> None:
    path = written(tmp_path, "row_id,N,D,C,loss\n7,1e8,2e9,1.2e18,3.4\n")
    assert columns_of(path) == {
        "params": [1e8],
        "tokens": [2e9],
        "loss": [3.4],
        "flops": [1.2e18],
        "row_id": ["7"],
    }


def test_a_full_name_goes_before_a_short_one(tmp_path: Path) -> None:
    path = written(tmp_path, "N,params,D,loss\n5,1e8,2e9,3.4\n")
    assert columns_of(path) == {"params": [1e8], "tokens": [2e9], "loss": [3.4], "N": ["5"]}


def test_short_names_are_exact(tmp_path: Path) -> None:
    path = written(tmp_path, "n,d,loss\n1e8,2e9,3.4\n")
    message = error_of(path)
    assert "runs.csv: no column params (or N), tokens (or D) (columns: n, d, loss)" in message
    assert "--columns params=COLUMN" in message


@pytest.mark.parametrize(
    ("header", "lacking", "derived"),
    [
        ("N,flops,loss", "tokens (or D)", True),
        ("D,C,loss", "params (or N)", True),
        ("N,FLOPs,loss", "tokens (or D)", False),
    ],
)
def test_nothing_is_derived_from_flops(
    tmp_path: Path, header: str, lacking: str, *, derived: bool
) -> None:
    message = error_of(written(tmp_path, f"{header}\n1e8,1.2e18,3.4\n"))
    assert f"no column {lacking} (columns: {header.replace(',', ', ')})" in message
    assert ("not derived from the flops" in message) is derived


def test_columns_are_named_or_constant(tmp_path: Path) -> None:
    path = written(tmp_path, "size,seen,loss,N\n1e8,2e9,3.4,x\n")
    options = RunOptions(columns={"params": "size", "D": "seen", "dataset": "=c4"})
    assert columns_of(path, options) == {
        "params": [1e8],
        "tokens": [2e9],
        "loss": [3.4],
        "dataset": ["c4"],
        "N": ["x"],
    }
    one = RunOptions(columns=(("params", "size"), ("active_params", "size"), ("D", "seen")))
    assert columns_of(path, one)["active_params"] == [1e8]
    assert "no column width, which --columns names (columns: size, seen" in error_of(
        path, RunOptions(columns={"params": "width"})
    )


def test_an_error_names_the_column_as_the_file_does(tmp_path: Path) -> None:
    path = written(tmp_path, "size,D,loss\n1e8,2e9,3.4\nbig,4e9,3.1\n")
    message = error_of(path, RunOptions(columns={"params": "size"}))
    assert message == f"{path}, row 2, column size: 'big' is not a number"
    path = written(tmp_path, "N,D,loss\n1e8,2e9,3.4\n1e8,-1,3.1\n")
    assert "row 2, column D: '-1' is not a finite number above 0" in error_of(path)


def test_units_multiply_before_the_checks(tmp_path: Path) -> None:
    path = written(tmp_path, "params,D,loss,layers\n100,2,3.4,6\n200,4,3.1,12\n")
    options = RunOptions(units={"params": 1e6, "D": 1e9})
    frame = columns_of(path, options)
    assert (frame["params"], frame["tokens"]) == ([1e8, 2e8], [2e9, 4e9])
    assert "row 1, column params: 100.0 is fewer than 10,000" in error_of(
        path, RunOptions(units={"tokens": 1e9})
    )
    message = error_of(path, RunOptions(units={"params": 1e6, "tokens": 1e3}))
    assert (
        "row 1, column D: 2000.0 is fewer than 100,000, which no run has "
        "(after --units tokens=1000)" in message
    )
    assert "no column flops, which --units multiplies" in error_of(
        path, RunOptions(units={"C": 1e21})
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("two", "'two' is not a number"),
        ("", "the cell is empty"),
        ("nan", "nan is not a finite number above 0 (after --units tokens=1e+09)"),
        ("1e305", "inf is not a finite number above 0 (after --units tokens=1e+09)"),
    ],
)
def test_units_leave_a_bad_cell_bad(tmp_path: Path, cell: str, said: str) -> None:
    path = written(tmp_path, f"params,tokens,loss\n1e8,2,3.4\n2e8,{cell},3.1\n")
    message = error_of(path, RunOptions(units={"D": 1e9}))
    assert message == f"{path}, row 2, column tokens: {said}"


def test_a_constant_takes_the_place_of_a_short_name(tmp_path: Path) -> None:
    path = written(tmp_path, "N,D,loss\n1,2e9,3.4\n2,4e9,3.2\n")
    frame = columns_of(path, RunOptions(columns={"params": "=1e8"}))
    assert (frame["params"], frame["N"]) == ([1e8, 1e8], ["1", "2"])
    message = error_of(path, RunOptions(columns={"params": "=small"}))
    assert "row 1, column params: 'small' is not a number" in message


def test_an_id_under_another_name_is_text(tmp_path: Path) -> None:
    line = '{"params": 1e8, "tokens": 2e9, "loss": 3.4, "id": %s}\n'
    path = written(tmp_path, line % '"a"')
    assert columns_of(path, RunOptions(columns={"run": "id"}))["run"] == ["a"]
    path = written(tmp_path, line % '{"a": 1}')
    message = error_of(path, RunOptions(columns={"run": "id"}))
    assert message == f"{path}, row 1, column id: '{{\"a\": 1}}' is not text"


def test_units_of_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"params": [1e8], "tokens": [2], "loss": [3.4]})
    frame.write_parquet(tmp_path / "f")
    assert columns_of(tmp_path / "f", RunOptions(units={"D": 1e9}))["tokens"] == [2e9]
    frame.with_columns(tokens=pl.lit([2])).write_parquet(tmp_path / "f")
    message = error_of(tmp_path / "f", RunOptions(units={"D": 1e9}))
    assert "f, row 1, column tokens: " in message
    assert "is not a number (type List(Int64))" in message


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1e8,2.0,3.4", "column tokens: 2.0 is fewer than 100,000"),
        ("0.1,2e9,3.4", "column params: 0.1 is fewer than 10,000"),
        ("1e8,2e9,0", "column loss: '0' is not a finite number above 0"),
        ("1e8,2e9,-3.4", "column loss: '-3.4' is not a finite number above 0"),
        ("1e8,2e9,nan", "column loss: 'nan' is not a finite number"),
        ("1e8,2e9,", "column loss: the cell is empty"),
        ("1e8,2e9,low", "column loss: 'low' is not a number"),
        ("3e8,6e9,2.9\n3e8,6e9,2.9", "row 2, column loss: 2.9 is there already"),
        ("3e8,6e9", "row 1: 2 cells where the header has 3 cells"),
    ],
)
def test_what_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    path = written(tmp_path, f"params,tokens,loss\n{rows}\n")
    said = error_of(path)
    assert said.startswith(f"{path}, row ")
    assert message in said


def test_flops_that_contradict_the_accounting_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "N,D,C,loss\n1e8,2e9,1.2e18,3.4\n2e8,4e9,4.8,3.1\n")
    with pytest.raises(InputError, match=r"runs.csv, row 2, column flops: 4\.8 is not near 6 N D"):
        account(load_runs(path))


def test_three_runs_of_one_size_are_a_table(tmp_path: Path) -> None:
    path = written(tmp_path, "N,D,loss\n1e8,2e9,3.4\n1e8,4e9,3.2\n1e8,8e9,3.1\n")
    assert len(load_runs(path)) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("params,tokens,loss\n", "no runs in it"),
        ("[]", "no runs in it"),
        ("{}\n", "no runs in it"),
        ("params,params\n1,2\n", "header: names params more than once"),
        ('{"params": 1e8, "tokens": 2e9, "loss": 3.4, "run": {"a": 1}}\n', "column run"),
        ('{"params": [1e8], "tokens": 2e9, "loss": 3.4}\n', "column params"),
    ],
)
def test_files_that_hold_no_runs(tmp_path: Path, content: str, message: str) -> None:
    path = written(tmp_path, content)
    said = error_of(path)
    assert str(path) in said
    assert message in said


def test_a_loss_that_does_not_matter_may_be_any(tmp_path: Path) -> None:
    text = "params,tokens,loss_a,loss_b\n1e8,2e9,3.1,4.1\n2e8,4e9,3.0,4.0\n"
    path = tmp_path / "runs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MissingColumnError, match="several that may be it: loss_a, loss_b"):
        load_runs(path)
    frame = load_runs(path, RunOptions(any_loss=True)).frame
    assert frame["loss"].to_list() == frame["loss_a"].cast(pl.Float64).to_list() == [3.1, 3.0]
    assert "loss_b" in frame.columns
    named = load_runs(path, RunOptions(any_loss=True, loss="loss_b")).frame
    assert named["loss"].to_list() == [4.1, 4.0]
    assert "loss_b" not in named.columns
