"""Items that are nearly the same: a word changed, the choices reworded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.auditing.rule import INDEX, Rule, Texts, findings_of
from theodolite.auditing.rules.same_item import asked, name
from theodolite.stats import near_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULE"]

NAMES = ("benchmark", "item_id", "subject", "options", "key")
LEAST = 0.8
POINTS = [".", ",", ";", ":", "?", "!", '"', "(", ")"]
# What turns a question into another one, however little of it changes.
DECISIVE_WORDS = (
    r"\b(?:no|not|nor|never|none|neither|cannot|except|without|least|most|true|false|correct"
    r"|incorrect|more|less|fewer|greater|smaller|larger|higher|lower|before|after|above|below"
    r"|increases?|decreases?|maximum|minimum|always|only|all|some|\w+n't)\b"
)
SIGNS = r"[+\-*/=<>≤≥≠\u00d7÷·^√∧\u2228¬→↔≡∀∃±%$€£\u2212_]"
DECISIVE = rf"\d+(?:[.,]\d+)*|{SIGNS}|{DECISIVE_WORDS}"


def check(texts: Texts) -> pl.DataFrame:
    """Find every item that an earlier one is nearly equal to, and no equal one."""
    whole = asked(texts, pl.col("plain")).unique("asked", keep="first", maintain_order=True)
    choices = texts.choices.group_by(INDEX).agg(said=pl.col("folded").sort().str.join(" \n "))
    whole = whole.join(texts.questions.select(INDEX, "folded"), on=INDEX, maintain_order="left")
    whole = whole.join(choices, on=INDEX, how="left", maintain_order="left").with_columns(
        text=pl.concat_str("folded", pl.col("said").fill_null(""), separator=" \n ")
    )
    hashes, sets = _shingles(whole.get_column("text"))
    decisive = whole.select(pl.col("text").str.extract_all(DECISIVE).list.join(" ").hash())
    first, second, similarity = near_pairs(
        hashes, sets, least=LEAST, groups=decisive.to_series().to_numpy()
    )
    pairs = pl.DataFrame({"first": first, "second": second, "similarity": similarity}).sort(
        "second", "similarity", "first", descending=[False, True, False]
    )
    rows = whole.select(INDEX, *NAMES)
    others = rows.select(pl.all().name.suffix("_other"))
    pairs = pairs.unique("second", keep="first", maintain_order=True)
    found = pl.concat(
        [rows[pairs.get_column("second")], others[pairs.get_column("first")], pairs],
        how="horizontal",
    )
    share = (100 * pl.col("similarity")).round().cast(pl.Int64)
    # With other choices another text may be right, and nothing follows.
    unlike = (pl.col("options") == pl.col("options_other")) & (pl.col("key") != pl.col("key_other"))
    keyed = pl.when(unlike).then(pl.lit(", which has the same choices and another key"))
    words = pl.format(
        "shares {}% of its wording with {}{}", share, name(), keyed.otherwise(pl.lit(""))
    )
    return findings_of(found.sort(INDEX), words)


def _shingles(texts: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the pairs of neighbouring words of each text, as hashes, no pair twice in a text."""
    words = texts.str.replace_many(POINTS, [""]).str.split(" ")
    lengths = words.list.len().to_numpy()
    sets = np.repeat(np.arange(lengths.size, dtype=np.uint64), lengths)
    one = words.explode().hash().to_numpy()
    two = one[:-1] * np.uint64(0x9E3779B97F4A7C15) ^ one[1:]
    # One number for text and hash, so that one plain sort brings equal ones together.
    bits = np.uint64(64 - max(int(lengths.size).bit_length(), 1))
    within = sets[:-1] == sets[1:]
    key = np.sort((sets[:-1][within] << bits) | (two[within] >> (np.uint64(64) - bits)))
    key = key[np.diff(key, prepend=key[:1] - np.uint64(1)) > 0]
    return key << (np.uint64(64) - bits), (key >> bits).astype(np.int64)


RULE = Rule(
    id="near-duplicate",
    error_type="bad_question_clarity",
    severity="note",
    summary="An earlier item says nearly the same.",
    check=check,
)
