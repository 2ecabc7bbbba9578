"""How counts are written on the command line: ``8e9``, ``8B``, ``15T``."""

from __future__ import annotations

import math
import re

from theodolite.errors import UsageError, shorten

__all__ = ["parse_count"]

SUFFIXES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
COUNT = re.compile(r"([0-9][0-9_,]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?)\s?([KMBTkmbt]?)", re.ASCII)
LONGEST = 40


def parse_count(text: str, option: str) -> float:
    """Read a count with an optional suffix K, M, B or T (thousand to trillion).

    Examples
    --------
    >>> parse_count("8B", "--params"), parse_count("1.5e13", "--tokens")
    (8000000000.0, 15000000000000.0)
    """
    match = COUNT.fullmatch(text.strip()) if len(text) <= LONGEST else None
    value = math.nan
    if match:
        value = float(re.sub("[_,]", "", match[1])) * SUFFIXES[match[2].upper()]
    if not math.isfinite(value):
        raise UsageError(
            f"{option} {shorten(text)} is no count, such as 8e9, 8B or 15T (K, M, B and T are "
            "1e3, 1e6, 1e9 and 1e12)"
        )
    return value
