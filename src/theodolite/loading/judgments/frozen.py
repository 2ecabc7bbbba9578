"""A saved fit of win rates: one JSON object, checked to the last number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import FormatError, shorten
from theodolite.loading.files import File, mebibytes, require_whole_characters
from theodolite.scoring.winrate import FrozenFit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["load_winrate_fit"]

MOST_BYTES = 256 * 1024 * 1024
MOST_ITEMS, MOST_MODELS = 1_000_000, 3_000
LONGEST_NAME = 300
KIND = "theodolite winrate fit"


def load_winrate_fit(path: str | Path) -> FrozenFit:
    """Read what ``theodolite winrate --save-fit`` wrote.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FormatError
        It is absent, too large, no JSON, or something in it is missing or not what it should be.
    """
    file = File.find(path)
    with file.open() as handle:
        content = handle.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FormatError(f"{file.name}: more than {mebibytes(MOST_BYTES)}, too large for a fit")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{file.name}: no JSON ({error})") from error
    require_whole_characters(file.name, content, data)
    if not isinstance(data, dict) or data.get("kind") != KIND or data.get("version") != 1:
        raise FormatError(
            f"{file.name}: no fit of win rates",
            hint="Such a file is written by theodolite winrate ANNOTATIONS --save-fit FILE.",
        )
    return _Reader(file.name, data).fit()


class _Reader:
    """Takes the parts of a fit out of its JSON object, and says which of them is wrong."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        self.name, self.data = name, data

    def wrong(self, key: str, what: str) -> FormatError:
        """Say what is wrong with a key."""
        return FormatError(f"{self.name}: {key} {what}")

    def fit(self) -> FrozenFit:
        """Take everything."""
        items = self.texts("items", MOST_ITEMS)
        covariates = self.texts("covariates", MOST_ITEMS, may_be_empty=True)
        models = self.models()
        judge = self.data.get("judge")
        size = len(covariates) + 1
        spread = self.numbers("spread", size)
        if not (spread > 0).all():
            raise self.wrong("spread", "must be above 0")
        rate = self.numbers("rate", models.height)
        if not ((rate >= 0) & (rate <= 1)).all():
            raise self.wrong("rate", "must lie between 0 and 1")
        return FrozenFit(
            baseline=self.text("baseline", self.data.get("baseline")),
            judge=None if judge is None else self.text("judge", judge),
            covariates=covariates,
            items=items,
            ease=self.numbers("ease", len(items)),
            centre=self.numbers("centre", size),
            spread=spread,
            models=models,
            rate=rate,
            values=self.values(models.height, len(items)),
        )

    def text(self, key: str, value: object) -> str:
        """Check a name."""
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
            raise self.wrong(key, f"is {shorten(value)}, not a name")
        return value

    def texts(self, key: str, most: int, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """Check a list of different names."""
        values = self.data.get(key)
        if not isinstance(values, list) or len(values) > most or not (values or may_be_empty):
            raise self.wrong(key, f"must be a list of up to {most:,} names")
        names = tuple(self.text(key, value) for value in values)
        if len(set(names)) < len(names):
            raise self.wrong(key, "holds a name twice")
        return names

    def numbers(self, key: str, size: int) -> Floats:
        """Check a list of finite numbers."""
        values = self.data.get(key)
        if not isinstance(values, list) or len(values) != size:
            raise self.wrong(key, f"must be a list of {size:,} numbers")
        return self.finite(key, values)

    def finite(self, key: str, values: list[object]) -> Floats:
        """Turn numbers into an array."""
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            raise self.wrong(key, "holds something that is no number")
        try:
            out = np.array(values, dtype=np.float64)
        except OverflowError as error:
            raise self.wrong(key, "holds a number that is not finite") from error
        if not np.isfinite(out).all():
            raise self.wrong(key, "holds a number that is not finite")
        return out

    def values(self, models: int, items: int) -> Floats:
        """Check the value of every model and instruction."""
        rows = self.data.get("values")
        shaped = isinstance(rows, list) and len(rows) == models
        if not shaped or not all(isinstance(r, list) and len(r) == items for r in rows or ()):
            raise self.wrong("values", f"must be {models:,} lists of {items:,} numbers")
        out = np.full((models, items), np.nan)
        for number, row in enumerate(rows or ()):
            there = np.array([value is not None for value in row])
            if there.sum() < 2:  # noqa: PLR2004
                raise self.wrong("values", f"has fewer than two numbers of model {number + 1}")
            out[number, there] = self.finite("values", [v for v in row if v is not None])
        return out

    def models(self) -> pl.DataFrame:
        """Check the models' rows."""
        rows = self.data.get("models")
        if not isinstance(rows, list) or not 0 < len(rows) <= MOST_MODELS:
            raise self.wrong("models", f"must be a list of up to {MOST_MODELS:,} models")
        if not all(isinstance(row, dict) for row in rows):
            raise self.wrong("models", "holds something that is no object")
        names = [self.text("models", row.get("model")) for row in rows]
        if len(set(names)) < len(names):
            raise self.wrong("models", "holds a model twice")
        columns = {
            key: self.finite(f"models, {key}", [row.get(key) for row in rows])
            for key in ("win_rate", "standard_error", "n")
        }
        if not ((columns["win_rate"] >= 0) & (columns["win_rate"] <= 100)).all():  # noqa: PLR2004
            raise self.wrong("models, win_rate", "must lie between 0 and 100")
        if not ((columns["standard_error"] >= 0) & (columns["n"] >= 2)).all():  # noqa: PLR2004
            raise self.wrong("models", "needs a standard error of at least 0, and an n above 1")
        frame = pl.DataFrame({"model": names, **columns})
        return frame.with_columns(pl.col("n").cast(pl.Int64))
