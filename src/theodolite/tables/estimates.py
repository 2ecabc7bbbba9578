"""Estimates: one number a model with its error, from whatever measured it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import polars as pl

from theodolite.errors import FormatError, InputError, UsageError, shorten
from theodolite.tables.checks import Column, Kind, Removal, already_there, conform, problems_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Estimates", "Unit"]

Unit = Literal["share", "%", "rating", "score"]

_NUMBERS = tuple(Column(name, Kind.REAL, complete=True) for name in ("low", "high"))
_ERROR = Column("standard_error", Kind.REAL, complete=True, positive=True)
_COLUMNS = (Column("model", required=True), Column("value", Kind.REAL, required=True))


@dataclass(frozen=True)
class Estimates:
    """How good each model is by one measure, validated: a model once, no error of nought.

    Build one with :meth:`from_frame`.

    Attributes
    ----------
    name
        Of the measure, as a reader knows it.
    unit
        ``share``, ``%``, ``rating`` or ``score``.
    frame
        One row a model: ``model``, ``value``, ``standard_error``, ``low``, ``high``.
    covariance
        Of the values, (K, K), in the order of ``frame``; where nothing else is known, that of
        independent errors.
    level
        Of the intervals.
    independent
        Whether the errors are taken as independent, because nothing is known.
    source
        Where the numbers come from: the file, say.
    notes, removed
        What must be known beside the numbers; what was left out on the way.

    Examples
    --------
    >>> frame = pl.DataFrame({"model": ["x", "y"], "value": [0.8, 0.7], "low": [0.76, 0.65],
    ...                       "high": [0.84, 0.75]})
    >>> found = Estimates.from_frame(frame, name="quiz", unit="share")
    >>> found.frame["standard_error"].round(4).to_list()
    [0.0204, 0.0255]
    """

    name: str
    unit: Unit
    frame: pl.DataFrame
    covariance: Floats = field(repr=False)
    level: float = 0.95
    independent: bool = True
    source: str = ""
    notes: tuple[str, ...] = ()
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in order."""
        return tuple(self.frame.get_column("model"))

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        name: str,
        unit: Unit,
        level: float = 0.95,
        covariance: Floats | None = None,
        source: str = "estimates",
    ) -> Estimates:
        """Validate one row a model.

        Parameters
        ----------
        frame
            ``model``, ``value``, and ``low`` with ``high``, or ``standard_error``, or all three.
            A standard error that is not given is the interval's width over twice the normal
            quantile; an interval that is not given is the normal one.
        name, unit
            See the class.
        level
            Of the intervals.
        covariance
            Of the values, in the order of the rows; left out, errors are independent.
        source
            What to call the frame in an error.

        Raises
        ------
        UsageError
            The unit is unknown, or the level not between 0 and 1.
        MissingColumnError
            ``model`` or ``value`` is absent.
        FormatError
            There is no row, or neither an interval nor a standard error.
        InputError
            A cell holds what it may not hold, a model stands twice, a value lies outside its own
            interval, or an interval has no width.
        """
        if unit not in get_args(Unit):
            raise UsageError(f"{shorten(unit)} is not a unit: {', '.join(get_args(Unit))}")
        if not 0.0 < level < 1.0:
            raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
        frame = _checked(frame, source)
        z = NormalDist().inv_cdf(0.5 + level / 2.0)
        if "standard_error" not in frame.columns:
            width = (pl.col("high") - pl.col("low")) / (2.0 * z)
            frame = frame.with_columns(standard_error=width)
        if "low" not in frame.columns:
            half = z * pl.col("standard_error")
            frame = frame.with_columns(low=pl.col("value") - half, high=pl.col("value") + half)
        own = frame.get_column("standard_error").to_numpy()
        return cls(
            name=name,
            unit=unit,
            frame=frame.select(
                pl.col("model").cast(pl.String), "value", "standard_error", "low", "high"
            ),
            covariance=np.diag(own**2) if covariance is None else covariance,
            level=level,
            independent=covariance is None,
            source=source,
        )

    def take(self, models: Sequence[str]) -> Estimates:
        """Give the same of some models, in their order."""
        place = {name: i for i, name in enumerate(self.models)}
        rows = np.array([place[name] for name in models], dtype=np.int64)
        return replace(self, frame=self.frame[rows], covariance=self.covariance[np.ix_(rows, rows)])

    def renamed(self, names: Mapping[str, str]) -> Estimates:
        """Give models other names.

        Raises
        ------
        InputError
            Two models would have one name.
        """
        model = pl.col("model").replace(dict(names))
        frame = self.frame.with_columns(model)
        first = frame.get_column("model").is_first_distinct()
        if not first.all():
            both = frame.get_column("model").filter(~first)[0]
            mine = [
                old for old, new in zip(self.models, frame["model"], strict=True) if new == both
            ]
            raise InputError(
                f"{self.name}: {' and '.join(map(shorten, mine))} are both {shorten(both)}",
                hint="Leave one out (--where model!=NAME), or keep them apart with --names FILE.",
            )
        return replace(self, frame=frame)


def _checked(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    frame = conform(frame, (*_COLUMNS, *_NUMBERS, _ERROR), source=source)
    if frame.is_empty():
        raise FormatError(f"{source}: no estimates in it")
    has_ends = {"low", "high"} <= set(frame.columns)
    if not has_ends and "standard_error" not in frame.columns:
        raise FormatError(
            f"{source}: no interval (low, high) and no standard_error: nothing says how sure its "
            "numbers are"
        )
    first = frame.get_column("model").is_first_distinct()
    if not first.all():
        raise already_there(frame, "model", first)
    if has_ends:
        _check_ends(frame)
    return frame


def _check_ends(frame: pl.DataFrame) -> None:
    value, low, high = (frame.get_column(name) for name in ("value", "low", "high"))
    for name, bad, allowed in (
        ("low", low > value, "above its value"),
        ("high", high < value, "below its value"),
        ("high", high <= low, "no interval: it has no width"),
    ):
        if bad.any():
            raise InputError(problems_at(frame, name, bad, allowed), total=int(bad.sum()))
