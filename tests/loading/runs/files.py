"""Files of runs that tests write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from theodolite.errors import TheodoliteError
from theodolite.loading import RunOptions, load_runs

if TYPE_CHECKING:
    from pathlib import Path

OWN = "params,tokens,loss\n1e8,2e9,3.4\n2e8,4e9,3.1\n"
C4 = "eval/c4_en-validation/CrossEntropyLoss"
PILE = "eval/pile-validation/CrossEntropyLoss"
TOKENS = "throughput/total_tokens"
GFLOPS = "throughput/total_training_Gflops"


def written(folder: Path, content: str, name: str = "runs.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def error_of(path: object, options: RunOptions | None = None) -> str:
    """The message of the error that the files must raise."""
    with pytest.raises(TheodoliteError) as caught:
        load_runs(path, options or RunOptions())  # type: ignore[arg-type]
    return str(caught.value)


def gadre(**cells: object) -> str:
    """Two runs in the columns of the over-training table; ``cells`` replace those of the second."""
    row = {
        "name": "rpj-a",
        "dataset": "rpj",
        "N": 10_000_000,
        "N_no_embed": 6_000_000,
        "D": 200_000_000,
        "flops": 12_000_000_000_000_000,
        "tok_mult": 20.0,
        "loss_c4_val": 4.5,
        "loss_lo95_c4_val": 4.4,
        "loss_hi95_c4_val": 4.6,
    }
    second = row | {"name": "rpj-b", "D": 400_000_000, "flops": 24e15, "tok_mult": 40.0} | cells
    return "".join(",".join(map(str, line)) + "\n" for line in (row, row.values(), second.values()))


def ladder(name: str = "370M-1xC-rerun", tokens: object = 7.43e9, gflops: object = 2.56e10) -> str:
    """Two runs in the columns of the ladder; the second as given."""
    return (
        f"run,_step,{C4},{PILE},{TOKENS},{GFLOPS}\n"
        "190M-0.5xC,3641,3.75,3.2,1.9089e9,3.6334e9\n"
        f"{name},9452,3.39,3.0,{tokens},{gflops}\n"
    )
