r"""The language that a text is written in, by the library lingua (the extra ``language``).

It compares the letters, and the groups of up to five of them, with those of 75 languages. Code
fences are left out, and of a long text only the first 2,000 characters are read. Where lingua finds
no language, or two of them within 1% of each other, the answer is ``"unknown"``: so it is for an
empty text, for digits and signs, and for code in a fence. Code without a fence consists of words:
some language, mostly English, is guessed for it. So is one for a greeting, often wrongly.

The names are those of Chatbot Arena's files (FastChat, which takes them from ICU): ``"English"``,
``"Chinese"``, ``"Norwegian"``.

lingua adds up in an order that changes from run to run, so its scores differ in their last digits.
An answer could change only for two languages that are equal to as many digits, or exactly 1% apart.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import MissingExtraError
from theodolite.loading.style import prose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lingua import LanguageDetector

__all__ = ["LONGEST", "UNKNOWN", "detect_languages", "language_detector"]

LONGEST = 2000
UNKNOWN = "unknown"
CLOSEST = 0.01
# Where lingua and ICU call a language differently.
ICU: Mapping[str, str] = MappingProxyType(
    {
        "Bokmal": "Norwegian",
        "Nynorsk": "Norwegian Nynorsk",
        "Slovene": "Slovenian",
        "Sotho": "Southern Sotho",
    }
)


def language_detector() -> LanguageDetector:
    """Return lingua's detector, of all its languages; their models are read at the first text.

    Raises
    ------
    MissingExtraError
        lingua is not installed.
    """
    try:
        from lingua import LanguageDetectorBuilder  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            "detecting languages needs lingua: pip install 'theodolite[language]'"
        ) from error
    builder = LanguageDetectorBuilder.from_all_languages()
    return builder.with_minimum_relative_distance(CLOSEST).build()


def detect_languages(texts: pl.Series) -> pl.Series:
    """Name the language of each text, or ``"unknown"``.

    Every distinct text is looked at once, on all cores. The models take 8 seconds to read and 1 GB
    of memory, kept until the process ends; 10,000 questions of 213 characters (MMLU's) then take 15
    seconds on two cores.

    Parameters
    ----------
    texts
        Text, with gaps, (n,).

    Returns
    -------
    polars.Series
        ``language``, one of few texts, without gaps, (n,).

    Raises
    ------
    MissingExtraError
        lingua is not installed.

    Examples
    --------
    >>> texts = ["Where is the nearest railway station?", "下雨的时候你喜欢做什么?", "2 + 2 = ?"]
    >>> detect_languages(pl.Series(texts)).to_list()
    ['English', 'Chinese', 'unknown']
    """
    detector = language_detector()
    text = prose(pl.col("text").str.slice(0, LONGEST)).str.strip_chars().fill_null("")
    read = texts.alias("text").to_frame().select(text).to_series()
    distinct = read.unique()
    found = detector.detect_languages_in_parallel_of(distinct.to_list())
    names = [UNKNOWN if language is None else _name(language.name) for language in found]
    labels = pl.Series(names, dtype=pl.Categorical)
    return read.replace_strict(distinct, labels, return_dtype=pl.Categorical).alias("language")


def _name(constant: str) -> str:
    name = constant.title()
    return ICU.get(name, name)
