"""What the charts of isoFLOP profiles and envelopes draw, as plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.plotting.text import count, flops

if TYPE_CHECKING:
    from theodolite.scaling import Envelope, IsoFlop

__all__ = ["curve_rows", "growth_rows", "minimum_rows", "run_rows", "with_texts"]

CURVE_POINTS = 60
# A parabola is drawn this far beyond the sizes that hold it, and the line beyond its budgets.
BEYOND = 1.15
GROWTH_POINTS = 60


def run_rows(found: IsoFlop) -> pl.DataFrame:
    """One row a run: ``flops`` (its budget's), ``params``, ``loss`` and texts."""
    used = found.budgets["flops"].gather(found.runs["budget"])
    return with_texts(found.runs.select("params", "loss", flops=used))


def with_texts(runs: pl.DataFrame) -> pl.DataFrame:
    """Add how the size and the FLOPs of each run are written."""
    return runs.with_columns(
        pl.Series("params_text", [count(value) for value in runs["params"]], pl.String),
        pl.Series("flops_text", [flops(value) for value in runs["flops"]], pl.String),
    )


def curve_rows(found: IsoFlop) -> pl.DataFrame:
    """The parabola of each budget over its sizes: ``flops``, ``params``, ``loss``, ``label``."""
    frames = []
    for i, budget in enumerate(found.budgets["flops"]):
        sizes = found.runs.filter(budget=i)["params"]
        low, high = float(sizes.min()), float(sizes.max())  # type: ignore[arg-type]
        params = np.geomspace(low / BEYOND, high * BEYOND, CURVE_POINTS)
        label = [""] * (CURVE_POINTS - 1) + [f"{budget:.1e}".replace("e+", "e")]
        frames.append(
            pl.DataFrame(
                {"params": params, "loss": found.curve(i, params), "label": label}
            ).with_columns(flops=pl.lit(budget))
        )
    return pl.concat(frames)


def minimum_rows(found: IsoFlop) -> pl.DataFrame:
    """One row a budget: its minimum, the ends of the interval, and texts."""
    rows = found.budgets.to_dicts()
    return found.budgets.select(
        "flops",
        "params",
        "params_low",
        "params_high",
        "loss",
        pl.Series("flops_text", [flops(r["flops"]) for r in rows], pl.String),
        pl.Series("params_text", [count(r["params"]) for r in rows], pl.String),
        pl.Series(
            "interval_text",
            [f"{count(r['params_low'])} to {count(r['params_high'])}" for r in rows],
            pl.String,
        ),
        pl.Series("tokens_text", [count(r["tokens"]) for r in rows], pl.String),
    )


def growth_rows(found: IsoFlop | Envelope, at: float | None) -> pl.DataFrame:
    """The power law of params over FLOPs, with the ends of its interval, as far as ``at``."""
    first, last = found.flops_range
    first, last = first / BEYOND**2, last * BEYOND**2
    if at is not None:
        first, last = min(first, at), max(last, at)
    optima = [found.optimum(c) for c in np.geomspace(first, last, GROWTH_POINTS)]
    return pl.DataFrame(
        {
            name: [getattr(optimum, name) for optimum in optima]
            for name in ("flops", "params", "params_low", "params_high")
        }
    )
