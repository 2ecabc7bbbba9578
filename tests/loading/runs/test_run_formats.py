"""The formats of published tables of runs, the loss among several, and several files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.conftest import ROOT
from tests.loading.runs.files import (
    C4,
    GFLOPS,
    OWN,
    PILE,
    TOKENS,
    error_of,
    gadre,
    ladder,
    written,
)
from theodolite.errors import UsageError
from theodolite.loading import RUN_FORMATS, RunOptions, load_runs
from theodolite.loading.runs.ladder import MODEL_PARAMS
from theodolite.tables.checks import FILE
from theodolite.tables.runs import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LADDER = RunOptions(loss=C4)


def test_gadre_runs(tmp_path: Path) -> None:
    frame = load_runs(written(tmp_path, gadre())).frame
    row = frame.row(1, named=True)
    assert row["params"] == 1e7
    assert row["embedding_params"] == 4e6
    assert (row["tokens"], row["flops"], row["tok_mult"]) == (4e8, 2.4e16, 40.0)
    assert (row["run"], row["dataset"]) == ("rpj-b", "rpj")
    assert row["loss"] == 4.5  # the only one that is no bound
    assert row["loss_lo95_c4_val"] == "4.4"
    assert not {"family", "N", "D", "name"} & set(frame.columns)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"N_no_embed": 11_000_000}, "column N_no_embed: 11000000.0 is more than N"),
        ({"N": ""}, "column N: the cell is empty"),
        ({"D": "many"}, "column D: 'many' is not a number"),
        ({"tok_mult": -1}, "column tok_mult: '-1' is not a finite number above 0"),
        ({"N_no_embed": "x"}, "column N_no_embed: 'x' is not a number"),
        ({"name": "rpj-a"}, "column name: 'rpj-a' is there already"),
        ({"loss_c4_val": 0}, "column loss_c4_val: '0' is not a finite number above 0"),
        ({"dataset": ""}, "column dataset: the cell is empty"),
    ],
)
def test_a_bad_cell_of_gadre_is_named(
    tmp_path: Path, cells: dict[str, object], message: str
) -> None:
    path = written(tmp_path, gadre(**cells))
    assert error_of(path).startswith(f"{path}, row 2, {message}")


def test_ladder_runs(tmp_path: Path) -> None:
    frame = load_runs(written(tmp_path, ladder()), LADDER).frame
    assert frame.select("run", "size", "multiplier", "params", "tokens", "loss").rows() == [
        ("190M-0.5xC", "190M", 0.5, 190_354_176.0, 1.9089e9, 3.75),
        ("370M-1xC-rerun", "370M", 1.0, 371_262_464.0, 7.43e9, 3.39),
    ]
    assert frame["flops"].to_list() == pytest.approx([3.6334e18, 2.56e19], rel=1e-15)
    assert "family" not in frame.columns
    assert frame[PILE].to_list() == ["3.2", "3.0"]
    assert load_runs(written(tmp_path, ladder()), RunOptions(loss=PILE)).frame[
        "loss"
    ].to_list() == [3.2, 3.0]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"name": "big"}, "column run: 'big' is not SIZE-MULTIPLExC, such as 190M-5xC"),
        ({"name": "370M-0xC"}, "column run: '370M-0xC' is not SIZE-MULTIPLExC"),
        ({"name": ""}, "column run: the cell is empty"),
        ({"name": "371M-1xC"}, "column run: '371M-1xC' is not of a size that the ladder has"),
        ({"name": "190M-0.5xC", "tokens": 1.9e9}, "'190M-0.5xC' is there already"),
        ({"tokens": 7.43}, "total_tokens: 7.43 is not near 20 x multiple x parameters"),
        ({"tokens": 3.7e9}, "which the name of the run says (7.425e+09)"),
        ({"tokens": ""}, "total_tokens: the cell is empty"),
        ({"gflops": -1}, "total_training_Gflops: '-1' is not a finite number above 0"),
    ],
)
def test_a_bad_cell_of_the_ladder_is_named(
    tmp_path: Path, cells: dict[str, object], message: str
) -> None:
    path = written(tmp_path, ladder(**cells))  # type: ignore[arg-type]
    said = error_of(path, LADDER)
    assert said.startswith(f"{path}, row 2, column ")
    assert message in said


def test_targets_of_the_ladder_take_their_tokens_from_steps(tmp_path: Path) -> None:
    """The published counts: 940,577 steps of 4,194,304 tokens, 596,057 of 8,388,608."""
    rows = (
        f"run,_step,{C4},{PILE},{TOKENS},{GFLOPS}\n"
        "190M-0.5xC,3641,3.75,3.2,1.9089e9,3.6334e9\n"
        "peteish7_eval_anneal,940577,2.4,2.1,,\n"
        "peteish13_eval_final,596057,2.3,2.0,,\n"
        "peteish13_eval_full,596057,2.3,2.0,,\n"
    )
    frame = load_runs(written(tmp_path, rows), LADDER).frame
    assert frame["tokens"].to_list() == [1.9089e9, 3_945_065_873_408, *[5_000_088_518_656] * 2]
    assert frame["params"].to_list()[1:] == [6_887_575_552, *[13_202_396_160] * 2]
    assert frame["tokens_from"].to_list() == ["log", "steps", "steps", "steps"]
    assert frame["flops"][1] == pytest.approx(3_945_065_873_408 * 49_412_071_424)
    ratio = frame["flops"] / (6 * frame["params"] * frame["tokens"])
    assert ratio.is_between(1.1, 1.7).all()


def test_targets_without_a_step_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ladder(name="peteish7_eval", tokens="").replace(",9452,", ",,"))
    assert "column _step: the cell is empty, and no tokens are logged" in error_of(path, LADDER)


def test_the_sizes_of_the_ladder_are_those_of_its_models() -> None:
    """Weights of OLMo 2's blocks, norms and output layer, counted by hand."""

    def weights(width: int, layers: int, mlp: int) -> int:
        block = 4 * width**2 + 3 * width * mlp + 4 * width
        return layers * block + width + width * 100_352

    shapes = {
        "190M": (768, 12, 3072),
        "370M": (1024, 16, 4096),
        "600M": (1344, 16, 5376),
        "760M": (1536, 16, 6144),
        "1B": (2048, 16, 8192),
        "3B": (3328, 16, 13312),
        "7B": (4096, 32, 11008),
        "13B": (5120, 40, 13824),
    }
    assert {size: weights(*shape) for size, shape in shapes.items()} == dict(MODEL_PARAMS)


