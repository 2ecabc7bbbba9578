"""Quantities: whole texts that are a number, with or without a unit, and what they come to."""

from __future__ import annotations

import polars as pl

__all__ = ["quantities"]

LONGEST = 40
# What a unit measures, and how many of the first one it is.
UNITS: dict[str, dict[str, float]] = {
    "length": {"m": 1, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "km": 1e3, "nm": 1e-9, "µm": 1e-6},
    "mass": {"kg": 1, "g": 1e-3, "mg": 1e-6, "µg": 1e-9, "t": 1e3},
    "volume": {"l": 1, "L": 1, "ml": 1e-3, "mL": 1e-3, "cl": 1e-2, "dl": 1e-1},
    "duration": {"s": 1, "ms": 1e-3, "min": 60, "h": 3600},
    "force": {"N": 1, "kN": 1e3, "mN": 1e-3},
    "energy": {"J": 1, "kJ": 1e3, "MJ": 1e6, "mJ": 1e-3},
    "power": {"W": 1, "kW": 1e3, "MW": 1e6, "mW": 1e-3},
    "pressure": {"Pa": 1, "kPa": 1e3, "MPa": 1e6},
    "voltage": {"V": 1, "kV": 1e3, "mV": 1e-3},
    "current": {"A": 1, "mA": 1e-3, "kA": 1e3},
    "resistance": {"ohm": 1, "ohms": 1, "Ω": 1, "kΩ": 1e3, "MΩ": 1e6},
    "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "number": {"": 1, "%": 1e-2, "percent": 1e-2, "per cent": 1e-2},
}
SPELLED = {
    "m": ("metre", "meter"),
    "cm": ("centimetre", "centimeter"),
    "mm": ("millimetre", "millimeter"),
    "km": ("kilometre", "kilometer"),
    "kg": ("kilogram",),
    "g": ("gram",),
    "mg": ("milligram",),
    "l": ("litre", "liter"),
    "ml": ("millilitre", "milliliter"),
    "s": ("second", "sec"),
    "min": ("minute",),
    "h": ("hour", "hr"),
    "N": ("newton",),
    "J": ("joule",),
    "W": ("watt",),
    "V": ("volt",),
    "A": ("ampere", "amp"),
    "Hz": ("hertz",),
}
CURRENCY = "$€£¥"
# Digits with commas for thousands or none, and a fraction; no sign of an operation among them.
WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
NUMBER = rf"{WHOLE}?\.\d+|{WHOLE}"
PATTERN = (
    rf"^(?P<money>[{CURRENCY}]?)\s?(?P<sign>[-+\u2212]?)\s?(?P<mantissa>{NUMBER})"
    r"(?:\s?/\s?(?P<below>[1-9]\d*))?"
    r"(?:\s?[x\u00d7*·]\s?10\s?(?:\^|\*\*)\s?[({]?(?P<power>[-+\u2212]?\d{1,3})[)}]?)?"
    r"\s?(?P<unit>(?:[\p{L}%°][\p{L}%°/²³ -]{0,24})?)\.?$"
)


def quantities(texts: pl.DataFrame) -> pl.DataFrame:
    """Keep the texts that are one quantity, and add what it measures and its size.

    Parameters
    ----------
    texts
        With a column ``plain``.

    Returns
    -------
    polars.DataFrame
        The rows whose whole text is a quantity, with ``kind`` (what its unit measures) and
        ``size`` in the unit of that kind; a unit that is not known here is a kind of its own.
        Nothing is computed but a fraction of two whole numbers and a power of
        ten: an expression such as ``2 + 3`` is no quantity.

    Examples
    --------
    >>> frame = pl.DataFrame({"plain": ["1,000 m", "1 km", "50%", "1/2", "2 + 3", "9 x 10^2"]})
    >>> quantities(frame).select("plain", "kind", "size").rows()
    [('1,000 m', 'length', 1000.0), ('1 km', 'length', 1000.0), ('50%', 'number', 0.5), \
('1/2', 'number', 0.5), ('9 x 10^2', 'number', 900.0)]
    """
    plain = pl.col("plain")
    # A superscript is a power only where it is read as one, which a text alone does not tell.
    short = texts.filter(plain.str.len_chars() <= LONGEST, plain.str.contains(r"\d"))
    parts = short.with_columns(part=plain.str.extract_groups(PATTERN)).unnest("part")
    units = pl.DataFrame(
        [(unit, kind, size) for unit, kind, size in _names()],
        schema={"unit": pl.String, "kind": pl.String, "factor": pl.Float64},
        orient="row",
    )
    known = (
        parts.filter(pl.col("mantissa").is_not_null())
        .join(units, on="unit", how="left", maintain_order="left")
        .with_columns(pl.col("kind").fill_null(pl.col("unit")), pl.col("factor").fill_null(1.0))
    )
    negative = pl.col("sign").is_in(["-", "\u2212"])
    size = pl.col("mantissa").str.replace_all(",", "", literal=True).cast(pl.Float64)
    power = pl.col("power").str.replace("\u2212", "-", literal=True).cast(pl.Int64).fill_null(0)
    below = pl.col("below").cast(pl.Float64).fill_null(1.0)
    value = size / below * pl.lit(10.0).pow(power) * pl.col("factor")
    kind = (
        pl.when(pl.col("money") == "").then("kind").otherwise(pl.format("{} {}", "money", "unit"))
    )
    return known.with_columns(
        kind=kind, size=pl.when(negative).then(-value).otherwise(value)
    ).select(*texts.columns, "kind", "size")


def _names() -> list[tuple[str, str, float]]:
    kind_of = {unit: (kind, size) for kind, units in UNITS.items() for unit, size in units.items()}
    spelled = [
        (name, *kind_of[unit])
        for unit, words in SPELLED.items()
        for word in words
        for name in (word, f"{word}s")
    ]
    return [(unit, kind, size) for unit, (kind, size) in kind_of.items()] + spelled
