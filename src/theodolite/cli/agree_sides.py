"""The two sides of ``agree``: what is read from a file, a benchmark's name or the shipped facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import InputError, UsageError, shorten
from theodolite.tables.checks import Column, already_there, conform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.ratings import RatingFit
    from theodolite.tables import Condition, Estimates, Models, Preferences, SelfJudged
    from theodolite.tables.estimates import Unit
    from theodolite.tables.judging import AnyJudged

__all__ = ["ARENA_FACTS", "BOARDS", "Reading", "aliases_of", "benchmark_sides", "human_sides"]

ARENA_FACTS = "arena_facts"
BOARDS = ("overall", "english", "hard")
RATING, CONTROLLED = "arena_rating", "arena_rating_style_controlled"
MOST_SIDES = 12
# Of judged answers: what --value may name.
RATE, AT_EQUAL_LENGTH = "win_rate", "length_controlled_win_rate"


@dataclass(frozen=True)
class Reading:
    """How a side is read.

    Attributes
    ----------
    conditions
        Filters on its rows.
    by
        A column each value of which is a side of its own.
    values
        Columns of a table of published results.
    unit, cluster, judge, self_judged, baseline
        As the options of these names say.
    level, seed
        Of intervals.
    """

    conditions: tuple[Condition, ...] = ()
    by: str | None = None
    values: tuple[str, ...] = ()
    unit: Unit | None = None
    cluster: str | None = None
    judge: str | None = None
    self_judged: SelfJudged = "error"
    baseline: str | None = None
    level: float = 0.95
    seed: int = 0

    def of(self, table: AnyJudged, sides: Sequence[str]) -> AnyJudged:
        """Keep the rows that are asked for, of one judge, who is no model of its ``sides``."""
        from theodolite.tables import of_one_judge, select, without_self_judged

        chosen = of_one_judge(select(table, self.conditions), self.judge)
        return without_self_judged(chosen, sides, self.self_judged)


def is_file(text: str) -> bool:
    """Whether a word is a file's address, and not a name."""
    return "://" in text or Path(text).exists() or Path(text).suffix != ""


def aliases_of(models: Models) -> dict[str, str]:
    """Give the shipped facts' other names of models."""
    return dict(models.aliases.select("alias", "model").iter_rows())


def benchmark_sides(word: str, reading: Reading, models: Models) -> list[Estimates]:
    """Read a benchmark: item scores, a judge's verdicts, published results, or a reported one."""
    if not is_file(word):
        return [_reported(word, reading, models)]
    columns = _columns(word)
    for told, read in (
        ({"preference"}, _preferences),
        ({"games"}, _games),
        ({"g1_winner", "g2_winner"}, _games),
        ({"verdict", "model_a"}, _games),
    ):
        if told <= columns:
            return _filed(read(word, reading))
    if {"judge", "score", "model"} <= columns and "benchmark" not in columns:
        return _filed(_gradings(word, reading))
    from theodolite.loading import is_estimates_file

    if is_estimates_file(word):
        return _published(word, reading)
    return _filed(_scores(word, reading))


def human_sides(
    word: str, reading: Reading, boards: Sequence[str], *, controlled: bool, models: Models
) -> list[Estimates]:
    """Read people's ratings: votes, ratings, or the shipped Arena facts."""
    if word == ARENA_FACTS:
        return [
            _arena(board, reading, models, controlled=controlled) for board in boards or ["overall"]
        ]
    if boards or controlled:
        raise UsageError(f"--board and --style-control belong to {ARENA_FACTS}")
    if not is_file(word):
        raise UsageError(
            f"{shorten(word)} is neither a file of votes or ratings nor the word {ARENA_FACTS}"
        )
    from theodolite.loading import is_estimates_file

    if is_estimates_file(word):
        return _published(word, reading)
    return _filed(_votes(word, reading))


def _columns(word: str) -> set[str]:
    from theodolite.loading.source import Source

    return set(Source.open(word).schema)


def _filed(sides: Sequence[Estimates]) -> list[Estimates]:
    if len(sides) > MOST_SIDES:
        raise UsageError(
            f"the column has {len(sides):,} values, and at most {MOST_SIDES} are compared: choose "
            "some (--where)"
        )
    return list(sides)


def _short(word: str) -> str:
    return word.rsplit("/", 1)[-1]


def _only(reading: Reading, **given: object) -> None:
    """Refuse options that this kind of side does not know."""
    wrong = [f"--{name}" for name, value in given.items() if value]
    if wrong:
        raise UsageError(f"{' and '.join(wrong)} cannot be used with what was given")
    del reading