@pytest.mark.parametrize("content", [gadre(), ladder()])
def test_a_format_settles_its_own_columns(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    for name in ("params", "tokens", "run"):
        with pytest.raises(UsageError, match=f"--columns {name}=...: the format"):
            load_runs(path, RunOptions(columns={name: "_step"}))
    with pytest.raises(UsageError, match=r"--units params=\.\.\.: the format \w+ holds counts"):
        load_runs(path, RunOptions(units={"params": 1e6}, loss=content.split(",")[2]))


def test_a_format_may_be_given_more_columns(tmp_path: Path) -> None:
    path = written(tmp_path, gadre())
    frame = load_runs(path, RunOptions(columns={"family": "dataset", "tokenizer": "=neox"})).frame
    assert frame.select("family", "dataset", "tokenizer").row(0) == ("rpj", "rpj", "neox")


def test_a_format_takes_the_optional_columns_of_the_table(tmp_path: Path) -> None:
    content = gadre().replace("loss_lo95_c4_val", "unique_tokens").replace("loss_hi95_c4", "loss")
    path = written(tmp_path, content.replace("loss_val", "loss"))
    frame = load_runs(path, RunOptions(units={"unique_tokens": 1e7})).frame
    assert frame["unique_tokens"].to_list() == [4.4e7, 4.4e7]
    assert frame["loss"].to_list() == [4.6, 4.6]


def test_a_marked_file_can_be_read_as_another_format(tmp_path: Path) -> None:
    path = written(tmp_path, gadre())
    frame = load_runs(path, RunOptions(format="runs", loss="loss_c4_val")).frame
    assert "embedding_params" not in frame.columns
    assert frame["params"].to_list() == [1e7, 1e7]


def test_a_format_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, OWN)
    assert "no column name, dataset, N, N_no_embed" in error_of(path, RunOptions(format="gadre"))
    assert "--format 'x' is not one of runs, gadre" in error_of(path, RunOptions(format="x"))
    for name, content in (("ladder", ladder()), ("gadre", gadre())):
        made = written(tmp_path, re.sub("_step|loss_lo95_c4_val", "params", content))
        message = error_of(made, RunOptions(loss=C4))
        assert f"has a column params, which the format {name} makes itself" in message
        assert "--format runs" in message


