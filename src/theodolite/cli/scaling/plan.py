"""``theodolite scaling plan``: what to train with a budget, and what other choices cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import OptionalRuns
from theodolite.cli.scaling.counts import parse_count
from theodolite.cli.scaling.fit_options import FitChoice
from theodolite.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Plan, PublishedLaw, ScalingFit, Serving, Target

__all__ = ["PlanChoice", "plan"]

PLANNING = "What is planned"
DEFAULT_LAW = "besiroglu"


@dataclass(frozen=True)
class PlanChoice(Group):
    """A budget or a size, and what the model is for."""

    flops: Annotated[
        str | None,
        typer.Option(
            metavar="FLOPS",
            help="Training FLOPs to spend, such as 1e24.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    params: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Or the model's parameters, such as 8e9 or 8B: the budget is then the one at "
            "which they are compute-optimal.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    tokens: Annotated[
        str | None,
        typer.Option(
            metavar="D",
            help="With --params: tokens, such as 15T, whose gain over the optimum is predicted.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    inference_tokens: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="Tokens that the trained model will read and write, such as 1e13: also find the "
            "model that costs least over its life.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    price_train: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            help="Money for a FLOP of training, such as 1.4e-18; with --price-inference.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    price_inference: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            help="Money for a FLOP of inference.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    overtrain: Annotated[
        list[float] | None,
        typer.Option(
            metavar="K",
            help="Also price K times the optimum's tokens per parameter; repeatable.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None
    law_from: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Without runs: the published law that plans, such as hoffmann, besiroglu (the "
            "default) or muennighoff.",
            rich_help_panel=PLANNING,
            show_default=False,
        ),
    ] = None

    def target(self) -> Target:
        """Return the budget or the size."""
        from theodolite.scaling import Target

        given = {"--flops": self.flops, "--params": self.params, "--tokens": self.tokens}
        counts = [
            None if text is None else parse_count(text, option) for option, text in given.items()
        ]
        return Target(*counts)

    def serving(self) -> Serving | None:
        """Return what the model will do once it is trained, where that is said."""
        from theodolite.scaling import Serving

        if self.inference_tokens is None:
            if self.price_train is not None or self.price_inference is not None:
                raise UsageError(
                    "prices weigh inference against training: add --inference-tokens, the tokens "
                    "that the model will serve"
                )
            return None
        tokens = parse_count(self.inference_tokens, "--inference-tokens")
        return Serving(tokens, self.price_train, self.price_inference)


def plan(
    source: OptionalRuns,
    choice: PlanChoice,
    fitting: FitChoice,
    inference: Inference,
    output: Output,
) -> None:
    """Plan a model: its size and tokens, what it costs over its life, and what others would do.

    Without RUNS a published law plans.
    """
    from theodolite import scaling

    target, serving = choice.target(), choice.serving()
    law = _law(source, choice, fitting, inference)
    with working("Planning"):
        found = scaling.plan(law, target, serving=serving, overtrain=choice.overtrain or ())
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _law(
    source: OptionalRuns, choice: PlanChoice, fitting: FitChoice, inference: Inference
) -> ScalingFit | PublishedLaw:
    from theodolite import scaling

    if not source.paths:
        unused = source.changed("paths") + fitting.changed()
        if unused:
            raise UsageError(
                f"{', '.join(unused)}: for runs that are read and fitted; name the runs"
            )
        return scaling.published_law(choice.law_from or DEFAULT_LAW)
    if choice.law_from is not None:
        raise UsageError("--law-from plans with a published law: leave out the runs, or it")
    with working("Reading runs"):
        runs = source.load()
    with working(f"Fitting {len(runs):,} runs and {fitting.resamples:,} resamples"):
        return scaling.fit(
            runs,
            law=fitting.law.value,
            recipe=fitting.recipe(source.accounting),
            resampling=fitting.resampling(inference.seed),
            level=inference.level,
        )


def _known() -> pl.DataFrame:
    from theodolite.loading import load_models

    return load_models().frame


def _page(found: Plan) -> Page:
    from theodolite.reporting import plan_page

    return plan_page(found, _known())


def _chart(found: Plan) -> Chart:
    from theodolite import plotting

    return plotting.plane(found, _known())
