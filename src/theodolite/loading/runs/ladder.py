"""``ladder``: the last logged step of each run of the OLMo ladder.

The logs are those of github.com/allenai/OLMo-ladder (A. Bhagia et al. 2024, arXiv:2412.04403). The
name of a run, ``190M-5xC-rerun``, says the model and how many times 20 tokens a parameter it saw.

The logs of the two large models that the ladder predicts, ``peteish7...`` and ``peteish13...``,
hold no tokens: these are the step times the tokens of a batch, which gives what its scripts state,
3,945,065,873,408 at step 940,577 of the 7B and 5,000,088,518,656 at step 596,057 of the 13B. Their
FLOPs are those a token of ``MODEL_FLOPS``. The column ``tokens_from`` says which rows these are.
"""

from __future__ import annotations

from types import MappingProxyType

import polars as pl

from theodolite.errors import InputError
from theodolite.loading.runs.shape import RunFormat
from theodolite.tables.checks import Column, Kind, conform, problems_at

__all__ = ["BATCH_TOKENS", "FORMAT", "MODEL_PARAMS", "TOKEN_FLOPS"]

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
# 1,024 and 2,048 sequences of 4,096 tokens; and FLOPs a token (MODEL_FLOPS in the same scripts).
BATCH_TOKENS = MappingProxyType({"7B": 4_194_304, "13B": 8_388_608})
TOKEN_FLOPS = MappingProxyType({"7B": 49_412_071_424, "13B": 91_335_915_520})
TOKENS = "throughput/total_tokens"
GFLOPS = "throughput/total_training_Gflops"
NAME = r"^([0-9.]+[MB])-([0-9]+(?:\.[0-9]+)?)xC(?:-.+)?$"
TARGET = r"^peteish(7|13)(?:[-_].*)?$"
STEP = "_step"
TOKENS_A_PARAM = 20
# A run ends with a whole batch: the logged tokens are up to 0.3% more than 20 N times the multiple.
MOST_APART = 0.02
CHECKED = (
    Column("run", required=True),
    Column(TOKENS, Kind.REAL, positive=True),
    Column(GFLOPS, Kind.REAL, positive=True),
    Column(STEP, Kind.REAL, positive=True),
)


def _build(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    frame = conform(frame, CHECKED, source=source)
    name = pl.col("run").cast(pl.String)
    frame = frame.with_columns(
        size=pl.coalesce(name.str.extract(NAME, 1), name.str.extract(TARGET, 1) + "B"),
        multiplier=name.str.extract(NAME, 2).cast(pl.Float64, strict=False),
    )
    target = frame.select(pl.col("multiplier").is_null() & pl.col("size").is_not_null()).to_series()
    unread = frame.get_column("size").is_null() | ~((frame.get_column("multiplier") > 0) | target)
    _refuse(
        frame,
        unread,
        "run",
        "not SIZE-MULTIPLExC, such as 190M-5xC or 190M-5xC-rerun, nor peteish7... or peteish13...",
    )
    sizes = ", ".join(MODEL_PARAMS)
    strange = ~frame.get_column("size").is_in(list(MODEL_PARAMS))
    _refuse(frame, strange, "run", f"not of a size that the ladder has ({sizes})")
    frame = _counted(frame, target).with_columns(
        params=pl.col("size").replace_strict(MODEL_PARAMS, return_dtype=pl.Float64)
    )
    _refuse_apart(frame, ~target)
    return frame


def _counted(frame: pl.DataFrame, target: pl.Series) -> pl.DataFrame:
    """Take tokens and FLOPs as they were logged, those of the targets from their steps."""
    steps = target & frame.get_column(TOKENS).is_null()
    if STEP not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(STEP))
    lacking = frame.get_column(TOKENS).is_null() & ~steps
    _refuse(frame, lacking, TOKENS, "empty")
    _refuse(
        frame, frame.get_column(STEP).is_null() & steps, STEP, "empty, and no tokens are logged"
    )
    batch = pl.col("size").replace_strict(BATCH_TOKENS, default=None, return_dtype=pl.Float64)
    each = pl.col("size").replace_strict(TOKEN_FLOPS, default=None, return_dtype=pl.Float64)
    made = [pl.col(TOKENS).fill_null(pl.col(STEP) * batch).alias("tokens")]
    frame = frame.with_columns(made).with_columns(
        flops=(pl.col(GFLOPS) * 1e9).fill_null(
            pl.when(target).then(pl.col("tokens") * each).otherwise(None)
        )
    )
    _refuse(frame, frame.get_column("flops").is_null(), GFLOPS, "empty")
    if not steps.any():
        return frame
    origin = pl.when(steps).then(pl.lit("steps")).otherwise(pl.lit("log"))
    return frame.with_columns(tokens_from=origin)


def _refuse_apart(frame: pl.DataFrame, named: pl.Series) -> None:
    meant = frame.get_column("params") * frame.get_column("multiplier") * TOKENS_A_PARAM
    apart = ((frame.get_column("tokens") / meant - 1).abs() > MOST_APART).fill_null(value=False)
    apart &= named
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
