"""``ladder``: the last logged step of each run of the OLMo ladder.

The logs are those of github.com/allenai/OLMo-ladder (A. Bhagia et al. 2024, arXiv:2412.04403). The
name of a run, ``190M-5xC-rerun``, says the model and how many times 20 tokens a parameter it saw.
"""

from __future__ import annotations

from types import MappingProxyType

import polars as pl

from theodolite.errors import InputError
from theodolite.loading.runs.shape import RunFormat
from theodolite.tables.checks import Column, Kind, conform, problems_at

__all__ = ["FORMAT", "MODEL_PARAMS"]

# The sizes that the ladder's own scripts state (MODEL_PARAMS in allenai/OLMo-ladder). They count
# the output layer but not the input embedding: 190M is 12 layers of width 768 (113,246,208), the
# output layer (768 x 100,352) and 37,632 weights of norms.
MODEL_PARAMS = MappingProxyType(
    {
        "190M": 190_354_176,
        "370M": 371_262_464,
        "600M": 597_382_464,
        "760M": 758_220_288,
        "1B": 1_279_395_840,
        "3B": 3_169_537_280,
        "7B": 6_887_575_552,
        "13B": 13_202_396_160,
    }
)
TOKENS = "throughput/total_tokens"
GFLOPS = "throughput/total_training_Gflops"
NAME = r"^([0-9.]+[MB])-([0-9]+(?:\.[0-9]+)?)xC(?:-.+)?$"
TOKENS_A_PARAM = 20
# A run ends with a whole batch: the logged tokens are up to 0.3% more than 20 N times the multiple.
MOST_APART = 0.02
CHECKED = (
    Column("run", required=True),
    Column(TOKENS, Kind.REAL, required=True, positive=True),
    Column(GFLOPS, Kind.REAL, required=True, positive=True),
)


def _build(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    frame = conform(frame, CHECKED, source=source)
    name = pl.col("run").cast(pl.String)
    frame = frame.with_columns(
        size=name.str.extract(NAME, 1),
        multiplier=name.str.extract(NAME, 2).cast(pl.Float64, strict=False),
    )
    unread = frame.get_column("size").is_null() | ~(frame.get_column("multiplier") > 0)
    _refuse(frame, unread, "run", "not SIZE-MULTIPLExC, such as 190M-5xC or 190M-5xC-rerun")
    sizes = ", ".join(MODEL_PARAMS)
    strange = ~frame.get_column("size").is_in(list(MODEL_PARAMS))
    _refuse(frame, strange, "run", f"not of a size that the ladder has ({sizes})")
    frame = frame.with_columns(
        params=pl.col("size").replace_strict(MODEL_PARAMS, return_dtype=pl.Float64),
        tokens=pl.col(TOKENS),
        flops=pl.col(GFLOPS) * 1e9,
    )
    meant = frame.get_column("params") * frame.get_column("multiplier") * TOKENS_A_PARAM
    apart = (frame.get_column(TOKENS) / meant - 1).abs() > MOST_APART
    first = meant.filter(apart).head(1).to_list()
    _refuse(
        frame,
        apart,
        TOKENS,
        f"not near {TOKENS_A_PARAM} x multiple x parameters, which the name of the run says "
        f"({first[0]:.4g})"
        if first
        else "",
        hint="Counts are wanted, of the last step of a finished run.",
    )
    return frame


def _refuse(
    frame: pl.DataFrame, bad: pl.Series, column: str, allowed: str, *, hint: str | None = None
) -> None:
    bad = bad.fill_null(value=True)
    if bad.any():
        raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()), hint=hint)


FORMAT = RunFormat(
    name="ladder",
    summary=f"the OLMo ladder: run (190M-5xC), {TOKENS}, {GFLOPS}, .../CrossEntropyLoss",
    marks=("run", TOKENS, GFLOPS),
    fields={"run": ("run",)},
    makes={
        "params": "run",
        "size": "run",
        "multiplier": "run",
        "tokens": TOKENS,
        "flops": GFLOPS,
    },
    build=_build,
)
