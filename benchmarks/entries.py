"""What is timed: the tools, the boards and the command line of each entry."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data import Arena, make
from environments import python_of
from measure import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping

THEODOLITE = str(Path(sys.executable).parent / "theodolite")
OURS = "theodolite"
STYLED = "arena-rank-style"
# The one place where our bootstrap's command line stands.
OURS_BOOTSTRAP = ("--interval", "bootstrap", "--n-resamples")
OURS_STYLE = ("--style", "tokens,headers,lists,bold")
FEW, MANY = 100, 1000
QUICK_FEW, QUICK_MANY = 10, 100


@dataclass(frozen=True)
class Tool:
    """One competitor.

    Attributes
    ----------
    label
        What the tables call it.
    peer
        The environment it runs in; empty for ours.
    script
        Its script in ``peers/``.
    gives
        The intervals that its time includes; empty where there are none.
    lacks
        What its time does not include, and what to know about it.
    """

    label: str
    peer: str = ""
    script: str = ""
    gives: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a table: a tool on a board; ``once`` where more than one run takes too long."""

    section: str
    tool: str
    arena: Arena | None = None
    options: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    once: bool = False

    @property
    def key(self) -> str:
        """How ``--only`` names it."""
        return f"{self.section}/{self.tool}"

    def file(self, folder: Path) -> Path | None:
        """Write what it reads, unless that is there; a program reads nothing."""
        return make(self.arena, folder) if self.arena else None

    def command(self, build: Path, file: Path | None) -> list[str]:
        """Give the command line to time."""
        if file is None:
            return list(self.program)
        if self.tool == OURS:
            return [THEODOLITE, "rank", str(file), "--json", *self.options]
        tool = TOOLS[self.tool]
        script = HERE / "peers" / tool.script
        return [str(python_of(tool.peer, build)), str(script), str(file), *self.options]


TOOLS: Mapping[str, Tool] = {
    OURS: Tool(
        label="theodolite",
        gives="sandwich; simultaneous rank sets",
        lacks="Reads the vote ids too and proves that none stands twice; tests the fit; draws "
        "4,000 contrasts for the rank sets.",
    ),
    "arena-rank": Tool(
        label="arena-rank",
        peer="arena-rank",
        script="arena_rank_board.py",
        gives="sandwich",
        lacks="No ranks, no rank sets, no look at the ids; an unknown winner would be a tie. Much "
        "of a small board's time is JAX compiling.",
    ),
    "arena-rank-style": Tool(
        label="arena-rank, style",
        peer="arena-rank",
        script="arena_rank_style.py",
        gives="sandwich",
        lacks="The table of style. By default it weighs pairs by their inverse counts and shrinks "
        "coefficients: its ratings are another estimate. No coefficient's interval, no premium, "
        "no look at the counts or the ids.",
    ),
    "arenakit": Tool(
        label="arenakit",
        peer="arenakit",
        script="arenakit_board.py",
        gives="bootstrap; ranks one model at a time; max-t over neighbours",
        lacks="In the board tables 100 resamples, a twentieth of its default; its audit's other "
        "probes are left out. It checks each row as an object, but no ids. It reads no Parquet: "
        "PyArrow hands it rows. By default half a virtual vote a model pulls strengths to the "
        "middle.",
    ),
    "fastchat": Tool(
        label="FastChat's method",
        peer="fastchat",
        script="fastchat_board.py",
        gives="bootstrap",
        lacks="Written afresh from its description, not FastChat's code; in the board tables 100 "
        "resamples. No ranks, no check of labels or ids. The peak is that of its largest process; "
        "a further one runs on each core.",
    ),
    "evalica": Tool(
        label="evalica",
        peer="evalica",
        script="evalica_board.py",
        lacks="No interval in this time (its bootstrap is in the table of resamples); no ranks, no "
        "check. It stops after 100 sweeps without a word, converged or not. Its resamples are "
        "drawn 50 at a time: at once, 1,000 of 2 million votes would need 16 GB.",
    ),
    "choix-dense": Tool(
        label="choix, matrix",
        peer="choix",
        script="choix_dense_board.py",
        lacks="No interval, no ranks, no check. The matrix, counted by our script, lets a tie be "
        "half a win.",
    ),
    "choix": Tool(
        label="choix, list",
        peer="choix",
        script="choix_board.py",
        lacks="No interval, no ranks, no check. It knows no ties: each vote is written twice, a "
        "tie once in each direction, which doubles its list.",
    ),
}

START_LABELS = {
    "python": "`python -c pass`",
    "import": '`python -c "import theodolite"`',
    "help": "`theodolite --help`",
    "rank-help": "`theodolite rank --help`",
}


def boards(*, quick: bool) -> dict[str, Arena]:
    """Name the boards of each section."""
    if quick:
        big, small, wide = Arena(20_000, 100), Arena(10_000, 60), Arena(20_000, 300)
    else:
        big, small, wide = Arena(2_000_000, 100), Arena(100_000, 100), Arena(100_000, 1000)
    styled = replace(big, style=True)
    return {"board": big, "style": styled, "bootstrap": big, "wide": wide, "small": small}


def entries(*, quick: bool) -> list[Entry]:
    """All that is timed, in order; ours first, for the others are compared with it."""
    arenas = boards(quick=quick)
    few, many = (QUICK_FEW, QUICK_MANY) if quick else (FEW, MANY)
    found = []
    for section in ("board", "small", "wide"):
        for tool in (name for name in TOOLS if name != STYLED):
            resampled = tool in ("arenakit", "fastchat")
            options = (f"resamples={few}",) if resampled else ()
            found.append(Entry(section, tool, arenas[section], options))
    found.append(Entry("style", OURS, arenas["style"], OURS_STYLE))
    found.append(Entry("style", STYLED, arenas["style"]))
    found.append(Entry("bootstrap", OURS, arenas["bootstrap"], (*OURS_BOOTSTRAP, str(many))))
    for tool in ("fastchat", "arenakit", "evalica"):
        options = (f"resamples={many}",)
        found.append(Entry("bootstrap", tool, arenas["bootstrap"], options))
    programs = {
        "python": (sys.executable, "-c", "pass"),
        "import": (sys.executable, "-c", "import theodolite"),
        "help": (THEODOLITE, "--help"),
        "rank-help": (THEODOLITE, "rank", "--help"),
    }
    found += [Entry("start", name, program=program) for name, program in programs.items()]
    return found


def exact(entry: Entry) -> Entry | None:
    """Give the entry that fits as exactly as a peer can, for comparison; not timed."""
    if entry.section == "bootstrap" or entry.tool not in EXACT:
        return None
    return replace(entry, options=("tight=1",))


EXACT: Mapping[str, str] = {
    "arena-rank": "gradient below 1e-12",
    "arena-rank-style": "equal weights, no penalty, gradient below 1e-12",
    "arenakit": "no prior",
    "fastchat": "gradient below 1e-12",
    "evalica": "tolerance 1e-12, no limit of sweeps",
    "scikit-learn": "tolerance 1e-7, the first 20 models",
}
