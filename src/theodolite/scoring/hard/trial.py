"""Choose on some models, show on others, again and again: hard lists, simpler ones, chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.hard.answers import abilities
from theodolite.scoring.hard.choosing import Choice, choose, quotas_of, top
from theodolite.scoring.hard.curves import Curves, item_curves
from theodolite.scoring.hard.showing import Forecasts, Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.hard.showing import Bench

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "ALL",
    "ANY_CATEGORY",
    "BY_CATEGORY",
    "CORRELATION",
    "HARDEST",
    "INFORMATION",
    "RANDOM",
    "VARIANCE",
    "Plan",
    "Trial",
    "try_out",
]

INFORMATION, RANDOM, ALL = "information", "random", "all"
CORRELATION, VARIANCE, HARDEST = "item-rest correlation", "variance", "hardest"
BY_CATEGORY, ANY_CATEGORY = "random by category", "information, any category"
# Random lists a split, at the wanted size and at each other.
DRAWS, DRAWS_BESIDE = 10, 4
# So many models have 4,950 pairs: more would say little more.
MOST_SHOWN_ON = 100
TINY = 1e-12


@dataclass(frozen=True)
class Plan:
    """What is tried.

    Attributes
    ----------
    size, sizes
        The wanted number of items, and all numbers that are tried, rising.
    categories
        Of the items, (N,), or ``None``.
    share
        Whether all scores lie in [0, 1].
    """

    size: int
    sizes: tuple[int, ...]
    categories: Integers | None
    share: bool

    def choice(self, curves: Curves, bench: Bench, size: int, *, diverse: bool = True) -> Choice:
        """Give the task of choosing so many items."""
        if self.categories is None or not diverse:
            return Choice(curves, bench.reach, bench.level)
        quotas = quotas_of(self.categories, size)
        return Choice(curves, bench.reach, bench.level, self.categories, quotas)


@dataclass
class Trial:
    """What was shown of models held out.

    Attributes
    ----------
    shown
        By method and size.
    apparent
        By split, the share that the chosen list separates among the models it was chosen on.
    forecasts
        Of whole scores, from the chosen lists and from random ones.
    """

    shown: dict[tuple[str, int], Shown] = field(default_factory=dict)
    apparent: list[float] = field(default_factory=list)
    forecasts: dict[str, Forecasts] = field(default_factory=dict)


def try_out(
    bench: Bench,
    plan: Plan,
    groups: Integers,
    splits: Sequence[Flags],
    rng: np.random.Generator,
) -> Trial:
    """Choose on the models that each split leaves, and show the lists on those held out.

    Parameters
    ----------
    bench
        The scores.
    plan
        What is tried.
    groups
        The group of each model, (K,).
    splits
        Which models are held out, a row a split, (K,).
    rng
        Of random lists and ties.
    """
    trial = Trial()
    models, n = bench.values.shape
    trial.forecasts = {name: Forecasts.nothing(models) for name in (INFORMATION, RANDOM)}
    for held in splits:
        values = bench.values[~held]
        curves = item_curves(values, share=plan.share, rng=rng)
        some, own = _some(held, rng), _some(~held, rng)
        for size in plan.sizes:
            chosen = choose(plan.choice(curves, bench, size), size, rng)
            _add(trial, bench, some, INFORMATION, chosen)
            draws = [
                _drawn(n, size, rng) for _ in range(DRAWS if size == plan.size else DRAWS_BESIDE)
            ]
            for drawn in draws:
                _add(trial, bench, some, RANDOM, drawn)
            if size == plan.size:
                for name, listed in _rivals(bench, plan, curves, values, rng).items():
                    _add(trial, bench, some, name, listed)
                trial.forecasts[INFORMATION].add(bench, groups, held, chosen)
                trial.forecasts[RANDOM].add(bench, groups, held, draws[0])
                apparent = Shown.nothing(models)
                apparent.add(bench, own, chosen)
                trial.apparent += apparent.shares
        _add(trial, bench, some, ALL, np.ones(n, dtype=bool))
    return trial


def _add(trial: Trial, bench: Bench, models: Integers, method: str, chosen: Flags) -> None:
    key = method, int(chosen.sum())
    if key not in trial.shown:
        trial.shown[key] = Shown.nothing(len(bench.values))
    trial.shown[key].add(bench, models, chosen)


def _rivals(
    bench: Bench, plan: Plan, curves: Curves, values: Floats, rng: np.random.Generator
) -> dict[str, Flags]:
    """Give the lists of simpler rules, equal items in a random order."""
    given = ~np.isnan(values)
    count = np.maximum(given.sum(axis=0), 1)
    y = np.where(given, values, 0.0)
    mean = y.sum(axis=0) / count
    centred = np.where(given, y - mean, 0.0)
    square = (centred**2).sum(axis=0)
    ranks = {
        CORRELATION: _item_rest(values, centred, square),
        VARIANCE: square / count,
        HARDEST: -mean,
    }
    order = rng.permutation(values.shape[1])
    out = {}
    for name, worth in ranks.items():
        chosen = np.zeros(len(order), dtype=bool)
        first = np.argsort(-worth[order], kind="stable")[: plan.size]
        chosen[order[first]] = True
        out[name] = chosen
    if plan.categories is not None:
        quotas = quotas_of(plan.categories, plan.size)
        out[BY_CATEGORY] = top(rng.random(len(order)), plan.size, plan.categories, quotas)
        free = plan.choice(curves, bench, plan.size, diverse=False)
        out[ANY_CATEGORY] = choose(free, plan.size, rng)
    return out


def _item_rest(values: Floats, centred: Floats, square: Floats) -> Floats:
    """Correlate each item with the mean of the models' other items; -1 where it is undefined.

    The rest is the mean over all items less the item's part, y / N: sums over the rest are sums
    over the whole less that part, without a matrix of rests.
    """
    n = values.shape[1]
    given = (~np.isnan(values)).astype(np.float64)
    whole = abilities(values)
    whole = whole - whole.mean()
    first, second = whole @ given, whole**2 @ given
    spread = second - first**2 / np.maximum(given.sum(axis=0), 1.0)
    both = whole @ centred
    rest = spread - 2.0 * both / n + square / n**2
    # What rounding leaves of nothing is nothing.
    known = (square > 0) & (rest > TINY * (spread + square / n**2))
    size = np.sqrt(square * np.maximum(rest, 0.0))
    return np.where(known, (both - square / n) / np.where(known, size, 1.0), -1.0)


def _drawn(n: int, size: int, rng: np.random.Generator) -> Flags:
    chosen = np.zeros(n, dtype=bool)
    chosen[rng.choice(n, size, replace=False)] = True
    return chosen


def _some(which: Flags, rng: np.random.Generator) -> Integers:
    """Take at most so many of the models that are marked."""
    models = np.flatnonzero(which)
    if len(models) <= MOST_SHOWN_ON:
        return models
    return np.sort(rng.choice(models, MOST_SHOWN_ON, replace=False))
