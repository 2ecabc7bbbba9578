"""``gadre``: the over-training runs of Gadre et al. as one table.

The runs are those of github.com/mlfoundations/scaling (S. Y. Gadre et al. 2024, arXiv:2403.08540).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError
from theodolite.loading.runs.shape import RunFormat, losses_among
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["FORMAT"]

CHECKED = (
    Column("N", Kind.REAL, required=True, positive=True),
    Column("N_no_embed", Kind.REAL, required=True, positive=True),
    Column("tok_mult", Kind.REAL, required=True, positive=True),
)
BOUNDS = ("loss_lo95_", "loss_hi95_")


def _build(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    frame = conform(frame, CHECKED, source=source)
    beyond = frame.get_column("N_no_embed") > frame.get_column("N")
    if beyond.any():
        problems = problems_at(frame, "N_no_embed", beyond, "more than N, all parameters")
        raise InputError(problems, total=int(beyond.sum()))
    return frame.with_columns(embedding_params=pl.col("N") - pl.col("N_no_embed"))


def _losses(columns: Collection[str]) -> list[str]:
    return [name for name in losses_among(columns) if not name.startswith(BOUNDS)]


FORMAT = RunFormat(
    name="gadre",
    summary="the over-training runs of Gadre et al.: N, N_no_embed, D, flops, tok_mult, loss_...",
    marks=("name", "dataset", "N", "N_no_embed", "D", "flops", "tok_mult"),
    fields={
        "params": ("N",),
        "tokens": ("D",),
        "flops": ("flops",),
        "dataset": ("dataset",),
        "run": ("name",),
    },
    makes={"embedding_params": "N_no_embed"},
    build=_build,
    losses=_losses,
)
