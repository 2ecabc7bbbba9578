"""What options look like to someone who cannot see the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.auditing.rule import INDEX

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]

__all__ = ["option_features"]

OPTION = "_option"
WORD = r"[\p{L}\p{N}]+(?:['\u2019]\p{L}+)*"
KINDS = {
    "negations": ("not", "no", "never", "none", "neither", "nor", "nothing", "cannot", "without"),
    "absolutes": ("all", "always", "only", "every", "any", "must", "never", "none", "entirely"),
    "hedges": (
        "may",
        "might",
        "can",
        "could",
        "usually",
        "often",
        "sometimes",
        "generally",
        "some",
    ),
    "doubts": ("likely", "probably", "possibly", "typically", "depends", "many", "most", "perhaps"),
}
MOST_WORDS = 512
FEWEST_OPTIONS = 3
# Of the priors: the looks are scaled to a standard deviation of 1, a word is there or not.
LOOK_PRECISION = 1.0
WORD_PRECISION = 4.0


def option_features(choices: pl.DataFrame) -> tuple[csr_array, Floats]:
    """Describe each option by its looks beside the other options of its item, and by its words.

    Looks: length in characters and words, rank by length, whether longest or shortest; negations,
    absolutes, hedges, doubts and digits; the share of its words that other options have, that all
    have and that none has; the share of other options' words that it has; whether that is the most
    or the least of its item; and whether other options begin or end with the same word. Words: the
    most common 512 words of the options, and the most common 512 first words.

    Parameters
    ----------
    choices
        One row an option, as in :class:`~theodolite.auditing.rule.Texts`, the options of an item
        side by side.

    Returns
    -------
    tuple
        The features (K, P), and the precision of each coefficient's prior (P,).
    """
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415  (slow to import)

    options = choices.select(INDEX, "folded").with_row_index(OPTION)
    words = options.select(OPTION, INDEX, word=pl.col("folded").str.extract_all(WORD))
    ends = words.select(
        OPTION, INDEX, first=pl.col("word").list.first(), last=pl.col("word").list.last()
    )
    words = words.explode("word", empty_as_null=False, keep_nulls=False)
    looks = _looks(options, words, ends)
    first = ends.select(OPTION, word="first").drop_nulls()
    blocks = [
        csr_array(looks),
        _there(words.select(OPTION, "word").unique(maintain_order=True), options.height),
        _there(first, options.height),
    ]
    n_words = sum(block.shape[1] for block in blocks[1:])
    precision = np.repeat([LOOK_PRECISION, WORD_PRECISION], [looks.shape[1], n_words])
    return csr_array(hstack(blocks, format="csr")), precision


def _looks(options: pl.DataFrame, words: pl.DataFrame, ends: pl.DataFrame) -> Floats:
    item = pl.col(INDEX)
    others = (pl.len().over(INDEX) - 1).clip(1)
    length, rank = pl.col("folded").str.len_chars(), pl.col("length").rank().over(INDEX)
    same = {
        end: (pl.len().over(INDEX, end) - 1).cast(pl.Float64) / others for end in ("first", "last")
    }
    frame = (
        options.select(OPTION, INDEX, length=length, digits=pl.col("folded").str.contains(r"\d"))
        .join(_overlaps(words), on=OPTION, how="left", maintain_order="left")
        .with_columns(pl.col(pl.Float64).fill_null(0.0))
        .with_columns(
            ends.select(pl.when(pl.col(end).is_not_null()).then(same[end]).alias(end))
            .to_series()
            .fill_null(0.0)
            for end in same
        )
    )
    extremes = [
        (pl.col(name) == getattr(pl.col(name), side)().over(INDEX)).alias(f"{name}_{side}")
        for name in ("length", "shared", "given")
        for side in ("max", "min")
    ]
    frame = frame.with_columns(
        *extremes,
        rank=(rank - 1.0) / others,
        length=pl.col("length").log1p(),
        words=pl.col("words").log1p(),
    )
    numbers = frame.drop(OPTION, INDEX).columns
    centred = frame.select(
        (pl.col(n).cast(pl.Float64) - pl.col(n).cast(pl.Float64).mean().over(item)) for n in numbers
    ).to_numpy()
    spread = centred.std(axis=0)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0), dtype=float)


def _overlaps(words: pl.DataFrame) -> pl.DataFrame:
    """How the words of an option occur in the others of its item; counted without pairs."""
    token = pl.col("word")
    once = words.with_columns(
        words=pl.len().over(OPTION).cast(pl.Float64),
    ).unique([OPTION, "word"], maintain_order=True)
    once = once.with_columns(
        own=1.0 / pl.len().over(OPTION), n=pl.col(OPTION).n_unique().over(INDEX).cast(pl.Float64)
    ).with_columns(
        have=pl.len().over(INDEX, "word").cast(pl.Float64),
        of_others=pl.col("own").sum().over(INDEX, "word") - pl.col("own"),
    )
    others = (pl.col("n") - 1.0).clip(1.0)
    return once.group_by(OPTION).agg(
        pl.col("words").first(),
        shared=((pl.col("have") - 1.0) / others).mean(),
        alone=(pl.col("have") == 1.0).mean(),
        common=(pl.col("have") == pl.col("n")).mean(),
        given=(pl.col("of_others") / others).sum(),
        repeats=1.0 - pl.len() / pl.col("words").first(),
        **{
            kind: (token.is_in(listed) | token.str.ends_with("n't")).any().cast(pl.Float64)
            if kind == "negations"
            else token.is_in(listed).any().cast(pl.Float64)
            for kind, listed in KINDS.items()
        },
    )


def _there(words: pl.DataFrame, n_options: int) -> csr_array:
    """Mark which option has which of the most common words."""
    from scipy.sparse import csr_array  # noqa: PLC0415  (slow to import)

    common = (
        words.group_by("word")
        .agg(n=pl.len())
        .filter(pl.col("n") >= FEWEST_OPTIONS)
        .sort("n", "word", descending=[True, False])
        .head(MOST_WORDS)
        .with_row_index("column")
    )
    found = words.join(common, on="word", how="inner")
    rows, columns = (found.get_column(c).to_numpy().astype(np.int64) for c in (OPTION, "column"))
    ones = np.ones(rows.size)
    return csr_array((ones, (rows, columns)), shape=(n_options, common.height))
