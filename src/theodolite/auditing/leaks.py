"""What the options alone give away: position, length, and how far one comes without the question.

For each benchmark, or each subject of it:

=================  ============================================================================
check              estimate, and what it is expected to be without a leak
=================  ============================================================================
key_position       share of the keys at the position that has them too often by most, and the
                   share of a position where keys stand anywhere; p by the chi-square over all.
                   Left out of a benchmark that lists right answers apart from wrong ones.
key_length         mean over items of the share of other options that the key is longer than,
                   ties as a half, and 1/2; p on both sides
longest_option     share of items whose longest option is keyed, ties shared, and the share of
                   a blind guess; p on both sides
options_alone      share of items in which a classifier that never sees a question picks a
                   keyed option, each fold predicted from all others, and the share of a blind
                   guess; p above, by each fold predicted from those before it
=================  ============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.auditing.option_features import option_features
from theodolite.auditing.rule import INDEX, Texts
from theodolite.errors import TooFewError, UsageError
from theodolite.stats import (
    draw_positions,
    draw_sums,
    held_out_utility,
    hits_p_value,
    position_statistic,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from theodolite.tables import Items, Removal

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["BenchmarkBias", "benchmark_bias"]

CHECKS = ("key_position", "key_length", "longest_option", "options_alone")
FEWEST_FOLDS = 2
LEVEL_WITH = 1e-9


@dataclass(frozen=True)
class BenchmarkBias:
    """What the options of each benchmark give away.

    Attributes
    ----------
    checks
        One row a benchmark (and subject) and check: ``benchmark``, ``subject`` (null where all are
        taken together), ``check``, ``estimate``, ``expected``, ``low``, ``high``, ``p_value`` and
        ``n``, the items. The interval of ``key_position`` holds for all positions together.
    positions
        One row a position: ``benchmark``, ``subject``, ``position`` (from 0), ``share`` of the
        keys among the items that have the position, ``expected``, ``low``, ``high``, ``n``. Each
        interval is for itself.
    level, seed, n_permutations, folds
        As asked.
    left_out
        Items without choices, or with every choice keyed: they cannot tell.
    removed
        What filters took away from the items.
    """

    checks: pl.DataFrame
    positions: pl.DataFrame
    level: float
    seed: int
    n_permutations: int
    folds: int
    left_out: int
    removed: tuple[Removal, ...] = ()

    def to_frame(self) -> pl.DataFrame:
        """One row a benchmark (and subject) and check."""
        return self.checks

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values."""
        return {
            "checks": self.checks.to_dicts(),
            "positions": self.positions.to_dicts(),
            "level": self.level,
            "seed": self.seed,
            "n_permutations": self.n_permutations,
            "folds": self.folds,
            "left_out": self.left_out,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
        }


