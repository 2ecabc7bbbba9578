r"""Small models against large ones: who makes more of compute, and the smallest to reach a score.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_i       log gain of model i
S, L      the smallest and the largest third of models, by all parameters
psi_f     family f's part of mean_S y - mean_L y: sums of (y_i - mean) / n over its models
========  ==================================================================================

The variance of a mean is F / (F - 1) sum psi_f^2 over the F families that are in it, and that of
the lines; intervals are Student's on F - 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.efficiency.combined import Combined
    from theodolite.scaling.efficiency.curve import ScoreCurve

    Array = NDArray[np.float64]

__all__ = ["size_groups", "smallest_over_time"]

NAMES = ("small", "middle", "large")
FEWEST_FAMILIES = 3
AGAINST = "small / large"
# Of the dated models of a benchmark, the score that a quarter reach.
REACHED = 0.75


def size_groups(found: Combined, level: float) -> pl.DataFrame:
    """Give the mean gain of each third of the models by size, and of the first over the last.

    Returns
    -------
    polars.DataFrame
        ``group``, ``from_params``, ``to_params``, ``models``, ``families``, ``gain`` (geometric
        mean), ``low``, ``high``: null where fewer than three families are in it.
    """
    sizes = found.frame["params"].to_numpy()
    cuts = np.quantile(sizes, [1 / 3, 2 / 3])
    group = np.searchsorted(cuts, sizes)
    rows = [_row(found, [group == k], level, name) for k, name in enumerate(NAMES)]
    rows.append(_row(found, [group == 0, group == 2], level, AGAINST))  # noqa: PLR2004
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(found: Combined, parts: Sequence[Array], level: float, name: str) -> dict[str, object]:
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    logs, frame = found.logs, found.frame
    weight = np.zeros(len(logs.value))
    own = np.zeros(len(logs.value))
    for sign, part in zip((1.0, -1.0), parts, strict=False):
        if part.any():
            weight[part] = sign / part.sum()
            own[part] = sign * (logs.value[part] - logs.value[part].mean()) / part.sum()
    used = weight != 0.0
    names = frame["family"].to_numpy()
    families = [len(set(names[part])) for part in parts]
    codes = np.unique(names[used], return_inverse=True)[1] if used.any() else np.zeros(0, np.intp)
    sums = np.bincount(codes, own[used]) if used.any() else np.zeros(1)
    f = len(sums)
    value = float(weight @ logs.value)
    row: dict[str, object] = {
        "group": name,
        "from_params": float(frame["params"].to_numpy()[used].min()) if used.any() else None,
        "to_params": float(frame["params"].to_numpy()[used].max()) if used.any() else None,
        "models": int(used.sum()),
        "families": f if used.any() else 0,
        "gain": None,
        "low": None,
        "high": None,
    }
    if min(families) < FEWEST_FAMILIES:
        return row
    variance = f / (f - 1.0) * float(sums @ sums) + float(((logs.pulls @ weight) ** 2).sum())
    df = min(min(families) - 1, logs.df)
    margin = float(stdtrit(df, 0.5 + level / 2.0)) * variance**0.5
    gain = (float(np.exp(end)) for end in (value, value - margin, value + margin))
    return row | dict(zip(("gain", "low", "high"), gain, strict=True))


def smallest_over_time(curves: Sequence[ScoreCurve], level: float) -> pl.DataFrame:
    """List, by date, each model that was the smallest so far to reach a score.

    The score is what a quarter of the dated models of the benchmark reach.

    Returns
    -------
    polars.DataFrame
        ``benchmark``, ``reached`` (the score), ``released``, ``model``, ``params``, ``score``,
        ``sure`` (whether it is reached beyond the noise of the model's own score).
    """
    from scipy.special import ndtri  # noqa: PLC0415  (slow to import)

    q = float(ndtri(level))
    parts = []
    for curve in curves:
        frame = curve.frame.with_columns(noise=curve.measured.noise)
        dated = frame.filter(pl.col("released").is_not_null())
        if dated.height < len(NAMES) + 1:
            continue
        reached = float(dated["score"].quantile(REACHED, "lower"))  # type: ignore[arg-type]
        rows = dated.filter(pl.col("score") >= reached).sort("released", "params", "model")
        before = pl.col("params").cum_min().shift()
        rows = rows.filter(before.is_null() | (pl.col("params") < before))
        parts.append(
            rows.select(
                pl.lit(curve.name).alias("benchmark"),
                pl.lit(reached).alias("reached"),
                *("released", "model", "params", "score"),
                sure=pl.col("score") - q * pl.col("noise") > reached,
            )
        )
    schema = {"benchmark": pl.String, "reached": pl.Float64, "released": pl.Date}
    schema |= {"model": pl.String, "params": pl.Float64, "score": pl.Float64, "sure": pl.Boolean}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
