"""Good and broken files in every container."""

from __future__ import annotations

import gzip
import json
import os
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.files import HEADER, LINE, RECORD, error_of, outcome, written
from theodolite.errors import FormatError
from theodolite.loading import VoteOptions, load_votes

if TYPE_CHECKING:
    from pathlib import Path

TIE = [("x", "y", "tie")]
ARRAY = f"[{LINE},{LINE}]"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADER + "x,y,tie,E", TIE),
        ("\ufeff" + HEADER.replace("\n", "\r\n") + "x,y,tie,\r\n", TIE),
        ('\ufeff"model_a",model_b,winner\r\n"x, ""1""",y,tie\r\n', [('x, "1"', "y", "tie")]),
        (HEADER + '<b>x</b>,y,tie,"a\nb"\n', [("<b>x</b>", "y", "tie")]),
        ("\n" + HEADER + "x,y,tie,E\n", TIE),
        (LINE, TIE),
        ("\ufeff" + LINE + "\n  \n" + LINE, TIE * 2),
        (ARRAY, TIE * 2),
        ("\n " + json.dumps([RECORD], indent=2), TIE),
        (json.dumps([{**RECORD, "more": {"a": [1]}}, {**RECORD, "more": None}]), TIE * 2),
        (f'[{{"f": NaN, {LINE[1:]}]', TIE),
        ('{"model_a": 1, "model_b": 2, "winner": "tie"}', [("1", "2", "tie")]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_reads(tmp_path: Path, content: str, expected: list[object], *, packed: bool) -> None:
    data = gzip.compress(content.encode()) if packed else content.encode()
    assert outcome(load_votes(written(tmp_path, data))) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "votes: is empty"),
        (" \n\n", "votes: is empty"),
        ("[]", "votes: no votes in it"),
        (HEADER, "votes: no votes in it"),
        (HEADER + "x,y,tie\nx,y,tie,E\n", "row 1: 3 cells where the header has 4 cells"),
        (HEADER + "x,y,tie,E\nx,y,tie,E,9\n", "row 2: 5 cells where the header has 4 cells"),
        (HEADER + "x,y,tie,E\n\nx,y,tie,E\n", "row 2: a blank line"),
        (HEADER + "x\0,y,tie,E\n", "row 1, column model_a: 'x\\x00' is not usable"),
        (HEADER.encode() + b"x,y,tie,E\nx,y,tie,\xff\n", "row 2: byte 0xff is not UTF-8"),
        (HEADER + 'x,y,"tie,E\n', "row 1: not CSV"),
        (HEADER + 'x"1,y,tie,E\n', "Quotes must enclose a whole cell"),
        (HEADER + "x,y,Tie,E\n", "row 1, column winner: 'Tie' is not one of model_a, model_b"),
        (HEADER + ",y,tie,E\n", "row 1, column model_a: the cell is empty"),
        ("left,right,winner\nx,y,Left\n", "column winner: 'Left' is not one of left, right, tie"),
        ("left,right,winner\n,y,left\n", "row 1, column left: the cell is empty"),
        ("model_a,model_a,winner\nx,y,tie\n", "header: names model_a more than once"),
        ("model_a;model_b;winner\nx;y;tie\n", "Cells of CSV must be separated by commas"),
        ("model_a,model_b,winner\rx,y,tie\r", "header: not CSV"),
        (HEADER.encode("utf-16"), "header: byte 0xff is not UTF-8"),
        (HEADER.encode("utf-16-le"), "header: holds control characters"),
        (LINE + LINE[:20], "row 2: the record is cut off"),
        (LINE * 200 + LINE[:20], "row 201: the record is cut off"),
        (json.dumps(RECORD, indent=1), "row 1: the record is cut off: each line of JSONL"),
        (LINE.encode() * 200 + LINE.encode().replace(b"x", b"\xe9"), "row 201: byte 0xe9 is not"),
        (LINE * 200 + LINE.replace('"x"', '["k"]'), "row 201, column model_a: '[\"k\"]' is not"),
        (LINE + LINE.replace('"x"', "null"), "row 2, column model_a: the cell is empty"),
        (LINE * 200 + LINE.replace('"x"', "NaN"), "row 201: not JSON: it has no NaN"),
        (LINE + "[1]\n", "row 2: a record must be a JSON object"),
        (LINE.strip() + LINE, "row 1: more than one value on the line"),
        ('{"a":' * 100_000, "row 1: nested too deeply"),
        ("[" * 100_000, "row 1: nested too deeply"),
        (f"[{LINE},{LINE[:20]}", "row 2: the record is cut off"),
        (f"[{LINE},{LINE}", "the JSON array ends early"),
        (f"[{LINE}] x", "there is more after"),
        (f"[{LINE} {LINE}]", "row 1: no comma"),
        ("[1, 2]", "row 1: a record must be a JSON object, not 1"),
        (f"[{','.join([LINE] * 200)},{LINE.replace('tie', chr(92))}]", "row 201: not JSON"),
        (gzip.compress((HEADER + "x,y,tie,E\n" * 1000).encode(), mtime=0)[:-10], "cannot be read"),
        (b"\x1f\x8bxxxxxxxx", "cannot be read"),
        (b"\x28\xb5\x2f\xfdxxxxxxxx", "cannot be read"),
        (b"PAR1xxxxPAR1", "cannot be read"),
        (b"PK\x03\x04\x00\x01", "header: holds control characters"),
        ("a,b\n1,2\n", "fit no format of votes (columns: a, b)"),
    ],
)
def test_broken_files_say_where(tmp_path: Path, content: str | bytes, message: str) -> None:
    text = error_of(written(tmp_path, content))
    assert text.startswith(str(tmp_path))
    assert message in text
    assert text.isprintable() or "\n" in text


