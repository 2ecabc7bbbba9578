"""What judges said, as far as it answers questions in a survey."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from theodolite.cli.output import working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from theodolite.cli.options import Inference
    from theodolite.reporting import Section
    from theodolite.tables import Gradings, Judgments, Preferences, Votes

    Question = tuple[str, Callable[[], tuple[Section, ...]]]

__all__ = ["on_judged", "on_needle"]


def on_judged(paths: list[str], votes: list[str], inference: Inference) -> Iterator[Question]:
    """Give the questions that files of judgments answer, each of the kind that its columns tell."""
    for path in paths:
        yield f"What do the judgments in {path} say?", partial(_said, path, votes, inference)


def on_needle(paths: list[str], inference: Inference) -> tuple[Section, ...]:
    """Score a needle test."""
    from theodolite.loading import load_needle
    from theodolite.reporting import needle_sections
    from theodolite.scoring.needle import needle

    with working("Looking for needles"):
        found = needle(load_needle(paths), level=inference.level, seed=inference.seed)
    return needle_sections(found)


def _said(path: str, votes: list[str], inference: Inference) -> tuple[Section, ...]:
    from theodolite.loading import load_judged
    from theodolite.tables import Gradings, Judgments, Preferences

    with working("Reading judgments"):
        table = load_judged(path)
    if isinstance(table, Preferences):
        return (*_rates(table, inference), *_agreement(path, votes, inference))
    if isinstance(table, Gradings):
        return _grades(table, inference)
    if isinstance(table, Judgments) and len(table.judges) == 1:
        return _games(table, inference)
    return _judges(table, inference)


def _rates(preferences: Preferences, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import winrate_sections
    from theodolite.scoring.winrate import aligned

    with working("Fitting win rates"):
        found = aligned(preferences, level=inference.level, seed=inference.seed)
    return winrate_sections(found)


def _agreement(path: str, votes: list[str], inference: Inference) -> tuple[Section, ...]:
    """Compare a judge's win rates with the votes of people."""
    from theodolite.cli.agree_sides import (
        AT_EQUAL_LENGTH,
        RATE,
        Reading,
        aliases_of,
        benchmark_sides,
        human_sides,
    )
    from theodolite.loading import load_models
    from theodolite.reporting import agreement_sections
    from theodolite.scoring.agreement import agree, matched

    with working("Comparing the judge with people"):
        models, reading = load_models(), Reading(level=inference.level, seed=inference.seed)
        mine = benchmark_sides(path, replace(reading, values=(AT_EQUAL_LENGTH, RATE)), models)
        people = human_sides(votes[0], reading, [], controlled=False, models=models)
        mine, people, names = matched(mine, people, aliases=aliases_of(models))
        found = agree(mine, people, names=names, level=inference.level, seed=inference.seed)
    return agreement_sections(found)


def _grades(gradings: Gradings, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import graded_sections, graders_sections
    from theodolite.scoring.judges import assess_graders
    from theodolite.scoring.mt_bench import graded

    with working("Averaging grades"):
        if len(gradings.judges) > 1:
            graders = assess_graders(gradings, level=inference.level)
            return graders_sections(graders)
        found = graded(gradings, level=inference.level, seed=inference.seed)
    return graded_sections(found)


def _games(games: Judgments, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import arena_hard_sections, compared_sections
    from theodolite.scoring import score_arena_hard
    from theodolite.scoring.mt_bench import compared

    with working("Fitting games"):
        if "baseline" in games.frame.columns:
            board = score_arena_hard(games, level=inference.level, seed=inference.seed)
            return arena_hard_sections(board)
        found = compared(games, level=inference.level, seed=inference.seed)
    return compared_sections(found)


def _judges(table: Judgments | Votes, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import judges_sections
    from theodolite.scoring.judges import assess_judges

    with working("Judging the judges"):
        found = assess_judges(table, level=inference.level, seed=inference.seed)
    return judges_sections(found)
