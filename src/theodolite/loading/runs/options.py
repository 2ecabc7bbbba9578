"""How a caller steers the reading of runs, and the text of the command line for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from theodolite.errors import UsageError, shorten
from theodolite.loading.pairs import Pairs, as_pairs, parse_pairs, twice
from theodolite.tables.checks import Kind
from theodolite.tables.runs import COLUMNS

__all__ = ["EXAMPLE_COLUMNS", "SHORT", "Factors", "RunOptions", "parse_units"]

Factors = tuple[tuple[str, float], ...]

# What papers write -> the table's own name.
SHORT = {"N": "params", "D": "tokens", "C": "flops"}
NAMES = tuple(column.name for column in COLUMNS)
NUMBERS = tuple(column.name for column in COLUMNS if column.kind in (Kind.REAL, Kind.INTEGER))
EXAMPLE_COLUMNS = "params=size,tokens=seen"
EXAMPLE_UNITS = "tokens=1e9,params=1e6"


@dataclass(frozen=True)
class RunOptions:
    """How to read the files of runs; every field may be left out.

    Attributes
    ----------
    format
        A name in :data:`~theodolite.loading.RUN_FORMATS`; ``None`` tells it from the columns.
    columns
        Which column of the file makes a column of the table, as a mapping or as pairs:
        ``{"params": "size"}``. A value that begins with ``=`` is a constant:
        ``{"dataset": "=c4"}``. ``N``, ``D`` and ``C`` stand for params, tokens and flops.
    units
        What one in a column of numbers counts for, as a mapping or as pairs:
        ``{"tokens": 1e9}`` where tokens are in billions.
    loss
        The file's column of the loss, where it has several.
    any_loss
        Whether the loss does not matter: where a file has several and none is named, the first is
        taken, and stays under its own name too. For methods that take losses by their names.

    Raises
    ------
    UsageError
        A name is not one of the table's, or is given twice; a factor is not a finite number above
        0; or the loss is named in two ways.

    Examples
    --------
    >>> RunOptions(columns={"N": "size"}, units={"D": 1e9})
    RunOptions(format=None, columns=(('params', 'size'),), units=(('tokens', 1000000000.0),), \
loss=None, any_loss=False)
    """

    format: str | None = None
    columns: Mapping[str, str] | Pairs = ()
    units: Mapping[str, float] | Factors = ()
    loss: str | None = None
    any_loss: bool = False

    def __post_init__(self) -> None:
        columns = tuple((SHORT.get(name, name), text) for name, text in as_pairs(self.columns))
        given = self.units.items() if isinstance(self.units, Mapping) else self.units
        units = tuple((SHORT.get(name, name), _factor(name, factor)) for name, factor in given)
        for option, pairs, known in (
            ("--columns", columns, NAMES),
            ("--units", units, NUMBERS),
        ):
            names = [name for name, _ in pairs]
            for name in names:
                if name not in known:
                    raise UsageError(f"{option}: {shorten(name)} is not one of {', '.join(known)}")
            if (again := twice(names)) is not None:
                raise UsageError(f"{option}: {again} is given more than once")
        if self.loss is not None and "loss" in dict(columns):
            raise UsageError("--loss and --columns loss=... both name the column of the loss")
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "units", units)

    @property
    def column_pairs(self) -> Pairs:
        """``columns`` as pairs of the table's name and the file's, the loss among them."""
        pairs = as_pairs(self.columns)
        return pairs if self.loss is None else (*pairs, ("loss", self.loss))

    @property
    def factors(self) -> dict[str, float]:
        """``units`` by the table's names."""
        return dict(self.units)


def parse_units(text: str) -> Factors:
    """Read ``NAME=FACTOR,...``.

    Examples
    --------
    >>> parse_units("tokens=1e9,params=1e6")
    (('tokens', 1000000000.0), ('params', 1000000.0))
    """
    return tuple(
        (name, _factor(name, value)) for name, value in parse_pairs(text, "--units", EXAMPLE_UNITS)
    )


def _factor(name: str, given: object) -> float:
    try:
        factor = math.nan if isinstance(given, bool) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0):
        raise UsageError(
            f"--units: {shorten(name)[1:-1]}={given} is not a finite factor above 0, as in "
            f"{EXAMPLE_UNITS}"
        )
    return factor
