"""Answers to EQ-Bench: its result files with the questions, or a table of item scores.

A result file is one JSON object: ``model_path`` (and ``lora_path``), ``benchmark_score``,
``eqbench_version`` and ``raw_results``, in which every iteration holds ``respondent_answers``: for
each question the emotions of the first pass and of the revised one, with a number each. Its
``individual_scores`` are not read: no version of the rule gives them from the answers beside them.

A table of item scores has ``model``, ``iteration``, ``question_id`` (or ``item_id``), and
``first_pass_score_v2`` and ``revised_score_v2`` (or ``first_pass`` and ``revised``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError, Problem, UsageError
from theodolite.loading.files import RECORD_LIMIT, File, mebibytes, require_whole_characters
from theodolite.loading.judgments.eq_answers import Answered, answers_of
from theodolite.loading.judgments.read import stacked
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, Kind, conform
from theodolite.tables.emotions import EMOTIONS_ASKED, Emotions
from theodolite.tables.passes import Passes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["load_eq_bench"]

RENAMED = {
    "question_id": "item_id",
    "first_pass_score_v2": "first_pass",
    "revised_score_v2": "revised",
}
PUBLISHED = ("published_score", "published", "benchmark_score", "score")
REFERENCES = (("reference_answer_fullscale", "reference"), ("reference_answer", "reference_v1"))


def load_eq_bench(
    paths: Sequence[str | Path] | str | Path,
    *,
    questions: str | Path | None = None,
    published: str | Path | None = None,
) -> Emotions | Passes:
    r"""Read result files of EQ-Bench with its questions, or tables of item scores.

    Parameters
    ----------
    paths
        Result files (JSON), or tables of item scores (CSV, JSONL, a JSON array or Parquet); all
        of one kind.
    questions
        The file of the questions with their reference answers; result files need it.
    published
        A table of published scores: ``model`` (or ``file``, where that has the names) and
        ``published_score``. It takes the place of the scores in the files.

    Returns
    -------
    Emotions or Passes
        Answers with their questions, or scores.

    Raises
    ------
    UsageError
        No file was given, files of both kinds, or result files without their questions.
    MissingColumnError
        A column or member is absent.
    FormatError
        A file cannot be read or is of neither kind.
    InputError
        A value is not what it must be; the message names file, question and value.

    Examples
    --------
    >>> import tempfile
    >>> lines = ["model,iteration,question_id,first_pass_score_v2,revised_score_v2", "x,1,7,6.5,"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "items.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     passes = load_eq_bench(path)
    >>> passes.frame.select("item_id", "first_pass", "revised").row(0)
    ('7', 6.5, None)
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of EQ-Bench was given")
    kinds = [_is_result(path) for path in files]
    if all(kinds):
        if questions is None:
            raise UsageError(
                "result files hold answers and no reference: name the file of the questions with "
                "--questions FILE (eq_bench_v2_questions_171.json in the repository of EQ-Bench)"
            )
        return _results(files, questions, published)
    if any(kinds):
        odd = files[kinds.index(not kinds[0])]
        raise UsageError(f"{odd} and {files[0]} are not of one kind: score them apart")
    return _tables(files, published)


def _is_result(path: str | Path) -> bool:
    """Whether a file is one JSON object that may be a result, and not a table."""
    file = File.find(path)
    with file.open(whole=False) as handle:
        head = handle.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"{"):
        return False
    # JSONL of item scores starts with a brace too.
    return b'"first_pass' not in head.split(b"\n", 1)[0] or b"raw_results" in head


def _results(
    files: Sequence[str | Path], questions: str | Path, published: str | Path | None
) -> Emotions:
    asked = _questions(questions)
    known = set(asked.get_column("item_id"))
    answered = Answered()
    for path in files:
        name, content = _json_object(path)
        answers_of(answered, content, name=name, known=known)
    frame = answered.frame()
    if frame.is_empty():
        raise FormatError("the result files hold no answer to any question")
    scores = answered.published() if published is None else _published(published)
    return Emotions.from_frames(
        frame,
        asked,
        published=scores,
        runs=answered.runs(),
        notes=answered.notes(),
        source=str(files[0]),
    )


