"""Style covariates of votes: how much longer, or more formatted, one answer is than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import InputError, MissingColumnError, NotIdentifiedError, UsageError
from theodolite.tables import STYLE_FEATURES
from theodolite.tables.checks import only_given, problems_at

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from theodolite.tables import Votes

    Floats = NDArray[np.float64]

__all__ = ["Style", "covariates", "scales"]


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


def covariates(votes: Votes, style: Style) -> Floats:
    """Return (a - b) / (a + b) of every vote and feature, (N, F), standardized where asked.

    Raises
    ------
    MissingColumnError, InputError
        A column is absent, or a count is missing, negative or no number.
    NotIdentifiedError
        A feature never differs between the two sides.
    """
    columns = [_difference(votes.frame, feature) for feature in style.features]
    out = np.column_stack(columns)
    flat = [f for f, column in zip(style.features, columns, strict=True) if not column.any()]
    if flat:
        raise NotIdentifiedError(
            f"the style feature {flat[0]} never differs between the two sides: leave it out"
        )
    return out / scales(votes, out) if style.standardized else out


def scales(votes: Votes, raw: Floats) -> Floats:
    """Return the standard deviation about 0 of each covariate, over the votes' weights, (F,)."""
    if "weight" not in votes.frame.columns:
        weight = np.ones(len(raw))
    else:
        weight = votes.frame.get_column("weight").to_numpy()
    square: Floats = np.einsum("n,nf,nf->f", weight, raw, raw) / weight.sum()
    return np.sqrt(square)


def _difference(frame: pl.DataFrame, feature: str) -> Floats:
    a, b = (_counts(frame, f"{feature}_{side}", feature) for side in ("a", "b"))
    total = a + b
    return np.divide(a - b, total, out=np.zeros_like(total), where=total > 0)


def _counts(frame: pl.DataFrame, column: str, feature: str) -> Floats:
    only_given(frame, column, f"the style feature {feature}")
    series = frame.get_column(column)
    if not series.dtype.is_numeric():
        raise MissingColumnError(
            f"the style feature {feature} needs numbers in {column}, which holds {series.dtype}"
        )
    bad = ~series.is_between(0, np.finfo(np.float64).max) | series.is_nan()
    if bad.any():
        allowed = "not a count: style features are numbers from 0 up"
        raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()))
    return series.to_numpy().astype(np.float64)
