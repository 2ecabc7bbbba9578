"""Theodolite tells how good language models are, and how far to trust what says so.

The parts, from the ground up: :mod:`~theodolite.tables` (what methods take);
:mod:`~theodolite.ratings`, :mod:`~theodolite.scoring`, :mod:`~theodolite.claims`,
:mod:`~theodolite.auditing` and :mod:`~theodolite.scaling` (methods and their results);
:mod:`~theodolite.loading` (files into tables); :mod:`~theodolite.plotting` and
:mod:`~theodolite.reporting` (results into charts and pages). What most work needs can be had from
here:

>>> import theodolite as th
>>> votes = th.simulate_votes({"x": 1050.0, "y": 950.0}, n_votes=400, seed=2)
>>> th.bradley_terry(votes).to_frame()["model"].to_list()
['x', 'y']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theodolite import scaling
    from theodolite.auditing import audit, benchmark_bias
    from theodolite.claims import board
    from theodolite.loading import (
        RunOptions,
        ScoreOptions,
        VoteOptions,
        load_eq_bench,
        load_estimates,
        load_gradings,
        load_items,
        load_judged,
        load_judgments,
        load_models,
        load_needle,
        load_preferences,
        load_ratings,
        load_runs,
        load_scores,
        load_votes,
    )
    from theodolite.ratings import (
        Arena,
        Looks,
        Specification,
        Style,
        bootstrap,
        bradley_terry,
        elo_ratings,
        endless_board,
        intransitivity,
        largest_component,
        predictive_check,
        settle,
        shift_by,
        shift_mix,
        shift_part,
        shift_published,
        shift_style,
        simulate_arena,
        simulate_votes,
    )
    from theodolite.scoring import score_arena_hard
    from theodolite.scoring.agreement import agree, foretell_ratings
    from theodolite.scoring.eq_bench import eq_bench
    from theodolite.scoring.hard import hard
    from theodolite.scoring.judges import assess_graders, assess_judges
    from theodolite.scoring.needle import needle
    from theodolite.tables import (
        Condition,
        Emotions,
        Estimates,
        Facts,
        Gradings,
        Items,
        Judgments,
        Models,
        Needles,
        Passes,
        Preferences,
        Ratings,
        Runs,
        Scores,
        Votes,
        select,
    )

__version__ = "0.1.0"

__all__ = [
    "Arena",
    "Condition",
    "Emotions",
    "Estimates",
    "Facts",
    "Gradings",
    "Items",
    "Judgments",
    "Looks",
    "Models",
    "Needles",
    "Passes",
    "Preferences",
    "Ratings",
    "RunOptions",
    "Runs",
    "ScoreOptions",
    "Scores",
    "Specification",
    "Style",
    "VoteOptions",
    "Votes",
    "__version__",
    "agree",
    "assess_graders",
    "assess_judges",
    "audit",
    "benchmark_bias",
    "board",
    "bootstrap",
    "bradley_terry",
    "elo_ratings",
    "endless_board",
    "eq_bench",
    "foretell_ratings",
    "hard",
    "intransitivity",
    "largest_component",
    "load_eq_bench",
    "load_estimates",
    "load_gradings",
    "load_items",
    "load_judged",
    "load_judgments",
    "load_models",
    "load_needle",
    "load_preferences",
    "load_ratings",
    "load_runs",
    "load_scores",
    "load_votes",
    "needle",
    "predictive_check",
    "scaling",
    "score_arena_hard",
    "select",
    "settle",
    "shift_by",
    "shift_mix",
    "shift_part",
    "shift_published",
    "shift_style",
    "simulate_arena",
    "simulate_votes",
]

# Imported at first use: --help must not wait for the data-frame library.
_HOMES = {
    "Arena": "theodolite.ratings",
    "Condition": "theodolite.tables",
    "Emotions": "theodolite.tables",
    "Estimates": "theodolite.tables",
    "Facts": "theodolite.tables",
    "Gradings": "theodolite.tables",
    "Items": "theodolite.tables",
    "Judgments": "theodolite.tables",
    "Looks": "theodolite.ratings",
    "Models": "theodolite.tables",
    "Needles": "theodolite.tables",
    "Passes": "theodolite.tables",
    "Preferences": "theodolite.tables",
    "Ratings": "theodolite.tables",
    "RunOptions": "theodolite.loading",
    "Runs": "theodolite.tables",
    "ScoreOptions": "theodolite.loading",
    "Scores": "theodolite.tables",
    "Specification": "theodolite.ratings",
    "Style": "theodolite.ratings",
    "VoteOptions": "theodolite.loading",
    "Votes": "theodolite.tables",
    "agree": "theodolite.scoring.agreement",
    "assess_graders": "theodolite.scoring.judges",
    "assess_judges": "theodolite.scoring.judges",
    "audit": "theodolite.auditing",
    "benchmark_bias": "theodolite.auditing",
    "board": "theodolite.claims",
    "bootstrap": "theodolite.ratings",
    "bradley_terry": "theodolite.ratings",
    "elo_ratings": "theodolite.ratings",
    "endless_board": "theodolite.ratings",
    "eq_bench": "theodolite.scoring.eq_bench",
    "foretell_ratings": "theodolite.scoring.agreement",
    "hard": "theodolite.scoring.hard",
    "intransitivity": "theodolite.ratings",
    "largest_component": "theodolite.ratings",
    "load_eq_bench": "theodolite.loading",
    "load_estimates": "theodolite.loading",
    "load_gradings": "theodolite.loading",
    "load_items": "theodolite.loading",
    "load_judged": "theodolite.loading",
    "load_judgments": "theodolite.loading",
    "load_models": "theodolite.loading",
    "load_needle": "theodolite.loading",
    "load_preferences": "theodolite.loading",
    "load_ratings": "theodolite.loading",
    "load_runs": "theodolite.loading",
    "load_scores": "theodolite.loading",
    "load_votes": "theodolite.loading",
    "needle": "theodolite.scoring.needle",
    "predictive_check": "theodolite.ratings",
    "score_arena_hard": "theodolite.scoring",
    "select": "theodolite.tables",
    "settle": "theodolite.ratings",
    "shift_by": "theodolite.ratings",
    "shift_mix": "theodolite.ratings",
    "shift_part": "theodolite.ratings",
    "shift_published": "theodolite.ratings",
    "shift_style": "theodolite.ratings",
    "simulate_arena": "theodolite.ratings",
    "simulate_votes": "theodolite.ratings",
}


def __getattr__(name: str) -> object:
    if name == "scaling":
        return importlib.import_module("theodolite.scaling")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
