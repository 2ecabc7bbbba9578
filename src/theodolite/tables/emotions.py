"""Emotions: how intense a model thinks that each emotion of a person in a dialogue is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError
from theodolite.tables.checks import Column, Kind, conform, problems_at

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EMOTIONS_ASKED", "STAGES", "Emotions"]

# Both scales of the benchmark are made for so many emotions a question.
EMOTIONS_ASKED = 4
STAGES = ("first_pass", "revised")

COLUMNS = (
    Column("model", required=True),
    Column("iteration", Kind.INTEGER, required=True, low=1),
    Column("item_id", required=True),
    Column("stage", required=True),
    Column("emotion", required=True),
    Column("answer", Kind.REAL),
)
QUESTION_COLUMNS = (
    Column("item_id", required=True),
    Column("emotion", required=True),
    Column("reference", Kind.REAL, required=True, low=0, high=10),
    Column("reference_v1", Kind.REAL, complete=True, low=0, high=10),
)
PUBLISHED_COLUMNS = (
    Column("model", required=True),
    Column("published", Kind.REAL, required=True),
)


@dataclass(frozen=True)
class Emotions:
    """Answers of EQ-Bench with their questions, validated.

    Build one with :meth:`from_frames` or with :func:`theodolite.loading.load_eq_bench`.

    Attributes
    ----------
    frame
        One row an emotion: ``model`` (an Enum, in alphabetical order), ``iteration`` (from 1),
        ``item_id``, ``stage`` (``first_pass`` or ``revised``), ``emotion`` as the model wrote it,
        and ``answer``, null where no number stood there. A question that the model did not
        answer, or not in the form asked for, has no row, or emotions of which the reference
        knows nothing: what that means is for the method to say.
    questions
        Four rows a question: ``item_id``, ``emotion``, ``reference`` (0 to 10) and, where known,
        ``reference_v1`` (the four add up to 10).
    published
        ``model``, ``published`` (the score that its file or a leaderboard holds) and
        ``version``, null where unknown; may be empty.
    runs
        ``model`` and ``iteration`` of every run, so that one without any answer counts too.
    notes
        What a reader must know, each a sentence.

    Examples
    --------
    >>> names = ["Sad", "Glad", "Mad", "Bad"]
    >>> questions = pl.DataFrame({"item_id": "1", "emotion": names, "reference": [0, 6, 0, 7]})
    >>> frame = pl.DataFrame({"model": "x", "iteration": 1, "item_id": "1", "stage": "first_pass",
    ...                       "emotion": names, "answer": [0, 5, 1, 7]})
    >>> emotions = Emotions.from_frames(frame, questions)
    >>> len(emotions), emotions.models, emotions.n_questions
    (4, ('x',), 1)
    """

    frame: pl.DataFrame
    questions: pl.DataFrame
    published: pl.DataFrame
    runs: pl.DataFrame
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were asked, in alphabetical order."""
        return tuple(sorted(self.runs.get_column("model").cast(pl.String).unique()))

    @property
    def n_questions(self) -> int:
        """How many questions there are."""
        return self.questions.get_column("item_id").n_unique()

    @classmethod
    def from_frames(
        cls,
        frame: pl.DataFrame,
        questions: pl.DataFrame,
        *,
        published: pl.DataFrame | None = None,
        runs: pl.DataFrame | None = None,
        notes: Sequence[str] = (),
        source: str = "emotions",
    ) -> Emotions:
        """Validate frames with the columns that the class describes.

        Raises
        ------
        MissingColumnError
            A column is absent.
        FormatError
            There is no answer.
        InputError
            A cell is empty, out of range or of the wrong type; an answer stands twice; a question
            has not four emotions, or is answered but not there.
        """
        frame = conform(frame, COLUMNS, source=source)
        if frame.is_empty():
            raise FormatError(f"{source}: no answers in it")
        questions = _checked_questions(questions)
        _checked_answers(frame, questions)
        own = frame.select(pl.col("model").cast(pl.String), "iteration")
        runs = (own if runs is None else runs.select("model", "iteration")).unique(
            maintain_order=True
        )
        names = sorted(runs.get_column("model").unique())
        frame = frame.with_columns(pl.col("model").cast(pl.Enum(names)))
        return cls(frame, questions, checked_published(published), runs, notes=tuple(notes))


def checked_published(published: pl.DataFrame | None) -> pl.DataFrame:
    """Validate published scores; a frame without rows where there are none."""
    if published is None:
        columns = {"model": pl.String, "published": pl.Float64, "version": pl.String}
        return pl.DataFrame(schema=columns)
    if "version" not in published.columns:
        published = published.with_columns(version=pl.lit(None, dtype=pl.String))
    frame = conform(published, PUBLISHED_COLUMNS, source="published scores")
    frame = frame.with_columns(pl.col("model").cast(pl.String))
    first = frame.get_column("model").is_first_distinct()
    if not first.all():
        problems = problems_at(frame, "model", ~first, "there already with a published score")
        raise InputError(problems, total=int((~first).sum()))
    return frame.select("model", "published", "version")


def _checked_questions(questions: pl.DataFrame) -> pl.DataFrame:
    questions = conform(questions, QUESTION_COLUMNS, source="questions")
    first = questions.select(pl.struct("item_id", "emotion").is_first_distinct()).to_series()
    if not first.all():
        problems = problems_at(questions, "emotion", ~first, "there already for this question")
        raise InputError(problems, total=int((~first).sum()))
    count = questions.select(pl.len().over("item_id")).to_series()
    bad = count != EMOTIONS_ASKED
    if bad.any():
        allowed = f"a question without exactly {EMOTIONS_ASKED} emotions in its reference answer"
        raise InputError(problems_at(questions, "item_id", bad, allowed), total=int(bad.sum()))
    return questions


def _checked_answers(frame: pl.DataFrame, questions: pl.DataFrame) -> None:
    stage = ~frame.get_column("stage").cast(pl.String).is_in(list(STAGES))
    if stage.any():
        allowed = f"not one of {', '.join(STAGES)}"
        raise InputError(problems_at(frame, "stage", stage, allowed), total=int(stage.sum()))
    known = questions.get_column("item_id").cast(pl.String).unique()
    strange = ~frame.get_column("item_id").cast(pl.String).is_in(known.implode())
    if strange.any():
        raise InputError(
            problems_at(frame, "item_id", strange, "not one of the questions"),
            total=int(strange.sum()),
            hint="Are these answers to another version of the questions?",
        )
    once = ["model", "iteration", "item_id", "stage", "emotion"]
    first = frame.select(pl.struct(once).is_first_distinct()).to_series()
    if not first.all():
        what = "there already for this model, iteration, question and stage"
        problems = problems_at(frame, "emotion", ~first, what)
        raise InputError(problems, total=int((~first).sum()))
