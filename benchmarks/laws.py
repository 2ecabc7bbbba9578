"""A scaling law: the runs to fit, the tools that fit them and their command lines."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from entries import OURS, THEODOLITE, TOOLS, Entry, Tool
from environments import python_of
from measure import HERE
from win_rates import RATE_TOOLS, RATES

if TYPE_CHECKING:
    from collections.abc import Mapping

POINT, BOOTSTRAP = "law", "law-intervals"
FEW, MANY = 100, 4000
QUICK_MANY = 200
SHARED = Path("chinchilla") / "hoffmann_points.csv"
REAL, MADE = "runs-hoffmann", "runs-simulated"
WORDS = {
    REAL: "204 of the points that Besiroglu et al. (2024) read off Figure 4 of Hoffmann et al. "
    "(2022): those shared here, without the five highest losses",
    MADE: "240 simulated runs, seeded, with noise of 0.4% of the loss and ten times that in one of "
    "twenty, for the points of Hoffmann et al. (2022) are not here",
}
# What an independent optimiser found for them (README of the shared points).
PUBLISHED = {WORDS[REAL]: 0.000754464}
TRUTH = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
BUDGETS = np.geomspace(6e18, 3e21, 12)
RATIOS = np.geomspace(1.0, 500.0, 20)
NOISE, WILD, WILD_SHARE = 0.004, 10.0, 0.05
SEED = 20220329


@dataclass(frozen=True)
class LawEntry(Entry):
    """A tool on the runs."""

    def file(self, folder: Path) -> Path:
        """Write the runs, unless they are there."""
        return write_runs(folder)

    def command(self, build: Path, file: Path | None) -> list[str]:
        """Give the command line to time."""
        tool = LAW_TOOLS[self.tool]
        if not tool.peer:
            return [THEODOLITE, "scaling", "fit", str(file), "--json", *self.options]
        script = HERE / "peers" / tool.script
        return [str(python_of(tool.peer, build)), str(script), str(file), *self.options]


LAW_TOOLS: Mapping[str, Tool] = {
    OURS: Tool(
        label="theodolite",
        lacks="Reads and checks the file as any table of runs, says whether the law can be "
        "identified, splits budgets of compute; 64 starts. With 100 resamples, its fewest, it "
        "stands for a point fit.",
    ),
    "chinchilla": Tool(
        label="chinchilla, log_huber",
        peer="chinchilla",
        script="chinchilla_fit.py",
        lacks="243 starts, on all cores: the ranges of its README's example with three values "
        "each, where that has five (3,125 starts). In 80-bit floats. No intervals. Its BFGS stops "
        "where the gradient of the mean is below 1e-5, and that of this objective soon is.",
    ),
    "chinchilla-scaled": Tool(
        label="chinchilla, log_huber x 1e6",
        peer="chinchilla",
        script="chinchilla_fit.py",
        lacks="The same, with the objective made a million times as large, so that its BFGS goes "
        "on: what a user who knows of it can do.",
    ),
    "chinchilla-mae": Tool(
        label="chinchilla, its default",
        peer="chinchilla",
        script="chinchilla_fit.py",
        lacks="It minimises an absolute error that counts ten times where the law is above the "
        "run: a floor of the losses, and another estimate.",
    ),
    "scipy": Tool(
        label="SciPy, the paper's recipe",
        peer="scipy",
        script="scipy_fit.py",
        lacks="Written afresh from the description in Hoffmann et al. (2022): L-BFGS-B on the sum "
        "of Huber's function, from a grid of 4,500 starts, here with numerical gradients and "
        "SciPy's tolerances. No intervals, no check.",
    ),
    "scipy-tight": Tool(
        label="SciPy, tight",
        peer="scipy",
        script="scipy_fit.py",
        lacks="The same, with tolerances of 1e-14 of the objective and 1e-9 of its gradient.",
    ),
    "scipy-bootstrap": Tool(
        label="SciPy, one start each",
        peer="scipy",
        script="scipy_fit.py",
        lacks="Each resample by BFGS from the printed law of Hoffmann et al. alone, as Besiroglu "
        "et al. (2024) do it; here with numerical gradients. Nothing shows where one has stopped "
        "short.",
    ),
}


def tool_of(entry: Entry) -> Tool | None:
    """Find an entry's tool; there is none where a program is run as it is."""
    others = {POINT: LAW_TOOLS, BOOTSTRAP: LAW_TOOLS, RATES: RATE_TOOLS}
    return others.get(entry.section, TOOLS).get(entry.tool)


def law_entries(*, quick: bool) -> list[Entry]:
    """All that is timed, ours first; the others run once, for each takes long."""
    starts, resamples, values = (5, 10, 2) if quick else (45, 100, 3)
    many = QUICK_MANY if quick else MANY
    options = {
        "chinchilla": (f"values={values}",),
        "chinchilla-scaled": (f"values={values}", "scale=1000000"),
        "chinchilla-mae": (f"values={values}", "mae=1"),
        "scipy": (f"starts={starts}",),
        "scipy-tight": (f"starts={starts}", "tight=1"),
    }
    found: list[Entry] = [LawEntry(POINT, OURS, options=("--resamples", str(FEW)))]
    found += [LawEntry(POINT, name, options=given, once=True) for name, given in options.items()]
    found.append(LawEntry(BOOTSTRAP, OURS, options=("--resamples", str(many))))
    single = (f"resamples={resamples}",)
    found.append(LawEntry(BOOTSTRAP, "scipy-bootstrap", options=single, once=True))
    return found


def write_runs(folder: Path) -> Path:
    """Write the points of Hoffmann et al. where they are shared, else simulated runs."""
    home = os.environ.get("THEODOLITE_DATA")
    shared = (Path(home) if home else HERE.parents[1] / "shared" / "data") / SHARED
    path = folder / f"{REAL if shared.exists() else MADE}.csv"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    frame = _published(shared) if shared.exists() else _simulated()
    part = path.with_suffix(".part")
    frame.write_csv(part)
    part.replace(path)
    return path


def words(path: Path) -> str:
    """Say what the runs of a file are."""
    return WORDS[path.stem]


def _published(path: Path) -> pl.DataFrame:
    points = pl.read_csv(path).filter("in_besiroglu_240")
    return points.select(params="N", tokens="D", loss="loss")


def _simulated() -> pl.DataFrame:
    """Draw runs at twelve budgets; one in twenty has gone astray."""
    rng = np.random.default_rng(SEED)
    flops, ratio = (x.ravel() for x in np.meshgrid(BUDGETS, RATIOS, indexing="ij"))
    params = np.sqrt(flops / (6.0 * ratio)) * np.exp(rng.normal(0.0, 0.05, len(flops)))
    tokens = flops / (6.0 * params)
    law = TRUTH["E"] + TRUTH["A"] / params ** TRUTH["alpha"] + TRUTH["B"] / tokens ** TRUTH["beta"]
    astray = np.where(rng.random(len(law)) < WILD_SHARE, WILD, 1.0)
    loss = law * np.exp(rng.normal(0.0, NOISE, len(law)) * astray)
    return pl.DataFrame({"params": params.round(), "tokens": tokens.round(), "loss": loss})
