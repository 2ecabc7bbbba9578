r"""What each item is expected to score at each ability: curves that learn from each other.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_ki      score of model k on item i, (K, N); ``nan`` where it has none
x_k       ability of model k: its mean over the items of other folds (its log-odds, for scores
          in [0, 1]), centred and scaled
phi_p     orthonormal polynomials over the x of the models, p = 0..P-1
beta_i    coefficients of item i, drawn from N(mu, Sigma) over items
s2_i      residual variance of y on item i, moderated over items
p_i(x)    expected score at ability x, over the posterior of beta_i
v_i(x)    its variance: f p (1 - p) for scores in [0, 1], else s2_i
f         1 for right and wrong; for fractions the mean of (y - p)^2 over that of p (1 - p)
========  ==================================================================================

Scores in [0, 1]:  logit E(y_ki) = sum_p beta_ip phi_p(x_k), binomial (quasi-)likelihood
Other scores:      y_ki = sum_p beta_ip phi_p(x_k) + noise of variance s2_i
                   beta_i ~ N(mu, Sigma)

mu and Sigma are estimated by EM over all items (at the mode and its curvature for shares),
so that an item on which a few models happened to fall in the right order is drawn back to what
items are like. The abilities of an item's own fold leave the item out, or each item would seem to
agree with the whole.

References
----------
N. M. Laird and J. H. Ware (1982), Biometrics 38, 963-974. doi:10.2307/2529876 (random
coefficients); R. D. Bock and M. Aitkin (1981), Psychometrika 46, 443-459. doi:10.1007/BF02293801
(items as a population); D. J. C. MacKay (1992), Neural Computation 4, 720-736.
doi:10.1162/neco.1992.4.5.720 (the mean of a sigmoid over a normal posterior).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.hard.answers import abilities
from theodolite.stats import moderate, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    # Sums over models of right and wrong need no more than single precision.
    Cells = NDArray[np.float32] | NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["Curves", "item_curves"]

FOLDS = 5
# Abilities at which curves are read off.
MOST_POINTS = 24
MODELS_A_TERM = 5
MOST_TERMS = 3
# Mu and Sigma are known well from so many items.
ENOUGH_ITEMS = 1000
EM_STEPS = 20
NEWTON_STEPS = 6
# A step by so little is the last: the next would be by its square.
NEAR = 0.02
# Log-odds further out than this are as good as certain, and would overflow a Newton step.
FAR = 12.0
TINY = 1e-9


@dataclass(frozen=True)
class Curves:
    """Curves of N items at G abilities, the highest first.

    Attributes
    ----------
    expected, variance
        p and v, (N, G).
    residual, noise
        y - p at the models, 0 where a model has no score, less what of it follows ability, (K, N);
        and the mean over models of the variance that is expected of y - p, (N,).
    slope, slope_error
        Posterior mean and standard deviation of beta_i1, the rise of an item over the models'
        range: negative where better models score less, (N,).
    """

    expected: Floats
    variance: Floats
    residual: Floats
    noise: Floats
    slope: Floats
    slope_error: Floats

    def take(self, items: Integers) -> Curves:
        """Give the curves of some items."""
        return Curves(
            expected=self.expected[items],
            variance=self.variance[items],
            residual=np.take(self.residual.T, items, axis=0).T,
            noise=self.noise[items],
            slope=self.slope[items],
            slope_error=self.slope_error[items],
        )


@dataclass(frozen=True)
class _Task:
    """The items with what their curves are fitted to.

    Attributes
    ----------
    y, given
        Scores, 0 where there are none, and where there are some, (K, N).
    whole
        Whether all are given.
    fold
        Of each item, rising, so that a fold is a slice, (N,).
    basis, grid
        phi of each fold at the models, (F, K, P), and at the abilities read off, (F, G, P).
    """

    y: Cells
    given: Flags
    whole: bool
    fold: Integers
    basis: Floats
    grid: Floats

    def take(self, items: Integers) -> _Task:
        """Give the same with some of the items, in rising order."""
        y, given = self.y[:, items], self.given[:, items]
        return _Task(y, given, self.whole, self.fold[items], self.basis, self.grid)

    @cached_property
    def folds(self) -> tuple[tuple[slice, Floats], ...]:
        """The items of each fold, and phi at the models."""
        ends = np.searchsorted(self.fold, np.arange(len(self.basis) + 1))
        return tuple(
            (slice(low, high), basis)
            for low, high, basis in zip(ends[:-1], ends[1:], self.basis, strict=True)
        )

    def times(self, weights: Cells) -> Floats:
        """Sum over models of weights phi, (N, P), for weights (K, N)."""
        out = np.empty((weights.shape[1], self.basis.shape[2]))
        for inside, basis in self.folds:
            out[inside] = weights[:, inside].T @ basis.astype(weights.dtype)
        return out

    def gram(self, weights: Cells) -> Floats:
        """Sum over models of weights phi phi', (N, P, P)."""
        k, terms = self.basis.shape[1:]
        out = np.empty((weights.shape[1], terms, terms))
        for inside, basis in self.folds:
            products = (basis[:, :, None] * basis[:, None, :]).reshape(k, terms**2)
            sums = weights[:, inside].T @ products.astype(weights.dtype)
            out[inside] = sums.reshape(-1, terms, terms)
        return out

    def predict(self, beta: Floats) -> Cells:
        """Sum over p of beta phi at the models, (K, N)."""
        out = np.empty(self.y.shape, dtype=self.y.dtype)
        for inside, basis in self.folds:
            kind = out.dtype
            np.matmul(basis.astype(kind), beta[inside].T.astype(kind), out=out[:, inside])
        return out

    def chances(self, beta: Floats) -> Cells:
        """Give the sigmoid of the prediction, (K, N)."""
        p = self.predict(beta)
        np.clip(p, -FAR, FAR, out=p)
        np.exp(np.negative(p, out=p), out=p)
        p += 1.0
        return np.reciprocal(p, out=p)

    def only_given(self, values: Cells) -> Cells:
        """Put 0, in place, where there is no score."""
        if not self.whole:
            values *= self.given
        return values


