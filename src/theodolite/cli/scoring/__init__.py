"""``theodolite score``: benchmarks scored from what judges and models wrote, one file a command."""

from __future__ import annotations

import typer

from theodolite.cli.groups import grouped
from theodolite.cli.scoring.arena_hard import arena_hard
from theodolite.cli.scoring.eq_bench import eq_bench
from theodolite.cli.scoring.mt_bench import mt_bench
from theodolite.cli.scoring.needle import needle

__all__ = ["app"]

app = typer.Typer(
    name="score",
    help="Benchmarks scored from what judges and models wrote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("mt-bench")(grouped(mt_bench))
app.command("arena-hard")(grouped(arena_hard))
app.command("eq-bench")(grouped(eq_bench))
app.command("needle")(grouped(needle))
