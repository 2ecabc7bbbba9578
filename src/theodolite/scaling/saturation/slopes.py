r"""How steep the loss still is at the most tokens of a size, beside the law's slope there.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, L   parameters, tokens and loss of a run
g(D)      the law's loss at N and D
r_s       slope ratio of size s: least-squares slope of L on g over the last stretch
w_s       weight of a size, 1 / (v_s + tau2), v_s the variance of r_s by the runs' noise
tau2      variance of the ratios between sizes, beyond their noise
nu        runs of all stretches less two for each size
n, P      runs that the law was fitted to, and its parameters
========  ==================================================================================

L = c_s + r_s g(D): 1 is a loss that falls as the law says, 0 one that stays. The slope at the last
D is r_s times the law's. A law of all runs bends towards what the stretches show, so that a ratio
other than 1 is nearer to it than the truth, but 0 stays 0; a law without them does not bend, but
may be extrapolated far. Draws pair a resample of the law with new noise of the stretch, whose
variance is pooled over sizes; its uncertainty makes the noise Student's with nu degrees of
freedom. Root n / (n - P) widens the part of the law's resamples, which scatter less than the
estimate. The overall ratio is the weighted mean; tau2 widens it where sizes differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scaling.laws import Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.saturation.sizes import Sizes

    Array = NDArray[np.float64]

__all__ = ["WITHOUT_END", "Ratios", "law_losses", "law_slopes", "slope_ratios"]

# An interval needs some scatter: losses are printed to four digits or so.
LEAST_NOISE = 1e-6
# Log of tokens at which no law's term of them is left.
WITHOUT_END = 1e6


@dataclass(frozen=True)
class Ratios:
    """Slope ratios.

    Attributes
    ----------
    estimate, draws
        r_s, (S,) and (R, S).
    plain
        Draws before they were widened, (R, S): times the law's slope they are the loss's own.
    overall, overall_draws
        Their weighted mean, and its draws (R,).
    noise, df
        Standard deviation of a run about its stretch, as a share of the loss, and nu.
    apart
        The root of tau2.
    """

    estimate: Array
    draws: Array
    plain: Array
    overall: float
    overall_draws: Array
    noise: float
    df: int
    apart: float


def law_losses(fit: ScalingFit, log_params: Array, log_tokens: Array) -> tuple[Array, Array]:
    """Return the law's losses at the estimate, (m,), and at its draws, (R, m)."""
    points = Points(log_params, log_tokens, np.log(6.0) + log_params + log_tokens)
    law, centre = fit.law, fit.fitted.centre
    at = law.predict(fit.fitted.theta[None], points, centre)[0]
    return at, law.predict(fit.fitted.draws, points, centre)


def law_slopes(fit: ScalingFit, log_params: Array, log_tokens: Array) -> tuple[Array, Array]:
    """Return -dL/dlnD of the law at the estimate, (m,), and at its draws, (R, m)."""
    exponent = fit.law.slopes[-1][1]
    at, draws = law_losses(fit, log_params, log_tokens)
    floor, floors = law_losses(fit, log_params, np.full_like(log_tokens, WITHOUT_END))
    theta, others = fit.fitted.theta, fit.fitted.draws
    return theta[exponent] * (at - floor), others[:, [exponent]] * (draws - floors)


def slope_ratios(sizes: Sizes, fit: ScalingFit, generator: np.random.Generator) -> Ratios:
    """Compare how the loss falls over the last stretch of each size with the law.

    Parameters
    ----------
    sizes
        The runs by size.
    fit
        The law; its draws are taken as independent of the noise of the stretches.
    generator
        Of the noise.
    """
    late = sizes.late()[0]
    group, loss = sizes.group[late], sizes.loss[late]
    member = (group[:, None] == np.arange(len(sizes))).astype(float)
    count = member.sum(axis=0)
    at, draws = law_losses(fit, sizes.log_params[late], sizes.runs.log_tokens[late])

    def centred(x: Array) -> Array:
        return np.asarray(x - (x @ member / count)[:, group])

    x, y = centred(at[None]), centred(loss[None])
    spread = (x * x) @ member
    ratio = ((x * y) @ member / spread)[0]
    away = (y - ratio[group] * x)[0] / loss
    df = max(int(count.sum()) - 2 * len(sizes), 1)
    noise = max(float(np.sqrt(away @ away / df)), LEAST_NOISE)
    wide = np.sqrt(df / generator.chisquare(df, size=(len(draws), 1)))
    drawn = noise * wide * generator.standard_normal((len(draws), len(loss)))
    x_draws = centred(draws)
    length = (x_draws * x_draws) @ member
    by_law = (x_draws * y) @ member / length
    by_noise = (x_draws * (loss * drawn)) @ member / length
    # Resamples of n runs scatter less than the estimate does, by the P that the law takes.
    ratios = ratio + fit.widening * (by_law - ratio) + by_noise
    own = noise**2 * ((loss * x) ** 2 @ member / spread**2)[0]
    between = _between(ratio, own)
    weight = 1.0 / (own + between)
    weight = weight / weight.sum()
    more = generator.standard_t(max(len(sizes) - 1, 1), size=len(draws))
    shift = np.sqrt(between * float(weight @ weight)) * more
    return Ratios(
        ratio,
        ratios,
        by_law + by_noise,
        float(weight @ ratio),
        ratios @ weight + shift,
        noise,
        df,
        between**0.5,
    )


def _between(ratio: Array, own: Array) -> float:
    """Return DerSimonian and Laird's tau2, 0 for one size."""
    if len(ratio) < 2:  # noqa: PLR2004
        return 0.0
    weight = 1.0 / own
    mean = float(weight @ ratio) / float(weight.sum())
    excess = float(weight @ (ratio - mean) ** 2) - (len(ratio) - 1)
    scale = float(weight.sum() - (weight @ weight) / weight.sum())
    return max(excess / scale, 0.0)
