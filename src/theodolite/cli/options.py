"""The options that commands share, in groups, and how their texts are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.tables import Votes

__all__ = ["Inference", "OnDuplicate", "Output", "VoteSource", "parse_anchor", "parse_features"]

READING = "Reading the votes"
FILTERS = "Choosing votes"
OUTPUT = "Output"


class OnDuplicate(StrEnum):
    """What to do with a vote id that stands twice."""

    ERROR = "error"
    KEEP_FIRST = "keep-first"


@dataclass(frozen=True)
class VoteSource(Group):
    """Where votes come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="VOTES...",
            help="Files of votes: CSV, JSON, JSONL or Parquet; local, hf:// or s3://.",
            show_default=False,
        ),
    ]
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="The format, where it cannot be told: votes, fastchat, arena-55k, arena-100k, "
            "arena-140k, alpaca-eval, arena-hard, mt-bench-pairs or crowd.",
            rich_help_panel=READING,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="The file's own column names, as in model_a=left,model_b=right,winner=choice.",
            rich_help_panel=READING,
        ),
    ] = None
    winner_values: Annotated[
        str | None,
        typer.Option(
            metavar="WINNER=LABEL,...",
            help="The file's own winners, as in model_a=left,model_b=right,tie=draw.",
            rich_help_panel=READING,
        ),
    ] = None
    detect_language: Annotated[
        bool,
        typer.Option(
            "--detect-language",
            help="Make the column language from the text of each prompt, in place of the file's "
            "own; needs the extra language.",
            rich_help_panel=READING,
        ),
    ] = False
    on_duplicate: Annotated[
        OnDuplicate,
        typer.Option(help="What to do with a vote id that stands twice.", rich_help_panel=READING),
    ] = OnDuplicate.ERROR
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the votes where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None
    dedup_prompts: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Keep at most N votes of one prompt.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None
    largest_component: Annotated[
        bool,
        typer.Option(
            "--largest-component",
            help="Where some models never met the rest, rate the largest group alone.",
            rich_help_panel=FILTERS,
        ),
    ] = False

    @property
    def filters(self) -> list[str]:
        """What every vote that is used must meet."""
        return self.where or []

    def load(
        self, *, need: frozenset[str] = frozenset(), also: frozenset[str] = frozenset()
    ) -> Votes:
        """Read, filter and count what the filters took.

        ``need`` names optional columns; ``also`` those that are read where the files have them.
        """
        from theodolite.loading import (
            VoteOptions,
            load_votes,
            parse_columns,
            parse_winner_values,
        )
        from theodolite.ratings import largest_component
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.filters]
        columns = frozenset(condition.column for condition in conditions)
        prompts = frozenset({"prompt_id"} if self.dedup_prompts else ())
        votes = load_votes(
            self.paths,
            VoteOptions(
                format=self.format,
                columns=parse_columns(self.columns) if self.columns else (),
                winner_values=parse_winner_values(self.winner_values) if self.winner_values else (),
                need=need | columns | prompts,
                also=also,
                detect_language=self.detect_language,
                on_duplicate=self.on_duplicate.value,
            ),
        )
        votes = select(votes, conditions)
        if self.dedup_prompts:
            votes = votes.at_most_per_prompt(self.dedup_prompts)
        return largest_component(votes) if self.largest_component else votes


@dataclass(frozen=True)
class Inference:
    """How sure, and which random numbers."""

    level: Annotated[float, typer.Option(help="Confidence level of every interval.")] = 0.95
    seed: Annotated[int, typer.Option(help="Of the random numbers behind intervals.")] = 0


@dataclass(frozen=True)
class Output:
    """Where the answer goes, and in which form."""

    json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object on standard output.", rich_help_panel=OUTPUT),
    ] = False
    chart: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw the chart: .png, .svg or .html.",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write one self-contained page.",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = None


def parse_anchor(text: str | None) -> tuple[str, float] | None:
    """Read ``MODEL=RATING``; the model's name may itself hold an equals sign.

    Examples
    --------
    >>> parse_anchor("mixtral-8x7b=1114")
    ('mixtral-8x7b', 1114.0)
    """
    if text is None:
        return None
    name, _, number = text.rpartition("=")
    try:
        rating = float(number)
    except ValueError:
        rating = math.nan
    if not name or not math.isfinite(rating):
        raise UsageError(f"--anchor {shorten(text)} is not MODEL=RATING, such as gpt-4=1250")
    return name, rating


def parse_features(text: str) -> tuple[str, ...]:
    """Read ``FEATURE,...``.

    Examples
    --------
    >>> parse_features("tokens, lists")
    ('tokens', 'lists')
    """
    features = tuple(part.strip() for part in text.split(","))
    if not all(features):
        raise UsageError(f"--style {shorten(text)} is not FEATURE,..., such as tokens,lists")
    return features
