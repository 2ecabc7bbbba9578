"""How a law is fitted: the options that the commands of ``scaling`` share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group

if TYPE_CHECKING:
    from theodolite.cli.run_options import Accounting
    from theodolite.scaling import Recipe, Resampling

__all__ = ["FITTING", "FitChoice", "LawChoice", "ObjectiveChoice", "Residuals"]

FITTING = "Fitting"


class LawChoice(StrEnum):
    """The laws of :mod:`theodolite.scaling`."""

    CHINCHILLA = "chinchilla"
    OVER_TRAINING = "over-training"
    DATA_CONSTRAINED = "data-constrained"
    COMPUTE = "compute"
    NO_FLOOR = "no-floor"


class ObjectiveChoice(StrEnum):
    """What is minimised."""

    HUBER = "huber"
    LEAST_SQUARES = "least-squares"
    LEAST_ABSOLUTE = "least-absolute"


class ResidualScale(StrEnum):
    """What residuals are of."""

    LOG = "log"
    LOSS = "loss"


@dataclass(frozen=True)
class Residuals(Group):
    """What residuals are of, and how they count."""

    delta: Annotated[
        float,
        typer.Option(
            help="Where Huber's function turns from squares to absolute values.",
            rich_help_panel=FITTING,
        ),
    ] = 1e-3
    residuals: Annotated[
        ResidualScale,
        typer.Option(help="Residuals of log losses, or of losses.", rich_help_panel=FITTING),
    ] = ResidualScale.LOG
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of a fit.", rich_help_panel=FITTING)
    ] = 4000
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Draw runs that share this column's value together: family, say, or budget for "
            "runs of about the same FLOPs.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None

    def recipe_by(self, objective: ObjectiveChoice, accounting: Accounting) -> Recipe:
        """Return how a law is fitted by one objective."""
        from theodolite.scaling import Recipe

        return Recipe(
            objective=objective.value,
            delta=self.delta,
            scale=self.residuals.value,
            accounting=accounting.value,
        )

    def resampling(self, seed: int) -> Resampling:
        """Return how its intervals are drawn."""
        from theodolite.scaling import Resampling

        return Resampling(n=self.resamples, cluster=self.cluster, seed=seed)


@dataclass(frozen=True)
class _Law(Group):
    """One law by one objective."""

    law: Annotated[
        LawChoice,
        typer.Option(
            help="Which law: E + A/N^alpha + B/D^beta; one exponent for both; repeated tokens "
            "worth less (column unique_tokens); E + K/C^gamma; no E.",
            rich_help_panel=FITTING,
        ),
    ] = LawChoice.CHINCHILLA
    objective: Annotated[
        ObjectiveChoice, typer.Option(help="What is minimised.", rich_help_panel=FITTING)
    ] = ObjectiveChoice.HUBER


@dataclass(frozen=True)
class FitChoice(Residuals, _Law):
    """Law, objective and resamples."""

    def recipe(self, accounting: Accounting) -> Recipe:
        """Return how the law is fitted."""
        return self.recipe_by(self.objective, accounting)
