"""Length-controlled win rates: the preferences, the tools and their command lines."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from entries import OURS, Entry, Tool
from environments import python_of
from measure import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RATES = "win-rates"
PEER = "scikit-learn"
SEED = 20240405
MODELS, QUICK_MODELS, ITEMS = 200, 6, 805
# Of the published fits: mean and standard deviation over models.
LENGTH, DIFFICULTY, PREFERENCE = (-1.4, 0.3), (0.7, 0.15), (-1.2, 1.2)
JUDGE = 4.0  # standard deviation of a judgment's log odds about the model's
GAMED = (-1.6, 0.75)

RATE_TOOLS: Mapping[str, Tool] = {
    OURS: Tool(
        label="theodolite",
        lacks="Reads and checks three files, counts wins, losses and draws, tells where a file's "
        "rows are not the instructions'; 51 fits a model, each to the optimum.",
    ),
    PEER: Tool(
        label="scikit-learn, AlpacaEval's recipe",
        peer="scikit-learn",
        script="sklearn_win_rates.py",
        lacks="Written afresh from AlpacaEval's description, without its patsy formulas and its "
        "weights' file. As many fits, by LIBLINEAR at its default tolerance, which stops before "
        "the optimum; no check of the files.",
    ),
}


@dataclass(frozen=True)
class RateEntry(Entry):
    """A tool on the preferences of so many models."""

    models: int = MODELS

    def file(self, folder: Path) -> Path:
        """Write the preferences, the difficulties and the gamed rows, unless they are there."""
        return write_preferences(folder, self.models)

    def command(self, build: Path, file: Path | None) -> list[str]:
        """Give the command line to time."""
        tool = RATE_TOOLS[self.tool]
        if not tool.peer:
            return [sys.executable, str(HERE / "our_win_rates.py"), str(file)]
        script = HERE / "peers" / tool.script
        return [str(python_of(tool.peer, build)), str(script), str(file), *self.options]


@dataclass(frozen=True)
class Rates:
    """Length-controlled win rates of a tool, in percent."""

    rate: dict[str, float]

    @classmethod
    def of(cls, output: dict[str, Any] | None) -> Rates | None:
        """Read what the scripts print."""
        return cls(output["rates"]) if output and output.get("rates") else None

    def difference(self, other: Rates) -> float:
        """Find the largest difference, in points, over the models that this one has."""
        return max(abs(x - other.rate[model]) for model, x in self.rate.items())

    def width(self, other: Rates) -> float | None:  # noqa: ARG002
        """Give nothing: the recipe has no intervals."""
        return None


def rate_entries(*, quick: bool) -> list[Entry]:
    """All that is timed, ours first."""
    models = QUICK_MODELS if quick else MODELS
    return [RateEntry(RATES, name, models=models) for name in (OURS, PEER)]


def write_preferences(folder: Path, models: int) -> Path:
    """Simulate judgments with coefficients such as were published, and the recipe's two files."""
    path = folder / f"preferences-{models}x{ITEMS}-seed{SEED}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    items = [f"instruction-{i:04d}" for i in range(ITEMS)]
    hard = rng.normal(0.0, 1.2, ITEMS)
    base = np.exp(rng.normal(7.5, 0.5, ITEMS)).round()
    length, difficulty, preference = (
        rng.normal(*values, (models, 1)) for values in (LENGTH, DIFFICULTY, PREFERENCE)
    )
    output = np.exp(rng.normal(7.3, 0.4, (models, 1)) + rng.normal(0.0, 0.6, (models, ITEMS)))
    output = output.round()
    delta = base - output
    shape = np.tanh(delta / delta.std(axis=1, ddof=1, keepdims=True))
    eta = length * shape + difficulty * hard + preference
    judged = 1.0 / (1.0 + np.exp(-(2.0 * eta + rng.normal(0.0, JUDGE, eta.shape))))
    others = {
        "difficulty": pl.DataFrame({"item_id": items, "instruction_difficulty": hard}),
        "gamed": _gamed(rng, hard),
    }
    for name, frame in others.items():
        frame.write_parquet(folder / f"{path.stem}-{name}.parquet")
    part = path.with_suffix(".part")
    pl.DataFrame(
        {
            "model": np.repeat([f"model-{k:03d}" for k in range(models)], ITEMS),
            "baseline": "baseline",
            "item_id": items * models,
            "position": np.tile(np.arange(ITEMS), models),
            "preference": 1.0 + judged.ravel(),
            "len_output": output.ravel(),
            "len_baseline": np.tile(base, models),
        }
    ).write_parquet(part)
    part.replace(path)
    return path


def _gamed(rng: np.random.Generator, hard: np.ndarray) -> pl.DataFrame:
    """The baseline's short answers, then its long ones."""
    delta = np.concatenate([rng.normal(1.5, 0.8, ITEMS), rng.normal(-0.7, 0.8, ITEMS)])
    twice = np.tile(hard, 2)
    eta = GAMED[0] * np.tanh(delta) + GAMED[1] * twice
    return pl.DataFrame(
        {
            "std_delta_len": delta,
            "instruction_difficulty": twice,
            "pseudo_preference": 1.0 / (1.0 + np.exp(-eta)),
        }
    )
