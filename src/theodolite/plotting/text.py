"""How numbers and names are written, the same in charts, on pages and on a terminal."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "amount",
    "count",
    "flops",
    "integer",
    "level_text",
    "listed",
    "method_name",
    "number",
    "p_value",
    "percent",
    "printable",
    "rank_range",
]

MISSING = RANGE = "\N{EN DASH}"
SMALLEST_P = 1e-4
SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with a fixed count of decimals.

    Examples
    --------
    >>> number(1093.44), number(-0.01), number(float("-inf"))
    ('1093.4', '0.0', '-∞')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def integer(value: float | None) -> str:
    """Write a count.

    Examples
    --------
    >>> integer(2000000)
    '2,000,000'
    """
    if value is None or not math.isfinite(value):
        return number(value)
    return f"{round(value):,}"


def count(value: float | None) -> str:
    """Write a count of parameters or tokens with three digits.

    Examples
    --------
    >>> count(7e9), count(1.4e12), count(346.2e6), count(9.996e9), count(20.3)
    ('7.00B', '1.40T', '346M', '10.0B', '20.3')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    scale, suffix = next(
        ((s, name) for s, name in SUFFIXES if abs(value) >= 0.9995 * s),
        (1.0, ""),
    )
    return f"{_three(value / scale)}{suffix}"


def amount(value: float | None) -> str:
    """Write a nominal count of parameters or tokens, without zeros that say nothing.

    Examples
    --------
    >>> amount(8.03e9), amount(1.5e13), amount(7e7)
    ('8.03B', '15T', '70M')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    for size, letter in SUFFIXES[:3]:
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return integer(value)


def _three(value: float) -> str:
    rounded = float(f"{value:.3g}")
    size = math.floor(math.log10(abs(rounded))) if rounded else 0
    return f"{rounded:,.{min(max(2 - size, 0), 3)}f}"


def flops(value: float | None) -> str:
    """Write a count of FLOPs as a power of ten.

    Examples
    --------
    >>> flops(5.76e23), flops(1e21)
    ('5.76e23', '1.00e21')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    return f"{value:.2e}".replace("e+", "e")


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share in [0, 1] as a percentage.

    Examples
    --------
    >>> percent(0.7312), percent(0.95, 0)
    ('73.1%', '95%')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    return f"{number(100 * value, digits)}%"


def level_text(level: float) -> str:
    """Write a level without rounding it.

    Examples
    --------
    >>> level_text(0.95), level_text(0.999)
    ('95%', '99.9%')
    """
    return f"{100 * level:.10g}%"


def method_name(method: str) -> str:
    """Write a method as people do.

    Examples
    --------
    >>> method_name("rao-kupper"), method_name("elo")
    ('Rao-Kupper', 'Elo')
    """
    return "-".join(part.capitalize() for part in method.split("-"))


def p_value(value: float) -> str:
    """Write a p-value with its sign of equality.

    Examples
    --------
    >>> p_value(0.0312), p_value(1e-9)
    ('= 0.031', '< 0.0001')
    """
    return f"= {value:.2g}" if value >= SMALLEST_P else f"< {SMALLEST_P:.4f}"


def rank_range(low: int, high: int) -> str:
    """Write the ranks that are left open.

    Examples
    --------
    >>> rank_range(1, 3).split(RANGE), rank_range(2, 2)
    (['1', '3'], '2')
    """
    return str(low) if low == high else f"{low}{RANGE}{high}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Join names as in a sentence, the later ones as a count.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], most=2)
    ('a, b and c', 'a, b and 2 more')
    """
    shown = [printable(name) for name in names[:most]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def printable(text: str) -> str:
    r"""Spell out the characters that steer a terminal or turn the direction of writing.

    Examples
    --------
    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(
        repr(c)[1:-1] if c in BIDI_CONTROLS or unicodedata.category(c) in UNPRINTABLE else c
        for c in text
    )
