"""Choices of one item that say the same, which three rules look at from different sides."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Texts
from theodolite.auditing.rules.words import letter

__all__ = ["repeated"]


def repeated(texts: Texts) -> pl.DataFrame:
    """Return one row a text that stands at several choices of one item.

    Columns: ``_index``; ``choice``, the text; ``letters`` of its places, as "A and C"; ``keyed``,
    how many of these places are keyed; ``places``; ``keys``, how many choices of the item are
    keyed. Empty choices are no text.
    """
    same = [INDEX, "plain"]
    keys = pl.col("keyed").sum().over(INDEX)
    again = texts.choices.with_columns(keys=keys).filter(
        pl.col("plain") != "", pl.struct(same).is_duplicated()
    )
    return again.group_by(same, maintain_order=True).agg(
        pl.col("choice").first(),
        letters=letter(pl.col("position")).str.join(" and "),
        keyed=pl.col("keyed").sum(),
        places=pl.len(),
        keys=pl.col("keys").first(),
    )
