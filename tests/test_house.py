"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import theodolite
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = sorted((ROOT / "src").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 7
HEAVY = ("numpy", "scipy", "polars", "altair", "vl_convert", "jinja2")


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def lines_of_code(function: ast.FunctionDef) -> int:
    """Lines of the body; a docstring and a long signature are no complexity."""
    body = function.body
    has_text = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    start = body[1].lineno if has_text and len(body) > 1 else body[0].lineno
    return (function.end_lineno or start) - start + 1


def parameters_of(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    for function in functions(path):
        assert lines_of_code(function) <= MOST_FUNCTION_LINES, function.name
        assert len(parameters_of(function)) <= MOST_PARAMETERS, function.name


def loaded_by(code: str) -> set[str]:
    """Which heavy packages a fresh interpreter has loaded after running ``code``."""
    script = f"import sys\n{code}\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


def test_the_package_and_its_help_load_nothing_heavy() -> None:
    assert loaded_by("import theodolite") == set()
    assert loaded_by("from theodolite.cli.main import main; main(['rank', '--help'])") == set()


def test_a_json_board_draws_nothing(tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    rows = ["x,y,model_a", "y,x,model_a", "x,y,model_a"]
    votes.write_text("model_a,model_b,winner\n" + "\n".join(rows) + "\n")
    call = f"assert main(['rank', {str(votes)!r}, '--json']) == 0"
    loaded = loaded_by(f"from theodolite.cli.main import main; {call}")
    assert loaded & {"altair", "vl_convert", "jinja2"} == set()


def test_the_front_door_is_what_all_says() -> None:
    assert dir(theodolite) == sorted(theodolite.__all__)
    for name in theodolite.__all__:
        assert getattr(theodolite, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        theodolite.nothing  # noqa: B018


def test_no_module_hides_what_its_package_exports() -> None:
    """A module that is imported late takes the name of a function that its package exports."""
    names = [module.name for module in pkgutil.walk_packages(theodolite.__path__, "theodolite.")]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    hidden = [
        f"{module.__name__}.{name}"
        for module in modules
        for name in getattr(module, "__all__", ())
        if isinstance(getattr(module, name), ModuleType)
    ]
    assert hidden == []
