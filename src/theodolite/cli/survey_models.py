"""What facts about published models answer in a survey."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from theodolite.cli.output import working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from theodolite.cli.options import Inference
    from theodolite.reporting import Section
    from theodolite.tables import Models

    Question = tuple[str, Callable[[], tuple[Section, ...]]]

__all__ = ["on_models"]


def on_models(paths: list[str], inference: Inference) -> Iterator[Question]:
    """Give the questions that facts answer: those of the files, and the shipped ones behind."""
    from theodolite.loading import load_models

    with working("Reading facts"):
        models = load_models(paths)
    for question, answer in (
        ("Did the field shift to more tokens per parameter?", _trend),
        ("What does compute explain of scores?", _efficiency),
        ("Do scores of models of one size still rise with tokens?", _saturation),
        ("Do capabilities foretell other benchmarks better than compute does?", _observational),
        ("Which benchmark of base models foretells people's ratings?", _base),
    ):
        yield question, partial(answer, models, inference)


def _trend(models: Models, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import trend_sections
    from theodolite.scaling import Resampling, trend

    with working("Testing for a shift"):
        few = Resampling(n=999, seed=inference.seed)
        found = trend(models, resampling=few, level=inference.level)
    return trend_sections(found)


def _efficiency(models: Models, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import efficiency_sections
    from theodolite.scaling import efficiency

    with working("Comparing scores with compute"):
        found = efficiency(models, level=inference.level)
    return efficiency_sections(found)


def _saturation(models: Models, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import score_sections
    from theodolite.scaling import score_saturation

    with working("Comparing scores with tokens"):
        found = score_saturation(models, level=inference.level)
    return score_sections(found)


def _observational(models: Models, inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import observational_sections
    from theodolite.scaling import observational

    with working("Foretelling benchmarks"):
        found = observational(models, level=inference.level)
    return observational_sections(found)


def _base(models: Models, inference: Inference) -> tuple[Section, ...]:
    from theodolite.cli.agree_sides import ARENA_FACTS, Reading, human_sides
    from theodolite.reporting import base_prediction_sections
    from theodolite.scoring.agreement import foretell_ratings

    with working("Foretelling people's ratings"):
        people = human_sides(ARENA_FACTS, Reading(), [], controlled=False, models=models)[0]
        found = foretell_ratings(models, people, level=inference.level, seed=inference.seed)
    return base_prediction_sections(found)
