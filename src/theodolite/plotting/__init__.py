"""Charts of results: a result goes in, an Altair chart comes out, nothing is estimated here.

Altair is slow to import, so a chart's module is fetched when the chart is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from theodolite.plotting.save import save_chart

if TYPE_CHECKING:
    from theodolite.plotting.arena_hard import arena_hard_scores, arena_hard_verdicts
    from theodolite.plotting.audit import agreement, suspects
    from theodolite.plotting.backtest import backtested, forecast_errors, forecasts
    from theodolite.plotting.base_models import foretold_ratings
    from theodolite.plotting.beside_people import agreed
    from theodolite.plotting.board import differences, standings
    from theodolite.plotting.datasets import (
        set_evaluations,
        set_forest,
        set_losses,
        set_worth,
        sets_compared,
    )
    from theodolite.plotting.downstream import (
        foretold,
        foretold_by_compute,
        foretold_by_loss,
        foretold_tasks,
    )
    from theodolite.plotting.efficiency import (
        gain_dates,
        gain_forest,
        score_curve,
        scores_and_gains,
    )
    from theodolite.plotting.eq_bench import eq_scores
    from theodolite.plotting.explaining import explanation_steps, profile_curves, stage_words
    from theodolite.plotting.facts import trained
    from theodolite.plotting.floor import floor_chart, floor_forms, floor_runs
    from theodolite.plotting.hard import separability_curve, whole_scores
    from theodolite.plotting.isoflop import loss_envelope, loss_profiles, optimal_sizes, size_growth
    from theodolite.plotting.judging import judge_biases, jury_strengths
    from theodolite.plotting.mt_bench import (
        judged_categories,
        judged_scores,
        matches_won,
        turn_drops,
    )
    from theodolite.plotting.needle import needle_map, needle_maps, needle_reach
    from theodolite.plotting.observational import (
        capability_growth,
        observed,
        target_forecasts,
        target_sigmoids,
    )
    from theodolite.plotting.planning import plane
    from theodolite.plotting.ratings import calibration, forest, truth, win_matrix
    from theodolite.plotting.saturation import saturated, saturation_curves, slope_ratios
    from theodolite.plotting.scaling import scaling_curves, scaling_splits
    from theodolite.plotting.score_saturation import score_trends, two_models
    from theodolite.plotting.settling import decided, decisions, widths
    from theodolite.plotting.shifts import changes, premiums, slopes
    from theodolite.plotting.trend import over_training, trend_lines
    from theodolite.plotting.winrate import published_win_rates, win_rates

__all__ = [
    "agreed",
    "agreement",
    "arena_hard_scores",
    "arena_hard_verdicts",
    "backtested",
    "calibration",
    "capability_growth",
    "changes",
    "decided",
    "decisions",
    "differences",
    "eq_scores",
    "explanation_steps",
    "floor_chart",
    "floor_forms",
    "floor_runs",
    "forecast_errors",
    "forecasts",
    "forest",
    "foretold",
    "foretold_by_compute",
    "foretold_by_loss",
    "foretold_ratings",
    "foretold_tasks",
    "gain_dates",
    "gain_forest",
    "judge_biases",
    "judged_categories",
    "judged_scores",
    "jury_strengths",
    "loss_envelope",
    "loss_profiles",
    "matches_won",
    "needle_map",
    "needle_maps",
    "needle_reach",
    "observed",
    "optimal_sizes",
    "over_training",
    "plane",
    "premiums",
    "profile_curves",
    "published_win_rates",
    "saturated",
    "saturation_curves",
    "save_chart",
    "scaling_curves",
    "scaling_splits",
    "score_curve",
    "score_trends",
    "scores_and_gains",
    "separability_curve",
    "set_evaluations",
    "set_forest",
    "set_losses",
    "set_worth",
    "sets_compared",
    "size_growth",
    "slope_ratios",
    "slopes",
    "stage_words",
    "standings",
    "suspects",
    "target_forecasts",
    "target_sigmoids",
    "trained",
    "trend_lines",
    "truth",
    "turn_drops",
    "two_models",
    "whole_scores",
    "widths",
    "win_matrix",
    "win_rates",
]

_CHARTS = MappingProxyType(
    {
        "arena_hard": (
            "arena_hard_scores",
            "arena_hard_verdicts",
        ),
        "audit": (
            "agreement",
            "suspects",
        ),
        "backtest": (
            "backtested",
            "forecast_errors",
            "forecasts",
        ),
        "base_models": ("foretold_ratings",),
        "beside_people": ("agreed",),
        "board": (
            "differences",
            "standings",
        ),
        "datasets": (
            "set_evaluations",
            "set_forest",
            "set_losses",
            "set_worth",
            "sets_compared",
        ),
        "downstream": (
            "foretold",
            "foretold_by_compute",
            "foretold_by_loss",
            "foretold_tasks",
        ),
        "efficiency": (
            "gain_dates",
            "gain_forest",
            "score_curve",
            "scores_and_gains",
        ),
        "eq_bench": ("eq_scores",),
        "explaining": (
            "explanation_steps",
            "profile_curves",
            "stage_words",
        ),
        "facts": ("trained",),
        "floor": (
            "floor_chart",
            "floor_forms",
            "floor_runs",
        ),
        "hard": (
            "separability_curve",
            "whole_scores",
        ),
        "isoflop": (
            "loss_envelope",
            "loss_profiles",
            "optimal_sizes",
            "size_growth",
        ),
        "judging": (
            "judge_biases",
            "jury_strengths",
        ),
        "mt_bench": (
            "judged_categories",
            "judged_scores",
            "matches_won",
            "turn_drops",
        ),
        "needle": (
            "needle_map",
            "needle_maps",
            "needle_reach",
        ),
        "observational": (
            "capability_growth",
            "observed",
            "target_forecasts",
            "target_sigmoids",
        ),
        "planning": ("plane",),
        "ratings": (
            "calibration",
            "forest",
            "truth",
            "win_matrix",
        ),
        "saturation": (
            "saturated",
            "saturation_curves",
            "slope_ratios",
        ),
        "scaling": (
            "scaling_curves",
            "scaling_splits",
        ),
        "score_saturation": (
            "score_trends",
            "two_models",
        ),
        "settling": (
            "decided",
            "decisions",
            "widths",
        ),
        "shifts": (
            "changes",
            "premiums",
            "slopes",
        ),
        "trend": (
            "over_training",
            "trend_lines",
        ),
        "winrate": (
            "published_win_rates",
            "win_rates",
        ),
    }
)
_HOME = MappingProxyType({name: home for home, names in _CHARTS.items() for name in names})


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
