r"""Published parameter sets as they stand in print, and what the rounding of their digits hides.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
v, h      a printed number, and half a unit of its last digit: it was within v - h .. v + h
========  ==================================================================================

A law of five printed numbers was any point of a box of 2^5 corners. Predicted losses rise with E,
A and B and fall with alpha and beta, and the allocation exponent beta / (alpha + beta) is monotone
too: their ranges end at corners exactly. Tokens a parameter have theirs at corners wherever they
are monotone over the box, which a box of one digit is small enough for.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError, UsageError, shorten
from theodolite.scaling.laws import law_named
from theodolite.scaling.published import PublishedLaw, published_law

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.laws import LawName

    Array = NDArray[np.float64]

__all__ = ["Printed", "half_unit"]

FORM: LawName = "chinchilla"
# Where the numbers behind the printed ones are known.
FULLER = {"hoffmann": "hoffmann-tex"}
LONGEST = 40
DIGITS = re.compile(r"[0-9]*\.?[0-9]*([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Printed:
    """A published set of E, A, B, alpha and beta, with the precision that it was printed to.

    Attributes
    ----------
    law
        The set.
    half_units
        h of each number; 0 where it is known in full.
    """

    law: PublishedLaw
    half_units: tuple[float, ...]

    @classmethod
    def of(cls, law: PublishedLaw | str) -> Printed:
        """Take a published law, with the digits that it is given in.

        Raises
        ------
        UsageError
            There is none of that name.
        CannotAnswerError
            It has no E, A, B, alpha and beta.

        Examples
        --------
        >>> Printed.of("hoffmann").half_units
        (0.005, 0.05, 0.05, 0.005, 0.005)
        """
        found = published_law(law) if isinstance(law, str) else law
        if found.law != FORM:
            raise CannotAnswerError(
                f"{found.name} has no E, A, B, alpha and beta of {law_named(FORM).equation}, "
                "which is the form that is explained"
            )
        return cls(found, tuple(half_unit(repr(value)) for value in found.values))

    @classmethod
    def from_text(cls, values: Mapping[str, str], *, name: str = "the given set") -> Printed:
        """Read E, A, B, alpha and beta as they are printed, trailing zeros and all.

        Raises
        ------
        UsageError
            One is missing, or not a number above 0.

        Examples
        --------
        >>> texts = {"E": "1.69", "A": "406", "B": "411", "alpha": "0.340", "beta": "0.28"}
        >>> Printed.from_text(texts).half_units
        (0.005, 0.5, 0.5, 0.0005, 0.005)
        """
        names = law_named(FORM).parameters
        if set(values) != set(names):
            raise UsageError(f"a law is given by {', '.join(names)}, each once")
        numbers = tuple(_number(name, values[name]) for name in names)
        law = PublishedLaw(name, "given by the user", FORM, numbers)
        return cls(law, tuple(half_unit(values[name]) for name in names))

    @property
    def fuller(self) -> PublishedLaw | None:
        """The same set in full precision, where it is known."""
        name = FULLER.get(self.law.name)
        return None if name is None else published_law(name)

    @property
    def ends(self) -> tuple[Array, Array]:
        """The ends of the box, (5,) each; a number printed in one digit stays above 0."""
        values, half = np.array(self.law.values), np.array(self.half_units)
        return np.maximum(values - half, values * 1e-6), values + half

    @property
    def corners(self) -> Array:
        """All corners of the box, (32, 5)."""
        low, high = self.ends
        return np.array(list(product(*zip(low, high, strict=True))))


def _number(name: str, text: str) -> float:
    value = math.nan
    if len(text) <= LONGEST and DIGITS.fullmatch(text.strip()):
        value = _float(text)
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{name} must be a number above 0 in digits, not {shorten(text)}")
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # a dot alone, say
        return math.nan


def half_unit(text: str) -> float:
    """Return half a unit of the last digit that is written."""
    exponent = Decimal(text.strip()).as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101  (a finite number)
    return 0.5 * 10.0**exponent
