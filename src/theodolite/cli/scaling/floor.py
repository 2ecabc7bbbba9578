"""``theodolite scaling floor``: whether observed losses lie below the loss no training removes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.run_options import OptionalRuns, RunSource
from theodolite.cli.scaling.fit_options import FITTING, LawChoice, ObjectiveChoice, Residuals
from theodolite.errors import InputError, UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scaling import Comparison, Floor, Forms, PublishedLaw
    from theodolite.tables import Runs

__all__ = ["Comparing", "FloorFit", "FloorRuns", "SeenRuns", "floor"]

OBSERVED = "The observed losses"
COMPARING = "Comparing"


@dataclass(frozen=True)
class FloorRuns(OptionalRuns):
    """Runs that a published law may stand in for."""

    law_of: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="In place of RUNS, the E of a published law: hoffmann, besiroglu, muennighoff, "
            "gadre-c4, gadre-redpajama, gadre-refinedweb.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class SeenRuns(Group):
    """Where the observed losses come from: numbers, a file, or a part of RUNS."""

    loss_value: Annotated[
        list[float] | None,
        typer.Option(
            metavar="LOSS",
            help="An observed loss in nats a token; repeatable.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Those of RUNS where it holds are observed, the others fitted, as flops=1e21..; "
            "all must hold where it is repeated.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    observed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A file of observed runs; repeatable. Read as RUNS are, but for the options "
            "below; the filters of RUNS do not touch it.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    observed_where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the observed runs where it holds; repeatable.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    observed_loss: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Their column of the loss, where it is not called as that of RUNS.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    observed_columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="Their own column names, where they are not those of RUNS.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None
    observed_error: Annotated[
        str | None,
        typer.Option(
            metavar="ERROR",
            help="Their standard error: a number, a column, or the columns LOW..HIGH of a 95% "
            "interval. The scatter of RUNS about their law where left out.",
            rich_help_panel=OBSERVED,
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse several sources, none, or options of one that is not there."""
        given = [
            name
            for name, value in (
                ("--loss-value", self.loss_value),
                ("--hold-out", self.hold_out),
                ("--observed", self.observed),
            )
            if value
        ]
        if len(given) != 1:
            raise UsageError(
                f"{' and '.join(given)}: one source of observed losses is wanted"
                if given
                else "no observed losses: --loss-value LOSS, --observed FILE or --hold-out "
                "COLUMN=VALUE"
            )
        unused = self.changed("loss_value", "hold_out", "observed", "observed_error")
        if unused and not self.observed:
            raise UsageError(f"{', '.join(unused)}: for observed runs that are read (--observed)")


