"""Charts of results: a result goes in, an Altair chart comes out, nothing is estimated here.

Altair is slow to import, so the functions here fetch it only when they are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from theodolite.plotting.save import save_chart

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from theodolite.auditing import Assessment, Audit
    from theodolite.claims import Board as BenchmarkBoard
    from theodolite.ratings import Settling, Shift, ShiftBy, StyleFit
    from theodolite.ratings.results import Board
    from theodolite.scaling import (
        Backtest,
        Envelope,
        Explanation,
        IsoFlop,
        Plan,
        Profiles,
        ScalingFit,
    )
    from theodolite.tables import Facts
from theodolite.plotting.downstream import (
    foretold,
    foretold_by_compute,
    foretold_by_loss,
    foretold_tasks,
)

__all__ = [
    "agreement",
    "backtested",
    "calibration",
    "changes",
    "decided",
    "decisions",
    "differences",
    "explanation_steps",
    "forecast_errors",
    "forecasts",
    "forest",
    "foretold",
    "foretold_by_compute",
    "foretold_by_loss",
    "foretold_tasks",
    "loss_envelope",
    "loss_profiles",
    "optimal_sizes",
    "plane",
    "premiums",
    "profile_curves",
    "save_chart",
    "scaling_curves",
    "scaling_splits",
    "size_growth",
    "slopes",
    "stage_words",
    "standings",
    "suspects",
    "trained",
    "truth",
    "widths",
    "win_matrix",
]


def forest(board: Board) -> alt.LayerChart:
    """Draw ratings with intervals and ranks: :func:`theodolite.plotting.ratings.forest`."""
    from theodolite.plotting import ratings  # noqa: PLC0415  (slow to import)

    return ratings.forest(board)


def win_matrix(board: Board, pairs: pl.DataFrame) -> alt.LayerChart:
    """Draw who beats whom: :func:`theodolite.plotting.ratings.win_matrix`."""
    from theodolite.plotting import ratings  # noqa: PLC0415  (slow to import)

    return ratings.win_matrix(board, pairs)


def calibration(board: Board, pairs: pl.DataFrame) -> alt.LayerChart:
    """Draw observed against predicted: :func:`theodolite.plotting.ratings.calibration`."""
    from theodolite.plotting import ratings  # noqa: PLC0415  (slow to import)

    return ratings.calibration(board, pairs)


def truth(board: Board, known: pl.DataFrame) -> alt.LayerChart:
    """Draw known strengths over intervals: :func:`theodolite.plotting.ratings.truth`."""
    from theodolite.plotting import ratings  # noqa: PLC0415  (slow to import)

    return ratings.truth(board, known)


def standings(board: BenchmarkBoard, benchmark: str | None = None) -> alt.LayerChart:
    """Draw scores with intervals and ranks: :func:`theodolite.plotting.board.standings`."""
    from theodolite.plotting import board as charts  # noqa: PLC0415  (slow to import)

    return charts.standings(board, benchmark)


def differences(board: BenchmarkBoard, benchmark: str | None = None) -> alt.LayerChart:
    """Draw who is really better: :func:`theodolite.plotting.board.differences`."""
    from theodolite.plotting import board as charts  # noqa: PLC0415  (slow to import)

    return charts.differences(board, benchmark)


def decided(settling: Settling) -> alt.LayerChart:
    """Draw the pairs decided, look by look: :func:`theodolite.plotting.settling.decided`."""
    from theodolite.plotting import settling as charts  # noqa: PLC0415  (slow to import)

    return charts.decided(settling)


def decisions(settling: Settling) -> alt.LayerChart:
    """Draw since when pairs are decided: :func:`theodolite.plotting.settling.decisions`."""
    from theodolite.plotting import settling as charts  # noqa: PLC0415  (slow to import)

    return charts.decisions(settling)


def widths(settling: Settling) -> alt.LayerChart:
    """Draw the widest interval, look by look: :func:`theodolite.plotting.settling.widths`."""
    from theodolite.plotting import settling as charts  # noqa: PLC0415  (slow to import)

    return charts.widths(settling)


def premiums(style: StyleFit) -> alt.LayerChart:
    """Draw what goes with style, by model: :func:`theodolite.plotting.shifts.premiums`."""
    from theodolite.plotting import shifts  # noqa: PLC0415  (slow to import)

    return shifts.premiums(style)


def changes(shift: Shift) -> alt.LayerChart:
    """Draw what changes between two boards: :func:`theodolite.plotting.shifts.changes`."""
    from theodolite.plotting import shifts  # noqa: PLC0415  (slow to import)

    return shifts.changes(shift)


def slopes(by: ShiftBy) -> alt.LayerChart:
    """Draw the boards of all categories: :func:`theodolite.plotting.shifts.slopes`."""
    from theodolite.plotting import shifts  # noqa: PLC0415  (slow to import)

    return shifts.slopes(by)


def suspects(audit: Audit) -> alt.LayerChart:
    """Draw where the suspects are: :func:`theodolite.plotting.audit.suspects`."""
    from theodolite.plotting import audit as charts  # noqa: PLC0415  (slow to import)

    return charts.suspects(audit)


def agreement(assessment: Assessment) -> alt.LayerChart:
    """Draw how far rules agree with people: :func:`theodolite.plotting.audit.agreement`."""
    from theodolite.plotting import audit as charts  # noqa: PLC0415  (slow to import)

    return charts.agreement(assessment)


def scaling_curves(fit: ScalingFit) -> alt.LayerChart:
    """Draw losses against tokens: :func:`theodolite.plotting.scaling.scaling_curves`."""
    from theodolite.plotting import scaling  # noqa: PLC0415  (slow to import)

    return scaling.scaling_curves(fit)


def scaling_splits(fit: ScalingFit) -> alt.LayerChart:
    """Draw the optimum against compute: :func:`theodolite.plotting.scaling.scaling_splits`."""
    from theodolite.plotting import scaling  # noqa: PLC0415  (slow to import)

    return scaling.scaling_splits(fit)


def trained(facts: Facts) -> alt.LayerChart:
    """Draw parameters against tokens: :func:`theodolite.plotting.facts.trained`."""
    from theodolite.plotting import facts as charts  # noqa: PLC0415  (slow to import)

    return charts.trained(facts)


def plane(plan: Plan, known: pl.DataFrame | None = None) -> alt.LayerChart:
    """Draw a plan among known models: :func:`theodolite.plotting.planning.plane`."""
    from theodolite.plotting import planning as charts  # noqa: PLC0415  (slow to import)

    return charts.plane(plan, known)


def optimal_sizes(found: IsoFlop | Envelope, at: float | None = None) -> alt.HConcatChart:
    """Draw losses beside optimal sizes: :func:`theodolite.plotting.isoflop.optimal_sizes`."""
    from theodolite.plotting import isoflop as charts  # noqa: PLC0415  (slow to import)

    return charts.optimal_sizes(found, at)


def loss_profiles(found: IsoFlop) -> alt.LayerChart:
    """Draw loss against size by budget: :func:`theodolite.plotting.isoflop.loss_profiles`."""
    from theodolite.plotting import isoflop as charts  # noqa: PLC0415  (slow to import)

    return charts.loss_profiles(found)


def loss_envelope(found: Envelope) -> alt.LayerChart:
    """Draw loss against compute: :func:`theodolite.plotting.isoflop.loss_envelope`."""
    from theodolite.plotting import isoflop as charts  # noqa: PLC0415  (slow to import)

    return charts.loss_envelope(found)


def size_growth(found: IsoFlop | Envelope, at: float | None = None) -> alt.LayerChart:
    """Draw optimal size against compute: :func:`theodolite.plotting.isoflop.size_growth`."""
    from theodolite.plotting import isoflop as charts  # noqa: PLC0415  (slow to import)

    return charts.size_growth(found, at)


def backtested(backtest: Backtest) -> alt.HConcatChart:
    """Draw forecasts and errors: :func:`theodolite.plotting.backtest.backtested`."""
    from theodolite.plotting import backtest as charts  # noqa: PLC0415  (slow to import)

    return charts.backtested(backtest)


def forecasts(backtest: Backtest) -> alt.LayerChart:
    """Draw observed against predicted: :func:`theodolite.plotting.backtest.forecasts`."""
    from theodolite.plotting import backtest as charts  # noqa: PLC0415  (slow to import)

    return charts.forecasts(backtest)


def forecast_errors(backtest: Backtest) -> alt.LayerChart:
    """Draw each law's error: :func:`theodolite.plotting.backtest.forecast_errors`."""
    from theodolite.plotting import backtest as charts  # noqa: PLC0415  (slow to import)

    return charts.forecast_errors(backtest)


def explanation_steps(found: Explanation) -> alt.VConcatChart:
    """Draw an explanation: :func:`theodolite.plotting.explaining.explanation_steps`."""
    from theodolite.plotting import explaining  # noqa: PLC0415  (slow to import)

    return explaining.explanation_steps(found)


def stage_words(found: Explanation) -> list[str]:
    """Name the stages of an explanation: :func:`theodolite.plotting.explaining.stage_words`."""
    from theodolite.plotting import explaining  # noqa: PLC0415  (slow to import)

    return explaining.stage_words(found)


def profile_curves(found: Profiles) -> alt.ConcatChart:
    """Draw profiles of the objective: :func:`theodolite.plotting.explaining.profile_curves`."""
    from theodolite.plotting import explaining  # noqa: PLC0415  (slow to import)

    return explaining.profile_curves(found)