def _json_object(path: str | Path) -> tuple[str, dict[str, object]]:
    """Read one JSON object of at most 64 MiB."""
    file = File.find(path)
    with file.open() as handle:
        content = handle.read(RECORD_LIMIT + 1)
    if len(content) > RECORD_LIMIT:
        raise FormatError(f"{file.name}: more than {mebibytes(RECORD_LIMIT)} in one JSON object")
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise FormatError(f"{file.name}: nested too deeply") from None
    except UnicodeDecodeError:
        raise FormatError(f"{file.name}: is not UTF-8; save the file as UTF-8") from None
    except ValueError as error:
        raise FormatError(f"{file.name}: is not JSON ({error})") from None
    require_whole_characters(file.name, content, value)
    if not isinstance(value, dict):
        raise FormatError(f"{file.name}: is not a JSON object")
    return file.name, value


def _questions(path: str | Path) -> pl.DataFrame:
    """Read the emotions of every question and how intense each is in the reference."""
    name, content = _json_object(path)
    rows: list[dict[str, object]] = []
    for item, question in content.items():
        if not isinstance(question, dict) or REFERENCES[0][0] not in question:
            raise FormatError(
                f"{name}: {listed([item])} is no question with {REFERENCES[0][0]}",
                hint="The file of the questions is eq_bench_v2_questions_171.json.",
            )
        rows += _references(question, item, name)
    if not rows:
        raise FormatError(f"{name}: no questions in it")
    schema = {"item_id": pl.String, "emotion": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)
    columns = [Column("reference", Kind.REAL, required=True)]
    return conform(frame, columns, source=name)


def _references(question: Mapping[str, object], item: str, name: str) -> list[dict[str, object]]:
    rows: dict[str, dict[str, object]] = {}
    for member, column in REFERENCES:
        answer = question.get(member)
        if answer is None:
            continue
        for i in range(1, EMOTIONS_ASKED + 1):
            emotion = answer.get(f"emotion{i}") if isinstance(answer, dict) else None
            value = answer.get(f"emotion{i}_score") if isinstance(answer, dict) else None
            if not isinstance(emotion, str) or not isinstance(value, int | float | str):
                where = f"{item}.{member}.emotion{i}"
                bad = emotion if not isinstance(emotion, str) else value
                raise InputError([Problem(name, None, where, bad, "not an emotion with a score")])
            row = rows.setdefault(emotion, {"item_id": item, "emotion": emotion})
            row[column] = str(value)
    return list(rows.values())


def _tables(files: Sequence[str | Path], published: str | Path | None) -> Passes:
    def read(path: str | Path) -> pl.DataFrame:
        source = Source.open(path)
        frame = source.flat()
        names = {
            old: new
            for old, new in RENAMED.items()
            if old in frame.columns and new not in frame.columns
        }
        if not {"first_pass_score_v2", "first_pass"} & set(frame.columns):
            raise FormatError(
                f"{source.name}: neither a result of EQ-Bench nor a table of item scores "
                f"(columns: {listed(source.schema)})",
                hint="A table has model, iteration, question_id, first_pass_score_v2 and "
                "revised_score_v2.",
            )
        if "iteration" not in frame.columns:
            frame = frame.with_columns(iteration=pl.lit(1))
        return frame.rename(names)

    scores = None if published is None else _published(published)
    return Passes.from_frame(stacked(files, read), published=scores, source=str(files[0]))


def _published(path: str | Path) -> pl.DataFrame:
    source = Source.open(path)
    frame = source.flat()
    score = next((name for name in PUBLISHED if name in frame.columns), None)
    if score is None or not {"model", "file"} & set(frame.columns):
        raise MissingColumnError(
            f"{source.name}: no columns model and published_score "
            f"(columns: {listed(source.schema)})"
        )
    names = [frame.select(pl.col(c).alias("model"), score) for c in ("model", "file") if c in frame]
    both = pl.concat([part.with_row_index() for part in names]).unique(
        ["index", "model"], maintain_order=True
    )
    return both.select("model", published=score)
