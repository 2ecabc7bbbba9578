"""What a fitted scaling law says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, flops, integer, level_text, number, percent
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.scaling import PUBLISHED, splits_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling import ScalingFit

__all__ = ["scaling_page", "scaling_sections"]

PARAMETER_COLUMNS = (
    Column("parameter", "Parameter"),
    Column("estimate", "Estimate"),
    Column("low", "Low"),
    Column("high", "High"),
    Column("standard_error", "Standard error"),
)
SPLIT_COLUMNS = (
    Column("flops", "FLOPs", "flops"),
    Column("params", "Parameters", "count"),
    Column("params_range", "Interval"),
    Column("tokens", "Tokens", "count"),
    Column("tokens_per_param", "Tokens/param.", "count"),
    Column("ratio_range", "Interval"),
    Column("loss", "Loss", "number", 3),
)
PUBLISHED_COLUMNS = (
    Column("law", "Law"),
    Column("exponent", "Exponent", "number", 3),
    Column("ratio", "Tokens/param.", "count"),
    Column("source", "Source"),
)
RESIDUAL_COLUMNS = (
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("loss", "Loss", "number", 4),
    Column("residual", "Observed less predicted", "number", 4),
    Column("robust", "In robust sd", "number", 1),
)
WORST = 8
# Robust standard deviations from which a run lies far from the law.
FAR = 4.0


def scaling_page(fit: ScalingFit, *, at: Sequence[float] = (), title: str = "Scaling law") -> Page:
    """Make the page of a fitted law; ``at`` adds budgets of FLOPs to split."""
    return Page(title=title, sections=(*scaling_sections(fit, at=at), _used(fit)))


def scaling_sections(fit: ScalingFit, *, at: Sequence[float] = ()) -> tuple[Section, ...]:
    """Answer how loss falls, how compute is split, and whether the fit can be trusted."""
    sections = [_law(fit)]
    if fit.law.allocates:
        sections.append(_split(fit, at))
    return (*sections, _trust(fit))


def _law(fit: ScalingFit) -> Section:
    floor = fit.estimate("E") if fit.law.floor is not None else None
    typical = float(np.median(np.abs(fit.residuals)))
    spread = percent(typical, 2) if fit.recipe.scale == "log" else number(typical, 4)
    ends = (
        f" No training takes the loss below {_value(floor.estimate)} "
        f"[{_value(floor.low)}, {_value(floor.high)}] nats a token, says the law."
        if floor
        else ""
    )
    return Section(
        question="How does loss fall with parameters and tokens?",
        finding=f"{_equation(fit)}; half of {integer(fit.n)} runs are within {spread} of it.{ends}",
        low=None if floor is None else floor.low,
        high=None if floor is None else floor.high,
        evidence=(
            f"{fit.recipe.words}; {integer(fit.fitted.resamples_converged)} bootstrap resamples of "
            f"{_drawn(fit)}; FLOPs: {fit.accounting}."
        ),
        chart=partial(plotting.scaling_curves, fit),
        tables=(_parameters(fit),),
        caveats=(
            "A coefficient and its exponent stand and fall together: never compare one alone with "
            "another paper's, but what the laws predict.",
            "E depends on the text and the tokenizer; losses of other data sets do not compare.",
            *fit.notes,
        ),
    )


def _parameters(fit: ScalingFit) -> Table:
    frame = fit.parameters
    numbers = frame.columns[1:]
    rows = frame.with_columns(
        *(pl.col(c).map_elements(_value, return_dtype=pl.String) for c in numbers)
    )
    caption = f"Parameters with {level_text(fit.level)} intervals"
    return Table(rows, PARAMETER_COLUMNS, caption)


def _split(fit: ScalingFit, at: Sequence[float]) -> Section:
    exponent = fit.allocation_exponent
    frame = splits_at(fit, at)
    edge = float(np.exp(fit.points.flops.max()))
    shown = _example(frame, at[0] if at else edge)
    low, high = (exponent.low, exponent.high) if exponent else (None, None)
    ratio, ends = count(shown["tokens_per_param"]), _range(shown, "tokens_per_param")
    return Section(
        question="How should training compute be split between parameters and tokens?",
        finding=(
            f"Parameters should grow as compute to the power {number(_number(exponent), 3)} "
            f"[{number(low, 3)}, {number(high, 3)}]; {_equal(low, high)} At "
            f"{flops(shown['flops'])} FLOPs that is {count(shown['params'])} parameters and "
            f"{count(shown['tokens'])} tokens, {ratio} [{ends}] tokens per parameter."
        ),
        low=low,
        high=high,
        evidence=(
            f"{level_text(fit.level)} intervals from the resamples. The largest run has "
            f"{flops(edge)} FLOPs: beyond it the law is extrapolated."
        ),
        chart=partial(plotting.scaling_splits, fit),
        tables=(
            Table(
                frame.with_columns(
                    params_range=_ranges(frame, "params"),
                    ratio_range=_ranges(frame, "tokens_per_param"),
                ),
                SPLIT_COLUMNS,
                f"Compute-optimal runs with {level_text(fit.level)} intervals",
            ),
            _published(shown["flops"]),
        ),
        caveats=(
            "An interval beyond the runs supposes that the law holds there, which it cannot know.",
            "Published laws count parameters and FLOPs in their own ways, on their own text.",
        ),
    )


def _published(budget: float) -> Table:
    rows = [
        {
            "law": law.name,
            "exponent": law.exponent,
            "ratio": budget / (6.0 * float(law.optimal_params(budget)) ** 2),
            "source": law.source,
        }
        for law in PUBLISHED
    ]
    return Table(pl.DataFrame(rows), PUBLISHED_COLUMNS, f"Published laws at {flops(budget)} FLOPs")


def _trust(fit: ScalingFit) -> Section:
    """Say whether the optimum was found, and which runs lie far from the law."""
    fitted = fit.fitted
    frame = _residuals(fit)
    far = int((frame["robust"].abs() > FAR).sum())
    return Section(
        question="Did the fit find its optimum, and do the runs hold the law?",
        finding=(
            f"{integer(fitted.arrived)} of {integer(fitted.starts)} starts reached the objective "
            f"{fitted.objective:.9g}, and none went lower. {integer(far)} of {integer(fit.n)} runs "
            "lie more than four robust standard deviations from the law."
        ),
        evidence=(
            f"Condition number {number(fit.condition)} with centred logs; "
            f"{integer(fitted.resamples_converged)} of {integer(fitted.resamples)} resamples "
            "converged, each to its own optimum."
        ),
        tables=(_farthest(fit, frame),),
    )


def _residuals(fit: ScalingFit) -> pl.DataFrame:
    """Return each run with its residual, also in robust standard deviations."""
    residuals = fit.residuals
    scale = float(np.median(np.abs(residuals))) * 1.4826
    return pl.DataFrame(
        {
            "params": np.exp(fit.points.params),
            "tokens": np.exp(fit.points.tokens),
            "loss": fit.loss,
            "residual": residuals,
            "robust": residuals / scale if scale > 0 else np.zeros_like(residuals),
        }
    )


def _farthest(fit: ScalingFit, frame: pl.DataFrame) -> Table:
    worst = frame.sort(pl.col("robust").abs(), descending=True).head(WORST)
    of = " (residuals of log losses)" if fit.recipe.scale == "log" else ""
    return Table(worst, RESIDUAL_COLUMNS, f"The {WORST} runs farthest from the law{of}")


def _used(fit: ScalingFit) -> Section:
    removed = sum(r.count for r in fit.removed)
    rows = [
        ("Law", f"{fit.law.name}: {fit.law.equation}"),
        ("Objective", fit.recipe.words),
        ("FLOPs", fit.accounting),
        ("Resamples", f"{integer(fit.resampling.n)} of {_drawn(fit)}"),
        ("Level", level_text(fit.level)),
        ("Seed", str(fit.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    columns = (Column("setting", "Setting"), Column("value", "Value"))
    return Section(
        question="What was used?",
        finding=f"{integer(fit.n)} runs; filters removed {integer(removed)}.",
        tables=(*removed_tables(fit.removed, what="Runs"), Table(settings, columns, "Settings")),
    )


def _equation(fit: ScalingFit) -> str:
    """Write the equation with its numbers."""
    text = fit.law.equation.removeprefix("L = ")
    for row in fit.parameters.iter_rows(named=True):
        name, value = row["parameter"], _value(row["estimate"])
        if name in ("E", "A", "B", "K"):
            text = " ".join(value if part == name else part for part in text.split(" "))
        else:
            text = text.replace(f"^{name}", f"^{value}")
    return f"L = {text}"


def _drawn(fit: ScalingFit) -> str:
    if fit.fitted.of_noise:
        return "noise about the runs"
    if fit.resampling.cluster is None:
        return "single runs"
    return f"{integer(int(fit.groups.max()) + 1)} clusters by {fit.resampling.cluster}"


def _example(frame: pl.DataFrame, budget: float) -> dict[str, float]:
    """Return the largest budget up to this one."""
    return frame.filter(pl.col("flops") <= budget * (1 + 1e-9)).row(-1, named=True)


def _range(row: dict[str, float], name: str) -> str:
    return f"{count(row[f'{name}_low'])}, {count(row[f'{name}_high'])}"


def _ranges(frame: pl.DataFrame, name: str) -> pl.Series:
    return pl.Series([f"[{_range(row, name)}]" for row in frame.iter_rows(named=True)])


def _equal(low: float | None, high: float | None) -> str:
    if low == high:
        return "the law has one exponent for both, which makes it 0.5."
    if low is None or high is None or low <= 0.5 <= high:  # noqa: PLR2004
        return "equal growth of both, 0.5, is within."
    return "equal growth of both, 0.5, is outside."


def _number(value: object) -> float | None:
    return getattr(value, "estimate", None)


def _value(value: float) -> str:
    """Write a parameter with four significant digits."""
    if not np.isfinite(value):
        return number(value)
    return integer(float(f"{value:.4g}")) if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"  # noqa: PLR2004
