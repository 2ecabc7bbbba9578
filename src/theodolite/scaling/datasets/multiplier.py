r"""What a token of one set is worth in tokens of another.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
q_k       tokens of the reference that one token of set k is worth: by the form ``tokens``
          log q_k = (log B_ref - log B_k) / beta
m(N, D)   the same at one size and token count: D' / D, where the reference's law gives at
          (N, D') the loss that set k's law gives at (N, D); infinite where it never does
========  ==================================================================================
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.scaling.allocation import split_of
from theodolite.scaling.datasets.forms import predict_form
from theodolite.stats.draws import bias_corrected, joint_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.datasets.fits import FormFit, Setting
    from theodolite.scaling.laws import Points

    Array = NDArray[np.float64]

__all__ = ["SetDraws", "log_worth", "multipliers", "pair_frame", "worth_frame"]

BLOCK = 2_000_000


class SetDraws:
    """log q_k, the reference's 0: the estimate (K,) and its draws (R, K), spread for few runs."""

    def __init__(self, fitted: FormFit, setting: Setting) -> None:
        law, k = setting.law, setting.runs.k
        columns = dict(zip(law.parameters, fitted.form.columns(law, k), strict=True))
        exponent = columns["beta" if "beta" in columns else "alpha"].start
        theta = np.concatenate([fitted.theta[None], fitted.draws])
        b = theta[:, columns["B"]]
        logs = (b[:, [0]] - b) / theta[:, [exponent]]
        self.estimate: Array = logs[0]
        wide = widen(fitted, setting)
        self.draws: Array = logs[0] + wide * (logs[1:] - logs[0])


def widen(fitted: FormFit, setting: Setting) -> float:
    """Return by how much draws of few runs are too narrow; drawn noise is as wide as it is.

    (n / (n - P))^(q / 2) with q the share of runs whose residuals count as squares: draws of a fit
    by absolute values are not narrowed. Student's quantile over the normal one beside it.
    """
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415  (slow to import)

    if setting.of_noise:
        return 1.0
    n = len(setting.runs.loss)
    spare = max(n - len(fitted.theta), 1)
    share = 0.5 + setting.level / 2.0
    squared = 0.0
    if setting.recipe.objective != "least-absolute":
        size = np.abs(fitted.model.residuals(fitted.theta[None])[0])
        squared = float(np.mean(size <= setting.recipe.cost.delta))
    return float((n / spare) ** (squared / 2.0) * stdtrit(spare, share) / ndtri(share))


def multipliers(found: SetDraws, setting: Setting) -> pl.DataFrame:
    """Return ``dataset``, ``multiplier``, ``low``, ``high``, ``n``, ``largest_flops``."""
    low, high = bias_corrected(found.estimate, found.draws, setting.level)
    runs = setting.runs
    flops = np.exp(runs.points.flops)
    return pl.DataFrame(
        {
            "dataset": runs.names,
            "multiplier": np.exp(found.estimate),
            "low": np.exp(low),
            "high": np.exp(high),
            "n": runs.sizes,
            "largest_flops": [float(flops[runs.codes == code].max()) for code in range(runs.k)],
            "reference": [code == 0 for code in range(runs.k)],
        }
    )


def pair_frame(found: SetDraws, setting: Setting, level: float | None = None) -> pl.DataFrame:
    """Return every pair's ratio of multipliers, with intervals that hold together.

    ``dataset``, ``other``, ``ratio`` (tokens of ``other`` that one of ``dataset`` is worth),
    ``low``, ``high``, ``apart``: the better one of a pair comes first.
    """
    level = setting.level if level is None else level
    pairs = [
        (a, b) if found.estimate[a] >= found.estimate[b] else (b, a)
        for a, b in combinations(range(setting.runs.k), 2)
    ]
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    estimate = found.estimate[first] - found.estimate[second]
    draws = found.draws[:, first] - found.draws[:, second]
    low, high = bias_corrected(estimate, draws, joint_level(draws, level))
    names = setting.runs.names
    return pl.DataFrame(
        {
            "dataset": [names[a] for a in first],
            "other": [names[b] for b in second],
            "ratio": np.exp(estimate),
            "low": np.exp(low),
            "high": np.exp(high),
            "apart": (low > 0.0) | (high < 0.0),
        }
    )


def log_worth(fitted: FormFit, setting: Setting, theta: Array, rows: NDArray[np.intp]) -> Array:
    """Return log m at the runs ``rows``, (R, m), by (R, P) parameters of a form."""
    law, runs = setting.law, setting.runs
    part = runs.rows(rows)
    loss = predict_form(fitted.form, law, theta, part, setting.centre)
    reference = split_of(law, fitted.form.of_set(law, theta, 0, runs.k), setting.centre)
    out: Array = reference.tokens_for(loss, part.points.params) - part.points.tokens
    return out


def worth_frame(fitted: FormFit, setting: Setting) -> pl.DataFrame:
    """Return m at every run of the other sets, with pointwise intervals.

    ``row`` (of the runs), ``dataset``, ``params``, ``tokens``, ``flops``, ``multiplier``, ``low``,
    ``high``, ``unbounded`` (the interval has no upper end), ``largest`` (of its set's runs).
    """
    runs = setting.runs
    rows = np.flatnonzero(runs.codes > 0)
    logs = log_worth(fitted, setting, fitted.theta[None], rows)[0]
    low, high = np.empty_like(logs), np.empty_like(logs)
    wide = widen(fitted, setting)
    step = max(1, BLOCK // max(len(fitted.draws), 1))
    for at in range(0, len(rows), step):
        part = slice(at, at + step)
        draws = log_worth(fitted, setting, fitted.draws, rows[part])
        with np.errstate(invalid="ignore"):
            wider = logs[part] + wide * (draws - logs[part])
        draws = np.where(np.isfinite(draws) & np.isfinite(logs[part]), wider, draws)
        low[part], high[part] = bias_corrected(logs[part], draws, setting.level, corrected=False)
    points = runs.points.at_rows(rows)
    largest = _largest(points, runs.codes[rows])
    with np.errstate(over="ignore"):
        return pl.DataFrame(
            {
                "row": rows,
                "dataset": [runs.names[code] for code in runs.codes[rows]],
                "params": np.exp(points.params),
                "tokens": np.exp(points.tokens),
                "flops": np.exp(points.flops),
                "multiplier": np.exp(logs),
                "low": np.exp(low),
                "high": np.exp(high),
                "unbounded": np.isinf(high),
                "largest": largest,
            }
        )


def _largest(points: Points, codes: NDArray[np.intp]) -> NDArray[np.bool_]:
    out = np.zeros(len(codes), dtype=bool)
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        out[own[np.argmax(points.flops[own])]] = True
    return out
