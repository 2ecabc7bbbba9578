"""Which choice a model took, from the log-likelihoods that lm-eval writes down.

=====  =====================================================================
l_k    log-likelihood of the text of choice k after the prompt, in nats
n_k    length of that text: 1 (acc), characters (acc_norm), bytes (acc_bytes)
=====  =====================================================================

The choice is the first k that makes ``l_k / n_k`` largest, as in lm-eval 0.4.13
(``lm_eval/api/task.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.tables.checks import ROW

if TYPE_CHECKING:
    from theodolite.loading.scores.lm_results import Run
    from theodolite.loading.source import Source

__all__ = ["KINDS", "choices"]

# How the length of a choice counts, by metric.
KINDS = {"acc": "none", "acc_norm": "chars", "acc_bytes": "bytes"}
PAIR = r'\["?[^",\[\]]+"?, ?"?(?:[Tt]rue|[Ff]alse)"?\]'
PAIRS = rf"^\[{PAIR}(?:, ?{PAIR})+\]$"
MOST_CHOICES = 100
DELIMITER = " "


def choices(
    source: Source, run: Run, chosen: pl.DataFrame, kind: str
) -> tuple[pl.Series | None, tuple[str, ...]]:
    """Return ``choice`` of each row of ``chosen``, or ``None`` where it cannot be told.

    Parameters
    ----------
    source, run
        The samples, and what stands beside them.
    chosen
        ``_row`` and ``score`` of the rows, of one metric and filter.
    kind
        A value of :data:`KINDS`.

    Returns
    -------
    choice, notes
        Where the target is a position, a choice must be that position exactly where the score is
        1. Where it is not, lm-eval has measured the choices in another way: no choice is given,
        and a note says so.
    """
    if "filtered_resps" not in source.schema or "arguments" not in source.schema:
        return None, ()
    columns = ["filtered_resps", "target", *(["arguments"] if kind != "none" else [])]
    lazy = source.scan(columns)
    rows = source.collect(
        chosen.lazy().select(ROW, "score").join(lazy, on=ROW, how="left", maintain_order="left")
    )
    if not rows.get_column("filtered_resps").str.contains(PAIRS).fill_null(value=False).all():
        return None, ()
    pairs = pl.col("filtered_resps").str.json_decode(pl.List(pl.List(pl.String)))
    likelihood = pairs.list.eval(pl.element().list.first().cast(pl.Float64, strict=False))
    rows = rows.with_columns(_value=likelihood).drop("filtered_resps")
    if kind != "none":
        lengths = _lengths(rows, run, kind)
        if lengths is None:
            return None, ()
        rows = rows.with_columns(pl.col("_value") / lengths)
    choice = rows.select(pl.col("_value").list.arg_max().cast(pl.Int64).alias("choice")).to_series()
    target = rows.get_column("target").str.strip_chars().cast(pl.Int64, strict=False)
    unlike = int(((choice == target) != (rows.get_column("score") == 1)).sum())
    if unlike:
        note = (
            f"{source.name}: the largest log-likelihood does not explain the score of {unlike:,} "
            f"of {rows.height:,} documents, so no choice is given"
        )
        return None, (note,)
    return choice, ()


def _lengths(rows: pl.DataFrame, run: Run, kind: str) -> pl.Series | None:
    """Return the lengths of the choices of each row; ``None`` where they are not as many."""
    count = rows.get_column("_value").list.len()
    most = int(count.max() or 0)  # type: ignore[arg-type]
    if most > MOST_CHOICES:
        return None
    names = [f"gen_args_{k}" for k in range(most)]
    shape = pl.Struct({name: pl.Struct({"arg_1": pl.String}) for name in names})
    given = rows.get_column("arguments").str.json_decode(shape).struct.unnest()
    delimiter = run.task_config().get("target_delimiter", DELIMITER)
    texts = given.select(
        pl.concat_list(pl.col(name).struct.field("arg_1") for name in names)
        .list.drop_nulls()
        .list.eval(pl.element().str.strip_prefix(str(delimiter)))
    ).to_series()
    size = pl.element().str.len_chars() if kind == "chars" else pl.element().str.len_bytes()
    lengths = texts.list.eval(size.cast(pl.Float64))
    return lengths if (lengths.list.len() == count).all() else None
