r"""The score of one answer to one question of EQ-Bench, after version 1 or 2 of its rule.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
u_e       how intense the model says emotion e is, e = 1 .. 4
r_e       how intense the reference says it is, on the full scale from 0 to 10
q_e       the same where the four must add up to 10 (version 1)
d_e       \|u_e - r_e\|
========  ==================================================================================

Version 2: s = 10 - 0.7477 * sum of f(d_e), with f(0) = 0, f(d) = 6.5 / (1 + exp(-1.2 (d - 4))) up
to d = 5 and f(d) = d beyond: small differences count less, and random answers score about 0.

Version 1: s = 10 - sum of \|10 u_e / (u_1 + .. + u_4) - q_e\|.

An answer can be scored when it names exactly the four emotions of the question, in any order, with
a number each (and, in version 1, not all of them 0).

References
----------
S. J. Paech (2023), arXiv:2312.06281 (version 1, and 2 in the repository of EQ-Bench).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from theodolite.errors import MissingColumnError, UsageError, shorten
from theodolite.tables import Passes
from theodolite.tables.checks import FILE, ROW
from theodolite.tables.emotions import EMOTIONS_ASKED, STAGES

if TYPE_CHECKING:
    from theodolite.tables import Emotions

__all__ = ["VERSIONS", "Version", "lowest_item", "score_items"]

Version = Literal["v1", "v2"]
VERSIONS: tuple[Version, ...] = ("v1", "v2")

HIGHEST = 10.0
WEIGHT = 0.7477
TOP, STEEP, MIDDLE, BENT_UP_TO = 6.5, 1.2, 4.0, 5.0
RUN = ("model", "iteration", "item_id")


def lowest_item(version: Version) -> float:
    """Return the score of the worst answer on the scale: every emotion 10 off, or all on one.

    Examples
    --------
    >>> round(lowest_item("v2"), 3), lowest_item("v1")
    (-19.908, -10.0)
    """
    return HIGHEST - (WEIGHT * EMOTIONS_ASKED * 10.0 if version == "v2" else 2 * HIGHEST)


def score_items(emotions: Emotions, *, version: Version = "v2") -> Passes:
    """Score every question of every run in both passes; null where the answer cannot be scored.

    Parameters
    ----------
    emotions
        The answers. Every run was asked all questions.
    version
        Of the rule.

    Raises
    ------
    UsageError
        The version is unknown.
    MissingColumnError
        Version 1 is asked for and the questions lack its reference answers.

    Examples
    --------
    >>> from theodolite.tables import Emotions
    >>> names = ["Sad", "Glad", "Mad", "Bad"]
    >>> questions = pl.DataFrame({"item_id": "1", "emotion": names, "reference": [0, 6, 0, 7]})
    >>> frame = pl.DataFrame({"model": "x", "iteration": 1, "item_id": "1", "stage": "first_pass",
    ...                       "emotion": names, "answer": [0, 5, 1, 7]})
    >>> score_items(Emotions.from_frames(frame, questions)).frame["first_pass"].round(4).to_list()
    [9.7415]
    """
    if version not in VERSIONS:
        raise UsageError(f"EQ-Bench has the versions v1 and v2, not {shorten(version)}")
    if version == "v1" and "reference_v1" not in emotions.questions.columns:
        raise MissingColumnError("the questions lack the reference answers of version 1")
    joined = emotions.frame.select(
        *(pl.col(name).cast(pl.String) for name in ("model", "item_id", "stage", "emotion")),
        "iteration",
        "answer",
    ).join(
        emotions.questions.drop(FILE, ROW).with_columns(
            pl.col("item_id", "emotion").cast(pl.String)
        ),
        on=["item_id", "emotion"],
        how="left",
    )
    scored = joined.group_by(*RUN, "stage").agg(score=_score(version))
    asked = emotions.runs.join(
        emotions.questions.select(pl.col("item_id").cast(pl.String)).unique(maintain_order=True),
        how="cross",
    )
    for stage in STAGES:
        own = scored.filter(stage=stage).select(*RUN, pl.col("score").alias(stage))
        asked = asked.join(own, on=list(RUN), how="left", maintain_order="left")
    return Passes.from_frame(
        asked,
        version=version,
        published=emotions.published if emotions.published.height else None,
        source="answers",
        notes=emotions.notes,
    )


def _score(version: Version) -> pl.Expr:
    """Score the answers of a group, or null where they are not the four that were asked for."""
    answer, reference = pl.col("answer"), pl.col("reference")
    readable = (
        (pl.len() == EMOTIONS_ASKED) & reference.is_not_null().all() & answer.is_not_null().all()
    )
    if version == "v1":
        total = answer.sum()
        off = (HIGHEST * answer / total - pl.col("reference_v1")).abs().sum()
        return pl.when(readable & (total > 0)).then(HIGHEST - off)
    d = (answer - reference).abs()
    bent = TOP / (1.0 + (-STEEP * (d - MIDDLE)).exp())
    penalty = pl.when(d == 0).then(0.0).when(d <= BENT_UP_TO).then(bent).otherwise(d)
    return pl.when(readable).then(HIGHEST - WEIGHT * penalty.sum())