@dataclass(frozen=True)
class Comparing(Group):
    """What is known of the evaluation on both sides."""

    same_evaluation: Annotated[
        bool,
        typer.Option(
            "--same-evaluation",
            help="All losses were measured on one text with one tokenizer (or with bytes per "
            "token given), although the files do not say so.",
            rich_help_panel=COMPARING,
        ),
    ] = False
    bytes_per_token: Annotated[
        float | None,
        typer.Option(
            metavar="BYTES",
            help="Bytes of the evaluated text a token, of RUNS or the published law: losses are "
            "then compared in bits a byte.",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None
    observed_bytes_per_token: Annotated[
        float | None,
        typer.Option(
            metavar="BYTES",
            help="The same of the observed losses.",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class _Forms(Group):
    """Which forms the verdict rests on."""

    law: Annotated[
        LawChoice | None,
        typer.Option(
            help="Rest the verdict on this law and objective alone. Without it, on every law, "
            "objective and choice of outliers that the runs do not speak against.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None
    objective: Annotated[
        ObjectiveChoice,
        typer.Option(help="What is minimised first.", rich_help_panel=FITTING),
    ] = ObjectiveChoice.HUBER
    outliers: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            min=0,
            help="Some forms leave the K highest losses out; 2% of the runs where left out.",
            rich_help_panel=FITTING,
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class FloorFit(Residuals, _Forms):
    """How the floor is fitted."""

    def forms(self) -> Forms:
        """Return the forms."""
        from theodolite.scaling import Forms

        return Forms(self.law.value if self.law else None, self.outliers)


def floor(
    source: FloorRuns,
    seen: SeenRuns,
    comparing: Comparing,
    fitting: FloorFit,
    inference: Inference,
    output: Output,
) -> None:
    """Say whether losses lie below the irreducible loss of a scaling law, given its interval.

    The law is that of RUNS, or without them a published one (--law-of).
    """
    from theodolite import scaling

    seen.check()
    if source.law_of is not None:
        unused = source.changed("paths", "law_of", "format", "loss", "columns", "units",
                                "accounting") + fitting.changed()  # fmt: skip
        if unused:
            raise UsageError(f"{', '.join(unused)}: for runs that are fitted, not for --law-of")
    reference, observed, comparison = _sides(source, seen, comparing)
    with working("Fitting the floor by every form"):
        found = scaling.floor(
            reference,
            observed,
            forms=fitting.forms(),
            recipe=fitting.recipe_by(fitting.objective, source.accounting),
            resampling=fitting.resampling(inference.seed),
            level=inference.level,
            comparison=comparison,
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _sides(
    source: FloorRuns, seen: SeenRuns, comparing: Comparing
) -> tuple[Runs | PublishedLaw, Runs | list[float], Comparison]:
    """Read the reference and the observed losses."""
    from theodolite.scaling import Comparison

    reference, held = _reference(source, seen)
    observed: Runs | list[float] = seen.loss_value or []
    if held is not None:
        observed = held
    elif seen.observed:
        with working("Reading the observed runs"):
            observed = _observed(source, seen).load()
    comparison = Comparison(
        same_evaluation=comparing.same_evaluation,
        one_table=held is not None,
        bytes_per_token=comparing.bytes_per_token,
        observed_bytes_per_token=comparing.observed_bytes_per_token,
        error=None if seen.observed_error is None else _error(seen.observed_error, observed),
    )
    return reference, observed, comparison


def _reference(source: FloorRuns, seen: SeenRuns) -> tuple[Runs | PublishedLaw, Runs | None]:
    """Return the reference, and those of its runs that are held out."""
    import polars as pl

    from theodolite import scaling
    from theodolite.scaling.holdout import folds_of

    if bool(source.paths) == (source.law_of is not None):
        raise UsageError("name the runs to fit the floor to, or a published law (--law-of NAME)")
    if source.law_of is not None:
        if seen.hold_out:
            raise UsageError("--hold-out takes runs from RUNS, and a published law has none")
        return scaling.published_law(source.law_of), None
    with working("Reading runs"):
        runs = source.load()
    if not seen.hold_out:
        return runs, None
    if any("=" not in text for text in seen.hold_out):
        raise UsageError("--hold-out wants COLUMN=VALUE or COLUMN=LOW..HIGH, as flops=1e21..")
    flops = scaling.account(runs, source.accounting.value).flops
    (fold,) = folds_of(runs, flops, seen.hold_out)
    held = pl.Series(fold.held)
    kept = runs.keep(~held, f"observed: {fold.name}")
    return kept, runs.keep(held, f"fitted: not {fold.name}")


def _observed(source: FloorRuns, seen: SeenRuns) -> RunSource:
    """Return how the observed runs are read: as RUNS, but for options of their own."""
    return replace(
        source,
        paths=seen.observed or [],
        where=seen.observed_where,
        loss=seen.observed_loss or source.loss,
        columns=seen.observed_columns or source.columns,
    )


def _error(text: str, observed: Runs | list[float]) -> float | list[float]:
    """Read the standard errors of the observed losses."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    if isinstance(observed, list):
        raise UsageError(f"--observed-error {shorten(text)} is no number, and bare losses have "
                         "no columns")  # fmt: skip
    low, dots, high = text.partition("..")
    if not dots:
        return _column(observed, text)
    loss = observed.frame["loss"].to_list()
    ends = list(zip(loss, _column(observed, low), _column(observed, high), strict=True))
    for row, (middle, under, over) in enumerate(ends, 1):
        if not under <= middle <= over:
            raise InputError(
                f"--observed-error {low}..{high}: in run {row} the loss {middle:g} is not between "
                f"{under:g} and {over:g}"
            )
    return [(over - under) / (2.0 * 1.959964) for _, under, over in ends]


def _column(runs: Runs, name: str) -> list[float]:
    import polars as pl

    from theodolite.errors import MissingColumnError
    from theodolite.tables.checks import Kind, only_given, to_kind

    if name not in runs.frame.columns:
        have = ", ".join(c for c in runs.frame.columns if not c.startswith("_"))
        raise MissingColumnError(
            f"the observed runs have no column {shorten(name)}, which --observed-error names "
            f"(columns: {shorten(have)})"
        )
    only_given(runs.frame, name, "--observed-error")
    numbers = to_kind(runs.frame[name], Kind.REAL)
    if numbers is None or numbers.null_count():
        raise InputError(f"--observed-error: the column {shorten(name)} does not hold numbers")
    return numbers.cast(pl.Float64).to_list()


def _page(found: Floor) -> Page:
    from theodolite.reporting import floor_page

    return floor_page(found)


def _chart(found: Floor) -> Chart:
    from theodolite import plotting

    return plotting.floor_chart(found)
