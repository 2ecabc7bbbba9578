"""The answers in result files of EQ-Bench, run by run, with what kept some from being read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, Problem, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answered", "answers_of"]

# As the files call the two passes, and as their documentation does.
MEMBERS = {
    "first_pass": ("first_pass", "first_pass_answers"),
    "revised": ("revised", "revised_answers"),
}
# What tells whether two files of one model are runs of one thing.
SETTINGS = (
    "inference_engine",
    "instruction_template",
    "bitsandbytes_quant",
    "ooba_params",
    "eqbench_version",
)
IDENTITY = ("run_id", "run_completed", "index_string")
MOST_EMOTIONS = 100
COLUMNS = ("model", "iteration", "item_id", "stage", "emotion", "answer")


@dataclass
class Answered:
    """What the files have held so far."""

    rows: list[tuple[str, int, str, str, str, float | None]] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)
    scores: dict[str, list[tuple[float, str | None]]] = field(default_factory=dict)
    files: dict[str, tuple[str, Mapping[str, object]]] = field(default_factory=dict)

    def frame(self) -> pl.DataFrame:
        """Give one row an emotion."""
        types = (pl.String, pl.Int64, pl.String, pl.String, pl.String, pl.Float64)
        schema = dict(zip(COLUMNS, types, strict=True))
        return pl.DataFrame(self.rows, schema=schema, orient="row")

    def runs(self) -> pl.DataFrame:
        """Give one row a run."""
        schema = {"model": pl.String, "iteration": pl.Int64}
        return pl.DataFrame(self.asked, schema=schema, orient="row")

    def published(self) -> pl.DataFrame | None:
        """Give the score of each file; the mean where a model has several files."""
        if not self.scores:
            return None
        return pl.DataFrame(
            [
                {"model": model, "published": _mean(found), "version": found[0][1]}
                for model, found in self.scores.items()
            ],
            schema={"model": pl.String, "published": pl.Float64, "version": pl.String},
        )

    def notes(self) -> tuple[str, ...]:
        """Say which answers stand outside the scale of the question."""
        outside = [row for row in self.rows if row[5] is not None and not 0.0 <= row[5] <= 10.0]  # noqa: PLR2004
        if not outside:
            return ()
        model, _, item, _, emotion, answer = outside[0]
        return (
            f"Outside the scale of 0 to 10 lie {len(outside):,} numbers, which count as they "
            f"stand, as upstream: the first is {answer:g} for {shorten(emotion)} in question "
            f"{shorten(item)}, by {shorten(model)}.",
        )


def answers_of(
    answered: Answered, content: Mapping[str, object], *, name: str, known: set[str]
) -> None:
    """Add what one result file holds.

    Parameters
    ----------
    answered
        What was read before.
    content
        The JSON object of the file.
    name
        What an error calls it.
    known
        The questions.

    Raises
    ------
    FormatError
        The file is no result.
    InputError
        A member is not what it must be, or the file repeats one or has other settings.
    """
    results = content.get("raw_results")
    model = content.get("model_path")
    if not isinstance(results, dict) or not isinstance(model, str) or not model.strip():
        raise FormatError(
            f"{name}: no result of EQ-Bench (it needs model_path and raw_results)",
            hint="Questions are named with --questions FILE.",
        )
    lora = content.get("lora_path")
    model = f"{model}+{lora}" if isinstance(lora, str) and lora.strip() else model
    _same_settings(answered, content, model, name)
    before = max((run for own, run in answered.asked if own == model), default=0)
    for place, (iteration, held) in enumerate(results.items(), 1):
        where = f"raw_results.{iteration}"
        answers = held.get("respondent_answers") if isinstance(held, dict) else None
        if not isinstance(answers, dict):
            allowed = "not an iteration with respondent_answers"
            raise InputError([Problem(name, None, where, held, allowed)])
        run = before + place
        answered.asked.append((model, run))
        for item, passes in answers.items():
            _question(answered, (model, run, item), passes, (name, f"{where}.{item}"), known)
    score = content.get("benchmark_score")
    if isinstance(score, int | float) and math.isfinite(score):
        version = content.get("eqbench_version")
        own = version if isinstance(version, str) else None
        answered.scores.setdefault(model, []).append((float(score), own))


def _question(
    answered: Answered,
    key: tuple[str, int, str],
    passes: object,
    where: tuple[str, str],
    known: set[str],
) -> None:
    if key[2] not in known:
        allowed = "not one of the questions"
        raise InputError([Problem(where[0], None, where[1], key[2], allowed)])
    if not isinstance(passes, dict):
        allowed = "not the answers of a first and a revised pass"
        raise InputError([Problem(where[0], None, where[1], passes, allowed)])
    for stage, members in MEMBERS.items():
        given: object = next((passes[m] for m in members if passes.get(m) is not None), {})
        if not isinstance(given, dict) or len(given) > MOST_EMOTIONS:
            allowed = f"not at most {MOST_EMOTIONS} emotions with a number each"
            raise InputError([Problem(*(where[0], None, where[1]), given, allowed)])
        answered.rows += [
            (*key, stage, emotion or "(no name)", _number(value))
            for emotion, value in given.items()
        ]


def _same_settings(
    answered: Answered, content: Mapping[str, object], model: str, name: str
) -> None:
    """Take further files of one model for further runs only where they were made alike."""
    earlier = answered.files.setdefault(model, (name, content))
    if earlier[1] is content:
        return
    if all(content.get(key) == earlier[1].get(key) for key in IDENTITY):
        allowed = f"there already, from the same run, in {earlier[0]}"
        raise InputError([Problem(name, None, "model_path", model, allowed)])
    for key in SETTINGS:
        if content.get(key) != earlier[1].get(key):
            was = shorten(earlier[1].get(key))
            allowed = f"not what {earlier[0]} has for the same model ({was})"
            raise InputError(
                [Problem(name, None, key, content.get(key), allowed)],
                hint="Only files made alike are repeated runs of one model: score them apart.",
            )


def _number(value: object) -> float | None:
    """Read an answer; nothing where no finite number stands."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _mean(found: list[tuple[float, str | None]]) -> float:
    return sum(score for score, _ in found) / len(found)