def item_curves(values: Floats, *, share: bool, rng: np.random.Generator) -> Curves:
    """Estimate the curve of every item.

    Parameters
    ----------
    values
        y, (K, N), of at least three models; every item has a score.
    share
        Whether all scores lie in [0, 1].
    rng
        Shares the items out to folds.

    Examples
    --------
    Twelve models, item 0 told by ability, item 1 by chance, and 30 more:

    >>> rng = np.random.default_rng(0)
    >>> ability = np.linspace(2.0, -2.0, 12)[:, None]
    >>> y = (rng.random((12, 32)) < 1 / (1 + np.exp(-2 * ability))).astype(float)
    >>> y[:, 0], y[:, 1] = ability[:, 0] > 0, np.arange(12) % 2
    >>> curves = item_curves(y, share=True, rng=rng)
    >>> bool(curves.slope[0] > 2 * curves.slope[1])
    True
    """
    k, n = values.shape
    terms = int(np.clip(k // MODELS_A_TERM, 2, MOST_TERMS))
    at = 1.0 - (np.arange(min(k, MOST_POINTS)) + 0.5) / min(k, MOST_POINTS)
    fold = rng.permutation(n) % min(FOLDS, n)
    places = [
        _basis(_positions(values[:, fold != f] if n > 1 else values, share=share), at, terms)
        for f in range(fold.max() + 1)
    ]
    order = np.argsort(fold, kind="stable")
    sorted_values = values[:, order]
    given = ~np.isnan(sorted_values)
    basis, grid = (np.stack(parts) for parts in zip(*places, strict=True))
    full = np.where(given, sorted_values, 0.0)
    y = full.astype(np.float32) if share else full
    task = _Task(y, given, bool(given.all()), fold[order], basis, grid)
    some = (
        np.arange(n) if n <= ENOUGH_ITEMS else np.sort(rng.choice(n, ENOUGH_ITEMS, replace=False))
    )
    curves = (_logistic if share else _linear)(task, some).take(np.argsort(order))
    basis, _ = _basis(_positions(values, share=share), at, terms)
    return replace(curves, residual=_beyond_ability(curves.residual, basis))


def _beyond_ability(residual: Floats, basis: Floats) -> Floats:
    """Take from the residuals what follows ability after all: curves are drawn back too far.

    Scaled so that the mean square over K models stands on K - P degrees of freedom.
    """
    k, terms = basis.shape
    rest = residual - basis @ (basis.T @ residual) / k
    return np.asarray(rest * np.sqrt(k / (k - terms)), dtype=np.float64)


def _positions(values: Floats, *, share: bool) -> Floats:
    """Give x before it is centred and scaled, (K,)."""
    x = abilities(values)
    if not share:
        return x
    least = 0.5 / (values.shape[1] + 1.0)
    p = np.clip(x, least, 1.0 - least)
    return np.asarray(np.log(p / (1.0 - p)), dtype=np.float64)


def _basis(x: Floats, at: Floats, terms: int) -> tuple[Floats, Floats]:
    """Orthonormal polynomials at the models, (K, P), and at quantiles of their abilities, (G, P).

    Scaled so that the mean square over models is 1; the linear one rises.
    """
    z = (x - x.mean()) / (float(x.std()) or 1.0)
    q, r = np.linalg.qr(np.vander(z, terms, increasing=True))
    diagonal = np.diag(r)
    # Abilities that are all alike leave no rise to see: such polynomials are 0.
    usable = np.abs(diagonal) > TINY * len(z)
    scale = np.where(usable, np.sign(diagonal) * np.sqrt(len(z)), 0.0)
    inverse = np.linalg.inv(np.where(np.eye(terms, dtype=bool) & ~usable, 1.0, r))
    grid = np.vander(np.quantile(z, at), terms, increasing=True) @ inverse
    return q * scale, grid * scale


def _logistic(task: _Task, some: Integers) -> Curves:
    """Curves of scores in [0, 1]."""
    n, terms = task.y.shape[1], task.basis.shape[2]
    mean = np.zeros(terms)
    sigma = 4.0 * np.eye(terms)
    part, beta = task.take(some), np.zeros((len(some), terms))
    for _ in range(EM_STEPS):
        # One step of Newton's method a round: mode and population move together.
        beta, covariance = _newton(part, beta, mean, sigma)
        mean, sigma = _population(beta, covariance)
    beta = np.tile(mean, (n, 1))
    for _ in range(NEWTON_STEPS):
        before = beta
        beta, covariance = _newton(task, before, mean, sigma)
        if float(np.abs(beta - before).max()) < NEAR:
            break
    p = _shares(task, task.grid, beta, covariance)
    own = _shares(task, task.basis, beta, covariance).T
    residual = task.only_given(task.y - own).astype(np.float64)
    noise = np.asarray(task.only_given(own * (1.0 - own)).mean(axis=0), dtype=np.float64)
    # Fractions vary less than right and wrong do.
    spread = float((residual**2).mean()) / float(noise.mean())
    dispersion = 1.0 if _certain(task) else min(spread, 1.0)
    slope, error = beta[:, 1], np.sqrt(covariance[:, 1, 1])
    variance = dispersion * (p * (1.0 - p))
    return Curves(p, variance, residual, dispersion * noise, slope, error)


def _certain(task: _Task) -> bool:
    """Whether all scores are 0 or 1."""
    return bool(np.isin(task.y, (0.0, 1.0)).all())


def _shares(task: _Task, places: Floats, beta: Floats, covariance: Floats) -> Floats:
    """Give p over the items' posteriors, (N, G), where phi is ``places``, (F, G, P)."""
    out = np.empty((len(beta), places.shape[1]))
    for f, phi in enumerate(places):
        inside = task.fold == f
        g, terms = phi.shape
        products = (phi[:, :, None] * phi[:, None, :]).reshape(g, terms**2)
        spread = covariance[inside].reshape(-1, terms**2) @ products.T
        out[inside] = sigmoid((beta[inside] @ phi.T) / np.sqrt(1.0 + np.pi / 8.0 * spread))
    return out


def _newton(task: _Task, beta: Floats, mu: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """One step towards each item's posterior mode, (N, P), and the inverse curvature there."""
    precision = np.linalg.inv(sigma)
    p = task.chances(beta)
    gradient = task.times(task.only_given(task.y - p)) - (beta - mu) @ precision
    covariance = np.linalg.inv(task.gram(task.only_given(p * (1.0 - p))) + precision)
    step = np.einsum("npq,nq->np", covariance, gradient)
    # No step longer than 2 on the scale of log-odds: far from the mode the curvature misleads.
    length = np.sqrt((step**2).sum(axis=1, keepdims=True))
    return beta + step * np.minimum(1.0, 2.0 / np.maximum(length, TINY)), covariance


def _linear(task: _Task, some: Integers) -> Curves:
    """Curves of other scores."""
    gram, cross = task.gram(task.given.astype(np.float64)), task.times(task.y)
    terms = task.basis.shape[2]
    scale = float(np.mean(task.y[task.given] ** 2)) or 1.0
    ridge = TINY * np.eye(terms)
    plain = np.linalg.solve(gram + ridge, cross[:, :, None])[:, :, 0]
    residual = np.maximum((task.y**2).sum(axis=0) - (plain * cross).sum(axis=1), 0.0)
    df = np.maximum(task.given.sum(axis=0) - terms, 1).astype(np.float64)
    noise = np.maximum(moderate(residual / df, df)[0], TINY * scale)
    mean = plain[some].mean(axis=0)
    centred = plain[some] - mean
    sigma = centred.T @ centred / len(some) + TINY * scale * np.eye(terms)
    gram, cross = gram / noise[:, None, None], cross / noise[:, None]
    for _ in range(EM_STEPS):
        mean, sigma = _population(*_posterior(gram[some], cross[some], mean, sigma))
        sigma += TINY * scale * np.eye(terms)
    beta, covariance = _posterior(gram, cross, mean, sigma)
    p = np.einsum("ngp,np->ng", task.grid[task.fold], beta)
    variance = np.repeat(noise[:, None], p.shape[1], axis=1)
    rest = task.only_given(task.y - task.predict(beta)).astype(np.float64)
    noise = noise * task.given.mean(axis=0)
    return Curves(p, variance, rest, noise, beta[:, 1], np.sqrt(covariance[:, 1, 1]))


def _posterior(gram: Floats, cross: Floats, mu: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """Mean, (N, P), and covariance, (N, P, P), of every item's coefficients."""
    precision = np.linalg.inv(sigma)
    covariance = np.linalg.inv(gram + precision)
    return np.einsum("npq,nq->np", covariance, cross + precision @ mu), covariance


def _population(beta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mu and Sigma that fit the items' posteriors best."""
    mu = beta.mean(axis=0)
    centred = beta - mu
    sigma = centred.T @ centred / len(beta) + covariance.mean(axis=0)
    return mu, sigma + TINY * np.eye(len(mu))
