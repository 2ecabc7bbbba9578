"""Whether losses of two groups of runs can be compared, and in which unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, shorten
from theodolite.tables import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["one_evaluation", "one_unit"]

MOST_SHOWN = 5


def one_evaluation(
    reference: Runs, other: Runs, *, same_evaluation: bool = False
) -> tuple[str, Runs, Runs]:
    """Return the unit in which the losses compare, and the runs with their losses in it.

    Parameters
    ----------
    reference, other
        Runs. ``evaluation``, where they have it, names the text that a loss was measured on;
        ``dataset`` what was trained on, which often is the same.
    same_evaluation
        Says that the text is the same although ``dataset`` differs.

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
    unit, (one, two) = one_unit((reference, other), same_evaluation=same_evaluation)
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
    texts = _values(groups, "evaluation")
    if len(texts) > 1:
        raise InputError(
            f"losses were measured on different texts (evaluation: {_listed(texts)}), and do not "
            "compare",
            hint="Choose the runs of one with --where evaluation=...",
        )
    trained = _values(groups, "dataset")
    if not texts and len(trained) > 1 and not same_evaluation:
        raise InputError(
            f"the runs were trained on different texts (dataset: {_listed(trained)}), and nothing "
            "says that their losses were measured on the same",
            hint="If they were, say so (--same-evaluation, or a column evaluation).",
        )
    tokenizers = _values(groups, "tokenizer")
    if len(tokenizers) < 2:  # noqa: PLR2004
        return "nats a token", tuple(groups)
    if not all(_known(runs, "bytes_per_token") for runs in groups):
        raise InputError(
            f"losses in nats a token of different tokenizers ({_listed(tokenizers)}) do not "
            "compare",
            hint="Add bytes_per_token, measured on the text of the evaluation: losses are then "
            "compared in bits a byte.",
        )
    return "bits a byte", tuple(_in_bits(runs) for runs in groups)


def _values(groups: Sequence[Runs], column: str) -> list[str]:
    """Return the distinct values; a gap is one of its own where others are given."""
    found: set[str | None] = set()
    for runs in groups:
        if column in runs.frame.columns:
            found |= set(runs.frame.get_column(column).cast(pl.String).unique())
        else:
            found.add(None)
    return [] if found == {None} else sorted("not given" if v is None else v for v in found)


def _known(runs: Runs, column: str) -> bool:
    return column in runs.frame.columns and not runs.frame.get_column(column).is_null().any()


def _in_bits(runs: Runs) -> Runs:
    bits = pl.col("loss") / (pl.col("bytes_per_token") * float(np.log(2.0)))
    return Runs(runs.frame.with_columns(loss=bits), runs.removed)


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(shorten(value) for value in values[:MOST_SHOWN])
    rest = len(values) - MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
