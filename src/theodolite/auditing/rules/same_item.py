"""Items that ask the same: what the rules on duplicates share."""

from __future__ import annotations

import polars as pl

from theodolite.auditing.rule import INDEX, Texts

__all__ = ["asked", "name"]

# Between the parts of a text that is only compared: no plain text holds it.
BETWEEN = "\n"


def asked(texts: Texts, question: pl.Expr) -> pl.DataFrame:
    """Return one row an item: its names, what it asks (``asked``) and its ``key``, as hashes.

    ``asked`` is a hash of 64 bits of ``question``, which takes the columns of
    ``texts.questions``, and of the choices, in whatever order they stand; ``options`` is one of the
    choices, ``key`` of those keyed as right. Two different items out of a million share a hash with
    a chance of 3e-8. Items without any text ask nothing and are left out.
    """
    choices = texts.choices.group_by(INDEX).agg(
        options=pl.col("plain").sort(), right=pl.col("plain").filter("keyed").sort()
    )
    joined = pl.col("options", "right").list.join(BETWEEN).fill_null("")
    whole = texts.questions.join(choices, on=INDEX, how="left", maintain_order="left")
    return (
        whole.select(INDEX, "benchmark", "item_id", "subject", joined, question=question)
        .filter((pl.col("question") != "") | (pl.col("options") != ""))
        .select(
            INDEX,
            "benchmark",
            "item_id",
            "subject",
            asked=pl.concat_str("question", "options", separator=BETWEEN * 2).hash(),
            key=pl.col("right").hash(),
            options=pl.col("options").hash(),
        )
    )


def name(other: str = "other") -> pl.Expr:
    """Name another item, whose columns end in ``_other``, as seen from this one."""
    item, subject = pl.col(f"item_id_{other}"), pl.col(f"subject_{other}")
    elsewhere = (subject != pl.col("subject")).fill_null(value=False)
    benchmark = pl.col(f"benchmark_{other}")
    foreign = benchmark != pl.col("benchmark")
    place = (
        pl.when(foreign)
        .then(pl.format(" of the benchmark {}", benchmark))
        .when(elsewhere)
        .then(pl.format(" of the subject {}", subject))
        .otherwise(pl.lit(""))
    )
    return pl.format("item {}{}", item, place)