def _preferences(word: str, reading: Reading) -> Sequence[Estimates]:
    """Win rates as they are, with length held fixed, or both."""
    from theodolite.loading import load_preferences
    from theodolite.scoring.agreement import from_preferences

    _only(reading, cluster=reading.cluster)
    values = reading.values or (RATE,)
    if wrong := [value for value in values if value not in (RATE, AT_EQUAL_LENGTH)]:
        raise UsageError(f"--value {shorten(wrong[0])} is not one of {RATE}, {AT_EQUAL_LENGTH}")
    table = reading.of(load_preferences(word), ("model", "baseline"))
    sides: list[Estimates] = []
    if RATE in values:
        sides += from_preferences(table, name=_short(word), by=reading.by, level=reading.level)
    if AT_EQUAL_LENGTH in values:
        _only(reading, by=reading.by)
        sides.append(_at_equal_length(table, f"{_short(word)} at equal length", reading))
    return sides


def _at_equal_length(table: Preferences, name: str, reading: Reading) -> Estimates:
    from theodolite.scoring.winrate import aligned
    from theodolite.tables import Estimates

    found = aligned(table, level=reading.level, seed=reading.seed)
    frame = found.models.select("model", "low", "high", value=AT_EQUAL_LENGTH)
    return Estimates.from_frame(frame, name=name, unit="%", level=reading.level, source=name)


def _games(word: str, reading: Reading) -> Sequence[Estimates]:
    from theodolite.loading import load_judgments
    from theodolite.scoring.agreement import from_judgments

    _only(reading, value=reading.values, cluster=reading.cluster)
    games = load_judgments(word, baseline=reading.baseline)
    table = reading.of(games, ("model_a", "model_b"))
    return from_judgments(table, name=_short(word), by=reading.by, level=reading.level)


def _gradings(word: str, reading: Reading) -> Sequence[Estimates]:
    from theodolite.loading import load_gradings
    from theodolite.scoring.agreement import from_gradings

    _only(reading, value=reading.values, cluster=reading.cluster)
    table = reading.of(load_gradings(word), ("model",))
    return from_gradings(table, name=_short(word), by=reading.by, level=reading.level)


def _scores(word: str, reading: Reading) -> Sequence[Estimates]:
    from theodolite.loading import ScoreOptions, load_scores
    from theodolite.scoring.agreement import from_scores
    from theodolite.tables import select

    _only(reading, value=reading.values, judge=reading.judge)
    # A table of one benchmark need not name it: it goes by its file, as judged files do.
    named = "benchmark" in _columns(word) or not {"model", "score"} <= _columns(word)
    options = ScoreOptions() if named else ScoreOptions(benchmark=_short(word))
    scores = select(load_scores([word], options), reading.conditions)
    return from_scores(scores, by=reading.by, cluster=reading.cluster, level=reading.level)


def _published(word: str, reading: Reading) -> list[Estimates]:
    from theodolite.loading import load_estimates
    from theodolite.tables import Condition

    _only(reading, cluster=reading.cluster, judge=reading.judge)
    conditions: list[tuple[str | None, tuple[Condition, ...]]] = [(None, reading.conditions)]
    if reading.by is not None:
        conditions = [
            (value, (*reading.conditions, Condition(reading.by, value)))
            for value in _values(word, reading.by, reading.conditions)
        ]
    return _filed(
        [
            load_estimates(
                word,
                value=value,
                unit=reading.unit,
                conditions=chosen,
                name=name if name is None or value is None else f"{name} {value}",
            )
            for name, chosen in conditions
            for value in (reading.values or (None,))
        ]
    )


def _values(word: str, by: str, conditions: Sequence[Condition]) -> list[str]:
    """Name the values of a column, in order."""
    from theodolite.loading.source import Source

    frame = Source.open(word).flat()
    for condition in conditions:
        frame = frame.filter(condition.mask(frame))
    frame = conform(frame, (Column(by, required=True),), source=_short(word))
    return sorted(frame.get_column(by).cast(pl.String).unique())


