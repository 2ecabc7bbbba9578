r"""What several noisy measurements of the same things truly are, and how they go together.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
z_kc      true value of thing k by measure c; z_k = (z_k1, ..., z_kC)
y_c, V_c  its estimates by measure c, (K,), and their covariance, (K, K)
mu, T     mean and covariance of z_k over things: z_k ~ N(mu, T), independent
r         correlation in T: of the true values
a_c, A    scales of the prior: standard deviations in T are half-Cauchy with scale A
========  ==================================================================================

A correlation of estimates is too small: noise of either side blurs it. And drawing noise around
the estimates blurs it once more. Here the true values are drawn from what the estimates leave
open, ``p(z, mu, T | y)``: an estimate known well stays where it is, one known badly moves towards
what the rest foretell. Errors of different measures are independent. mu has a flat prior; T that
of Huang and Wand with one degree of freedom, under which r has the density
1 / (pi sqrt(1 - r^2)).

Gibbs' sampler with a few draws of z at each (mu, T). A draw of z is
``l + S (S + V)^-1 (y - l - e)`` with l ~ N(mu, T) for each thing, S its covariance and
e ~ N(0, V): V may be singular, as that of centred ratings is.

References
----------
A. Huang and M. P. Wand (2013), Bayesian Analysis 8, 439-452. doi:10.1214/13-BA815; J. Hoffman and
E. Ribak (1991), Astrophysical Journal 380, L5-L8. doi:10.1086/186160 (the draw of z);
C. Spearman (1904), American Journal of Psychology 15, 72-101. doi:10.2307/1412159 (attenuation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LatentDraws", "latent_draws"]

BURN_IN = 200
# Draws of z at each draw of mu and T.
EACH = 8
# With much noise mu and T move slowly: only every fourth is kept.
NOISY, THINNED = 0.1, 4
PRIOR_DF = 1.0
PRIOR_SCALE = 2.0


@dataclass(frozen=True)
class LatentDraws:
    """Draws of what the estimates leave open.

    Attributes
    ----------
    values
        z, (D, K, C), in the units of the estimates.
    mean
        mu of each draw, (D, C).
    covariance
        T of each draw, (D, C, C).
    """

    values: Floats
    mean: Floats
    covariance: Floats

    def foretold(self, given: int, wanted: int, at: Floats | None = None) -> Floats:
        """Give E(z_kc | z_kg): measure ``wanted`` as ``given`` foretells it, (D, K).

        ``at`` has values of ``given``, (K,), in place of the true ones.
        """
        slope = self.covariance[:, given, wanted] / self.covariance[:, given, given]
        away = (self.values[:, :, given] if at is None else at) - self.mean[:, given, None]
        return np.asarray(self.mean[:, wanted, None] + slope[:, None] * away, dtype=np.float64)


def latent_draws(
    estimates: Floats, covariances: Sequence[Floats], *, n_draws: int, rng: np.random.Generator
) -> LatentDraws:
    """Draw the true values behind estimates, and their mean and covariance over things.

    Parameters
    ----------
    estimates
        y, (K, C).
    covariances
        V_c, C of (K, K).
    n_draws
        D; rounded up to a multiple of 8.
    rng
        Source of randomness.

    Raises
    ------
    ValueError
        A measure has no spread at all: all its estimates are equal and known exactly.

    Examples
    --------
    Two measures with noise as large as the spread: the plain correlation is 0.5 at most.

    >>> rng = np.random.default_rng(1)
    >>> truth = rng.standard_normal(200)
    >>> seen = truth[:, None] + rng.standard_normal((200, 2))
    >>> draws = latent_draws(seen, [np.eye(200)] * 2, n_draws=800, rng=rng)
    >>> covariance = draws.covariance.mean(axis=0)
    >>> plain = float(np.corrcoef(seen.T)[0, 1])
    >>> true = float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    >>> plain < 0.6 < 0.8 < true
    True
    """
    k, c = estimates.shape
    centre = estimates.mean(axis=0)
    noise = np.array([float(np.trace(v)) / k for v in covariances])
    unit = np.sqrt(estimates.var(axis=0) + noise)
    if not (unit > 0).all():
        raise ValueError("a measure has neither spread nor noise")
    state = _Sampler(
        (estimates - centre) / unit,
        [np.asarray(v) / u**2 for v, u in zip(covariances, unit, strict=True)],
        rng,
    )
    thin = THINNED if (noise > NOISY * unit**2).any() else 1
    rounds = -(-n_draws // EACH)
    values = np.empty((rounds, EACH, k, c))
    means, spreads = np.empty((rounds, c)), np.empty((rounds, c, c))
    for _ in range(BURN_IN * thin):
        state.renew(state.step(1)[0])
    for kept in range(rounds):
        for _ in range(thin - 1):
            state.renew(state.step(1)[0])
        values[kept] = state.step(EACH)
        means[kept], spreads[kept] = state.mean, state.covariance
        state.renew(values[kept, 0])
    return LatentDraws(
        values=values.reshape(-1, k, c) * unit + centre,
        mean=np.repeat(means * unit + centre, EACH, axis=0),
        covariance=np.repeat(spreads * np.outer(unit, unit), EACH, axis=0),
    )


class _Sampler:
    """The state of Gibbs' sampler, on standardised estimates."""

    def __init__(
        self, estimates: Floats, covariances: Sequence[Floats], rng: np.random.Generator
    ) -> None:
        self.rng = rng
        self.estimates = estimates
        self.k, self.c = estimates.shape
        self.noise = _noise(covariances)
        self.roots = [_root(v) for v in covariances]
        self.mean = np.zeros(self.c)
        self.covariance = np.eye(self.c) / 2.0
        self.scales = np.ones(self.c)

    def step(self, draws: int) -> Floats:
        """Draw z given mu and T, (draws, K, C)."""
        k, c = self.k, self.c
        root = np.linalg.cholesky(self.covariance)
        prior = self.mean + self.rng.standard_normal((draws, k, c)) @ root.T
        noise = np.stack(
            [self.rng.standard_normal((draws, r.shape[1])) @ r.T for r in self.roots], axis=2
        )
        missed = self.estimates - prior - noise
        if self.noise.ndim == 3:  # noqa: PLR2004
            solved = np.linalg.solve(self.covariance + self.noise, missed.transpose(1, 2, 0))
            return prior + (self.covariance @ solved).transpose(2, 0, 1)
        wide = np.kron(self.covariance, np.eye(k))
        moved = wide @ np.linalg.solve(
            wide + self.noise, missed.transpose(2, 1, 0).reshape(c * k, draws)
        )
        return prior + moved.reshape(c, k, draws).transpose(2, 1, 0)

    def renew(self, values: Floats) -> None:
        """Draw mu, T and the prior's scales given z, (K, C)."""
        k, c, rng = self.k, self.c, self.rng
        away = values - self.mean
        scatter = away.T @ away + 2.0 * PRIOR_DF * np.diag(1.0 / self.scales)
        inverse = _wishart(k + PRIOR_DF + c - 1.0, np.linalg.inv(scatter).astype(np.float64), rng)
        covariance = np.linalg.inv(inverse).astype(np.float64)
        self.covariance = (covariance + covariance.T) / 2.0
        root = np.linalg.cholesky(self.covariance)
        self.mean = values.mean(axis=0) + root @ rng.standard_normal(c) / np.sqrt(k)
        rate = PRIOR_DF * np.diag(inverse) + 1.0 / PRIOR_SCALE**2
        self.scales = rate / rng.gamma((PRIOR_DF + c) / 2.0, size=c)


def _wishart(df: float, scale: Floats, rng: np.random.Generator) -> Floats:
    """Draw from Wishart's distribution by Bartlett's decomposition."""
    c = len(scale)
    lower = np.tril(rng.standard_normal((c, c)), -1)
    lower[np.diag_indices(c)] = np.sqrt(rng.chisquare(df - np.arange(c)))
    half: Floats = np.linalg.cholesky((scale + scale.T) / 2.0) @ lower
    return np.asarray(half @ half.T, dtype=np.float64)


def _noise(blocks: Sequence[Floats]) -> Floats:
    """All V_c as one matrix, (C K, C K); of independent errors one for each thing, (K, C, C)."""
    k, c = len(blocks[0]), len(blocks)
    if all(np.count_nonzero(v) == np.count_nonzero(np.diag(v)) for v in blocks):
        alone = np.zeros((k, c, c))
        alone[:, range(c), range(c)] = np.stack([np.diag(v) for v in blocks], axis=1)
        return alone
    out = np.zeros((k * c, k * c))
    for i, block in enumerate(blocks):
        out[i * k : (i + 1) * k, i * k : (i + 1) * k] = block
    return out


def _root(covariance: Floats) -> Floats:
    """Factor a covariance that may be singular."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