def test_a_loss_is_chosen_among_several(tmp_path: Path) -> None:
    path = written(tmp_path, f"N,D,loss_a,loss_b,{C4}\n1e8,2e9,3,4,5\n")
    message = error_of(path)
    assert f"no column loss, but several that may be it: loss_a, loss_b, {C4}" in message
    assert "Choose one with --loss COLUMN" in message
    assert load_runs(path, RunOptions(loss=C4)).frame["loss"].to_list() == [5.0]
    assert load_runs(path, RunOptions(columns={"loss": "loss_b"})).frame["loss"].item() == 4.0
    assert "no column loss_c, which --loss names" in error_of(path, RunOptions(loss="loss_c"))


def test_one_loss_is_taken_and_none_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "N,D,loss_a,err\n1e8,2e9,3,4\n")
    assert load_runs(path).frame["loss"].to_list() == [3.0]
    path = written(tmp_path, "N,D,err\n1e8,2e9,4\n")
    message = error_of(path)
    assert "no column loss (columns: N, D, err)" in message
    assert "--loss COLUMN" in message
    path = written(tmp_path, "N,D,loss,loss_a\n1e8,2e9,3,4\n")
    assert load_runs(path).frame["loss"].to_list() == [3.0]


def test_files_are_put_under_each_other(tmp_path: Path) -> None:
    one = written(tmp_path, "params,tokens,loss,run,colour\n1e8,2e9,3.4,a,1\n", "one.csv")
    other = tmp_path / "other"
    pl.DataFrame({"N": [2e8], "D": [4e9], "loss": [3.1], "colour": [2]}).write_parquet(other)
    frame = load_runs([one, other]).frame
    assert frame.select("params", "tokens", "loss", "run", "colour").rows() == [
        (1e8, 2e9, 3.4, "a", "1"),
        (2e8, 4e9, 3.1, None, "2"),
    ]
    assert frame[FILE].to_list() == [str(one), str(other)]
    assert_frame_equal(
        load_runs([other, one]).frame.sort("params"), frame, check_column_order=False
    )


def test_files_of_several_formats(tmp_path: Path) -> None:
    one = written(tmp_path, ladder(), "ladder.csv")
    other = written(tmp_path, f"N,D,C,{C4}\n1e8,2e9,1.2e18,3.4\n", "own.csv")
    frame = load_runs([one, other], LADDER).frame
    assert frame["loss"].to_list() == [3.75, 3.39, 3.4]
    assert frame["multiplier"].to_list() == [0.5, 1.0, None]


def test_a_column_for_all_runs_or_none(tmp_path: Path) -> None:
    one = written(tmp_path, "N,D,C,loss\n1e8,2e9,1.2e18,3.4\n", "one.csv")
    other = written(tmp_path, OWN, "other.csv")
    message = error_of([one, other])
    assert f"{other}: no column flops, which {one} has" in message
    assert f"Add the column to {other}" in message
    path = written(tmp_path, "N,D,C,loss\n1e8,2e9,1.2e18,3.4\n1e8,4e9,,3.3\n", "gap.csv")
    assert "gap.csv, row 2, column C: the cell is empty" in error_of(path)


