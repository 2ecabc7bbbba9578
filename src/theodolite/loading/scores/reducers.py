"""Several epochs of an item to one score, by the rules that Inspect has for it.

========  ==========================================================
symbol    meaning
========  ==========================================================
n         epochs of the item
c         those of them with a score of at least 1
k         the number in ``at_least_K`` and ``pass_at_K``
========  ==========================================================
"""

from __future__ import annotations

import re

import polars as pl

from theodolite.errors import InputError, UsageError, shorten
from theodolite.stats.repeats import pass_at_k
from theodolite.tables.checks import problems_at

__all__ = ["REDUCERS", "reduced"]

REDUCERS = ("mean", "mode", "max", "at_least_K", "pass_at_K")
WITH_NUMBER = re.compile(r"(?P<rule>at_least|pass_at)_(?P<k>[1-9][0-9]{0,5})")
RIGHT = 1.0


def reduced(frame: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Return one row an item, without ``epoch``.

    Parameters
    ----------
    frame
        ``item_id``, ``epoch``, ``score`` and ``value`` (the score as the log has it, which
        ``mode`` counts); perhaps ``choice``, which stays where all epochs agree. Of other columns
        an item's first epoch gives the value.
    rule
        ``mean``; ``mode``, the most common value, of equally common ones the first; ``max``;
        ``at_least_K``, 1 where c >= K; ``pass_at_K``, the probability that at least one of K
        answers is right (:func:`~theodolite.stats.repeats.pass_at_k`).

    Raises
    ------
    UsageError
        There is no such rule.
    InputError
        An item has fewer epochs than K.

    Examples
    --------
    >>> frame = pl.DataFrame({"item_id": ["a", "a", "b", "b"], "epoch": [1, 2, 1, 2],
    ...                       "score": [1.0, 0.0, 0.0, 0.0], "value": ["C", "I", "I", "I"]})
    >>> reduced(frame, "mean")["score"].to_list()
    [0.5, 0.0]
    """
    found = WITH_NUMBER.fullmatch(rule)
    if found is None and rule not in ("mean", "mode", "max"):
        raise UsageError(f"--filter {shorten(rule)} is not one of {', '.join(REDUCERS)}")
    k = int(found["k"]) if found else 0
    rule = found["rule"] if found else rule
    score = pl.col("score")
    common = pl.col("_count").arg_max()
    of_rule = {
        "mean": score.mean(),
        "mode": score.get(common),
        "max": score.max(),
        "at_least": ((score >= RIGHT).sum() >= k).cast(pl.Float64),
        "pass_at": (score >= RIGHT).sum().cast(pl.Float64),
    }
    rest = [name for name in frame.columns if name not in ("item_id", "score", "value", "epoch")]
    result = (
        frame.sort("epoch", maintain_order=True)
        .with_columns(_count=pl.len().over("item_id", "value"))
        .group_by("item_id", maintain_order=True)
        .agg(
            of_rule[rule].alias("score"),
            *(_unanimous(name) if name == "choice" else pl.col(name).first() for name in rest),
            _epochs=pl.len(),
        )
    )
    if found:
        _refuse_few(result, k)
    if rule == "pass_at":
        passed = pass_at_k(result["score"].to_numpy(), result["_epochs"].to_numpy(), k)
        result = result.with_columns(pl.Series("score", passed))
    return result.drop("_epochs")


def _unanimous(name: str) -> pl.Expr:
    same = pl.col(name).n_unique() == 1
    return pl.when(same).then(pl.col(name).first()).alias(name)


def _refuse_few(result: pl.DataFrame, k: int) -> None:
    few = result.get_column("_epochs") < k
    if few.any():
        problems = problems_at(result, "item_id", few, f"an item with fewer than {k} epochs")
        raise InputError(problems, total=int(few.sum()))
