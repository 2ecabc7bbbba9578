"""``theodolite scaling observational``: capabilities of models, and what they foretell."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.model_options import ModelSource
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Observational, ObservationalSettings
    from theodolite.tables import Models

__all__ = ["CapabilityChoice", "TargetChoice", "observational"]

TARGETS = "What is predicted"
CAPABILITIES = "Capabilities"
# Of the shipped facts, the measurements that were made by one protocol.
ONE_PROTOCOL = "setting=Open LLM Leaderboard v1 / EvalPlus"


class ImputeChoice(StrEnum):
    """What becomes of missing scores."""

    EM = "em"
    PCA1 = "pca1"
    COMPLETE = "complete"


@dataclass(frozen=True)
class TargetChoice(Group):
    """What is predicted, and for which models."""

    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A benchmark to predict, by its whole name (commas belong to it); repeatable. "
            "Each benchmark in turn, from the others, where left out.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Fit without the models where it holds, and predict them: flops=8.5e22.., "
            "released=2024-01-01.., family=NAME, model=NAME; all must hold where it is repeated. "
            "Each family is predicted without itself where left out.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None
    predict: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Models that are only predicted, in any of the formats of FILES; repeatable. "
            "Nothing is fitted to them.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None
    out_of: Annotated[
        float | None,
        typer.Option(
            metavar="POINTS",
            help="Targets that are no shares are points out of so many.",
            rich_help_panel=TARGETS,
            show_default=False,
        ),
    ] = None

    def new(self) -> Models | None:
        """Read the models that are only predicted."""
        from theodolite.loading import load_models

        return load_models(self.predict, only=True) if self.predict else None


@dataclass(frozen=True)
class CapabilityChoice(Group):
    """What capabilities are made of."""

    benchmarks: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Benchmarks behind the capabilities; a name with a comma in double quotes. "
            "Those of MMLU, ARC-C, HellaSwag, Winogrande, TruthfulQA, GSM8K, XWinograd and "
            "HumanEval that five models have, where left out.",
            rich_help_panel=CAPABILITIES,
            show_default=False,
        ),
    ] = None
    components: Annotated[
        int, typer.Option(help="Principal capabilities.", rich_help_panel=CAPABILITIES)
    ] = 3
    impute: Annotated[
        ImputeChoice,
        typer.Option(
            help="Missing benchmark scores: by maximum likelihood, filled from one component, or "
            "axes from complete models only.",
            rich_help_panel=CAPABILITIES,
        ),
    ] = ImputeChoice.EM
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="base or instruct; repeatable. Base models where left out.",
            rich_help_panel=CAPABILITIES,
            show_default=False,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Fit to the measurements where it holds, of a measurement (setting, source) or "
            "its model (family, params, released); repeatable. Files of --predict are not "
            "filtered.",
            rich_help_panel=CAPABILITIES,
            show_default=False,
        ),
    ] = None
    resamples: Annotated[
        int,
        typer.Option(help="Weightings of the families drawn.", rich_help_panel=CAPABILITIES),
    ] = 400

    def names(self) -> list[str] | None:
        """Read the names of benchmarks, of which some may hold commas."""
        if self.benchmarks is None:
            return None
        try:
            row = next(csv.reader([self.benchmarks], skipinitialspace=True, strict=True))
        except (csv.Error, StopIteration) as error:
            raise UsageError(f"--benchmarks {shorten(self.benchmarks)} is not A,B,...") from error
        names = [name.strip() for name in row]
        if not all(names):
            raise UsageError(f"--benchmarks {shorten(self.benchmarks)} is not A,B,...")
        return names

    def setup(self, *, shipped: bool, out_of: float | None, seed: int) -> ObservationalSettings:
        """Return how the law is fitted; of the shipped facts by one protocol, unless told."""
        from theodolite.scaling import ObservationalSettings

        filters = self.where or ([ONE_PROTOCOL] if shipped else [])
        return ObservationalSettings(
            components=self.components,
            impute=self.impute.value,
            kinds=tuple(self.kind or ("base",)),
            conditions=tuple(filters),
            out_of=out_of,
            draws=self.resamples,
            seed=seed,
        )


def observational(
    source: ModelSource,
    targets: TargetChoice,
    capability: CapabilityChoice,
    inference: Inference,
    output: Output,
) -> None:
    """Estimate the few capabilities behind many benchmarks, and predict targets from them."""
    from theodolite import scaling

    with working("Reading models"):
        models, new = source.load(), targets.new()
    with working(f"Fitting capabilities of {len(models):,} models"):
        found = scaling.observational(
            models,
            targets.target,
            benchmarks=capability.names(),
            hold_out=targets.hold_out or (),
            new=new,
            setup=capability.setup(
                shipped=not source.paths, out_of=targets.out_of, seed=inference.seed
            ),
            level=inference.level,
        )
    render(
        Outcome(found.to_dict(), page=partial(_page, found), chart=partial(_chart, found)), output
    )


def _page(found: Observational) -> Page:
    from theodolite.reporting import observational_page

    return observational_page(found)


def _chart(found: Observational) -> Chart:
    from theodolite import plotting

    return plotting.observed(found)
