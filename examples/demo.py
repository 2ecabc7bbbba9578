"""A simulated arena of known strengths, surveyed: the truth should lie in the intervals.

Run by ``make demo``: ``python examples/demo.py FOLDER`` writes the votes, the truth and the page
into FOLDER and shows the survey on the terminal. Nothing here is real.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

import theodolite as th
from theodolite.cli.main import main

STRENGTHS = {
    "sirius": 1180.0,
    "canopus": 1165.0,
    "arcturus": 1165.0,
    "vega": 1120.0,
    "capella": 1090.0,
    "rigel": 1060.0,
    "procyon": 1010.0,
    "achernar": 985.0,
    "hadar": 940.0,
    "altair": 890.0,
    "acrux": 830.0,
    "aldebaran": 760.0,
}
N_VOTES = 20_000
SEED = 20240424


def write_votes(folder: Path) -> None:
    """Simulate the votes, and keep the strengths that they were drawn with."""
    folder.mkdir(parents=True, exist_ok=True)
    votes = th.simulate_votes(STRENGTHS, n_votes=N_VOTES, seed=SEED)
    votes.frame.select("model_a", "model_b", "winner").write_csv(folder / "votes.csv")
    truth = pl.DataFrame({"model": list(STRENGTHS), "rating": list(STRENGTHS.values())})
    truth.write_csv(folder / "truth.csv")


def demo(folder: Path) -> int:
    """Simulate, survey, and say where the page is."""
    write_votes(folder)
    votes, truth, page = (str(folder / n) for n in ("votes.csv", "truth.csv", "survey.html"))
    code = main(["survey", votes, "--truth", truth, "--html", page])
    print(f"\nSimulated votes: {votes}\nThe same as a page: {page}")
    return code


if __name__ == "__main__":
    sys.exit(demo(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
