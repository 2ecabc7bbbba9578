r"""Signs that a model gamed the judge: no proof, a reason to read its answers.

A constant answer
    At least a fifth of the answers have one and the same length (of ten instructions or more).
    Among the 227 models whose answers AlpacaEval keeps two do: one that gives a fixed text, and
    one that was made to game the judge; the next has 2.7%.
Wins that go with length
    The slope of length lies far above the other models'.
Wins that do not depend on the instruction
    The slope of the difficulty lies far on the side of nought from the other models'.

Far is measured by z = (b_m - median of b) / sqrt(S^2 + v_m), S 1.4826 times the median absolute
deviation and v_m the sandwich variance of b_m; beyond 3.5, the usual bound for outliers by medians,
with at least eight models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.winrate.wide import LENGTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.fits import Controlled
    from theodolite.scoring.winrate.wide import Wide

    Floats = NDArray[np.float64]

__all__ = ["fixed_texts", "same_length_share", "suspects_of"]

CONSTANT_SHARE, CONSTANT_COUNT = 0.2, 10
FAR = 3.5
FEWEST = 8
NORMAL = 1.4826


def suspects_of(wide: Wide, controlled: Controlled, errors: Floats) -> list[list[str]]:
    """Give each model's reasons, in words; none for most.

    Parameters
    ----------
    wide, controlled
        The preferences, and the fits.
    errors
        Standard errors of the coefficients, (M, P).
    """
    reasons = fixed_texts(wide)
    itself = np.array([name == wide.baseline for name in wide.models])
    usable = controlled.told & ~controlled.separated & ~itself
    if LENGTH in controlled.names:
        at_length = controlled.names.index(LENGTH)
        z = _far(controlled.fit.coefficients[:, at_length], errors[:, at_length], usable)
        for k in np.flatnonzero(z > FAR):
            reasons[k].append("its wins go with length far more than other models' do")
    if "difficulty" in controlled.names:
        column = controlled.names.index("difficulty")
        slope = controlled.fit.coefficients[:, column]
        sign = np.sign(np.median(slope[usable])) if usable.any() else 1.0
        z = _far(sign * slope, errors[:, column], usable)
        for k in np.flatnonzero(z < -FAR):
            reasons[k].append("its wins hardly depend on the instruction, as other models' wins do")
    return reasons


def fixed_texts(wide: Wide) -> list[list[str]]:
    """Give the models whose answers have one length too often, in words; none for most."""
    reasons: list[list[str]] = [[] for _ in wide.models]
    if wide.length is None:
        return reasons
    itself = np.array([name == wide.baseline for name in wide.models])
    share, at = same_length_share(wide)
    for k in np.flatnonzero((share >= CONSTANT_SHARE) & (wide.n >= CONSTANT_COUNT) & ~itself):
        reasons[k].append(
            f"{100 * share[k]:.0f}% of its answers are {at[k]:,.0f} characters long: "
            "it may give a fixed text"
        )
    return reasons


def same_length_share(wide: Wide) -> tuple[Floats, Floats]:
    """Give the share of answers with a model's most frequent length, (M,), and that length.

    Empty answers do not count: they are failures.
    """
    length = wide.length
    if length is None:
        raise ValueError("the preferences have no lengths")
    there = np.where(wide.given & (length > 0), length, -1.0)
    order = np.sort(there, axis=1)
    m, n = order.shape
    new = np.ones((m, n), dtype=bool)
    new[:, 1:] = order[:, 1:] != order[:, :-1]
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0), axis=1)
    run = np.where(order >= 0, np.arange(n) - start + 1, 0)
    best = run.argmax(axis=1)
    rows = np.arange(m)
    return run[rows, best] / wide.given.sum(axis=1), order[rows, best]


def _far(slope: Floats, error: Floats, usable: NDArray[np.bool_]) -> Floats:
    """How far each slope lies from the others, in their units; 0 where nobody can tell."""
    if int(usable.sum()) < FEWEST:
        return np.zeros(len(slope))
    middle = np.median(slope[usable])
    spread = NORMAL * np.median(np.abs(slope[usable] - middle))
    scale = np.sqrt(spread**2 + error**2)
    return np.where(usable & (scale > 0), (slope - middle) / np.where(scale > 0, scale, 1.0), 0.0)
