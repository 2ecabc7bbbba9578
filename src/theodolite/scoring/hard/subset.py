"""The subset of a benchmark that separates models best, chosen on some models and shown on others.

The mathematics stands beside its code: what items are expected to score in
:mod:`~theodolite.scoring.hard.curves`, how they are chosen in
:mod:`~theodolite.scoring.hard.choosing`, what they show of models held out in
:mod:`~theodolite.scoring.hard.showing`, the intervals in :mod:`~theodolite.scoring.hard.shares`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.scoring.hard.answers import abilities, matrix_of
from theodolite.scoring.hard.choosing import choose
from theodolite.scoring.hard.curves import item_curves
from theodolite.scoring.hard.groups import FEWEST_HELD, FEWEST_TRAINED, groups_of, splits_of
from theodolite.scoring.hard.results import HardSubset, HoldOut
from theodolite.scoring.hard.shares import difference_over_pairs, share_over_pairs
from theodolite.scoring.hard.showing import Bench, Shown
from theodolite.scoring.hard.trial import ALL, INFORMATION, RANDOM, Plan, try_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.hard.answers import Matrix
    from theodolite.scoring.hard.curves import Curves
    from theodolite.scoring.hard.shares import Estimate
    from theodolite.scoring.hard.showing import Forecasts
    from theodolite.scoring.hard.trial import Trial
    from theodolite.tables import Scores

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["hard"]

# Tried beside the wanted size, as parts of it.
TRIED = (0.25, 0.5, 1.0, 2.0, 4.0)
FEWEST_ITEMS = 4
MOST_SPLITS = 1000
# Of the items named one in five or fewer should be named by chance.
SURE = 0.8
BY_HALVES = HoldOut()


def hard(
    scores: Scores,
    *,
    size: int,
    by: str | None = None,
    holdout: HoldOut = BY_HALVES,
    level: float = 0.95,
    seed: int = 0,
) -> HardSubset:
    """Choose the items that separate models best, and show what they do on other models.

    Estimated is the *separability*: the share of pairs of models whose paired difference over the
    chosen items has an interval, of that pair alone, that leaves out 0. Items are chosen on about
    half of the models and shown on the others, many times; the final list is chosen on all. What
    is reported is that of the lists shown on models that had no part in choosing them. It stands
    for lists chosen on as many models as a split leaves, and the final list has more to learn from.

    Parameters
    ----------
    scores
        The scores; right and wrong, or any others on one scale. An item's epochs are averaged
        first. Items that share a value of the column ``cluster`` depend on each other.
    size
        How many items.
    by
        A column with the category of each item: categories keep their shares in the list.
    holdout
        How models are held out.
    level
        Confidence level: of each pair's difference, and of each reported share.
    seed
        Of the splits, the random lists and the order of items of equal value.

    Returns
    -------
    HardSubset
        See there.

    Raises
    ------
    UsageError
        A setting is out of range, or there are not more items than ``size``.
    MissingColumnError
        The scores lack the column of categories or groups.
    InputError
        An item has two categories or clusters, a model two groups, or scores have two scales.
    TooFewError
        No item's scores differ, or there are too few models or groups to hold some out.
    TooLargeError
        Models times items are too many.

    References
    ----------
    T. Li and others (2024), arXiv:2406.11939 (separability); F. Maia Polo and others (2024),
    arXiv:2402.14992 (few items for many); B. Efron (1986), J. Am. Stat. Assoc. 81, 461-470.
    doi:10.2307/2289236 (optimism).

    Examples
    --------
    Twelve models; ten of 60 items tell them apart, the others are guessed:

    >>> from theodolite.tables import Scores
    >>> rng = np.random.default_rng(1)
    >>> frame = pl.DataFrame([
    ...     {"model": f"{chr(97 + k)}{chr(97 + k)}", "benchmark": "quiz", "item_id": f"{i:02}",
    ...      "score": int(rng.random() < (k + 1) / 13 if i >= 10 else k > i)}
    ...     for k in range(12) for i in range(60)
    ... ])
    >>> got = hard(Scores.from_frame(frame), size=12, holdout=HoldOut(splits=4))
    >>> got.items.height, got.separability.value > got.separability_random.value
    (12, True)
    """
    _check(size, holdout, level, seed)
    _require_models(len(scores.models))
    matrix = matrix_of(scores, by=by, group=holdout.group)
    n_items = matrix.values.shape[1]
    if size >= n_items:
        raise UsageError(f"{size:,} of {n_items:,} items leave nothing to choose: take fewer")
    rng = np.random.default_rng(seed)
    found, splits, notes = _tried(matrix, size, holdout, level, rng)
    chosen = choose(found.plan.choice(found.curves, found.bench, size), size, rng)
    listed, random, whole = (found.trial.shown[key] for key in found.keys)
    return HardSubset(
        items=_items(matrix, found.curves, chosen),
        models=_models(found, chosen),
        methods=found.methods(),
        curve=found.curve(),
        suspects=_suspects(matrix, found.curves),
        separability=found.share(listed, "separated"),
        separability_all=found.share(whole, "separated"),
        separability_random=found.share(random, "separated"),
        gain=found.above(listed, random),
        loss=found.above(whole, listed),
        random_range=_range(random.shares),
        split_range=(min(listed.shares), max(listed.shares)),
        optimism=float(np.mean(found.trial.apparent) - np.mean(listed.shares)),
        apparent=_apparent(found.bench, chosen),
        fewest=found.fewest(holdout.keep),
        prediction={name: _quality(part) for name, part in found.trial.forecasts.items()},
        size=size,
        items_in_all=n_items,
        unanswered=int(np.isnan(matrix.values).sum()),
        by=by,
        holdout=holdout,
        held=float(np.mean([held.sum() for held in splits])),
        groups=int(found.groups.max()) + 1,
        level=level,
        seed=seed,
        removed=scores.removed,
        notes=(*scores.notes, *notes, *_notes(matrix)),
    )


@dataclass(frozen=True)
class _Found:
    """What all tables are made of."""

    matrix: Matrix
    bench: Bench
    curves: Curves
    groups: Integers
    trial: Trial
    plan: Plan
    size: int

    @property
    def keys(self) -> tuple[tuple[str, int], ...]:
        """Of the list, random lists and all items."""
        whole = self.matrix.values.shape[1]
        return (INFORMATION, self.size), (RANDOM, self.size), (ALL, whole)

    def share(self, shown: Shown, what: str) -> Estimate:
        return share_over_pairs(getattr(shown, what), shown.count, self.groups, self.bench.level)

    def above(self, one: Shown, other: Shown) -> Estimate:
        """Estimate by how much more the first separates; of the other there may be more lists."""
        times = np.where(one.count > 0, other.count / np.maximum(one.count, 1.0), 1.0)
        alike = other.separated / np.maximum(times, 1.0)
        level = self.bench.level
        return difference_over_pairs(one.separated, alike, one.count, self.groups, level)

    def methods(self) -> pl.DataFrame:
        """One row a method, at the wanted size."""
        rows = []
        for (method, size), shown in self.trial.shown.items():
            if size != self.size and method != ALL:
                continue
            apart, wrong = self.share(shown, "separated"), self.share(shown, "wrong")
            rows.append(
                {
                    "method": method,
                    "separability": apart.value,
                    "low": apart.low,
                    "high": apart.high,
                    "wrong": wrong.value,
                    "wrong_low": wrong.low,
                    "wrong_high": wrong.high,
                    "agreement": self.share(shown, "agreed").value,
                    "brier": self.share(shown, "brier").value,
                    "spearman": _mean(shown.correlations),
                }
            )
        order = {INFORMATION: 0, ALL: 2}
        place = pl.col("method").replace_strict(order, default=1, return_dtype=pl.Int64)
        frame = pl.DataFrame(rows, schema_overrides={"spearman": pl.Float64})
        return frame.sort(place, -pl.col("separability"), maintain_order=True)

    def curve(self) -> pl.DataFrame:
        """One row a method and size."""
        rows = []
        for (method, size), shown in self.trial.shown.items():
            if method in (INFORMATION, RANDOM, ALL):
                got = self.share(shown, "separated")
                rows.append((method, size, got.value, got.low, got.high))
        schema = ["method", "size", "separability", "low", "high"]
        return pl.DataFrame(rows, schema=schema, orient="row").sort("method", "size")

    def fewest(self, keep: float) -> dict[str, float | None]:
        """Where a line through log sizes first keeps so much of what all items separate."""
        curve = self.curve()
        whole = curve.filter(method=ALL).row(0, named=True)
        wanted = keep * whole["separability"]
        out = {}
        for method in (INFORMATION, RANDOM):
            part = curve.filter(method=method)
            sizes = [*part["size"], whole["size"]]
            shares = [*part["separability"], whole["separability"]]
            out[method] = _first(sizes, shares, wanted)
        return out


def _tried(
    matrix: Matrix, size: int, holdout: HoldOut, level: float, rng: np.random.Generator
) -> tuple[_Found, list[Flags], tuple[str, ...]]:
    """Hold models out, and see what lists chosen on the others show of them."""
    curves = item_curves(matrix.values, share=matrix.share, rng=rng)
    groups, notes = groups_of(matrix, curves.residual)
    splits = splits_of(groups, holdout.share, holdout.splits, rng)
    bench = Bench.of(matrix.values, matrix.clusters, matrix.reach, level)
    sizes = _sizes(size, matrix.values.shape[1])
    plan = Plan(size, sizes, matrix.categories, matrix.share)
    trial = try_out(bench, plan, groups, splits, rng)
    return _Found(matrix, bench, curves, groups, trial, plan, size), splits, notes


def _first(sizes: list[int], shares: list[float], wanted: float) -> float | None:
    """Give the first size that reaches a share; ``None`` where the smallest one already does."""
    if shares[0] >= wanted:
        return None
    at = next(i for i, share in enumerate(shares) if share >= wanted)
    part = (wanted - shares[at - 1]) / (shares[at] - shares[at - 1])
    return float(np.exp(np.interp(part, (0.0, 1.0), np.log(sizes[at - 1 : at + 1]))))


def _items(matrix: Matrix, curves: Curves, chosen: Flags) -> pl.DataFrame:
    return _described(matrix, curves).filter(pl.Series(chosen))


def _described(matrix: Matrix, curves: Curves) -> pl.DataFrame:
    given = ~np.isnan(matrix.values)
    total = np.where(given, matrix.values, 0.0).sum(axis=0)
    return matrix.items.with_columns(
        score=pl.Series(total / given.sum(axis=0)), slope=pl.Series(curves.slope)
    )


def _suspects(matrix: Matrix, curves: Curves) -> pl.DataFrame:
    """Items with a falling curve, the surest first."""
    from scipy.special import ndtr  # noqa: PLC0415  (slow to import)

    p = ndtr(-curves.slope / np.maximum(curves.slope_error, 1e-12))
    frame = _described(matrix, curves).with_columns(p_negative=pl.Series(p))
    return frame.filter(pl.col("p_negative") >= SURE).sort(
        "p_negative", descending=True, maintain_order=True
    )


def _models(found: _Found, chosen: Flags) -> pl.DataFrame:
    matrix, part = found.matrix, found.trial.forecasts[INFORMATION]
    first = [matrix.models[int(np.argmax(found.groups == g))] for g in found.groups]
    labels = matrix.labels or first
    with np.errstate(invalid="ignore", divide="ignore"):
        told = {name: getattr(part, name) / part.count for name in ("predicted", "low", "high")}
    return pl.DataFrame(
        {
            "model": matrix.models,
            "group": labels,
            "score": found.bench.overall,
            "subset_score": abilities(matrix.values[:, chosen]),
            **told,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _apparent(bench: Bench, chosen: Flags) -> float:
    shown = Shown.nothing(len(bench.values))
    shown.add(bench, np.arange(len(bench.values)), chosen)
    return shown.shares[0]


def _quality(part: Forecasts) -> dict[str, float | None]:
    n = float(part.count.sum())
    if n == 0.0:
        return {"mean_error": None, "coverage": None}
    return {
        "mean_error": float(part.error.sum()) / n,
        "coverage": float(part.covered.sum()) / n,
    }


def _range(shares: list[float]) -> tuple[float, float]:
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)


def _mean(values: list[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None


def _sizes(size: int, n_items: int) -> tuple[int, ...]:
    """Sizes to try: parts and multiples of the wanted one, below the number of items."""
    tried = {round(size * part) for part in TRIED} | {size}
    return tuple(sorted(n for n in tried if n == size or FEWEST_ITEMS <= n < n_items))


def _notes(matrix: Matrix) -> list[str]:
    notes = []
    missing = int(np.isnan(matrix.values).sum())
    if missing:
        models, items = matrix.values.shape
        notes.append(
            f"{missing:,} of {models * items:,} pairs of model and item have no score: a "
            "difference is over the items that both models answered."
        )
    if matrix.by_cluster:
        notes.append(
            "Items of one cluster depend on each other: intervals know it, the choice of items "
            "does not."
        )
    return notes


def _check(size: int, holdout: HoldOut, level: float, seed: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")
    if size < 2:  # noqa: PLR2004
        raise UsageError(f"a subset has at least two items, not {size}")
    if not 0.0 < holdout.share < 1.0:
        raise UsageError(f"the share held out must lie between 0 and 1, not at {holdout.share:g}")
    if not 1 <= holdout.splits <= MOST_SPLITS:
        raise UsageError(f"there are from 1 to {MOST_SPLITS:,} splits, not {holdout.splits}")
    if not 0.0 < holdout.keep <= 1.0:
        raise UsageError(f"the share to keep lies above 0 and up to 1, not at {holdout.keep:g}")


def _require_models(models: int) -> None:
    least = FEWEST_HELD + FEWEST_TRAINED
    if models < least:
        what = "is a single model" if models == 1 else f"are {models} models"
        raise TooFewError(
            f"there {what}: items cannot be chosen on some and shown on others. At least {least} "
            "are needed; more of them, and of several families, tell more."
        )