@pytest.mark.parametrize("damage", ["cut", "garbled", "magic"])
def test_damaged_parquet(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "votes.parquet"
    pl.DataFrame([RECORD] * 50).write_parquet(path)
    good = path.read_bytes()
    broken = {
        "cut": good[:-30],
        "garbled": good[:8] + b"\xff" * 40 + good[48:],
        "magic": b"XXXX" + good[4:],
    }
    path.write_bytes(broken[damage])
    assert str(path) in error_of(path)


def test_zstd(tmp_path: Path) -> None:
    path = tmp_path / "votes"
    pl.LazyFrame([RECORD]).sink_ndjson(path, compression="zstd", check_extension=False)
    assert outcome(load_votes(path)) == TIE


@pytest.mark.parametrize(
    ("dtype", "value"), [(pl.Categorical, "x"), (pl.Enum(["x", "y"]), "x"), (pl.Int16, 7)]
)
def test_parquet_names_of_other_types(tmp_path: Path, dtype: pl.DataType, value: object) -> None:
    path = tmp_path / "votes"
    frame = pl.DataFrame({"left": [value], "right": ["y"], "winner": ["left"]})
    frame.with_columns(pl.col("left").cast(dtype)).write_parquet(path)
    assert outcome(load_votes(path)) == [(str(value), "y", "model_a")]


@pytest.mark.parametrize("value", [1.5, b"x", {"a": 1}, [1]])
def test_parquet_names_that_are_no_text(tmp_path: Path, value: object) -> None:
    path = tmp_path / "votes"
    pl.DataFrame({"model_a": [value], "model_b": ["y"], "winner": ["tie"]}).write_parquet(path)
    assert "row 1, column model_a" in error_of(path)


def test_a_table_that_was_written_out_loads_again(tmp_path: Path) -> None:
    votes = load_votes(written(tmp_path, HEADER + "x,y,tie,E\n" * 3))
    votes.frame.write_parquet(tmp_path / "again")
    assert outcome(load_votes(tmp_path / "again")) == outcome(votes)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing.csv", "there is no such file"),
        ("*.csv", "there is no such file"),
        ("", "is a folder"),
        ("a\0b", "there is no such file"),
    ],
)
def test_no_file(tmp_path: Path, name: str, message: str) -> None:
    assert message in error_of(f"{tmp_path}/{name}")


