r"""What length and depth do to the chance of finding the needle, for one model.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_i       whether trial i has full marks
z_i       log2 of the context's length, centred
d_i       depth as a place from -1 (start of the text) over 0 (middle) to 1 (end)
beta      coefficients of the logit of P(y = 1): 1, z, d, d^2
========  ==================================================================================

exp(beta_z) is the odds ratio of a doubled length, exp(beta_d2) that of both ends against the
middle, exp(2 beta_d) that of the end against the start. A normal prior of standard deviation 5 on
every coefficient keeps them finite where outcomes are separated. Intervals are from the sandwich
clustered by length (one length, one text), whose variances are never below those of independent
trials, with Student's quantile at G - 1 degrees of freedom. Where outcomes do not vary, or for
depth vary within no length, there is no odds ratio: the prior alone would make it.

P-values do not rest on that model. *Length*: whole lengths are shuffled, by their order. *Depth* (d
and d^2 together, and each alone): outcomes are shuffled within each length. *Interaction* (z d and
z d^2): the signs of the lengths' scores are drawn anew under the fit without it. The three are
adjusted together after Holm. See :mod:`theodolite.stats.grid_tests`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.stats import flip_test, holm, logistic, row_test, sigmoid, within_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["EFFECTS", "Fit", "Trials", "effects_of", "fit_found"]

PRIOR_SD = 5.0
# Fewer lengths than this say nothing of how far lengths spread.
FEWEST_LENGTHS = 3
EFFECTS = ("length", "depth", "ends against middle", "end against start", "length by depth")
MAIN, ONE, LENGTH, DEPTH, ENDS = 4, 0, 1, 2, 3


@dataclass(frozen=True)
class Trials:
    """The trials of one model and version that have a score.

    Attributes
    ----------
    found
        y, (n,): 1 or 0, or any outcome in [0, 1].
    row
        Which length each has, (n,), as a place in ``lengths``.
    lengths
        (G,), rising.
    depth
        In percent, (n,).
    """

    found: Floats
    row: Integers
    lengths: Floats
    depth: Floats

    @property
    def design(self) -> Floats:
        """1, z, d and d^2, (n, 4)."""
        z = self.log_length[self.row]
        d = self.depth / 50.0 - 1.0
        return np.column_stack([np.ones(len(z)), z, d, d * d])

    @property
    def log_length(self) -> Floats:
        """Log2 of each length, centred over the trials, (G,)."""
        log = np.log2(self.lengths)
        return np.asarray(log - log[self.row].mean())


@dataclass(frozen=True)
class Fit:
    """The fit of the main effects.

    Attributes
    ----------
    beta, covariance
        The coefficients and their clustered sandwich, (4,) and (4, 4).
    expected
        P(y = 1) of each trial, (n,).
    n_lengths
        G.
    """

    beta: Floats
    covariance: Floats
    expected: Floats
    n_lengths: int

    def odds(self, column: int, level: float, *, times: float = 1.0) -> tuple[float, ...]:
        """Give an odds ratio with its ends; unbounded where there are too few lengths."""
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        at = times * float(self.beta[column])
        if self.n_lengths < FEWEST_LENGTHS:
            return float(np.exp(at)), 0.0, float("inf")
        quantile = float(stdtrit(self.n_lengths - 1.0, 0.5 + level / 2.0))
        half = quantile * times * float(np.sqrt(self.covariance[column, column]))
        return tuple(float(np.exp(v)) for v in (at, at - half, at + half))


def fit_found(trials: Trials, outcome: Floats | None = None) -> Fit:
    """Fit the main effects of length and depth on the logit of finding the needle.

    Parameters
    ----------
    trials
        The trials.
    outcome
        What to fit in place of ``found``: scores as shares of full marks, say.
    """
    x, y = trials.design, trials.found if outcome is None else outcome
    weights, precision = np.ones(len(y)), np.full(MAIN, PRIOR_SD**-2)
    beta = logistic(x, y, weights, precision)
    p = sigmoid(x @ beta)
    bread = np.linalg.inv(x.T @ (x * (p * (1.0 - p))[:, None]) + np.diag(precision))
    count = len(trials.lengths)
    scores = np.zeros((count, MAIN))
    np.add.at(scores, trials.row, x * (y - p)[:, None])
    factor = count / max(count - 1.0, 1.0)
    covariance = bread @ (factor * scores.T @ scores) @ bread
    # Where the fit leaves next to no residuals the sandwich knows no error, but trials are few.
    least = np.maximum(np.diag(covariance), np.diag(bread))
    covariance[np.arange(MAIN), np.arange(MAIN)] = least
    return Fit(beta, covariance, p, count)


def effects_of(
    trials: Trials, *, level: float, n_draws: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Test length, depth and both together for one model.

    Returns
    -------
    polars.DataFrame
        One row an effect: ``effect``, ``odds_ratio``, ``low``, ``high`` (of what the name says;
        null where the effect has no single ratio or the trials cannot tell it), ``p_value`` and
        ``p_adjusted`` (Holm over length, depth and length by depth); null where nothing varies.
    """
    fit = fit_found(trials)
    many = len(trials.lengths) > 1
    deep = len(np.unique(trials.depth)) > 1
    varied = bool(np.ptp(trials.found) > 0)
    p = dict.fromkeys(EFFECTS, float("nan"))
    ratios: dict[str, tuple[float, ...]] = {}
    if many and varied:
        ratios["length"] = fit.odds(LENGTH, level)
        order = np.arange(len(trials.lengths), dtype=float)
        p["length"] = row_test(trials.found, trials.row, order, n_draws=n_draws, rng=rng)
    if deep and varied:
        within = trials.design[:, [DEPTH, ENDS]]
        p["depth"], alone = within_test(trials.found, trials.row, within, n_draws=n_draws, rng=rng)
        p["end against start"], p["ends against middle"] = alone
        for name, column, times in (
            ("ends against middle", ENDS, 1.0),
            ("end against start", DEPTH, 2.0),
        ):
            if not np.isnan(p[name]):
                ratios[name] = fit.odds(column, level, times=times)
    if not np.isnan(p["depth"]) and len(trials.lengths) >= FEWEST_LENGTHS:
        p["length by depth"] = _interaction(trials, fit, n_draws=n_draws, rng=rng)
    tested = holm(np.array([p[name] for name in ("length", "depth", "length by depth")]))
    adjusted = dict(zip(("length", "depth", "length by depth"), tested, strict=True))
    nothing = (float("nan"),) * 3
    rows = [
        (name, *ratios.get(name, nothing), p[name], adjusted.get(name, float("nan")))
        for name in EFFECTS
    ]
    columns = ("effect", "odds_ratio", "low", "high", "p_value", "p_adjusted")
    frame = pl.DataFrame(rows, schema=list(columns), orient="row")
    return frame.with_columns(pl.col(columns[1:]).fill_nan(None))


def _interaction(trials: Trials, fit: Fit, *, n_draws: int, rng: np.random.Generator) -> float:
    """Test z d and z d^2, with what the main effects explain projected out of them."""
    x, p = trials.design, fit.expected
    w = x[:, [LENGTH]] * x[:, [DEPTH, ENDS]]
    v = (p * (1.0 - p))[:, None]
    bread = np.linalg.inv(x.T @ (x * v) + np.eye(MAIN) * PRIOR_SD**-2)
    own = w - x @ (bread @ (x.T @ (w * v)))
    scores = np.zeros((len(trials.lengths), w.shape[1]))
    np.add.at(scores, trials.row, own * (trials.found - p)[:, None])
    return flip_test(scores, n_draws=n_draws, rng=rng)
