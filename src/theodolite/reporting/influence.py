"""What the influence of single runs and the profiles of a law say, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import flops, integer, level_text, listed, number, printable
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Influence, Profiles, ScalingFit

__all__ = ["digits", "influence_section", "profile_section"]

MOST_ROWS = 8
# A run whose leaving out moves the estimate this much of its own error matters.
MATTERS = 0.5
FAR = 4.0
CHANGES = {
    "change_E": "E",
    "change_gamma": "gamma",
    "change_allocation_exponent": "Exponent",
    "change_loss_far": "Far loss",
}

PROFILE_COLUMNS = (
    Column("parameter", "Parameter"),
    Column("estimate", "Estimate"),
    Column("low", "Low"),
    Column("high", "High"),
    Column("unbounded", "No end"),
    Column("bootstrap", "Bootstrap"),
)


def influence_section(single: Influence, fit: ScalingFit) -> Section:
    """Answer whether the law hangs on single runs.

    Parameters
    ----------
    single
        Every run left out once.
    fit
        The fit that it was done for.
    """
    frame = single.frame
    top = frame.row(0, named=True)
    matters = int((frame["influence"].fill_null(0.0) > MATTERS).sum())
    far = int((frame["residual_sd"].abs() > FAR).sum())
    names = [name for name in CHANGES if name in frame.columns]
    label = ("label", "Run") if "label" in frame.columns else ("run", "Row")
    columns = (
        Column(*label),
        Column("params", "Parameters", "count"),
        Column("tokens", "Tokens", "count"),
        Column("residual_sd", "Residual (sd)", "number", 1),
        *(Column(name, CHANGES[name], "number", 4) for name in names),
        Column("influence", "Influence", "number", 2),
    )
    lost = single.not_converged
    return Section(
        question="Does the law hang on single runs?",
        finding=(
            f"{_most(top)} {integer(matters)} of {integer(fit.n)} runs move it by more than "
            f"half an error, and {integer(far)} lie more than four robust standard deviations "
            "from the law."
        ),
        evidence="Every run was left out once, and the law fitted again.",
        tables=(
            Table(
                frame,
                columns,
                "Changes without each run, the most influential on top (influence in standard "
                "errors, residuals in robust standard deviations; far loss at "
                f"{flops(single.aim.flops)} FLOPs)",
                most=MOST_ROWS,
            ),
        ),
        caveats=(
            "Runs that are off together hide each other: leave them out together (outliers).",
            *((f"Without each of {integer(lost)} runs no minimum was reached.",) if lost else ()),
        ),
    )


def profile_section(curves: Profiles, fit: ScalingFit) -> Section:
    """Answer how far each parameter may go before the runs object.

    Parameters
    ----------
    curves
        The profiles of the fit.
    fit
        The fit.
    """
    frame = curves.to_frame()
    open_ended = frame.filter(pl.col("unbounded").is_not_null())["parameter"].to_list()
    finding = "The runs bound every parameter on both sides."
    if open_ended:
        finding = f"The runs leave {listed(open_ended)} without an end."
    return Section(
        question="How far may each parameter go before the runs object?",
        finding=finding,
        evidence=(
            f"{level_text(curves.level)} quasi-likelihood intervals: where the objective, all "
            "other parameters fitted again, rises to the limit "
            f"{number(curves.threshold, 2)}."
        ),
        chart=partial(plotting.profile_curves, curves),
        tables=(
            Table(
                _beside_bootstrap(frame, fit),
                PROFILE_COLUMNS,
                "Profile intervals, and those of the bootstrap beside",
            ),
        ),
        caveats=(
            "A profile takes the errors of all runs for independent and of one law; the bootstrap "
            "does not. Where they differ, believe the bootstrap.",
        ),
    )


def _beside_bootstrap(frame: pl.DataFrame, fit: ScalingFit) -> pl.DataFrame:
    """Write the intervals as text, those of the bootstrap beside."""
    rows = frame.with_columns(
        *map(_text, ("estimate", "low", "high")),
        pl.col("parameter").replace("allocation_exponent", "allocation exponent"),
        pl.col("unbounded").fill_null(""),
    )
    boot = fit.parameters.select(
        "parameter", pl.format("[{}, {}]", _text("low"), _text("high")).alias("bootstrap")
    )
    exponent = fit.allocation_exponent
    if exponent is not None:
        ends = f"[{digits(exponent.low)}, {digits(exponent.high)}]"
        row = {"parameter": "allocation exponent", "bootstrap": ends}
        boot = pl.concat([boot, pl.DataFrame([row])])
    return rows.join(boot, on="parameter", how="left", maintain_order="left")


def _most(top: dict[str, Any]) -> str:
    name = printable(str(top["label"])) if top.get("label") else f"run {top['run']}"
    if top["influence"] == float("inf"):
        return f"Without {name} the other runs do not identify the law."
    moved = top.get("change_allocation_exponent")
    size = "" if moved is None else f", the allocation exponent by {moved:+.3f}"
    return (
        f"The most influential is {name}: without it the estimate moves by "
        f"{number(top['influence'], 2)} standard errors{size}."
    )


def _text(name: str) -> pl.Expr:
    return pl.col(name).map_elements(digits, return_dtype=pl.String)


def digits(value: float) -> str:
    """Write a number with four significant digits.

    Examples
    --------
    >>> digits(0.55375), digits(float("inf"))
    ('0.5537', '∞')
    """
    if abs(value) == float("inf"):
        return number(value)
    return f"{value:,.0f}" if abs(value) >= 1e3 else f"{value:.4g}"  # noqa: PLR2004
