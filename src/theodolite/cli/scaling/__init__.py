"""``theodolite scaling``: laws fitted to training runs, one file a command."""

from __future__ import annotations

import typer

from theodolite.cli.groups import grouped
from theodolite.cli.scaling.backtest import backtest
from theodolite.cli.scaling.datasets import datasets
from theodolite.cli.scaling.downstream import downstream
from theodolite.cli.scaling.efficiency import efficiency
from theodolite.cli.scaling.explain import explain
from theodolite.cli.scaling.fit import fit
from theodolite.cli.scaling.floor import floor
from theodolite.cli.scaling.isoflop import isoflop
from theodolite.cli.scaling.observational import observational
from theodolite.cli.scaling.plan import plan
from theodolite.cli.scaling.saturation import saturation
from theodolite.cli.scaling.trend import trend

__all__ = ["app"]

app = typer.Typer(
    name="scaling",
    help="Scaling laws: fitted to training runs, planned with, and put to the test.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(grouped(fit))
app.command()(grouped(isoflop))
app.command()(grouped(plan))
app.command()(grouped(backtest))
app.command()(grouped(explain))
app.command()(grouped(saturation))
app.command()(grouped(floor))
app.command()(grouped(trend))
app.command()(grouped(datasets))
app.command()(grouped(efficiency))
app.command()(grouped(observational))
app.command()(grouped(downstream))
