r"""How many more tokens would tell two hypotheses apart, size by size.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
D_s       the most tokens that a size has seen
m         a multiple of D_s
H, G      two hypotheses, each with an interval of the loss of new runs at m D_s
k         new runs, whose mean is taken
========  ==================================================================================

From D_s on every hypothesis starts at the loss of the size's own curve there, so that what tells
them apart is how the loss goes on: as the law's does, over the size's own floor, or not at all.
The line in ln D starts at its own height. m decides between H and G where their intervals have
nothing in common any more; it is the least such multiple up to 1,000. The interval of m takes the
same half-widths to each joint draw of both curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.saturation.comparing import OWN_EXPONENT
from theodolite.scaling.saturation.slopes import law_losses
from theodolite.stats.floor_curves import floor_curves, group_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.saturation.comparing import Hypothesis
    from theodolite.scaling.saturation.sizes import Sizes
    from theodolite.stats.floor_curves import FloorCurves, GroupLines

    Array = NDArray[np.float64]

__all__ = ["MOST_MULTIPLE", "Curves", "curves_of", "decisions"]

MOST_MULTIPLE = 1000.0
MULTIPLES = np.geomspace(1.0, MOST_MULTIPLE, 121)
PAIRS: tuple[tuple[Hypothesis, Hypothesis], ...] = (
    ("law", "saturated"),
    ("law", "own-floor"),
    ("law", "log-linear"),
)
MOST_DRAWS = 500


@dataclass(frozen=True)
class Curves:
    """Each size's own curves: at the estimate and at draws of the noise about them.

    Attributes
    ----------
    floors, lines
        Power over a floor and line in ln D of each size, (1, S).
    floor_draws, line_draws
        Of new noise, (R, S).
    noise, df
        Standard deviation of a run about its size's power, as a share of its loss, and its
        degrees of freedom.
    """

    floors: FloorCurves
    lines: GroupLines
    floor_draws: FloorCurves
    line_draws: GroupLines
    noise: float
    df: int


def curves_of(sizes: Sizes, draws: int, generator: np.random.Generator) -> Curves:
    """Fit each size's own curves, and fit them again to draws of the noise about the power."""
    own = sizes.levels >= OWN_EXPONENT
    one = np.ones((1, len(sizes.loss)))
    floors = floor_curves(sizes.runs, sizes.loss[None], one, own=own)
    lines = group_lines(sizes.runs, sizes.loss[None], one)
    mean = floors.at(sizes.group, sizes.runs.ahead)
    away = (sizes.loss - mean[0]) / sizes.loss
    used = 2 * len(sizes) + int(own.sum()) + int(not own.all())
    df = max(len(sizes.loss) - used, 1)
    noise = max(float(np.sqrt(away @ away / df)), 1e-6)
    count = min(draws, MOST_DRAWS)
    wide = np.sqrt(df / generator.chisquare(df, size=(count, 1)))
    shape = (count, len(sizes.loss))
    drawn = mean * np.exp(np.clip(noise * wide * generator.standard_normal(shape), -2.0, 2.0))
    return Curves(
        floors,
        lines,
        floor_curves(sizes.runs, drawn, one, own=own),
        group_lines(sizes.runs, drawn, one),
        noise,
        df,
    )


def decisions(
    sizes: Sizes,
    fit: ScalingFit,
    curves: Curves,
    *,
    noise: float,
    new_runs: int,
    generator: np.random.Generator,
) -> pl.DataFrame:
    """Find the least multiple of each size's tokens that decides between hypotheses.

    Parameters
    ----------
    sizes, fit, curves
        The runs by size, the law of all runs, each size's own curves.
    noise
        Standard deviation of a late run, as a share of its loss.
    new_runs
        k.
    generator
        Of the new runs' noise.

    Returns
    -------
    polars.DataFrame
        One row a size and pair: ``params``, ``between``, ``and``, ``multiple``, ``low``,
        ``high`` (infinite where none up to 1,000 decides), ``tokens``, ``reason``.
    """
    count = min(len(fit.fitted.draws), len(curves.floor_draws.floor))
    spread = noise / np.sqrt(new_runs) * generator.standard_normal((count, 1))
    tail = (1.0 - fit.level) / 2.0
    rows: list[dict[str, Any]] = []
    for size in range(len(sizes)):
        paths = _paths(sizes, fit, curves, size, count)
        ends = {
            name: np.quantile(drawn * (1.0 + spread), [tail, 1.0 - tail], axis=0)
            for name, (_, drawn) in paths.items()
        }
        for one, two in PAIRS:
            halves = sum((ends[name][1] - ends[name][0]) / 2.0 for name in (one, two))
            apart = (ends[one][0] > ends[two][1]) | (ends[two][0] > ends[one][1])
            gaps = np.abs(paths[one][1] - paths[two][1]) > halves
            multiple = float(_first(apart[None])[0])
            low, high = np.quantile(_first(gaps), [tail, 1.0 - tail], method="nearest")
            rows.append(
                {
                    "params": float(sizes.params[size]),
                    "between": one,
                    "and": two,
                    "multiple": multiple,
                    "low": min(float(low), multiple),
                    "high": max(float(high), multiple),
                    "tokens": multiple * float(np.exp(sizes.runs.last[size])),
                    "reason": None if np.isfinite(multiple) else _reason(paths, (one, two)),
                }
            )
    return pl.DataFrame(rows, schema_overrides={"reason": pl.String})


def _paths(
    sizes: Sizes, fit: ScalingFit, curves: Curves, size: int, count: int
) -> dict[Hypothesis, tuple[Array, Array]]:
    """Return the loss at each multiple, (M,), and its draws, (R, M), by hypothesis."""
    ahead = np.log(MULTIPLES)
    codes = np.full(len(ahead), size)
    last = sizes.runs.last[size] + ahead
    law, law_draws = law_losses(fit, np.full(len(ahead), np.log(sizes.params[size])), last)
    own, own_draws = curves.floors.at(codes, ahead)[0], curves.floor_draws.at(codes, ahead)
    own_draws, law_draws = own_draws[:count], law_draws[:count]
    line = curves.lines.at(codes, ahead)[0], curves.line_draws.at(codes, ahead)[:count]
    here, heres = own[0], own_draws[:, :1]
    return {
        "law": (here + law - law[0], heres + law_draws - law_draws[:, :1]),
        "own-floor": (own, own_draws),
        "log-linear": line,
        "saturated": (np.full(len(ahead), here), np.broadcast_to(heres, own_draws.shape)),
    }


def _first(apart: NDArray[np.bool_]) -> Array:
    """Return the least multiple at which each row is true, infinite where none is."""
    at = apart.argmax(axis=1)
    return np.where(apart.any(axis=1), MULTIPLES[at], np.inf)


def _reason(
    paths: dict[Hypothesis, tuple[Array, Array]], pair: tuple[Hypothesis, Hypothesis]
) -> str:
    one, two = (paths[name][0] for name in pair)
    most = float(np.max(np.abs(one - two) / one))
    return (
        f"even at {MOST_MULTIPLE:,.0f} times the tokens they are at most {100 * most:.2g}% apart, "
        "less than their intervals are wide"
    )
