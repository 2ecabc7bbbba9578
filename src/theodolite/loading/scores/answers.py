"""Cells that hold a letter, 0 or 1: what was chosen, and whether it is right.

=======  ==============================================================================
code     what a cell of a model holds
=======  ==============================================================================
0        an empty text: an answer was given, and no letter could be read out of it
1..26    a letter: choice 0..25
27, 28   wrong, right
null     nothing: the item was not asked (255 in an array)
mask     the key of an item: bit k is 1 where choice k is right
=======  ==============================================================================
"""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, MissingColumnError
from theodolite.loading.scores.names import known_items
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["ABSENT", "CELL", "UNREAD", "WRONG", "codes_of", "key_masks", "scored"]

LETTERS = list(ascii_uppercase)
UNREAD = 0
WRONG = len(LETTERS) + 1
RIGHT = WRONG + 1
ABSENT = 255
MARKS = {"0": WRONG, "1": RIGHT, "false": WRONG, "true": RIGHT, "False": WRONG, "True": RIGHT}
CODES = {"": UNREAD, **{letter: k for k, letter in enumerate(LETTERS, 1)}, **MARKS}
CELL = "a letter from A to Z, an empty text, 0, 1, true or false"


def codes_of(cells: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    """Return the code of each cell, null where it holds anything else; ``None`` if all do.

    Examples
    --------
    >>> cells = pl.Series("m", ["A", "", "1", "a", None])
    >>> cells.to_frame().select(codes_of(pl.col("m"), cells.dtype)).to_series().to_list()
    [1, 0, 28, None, None]
    """
    if isinstance(dtype, pl.Enum | pl.Categorical):
        cells, dtype = cells.cast(pl.String), pl.String()
    if dtype == pl.String:
        words = pl.Enum(list(CODES))  # an Enum is looked up many times faster than text
        physical = cells.cast(words, strict=False).to_physical()
        return physical.replace_strict(range(len(CODES)), list(CODES.values()), default=None).cast(
            pl.UInt8
        )
    if dtype == pl.Boolean or dtype.is_numeric():
        number = cells.cast(pl.Float64)
        code = pl.when(number == 0).then(WRONG).when(number == 1).then(RIGHT)
        return code.cast(pl.UInt8)
    return pl.lit(None, dtype=pl.UInt8) if dtype == pl.Null else None


def scored(code: NDArray[np.uint8], mask: NDArray[np.int64]) -> pl.DataFrame:
    """Return ``score`` and ``choice`` of answered cells.

    Parameters
    ----------
    code, mask
        The code of each cell, none of them null, and the key of its item.

    Examples
    --------
    >>> scored(np.array([1, 2, 0, 28], np.uint8), np.array([1, 1, 1, 0])).rows()
    [(1.0, 0), (0.0, 1), (0.0, None), (1.0, None)]
    """
    lettered = (code > UNREAD) & (code < WRONG)
    choice = np.where(lettered, code - 1, 0).astype(np.int64)
    hit = np.where(lettered, (mask >> choice) & 1, code == RIGHT)
    chosen = pl.Series("choice", choice).set(pl.Series(~lettered), None)
    return pl.DataFrame({"score": hit.astype(np.float64), "choice": chosen})


def key_masks(
    frame: pl.DataFrame, options: ScoreOptions, source: str
) -> tuple[pl.Series, tuple[str, ...]]:
    """Return the mask of each row's item, and notes.

    The key of ``options.items`` counts where it is given, else the letters in the column
    ``answer``. Where both are there and differ, a note says in how many rows.

    Raises
    ------
    MissingColumnError
        There is neither.
    InputError
        A key is no letter, or an item is not among the items or is keyed with no choice there.
    """
    if options.items is None:
        return _own_masks(frame, source), ()
    known_items(frame, options.items)
    keyed = options.items.frame.select("benchmark", "item_id", _mask=_bits(pl.col("answer")))
    named = frame.select(pl.col("benchmark", "item_id").cast(pl.String))
    masks = named.join(
        keyed, on=["benchmark", "item_id"], how="left", maintain_order="left"
    ).get_column("_mask")
    open_ended = masks == 0
    if open_ended.any():
        problems = problems_at(frame, "item_id", open_ended, "an item without a key among choices")
        raise InputError(problems, total=int(open_ended.sum()))
    if "answer" not in frame.columns or not _letters(frame).all():
        return masks, ()
    unlike = int((_own_masks(frame, source) != masks).sum())
    note = f"{source}: rows whose answer is keyed otherwise in the items: {unlike:,} of "
    return masks, (f"{note}{frame.height:,}; the key of the items was used",) if unlike else ()


def _letters(frame: pl.DataFrame) -> pl.Series:
    answer = frame.get_column("answer")
    if answer.dtype.is_nested():
        return pl.repeat(False, frame.height, eager=True)  # noqa: FBT003
    return answer.cast(pl.String).is_in(LETTERS).fill_null(value=False)


def _own_masks(frame: pl.DataFrame, source: str) -> pl.Series:
    if "answer" not in frame.columns:
        raise MissingColumnError(
            f"{source}: no column answer, and letters need a key",
            hint="Add a column answer with the right letters, or give the items as well.",
        )
    letters = _letters(frame)
    if not letters.all():
        problems = problems_at(frame, "answer", ~letters, "not a letter from A to Z")
        raise InputError(problems, total=int((~letters).sum()))
    bits = [2**k for k in range(len(LETTERS))]
    return (
        frame.get_column("answer")
        .cast(pl.String)
        .replace_strict(LETTERS, bits, return_dtype=pl.Int64)
    )


def _bits(positions: pl.Expr) -> pl.Expr:
    """Return the sum of 2^k over the positions k that a letter can name."""
    named = pl.element().filter(pl.element() < len(LETTERS))
    return positions.list.eval(pl.lit(2.0).pow(named)).list.sum().cast(pl.Int64)
