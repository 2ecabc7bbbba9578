r"""Scores of published models beside what these cost: what laws of benchmarks are fitted to.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_ij      measurement j of model i, a share
n_i       measurements of model i
s_i       their mean
phi       variance between measurements of one model, per s (1 - s): other prompts, shots and
          harnesses
m         items of the benchmark
s'_i      s_i within [1 / (m + 2), 1 - 1 / (m + 2)]: none right of m is no proof of 0
========  ==================================================================================

phi = sum_ij (s_ij - s_i)^2 / (s'_i (1 - s'_i)) / sum_i (n_i - 1), and the noise of s_i is
sqrt(s'_i (1 - s'_i) (phi / n_i + 1 / m)). All measurements are on the same items, so the second
part does not shrink with n_i. Of a score of 0 or 1 it is about 1 / m, one item. Where the items are
not known the last term is left out, and s' (1 - s') is s (1 - s), but 1e-4 at least.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.tables.benchmarks import Benchmark, benchmark_named
from theodolite.tables.checks import Removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.tables import Condition, Models

__all__ = ["Scored", "scored"]

SHARES = ("%", "share")
ATTRIBUTES = ("family", "organisation", "released", "kind", "params", "active_params", "tokens")
# What the noise is taken for where no model was measured twice: nothing but the items'.
NO_REPEATS = 0.0
# The least s (1 - s) where the items are not known: a score of 0 or 1 is not certain there, either.
LEAST = 1e-4


@dataclass(frozen=True)
class Scored:
    """Models with a score on one benchmark, and with what the method needs to know of them.

    Attributes
    ----------
    benchmark
        Its name in the table, and the items and chance level that are known of it.
    frame
        One row a model: ``model``, ``family``, ``organisation``, ``released``, ``kind``,
        ``params``, ``active_params``, ``tokens``, ``flops`` (6 times the active parameters times
        the tokens), ``score`` (mean of its measurements, a share), ``measured`` (how many),
        ``lowest`` and ``highest`` of them, ``noise`` (standard deviation of ``score``).
    measurements
        One row a measurement: ``model``, ``score``, ``setting``, ``source``.
    harness
        phi of the module: variance between measurements of one model, per s (1 - s).
    removed
        Models and measurements that were left out, by reason.
    """

    benchmark: Benchmark
    frame: pl.DataFrame
    measurements: pl.DataFrame = field(repr=False)
    harness: float
    removed: tuple[Removal, ...] = ()

    @property
    def chance(self) -> float:
        """The score of guessing; 0 where no single number states it."""
        return self.benchmark.chance or 0.0


def scored(
    models: Models,
    benchmark: str,
    *,
    needs: Sequence[str] = ("params", "tokens"),
    kinds: Sequence[str] = ("base",),
    conditions: Sequence[Condition] = (),
) -> Scored:
    """Collect the scores of models on a benchmark, beside what they cost.

    Parameters
    ----------
    models
        The table.
    benchmark
        A benchmark of it that is measured as a share or in percent.
    needs
        Attributes without which a model is left out, and counted.
    kinds
        Kinds of models.
    conditions
        Filters on the columns of the measurements and the models: ``setting=5-shot``,
        ``family!=Phi``, ``released=..2024-04-30``.

    Raises
    ------
    UsageError
        There is no such benchmark, or it is no share.
    TooFewError
        No model is left.

    Examples
    --------
    >>> from theodolite.loading import load_models
    >>> found = scored(load_models(), "MMLU")
    >>> found.benchmark.items, found.chance, "Llama-3-8B" in found.frame["model"]
    (14042, 0.25, True)
    """
    name = models.find_field(benchmark)
    rows = models.results.filter(pl.col("benchmark") == name)
    units = rows.get_column("unit").unique()
    if rows.is_empty() or not units.is_in(SHARES).all():
        raise UsageError(f"{name} is not measured in percent or as a share: name a benchmark")
    value = pl.col("value")
    share = pl.when(pl.col("unit") == "%").then(value / 100.0).otherwise(value)
    rows = rows.with_columns(score=share).join(
        models.frame.select("model", *ATTRIBUTES), on="model", how="left", maintain_order="left"
    )
    rows, removed = _filtered(rows, needs, kinds, conditions)
    if rows.is_empty():
        raise TooFewError(
            f"no model has {' and '.join((f'a score on {name}', *needs))}: "
            + "; ".join(f"{r.count} {r.reason}" for r in removed)
        )
    known = benchmark_named(name)
    known = Benchmark(name, known.items, known.chance, known.source, known.names)
    phi = _harness(rows, known.items)
    return Scored(
        benchmark=known,
        frame=_one_row_each(rows, known.items, phi),
        measurements=rows.select("model", "score", "setting", "source"),
        harness=phi,
        removed=removed,
    )


def _filtered(
    rows: pl.DataFrame,
    needs: Sequence[str],
    kinds: Sequence[str],
    conditions: Sequence[Condition],
) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    removed = []
    tests = [
        (pl.col("kind").is_in(list(kinds)), f"models that are not {' or '.join(kinds)}"),
        *((pl.col(name).is_not_null(), f"models whose {name} are not known") for name in needs),
    ]
    for test, reason in tests:
        kept = rows.filter(test)
        count = rows["model"].n_unique() - kept["model"].n_unique()
        rows = kept
        if count:
            removed.append(Removal(reason, count))
    for condition in conditions:
        mask = condition.mask(rows)
        if not mask.all():
            removed.append(Removal(f"measurements not {condition}", int((~mask).sum())))
        rows = rows.filter(mask)
    return rows, tuple(removed)


def _binomial(share: pl.Expr, items: int | None) -> pl.Expr:
    """Return s' (1 - s'), the variance of one item."""
    if items is None:
        return (share * (1.0 - share)).clip(LEAST)
    # Laplace's rule of succession at either end.
    least = 1.0 / (items + 2.0)
    inside = share.clip(least, 1.0 - least)
    return inside * (1.0 - inside)


def _harness(rows: pl.DataFrame, items: int | None) -> float:
    mean = pl.col("score").mean().over("model")
    spread = (pl.col("score") - mean) ** 2 / _binomial(mean, items)
    total, degrees = rows.select(
        spread.sum().alias("total"), (pl.len() - pl.col("model").n_unique()).alias("degrees")
    ).row(0)
    return float(total / degrees) if degrees else NO_REPEATS


def _one_row_each(rows: pl.DataFrame, items: int | None, phi: float) -> pl.DataFrame:
    score = pl.col("score")
    frame = rows.group_by("model", *ATTRIBUTES, maintain_order=True).agg(
        score=score.mean(), measured=pl.len(), lowest=score.min(), highest=score.max()
    )
    variance = _binomial(score, items)
    each = phi / pl.col("measured") + (1.0 / items if items else 0.0)
    working = pl.coalesce("active_params", "params")
    return frame.with_columns(
        flops=6.0 * working * pl.col("tokens"), noise=(variance * each).sqrt()
    )
