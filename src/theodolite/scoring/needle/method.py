r"""Needle in a haystack: how often models find it, what length and depth do, and how far it goes.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_i       score of trial i, from ``low`` to ``high`` of the scale
y_i       whether s_i is full marks
p_j       share found at the j-th length, lengths rising
tau       threshold
========  ==================================================================================

The effective context length is the longest length that was tried up to which p_j >= tau, on the
assumption that p_j does not rise with length. The equations stand in
:mod:`theodolite.scoring.needle.shares`, :mod:`theodolite.scoring.needle.effects`,
:mod:`theodolite.scoring.needle.compare` and :mod:`theodolite.stats.monotone`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, TooLargeError, UsageError, shorten
from theodolite.scoring.needle.compare import compare
from theodolite.scoring.needle.effects import Trials, effects_of, fit_found
from theodolite.scoring.needle.result import NeedleBoard
from theodolite.scoring.needle.shares import share_interval
from theodolite.stats import last_above, wilson

if TYPE_CHECKING:
    from theodolite.tables import Needles

__all__ = ["THRESHOLD", "needle"]

THRESHOLD = 0.9
N_DRAWS = 2000
MOST_LENGTHS = 2000
FEWEST = 2
OWN = ["model", "version"]


def needle(
    needles: Needles,
    *,
    threshold: float = THRESHOLD,
    level: float = 0.95,
    seed: int = 0,
) -> NeedleBoard:
    """Score needle-in-a-haystack tests; every version of a test by itself.

    Parameters
    ----------
    needles
        The cells.
    threshold
        The share found that makes a length effective.
    level
        Confidence level of every interval.
    seed
        Of the draws behind the effective length and the tests.

    Returns
    -------
    NeedleBoard
        See there. Its effects: ``length`` (the odds ratio is that of a doubled length), ``depth``
        (any dependence on it), ``ends against middle``, ``end against start`` and ``length by
        depth`` (whether depth matters otherwise in longer texts).

    Raises
    ------
    UsageError
        ``threshold`` or ``level`` is not between 0 and 1, or ``seed`` is negative.
    TooFewError
        A model has fewer than two trials with a score.
    TooLargeError
        There are more than 2,000 lengths, or 50,000 pairs.

    References
    ----------
    G. Kamradt (2023), github.com/gkamradt/LLMTest_NeedleInAHaystack (the test).

    Examples
    --------
    >>> from theodolite.tables import Needles
    >>> frame = pl.DataFrame([
    ...     {"model": "x", "context_length": 1000 * 2**i, "depth_percent": 5 * d,
    ...      "score": 10 if i < 4 or d == 20 else 1}
    ...     for i in range(7) for d in range(21)
    ... ])
    >>> got = needle(Needles.from_frame(frame))
    >>> got.models.select(pl.col("share").round(3), "effective_length", "effective_high").row(0)
    (0.592, 8000.0, 8000.0)
    """
    _check(threshold, level, seed)
    frame = _outcomes(needles)
    parts = [
        _setting(part, (str(model), str(version)), needles, threshold, level, seed)
        for (model, version), part in frame.group_by(OWN, maintain_order=True)
    ]
    cells = _by(frame, ["context_length", "depth_percent"])
    models = _ordered(pl.DataFrame([part[0] for part in parts], infer_schema_length=None), cells)
    lengths = _with_ends(_by(frame, ["context_length"]), level).join(
        pl.concat([part[1] for part in parts]),
        on=[*OWN, "context_length"],
        how="left",
        maintain_order="left",
    )
    return NeedleBoard(
        models=models,
        lengths=_as_in(models, lengths),
        depths=_as_in(models, _with_ends(_by(frame, ["depth_percent"]), level)),
        cells=_as_in(models, cells),
        effects=_as_in(models, pl.concat([part[2] for part in parts])),
        pairs=compare(
            cells,
            models.select(OWN).rows(),
            level=level,
            n_draws=N_DRAWS,
            rng=np.random.default_rng([seed, 2]),
        ),
        threshold=threshold,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        scale=(needles.low, needles.high),
        removed=needles.removed,
        notes=(*needles.notes, *_notes(models, cells)),
    )


def _outcomes(needles: Needles) -> pl.DataFrame:
    """Add to each trial whether it has full marks, and its score as a share of them."""
    return needles.frame.select(
        pl.col("model").cast(pl.String),
        "version",
        pl.col("context_length", "depth_percent", "score").cast(pl.Float64),
        found=(pl.col("score") == needles.high).cast(pl.Float64),
        share=(pl.col("score") - needles.low) / (needles.high - needles.low),
    )


def _setting(
    part: pl.DataFrame,
    name: tuple[str, str],
    needles: Needles,
    threshold: float,
    level: float,
    seed: int,
) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """Score one model in one version: its row, its monotone fit by length, its effects."""
    # Each has draws of its own, so that another model beside it moves nothing.
    rng = np.random.default_rng([seed, 1])
    trials, scored = _trials(part, name)
    falling = last_above(
        np.bincount(trials.row, trials.found).round().astype(np.int64),
        np.bincount(trials.row),
        threshold,
        level=level,
        n_draws=N_DRAWS,
        rng=rng,
    )
    effects = effects_of(trials, level=level, n_draws=N_DRAWS, rng=rng)
    fit = pl.DataFrame({"context_length": trials.lengths, "monotone": falling.fit})
    reach = np.concatenate([[0.0], trials.lengths])
    unbounded = falling.high == len(trials.lengths)
    row = (
        dict(zip(OWN, name, strict=True))
        | _numbers(trials, scored, needles, level=level)
        | _counts(part)
        | {
            "effective_length": float(reach[falling.estimate]),
            "effective_low": float(reach[falling.low]),
            "effective_high": None if unbounded else float(reach[falling.high]),
            "unbounded": unbounded,
            "correlation": falling.correlation,
        }
    )
    return row, _named(fit, name), _named(effects, name)


def _check(threshold: float, level: float, seed: int) -> None:
    for name, value in (("threshold", threshold), ("level", level)):
        if not 0.0 < value < 1.0:
            raise UsageError(f"the {name} must lie between 0 and 1, as 0.9; not {value}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _trials(part: pl.DataFrame, name: tuple[str, str]) -> tuple[Trials, pl.DataFrame]:
    """Take the trials of one model and version that have a score."""
    # In one order whatever the file's is, so that shuffles of the outcomes are the same.
    scored = part.filter(pl.col("score").is_not_null()).sort(
        "context_length", "depth_percent", "score"
    )
    if len(scored) < FEWEST:
        raise TooFewError(
            f"{shorten(name[0])}, version {name[1]}, has fewer than two trials with a "
            f"score, which leaves no interval. Leave it out: --where model!={name[0]}"
        )
    lengths, row = np.unique(scored["context_length"].to_numpy(), return_inverse=True)
    if len(lengths) > MOST_LENGTHS:
        raise TooLargeError(
            f"{shorten(name[0])} was tried at {len(lengths):,} lengths, more than "
            f"{MOST_LENGTHS:,}: round them"
        )
    found, depth = scored["found"].to_numpy(), scored["depth_percent"].to_numpy()
    return Trials(found, np.asarray(row, dtype=np.intp), lengths, depth), scored


def _numbers(
    trials: Trials, scored: pl.DataFrame, needles: Needles, *, level: float
) -> dict[str, Any]:
    """Give the mean score and the share found with their intervals."""
    marks = scored["share"].to_numpy()
    expected = fit_found(trials, marks).expected
    mean = share_interval(marks, trials, expected, level=level)
    found = share_interval(trials.found, trials, fit_found(trials).expected, level=level)
    width = needles.high - needles.low
    score = (needles.low + width * value for value in mean)
    return dict(zip(("score", "low", "high"), score, strict=True)) | dict(
        zip(("share", "share_low", "share_high"), found, strict=True)
    )


def _counts(part: pl.DataFrame) -> dict[str, Any]:
    place = ["context_length", "depth_percent"]
    length = part["context_length"]
    return {
        "n": len(part) - part["score"].null_count(),
        "unparseable": part["score"].null_count(),
        "cells": part.select(place).n_unique(),
        "lengths": length.n_unique(),
        "depths": part["depth_percent"].n_unique(),
        "shortest": length.min(),
        "longest": length.max(),
    }


def _by(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Average trials over what a model, version and some columns have in common."""
    return (
        frame.group_by(*OWN, *columns)
        .agg(
            pl.col("score").mean(),
            share=pl.col("found").mean(),
            n=pl.col("score").count().cast(pl.Int64),
            unparseable=pl.col("score").null_count().cast(pl.Int64),
        )
        .sort(*OWN, *columns)
    )


