"""The items of an audit as the records that a page shows one by one."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.plotting.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.auditing import Audit

__all__ = ["MOST_CARDS", "item_cards"]

# A browser opens a page of this many items, with texts of a usual length, in a second or two.
MOST_CARDS = 20_000
LONGEST = 4_000
INDEX = "_index"
# One character says what a model answered: a choice, right, wrong, unreadable, or not asked.
SYMBOLS = ascii_uppercase + ascii_lowercase
OTHER, UNREADABLE, RIGHT, WRONG, NOT_ASKED = "+-10 "


def item_cards(audit: Audit, most: int = MOST_CARDS) -> dict[str, Any]:
    """Give the most suspect items with texts, findings and the answers of the models.

    Returns
    -------
    dict
        ``rules`` (id, summary), ``subjects``, ``models``, ``letters`` (whether answers are choices)
        and ``items``, one list a field: ``subject`` (a place in ``subjects``), ``id``,
        ``question``, ``choices``, ``key``, ``reference``, ``suspicion``, ``flagged``, ``proposed``,
        ``findings`` (pairs of a place in ``rules`` and evidence) and ``answers`` (one character a
        model).
    """
    top = audit.items.head(most)
    order = top.get_column(INDEX).to_numpy()
    texts = audit.table.frame.select("question", "choices", "answer", "reference")[order]
    subjects = top.select(
        pl.when(pl.col("subject").is_null())
        .then(pl.col("benchmark"))
        .otherwise(pl.col("subject"))
        .alias("name")
    ).to_series()
    names = subjects.unique().sort().to_list()
    rules = [rule.id for rule in audit.lint.rules]
    answers, models, letters = _answers(audit)
    return {
        "rules": [[rule.id, rule.summary] for rule in audit.lint.rules],
        "subjects": [printable(name) for name in names],
        "models": [printable(name) for name in models],
        "letters": letters,
        "items": {
            "subject": subjects.replace_strict(
                dict(zip(names, range(len(names)), strict=True)), return_dtype=pl.Int64
            ).to_list(),
            "id": [printable(name) for name in top.get_column("item_id")],
            "question": _short(texts.get_column("question")),
            "choices": texts.select(pl.col("choices").list.eval(_cut(pl.element())))
            .to_series()
            .to_list(),
            "key": texts.get_column("answer").to_list(),
            "reference": _short(texts.get_column("reference")),
            "suspicion": top.get_column("suspicion").round(4).to_list(),
            "flagged": top.get_column("flagged").to_list(),
            "proposed": top.get_column("proposed").to_list(),
            "findings": _findings(top, {rule: i for i, rule in enumerate(rules)}),
            "answers": answers[order].tolist(),
        },
    }


def _findings(top: pl.DataFrame, place: dict[str, int]) -> list[list[tuple[int, str]]]:
    return [
        [(place[one["rule"]], printable(one["evidence"])) for one in found]
        for found in top.get_column("findings")
    ]


def _cut(text: pl.Expr) -> pl.Expr:
    long = text.str.len_chars() > LONGEST
    return pl.when(long).then(text.str.head(LONGEST) + " […]").otherwise(text)


def _short(texts: pl.Series) -> list[str | None]:
    return texts.to_frame("text").select(_cut(pl.col("text"))).to_series().to_list()


def _answers(audit: Audit) -> tuple[NDArray[np.str_], tuple[str, ...], bool]:
    """Return a text an item, one character a model; the models; whether choices are known."""
    n = audit.table.frame.height
    if audit.scores is None:
        return np.full(n, ""), (), False
    models = audit.scores.models
    key = ["benchmark", "item_id"]
    frame = audit.scores.frame
    letters = "choice" in frame.columns and frame.get_column("choice").null_count() < frame.height
    at = audit.table.frame.select(*key).with_row_index(INDEX)
    symbol = pl.when(pl.col("score") > 0.5).then(pl.lit(RIGHT)).otherwise(pl.lit(WRONG))  # noqa: PLR2004
    if letters:
        named = pl.col("choice").replace_strict(
            dict(enumerate(SYMBOLS)), default=OTHER, return_dtype=pl.String
        )
        unread = pl.when(pl.col("score") > 0).then(pl.lit(RIGHT)).otherwise(pl.lit(UNREADABLE))
        symbol = pl.when(pl.col("choice").is_null()).then(unread).otherwise(named)
    sample = [*key, "model"]
    first = frame.unique(sample, keep="first", maintain_order=True)
    given = first.with_columns(
        pl.col(*key).cast(pl.String),
        place=pl.col("model")
        .cast(pl.String)
        .replace_strict(dict(zip(models, range(len(models)), strict=True)), return_dtype=pl.Int64),
        symbol=symbol,
    ).join(at, on=key, how="inner")
    table = np.full((n, len(models)), NOT_ASKED)
    rows, places = given.get_column(INDEX).to_numpy(), given.get_column("place").to_numpy()
    table[rows, places] = given.get_column("symbol").to_numpy().astype("U1")
    return table.view(f"U{len(models)}").ravel(), models, letters
