r"""Features of models for every weighting of the families: principal capabilities, or compute.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
n, p      models and benchmarks
G         families that are fitted
R         draws
S         capabilities: U'(x - mu), in standard deviations of the first among fitted models
========  ==================================================================================

The weightings are one of ones, G that each leave a family out, and R draws: each family's models
weigh together by one exponential number (the Bayesian bootstrap of families), so that no draw
loses what a benchmark or target rests on.

References
----------
D. B. Rubin (1981), Annals of Statistics 9, 130-134. doi:10.1214/aos/1176345338
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError
from theodolite.stats.factors import Factors, factors, filled_by_one, project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.observational.cells import ObservationalSettings

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.intp]

__all__ = ["FEWEST_FAMILIES", "Latent", "Weightings", "capabilities", "logarithm"]

FEWEST_FAMILIES = 4


@dataclass(frozen=True)
class Weightings:
    """Weightings of the models by family.

    Attributes
    ----------
    fitted
        Which models may be fitted, (n,).
    family
        The number of each model's family, (n,); those of fitted models are 0 to G - 1, others -1.
    matrix
        (1 + G + R, n); 0 where a model is not fitted.
    groups, draws
        G and R.
    """

    fitted: Flags
    family: Integers
    matrix: Array
    groups: int
    draws: int

    @classmethod
    def of(cls, families: Sequence[str], fitted: Flags, setup: ObservationalSettings) -> Weightings:
        """Number the families, and draw.

        Raises
        ------
        TooFewError
            There are fewer than four families: what differs between them cannot be told.
        """
        names = np.asarray(families)
        kinds = np.unique(names[fitted])
        if len(kinds) < FEWEST_FAMILIES:
            raise TooFewError(
                f"{len(kinds)} families of models are too few: what one family's scores say of "
                f"another's is learned from {FEWEST_FAMILIES} or more"
            )
        at = np.searchsorted(kinds, names).clip(max=len(kinds) - 1)
        family = np.where(kinds[at] == names, at, -1)
        rng = np.random.default_rng(setup.seed)
        mass = rng.standard_exponential((setup.draws, len(kinds)))
        apart = 1.0 - np.eye(len(kinds))
        by_family = np.concatenate([np.ones((1, len(kinds))), apart, mass])
        matrix = by_family[:, family] * fitted
        return cls(fitted, family, matrix, len(kinds), setup.draws)

    @property
    def drawn(self) -> slice:
        """The rows of the draws."""
        return slice(1 + self.groups, None)


@dataclass(frozen=True)
class Latent:
    """Features of the models under each weighting.

    Attributes
    ----------
    features
        (1 + G + R, n, K); 0 where not known.
    spread
        Their covariance from missing scores, (1 + G + R, n, K, K); ``None`` where there is none.
    known
        Which models have them, (n,).
    factors
        The axes behind capabilities.
    scale
        The standard deviation that is 1 in ``features``, (1 + G + R,).
    """

    features: Array
    spread: Array | None
    known: Flags
    factors: Factors | None = None
    scale: Array | None = None


def capabilities(table: Array, weightings: Weightings, setup: ObservationalSettings) -> Latent:
    """Estimate the principal capabilities of all models; axes come from the fitted ones alone.

    Raises
    ------
    TooFewError
        There are no more benchmarks than components, or too few rows.
    """
    if table.shape[1] <= setup.components:
        raise TooFewError(
            f"{table.shape[1]} benchmarks are too few for {setup.components} components: take "
            "fewer components, or more benchmarks"
        )
    used, weights = table[weightings.fitted], weightings.matrix[:, weightings.fitted]
    rows = table
    if setup.impute == "pca1":
        used = filled_by_one(used)
        rows = table.copy()
        rows[weightings.fitted] = used
    elif setup.impute == "complete":
        whole = ~np.isnan(used).any(axis=1)
        used, weights = used[whole], weights[:, whole]
    first = factors(used, weights[:1], setup.components)
    found = factors(used, weights, setup.components, start=first)
    scores, spread = project(rows, found)
    mass = weightings.matrix / weightings.matrix.sum(axis=1, keepdims=True)
    mean = (mass * scores[:, :, 0]).sum(axis=1, keepdims=True)
    scale = np.sqrt((mass * (scores[:, :, 0] - mean) ** 2).sum(axis=1))
    return Latent(
        features=scores / scale[:, None, None],
        spread=spread / (scale**2)[:, None, None, None],
        known=np.ones(len(table), dtype=bool),
        factors=found,
        scale=scale,
    )


def logarithm(values: Array, weightings: Weightings) -> Latent:
    """Take the logarithm of FLOPs or parameters as the one feature, standardised."""
    known = ~np.isnan(values)
    logs = np.log10(np.where(known, values, 1.0))
    inside = logs[known & weightings.fitted]
    spread = inside.std() if len(inside) else 0.0
    if spread == 0.0:
        return Latent(np.zeros((len(weightings.matrix), len(values), 1)), None, known & False)
    logs = np.where(known, (logs - inside.mean()) / spread, 0.0)
    features = np.broadcast_to(logs[None, :, None], (len(weightings.matrix), len(values), 1))
    return Latent(features, None, known)
