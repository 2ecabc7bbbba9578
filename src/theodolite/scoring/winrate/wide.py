r"""Preferences as arrays, a row a model and a column an instruction, and what is held fixed.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
c_mi      a covariate: what the model's answer has more of than the baseline's
s_m       its standard deviation over the model's instructions (ddof 1)
z_mi      tanh(c_mi / s_m) for length, c_mi / s_m for any other
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import (
    InputError,
    MissingColumnError,
    TooLargeError,
    UsageError,
    shorten,
)
from theodolite.stats.controlled_rate import Scaled
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Preferences

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["LENGTH", "Covariate", "Wide", "column_of", "wide_of"]

LENGTH = "length"
MOST_CELLS = 20_000_000
# A standard deviation below this part of the values' size is rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Covariate:
    """What is held fixed: z, (M, N).

    Attributes
    ----------
    name
        ``length``, or what the file calls it.
    raw, scale, z, slope
        c, (M, N); s, (M,), 1 where c does not vary; z, (M, N), and its derivative in s.
    varies
        Whether a model's c differs between instructions, (M,).
    absent
        Whether a model's c is 0 everywhere, (M,): then nothing is to be held fixed.
    """

    name: str
    raw: Floats
    scale: Floats
    z: Floats
    slope: Floats
    varies: Flags
    absent: Flags

    def scaled(self, column: int) -> Scaled:
        """Say how the column of a design was scaled."""
        return Scaled(column, self.raw, self.scale, self.slope)

    def take(self, models: NDArray[np.int64]) -> Covariate:
        """Give the same of some models."""
        parts = {
            name: getattr(self, name)[models]
            for name in self.__dataclass_fields__
            if name != "name"
        }
        return Covariate(self.name, **parts)


@dataclass(frozen=True)
class Wide:
    """M models against one baseline on N instructions.

    Attributes
    ----------
    models, items
        Names, in alphabetical order, and item ids, in order of first appearance.
    baseline
        Of all of them.
    y, given
        preference - 1, (M, N), 0 where there is none; and where there is one.
    covariates
        What is held fixed.
    length
        Characters of the models' answers, (M, N), ``None`` where the file does not say.
    category
        Of each item, ``None`` where the file does not say.
    """

    models: tuple[str, ...]
    items: tuple[str, ...]
    baseline: str
    y: Floats
    given: Flags
    covariates: tuple[Covariate, ...]
    length: Floats | None
    category: tuple[str | None, ...] | None

    @property
    def n(self) -> NDArray[np.int64]:
        """Instructions of each model, (M,)."""
        count: NDArray[np.int64] = self.given.sum(axis=1)
        return count


def wide_of(preferences: Preferences, covariates: Sequence[str]) -> Wide:
    """Lay the preferences out, and make the covariates.

    Raises
    ------
    InputError
        There are several baselines; a covariate has empty cells or text; all lengths are 0.
    MissingColumnError
        A covariate's columns are not in the file.
    TooLargeError
        Models times instructions are too many.
    """
    frame = preferences.frame
    baseline = _only_baseline(frame)
    models = preferences.models
    item = frame.get_column("item_id").cast(pl.String)
    items = item.unique(maintain_order=True)
    shape = (len(models), len(items))
    if shape[0] * shape[1] > MOST_CELLS:
        raise TooLargeError(
            f"{shape[0]:,} models times {shape[1]:,} instructions are more than {MOST_CELLS:,}: "
            "choose models (--where)"
        )
    rows = frame.get_column("model").cast(pl.Enum(models)).to_physical().to_numpy()
    columns = item.cast(pl.Enum(items)).to_physical().to_numpy()

    def laid(values: pl.Series) -> Floats:
        out = np.zeros(shape)
        out[rows, columns] = values.to_numpy()
        return out

    given = np.zeros(shape, dtype=bool)
    given[rows, columns] = True
    return Wide(
        models=models,
        items=tuple(items),
        baseline=baseline,
        y=laid(frame.get_column("preference") - 1.0),
        given=given,
        covariates=tuple(
            _covariate(name, laid(_difference(frame, name)), given) for name in covariates
        ),
        length=laid(frame.get_column("len_output")) if "len_output" in frame.columns else None,
        category=_categories(frame, item, items),
    )


def column_of(name: str, frame: pl.DataFrame) -> tuple[str, ...]:
    """Name the columns of a covariate: its own, or one for each side (the model's first)."""
    wanted: list[tuple[str, ...]]
    if name == LENGTH:
        wanted = [("len_output", "len_baseline")]
    else:
        wanted = [(f"{name}_output", f"{name}_baseline"), (name,)]
    for columns in wanted:
        if all(column in frame.columns for column in columns):
            return columns
    have = ", ".join(c for c in frame.columns if not c.startswith("_"))
    need = " or ".join(" and ".join(columns) for columns in wanted)
    raise MissingColumnError(
        f"no column {need}, which the covariate {shorten(name)} needs (columns: {have}). "
        "Choose others with --covariates, or none with --covariates none."
    )


def _difference(frame: pl.DataFrame, name: str) -> pl.Series:
    """Give the model's less the baseline's, or the column that holds the difference."""
    columns = column_of(name, frame)
    checked = conform(
        frame, [Column(c, Kind.REAL, required=True) for c in columns], source="preferences"
    )
    if name == LENGTH:
        _require_lengths(checked)
    first = checked.get_column(columns[0])
    return first if len(columns) == 1 else first - checked.get_column(columns[1])


def _require_lengths(frame: pl.DataFrame) -> None:
    """Raise where all lengths of a model, or all it was set against, are 0: that is no length."""
    for column in column_of(LENGTH, frame):
        none = frame.select((pl.col(column) == 0).all().over("model")).to_series()
        if none.any():
            allowed = "a length: 0 stands in every judgment of the model"
            raise InputError(
                problems_at(frame, column, none, f"not {allowed}"),
                total=int(none.sum()),
                hint="Give lengths in characters, leave the model out (--where model!=NAME), or "
                "hold length not fixed (--covariates none).",
            )


def _covariate(name: str, raw: Floats, given: Flags) -> Covariate:
    n = given.sum(axis=1)
    mean = raw.sum(axis=1) / n
    off = np.where(given, raw - mean[:, None], 0.0)
    spread = np.sqrt((off**2).sum(axis=1) / np.maximum(n - 1, 1))
    size = np.abs(raw).max(axis=1)
    varies = spread > ROUNDING * size
    scale = np.where(varies, spread, 1.0)
    # Without spread it could not be told from the intercept.
    z = np.where(varies[:, None], raw / scale[:, None], 0.0)
    slope = -z / scale[:, None]
    if name == LENGTH:
        z = np.tanh(z)
        slope *= 1.0 - z**2
    return Covariate(name, raw, scale, z, slope, varies, size == 0.0)


def _only_baseline(frame: pl.DataFrame) -> str:
    column = frame.get_column("baseline").cast(pl.String)
    other = column != column[0]
    if other.any():
        names = ", ".join(shorten(name) for name in column.unique().sort()[:5])
        raise InputError(
            problems_at(frame, "baseline", other, "another baseline than the first"),
            total=int(other.sum()),
            hint=f"Rates against different baselines are not comparable: choose one with "
            f"--where baseline=NAME (there are {names}).",
        )
    return str(column[0])


def _categories(
    frame: pl.DataFrame, item: pl.Series, items: pl.Series
) -> tuple[str | None, ...] | None:
    if "category" not in frame.columns:
        return None
    pairs = pl.DataFrame({"item": item, "category": frame.get_column("category").cast(pl.String)})
    counted = pairs.group_by("item").agg(pl.col("category").n_unique().alias("kinds"))
    several = counted.filter(pl.col("kinds") > 1)
    if len(several):
        bad = item.is_in(several.get_column("item").implode())
        raise InputError(
            problems_at(frame, "category", bad, "not the only category of its item"),
            total=int(bad.sum()),
        )
    first = pairs.unique("item", keep="first", maintain_order=True)
    return tuple(
        items.to_frame("item").join(first, on="item", how="left", maintain_order="left")["category"]
    )


def required_names(covariates: Sequence[str]) -> None:
    """Raise where a covariate is named twice, or not at all."""
    if len(set(covariates)) < len(covariates) or not all(covariates):
        raise UsageError(
            f"the covariates {', '.join(map(shorten, covariates))} must be different names"
        )