def test_not_a_regular_file() -> None:
    assert "not a regular file" in error_of(os.devnull)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = written(tmp_path, LINE)
    path.chmod(0)
    assert "cannot be read (Permission denied)" in error_of(path)


@pytest.mark.parametrize("path", ["hf://datasets/no/where/x.parquet", "nowhere://x/y.jsonl"])
def test_remote_failure_is_a_format_error(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A closed port as proxy: the test must not reach out, wherever it runs.
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(FormatError, match="cannot be read"):
        load_votes(path)


@pytest.mark.parametrize("name", ["a[1].jsonl", "a*.jsonl", "b[1].csv"])
def test_names_with_pattern_marks(tmp_path: Path, name: str) -> None:
    content = LINE if "jsonl" in name else HEADER + "x,y,tie,E\n"
    assert outcome(load_votes(written(tmp_path, content, name))) == TIE


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"", b"\n", "longer than 1 MiB"),
        (HEADER.encode(), b",y,tie,E\n", "row 1: a record of more than 64 MiB"),
        (b'{"model_a":"', b'"}\n', "row 1: a record of more than 64 MiB"),
        (LINE.encode() * 200 + b'{"model_a":"', b'"}\n', "row 201: a record of more than 64 MiB"),
        (b'[{"model_a":"', b'"}]\n', "64 MiB"),
    ],
)
def test_a_line_of_100_mb_fails_quickly(
    tmp_path: Path, before: bytes, after: bytes, message: str
) -> None:
    path = tmp_path / "votes"
    with path.open("wb") as handle:
        handle.write(before)
        for _ in range(100):
            handle.write(b"x" * 1_000_000)
        handle.write(after)
    start = time.perf_counter()
    assert message in error_of(path)
    assert time.perf_counter() - start < 5
    path.unlink()


def test_several_files(tmp_path: Path) -> None:
    own = written(tmp_path, "model_a,model_b,winner,weight\nx,y,tie,2\n", "own.csv")
    crowd = written(tmp_path, '{"left": "z", "right": "x", "winner": "left"}\n', "crowd.jsonl")
    votes = load_votes([own, crowd])
    assert outcome(votes) == [("x", "y", "tie"), ("z", "x", "model_a")]
    assert votes.models == ("x", "y", "z")
    assert votes.frame["weight"].to_list() == [2, 1]
    assert votes.frame["_file"].cast(str).to_list() == [str(own), str(crowd)]


def test_duplicate_ids_across_files(tmp_path: Path) -> None:
    paths = [
        written(tmp_path, "model_a,model_b,winner,vote_id\nx,y,tie,1\nx,y,tie,2\n", "a.csv"),
        written(tmp_path, "model_a,model_b,winner\nx,y,model_a\n", "b.csv"),
        written(tmp_path, "model_a,model_b,winner,vote_id\nx,y,tie,3\nx,y,tie,2\n", "c.csv"),
    ]
    assert f"{paths[2]}, row 2, column vote_id: '2' is there already" in error_of(paths)
    votes = load_votes(paths, VoteOptions(on_duplicate="keep-first"))
    assert (len(votes), votes.removed[0].count) == (4, 1)


def test_columns_of_different_types_join(tmp_path: Path) -> None:
    csv = written(tmp_path, HEADER.replace("language", "is_code") + "x,y,tie,true\n")
    parquet = tmp_path / "parquet"
    pl.DataFrame([{**RECORD, "is_code": False}]).write_parquet(parquet)
    votes = load_votes([csv, parquet], VoteOptions(need=frozenset({"is_code"})))
    assert votes.frame["is_code"].to_list() == ["true", "false"]
