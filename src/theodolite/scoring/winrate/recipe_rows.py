"""The rows of the reference recipe as arrays, a model a design, and what is counted of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, NotIdentifiedError, TooFewError, shorten
from theodolite.tables.checks import only_given, problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.published_result import Join
    from theodolite.tables import Preferences

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["RecipeRows", "recipe_rows"]

DIFFICULTY = "instruction_difficulty"


@dataclass(frozen=True)
class RecipeRows:
    """Judgments of B models as arrays (B, N), filled up with zeros.

    Attributes
    ----------
    summary
        One row a model, in order: its raw win rate and the counts.
    baseline
        What they are compared with.
    y, length, difficulty, given
        The outcome in [0, 1], the standardised difference of lengths, the difficulty, and where
        there is a judgment.
    itself
        Which model is the baseline, (B,).
    """

    summary: pl.DataFrame
    baseline: str
    y: Floats
    length: Floats
    difficulty: Floats
    given: Flags
    itself: Flags

    def part(self, models: slice) -> RecipeRows:
        """Give some of the models."""
        names = ("summary", "y", "length", "difficulty", "given", "itself")
        return replace(self, **{name: getattr(self, name)[models] for name in names})


def recipe_rows(preferences: Preferences, difficulty: pl.DataFrame, join: Join) -> RecipeRows:
    """Put each model's judgments in the order of its file, with their difficulties.

    Raises
    ------
    MissingColumnError
        A column that the recipe needs is absent.
    InputError
        There are several baselines, two judgments of a model have one position, or one has no
        difficulty.
    TooFewError, NotIdentifiedError
        A model has one judgment, or no spread of lengths.
    """
    frame = preferences.frame
    for column in ("len_output", "len_baseline"):
        only_given(frame, column, "the published recipe")
    if join == "position":
        only_given(frame, "position", "the published recipe, which joins by row,")
    baseline = _one_baseline(frame)
    frame = _with_difficulty(frame, difficulty, join)
    frame = frame.with_columns(
        (pl.col("preference") - 1.0).alias("_y"),
        (pl.col("len_baseline") - pl.col("len_output")).alias("_longer"),
        pl.col("model").cast(pl.String),
    )
    summary = _summary(frame).sort("model")
    _require_spread(summary, baseline)
    names = summary.get_column("model")
    frame = frame.select(
        pl.col("model").replace_strict(names, range(len(names)), return_dtype=pl.Int64),
        pl.int_range(pl.len()).over("model").alias("_place"),
        "_y",
        (pl.col("_longer") / pl.col("_longer").std().over("model")).alias("_length"),
        DIFFICULTY,
    )
    model, place = (frame.get_column(name).to_numpy() for name in ("model", "_place"))
    shape = len(names), int(place.max()) + 1

    def spread(name: str) -> Floats:
        array = np.zeros(shape)
        array[model, place] = frame.get_column(name).to_numpy()
        return array

    given = np.zeros(shape, dtype=bool)
    given[model, place] = True
    itself = (names == baseline).to_numpy()
    length = np.where(itself[:, None], 0.0, np.nan_to_num(spread("_length")))
    return RecipeRows(
        summary.drop("_unit"), baseline, spread("_y"), length, spread(DIFFICULTY), given, itself
    )


def _one_baseline(frame: pl.DataFrame) -> str:
    column = frame.get_column("baseline").cast(pl.String)
    other = column != column[0]
    if other.any():
        names = ", ".join(shorten(name) for name in sorted(column.unique())[:10])
        raise InputError(
            problems_at(frame, "baseline", other, "not the only baseline"),
            total=int(other.sum()),
            hint=f"Take one with --where baseline=NAME: {names}.",
        )
    return str(column[0])


def _with_difficulty(frame: pl.DataFrame, difficulty: pl.DataFrame, join: Join) -> pl.DataFrame:
    """Sort by row, and add the difficulty and whether row and instruction tell two."""
    values = difficulty.select("item_id", by_item=DIFFICULTY, by_row=DIFFICULTY)
    values = values.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("position"))
    frame = frame.drop(DIFFICULTY, "by_item", "by_row", strict=False)
    text = pl.col("item_id").cast(pl.String)
    frame = frame.with_columns(text).join(
        values.select("item_id", "by_item"), on="item_id", how="left", maintain_order="left"
    )
    if "position" in frame.columns:
        frame = frame.sort("position", maintain_order=True).join(
            values.select("position", "by_row"), on="position", how="left", maintain_order="left"
        )
    else:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias("by_row"))
    if join == "position":
        _require_rows(frame, len(values))
    else:
        _require_items(frame, len(values))
    return frame.with_columns(
        pl.col("by_row" if join == "position" else "by_item").alias(DIFFICULTY),
        (pl.col("by_row") != pl.col("by_item")).alias("_other"),
    )


def _require_rows(frame: pl.DataFrame, count: int) -> None:
    first = frame.select(pl.struct("model", "position").is_first_distinct()).to_series()
    if not first.all():
        problems = problems_at(frame, "position", ~first, "there already for this model")
        raise InputError(problems, total=int((~first).sum()))
    absent = frame.get_column("by_row").is_null()
    if absent.any():
        allowed = f"not one of the {count:,} rows of the difficulties, from 0"
        problems = problems_at(frame, "position", absent, allowed)
        raise InputError(problems, total=int(absent.sum()))


def _require_items(frame: pl.DataFrame, count: int) -> None:
    absent = frame.get_column("by_item").is_null()
    if absent.any():
        raise InputError(
            problems_at(
                frame, "item_id", absent, f"not one of the {count:,} instructions with a difficulty"
            ),
            total=int(absent.sum()),
            hint="Give the difficulties under the same ids, or join by position.",
        )


def _summary(frame: pl.DataFrame) -> pl.DataFrame:
    """Count and average each model's judgments, in percent."""
    y, n = pl.col("_y"), pl.len()
    wins, losses, draws = (y > 0.5).sum(), (y < 0.5).sum(), (y == 0.5).sum()  # noqa: PLR2004
    return frame.group_by("model").agg(
        (100.0 * y.mean()).alias("win_rate"),
        (100.0 * y.std() / n.sqrt()).alias("standard_error"),
        (100.0 * (wins + 0.5 * draws) / n).alias("discrete_win_rate"),
        n.cast(pl.Int64).alias("n"),
        wins.cast(pl.Int64).alias("n_wins"),
        losses.cast(pl.Int64).alias("n_losses"),
        draws.cast(pl.Int64).alias("n_draws"),
        pl.col("len_output").mean().floor().cast(pl.Int64).alias("avg_length"),
        pl.when(pl.col("_other").null_count() == 0)
        .then(pl.col("_other").sum().cast(pl.Int64))
        .alias("shifted"),
        pl.col("_longer").std().alias("_unit"),
    )


def _require_spread(summary: pl.DataFrame, baseline: str) -> None:
    single = summary.filter(pl.col("n") < 2).get_column("model")  # noqa: PLR2004
    if len(single):
        raise TooFewError(f"{shorten(single[0])} has a single judgment, too few for a win rate")
    flat = summary.filter((pl.col("_unit") == 0.0) & (pl.col("model") != baseline))
    if flat.height:
        raise NotIdentifiedError(
            f"all answers of {shorten(flat['model'][0])} differ from the baseline's by the same "
            "length, so the published recipe has no unit of length"
        )
