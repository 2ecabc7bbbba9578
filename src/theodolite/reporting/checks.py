"""What held-out votes and circles of models say of a ranking, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite.plotting.text import integer, method_name, number, p_value, printable
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    import altair as alt

    from theodolite.ratings import Intransitivity, MethodScore, PredictiveCheck

__all__ = ["check_sections", "circle_section", "prediction_section"]

SCORE_COLUMNS = (
    Column("method", "Method"),
    Column("log_loss", "Log-loss", "number", 4),
    Column("difference", "Difference"),
    Column("slope", "Slope"),
    Column("outcome_log_loss", "Outcome loss", "number", 4),
)
REAL = 0.05


def check_sections(check: PredictiveCheck, circle: Intransitivity | None) -> tuple[Section, ...]:
    """Put both checks together.

    Parameters
    ----------
    check
        Methods on held-out votes.
    circle
        The strongest circle, where three models met.
    """
    return prediction_section(check), circle_section(circle)


def prediction_section(check: PredictiveCheck) -> Section:
    """Answer which method predicts votes that it has not seen."""
    first, *others = check.scores
    best = min(check.scores, key=lambda score: score.log_loss)
    better = [score for score in others if score.high < 0]
    worse = [score for score in others if score.low > 0]
    finding = (
        f"{_name(best)} predicts held-out votes best, with a log-loss of "
        f"{number(best.log_loss, 4)} (0.6931 without ratings). {_against(first, better, worse)}"
    )
    rows = pl.DataFrame([_row(score) for score in check.scores], infer_schema_length=None)
    skipped = (
        (f"{integer(check.n_skipped)} votes were not predicted: both bad, or of unrated models.",)
        if check.n_skipped
        else ()
    )
    return Section(
        question="Which method predicts votes that it has not seen?",
        finding=finding,
        low=best.low if best is not first else None,
        high=best.high if best is not first else None,
        evidence=(
            f"{integer(check.n_votes)} votes in {check.n_folds} folds, each predicted from the "
            f"others (seed {check.seed})."
        ),
        chart=partial(_chart, check),
        tables=(Table(rows, SCORE_COLUMNS, f"Held-out votes; differences from {_name(first)}"),),
        caveats=(
            "A slope of 1 is calibrated; below 1 predictions are too bold, above it too timid.",
            "The differences take votes as independent of each other.",
            *skipped,
        ),
    )


def circle_section(circle: Intransitivity | None) -> Section:
    """Answer whether models beat each other in circles."""
    question = "Do models beat each other in circles?"
    if circle is None:
        return Section(question, "It cannot be tested: no three models all met each other.")
    one, two, three = (printable(name) for name in circle.models)
    shown = f"{one} beats {two}, {two} beats {three}, {three} beats {one}"
    found = circle.p_value < REAL
    finding = (
        f"Yes: {shown} (p {p_value(circle.p_value)}). No single number a model can say that."
        if found
        else f"There is no sign of it: the strongest circle, if {shown}, is within chance "
        f"(p {p_value(circle.p_value)})."
    )
    return Section(
        question=question,
        finding=finding,
        evidence=(
            f"The weakest of its three arrows is {number(circle.strength, 2)} standard errors "
            f"strong; Bonferroni over {integer(circle.circles)} circles."
        ),
        caveats=("The test takes votes as independent of each other.",) if found else (),
    )


def _row(score: MethodScore) -> dict[str, object]:
    return {
        "method": _name(score),
        "log_loss": score.log_loss,
        "difference": _interval(score.difference, score.low, score.high, 5),
        "slope": _interval(score.slope, score.slope_low, score.slope_high, 2),
        "outcome_log_loss": score.outcome_log_loss,
    }


def _interval(estimate: float, low: float, high: float, digits: int) -> str:
    return f"{number(estimate, digits)} ({number(low, digits)} to {number(high, digits)})"


def _against(first: MethodScore, better: list[MethodScore], worse: list[MethodScore]) -> str:
    parts = []
    if better:
        parts.append(f"{_names(better)} predict better than {_name(first)}")
    if worse:
        parts.append(f"{_names(worse)} predict worse than {_name(first)}")
    if not parts:
        return f"No other can be told apart from {_name(first)}."
    return f"{'; '.join(parts)}, by more than chance.".replace(" predict ", _verb(better, worse))


def _verb(better: list[MethodScore], worse: list[MethodScore]) -> str:
    return " predicts " if max(len(better), len(worse)) == 1 else " predict "


def _names(scores: list[MethodScore]) -> str:
    return " and ".join(_name(score) for score in scores)


def _name(score: MethodScore) -> str:
    return method_name(score.method)


def _chart(check: PredictiveCheck) -> alt.LayerChart:
    from theodolite.plotting import prediction  # noqa: PLC0415  (slow to import)

    return prediction.held_out(check)
