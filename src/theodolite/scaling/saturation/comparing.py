r"""Which hypothesis foretells the next loss of a size: each token count from those before it.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s, j      a size, and one of its token counts, the fourth or later (of three the third)
e         error of a forecast, ln(predicted / observed), of the mean loss of the runs at s, j
MAE       mean of abs(e) over forecasts
========  ==================================================================================

For each s, j the runs of size s with as many tokens or more are left out, and every hypothesis is
fitted to the rest: a line in ln D of that size; a power over the size's own floor, whose exponent
all sizes share where a size has fewer than six token counts; the law; and no fall at all, the
loss of the run before. ``law-earlier`` is the law without any run of that many tokens, of
whatever size: no later knowledge, but fewer runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from theodolite.scaling.identify import held_share
from theodolite.scaling.saturation.sizes import SAME_TOKENS
from theodolite.stats.floor_curves import floor_curves, group_lines
from theodolite.stats.multistart import refit, resample_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import Law
    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.saturation.sizes import Sizes

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["HYPOTHESES", "OWN_EXPONENT", "Hypothesis", "compared", "forecasts"]

Hypothesis = Literal["law", "own-floor", "log-linear", "saturated", "law-earlier"]
HYPOTHESES: tuple[Hypothesis, ...] = get_args(Hypothesis)
# From so many token counts on a size has an exponent of its own.
OWN_EXPONENT = 6
EARLIER = 3
FEWEST_CLUSTERS = 5
FEWEST_FORECASTS = 5
DRAWS = 4000


@dataclass(frozen=True)
class _Splits:
    """Forecasts to make: size, level, log tokens and mean loss of each, (K,)."""

    size: Index
    level: Index
    log_tokens: Array
    loss: Array


def forecasts(sizes: Sizes, fit: ScalingFit) -> pl.DataFrame:
    """Forecast each later token count of each size from the runs before it.

    Parameters
    ----------
    sizes
        The runs by size.
    fit
        The law of all runs: where the search for each split starts, and its recipe.

    Returns
    -------
    polars.DataFrame
        One row a forecast and hypothesis: ``params``, ``tokens``, ``last`` (whether it is the
        size's largest), ``hypothesis``, ``observed``, ``predicted``, ``error``; null where the
        runs that were left cannot hold the law.
    """
    splits = _splits(sizes)
    group, level = sizes.group, sizes.level
    # The size's own runs with as many tokens or more are out, (K, m).
    out = (group == splits.size[:, None]) & (level >= splits.level[:, None])
    weights = (~out).astype(float)
    ahead = splits.log_tokens - sizes.runs.last[splits.size]
    at = np.arange(len(splits.size)), splits.size
    loss = sizes.loss[None]
    lines = group_lines(sizes.runs, loss, weights)
    enough = sizes.levels >= OWN_EXPONENT
    curves = floor_curves(sizes.runs, loss, weights, own=enough)
    before = (group == splits.size[:, None]) & (level == splits.level[:, None] - 1)
    rest = np.ones((len(splits.size), fit.n))
    rest[:, sizes.rows] = weights
    earlier = fit.points.tokens[None] < splits.log_tokens[:, None] - SAME_TOKENS
    predicted: dict[Hypothesis, Array] = {
        "law": _by_law(fit, splits, sizes, rest),
        "own-floor": curves.floor[at] + curves.fall[at] * np.exp(-curves.exponent[at] * ahead),
        "log-linear": lines.height[at] - lines.slope[at] * ahead,
        "saturated": (before * loss).sum(axis=1) / before.sum(axis=1),
        "law-earlier": _by_law(fit, splits, sizes, earlier.astype(float)),
    }
    return pl.concat(
        [_rows(sizes, splits, name, predicted[name]) for name in HYPOTHESES]
    ).with_columns(error=(pl.col("predicted") / pl.col("observed")).log())


def _splits(sizes: Sizes) -> _Splits:
    first = np.where(sizes.levels > EARLIER, EARLIER, EARLIER - 1)
    wanted = sizes.level >= first[sizes.group]
    pairs = np.stack([sizes.group[wanted], sizes.level[wanted]], axis=1)
    found, code = np.unique(pairs, axis=0, return_inverse=True)
    count = np.bincount(np.ravel(code)).astype(float)
    mean = [
        np.bincount(np.ravel(code), values[wanted]) / count
        for values in (sizes.runs.log_tokens, sizes.loss)
    ]
    return _Splits(found[:, 0], found[:, 1], *mean)


def _by_law(fit: ScalingFit, splits: _Splits, sizes: Sizes, weights: Array) -> Array:
    """Forecast by the law of some runs, (K, n) weights; NaN where these cannot hold it."""
    law, points, centre = fit.law, fit.points, fit.fitted.centre
    held = np.array([held_share(law, points, one[None]) == 1.0 for one in weights])
    out = np.full(len(weights), np.nan)
    if not held.any():
        return out
    model = law.model(points, fit.loss, centre, fit.recipe.scale)
    found = refit(model, fit.fitted.theta, weights[held], fit.recipe.cost, law.bounds(fit.loss))
    theta, good = found.theta, found.converged & _inside(law, found.theta, fit.loss)
    n, d = np.log(sizes.params)[splits.size], splits.log_tokens
    at = np.flatnonzero(held)[good]
    log_d, log_n = d[at] - centre.tokens, n[at] - centre.params
    total = np.zeros(len(at)) if law.floor is None else theta[good, law.floor]
    for coefficient, exponent, count in law.slopes:
        log = log_n if count == "params" else log_d
        total = total + np.exp(theta[good, coefficient] - theta[good, exponent] * log)
    out[at] = total
    return out


def _inside(law: Law, theta: Array, loss: Array) -> NDArray[np.bool_]:
    """Return where no exponent went to its bound."""
    bounds = law.bounds(loss)
    at = [exponent for _, exponent, _ in law.slopes]
    low, high = bounds.low[at], bounds.high[at]
    inside = (theta[:, at] > low) & (theta[:, at] < high)
    return np.asarray(inside.all(axis=1))


def _rows(sizes: Sizes, splits: _Splits, name: Hypothesis, predicted: Array) -> pl.DataFrame:
    # A line in ln D may fall below nothing.
    predicted = np.where(predicted > 0.0, predicted, np.nan)
    return pl.DataFrame(
        {
            "size": splits.size,
            "params": sizes.params[splits.size],
            "tokens": np.exp(splits.log_tokens),
            "last": splits.level == sizes.levels[splits.size] - 1,
            "hypothesis": [name] * len(predicted),
            "observed": splits.loss,
            "predicted": predicted,
        }
    ).with_columns(pl.col("predicted").fill_nan(None))


def compared(table: pl.DataFrame, *, level: float, seed: int) -> list[dict[str, Any]]:
    """Set the hypotheses side by side, on the forecasts that all of them made.

    The difference is each one's MAE less the law's, with a paired bootstrap interval over sizes
    where there are five or more, over forecasts otherwise; none below five forecasts.
    ``law-earlier`` is compared on those that it made, with the law on the same.
    """
    rows: list[dict[str, Any]] = []
    for name in HYPOTHESES:
        others = HYPOTHESES if name == "law-earlier" else HYPOTHESES[:-1]
        wide = table.filter(pl.col("hypothesis").is_in(list(others))).pivot(
            on="hypothesis", index=["size", "tokens", "last"], values="error"
        )
        made = wide.drop_nulls()
        row: dict[str, Any] = {"hypothesis": name, "forecasts": len(made)}
        row["left_out"] = len(wide) - len(made)
        rows.append({**row, **_scored(made, name, level, np.random.default_rng([seed, 3]))})
    return rows


def _scored(
    made: pl.DataFrame, name: str, level: float, generator: np.random.Generator
) -> dict[str, Any]:
    keys = ("mae", "rmse", "bias", "mae_last", "difference", "low", "high")
    if made.is_empty():
        return dict.fromkeys(keys)
    error = made[name].to_numpy()
    last = np.abs(error[made["last"].to_numpy()])
    gap = np.abs(error) - np.abs(made["law"].to_numpy())
    found: dict[str, Any] = dict.fromkeys(keys)
    found |= {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "bias": float(error.mean()),
        "mae_last": float(last.mean()) if len(last) else None,
        "difference": float(gap.mean()),
    }
    if len(gap) >= FEWEST_FORECASTS and name != "law":
        codes = made["size"].rank("dense").to_numpy().astype(np.intp) - 1
        if codes.max() + 1 < FEWEST_CLUSTERS:
            codes = np.arange(len(gap))
        weights = resample_weights(codes, DRAWS, generator)
        draws = weights @ gap / weights.sum(axis=1)
        tail = (1.0 - level) / 2.0
        found["low"], found["high"] = map(float, np.quantile(draws, [tail, 1.0 - tail]))
    return found
