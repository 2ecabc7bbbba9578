"""``theodolite score arena-hard``: how often each model's answers beat the baseline's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.judging_options import JudgeChoice
from theodolite.cli.options import Inference, Output, parse_features
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring import ArenaHard
    from theodolite.tables import Judgments

__all__ = ["ArenaHardOptions", "GameSource", "Place", "arena_hard"]

READING = "Reading the judgments"
FILTERS = "Choosing judgments"
MODELLING = "What counts beside the answers"


class Place(StrEnum):
    """Whom being shown first helps."""

    SHARED = "shared"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True)
class GameSource(Group):
    """Where games come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="JUDGMENTS...",
            help="Files of games: Arena-Hard's model_judgment, or item_id, model_a, model_b, "
            "judge, verdict.",
            show_default=False,
        ),
    ]
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The baseline, where the files do not name it.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    answers: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Arena-Hard's model_answer files, the baseline's among them, or a folder of "
            "them: how the answers were written, for --style; repeatable.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the games where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def load(self) -> Judgments:
        """Read, filter and count what the filters took."""
        from theodolite.loading import load_judgments, with_answers
        from theodolite.tables import Condition, select, with_baseline

        conditions = [Condition.parse(text) for text in self.where or []]
        judgments = with_baseline(load_judgments(self.paths, baseline=self.baseline), self.baseline)
        judgments = select(judgments, conditions)
        return with_answers(judgments, self.answers) if self.answers else judgments


@dataclass(frozen=True)
class ArenaHardOptions(Group):
    """What is held equal."""

    position: Annotated[
        Place,
        typer.Option(
            help="Whether being shown first helps all models alike, each its own way, or none.",
            rich_help_panel=MODELLING,
        ),
    ] = Place.SHARED
    style: Annotated[
        str | None,
        typer.Option(
            metavar="FEATURE,...",
            help="Hold these features of the answers equal: tokens, headers, lists, bold.",
            rich_help_panel=MODELLING,
            show_default=False,
        ),
    ] = None


def arena_hard(
    source: GameSource,
    judge: JudgeChoice,
    options: ArenaHardOptions,
    inference: Inference,
    output: Output,
) -> None:
    """Show how often each model beats the baseline, by a judge that saw both orders."""
    from theodolite.scoring import score_arena_hard

    style = parse_features(options.style) if options.style else ()
    if source.answers and not style:
        raise UsageError("--answers brings style counts, which only --style uses")
    with working("Reading judgments"):
        judgments = judge.of(source.load(), ("model_a", "model_b"))
    with working(f"Fitting {len(judgments):,} games"):
        found = score_arena_hard(
            judgments,
            position=options.position.value,
            style=style,
            level=inference.level,
            seed=inference.seed,
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _page(found: ArenaHard) -> Page:
    from theodolite.reporting import arena_hard_page

    return arena_hard_page(found)


def _chart(found: ArenaHard) -> Chart:
    from theodolite import plotting

    return plotting.arena_hard_scores(found)
