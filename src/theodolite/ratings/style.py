"""Style covariates of votes: how much longer, or more formatted, one answer is than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, MissingColumnError, NotIdentifiedError, UsageError
from theodolite.tables import STYLE_FEATURES
from theodolite.tables.checks import Kind, only_given, problems_at, to_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Votes

    Floats = NDArray[np.float64]

__all__ = ["Style", "covariates"]

LARGEST = 1e300


@dataclass(frozen=True)
class Style:
    """Which differences in style to hold fixed.

    The covariate of a feature is (a - b) / (a + b) of the two sides' counts: 0 where they are
    alike (or both are 0), 1 where only the first side has any.

    Attributes
    ----------
    features
        Names of column pairs: ``tokens`` stands for ``tokens_a`` and ``tokens_b``. Any pair of
        columns of numbers from 0 up will do.
    standardized
        Divide each covariate by its standard deviation (about 0, for swapping the sides turns its
        sign), so that coefficients are for typical differences. Ratings do not change.

    Examples
    --------
    >>> Style(("tokens", "lists")).columns
    ('tokens_a', 'tokens_b', 'lists_a', 'lists_b')
    """

    features: tuple[str, ...] = STYLE_FEATURES
    standardized: bool = False

    def __post_init__(self) -> None:
        if not self.features:
            raise UsageError("a style needs at least one feature, such as tokens")
        if len(set(self.features)) < len(self.features):
            raise UsageError(f"a style feature is named twice: {', '.join(self.features)}")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the votes that it needs."""
        return tuple(f"{feature}_{side}" for feature in self.features for side in ("a", "b"))


def covariates(votes: Votes, style: Style) -> list[Floats]:
    """Return (a - b) / (a + b) of every feature, (N,) each, standardized where asked.

    Raises
    ------
    MissingColumnError, InputError
        A column is absent, or a count is missing, negative or no number.
    NotIdentifiedError
        A feature never differs between the two sides.
    """
    counts = {column: _counts(votes.frame, column) for column in style.columns}
    sides = [(pl.col(f"{feature}_a"), pl.col(f"{feature}_b")) for feature in style.features]
    frame = pl.DataFrame(counts).select(
        pl.when(a + b > 0).then((a - b) / (a + b)).otherwise(0.0).alias(str(i))
        for i, (a, b) in enumerate(sides)
    )
    out = [column.to_numpy() for column in frame.get_columns()]
    flat = [f for f, column in zip(style.features, out, strict=True) if not column.any()]
    if flat:
        raise NotIdentifiedError(
            f"the style feature {flat[0]} never differs between the two sides: leave it out"
        )
    return [z / _spread(votes, z) for z in out] if style.standardized else out


def _spread(votes: Votes, raw: Floats) -> float:
    """Return the standard deviation about 0 of a covariate, over the votes' weights."""
    if "weight" not in votes.frame.columns:
        return float(np.sqrt(raw @ raw / len(raw)))
    weight = votes.frame.get_column("weight").to_numpy()
    return float(np.sqrt(weight @ (raw * raw) / weight.sum()))


def _counts(frame: pl.DataFrame, column: str) -> pl.Series:
    """Return a column of counts as numbers, or raise where it holds anything else."""
    only_given(frame, column, f"the style feature {column[:-2]}")
    given = frame.get_column(column)
    # A CSV file's own columns are text.
    series = to_kind(given, Kind.REAL)
    if series is None:
        raise MissingColumnError(
            f"the style feature {column[:-2]} needs numbers in {column}, which holds {given.dtype}"
        )
    series = series.cast(pl.Float64)
    # The ends tell at a glance; only where they are off is each value looked at.
    low, high = series.min(), series.max()
    gaps = series.null_count() or series.is_nan().any()
    if gaps or low < 0 or not high <= LARGEST:  # type: ignore[operator]
        bad = ~series.is_between(0, LARGEST).fill_null(value=False) | series.is_nan().fill_null(
            value=True
        )
        allowed = "not a count: style features are numbers from 0 up"
        raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()))
    return series
