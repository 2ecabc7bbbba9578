r"""Principal components of a table with missing cells, for many weightings at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x         a row of p scores, of which some are missing
mu, C     its mean (p,) and covariance (p, p)
K         components
U         the first K eigenvectors of the covariance, (p, K): axes
l         its eigenvalues, the largest first
s^2       mean of l after the K-th
R         weightings of the rows, all solved together
========  ==================================================================================

x ~ N(mu, C) with C = U diag(l_1..l_K) U' + s^2 (I - U U'): probabilistic PCA. EM takes the missing
cells as the only unknowns: the expected mean and scatter given what is there, then the closed form.
Where nothing is missing its first step is the ordinary PCA. The scores of a row are the conditional
mean of U'(x - mu) given its observed cells, with the conditional covariance, which is 0 for a
complete row. Cells are taken to be missing at random given the observed ones.

References
----------
M. E. Tipping and C. M. Bishop (1999), Journal of the Royal Statistical Society B 61, 611-622.
doi:10.1111/1467-9868.00196
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.errors import NotConvergedError, TooFewError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Impute = Literal["em", "pca1", "complete"]

__all__ = ["IMPUTATIONS", "Factors", "factors", "filled_by_one", "held_out_cells", "project"]

IMPUTATIONS: tuple[Impute, ...] = ("em", "pca1", "complete")
STEPS = 1000
TOLERANCE = 1e-5
# Variance that a column keeps where resampled rows are all the same.
LEAST = 1e-8
FOLDS = 5
# Numbers held at once.
MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class Factors:
    """Principal components of R weightings of the rows.

    Attributes
    ----------
    mean, covariance
        mu (R, p) and C (R, p, p) of the model with K components.
    axes
        U, (R, p, K); each column sums to a positive number.
    eigenvalues
        l of the covariance of the filled table, (R, p).
    steps
        Steps of EM.
    """

    mean: Array
    covariance: Array
    axes: Array
    eigenvalues: Array
    steps: int

    @property
    def explained(self) -> Array:
        """The share of the variance on each axis, (R, p)."""
        shares: Array = self.eigenvalues / self.eigenvalues.sum(axis=1, keepdims=True)
        return shares


def factors(
    table: Array, weights: Array, components: int, *, start: Factors | None = None
) -> Factors:
    """Estimate mean, covariance and axes for each weighting.

    Parameters
    ----------
    table
        (n, p) with NaN where a cell is missing.
    weights
        (R, n), not negative.
    components
        K, below p.
    start
        Where to start, of one weighting: the same table's unweighted estimate makes it fast.

    Raises
    ------
    TooFewError
        Fewer rows than components, or a column without two values.
    NotConvergedError
        EM of the first weighting does not come to rest. Another, of which the cells do not hold all
        covariances, is left where it stands after 1,000 steps from the start.

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0, 3.1], [2.0, 4.1, 6.0], [3.0, np.nan, 9.0], [4.0, 8.0, 12.2]])
    >>> factors(rows, np.ones((1, 4)), 1).explained[0, 0].round(3).item()
    1.0
    """
    seen = ~np.isnan(table)
    if len(table) <= components or (seen.sum(axis=0) < 2).any():  # noqa: PLR2004
        raise TooFewError(
            f"{len(table)} rows with scores are too few for {components} principal components: "
            "take fewer components, or fewer benchmarks"
        )
    parts = _parts(table, seen, weights)
    mean, covariance = _start(table, seen, weights, start)
    total = weights.sum(axis=1)
    for step in range(1, STEPS + 1):
        mean, scatter = _expected(parts, mean, covariance, total)
        values, axes = np.linalg.eigh(scatter)
        values, axes = np.maximum(values[:, ::-1], LEAST), axes[:, :, ::-1]
        rest = values[:, components:].mean(axis=1, keepdims=True)
        kept = np.where(np.arange(values.shape[1]) < components, values, rest)
        new = (axes * kept[:, None, :]) @ axes.transpose(0, 2, 1)
        change = np.abs(new - covariance).max(axis=(1, 2)) / np.abs(covariance).max(axis=(1, 2))
        covariance = new
        settled = bool((change < TOLERANCE).all()) or (seen.all() and step > 1)
        if settled or (step == STEPS and change[0] < TOLERANCE):
            axes = axes[:, :, :components]
            sign = np.where(axes.sum(axis=1) < 0, -1.0, 1.0)
            return Factors(mean, covariance, axes * sign[:, None, :], values, step)
    raise NotConvergedError(f"principal components did not settle in {STEPS:,} steps of EM")


def project(table: Array, found: Factors) -> tuple[Array, Array]:
    """Return the scores of rows on the axes, and their covariance from missing cells.

    Parameters
    ----------
    table
        (n, p) with NaN where a cell is missing.
    found
        Mean, covariance and axes of R weightings.

    Returns
    -------
    tuple
        (R, n, K), and (R, n, K, K).

    Examples
    --------
    >>> rows = np.array([[0.0, 0.0], [1.0, 1.1], [2.0, 1.9], [3.0, np.nan]])
    >>> scores, spread = project(rows, factors(rows, np.ones((1, 4)), 1))
    >>> bool(scores[0, 3, 0] > scores[0, 2, 0]), spread[0, :, 0, 0].round(4).tolist()[:3]
    (True, [0.0, 0.0, 0.0])
    """
    count, (n, _), k = len(found.mean), table.shape, found.axes.shape[2]
    scores, spread = np.empty((count, n, k)), np.zeros((count, n, k, k))
    for seen, at in _patterns(~np.isnan(table)):
        centred = np.where(seen, table[at], 0.0)[None] - np.where(seen, found.mean, 0.0)[:, None]
        if not seen.all():
            slopes, left = _conditional(found.covariance, seen)
            centred[:, :, ~seen] = centred[:, :, seen] @ slopes.transpose(0, 2, 1)
            axes = found.axes[:, ~seen]
            spread[:, at] = (axes.transpose(0, 2, 1) @ left @ axes)[:, None]
        scores[:, at] = centred @ found.axes
    return scores, spread


def filled_by_one(table: Array, *, low: float = 0.0, high: float = 1.0) -> Array:
    """Fill missing cells from one principal component, by repeated least squares.

    The way of Ruan et al. (2024, arXiv:2405.10938): missing cells start at the column's mean and
    are replaced by the first component's until they rest, kept within ``low`` and ``high``.
    """
    seen = ~np.isnan(table)
    filled = np.where(seen, table, np.nanmean(table, axis=0))
    for _ in range(STEPS):
        mean = filled.mean(axis=0)
        left, size, right = np.linalg.svd(filled - mean, full_matrices=False)
        guess = mean + size[0] * np.outer(left[:, 0], right[0])
        new = np.where(seen, table, np.clip(guess, low, high))
        if np.abs(new - filled).max() < TOLERANCE:
            return new
        filled = new
    raise NotConvergedError(f"imputation by one component did not settle in {STEPS:,} steps")


def held_out_cells(table: Array, most: int, *, rng: np.random.Generator) -> Array:
    """Return the mean squared error of held-out cells for 1 to ``most`` components.

    A fifth of the observed cells is hidden in turn and predicted from the others of its row. The
    error is infinite for a number that the rest of the cells cannot hold.
    """
    rows, columns = np.nonzero(~np.isnan(table))
    fold = rng.permutation(len(rows)) % FOLDS
    errors = np.zeros(most)
    for hidden in range(FOLDS):
        out = rows[fold == hidden], columns[fold == hidden]
        kept = table.copy()
        kept[out] = np.nan
        for k in range(1, most + 1):
            try:
                found = factors(kept, np.ones((1, len(kept))), k)
            except (NotConvergedError, TooFewError):
                errors[k - 1] = np.inf
                continue
            errors[k - 1] += float(((_filled(kept, found)[out] - table[out]) ** 2).sum())
    return errors / len(rows)


def _filled(table: Array, found: Factors) -> Array:
    """Fill each row's missing cells with their conditional mean under the first weighting."""
    filled = table.copy()
    for seen, at in _patterns(~np.isnan(table)):
        slopes, _ = _conditional(found.covariance[:1], seen)
        mean = found.mean[0]
        part = (table[at][:, seen] - mean[seen]) @ slopes[0].T + mean[~seen]
        filled[np.ix_(at, ~seen)] = part
    return filled


