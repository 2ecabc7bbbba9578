"""Whether a filter of lm-eval failed to read any answer.

A filter that finds no answer in any response makes every score 0, and that looks like a weak
model. Two things speak against the model being weak: another filter finds right answers in the
same responses, or the target itself stands in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite.loading.scores.lm_choices import PAIRS
from theodolite.tables.checks import ROW

if TYPE_CHECKING:
    from theodolite.loading.source import Source

__all__ = ["suspicion"]

# A short target stands in some responses by chance; one in ten is more than that.
LEAST_SHARE = 0.1


def suspicion(source: Source, values: pl.DataFrame, name: str) -> tuple[str, ...]:
    """Return a note where the filter ``name`` is suspected to have read no answer.

    Parameters
    ----------
    source
        The samples.
    values
        ``_row``, ``doc_id``, ``filter`` and ``score`` of every record.
    name
        The filter that was chosen.
    """
    mine = values.filter(pl.col("filter") == name)
    if (mine.get_column("score") != 0).any():
        return ()
    signs = [*_other_filters(values, name), *_targets(source, mine)]
    if not signs:
        return ()
    return (
        f"{source.name}: suspected extraction failure: the filter {name} scores 0 in all "
        f"{mine.height:,} documents, while {' and '.join(signs)}",
    )


def _other_filters(values: pl.DataFrame, name: str) -> list[str]:
    right = (
        values.filter((pl.col("filter") != name) & (pl.col("score") > 0))
        .group_by("filter", maintain_order=True)
        .len()
    )
    return [f"the filter {other} scores above 0 in {n:,}" for other, n in right.rows()]


def _targets(source: Source, mine: pl.DataFrame) -> list[str]:
    if "resps" not in source.schema:
        return []
    lazy = source.scan(["target", "resps"])
    rows = source.collect(
        mine.lazy().select(ROW).join(lazy, on=ROW, how="left").select("target", "resps")
    ).drop_nulls()
    if rows.is_empty() or rows.get_column("resps").str.contains(PAIRS).any():
        return []
    # "#### 18" ends a worked solution; the answer is what follows.
    target = _words(pl.col("target").str.replace(r"(?s)^.*####", ""))
    found = _words(_text()).str.contains(target, literal=True) & (target.str.len_bytes() > 2)  # noqa: PLR2004
    count = int(rows.select(found.sum()).item())
    if count < LEAST_SHARE * mine.height or not count:
        return []
    return [f"the target stands in the response of {count:,}"]


def _text() -> pl.Expr:
    """Return all responses to a document as one text."""
    texts = pl.col("resps").str.json_decode(pl.List(pl.List(pl.String)))
    return texts.list.eval(pl.element().list.join("\n")).list.join("\n")


def _words(text: pl.Expr) -> pl.Expr:
    """Return the words alone, with a space around each, so that ``4`` is not found in ``14``."""
    return pl.format(" {} ", text.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars())
