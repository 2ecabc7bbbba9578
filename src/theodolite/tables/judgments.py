"""Judgments: what a judge said of two answers that it saw in one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.tables.checks import Column, Kind, Removal, conform, kept, problems_at
from theodolite.tables.judging import judges_of
from theodolite.tables.votes import STYLE_FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "GAMES", "VERDICTS", "Judgments", "with_baseline"]

GAMES = 2
VERDICTS = ("A>>B", "A>B", "A=B", "B>A", "B>>A")

COLUMNS = (
    Column("item_id", required=True),
    Column("model_a", required=True),
    Column("model_b", required=True),
    Column("judge", required=True),
    Column("verdict"),
    Column("game", Kind.INTEGER, complete=True, low=1, high=GAMES),
    Column("turn", Kind.INTEGER, complete=True, low=1),
    Column("category", complete=True),
    Column("baseline", complete=True),
    *(
        Column(f"{feature}_{side}", Kind.REAL, low=0)
        for feature in STYLE_FEATURES
        for side in ("a", "b")
    ),
)

ONCE = (
    "Keep one of each: score mt-bench and judges do it with --on-duplicate keep-last or keep-first."
)
OTHER = (
    "A pair is judged in both orders, games 1 and 2: judge the order that is missing, or take the "
    "pair out of the file."
)


@dataclass(frozen=True)
class Judgments:
    """Games that a judge saw, validated: known verdicts, no model against itself, both games.

    Build one with :meth:`from_frame` or with :func:`theodolite.loading.load_judgments`.

    Attributes
    ----------
    frame
        One row a game: ``item_id``, ``model_a`` (whose answer was shown first) and ``model_b``
        (Enums of all models, in alphabetical order), ``judge`` and ``verdict`` (an Enum of
        :data:`VERDICTS`; null where none could be read from the judgment). Optional: ``game`` (1
        and 2: the same two answers in both orders, and both must be there), ``turn``,
        ``category``, ``baseline`` (which of the two every model is compared with) and the style
        counts of each side (``tokens_a``, ``tokens_b``, ...). Other columns stay as they came.
    removed
        What filters took away on the way here.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> frame = pl.DataFrame({"item_id": "1", "model_a": ["x", "y"], "model_b": ["y", "x"],
    ...                       "judge": "j", "verdict": ["A>B", "B>>A"], "game": [1, 2]})
    >>> judgments = Judgments.from_frame(frame)
    >>> len(judgments), judgments.models
    (2, ('x', 'y'))
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were judged, in alphabetical order."""
        sides = (self.frame.get_column(s).cast(pl.String).unique() for s in ("model_a", "model_b"))
        return tuple(sorted({name for side in sides for name in side}))

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges, in alphabetical order."""
        return judges_of(self.frame)

    @property
    def unparseable(self) -> int:
        """How many games have no verdict."""
        return self.frame.get_column("verdict").null_count()

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        source: str = "judgments",
        removed: Sequence[Removal] = (),
        notes: Sequence[str] = (),
    ) -> Judgments:
        """Validate a frame with the columns that the class describes.

        Raises
        ------
        MissingColumnError
            ``item_id``, ``model_a``, ``model_b``, ``judge`` or ``verdict`` is absent.
        FormatError
            There is no judgment.
        InputError
            A name is empty, a verdict is unknown, a model meets itself, a game stands twice, or
            one game of two is missing or has the sides of the other.
        """
        verdict = Column("verdict", required="verdict" not in frame.columns)
        columns = [verdict if column.name == "verdict" else column for column in COLUMNS]
        frame = conform(frame, columns, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no judgments in it")
        _check_verdicts(frame)
        _check_pairs(frame)
        sides = [frame.get_column(s).cast(pl.String).unique() for s in ("model_a", "model_b")]
        names = pl.Enum(sorted({name for side in sides for name in side}))
        frame = frame.with_columns(
            pl.col("model_a", "model_b").cast(names),
            pl.col("verdict").cast(pl.Enum(VERDICTS)),
        )
        return cls(frame, tuple(removed), tuple(notes))

    def keep(self, mask: pl.Series, reason: str) -> Judgments:
        """Keep the games where ``mask`` is true; the count of the others joins ``removed``."""
        rows = kept(self.frame, mask, self.removed, what="judgment", reason=reason)
        return Judgments(*rows, notes=self.notes)


def with_baseline(judgments: Judgments, baseline: str | None = None) -> Judgments:
    """Say of every game which side is the baseline and which the ``model``, in two columns.

    Parameters
    ----------
    judgments
        Games of models against a baseline. What they say themselves counts.
    baseline
        The baseline of games that do not name it.

    Raises
    ------
    MissingColumnError
        Neither the games nor the call names a baseline.
    InputError
        A game has the baseline on neither side.

    Examples
    --------
    >>> frame = pl.DataFrame({"item_id": "1", "model_a": ["x", "y"], "model_b": ["y", "x"],
    ...                       "judge": "j", "verdict": ["A>B", "B>>A"], "game": [1, 2]})
    >>> named = with_baseline(Judgments.from_frame(frame), "x")
    >>> named.frame.get_column("model").to_list()
    ['y', 'y']
    """
    frame = judgments.frame
    if "baseline" not in frame.columns:
        if baseline is None:
            raise MissingColumnError(
                "no column baseline: which model were the others compared with?",
                hint="Name it with --baseline MODEL.",
            )
        frame = frame.with_columns(pl.lit(baseline).alias("baseline"))
    one, two, base = (pl.col(c).cast(pl.String) for c in ("model_a", "model_b", "baseline"))
    frame = frame.with_columns(
        base, pl.when(one == base).then(two).when(two == base).then(one).alias("model")
    )
    alone = frame.get_column("model").is_null()
    if alone.any():
        allowed = "neither model_a nor model_b of this game"
        raise InputError(problems_at(frame, "baseline", alone, allowed), total=int(alone.sum()))
    return replace(judgments, frame=frame)


def _check_verdicts(frame: pl.DataFrame) -> None:
    given = frame.get_column("verdict").cast(pl.String)
    bad = (~given.is_in(list(VERDICTS))).fill_null(value=False)
    if bad.any():
        allowed = f"not one of {', '.join(VERDICTS)}"
        raise InputError(problems_at(frame, "verdict", bad, allowed), total=int(bad.sum()))
    same = frame.get_column("model_a").cast(pl.String) == frame.get_column("model_b").cast(
        pl.String
    )
    if same.any():
        problems = problems_at(frame, "model_b", same, "its own opponent")
        raise InputError(problems, total=int(same.sum()))


def _check_pairs(frame: pl.DataFrame) -> None:
    """Raise where a game stands twice, or where one of two games is missing or not swapped."""
    a, b = pl.col("model_a").cast(pl.String), pl.col("model_b").cast(pl.String)
    extra = [name for name in ("turn",) if name in frame.columns]
    pair = [pl.min_horizontal(a, b).alias("_one"), pl.max_horizontal(a, b).alias("_other")]
    keys = frame.select("item_id", "judge", *extra, *pair, a.alias("_first"))
    if "game" not in frame.columns:
        first = keys.select(pl.struct("item_id", "judge", *extra, "_first", "_one", "_other"))
        _raise_unless(
            frame,
            first.to_series().is_first_distinct(),
            "item_id",
            "there already for this judge, pair and order",
            ONCE,
        )
        return
    keys = keys.with_columns(frame.get_column("game"))
    match = ["item_id", "judge", *extra, "_one", "_other"]
    twice = keys.select(pl.struct(*match, "game").is_first_distinct()).to_series()
    _raise_unless(frame, twice, "item_id", "there already for this judge, pair and game", ONCE)
    counted = keys.select(
        (pl.len().over(match) == GAMES).alias("both"),
        (pl.col("_first").n_unique().over(match) == GAMES).alias("swapped"),
    )
    _raise_unless(
        frame, counted.get_column("both"), "game", "the only game of two that is there", OTHER
    )
    _raise_unless(
        frame, counted.get_column("swapped"), "model_a", "shown first in both games of two", OTHER
    )


def _raise_unless(
    frame: pl.DataFrame, good: pl.Series, column: str, allowed: str, hint: str
) -> None:
    if not good.all():
        problems = problems_at(frame, column, ~good, allowed)
        raise InputError(problems, total=int((~good).sum()), hint=hint)
