"""The command line: ``main(argv)`` parses, calls, renders, and returns the exit code."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import typer
from typer.exceptions import Abort, Exit, TyperException

from theodolite import __version__
from theodolite.cli.agree import agree
from theodolite.cli.audit import audit
from theodolite.cli.board import board
from theodolite.cli.facts import facts
from theodolite.cli.groups import grouped
from theodolite.cli.hard import hard
from theodolite.cli.judges import judges
from theodolite.cli.rank import rank
from theodolite.cli.scaling import app as scaling
from theodolite.cli.scoring import app as score
from theodolite.cli.settle import settle
from theodolite.cli.shift import shift
from theodolite.cli.survey import survey
from theodolite.cli.winrate import winrate
from theodolite.errors import TheodoliteError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main", "run"]

DEBUG = "THEODOLITE_DEBUG"
WRONG_USAGE = 2
CANNOT_ANSWER = 3
BROKEN = 70
INTERRUPTED = 130

app = typer.Typer(
    name="theodolite",
    help="How good language models really are, and how far each ranking can be trusted.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(grouped(rank))
app.command()(grouped(shift))
app.command()(grouped(settle))
app.command()(grouped(survey))
app.command()(grouped(board))
app.command()(grouped(audit))
app.command()(grouped(winrate))
app.add_typer(score)
app.command()(grouped(agree))
app.command()(grouped(judges))
app.command()(grouped(hard))
app.add_typer(scaling)
app.command()(grouped(facts))


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"theodolite {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and stop.",
    ),
) -> None:
    """Typer needs a place for options that stand before the command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 is an answer; 2 is wrong usage or bad input; 3 is data that cannot answer. A defect of
    Theodolite itself is 70; set ``THEODOLITE_DEBUG`` to see its traceback.
    """
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except TheodoliteError as error:
        code, message = error.exit_code, str(error) + _missing_options(error, argv)
    except TyperException as error:
        code = WRONG_USAGE
        if not error.format_message():  # the help has been shown
            return code
        message = f"{error.format_message()}\nSee theodolite --help, or theodolite COMMAND --help."
    except (Abort, KeyboardInterrupt):
        code, message = INTERRUPTED, "interrupted"
    except MemoryError:
        code, message = CANNOT_ANSWER, "out of memory: use fewer votes or models (--where)"
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        what = f"{type(error).__name__}: {error}"
        code, message = BROKEN, f"this is a defect of theodolite, please report it ({what})"
    sys.stderr.write(f"error: {message}\n")
    return code


def _missing_options(error: TheodoliteError, argv: Sequence[str] | None) -> str:
    """Say which options of a hint the command does not have: readers serve several commands."""
    hint = getattr(error, "hint", None) or ""
    command = typer.main.get_command(app)
    words: list[str] = []
    for word in sys.argv[1:] if argv is None else argv:
        if not isinstance(command, typer.core.TyperGroup) or word not in command.commands:
            break
        command, words = command.commands[word], [*words, word]
    own = {option for parameter in command.params for option in parameter.opts}
    missing = sorted(set(re.findall(r"--[a-z][a-z-]*", hint)) - own)
    if not words or not missing:
        return ""
    return f"\n{' '.join(words)} has no {' and no '.join(missing)}: change the file itself."


def _run(arguments: list[str]) -> int:
    try:
        command = typer.main.get_command(app)
        code = command.main(arguments, prog_name="theodolite", standalone_mode=False)
    except Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        # The reader has seen enough (`| head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def run() -> None:
    """Run the console script: exit with what :func:`main` returns."""
    sys.exit(main())
