"""Arena-Hard: how often each model beats the baseline, from one likelihood over all games."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, UsageError, shorten
from theodolite.scoring.arena_hard.checks import consistency_of, link_of
from theodolite.scoring.arena_hard.fitting import fit_games
from theodolite.scoring.arena_hard.games import games_of
from theodolite.scoring.arena_hard.notes import notes_of
from theodolite.scoring.arena_hard.results import ArenaHard
from theodolite.scoring.arena_hard.rows import (
    baseline_rows,
    category_rows,
    first_wins_of,
    model_rows,
    no_categories,
    owners_of,
    parameter_rows,
)
from theodolite.scoring.arena_hard.standing import N_DRAWS, standing_of
from theodolite.tables.judging import judges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scoring.arena_hard.fitting import GamesFit, Position
    from theodolite.scoring.arena_hard.games import Games
    from theodolite.tables import Judgments

__all__ = ["score_arena_hard"]

# Of a category, for a model to have a strength of its own in it on the board.
ENOUGH = 20
POSITIONS = ("shared", "model", "none")


def score_arena_hard(
    judgments: Judgments,
    *,
    baseline: str | None = None,
    position: Position = "shared",
    style: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> ArenaHard:
    """Estimate how often each model's answer beats the baseline's, in percent.

    Parameters
    ----------
    judgments
        Games of one judge; a game without a verdict is counted, and the other game of its
        question still counts.
    baseline
        The baseline of games that do not name it. A category may have its own baseline.
    position
        Whether being shown first counts alike for all models (``shared``), for each its own way
        (``model``) or not at all (``none``).
    style
        Features held equal, of tokens, headers, lists and bold.
    level
        Confidence level: of each score's interval alone, of all pairs together.
    seed
        Of the draws behind the pairs, and of the published recipe's resamples.

    Returns
    -------
    ArenaHard
        See there; :mod:`theodolite.scoring.arena_hard.fitting` has the equations.

    Raises
    ------
    UsageError
        ``level`` is not between 0 and 1, ``seed`` is negative, a feature is unknown.
    MissingColumnError
        The baseline, or the counts of a feature, are absent.
    InputError
        There are several judges, or several baselines in one category.
    TooFewError
        A model has no verdict, or all games are of a single question.
    NotIdentifiedError
        No finite estimate: position or style explains every verdict.

    References
    ----------
    T. Li and others (2024), From Crowdsourced Data to High-Quality Benchmarks: Arena-Hard and
    BenchBuilder. doi:10.48550/arXiv.2406.11939

    Examples
    --------
    >>> from theodolite.tables import Judgments
    >>> seen = ["A>B", "A=B", "B>A", "B>>A", "B>A", "A>B", "B>A", "A=B", "B>A", "A>B"]
    >>> rows = [
    ...     {"item_id": str(i // 2), "game": 1 + i % 2, "judge": "j", "verdict": verdict}
    ...     | dict(zip(("model_a", "model_b"), ("base", "x")[:: 1 - 2 * (i % 2)]))
    ...     for i, verdict in enumerate(seen)
    ... ]
    >>> found = score_arena_hard(Judgments.from_frame(pl.DataFrame(rows)), baseline="base")
    >>> found.models.select("model", pl.col("score", "low", "high", "published").round(1), "n")
    shape: (1, 6)
    ┌───────┬───────┬──────┬──────┬───────────┬─────┐
    │ model ┆ score ┆ low  ┆ high ┆ published ┆ n   │
    │ ---   ┆ ---   ┆ ---  ┆ ---  ┆ ---       ┆ --- │
    │ str   ┆ f64   ┆ f64  ┆ f64  ┆ f64       ┆ i64 │
    ╞═══════╪═══════╪══════╪══════╪═══════════╪═════╡
    │ x     ┆ 65.0  ┆ 20.1 ┆ 93.2 ┆ 58.3      ┆ 5   │
    └───────┴───────┴──────┴──────┴───────────┴─────┘
    """
    _check(position, level, seed)
    board = _fitted(judgments, position, style, baseline)
    games, fit = board.games, board.fit
    names = games.contenders["model"].unique().sort().to_list()
    standing = standing_of(games, fit, owners_of(games))
    pairs = standing.contrasts(names, level=level, seed=seed)
    models = model_rows(games, fit, standing, level=level, seed=seed)
    models = pl.concat([models, standing.places(pairs, names)], how="horizontal")
    link, test = link_of(fit)
    return ArenaHard(
        models=_ordered(models),
        pairs=pairs,
        categories=board.categories(level, seed),
        parameters=parameter_rows(fit, level),
        first_wins=first_wins_of(fit, level),
        consistency=consistency_of(games, level=level),
        link=link,
        link_test=test,
        baselines=baseline_rows(judgments, games),
        reading=fit.reading,
        position_effect=fit.position,
        by_category=board.split,
        style=tuple(style),
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        questions=len(np.unique(games.item)),
        games=int(games.read.sum()),
        unparseable=int((~games.read).sum()),
        judge=judges_of(judgments.frame)[0],
        removed=judgments.removed,
        notes=(*judgments.notes, *notes_of(games, fit, asked=position), *board.notes),
    )


@dataclass(frozen=True)
class _Board:
    """The games and their fit, and the same by category.

    Where a category has enough questions a model has a strength of its own in it, also on the
    board: a model that is good at one category alone does not follow one curve over all of them.
    """

    games: Games
    fit: GamesFit
    split: bool
    by_category: tuple[Games, GamesFit] | None = None
    notes: tuple[str, ...] = ()

    def categories(self, level: float, seed: int) -> pl.DataFrame:
        """Give the rows of every category."""
        if self.by_category is None:
            return no_categories()
        return category_rows(*self.by_category, level=level, seed=seed)


def _fitted(
    judgments: Judgments, position: Position, style: Sequence[str], baseline: str | None
) -> _Board:
    """Fit the board, by category where the categories can carry it."""
    frame = judgments.frame
    games = games_of(judgments, style=style, baseline=baseline)
    fit = fit_games(games, position=position)
    if "category" not in frame.columns or frame["category"].n_unique() < 2:  # noqa: PLR2004
        return _Board(games, fit, split=False)
    try:
        parts = games_of(judgments, style=style, by_category=True, baseline=baseline)
        own = fit_games(parts, position=position)
    except CannotAnswerError as error:
        return _Board(games, fit, split=False, notes=(f"No scores by category: {error}",))
    both = (parts, own)
    if _carries(parts, own, fit, games):
        return _Board(parts, own, split=True, by_category=both)
    together = (
        "The board takes the categories of a model together: some have fewer than "
        f"{ENOUGH} questions, or no finite strength of their own."
    )
    return _Board(games, fit, split=False, by_category=both, notes=(together,))


def _carries(parts: Games, own: GamesFit, fit: GamesFit, games: Games) -> bool:
    """Tell whether categories have questions enough, and estimates where the whole has."""
    apart, whole = (
        set(g.contenders["model"].gather(np.flatnonzero(f.side)))
        for g, f in ((parts, own), (games, fit))
    )
    same = own.reading == fit.reading and own.position == fit.position and apart == whole
    return same and int(parts.questions().min()) >= ENOUGH


def _check(position: str, level: float, seed: int) -> None:
    if position not in POSITIONS:
        raise UsageError(f"the position is one of {', '.join(POSITIONS)}, not {shorten(position)}")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _ordered(models: pl.DataFrame) -> pl.DataFrame:
    front = ["model", "score", "low", "high", "rank", "rank_low", "rank_high"]
    return models.select(*front, pl.exclude(front)).sort("rank", "model")
