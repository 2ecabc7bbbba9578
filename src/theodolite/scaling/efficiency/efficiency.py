"""Score against compute: what it explains, where the frontier is, and what each score is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, TooFewError, UsageError
from theodolite.scaling.efficiency.combined import combined
from theodolite.scaling.efficiency.curve import CurveSettings, ScoreCurve, fit_curve
from theodolite.scaling.efficiency.explained import explained, explained_in_all, product
from theodolite.scaling.efficiency.frontier import frontier
from theodolite.scaling.efficiency.gains import own_gains
from theodolite.scaling.efficiency.progress import progress
from theodolite.scaling.efficiency.result import Efficiency
from theodolite.scaling.efficiency.sizes import size_groups, smallest_over_time
from theodolite.tables.scored import SHARES, scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Condition, Models
    from theodolite.tables.checks import Removal

    Array = NDArray[np.float64]

__all__ = ["efficiency"]

MOST_BENCHMARKS = 50
PLAIN = CurveSettings()


def efficiency(
    models: Models,
    benchmarks: Sequence[str] | None = None,
    *,
    kinds: Sequence[str] = ("base",),
    conditions: Sequence[Condition] = (),
    settings: CurveSettings = PLAIN,
    level: float = 0.95,
    seed: int = 0,
) -> Efficiency:
    r"""Fit scores against training compute, and read everything off the curves.

    On each benchmark ``s = c + (h - c) sigmoid(a + b (log C - mean) + u + w)``, C = 6 N D FLOPs, N
    the parameters that work on a token, with a random effect u of the family and w of the model,
    and the noise of each score. The gain of a model is the factor of compute at which the curve of
    the other families has its score.

    Parameters
    ----------
    models
        The table.
    benchmarks
        Which; all that hold a curve (eight models in five families) where left out.
    kinds, conditions
        Which models and measurements.
    settings
        How curves are fitted.
    level
        Of every interval.
    seed
        Of the draws of families.

    Raises
    ------
    UsageError
        There is no such benchmark, or it is no share.
    TooFewError
        No benchmark holds a curve.
    NotIdentifiedError
        A benchmark that was named has models of one compute, but for one family.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556 (6 N D); A. Ho et al. (2024), arXiv:2403.05812
    (progress as a factor of compute a year).

    Examples
    --------
    >>> from theodolite.loading import load_models
    >>> found = efficiency(load_models(), ["MMLU"])
    >>> found.verdict, len(found.gains) >= 30
    ('cannot be told', True)
    """
    if not 0.5 <= level < 1.0:  # noqa: PLR2004
        raise UsageError(f"a level of {level:g} is not between 0.5 and 1")
    if seed < 0:
        raise UsageError(f"a seed of {seed} is below 0")
    curves, left_out, removed = _curves(models, benchmarks, (kinds, conditions), settings)
    weights = _weights(curves, settings.n_resamples, seed)
    parts = {c.name: explained(c, w, level) for c, w in zip(curves, weights, strict=True)}
    rising = [curve for curve in curves if curve.rises(level)]
    gains = {curve.name: own_gains(curve, level) for curve in curves}
    joint = combined(rising, level) if rising else None
    if joint and len(rising) == 1:
        joint = joint.with_own(gains[rising[0].name])
    return Efficiency(
        curves=tuple(curves),
        gains=pl.concat(list(gains.values())),
        combined=joint,
        explained={name: part for name, (part, _) in parts.items()},
        products={curve.name: product(curve, level) for curve in curves},
        share=explained_in_all(list(parts.values()), level),
        frontiers=tuple(
            frontier(c, w, level) for c, w in zip(curves, weights, strict=True) if c in rising
        ),
        progress=progress(rising, level) if rising else None,
        sizes=size_groups(joint, level) if joint else None,
        smallest=smallest_over_time(curves, level),
        left_out=tuple(left_out),
        level=level,
        seed=seed,
        settings=settings,
        removed=tuple(removed),
    )


def _curves(
    models: Models,
    benchmarks: Sequence[str] | None,
    which: tuple[Sequence[str], Sequence[Condition]],
    settings: CurveSettings,
) -> tuple[list[ScoreCurve], list[tuple[str, str]], list[tuple[str, tuple[Removal, ...]]]]:
    """Fit each benchmark; one that was not named may be left out, with the reason."""
    names = _named(models, benchmarks)
    curves, left_out, removed = [], [], []
    for name in names:
        try:
            found = scored(models, name, kinds=which[0], conditions=which[1])
            curves.append(fit_curve(found, settings))
            removed.append((name, found.removed))
        except CannotAnswerError as error:
            if benchmarks:
                raise
            left_out.append((name, str(error).removeprefix(f"{name}: ")))
    if not curves:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out)
        raise TooFewError(f"no benchmark holds a curve of score against compute. {reasons}")
    return curves, left_out, removed


def _named(models: Models, benchmarks: Sequence[str] | None) -> list[str]:
    if benchmarks:
        names = list(dict.fromkeys(models.find_field(name) for name in benchmarks))
    else:
        units = models.results.group_by("benchmark").agg(pl.col("unit").is_in(SHARES).all())
        names = units.filter("unit")["benchmark"].sort().to_list()
        if not names:
            raise TooFewError("the models have no score in percent or as a share")
    if len(names) > MOST_BENCHMARKS:
        raise UsageError(
            f"{len(names)} benchmarks are more than {MOST_BENCHMARKS}: name some (--benchmark)"
        )
    return names


def _weights(curves: Sequence[ScoreCurve], n: int, seed: int) -> list[Array]:
    """Draw the weights of families, the same family alike on every benchmark."""
    order = {f: i for i, f in enumerate(dict.fromkeys(f for c in curves for f in c.families))}
    drawn = np.random.default_rng(seed).exponential(size=(n, len(order)))
    return [drawn[:, [order[family] for family in curve.families]] for curve in curves]
