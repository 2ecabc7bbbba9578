"""A simulated arena of known strengths, surveyed: what was put in should be found.

One model (procyon) is weak but stylish, one (rigel) is better in English than elsewhere, and two
(canopus and arcturus) are equal, so that no number of votes decides between them.

Run by ``make demo``: ``python examples/demo.py FOLDER`` writes the votes, the truth and the page
into FOLDER and shows the survey on the terminal. ``scores.csv``, answers to benchmarks,
``runs.csv``, training runs, and what judges said stand beside them. Nothing here is real.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hard import write_hard
from judging import write_judging
from quiz import write_quiz
from runs import write_runs
from scores import write_scores

import theodolite as th
from theodolite.cli.main import main

# At equal style, over all languages but English.
STRENGTHS = {
    "sirius": 1180.0,
    "canopus": 1165.0,
    "arcturus": 1165.0,
    "vega": 1120.0,
    "capella": 1090.0,
    "rigel": 1010.0,
    "achernar": 985.0,
    "procyon": 965.0,
    "hadar": 940.0,
    "altair": 890.0,
    "acrux": 830.0,
    "aldebaran": 760.0,
}
STYLISH, ENGLISH, EQUAL = "procyon", "rigel", ("canopus", "arcturus")
ARENA = th.Arena(
    STRENGTHS,
    counts={
        "tokens": dict.fromkeys(STRENGTHS, 300.0) | {STYLISH: 900.0},
        "lists": dict.fromkeys(STRENGTHS, 3.0) | {STYLISH: 12.0},
    },
    effects={"tokens": 0.5, "lists": 0.3},
    languages={"English": 0.6, "Chinese": 0.25, "German": 0.15},
    shifts={"English": {ENGLISH: 90.0}},
    days=14,
)
N_VOTES = 20_000
SEED = 20240418


def write_votes(folder: Path) -> None:
    """Simulate the votes, and keep the board that they would give if there were no end of them."""
    folder.mkdir(parents=True, exist_ok=True)
    votes = th.simulate_arena(ARENA, n_votes=N_VOTES, seed=SEED)
    columns = [name for name in votes.frame.columns if not name.startswith("_")]
    votes.frame.select(columns).write_csv(folder / "votes.csv")
    th.endless_board(ARENA, seed=SEED).write_csv(folder / "truth.csv")


def write_all(folder: Path) -> None:
    """Write every file that the demo and the documents use."""
    for write in (write_votes, write_scores, write_hard, write_runs, write_quiz, write_judging):
        write(folder)


def demo(folder: Path) -> int:
    """Simulate, survey, and say where the page is."""
    write_all(folder)
    votes, truth, page = (str(folder / n) for n in ("votes.csv", "truth.csv", "survey.html"))
    runs, needles = (str(folder / n) for n in ("runs.csv", "needle.csv"))
    judged = [
        "--judged",
        str(folder / "annotations.csv"),
        "--judged",
        str(folder / "judgments.csv"),
    ]
    more = ["--runs", runs, *judged, "--needle", needles, "--facts"]
    code = main(["survey", votes, "--truth", truth, *more, "--html", page])
    print(f"\nSimulated votes: {votes}\nThe same as a page: {page}\n")
    return code or _audit(folder)


def _audit(folder: Path) -> int:
    """Audit the quiz: the planted faults, and the rows that the essay quotes, should be found."""
    quiz, answers, page = (str(folder / n) for n in ("quiz.jsonl", "answers.csv", "audit.html"))
    seen = ["--scores", answers, "--labels", "error_type", "--html", page]
    code = main(["audit", quiz, *seen])
    print(f"\nA quiz with planted faults: {quiz}\nIts audit as a page: {page}")
    return code


if __name__ == "__main__":
    sys.exit(demo(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