def _with_ends(frame: pl.DataFrame, level: float) -> pl.DataFrame:
    """Add Wilson's interval of the share, trials taken as independent."""
    share = frame["share"].fill_null(0.0).to_numpy()
    low, high = wilson(share, frame["n"].to_numpy().astype(float), level)
    return frame.with_columns(low=pl.Series(low), high=pl.Series(high))


def _named(frame: pl.DataFrame, name: tuple[str, str]) -> pl.DataFrame:
    return frame.select(pl.lit(name[0]).alias("model"), pl.lit(name[1]).alias("version"), pl.all())


def _ordered(models: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Put the best first where all were tried at the same cells, else go by name."""
    if _same_cells(cells):
        return models.sort(["share", "score", *OWN], descending=[True, True, False, False])
    return models.sort(OWN)


def _as_in(models: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the rows of another table in the order of the models."""
    place = models.select(OWN).with_row_index("_place")
    placed = frame.join(place, on=OWN, how="left", maintain_order="left")
    return placed.sort("_place", maintain_order=True).drop("_place")


def _same_cells(cells: pl.DataFrame) -> bool:
    count = cells.select(OWN).n_unique()
    shared = cells.group_by("context_length", "depth_percent").len()["len"]
    return bool((shared == count).all())


def _notes(models: pl.DataFrame, cells: pl.DataFrame) -> tuple[str, ...]:
    if len(models) == 1 or _same_cells(cells):
        return ()
    return (
        "Not all were tried at the same lengths and depths: their scores do not compare, the "
        "differences on common cells do.",
    )
