"""The documents say what the program does: every console block is run and compared.

``THEODOLITE_UPDATE=1`` writes the real output into the documents instead.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import theodolite
from tests.conftest import ROOT
from theodolite.cli.main import app
from theodolite.loading import VOTE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def arena(tmp_path_factory) -> Path:
    """A folder with the files that ``make demo`` writes, where the documents' commands run."""
    sys.path.insert(0, str(ROOT / "examples"))
    from demo import write_all

    folder = tmp_path_factory.mktemp("arena")
    write_all(folder / "demo")
    return folder


@cache
def shown(command: str, folder: Path) -> str:
    """Run a command of ours once, however many blocks show parts of it."""
    return answer(command, folder, raw=True)


def answer(command: str, folder: Path, *, raw: bool = False) -> str:
    first, pipe, rest = command.partition(" | ")
    if pipe and not raw and first.startswith("theodolite ") and ";" not in first:
        whole = shown(first, folder)
        if not whole.startswith("error: "):  # which goes past the pipe
            (folder / "shown.txt").write_text(whole, encoding="utf-8")
            command = f"cat shown.txt | {rest}"
    scripts = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if raw:
        return done.stdout
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def rerun(block: str, folder: Path) -> str:
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{line}\n{answer(line[2:], folder)}\n" for line in commands)


def _documents() -> list[object]:
    return [
        pytest.param(
            path,
            id=str(path.relative_to(ROOT)),
            # The commands of all guides take minutes: they are among the slow tests.
            marks=[pytest.mark.slow] if path.parent.name == "guide" else [],
        )
        for path in DOCUMENTS
    ]


@pytest.mark.parametrize("path", _documents())
def test_console_blocks(path: Path, arena: Path) -> None:
    text = path.read_text(encoding="utf-8")
    fresh = BLOCK.sub(lambda match: f"```console\n{rerun(match[1], arena)}```", text)
    if os.environ.get("THEODOLITE_UPDATE"):
        path.write_text(fresh, encoding="utf-8")
    assert fresh == path.read_text(encoding="utf-8")
    assert "this is a defect" not in fresh


def test_every_command_has_a_heading() -> None:
    text = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## `theodolite ([a-z -]+?)(?: [A-Z\[].*)?`", text, re.MULTILINE)
    assert headings == [*names_of(app)]


def names_of(commands: typer.Typer, before: str = "") -> Iterator[str]:
    """Give the commands as they are typed, groups after single ones."""
    for command in commands.registered_commands:
        yield before + (command.name or command.callback.__name__)
    for group in commands.registered_groups:
        name = group.typer_instance.info.name
        yield from names_of(group.typer_instance, f"{before}{name} ")


def test_every_format_is_described() -> None:
    text = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE) == list(VOTE_FORMATS)


def test_every_public_name_is_described() -> None:
    text = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    for name in theodolite.__all__:
        assert f"`{name}" in text, name