def _patterns(seen: Flags) -> Iterator[tuple[Flags, Flags]]:
    """Give each pattern of observed cells, and the rows that have it."""
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    for number, kind in enumerate(kinds):
        yield kind, which.ravel() == number


def _conditional(covariance: Array, seen: Flags) -> tuple[Array, Array]:
    """Return slopes of missing on observed cells (R, u, o), and the covariance left (R, u, u)."""
    cross = covariance[:, seen][:, :, ~seen]
    given = covariance[:, seen][:, :, seen]
    slopes: Array = np.linalg.solve(given, cross).transpose(0, 2, 1).astype(np.float64)
    return slopes, covariance[:, ~seen][:, :, ~seen] - slopes @ cross


@dataclass(frozen=True)
class _Parts:
    """Sums over the rows of each of M patterns: all that EM needs.

    Attributes
    ----------
    seen
        1 where a cell is there, (M, p).
    mass, sums, products
        Weights, rows and products of rows, 0 where missing: (R, M), (R, M, p), (R, M, p, p).
    """

    seen: Array
    mass: Array
    sums: Array
    products: Array


def _parts(table: Array, seen: Flags, weights: Array) -> list[_Parts]:
    """Sum by pattern, so many patterns at a time as memory bears."""
    p, found = table.shape[1], []
    most = max(1, MOST_CELLS // (len(weights) * p * p))
    kinds = list(_patterns(seen))
    for first in range(0, len(kinds), most):
        some = kinds[first : first + most]
        rows = [np.where(kind, table[at], 0.0) for kind, at in some]
        squares = [(r[:, :, None] * r[:, None, :]).reshape(len(r), -1) for r in rows]
        masses = [weights[:, at] for _, at in some]
        pairs = [m @ q for m, q in zip(masses, squares, strict=True)]
        found.append(
            _Parts(
                seen=np.array([kind for kind, _ in some], dtype=np.float64),
                mass=np.stack([m.sum(axis=1) for m in masses], axis=1),
                sums=np.stack([m @ r for m, r in zip(masses, rows, strict=True)], axis=1),
                products=np.stack(pairs, axis=1).reshape(len(weights), len(some), p, p),
            )
        )
    return found


def _start(table: Array, seen: Flags, weights: Array, start: Factors | None) -> tuple[Array, Array]:
    count, p = len(weights), table.shape[1]
    if start is not None:
        return np.repeat(start.mean, count, 0), np.repeat(start.covariance, count, 0)
    filled = np.where(seen, table, 0.0)
    mass = np.maximum(weights @ seen, LEAST)
    mean: Array = (weights @ filled) / mass
    squares: Array = (weights @ filled**2) / mass - mean**2
    spread = np.sqrt(np.maximum(squares, LEAST))
    # Benchmarks go together: a start with correlation one half is near in few steps.
    covariance: Array = spread[:, :, None] * spread[:, None, :] * (0.5 + 0.5 * np.eye(p))
    return mean.astype(np.float64), covariance


def _expected(
    parts: list[_Parts], mean: Array, covariance: Array, total: Array
) -> tuple[Array, Array]:
    """Return the expected mean and covariance of the rows with their missing cells filled."""
    count, p = mean.shape
    first, second = np.zeros((count, p)), np.zeros((count, p, p))
    whole = covariance[:, None]
    for part in parts:
        both = part.seen[:, :, None] * part.seen[:, None, :]
        gone = 1.0 - part.seen
        # The inverse among the observed cells, 0 elsewhere, for all patterns at once.
        inverse = np.linalg.inv(whole * both + gone[:, :, None] * np.eye(p)) * both
        # A filled row is `fill @ row + base`: observed cells stay as they are.
        fill = whole @ inverse
        base = (mean[:, None] - (fill @ mean[:, None, :, None])[..., 0]) * gone
        left = (whole - fill @ whole) * (gone[:, :, None] * gone[:, None, :])
        moved = (fill @ part.sums[..., None])[..., 0]
        first += (moved + part.mass[..., None] * base).sum(axis=1)
        cross = moved[..., :, None] * base[..., None, :]
        rest = part.mass[..., None, None] * (base[..., :, None] * base[..., None, :] + left)
        filled = fill @ part.products @ fill.swapaxes(2, 3)
        second += (filled + cross + cross.swapaxes(2, 3) + rest).sum(axis=1)
    centre = first / total[:, None]
    scatter = second / total[:, None, None] - centre[:, :, None] * centre[:, None, :]
    return centre, 0.5 * (scatter + scatter.transpose(0, 2, 1))
