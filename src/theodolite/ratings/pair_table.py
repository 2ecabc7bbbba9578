"""Every pair of models that met: what happened, what the ratings predict, and whether it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.ratings.results import GoodnessOfFit
from theodolite.stats import HalfWin, PairResiduals, VoteModel, pairs_fit, starts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import Evidence
    from theodolite.stats import PairCounts, PairsFit, TieModel

    Floats = NDArray[np.float64]
    Likely = HalfWin | TieModel | VoteModel

__all__ = ["plain_pairs", "tested_pairs"]

FEW_VOTES = 5


def tested_pairs(
    evidence: Evidence, likelihood: Likely, x: Floats
) -> tuple[pl.DataFrame, GoodnessOfFit | None]:
    """Lay out every pair that met, and test whether one number a model explains them.

    Parameters
    ----------
    evidence
        All votes.
    likelihood, x
        Of the core, and its maximum, (C + E,).

    Returns
    -------
    tuple
        The pairs, without ``z`` where a model has no finite strength; and the test of the core's,
        ``None`` where no degree of freedom is left.
    """
    everything = _decided(evidence.base)
    core = evidence.separation.core
    inside, share, test = _tested(likelihood, x)
    predicted = np.where(evidence.separation.higher, 1.0, np.nan)
    predicted[evidence.separation.higher.T] = 0.0
    z = np.full_like(predicted, np.nan)
    at = (core[inside.first], core[inside.second])
    predicted[at], z[at] = share, test.z
    rows = (everything.first, everything.second)
    frame = plain_pairs(evidence.models, everything, predicted[rows], z[rows])
    return frame, None if test.df < 1 else _goodness(inside, test)


def _goodness(pairs: PairCounts, test: PairsFit) -> GoodnessOfFit:
    return GoodnessOfFit(
        statistic=test.statistic,
        df=test.df,
        p_value=test.p_value,
        pairs=len(pairs.count),
        sparse_pairs=int((pairs.count < FEW_VOTES).sum()),
    )


def plain_pairs(
    models: tuple[str, ...], pairs: PairCounts, predicted: Floats, z: Floats
) -> pl.DataFrame:
    """Lay out pairs that met with what is predicted and by how much it is missed, (P,)."""
    names = pl.Series(models)
    return pl.DataFrame(
        {
            "model_a": names.gather(pairs.first),
            "model_b": names.gather(pairs.second),
            "votes": pairs.count,
            "share": pairs.won / pairs.weight,
            "predicted": pl.Series(predicted).fill_nan(None),
            "z": pl.Series(z).fill_nan(None),
        }
    )


def _decided(likelihood: HalfWin | TieModel) -> PairCounts:
    return likelihood.pairs if isinstance(likelihood, HalfWin) else likelihood.outcomes.decided()


def _tested(likelihood: Likely, x: Floats) -> tuple[PairCounts, Floats, PairsFit]:
    """Return the pairs, the share that is expected of each, and the test."""
    if isinstance(likelihood, VoteModel):
        pairs, predicted, at = _summed(likelihood, x)
    else:
        pairs = _decided(likelihood)
        predicted, slope = likelihood.share(pairs.gap(x), x)
        at = PairResiduals.of(pairs, predicted, slope)
    return pairs, predicted, pairs_fit(pairs, at)


def _summed(model: VoteModel, x: Floats) -> tuple[PairCounts, Floats, PairResiduals]:
    """Sum what the test needs over the votes of each pair, both_bad left out as in its table."""
    decided = model.without_both_bad()
    pairs = _decided(decided.base)
    p, slope = model.shares(x, decided.rows)
    rows = decided.rows
    # Votes stand pair by pair, and every pair of the table has some.
    starts = starts_of(rows.pair)

    def total(values: Floats) -> Floats:
        return np.add.reduceat(values, starts)

    w, y = rows.weight, rows.share
    at = PairResiduals(
        residual=total(w * (y - p)),
        slope=total(w * slope),
        covariate_slope=np.column_stack([total(w * slope * z) for z in rows.style]),
        spread=total((w * (y - p)) ** 2),
        coin=total(w * w * p * (1.0 - p)),
    )
    return pairs, total(w * p) / pairs.weight, at
