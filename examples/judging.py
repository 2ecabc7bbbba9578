"""Everything that made-up judges said of made-up models, one writer a form; nothing is real.

``write_judging(FOLDER)`` writes ``annotations.csv`` (answers against a baseline), ``arena-hard``
and ``mt-bench`` (games and grades), answers to EQ-Bench and cells of a needle test, and what
several judges and people said of the same answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotations import write_annotations
from arena_hard import write_arena_hard
from eq_needle import write_eq_needle
from judges import write_judges
from mt_bench import write_mt_bench

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_judging"]


def write_judging(folder: Path) -> None:
    """Write the files of every form."""
    write_annotations(folder)
    write_arena_hard(folder / "arena-hard")
    write_mt_bench(folder / "mt-bench")
    write_eq_needle(folder)
    write_judges(folder)
