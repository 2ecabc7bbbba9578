"""``theodolite score``: benchmarks that a judge scores, one file a command."""

from __future__ import annotations

import typer

from theodolite.cli.groups import grouped
from theodolite.cli.scoring.arena_hard import arena_hard

__all__ = ["app"]

app = typer.Typer(
    name="score",
    help="Benchmarks scored from what judges and models wrote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("arena-hard")(grouped(arena_hard))
