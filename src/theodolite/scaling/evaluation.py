"""Whether losses of groups of runs can be compared, and in which unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, shorten
from theodolite.tables import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BITS", "NATS", "one_evaluation", "one_unit"]

MOST_SHOWN = 5
ABSENT = "not given"
NATS, BITS = "nats a token", "bits a byte"


def one_evaluation(
    reference: Runs,
    other: Runs,
    *,
    same_evaluation: bool = False,
    told: bool = False,
    in_bits: bool = False,
) -> tuple[str, Runs, Runs]:
    """Return the unit in which the losses compare, and the runs with their losses in it.

    Parameters
    ----------
    reference, other
        Runs. ``evaluation``, where they have it, names the text that a loss was measured on;
        ``dataset`` what was trained on, which often is the same.
    same_evaluation
        Says that the text is the same although ``dataset`` differs, or nothing names it.
    told
        Whether text and tokenizer must be named, or stated to be the same: for groups that need
        not come from one table. Else what neither group names is taken as the same.
    in_bits
        Whether to compare in bits a byte even where the tokenizers do not differ.

    Returns
    -------
    tuple
        ``nats a token`` and the runs as they are; ``bits a byte`` and converted runs, loss /
        (bytes_per_token log 2), where tokenizers differ and ``bytes_per_token`` is known.

    Raises
    ------
    InputError
        The losses cannot be compared, or it cannot be told.

    Examples
    --------
    >>> frame = pl.DataFrame({"params": [1e9], "tokens": [2e10], "loss": [2.6]})
    >>> one, two = Runs.from_frame(frame), Runs.from_frame(frame)
    >>> one_evaluation(one, two)[0]
    'nats a token'
    """
    groups = (reference, other)
    if told and not same_evaluation:
        _require_named(groups)
    stated = told and same_evaluation
    unit, (one, two) = _one_unit(groups, same=same_evaluation, stated=stated, in_bits=in_bits)
    return unit, one, two


def one_unit(
    groups: Sequence[Runs], *, same_evaluation: bool = False
) -> tuple[str, tuple[Runs, ...]]:
    """Return the unit in which the losses of any number of groups compare, and the runs in it.

    Parameters
    ----------
    groups, same_evaluation
        As in :func:`one_evaluation`; the runs of all groups may stand in one table.

    Raises
    ------
    InputError
        As there.

    Examples
    --------
    >>> frame = pl.DataFrame({"params": [1e9, 1e9], "tokens": [2e10, 4e10], "loss": [2.6, 2.5],
    ...                       "dataset": ["web", "books"]})
    >>> one_unit([Runs.from_frame(frame)], same_evaluation=True)[0]
    'nats a token'
    """
    return _one_unit(groups, same=same_evaluation, stated=False, in_bits=False)


def _one_unit(
    groups: Sequence[Runs], *, same: bool, stated: bool, in_bits: bool
) -> tuple[str, tuple[Runs, ...]]:
    texts, tokenizers = _values(groups, "evaluation"), _values(groups, "tokenizer")
    if _differ(texts, stated=stated):
        raise InputError(
            f"losses were measured on different texts (evaluation: {_listed(texts)}), and do not "
            "compare",
            hint="Choose the runs of one with --where evaluation=...",
        )
    trained = _values(groups, "dataset")
    if not texts and len(trained) > 1 and not same:
        raise InputError(
            f"the runs were trained on different texts (dataset: {_listed(trained)}), and nothing "
            "says that their losses were measured on the same",
            hint="If they were, say so (--same-evaluation, or a column evaluation).",
        )
    # Tokens of other lengths are another tokenizer's, named or not.
    same_tokens = not _differ(tokenizers, stated=stated) and not _lengths_differ(groups)
    if same_tokens and not in_bits:
        return NATS, tuple(groups)
    if not all(_known(runs, "bytes_per_token") for runs in groups):
        lacks = f" of different tokenizers ({_listed(tokenizers)})" if tokenizers else ""
        raise InputError(
            f"losses in nats a token{lacks} do not compare",
            hint="Add bytes_per_token, measured on the text of the evaluation: losses are then "
            "compared in bits a byte.",
        )
    return BITS, tuple(_in_bits(runs) for runs in groups)


def _require_named(groups: tuple[Runs, Runs]) -> None:
    """Raise where a group does not name the text of the evaluation, or the tokenizer."""
    texts, tokenizers = _values(groups, "evaluation"), _values(groups, "tokenizer")
    bytes_known = all(_known(runs, "bytes_per_token") for runs in groups)
    lacking = []
    if not texts or ABSENT in texts:
        who = _lacking(groups, "evaluation")
        trained = _values(groups, "dataset")
        on = f"; trained on {_listed(trained)}" if trained else ""
        lacking.append(f"the text on which the losses of {who} were measured (evaluation{on})")
    if not bytes_known and (not tokenizers or ABSENT in tokenizers):
        lacking.append(f"the tokenizer of {_lacking(groups, 'tokenizer')} (tokenizer)")
    if lacking:
        raise InputError(
            "nothing says that the losses compare. Not given: " + "; ".join(lacking),
            hint="State that text and tokenizer are the same (--same-evaluation), or name them "
            "(columns evaluation and tokenizer, or --columns evaluation==NAME,tokenizer==NAME). "
            "With different tokenizers add bytes_per_token, measured on the text of the "
            "evaluation (--bytes-per-token, --observed-bytes-per-token): losses are then compared "
            "in bits a byte. Losses on different texts do not compare in any unit.",
        )


def _lacking(groups: tuple[Runs, Runs], column: str) -> str:
    names = ("the reference", "the observed runs")
    there = [name for name, runs in zip(names, groups, strict=True) if not _known(runs, column)]
    return " and of ".join(there)


def _differ(values: list[str], *, stated: bool) -> bool:
    """Whether there are several values; a gap is none where sameness was stated."""
    return len([v for v in values if not (stated and v == ABSENT)]) > 1


def _values(groups: Sequence[Runs], column: str) -> list[str]:
    """Return the distinct values; a gap is one of its own where others are given."""
    found: set[str | None] = set()
    for runs in groups:
        if column in runs.frame.columns:
            found |= set(runs.frame.get_column(column).cast(pl.String).unique())
        else:
            found.add(None)
    return [] if found == {None} else sorted(ABSENT if v is None else v for v in found)


def _lengths_differ(groups: Sequence[Runs]) -> bool:
    """Whether the bytes a token that are known are not all the same."""
    column = "bytes_per_token"
    known = [runs.frame.get_column(column).drop_nulls() for runs in groups if column in runs.frame]
    return bool(known) and pl.concat(known).n_unique() > 1


def _known(runs: Runs, column: str) -> bool:
    return column in runs.frame.columns and not runs.frame.get_column(column).is_null().any()


def _in_bits(runs: Runs) -> Runs:
    bits = pl.col("loss") / (pl.col("bytes_per_token") * float(np.log(2.0)))
    return Runs(runs.frame.with_columns(loss=bits), runs.removed)


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(shorten(value) for value in values[:MOST_SHOWN])
    rest = len(values) - MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
