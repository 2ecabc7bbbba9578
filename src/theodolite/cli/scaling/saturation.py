"""``theodolite scaling saturation``: whether more text still helps a model of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import OptionalRuns
from theodolite.cli.scaling.counts import parse_count
from theodolite.cli.scaling.fit_options import FITTING, FitChoice
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Saturation, ScoreSaturation
    from theodolite.tables import Models

__all__ = ["ScoreChoice", "SizeChoice", "saturation"]

SIZES = "Sizes"
SCORES = "Scores of published models"
# The essay's question.
PAIR = ("Llama-3-8B", "Llama-2-7B")


@dataclass(frozen=True)
class _Fitting(FitChoice):
    """The law, with fewer resamples: they are drawn for two laws and each size's own curves."""

    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of each fit.", rich_help_panel=FITTING)
    ] = 1000


@dataclass(frozen=True)
class SizeChoice(Group):
    """Which runs are of one size, and how many would decide."""

    same_size: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Runs whose parameters differ by no more than this are of one size.",
            rich_help_panel=SIZES,
        ),
    ] = 0.01
    new_runs: Annotated[
        int,
        typer.Option(
            metavar="K",
            help="How many new runs at one size should tell hypotheses apart.",
            rich_help_panel=SIZES,
        ),
    ] = 1


@dataclass(frozen=True)
class ScoreChoice(Group):
    """Which models and benchmarks."""

    models: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Your own facts about models, before the shipped ones; repeatable.",
            rich_help_panel=SCORES,
            show_default=False,
        ),
    ] = None
    params: Annotated[
        str,
        typer.Option(
            metavar="LOW..HIGH",
            help="Base models of so many parameters, as 6B..9B.",
            rich_help_panel=SCORES,
        ),
    ] = "6e9..9e9"
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A benchmark; repeatable. All that enough of the models were measured on by "
            "default.",
            rich_help_panel=SCORES,
            show_default=False,
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="With --against: how much better is this model, and do its tokens explain it? "
            f"{PAIR[0]} against {PAIR[1]} by default.",
            rich_help_panel=SCORES,
            show_default=False,
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The model that it is compared with.",
            rich_help_panel=SCORES,
            show_default=False,
        ),
    ] = None

    def band(self) -> tuple[float, float]:
        """Read ``LOW..HIGH``."""
        low, dots, high = self.params.partition("..")
        if not (dots and low and high):
            raise UsageError(f"--params {shorten(self.params)} is not LOW..HIGH, such as 6B..9B")
        return parse_count(low, "--params"), parse_count(high, "--params")

    def pair(self, known: Models) -> tuple[str, str] | None:
        """Return the two models to compare: those named, or those of the essay."""
        if (self.model is None) != (self.against is None):
            raise UsageError("two models are compared: give --model and --against")
        if self.model is not None and self.against is not None:
            return self.model, self.against
        return PAIR if set(PAIR) <= set(known.models) else None


def saturation(
    source: OptionalRuns,
    fitting: _Fitting,
    sizes: SizeChoice,
    scores: ScoreChoice,
    inference: Inference,
    output: Output,
) -> None:
    """Test whether models of one size still gain from more tokens, in loss or in scores.

    Without RUNS the scores of published models are asked.
    """
    losses, table = None, None
    if source.paths:
        losses = _losses(source, fitting, sizes, inference)
    elif given := [*source.changed(), *fitting.changed(), *sizes.changed()]:
        raise UsageError(f"{given[0]} is for training runs, and none were given: name their files")
    if not source.paths or scores.changed():
        table = _scores(scores, inference)
    data: dict[str, Any] = {} if table is None else table.to_dict()
    if losses is not None:
        own = losses.to_dict()
        if table is not None:
            own |= {"scores": data["scores"], "scores_verdict": data["verdict"]}
            own |= {"scores_verdict_words": data["verdict_words"]}
            own |= {"scores_decides": data["decides"], "scores_removed": data["removed"]}
        data = {**data, **own}
    data = {"sizes": [], "comparison": [], "scores": [], **data}
    page, chart = partial(_page, losses, table), partial(_chart, losses, table)
    render(Outcome(data, page=page, chart=chart), output)


def _losses(
    source: OptionalRuns, fitting: _Fitting, sizes: SizeChoice, inference: Inference
) -> Saturation:
    from theodolite import scaling

    with working("Reading runs"):
        runs = source.load()
    with working(f"Fitting the law to {len(runs):,} runs and parts of them"):
        return scaling.saturation(
            runs,
            law=fitting.law.value,
            recipe=fitting.recipe(source.accounting),
            resampling=fitting.resampling(inference.seed),
            level=inference.level,
            same_size=sizes.same_size,
            new_runs=sizes.new_runs,
        )


def _scores(choice: ScoreChoice, inference: Inference) -> ScoreSaturation:
    from theodolite import scaling
    from theodolite.loading import load_models

    band = choice.band()
    with working("Reading facts about models"):
        known = load_models(choice.models)
    return scaling.score_saturation(
        known,
        params=band,
        benchmarks=choice.benchmark,
        pair=choice.pair(known),
        level=inference.level,
    )


def _page(losses: Saturation | None, scores: ScoreSaturation | None) -> Page:
    from theodolite.reporting import saturation_page

    return saturation_page(losses, scores)


def _chart(losses: Saturation | None, scores: ScoreSaturation | None) -> Chart:
    from theodolite import plotting

    return plotting.saturated(losses, scores)