def benchmark_bias(
    items: Items,
    *,
    seed: int = 0,
    level: float = 0.95,
    n_permutations: int = 2000,
    folds: int = 10,
    by_subject: bool = False,
) -> BenchmarkBias:
    """Ask whether the keys of a benchmark can be told without its questions.

    The p-values of position and length draw the keys of every item again at random. That of the
    classifier is exact: predicted from earlier folds alone, hits by chance are independent. Its
    interval allows for what the folds have learned in common, by Nadeau and Bengio's factor
    1 + K / (K - 1) on the variance with K folds, which errs on the wide side, and lets items with
    the same set of options depend on each other. Such items are never in different folds.

    Parameters
    ----------
    items
        The benchmarks.
    seed
        Of the draws and of the folds.
    level
        Of every interval.
    n_permutations
        How often the keys are drawn again.
    folds
        Parts of a benchmark that are predicted from the other parts; all of a benchmark's subjects
        are predicted together.
    by_subject
        Whether each subject has its own rows. Many subjects make small p-values by chance.

    Raises
    ------
    UsageError
        A level is not between 0 and 1, there is no permutation, or there are fewer than two folds.
    TooFewError
        No item has both an option that is keyed and one that is not.

    References
    ----------
    C. Nadeau and Y. Bengio (2003), Machine Learning 52, 239-281. doi:10.1023/A:1024068626366
    A. Turner and M. Kurzeja (2025), Gaming TruthfulQA (a decision tree that sees only the options).
    S. Gururangan et al. (2018), Annotation artifacts in natural language inference data,
    NAACL. doi:10.18653/v1/N18-2017

    Examples
    --------
    >>> from theodolite.tables import Items
    >>> n = 40
    >>> items = Items.from_frame(pl.DataFrame(
    ...     {"benchmark": "quiz", "item_id": range(n), "question": "?", "answer": [0] * n,
    ...      "choices": [[f"it is certainly {i}", "no", f"a {i}"] for i in range(n)]}))
    >>> bias = benchmark_bias(items, n_permutations=99)
    >>> bias.to_frame().select("check", "estimate", "expected", "p_value").rows()[1]
    ('key_length', 1.0, 0.5, 0.01)
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"a level lies between 0 and 1, not at {level:g}")
    if n_permutations < 1 or folds < FEWEST_FOLDS:
        raise UsageError("there must be at least 1 permutation and 2 folds")
    texts = Texts.of(items)
    choices = texts.choices.with_columns(
        tells=(pl.col("keyed").any() & ~pl.col("keyed").all()).over(INDEX)
    ).filter("tells")
    if choices.is_empty():
        raise TooFewError("no item has both an option that is keyed and one that is not")
    questions = texts.questions.join(choices, on=INDEX, how="semi", maintain_order="left")
    rows: list[pl.DataFrame] = []
    positions: list[pl.DataFrame] = []
    for benchmark in items.benchmarks:
        here = questions.filter(pl.col("benchmark") == benchmark)
        if here.is_empty():
            continue
        part = choices.join(here, on=INDEX, how="semi", maintain_order="left")
        # So a benchmark has the same numbers whatever others stand beside it.
        rng = np.random.default_rng(seed)
        bench = _Options.of(part, folds, rng)
        for subject, which in _groups(here, by_subject=by_subject):
            taken = bench.take(which)
            name = pl.DataFrame(
                {"benchmark": [benchmark], "subject": pl.Series([subject], dtype=pl.String)}
            )
            found, shares = _checks(taken, n_permutations, level, rng)
            rows.append(name.join(found, how="cross"))
            positions.append(name.join(shares, how="cross"))
    return BenchmarkBias(
        checks=pl.concat(rows),
        positions=pl.concat(positions),
        level=level,
        seed=seed,
        n_permutations=n_permutations,
        folds=folds,
        left_out=len(items) - questions.height,
        removed=items.removed,
    )


@dataclass(frozen=True)
class _Options:
    """The options of some items, side by side, with what the checks need of them."""

    starts: Integers
    sizes: Integers
    keyed: Flags
    length: Floats
    fold: Integers
    utility: Floats  # by all other folds
    foresight: Floats  # by earlier folds
    same: Integers  # items with the same set of options share a number

    @classmethod
    def of(cls, choices: pl.DataFrame, folds: int, rng: np.random.Generator) -> _Options:
        item = choices.get_column(INDEX).to_numpy()
        starts = np.flatnonzero(np.diff(item, prepend=-1))
        sizes = np.diff(np.append(starts, item.size))
        keyed = choices.get_column("keyed").to_numpy()
        sets = choices.group_by(INDEX, maintain_order=True).agg(pl.col("folded").sort())
        same = sets.get_column("folded").list.join("\x1f").rank("dense").to_numpy().astype(int) - 1
        x, precision = option_features(choices)
        y = keyed / np.repeat(np.add.reduceat(keyed.astype(float), starts), sizes)
        fold = (rng.permutation(int(same.max()) + 1) % folds)[same]
        utility, foresight = (
            held_out_utility(x, y, starts, fold, precision, earlier=earlier)
            for earlier in (False, True)
        )
        length = choices.get_column("choice").str.strip_chars().str.len_chars().to_numpy()
        return cls(starts, sizes, keyed, length.astype(float), fold, utility, foresight, same)

    def take(self, which: Flags) -> _Options:
        """Keep some of the items."""
        option = np.repeat(which, self.sizes)
        sizes = self.sizes[which]
        return _Options(
            np.cumsum(sizes) - sizes,
            sizes,
            self.keyed[option],
            self.length[option],
            self.fold[which],
            self.utility[option],
            self.foresight[option],
            self.same[which],
        )

    @property
    def keys(self) -> Integers:
        return np.add.reduceat(self.keyed.astype(np.int64), self.starts)

    @property
    def listed(self) -> bool:
        """Whether all keys stand first, several in some items: two lists, and no positions."""
        first = np.arange(self.keyed.size) - np.repeat(self.starts, self.sizes)
        prefix = np.array_equal(self.keyed, first < np.repeat(self.keys, self.sizes))
        return bool(prefix and (self.keys > 1).any())

    def mean_of_keyed(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values * self.keyed, self.starts) / self.keys)

    def among_highest(self, values: Floats) -> Floats:
        """Each option's part of being the highest of its item; ties share."""
        best = np.repeat(np.maximum.reduceat(values, self.starts), self.sizes)
        top = (values >= best - LEVEL_WITH).astype(float)
        return np.asarray(top / np.repeat(np.add.reduceat(top, self.starts), self.sizes))


def _groups(questions: pl.DataFrame, *, by_subject: bool) -> Iterator[tuple[str | None, Flags]]:
    if not by_subject:
        yield None, np.ones(questions.height, dtype=bool)
        return
    subject = questions.get_column("subject")
    for name in subject.unique(maintain_order=True):
        same = subject.is_null() if name is None else (subject == name).fill_null(value=False)
        yield name, same.to_numpy()


