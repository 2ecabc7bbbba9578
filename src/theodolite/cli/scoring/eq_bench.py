"""``theodolite score eq-bench``: emotional intelligence from raw answers, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.eq_bench import EqBench
    from theodolite.tables import Passes

__all__ = ["eq_bench"]

READING = "Reading the answers"
FILTERS = "Choosing answers"
SCORE_FILES = (".csv", ".jsonl", ".parquet")


class Rule(StrEnum):
    """How an answer is scored."""

    V2 = "v2"
    V1 = "v1"


@dataclass(frozen=True)
class EqSource(Group):
    """Where answers come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...",
            help="Result files of EQ-Bench (JSON), or tables of item scores (CSV, JSONL, Parquet).",
            show_default=False,
        ),
    ]
    questions: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The questions with their reference answers; result files need them.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    published: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Published scores (model, published_score) to compare with, in place of those in "
            "the files.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the questions where it holds (model, iteration, item_id); repeatable. Also "
            "COLUMN!=VALUE and COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def load(self, rule: Rule) -> Passes:
        """Read, score every question, filter and count what the filters took."""
        from theodolite.loading import load_eq_bench
        from theodolite.scoring.eq_bench import score_items
        from theodolite.tables import Condition, Emotions, select

        conditions = [Condition.parse(text) for text in self.where or []]
        read = load_eq_bench(self.paths, questions=self.questions, published=self.published)
        passes = score_items(read, version=rule.value) if isinstance(read, Emotions) else read
        return select(passes, conditions)


@dataclass(frozen=True)
class EqOptions(Group):
    """How answers are scored, and where the scores go."""

    version: Annotated[
        Rule,
        typer.Option(help="Of the rule: v2 takes answers as they are, v1 makes them add up to 10."),
    ] = Rule.V2
    scores: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the score of every question (.csv, .jsonl or .parquet), as board takes it.",
            show_default=False,
        ),
    ] = None


def eq_bench(source: EqSource, options: EqOptions, inference: Inference, output: Output) -> None:
    """Score models on EQ-Bench from their answers, and say who is really better."""
    from theodolite.scoring.eq_bench import eq_bench as score

    if options.scores is not None and options.scores.suffix.lower() not in SCORE_FILES:
        raise UsageError(f"--scores {options.scores} does not end in {', '.join(SCORE_FILES)}")
    with working("Reading answers"):
        passes = source.load(options.version)
    with working(f"Scoring {len(passes.models)} models"):
        found = score(
            passes, version=options.version.value, level=inference.level, seed=inference.seed
        )
    if options.scores is not None:
        _write(found, options.scores)
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _write(found: EqBench, path: Path) -> None:
    import polars as pl

    frame = found.to_scores().frame.select("model", "benchmark", "item_id", "epoch", "score")
    frame = frame.with_columns(pl.col("model").cast(pl.String))
    try:
        if path.suffix.lower() == ".csv":
            frame.write_csv(path)
        elif path.suffix.lower() == ".jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_parquet(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _page(found: EqBench) -> Page:
    from theodolite.reporting import eq_bench_page

    return eq_bench_page(found)


def _chart(found: EqBench) -> Chart:
    from theodolite import plotting

    return plotting.eq_scores(found)
