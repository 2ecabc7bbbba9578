"""The reference and the observed losses in one unit, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, UsageError
from theodolite.scaling.evaluation import BITS, NATS, one_evaluation
from theodolite.scaling.result import ScalingFit
from theodolite.tables import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from theodolite.scaling.published import PublishedLaw

    Array = NDArray[np.float64]

    Reference = Runs | PublishedLaw | ScalingFit

__all__ = ["Comparison", "Losses", "in_one_unit"]

MOST_LOSSES = 10_000
# Guessing among as many tokens as there are atoms in the universe has a loss of about 180 nats.
MOST = 1e3
TOO_LARGE = "a loss is in nats a token, and 1,000 at most"
BYTES = "bytes_per_token"
# Bytes that a token may stand for; beyond lies another unit.
BYTES_RANGE = (0.1, 100.0)


@dataclass(frozen=True)
class Comparison:
    """Whether and how the observed losses compare with the reference's.

    Attributes
    ----------
    same_evaluation
        States that all were measured on one text, with one tokenizer unless bytes per token are
        given.
    one_table
        Says that reference and observed are parts of one table: what it does not name is taken as
        the same throughout.
    bytes_per_token, observed_bytes_per_token
        Bytes of the evaluated text per token, of the reference and of the observed losses, where
        the runs have no such column: losses are then compared in bits a byte.
    error
        The standard error of each observed loss, in nats a token, or of all; where left out, the
        scatter of the reference's runs about their law stands for it.
    """

    same_evaluation: bool = False
    one_table: bool = False
    bytes_per_token: float | None = None
    observed_bytes_per_token: float | None = None
    error: ArrayLike | None = None

    def __post_init__(self) -> None:
        low, high = BYTES_RANGE
        for value in (self.bytes_per_token, self.observed_bytes_per_token):
            if value is not None and not low <= value <= high:
                raise UsageError(f"a token has {low:g} to {high:g} bytes, not {value:g}")

    @property
    def in_bits(self) -> bool:
        """Whether bytes per token were given."""
        return self.bytes_per_token is not None or self.observed_bytes_per_token is not None


@dataclass(frozen=True)
class Losses:
    """Observed losses in one unit with the reference.

    Attributes
    ----------
    unit
        Of ``loss`` and ``error``.
    reference
        The reference: runs in that unit; a published law as it was printed.
    runs
        The observed runs in it; ``None`` for bare numbers.
    loss, error
        (m,).
    notes
        What was taken on trust.
    scale
        What a published law's losses are multiplied by to be in that unit.
    """

    unit: str
    reference: Reference
    runs: Runs | None
    loss: Array
    error: Array | None
    notes: tuple[str, ...] = ()
    scale: float = 1.0


def in_one_unit(
    reference: Reference, observed: Runs | Sequence[float] | float, comparison: Comparison
) -> Losses:
    """Bring both sides into one unit.

    Raises
    ------
    InputError
        The losses do not compare, or nothing says that they do; the message says what is missing.
        A loss of a table is above 1,000.
    UsageError
        A bare loss is not above 0, or above 1,000, or an option does not fit the reference.
    """
    runs = observed if isinstance(observed, Runs) else None
    numbers = None if isinstance(observed, Runs) else _numbers(observed)
    if runs is not None:
        _bounded(runs, "the observed runs")
    if isinstance(reference, Runs):
        _bounded(reference, "the reference")
    loss = numbers if runs is None else _losses(runs)
    assert loss is not None  # noqa: S101  (one of the two)
    error = _errors(comparison, len(loss))
    if isinstance(reference, Runs):
        return _with_runs(reference, runs, (loss, error), comparison)
    if isinstance(reference, ScalingFit):
        if comparison.in_bits:
            raise UsageError("a fit stays in its unit: give the runs to compare in bits a byte")
        if not (comparison.same_evaluation or comparison.one_table):
            raise InputError(
                "a fit does not hold the text and the tokenizer of its losses",
                hint="Give the runs, or state that both are the same (same_evaluation).",
            )
        return Losses(NATS, reference, runs, loss, error, _trust(comparison))
    return _with_published(reference, runs, (loss, error), comparison)


def _with_runs(
    reference: Runs, runs: Runs | None, seen: tuple[Array, Array | None], comparison: Comparison
) -> Losses:
    reference = _given(reference, comparison.bytes_per_token, "--bytes-per-token")
    other = _bare(seen[0]) if runs is None else runs
    other = _given(other, comparison.observed_bytes_per_token, "--observed-bytes-per-token")
    unit, first, second = one_evaluation(
        reference,
        other,
        same_evaluation=comparison.same_evaluation,
        told=not comparison.one_table,
        in_bits=comparison.in_bits,
    )
    loss = _losses(second)
    error = None if seen[1] is None else seen[1] * loss / seen[0]
    return Losses(unit, first, None if runs is None else second, loss, error, _trust(comparison))


def _with_published(
    law: PublishedLaw,
    runs: Runs | None,
    seen: tuple[Array, Array | None],
    comparison: Comparison,
) -> Losses:
    loss, error = seen
    own, theirs = comparison.bytes_per_token, comparison.observed_bytes_per_token
    if runs is not None:
        runs = _given(runs, theirs, "--observed-bytes-per-token")
    known = theirs is not None or (runs is not None and BYTES in runs.frame.columns)
    if own is not None and known:
        factor = (
            np.full(len(loss), theirs)
            if runs is None
            else runs.frame[BYTES].cast(pl.Float64).to_numpy()
        )
        if np.isnan(factor).any():
            raise InputError("bytes_per_token is not given for every observed run")
        factor = 1.0 / (factor * np.log(2.0))
        bits = None if runs is None else _rescaled(runs, factor)
        note = f"That {law.name} was fitted to losses on the same text is taken on trust."
        return Losses(
            BITS,
            law,
            bits,
            loss * factor,
            None if error is None else error * factor,
            (note, *_trust(comparison)),
            scale=1.0 / (own * float(np.log(2.0))),
        )
    if comparison.in_bits:
        lacks = "--bytes-per-token (of the law)" if own is None else "--observed-bytes-per-token"
        raise InputError(f"bits a byte need the bytes per token of both sides; missing: {lacks}")
    if not comparison.same_evaluation:
        raise InputError(
            f"{law.name} is a law of losses on {law.data or 'its own text'} in nats a token of its "
            "own tokenizer, and nothing says that the observed losses are. Not given: the text on "
            "which they were measured, their tokenizer, and the bytes per token of both",
            hint="State that text and tokenizer are the same (--same-evaluation), or give the "
            "bytes per token of both on that text (--bytes-per-token for the law, "
            "--observed-bytes-per-token): losses are then compared in bits a byte.",
        )
    return Losses(NATS, law, runs, loss, error, _trust(comparison))


def _trust(comparison: Comparison) -> tuple[str, ...]:
    if not comparison.same_evaluation:
        return ()
    return ("That text and tokenizer are the same is taken on trust (--same-evaluation).",)


def _given(runs: Runs, value: float | None, option: str) -> Runs:
    """Add bytes per token where the runs do not have them."""
    if value is None:
        return runs
    if BYTES in runs.frame.columns and runs.frame[BYTES].null_count() < len(runs):
        raise UsageError(f"{option}: the runs have a column {BYTES} of their own")
    return Runs(runs.frame.with_columns(pl.lit(value).alias(BYTES)), runs.removed)


def _bare(loss: Array) -> Runs:
    """Make a table of bare losses, which names neither text nor tokenizer."""
    return Runs(pl.DataFrame({"loss": loss}))


def _rescaled(runs: Runs, factor: Array) -> Runs:
    loss = runs.frame["loss"].to_numpy() * factor
    return Runs(runs.frame.with_columns(pl.Series("loss", loss)), runs.removed)


def _losses(runs: Runs) -> Array:
    out: Array = runs.frame["loss"].cast(pl.Float64).to_numpy()
    return out


def _numbers(observed: Sequence[float] | float) -> Array:
    loss = np.atleast_1d(np.asarray(observed, dtype=np.float64))
    if loss.ndim != 1 or not 0 < len(loss) <= MOST_LOSSES:
        raise UsageError(f"1 to {MOST_LOSSES:,} observed losses are wanted")
    if not (np.isfinite(loss) & (loss > 0)).all():
        raise UsageError("an observed loss must be above 0 and finite")
    if (loss > MOST).any():
        raise UsageError(f"an observed loss of {loss.max():g}: {TOO_LARGE}")
    return loss


def _bounded(runs: Runs, what: str) -> None:
    loss = _losses(runs)
    if (loss > MOST).any():
        raise InputError(
            f"{what}, row {int(loss.argmax()) + 1:,}, column loss: {loss.max():g}: {TOO_LARGE}"
        )


def _errors(comparison: Comparison, count: int) -> Array | None:
    if comparison.error is None:
        return None
    given = np.asarray(comparison.error, dtype=np.float64)
    if given.ndim > 1 or (given.ndim == 1 and len(given) != count):
        raise UsageError(f"{given.size} standard errors for {count} observed losses")
    if not (np.isfinite(given) & (given >= 0)).all():
        raise UsageError("a standard error must be 0 or more and finite")
    if (given > MOST).any():
        raise UsageError(f"a standard error of {given.max():g}: {TOO_LARGE}")
    out: Array = np.broadcast_to(given, (count,)).astype(np.float64)
    return out