def _checks(
    options: _Options, n_draws: int, level: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    first, shares = _position(options, n_draws, level, rng)
    rows = [
        first,
        _length(options, n_draws, level, rng),
        _longest(options, n_draws, level, rng),
        _alone(options, level),
    ]
    names = ("estimate", "expected", "low", "high", "p_value")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    n = pl.lit(options.sizes.size, dtype=pl.Int64).alias("n")
    found = frame.select(pl.Series("check", CHECKS), pl.all(), n)
    return (found[1:], shares.clear()) if options.listed else (found, shares)


Row = tuple[float, float, float, float, float]


def _position(
    options: _Options, n_draws: int, level: float, rng: np.random.Generator
) -> tuple[Row, pl.DataFrame]:
    sizes, keys = options.sizes, options.keys
    position = np.arange(options.keyed.size) - np.repeat(options.starts, sizes)
    most = int(sizes.max())
    observed = np.bincount(position, options.keyed / np.repeat(keys, sizes), most).astype(float)
    reach = np.arange(most)[:, None] < sizes
    n = reach.sum(axis=1).astype(float)
    share, expected = observed / n, (reach / sizes).mean(axis=1) * sizes.size / n
    draws = position_statistic(draw_positions(sizes, keys, n_draws, rng), sizes)
    p = _tail(draws, float(position_statistic(observed[None, :], sizes)[0]))
    worst = int(np.argmax((observed - expected * n) / np.sqrt(expected * n)))
    low, high = wilson(share, n, level)
    together = wilson(share[[worst]], n[[worst]], 1.0 - (1.0 - level) / most)
    row = (share[worst], expected[worst], together[0][0], together[1][0], p)
    columns = {"share": share, "expected": expected, "low": low, "high": high}
    frame = pl.DataFrame({"position": np.arange(most), **columns, "n": n.astype(np.int64)})
    return row, frame


def _length(options: _Options, n_draws: int, level: float, rng: np.random.Generator) -> Row:
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    rank = _shorter(options)
    values = options.mean_of_keyed(rank)
    mean, n = float(values.mean()), values.size
    draws = draw_sums(rank, options.starts, options.keys, n_draws, rng) / n
    p = _tail(np.abs(draws - 0.5), abs(mean - 0.5))
    if n == 1:
        return mean, 0.5, 0.0, 1.0, p
    # As if one more item had stood at 1/2 by chance: a few alike items are not certainty.
    spread = (float(np.sum((values - mean) ** 2)) + 1.0 / 12.0) / (n - 1)
    half = float(stdtrit(n - 1, 0.5 + level / 2.0)) * np.sqrt(spread / n)
    return mean, 0.5, max(0.0, mean - half), min(1.0, mean + half), p


def _shorter(options: _Options) -> Floats:
    """For each option the share of its item's other options that are shorter, ties as a half."""
    item = np.repeat(np.arange(options.sizes.size), options.sizes)
    order = np.lexsort((options.length, item))
    place = np.empty(order.size)
    place[order] = np.arange(order.size)
    ordered_item, ordered_length = item[order], options.length[order]
    new = np.ones(order.size, dtype=bool)
    new[1:] = (np.diff(ordered_item) != 0) | (np.diff(ordered_length) != 0)
    tie = np.cumsum(new) - 1
    middle = np.bincount(tie, place[order]) / np.bincount(tie)
    rank = np.empty(order.size)
    rank[order] = middle[tie]
    within = rank - np.repeat(options.starts, options.sizes)
    return np.asarray(within / np.repeat(options.sizes - 1, options.sizes))


def _longest(options: _Options, n_draws: int, level: float, rng: np.random.Generator) -> Row:
    keys = options.keys
    # A blind choice among the longest hits if it is keyed: k times the mean over the keyed.
    longest = options.among_highest(options.length) * np.repeat(keys, options.sizes)
    hits = options.mean_of_keyed(longest)
    expected = float((keys / options.sizes).mean())
    draws = draw_sums(longest, options.starts, keys, n_draws, rng) / hits.size
    p = _tail(np.abs(draws - expected), abs(float(hits.mean()) - expected))
    low, high = wilson(np.array([hits.mean()]), np.array([float(hits.size)]), level)
    return float(hits.mean()), expected, float(low[0]), float(high[0]), p


def _alone(options: _Options, level: float) -> Row:
    keys, sizes = options.keys, options.sizes
    hits = _hits(options, options.utility)
    share, n = float(hits.mean()), hits.size
    expected = float((keys / sizes).mean())
    later = options.fold > 0
    foreseen = float(_hits(options, options.foresight)[later].sum())
    p = hits_p_value(foreseen, sizes[later], keys[later]) if later.any() else 1.0
    together = np.bincount(options.same, hits - share)
    clustered = float(together @ together) / n
    independent = share * (1.0 - share)
    # Where all or none were hit, items with the same options count as one.
    effective = float(np.unique(options.same).size)
    if independent > 0.0 and clustered > 0.0:
        effective = n * min(1.0, independent / clustered)
    folds = int(np.unique(options.fold).size)
    effective /= 1.0 + folds / (folds - 1.0) if folds > 1 else 1.0
    low, high = wilson(np.array([share]), np.array([effective]), level)
    return share, expected, float(low[0]), float(high[0]), p


def _hits(options: _Options, utility: Floats) -> Floats:
    picked = options.among_highest(utility)
    return np.asarray(np.add.reduceat(picked * options.keyed, options.starts))


def _tail(draws: Floats, observed: float) -> float:
    return float((1 + np.sum(draws >= observed - LEVEL_WITH)) / (draws.size + 1))
