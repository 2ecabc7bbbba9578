"""The same training sets under several evaluations, and whether one is better everywhere.

A multiplier is of one evaluation: text like a set's own flatters it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from theodolite.errors import UsageError
from theodolite.scaling.datasets.compare import datasets
from theodolite.scaling.result import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from theodolite.scaling.datasets.compare import Sets
    from theodolite.scaling.datasets.result import Datasets
    from theodolite.scaling.laws import LawName
    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.tables import Runs

__all__ = ["Evaluations", "Everywhere", "evaluations"]

Everywhere = Literal[
    "one set is better everywhere", "no set is better everywhere", "cannot be told"
]
MOST_EVALUATIONS = 50


@dataclass(frozen=True)
class Evaluations:
    """One comparison of the sets for each evaluation.

    Attributes
    ----------
    found
        Evaluation -> comparison, in the order given.
    verdict
        ``one set is better everywhere``: on every evaluation its multiplier is above every other
        set's, by intervals that hold together on that evaluation. ``no set is better
        everywhere``: each set is beaten by another on some evaluation, by intervals that hold
        together over all evaluations. Else ``cannot be told``.
    best
        The set that is better everywhere, if one is.
    verdict_words
        The same in a sentence.
    table
        One row an evaluation and set: ``evaluation``, ``dataset``, ``multiplier``, ``low``,
        ``high``, ``reference``, ``leads`` (above every other set there), ``beaten`` (below some
        other set, all evaluations together), ``one_multiplier``, ``form``.
    """

    found: Mapping[str, Datasets] = field(repr=False)
    verdict: Everywhere
    best: str | None
    verdict_words: str
    table: pl.DataFrame = field(repr=False)

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`table`."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        rows = []
        for row in self.table.to_dicts():
            number = Estimate(row.pop("multiplier"), row.pop("low"), row.pop("high"))
            rows.append(row | {"multiplier": number.to_dict()})
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "best": self.best,
            "table": rows,
            "by_evaluation": {
                name: {"verdict": one.verdict, "decides": one.decides.to_dict()}
                for name, one in self.found.items()
            },
        }


def evaluations(
    runs: Mapping[str, Runs],
    *,
    sets: Sets | None = None,
    law: LawName = "chinchilla",
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
) -> Evaluations:
    """Compare training sets under several evaluations.

    Parameters
    ----------
    runs
        Evaluation -> the same runs with their losses on it.
    sets, law, recipe, resampling, level
        As of :func:`~theodolite.scaling.datasets`.

    Raises
    ------
    UsageError
        No evaluation, or more than 50, are given.
    TheodoliteError
        What :func:`~theodolite.scaling.datasets` raises of any of them.
    """
    if not 1 <= len(runs) <= MOST_EVALUATIONS:
        raise UsageError(f"give 1 to {MOST_EVALUATIONS} evaluations, not {len(runs)}")
    found = {
        name: datasets(own, sets=sets, law=law, recipe=recipe, resampling=resampling, level=level)
        for name, own in runs.items()
    }
    return judged(found)


def judged(found: Mapping[str, Datasets]) -> Evaluations:
    """Say of comparisons under several evaluations whether one set is better everywhere."""
    table = pl.concat([_rows(name, one, len(found)) for name, one in found.items()])
    leads = table.group_by("dataset", maintain_order=True).agg(
        pl.col("leads").all(), pl.col("beaten").any()
    )
    first = leads.filter("leads")["dataset"].to_list()
    verdict: Everywhere = "cannot be told"
    if first:
        verdict = "one set is better everywhere"
    elif leads["beaten"].all():
        verdict = "no set is better everywhere"
    best = first[0] if first else None
    return Evaluations(found, verdict, best, _words(verdict, best, table), table)


def _rows(name: str, one: Datasets, count: int) -> pl.DataFrame:
    """Say of each set whether it leads on one evaluation, and whether another beats it."""
    apart = one.pairs.filter("apart")
    together = one.pairs_at(1.0 - (1.0 - one.level) / count).filter("apart")
    wins = apart["dataset"].value_counts().rename({"count": "wins"})
    return (
        one.multipliers.join(wins, on="dataset", how="left", maintain_order="left")
        .with_columns(
            evaluation=pl.lit(name),
            leads=pl.col("wins").fill_null(0) == len(one.names) - 1,
            beaten=pl.col("dataset").is_in(together["other"].to_list()),
            one_multiplier=pl.lit(one.choice.one_multiplier),
            form=pl.lit(one.choice.form),
        )
        .select(
            "evaluation", "dataset", "multiplier", "low", "high", "reference", "leads", "beaten",
            "one_multiplier", "form",
        )
    )  # fmt: skip


def _words(verdict: Everywhere, best: str | None, table: pl.DataFrame) -> str:
    count = table["evaluation"].n_unique()
    refuted = table.filter(one_multiplier="no")["evaluation"].n_unique()
    mean = (
        f" One multiplier is refuted on {refuted} of {count}: there it is an average, and the "
        "order of the sets may change with tokens or size."
        if refuted
        else ""
    )
    if verdict == "one set is better everywhere":
        return f"{best} has the largest multiplier on each of {count} evaluations.{mean}"
    top = table.filter(pl.col("multiplier") == pl.col("multiplier").max().over("evaluation"))
    by_set = top.group_by("dataset").agg(pl.len().alias("n"), pl.col("leads").sum())
    parts = [
        f"{row['dataset']} on {row['n']} (beyond chance on {row['leads']})"
        for row in by_set.sort("n", "dataset", descending=[True, False]).iter_rows(named=True)
    ]
    largest = f"largest multiplier of {count} evaluations: {', '.join(parts)}"
    if verdict == "no set is better everywhere":
        return f"No set is better everywhere: each is beaten on some evaluation; {largest}.{mean}"
    return f"Whether one set is better everywhere cannot be told; {largest}.{mean}"