def test_a_run_in_two_files_stands_twice(tmp_path: Path) -> None:
    one = written(tmp_path, "N,D,val\n1e8,2e9,3.4\n", "one.csv")
    other = written(tmp_path, "N,D,val\n2e8,2e9,3.3\n1e8,2e9,3.4\n", "other.csv")
    message = error_of([one, other], RunOptions(loss="val"))
    assert message.startswith(f"{other}, row 2, column val: 3.4 is there already")
    assert "is there already" in error_of([one, one], RunOptions(loss="val"))


def test_columns_of_unlike_nested_types_are_refused(tmp_path: Path) -> None:
    for name, cell in (("a", [1]), ("b", 1)):
        frame = pl.DataFrame({"N": [1e8], "D": [2e9], "loss": [3.4], "note": [cell]})
        frame.write_parquet(tmp_path / name)
    message = error_of([tmp_path / "a", tmp_path / "b"])
    assert "different types in the column note" in message


def test_no_file_is_refused() -> None:
    assert "no file of runs was given" in error_of([])
    assert "there is no such file" in error_of("nowhere.csv")


def test_the_points_of_hoffmann(data: Callable[[str], Path]) -> None:
    frame = load_runs(data("chinchilla/hoffmann_points.csv")).frame
    assert frame.height == 209
    used = frame.filter(pl.col("in_besiroglu_240") == "True")
    assert used.height == 204
    source = pl.read_csv(data("chinchilla/hoffmann_points.csv"))
    assert frame["params"].to_list() == source["N"].to_list()
    assert frame["flops"].to_list() == source["flops"].to_list()
    ratio = frame["flops"] / (6 * frame["params"] * frame["tokens"])
    assert ratio.to_list() == pytest.approx([1.0] * 209, rel=1e-12)


def test_the_runs_of_gadre(data: Callable[[str], Path]) -> None:
    path = data("overtraining/gadre_runs.csv")
    assert "loss_openlm, loss_c4_val, loss_paloma_c4_en" in error_of(path)
    frame = load_runs(path, RunOptions(loss="loss_c4_val")).frame
    source = pl.read_csv(path)
    assert frame.height == 90
    assert frame["loss"].to_list() == source["loss_c4_val"].to_list()
    spent = frame["params"] - frame["embedding_params"]
    assert spent.to_list() == source["N_no_embed"].to_list()
    assert (frame["tokens"] / frame["params"]).to_list() == pytest.approx(
        frame["tok_mult"].to_list(), rel=1e-3
    )


def test_the_runs_of_the_ladder(data: Callable[[str], Path]) -> None:
    path = data("ladder/olmo_ladder_final.csv")
    assert f"several that may be it: {C4}" in error_of(path)
    frame = load_runs(path, LADDER).frame
    assert frame.height == 28
    assert frame["run"].str.ends_with("-rerun").sum() == 5
    assert frame["params"].n_unique() == 5
    apart = frame["tokens"] / (20 * frame["multiplier"] * frame["params"]) - 1
    assert 0 < float(apart.min()) < float(apart.max()) < 0.003  # type: ignore[arg-type]
    # FLOPs a token: six for each parameter, and those of attention.
    more = frame["flops"] / (6 * frame["params"] * frame["tokens"])
    assert 1.2 < float(more.min()) < float(more.max()) < 1.67  # type: ignore[arg-type]


def test_every_format_of_runs_is_described() -> None:
    text = (ROOT / "docs/reference/run-formats.md").read_text(encoding="utf-8")
    first = text.partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z]+)` \|", first, re.MULTILINE) == list(RUN_FORMATS)
    for column in COLUMNS:
        assert f"`{column.name}`" in text
    for size, params in MODEL_PARAMS.items():
        assert f"| {size} | {params:,} |" in text
