"""Runs: what training runs of language models cost, and the loss that they ended at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import (
    Column,
    Kind,
    Removal,
    already_there,
    conform,
    kept,
    problems_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "Runs"]

COLUMNS = (
    Column("params", Kind.REAL, required=True, positive=True),
    Column("tokens", Kind.REAL, required=True, positive=True),
    Column("loss", Kind.REAL, required=True, positive=True),
    Column("flops", Kind.REAL, complete=True, positive=True),
    Column("active_params", Kind.REAL, complete=True, positive=True),
    Column("embedding_params", Kind.REAL, complete=True, low=0),
    Column("unique_tokens", Kind.REAL, complete=True, positive=True),
    Column("layers", Kind.INTEGER, complete=True, low=1),
    Column("width", Kind.INTEGER, complete=True, low=1),
    Column("context", Kind.INTEGER, complete=True, low=1),
    Column("run"),
    Column("family", complete=True),
    Column("dataset", complete=True),
    Column("evaluation"),
    Column("tokenizer"),
    Column("bytes_per_token", Kind.REAL, positive=True),
    Column("released", Kind.INSTANT),
)
# Below these a count is taken for one in thousands, millions or billions.
FEWEST_PARAMS = 1e4
FEWEST_TOKENS = 1e5


@dataclass(frozen=True)
class Runs:
    """Training runs, validated: counts rather than billions, losses above 0, no run twice.

    Build one with :meth:`from_frame`.

    Attributes
    ----------
    frame
        One row a finished run: ``params`` (all parameters), ``tokens`` (seen in training) and
        ``loss`` (nats a token, on held-out text). Optional: ``flops`` (as the file states them);
        ``active_params`` (used for one token, in a mixture of experts); ``embedding_params``
        (those of ``params`` that only embed); ``layers``, ``width`` and ``context`` (for the
        FLOPs of attention); ``unique_tokens`` (where text was repeated); ``run`` (an id);
        ``family``; ``dataset``; ``evaluation`` (the text of the loss); ``tokenizer``;
        ``bytes_per_token``; ``released``. Other columns
        stay as they came.
    removed
        What filters took away on the way here.

    Examples
    --------
    >>> frame = pl.DataFrame({"params": [1e8, 2e8], "tokens": [2e9, 4e9], "loss": [3.4, 3.1]})
    >>> len(Runs.from_frame(frame))
    2
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "runs",
        removed: Sequence[Removal] = (),
    ) -> Runs:
        """Validate a frame with the columns that the class describes.

        Parameters
        ----------
        frame
            Numbers, or text that reads as one.
        source
            What to call the frame in an error: the file's path, say.
        removed
            What was removed before.

        Raises
        ------
        MissingColumnError
            ``params``, ``tokens`` or ``loss`` is absent.
        FormatError
            There is no run.
        InputError
            A cell is empty, of the wrong type, not finite or out of range; a count looks like
            millions or billions; more text is unique than was seen; more parameters are active
            or embed than there are; or a run stands twice.
        """
        frame = conform(frame, COLUMNS, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no runs in it")
        _refuse_units(frame)
        _refuse_excess(frame)
        _refuse_repeats(frame)
        return cls(frame, tuple(removed))

    def keep(self, mask: pl.Series, reason: str) -> Runs:
        """Keep the runs where ``mask`` is true; the count of the others joins ``removed``."""
        return Runs(*kept(self.frame, mask, self.removed, what="run", reason=reason))


def _refuse_units(frame: pl.DataFrame) -> None:
    for column, fewest in (("params", FEWEST_PARAMS), ("tokens", FEWEST_TOKENS)):
        bad = frame.get_column(column) < fewest
        if bad.any():
            raise InputError(
                problems_at(frame, column, bad, f"fewer than {fewest:,.0f}, which no run has"),
                total=int(bad.sum()),
                hint=f"Counts are wanted, not millions or billions: --units {column}=1e9 "
                "multiplies the column.",
            )


def _refuse_excess(frame: pl.DataFrame) -> None:
    for part, whole in (
        ("active_params", "params"),
        ("embedding_params", "params"),
        ("unique_tokens", "tokens"),
    ):
        if part not in frame.columns:
            continue
        bad = frame.get_column(part) > frame.get_column(whole) * (1 + 1e-9)
        if part == "embedding_params":
            bad |= frame.get_column(part) >= frame.get_column(whole)
        if bad.any():
            raise InputError(
                problems_at(frame, part, bad, f"more than the run's {whole}"),
                total=int(bad.sum()),
            )


def _refuse_repeats(frame: pl.DataFrame) -> None:
    """Raise where an id stands twice, or where two rows without one are the same run."""
    if "run" in frame.columns:
        first = frame.get_column("run").is_first_distinct() | frame.get_column("run").is_null()
        if not first.all():
            raise already_there(frame, "run", first)
    same = [c.name for c in COLUMNS if c.name in frame.columns and c.name != "run"]
    first = frame.select(pl.struct(same).is_first_distinct()).to_series()
    if "tokens_from" in frame.columns and "run" in frame.columns:
        # The ladder's targets have several logs each, which may end at one step.
        first |= (frame.get_column("tokens_from") == "steps").fill_null(value=False)
    if not first.all():
        raise already_there(
            frame, "loss", first, hint="A run that was counted twice would weigh double."
        )
