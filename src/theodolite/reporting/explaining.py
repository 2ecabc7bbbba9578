"""What an explanation says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import count, flops, integer, level_text, listed, number, printable
from theodolite.reporting.influence import digits
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Explanation

__all__ = ["explain_page", "explain_sections"]

STEPS = {
    "rounding": "Rounding in print",
    "remainder": "What is left",
    "optimiser": "An early stop",
    "objective": "The objective",
    "outliers": "The highest losses",
}
QUANTITIES = {
    "allocation_exponent": "Allocation exponent",
    "tokens_per_param": "Tokens per parameter",
    "loss": "Loss of the far run",
    "mean_residual": "Mean residual",
    "objective_per_run": "Objective per run",
}

STEP_COLUMNS = (
    Column("step", "Step"),
    Column("before_text", "Before"),
    Column("after_text", "After"),
    Column("change_text", "Change"),
    Column("ends", "Interval"),
    Column("share", "Share", "percent", 0),
    Column("orders", "In other orders"),
)
ENDS_COLUMNS = (
    Column("of", "Of the cost"),
    Column("start", "Start: log E, log A, log B, alpha, beta"),
    Column("E", "E", "number", 3),
    Column("A", "A", "count"),
    Column("B", "B", "count"),
    Column("alpha", "alpha", "number", 3),
    Column("beta", "beta", "number", 3),
    Column("allocation_exponent", "Exponent", "number", 3),
    Column("ratio", "Objective / optimum", "number", 3),
)


def explain_page(found: Explanation, checks: tuple[Section, ...] = ()) -> Page:
    """Make the page of an explanation; ``checks`` are further sections about its fit."""
    name = printable(found.printed.law.name)
    sections = (*explain_sections(found), *checks, _used(found))
    return Page(title=f"Why {name} is not the optimum of these runs", sections=sections)


def explain_sections(found: Explanation) -> tuple[Section, ...]:
    """Answer what each step changes, where the optimiser stops, and what noise could do."""
    sections = [_chain(found)]
    if len(found.stopped):
        sections.append(_stopped(found))
    return (*sections, _objectives(found), _noise(found))


def _chain(found: Explanation) -> Section:
    inside = found.inside.row(0, named=True)
    steps = found.steps.with_columns(
        step=pl.col("step").replace(STEPS),
        words=pl.col("quantity").replace(QUANTITIES),
        ends=_range("low", "high"),
        orders=_range("least", "most"),
        change_text=_signed("change"),
        **{f"{n}_text": _text(n) for n in ("before", "after")},
    )
    tables = [_stage_table(found)] + [
        Table(
            steps.filter(pl.col("quantity") == name), STEP_COLUMNS, f"{QUANTITIES[name]}, by step"
        )
        for name in ("allocation_exponent", "tokens_per_param", "loss")
    ]
    return Section(
        question="What takes the published law to the optimum of these runs?",
        finding=found.verdict,
        low=inside["low"],
        high=inside["high"],
        evidence=(
            f"{integer(found.fit.n)} runs; {found.fit.recipe.words}. The far run has "
            f"{count(found.aim.params)} parameters and {count(found.aim.tokens)} tokens."
        ),
        chart=partial(plotting.explanation_steps, found),
        tables=tuple(tables),
        caveats=_chain_caveats(found),
    )


def _stage_table(found: Explanation) -> Table:
    optimum = found.fit.fitted.objective / found.fit.n
    words = plotting.stage_words(found)
    shown = found.stages.with_columns(
        stage=pl.Series(words), ratio=pl.col("objective_per_run") / optimum
    )
    columns = (
        Column("stage", "Stage"),
        Column("ratio", "Objective / optimum", "number", 3),
        Column("mean_residual", "Mean residual", "number", 4),
        Column("allocation_exponent", "Exponent", "number", 3),
        Column("tokens_per_param", "Tokens/param.", "count"),
        Column("loss", "Far loss", "number", 3),
    )
    return Table(shown, columns, "The chain, on the runs of the fit")


def _chain_caveats(found: Explanation) -> tuple[str, ...]:
    out = [
        "What a step changes depends on those before it; the last column goes through all orders "
        "of optimiser, objective and outliers.",
        "What is left is the difference between the published set and what the published way "
        "makes of it on these runs: other runs, noise, and whatever is not known of its making.",
    ]
    if found.printed.fuller is None:
        out.append("Rounding is given the best set that rounds to the printed digits.")
    if len(found.stopped):
        out.append(
            "The stop of the published optimiser is emulated: L-BFGS-B on the average cost, from "
            "the published set. It hardly leaves any set that fits passably: that an early stop "
            "can explain much does not show that there was one. Its interval is over other starts."
        )
    return tuple(out)


def _stopped(found: Explanation) -> Section:
    ways = {of: found.stopped.filter(pl.col("of") == of) for of in ("mean", "sum")}
    best = {of: frame.row(0, named=True) for of, frame in ways.items()}
    optimum = found.fit.fitted.objective / found.fit.n
    before, after, reached = found.descent
    stop = found.stages.filter(pl.col("stage") == "remainder").row(0, named=True)
    shown = found.stopped.with_columns(
        ratio=pl.col("objective_per_run") / optimum,
        of=pl.col("of").replace({"mean": "average", "sum": "sum"}),
        start=pl.format(
            "{}, {}, {}, {}, {}",
            *(f"start_{name}" for name in found.fit.law.parameters),
        ),
    )
    exponents = ways["mean"]["allocation_exponent"].drop_nulls().to_list()
    return Section(
        question="Where would the published optimiser have stopped on these runs?",
        finding=(
            "Minimising the average cost with loose tolerances from the published set, it stops at "
            f"the exponent {number(stop['allocation_exponent'], 3)}, where the objective is "
            f"{number(stop['objective_per_run'] / optimum, 2)} times that of the optimum (before: "
            f"{number(before / optimum, 2)}). From the starts of the grid its best end has "
            f"{number(best['mean']['allocation_exponent'], 3)}, the best {len(exponents)} range "
            f"from {number(min(exponents), 3)} to {number(max(exponents), 3)}; summing the cost, "
            f"{number(best['sum']['allocation_exponent'], 3)}. The optimum has "
            f"{number(found.inside['estimate'][0], 3)}."
        ),
        evidence=(
            "L-BFGS-B with the default tolerances of SciPy, from the 32 starts of the published "
            "grid about the published set. Followed downhill to the end, the published set goes "
            f"from {before:.4g} to {after:.4g} a run, "
            + ("the optimum." if reached else "a minimum that is not the lowest.")
        ),
        tables=(Table(shown, ENDS_COLUMNS, "The best ends, on the objective of this fit"),),
    )


def _objectives(found: Explanation) -> Section:
    rows = found.alternatives.filter(pl.col("objective") != found.fit.recipe.words)
    exponents = rows.filter(pl.col("quantity") == "allocation_exponent")
    parts = [
        f"{row['objective']} gives {number(row['value'], 3)} ({row['change']:+.3f} "
        f"[{row['low']:+.3f}, {row['high']:+.3f}])"
        for row in exponents.iter_rows(named=True)
    ]
    shown = rows.with_columns(
        words=pl.col("quantity").replace(QUANTITIES),
        ends=_range("low", "high"),
        value_text=_text("value"),
        change_text=_signed("change"),
    )
    columns = (
        Column("objective", "Objective"),
        Column("words", "Quantity"),
        Column("value_text", "Value"),
        Column("change_text", "Against the fit"),
        Column("ends", "Interval"),
    )
    return Section(
        question="What would another objective have found?",
        finding=f"Of the allocation exponent: {'; '.join(parts)}.",
        evidence="Paired resamples: both objectives see the same runs in each.",
        tables=(Table(shown, columns, "Other optima of the same runs"),),
    )


def _noise(found: Explanation) -> Section:
    out = found.inside.filter(~pl.col("inside"))["quantity"].replace(QUANTITIES).to_list()
    chance = f"{found.p_value:.1e}" if found.p_value >= 1e-300 else "below 1e-300"  # noqa: PLR2004
    shown = found.inside.with_columns(
        quantity=pl.col("quantity").replace(QUANTITIES),
        ends=pl.format("[{}, {}]", _text("low"), _text("high")),
        inside=pl.when(pl.col("inside")).then(pl.lit("yes")).otherwise(pl.lit("no")),
        **{f"{n}_text": _text(n) for n in ("printed", "full", "estimate")},
    )
    columns = (
        Column("quantity", "Quantity"),
        Column("printed_text", "As printed"),
        Column("full_text", "In full precision"),
        Column("estimate_text", "These runs"),
        Column("ends", "Interval"),
        Column("inside", "Inside"),
    )
    where = f"Outside the intervals: {listed(out)}." if out else "All are within the intervals."
    return Section(
        question="Could noise in these runs be the reason?",
        finding=(
            f"The Wald statistic of the published set is {number(found.wald, 2)} on {found.df} "
            f"degrees of freedom (p = {chance}). {where}"
        ),
        evidence=f"{integer(found.fit.fitted.resamples_converged)} bootstrap resamples.",
        tables=(Table(shown, columns, f"{level_text(found.fit.level)} intervals of the fit"),),
        caveats=(
            "The test takes the published set as it stands, without an error of its own, and the "
            "estimate as normal with the covariance of the resamples: a tiny p is no exact one.",
        ),
    )


def _used(found: Explanation) -> Section:
    fit = found.fit
    rows = [
        ("Published", f"{found.printed.law.name}: {found.printed.law.source}"),
        ("Objective", fit.recipe.words),
        ("FLOPs", fit.accounting),
        ("Compared at", f"{flops(found.aim.flops)} FLOPs"),
        ("Resamples", integer(fit.resampling.n)),
        ("Level", level_text(fit.level)),
        ("Seed", str(fit.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    columns = (Column("setting", "Setting"), Column("value", "Value"))
    removed = sum(r.count for r in fit.removed)
    return Section(
        question="What was used?",
        finding=f"{integer(fit.n)} runs; filters removed {integer(removed)}.",
        tables=(*removed_tables(fit.removed, what="Runs"), Table(settings, columns, "Settings")),
    )


def _text(name: str) -> pl.Expr:
    return pl.col(name).map_elements(digits, return_dtype=pl.String)


def _signed(name: str) -> pl.Expr:
    return pl.col(name).map_elements(lambda value: f"{value:+.3g}", return_dtype=pl.String)


def _range(low: str, high: str) -> pl.Expr:
    ends = pl.format("[{}, {}]", _signed(low), _signed(high))
    return pl.when(pl.col(low).is_not_null()).then(ends).otherwise(pl.lit(""))