def _reported(word: str, reading: Reading, models: Models) -> Estimates:
    """Scores that models were reported to have, with the noise of items and of harnesses."""
    from theodolite.tables import Estimates
    from theodolite.tables.scored import scored

    _only(
        reading,
        by=reading.by,
        value=reading.values,
        cluster=reading.cluster,
        judge=reading.judge,
        unit=reading.unit,
    )
    try:
        found = scored(
            models, word, needs=(), kinds=("base", "instruct"), conditions=reading.conditions
        )
    except UsageError as error:
        if "no attribute or benchmark" in str(error):
            raise UsageError(f"{shorten(word)} is no file, and {error}") from None
        raise
    frame = found.frame.select("model", value="score", standard_error="noise")
    side = Estimates.from_frame(
        frame, name=found.benchmark.name, unit="share", level=reading.level, source=word
    )
    low, high = pl.col("low").clip(0.0), pl.col("high").clip(upper_bound=1.0)
    items = "" if found.benchmark.items is None else f" and {found.benchmark.items:,} items"
    note = (
        f"{found.benchmark.name} is as reported, with the noise of harnesses (measurements of one "
        f"model differ){items}."
    )
    return replace(
        side, frame=side.frame.with_columns(low, high), notes=(note,), removed=found.removed
    )


def _arena(board: str, reading: Reading, models: Models, *, controlled: bool) -> Estimates:
    from theodolite.tables import Estimates

    if board not in BOARDS:
        raise UsageError(f"--board {shorten(board)} is not one of {', '.join(BOARDS)}")
    _only(reading, **{"human-by": reading.by})
    field = CONTROLLED if controlled else RATING
    rows = models.results.filter((pl.col("benchmark") == field) & (pl.col("category") == board))
    for condition in reading.conditions:
        rows = rows.filter(condition.mask(rows))
    frame = rows.select("model", "low", "high", value="value")
    style = ", style held fixed" if controlled else ""
    return Estimates.from_frame(
        frame, name=f"Arena {board}{style}", unit="rating", source=ARENA_FACTS
    )


def _votes(word: str, reading: Reading) -> list[Estimates]:
    from theodolite.loading import VoteOptions, load_votes
    from theodolite.ratings import bradley_terry
    from theodolite.tables import select

    need = {c.column for c in reading.conditions} | {c for c in (reading.by, reading.cluster) if c}
    votes = load_votes([word], VoteOptions(need=frozenset(need)))
    votes = select(votes, reading.conditions)
    parts = [(_short(word), votes)]
    if reading.by is not None:
        column = votes.frame.get_column(reading.by).cast(pl.String)
        if column.null_count():
            raise InputError(
                f"{_short(word)}: {reading.by} is empty in {column.null_count():,} votes"
            )
        parts = [
            (name, votes.keep(column == name, f"{reading.by} is not {name}"))
            for name in sorted(column.unique())[: MOST_SIDES + 1]
        ]
    return [
        _rated(
            name,
            bradley_terry(part, cluster=reading.cluster, level=reading.level, seed=reading.seed),
            reading.level,
        )
        for name, part in parts
    ]


def _rated(name: str, fit: RatingFit, level: float) -> Estimates:
    """Hand a board over as estimates; a model without a finite rating stays out, and is named."""
    import numpy as np

    from theodolite.tables import Estimates, Removal

    board = fit.board
    at = np.flatnonzero(~board.unbounded & np.isfinite(board.rating))
    frame = pl.DataFrame(
        {
            "model": [board.models[i] for i in at],
            "value": board.rating[at],
            "low": board.low[at],
            "high": board.high[at],
        }
    )
    covariance = board.covariance[np.ix_(at, at)] * board.scale.points**2
    side = Estimates.from_frame(
        frame, name=name, unit="rating", level=level, covariance=covariance, source=name
    )
    lost = [board.models[i] for i in range(len(board.models)) if i not in set(at.tolist())]
    notes = (
        (
            f"{name}: without a finite rating, and left out: {', '.join(map(shorten, lost[:6]))}"
            + (f" and {len(lost) - 6} more." if len(lost) > 6 else "."),  # noqa: PLR2004
        )
        if lost
        else ()
    )
    count = (Removal("a model without a finite rating", len(lost)),) if lost else ()
    return replace(side, notes=notes, removed=(*fit.removed, *count))


def load_names(path: str) -> dict[str, str]:
    """Read a file of names: ``name`` as a side has it, and the ``model`` that it is.

    Raises
    ------
    InputError
        A name stands twice, or a cell is empty.
    """
    from theodolite.loading.source import Source

    source = Source.open(path)
    columns = (Column("name", required=True), Column("model", required=True))
    frame = conform(source.flat(), columns, source=source.name)
    first = frame.get_column("name").is_first_distinct()
    if not first.all():
        raise already_there(frame, "name", first)
    return dict(frame.select(pl.col("name", "model").cast(pl.String)).iter_rows())
