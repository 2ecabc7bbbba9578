"""An explanation in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from theodolite.scaling.measure import Aim
    from theodolite.scaling.printed import Printed
    from theodolite.scaling.result import ScalingFit

__all__ = ["INTERVAL_WORDS", "STEP_WORDS", "verdict_of"]

STEP_WORDS = {
    "rounding": "rounding in print",
    "remainder": "what is left",
    "optimiser": "an early stop of the optimiser there",
    "objective": "the objective",
    "outliers": "the highest losses",
}
INTERVAL_WORDS = {
    "digits": "by the digits lost",
    "resamples": "over resamples",
    "starts": "by where it starts",
}
# A start is hardly left where less than this part of the way down to the optimum is gone.
STAYS = 0.25


def verdict_of(
    printed: Printed,
    fit: ScalingFit,
    aim: Aim,
    steps: pl.DataFrame,
    inside: pl.DataFrame,
    p_value: float,
) -> str:
    """Say how far the set is from the optimum, what each step changes, and what noise can do.

    Parameters
    ----------
    printed, fit, aim
        The set, the law of the runs, and where they are compared.
    steps, inside, p_value
        Of the explanation.
    """
    at = {row["quantity"]: row for row in inside.iter_rows(named=True)}
    exponent, ratio = at["allocation_exponent"], at["tokens_per_param"]
    first = (
        f"As printed, {printed.law.name} has the allocation exponent {exponent['printed']:.3f} and "
        f"{_short(ratio['printed'])} tokens a parameter at {aim.flops:.2e} FLOPs; the optimum of "
        f"these {fit.n:,} runs has {exponent['estimate']:.3f} [{exponent['low']:.3f}, "
        f"{exponent['high']:.3f}] and {_short(ratio['estimate'])} [{_short(ratio['low'])}, "
        f"{_short(ratio['high'])}]."
    ).replace("e+", "e")
    return " ".join(
        (first, _parts(steps), *_stop(steps), _noise(printed, inside, fit.level, p_value))
    )


def _parts(steps: pl.DataFrame) -> str:
    rows = list(steps.filter(pl.col("quantity") == "allocation_exponent").iter_rows(named=True))
    whole = sum(row["change"] for row in rows)
    parts = [f"{STEP_WORDS[row['step']]} {row['change']:+.3f}{_ends(row)}" for row in rows]
    return f"Of the difference in the exponent, {whole:+.3f}: {', '.join(parts)}."


def _stop(steps: pl.DataFrame) -> list[str]:
    """Say whether the published optimiser, started at the published set, leaves it."""
    if "optimiser" not in steps["step"]:
        return []
    rows = {
        row["step"]: row
        for row in steps.filter(pl.col("quantity") == "objective_per_run").iter_rows(named=True)
    }
    least = rows[list(rows)[-1]]["after"]
    before, after = rows["remainder"]["before"] / least, rows["remainder"]["after"] / least
    stays = before - after < STAYS * (before - 1.0)
    return [
        f"Started at the published set, its optimiser {'hardly leaves' if stays else 'leaves'} it: "
        f"the objective falls from {before:.2f} to {after:.2f} times the optimum's."
    ]


def _ends(row: dict[str, Any]) -> str:
    """Write the interval of a change, and what moves it."""
    if row["low"] is None:
        return ""
    ends = f"{row['low']:+.3f} to {row['high']:+.3f}"
    return f" ({ends} {INTERVAL_WORDS[row['interval_of']]})"


def _noise(printed: Printed, inside: pl.DataFrame, level: float, p_value: float) -> str:
    precise = " in full precision" if printed.fuller else ""
    outside = [_plain(row["quantity"]) for row in inside.iter_rows(named=True) if not row["inside"]]
    chance = f"p = {p_value:.1e}" if p_value >= 1e-300 else "p below 1e-300"  # noqa: PLR2004
    if p_value < 1.0 - level:
        text = f"The noise of these runs does not explain the set{precise} (Wald test, {chance})"
    else:
        text = f"The set{precise} is within the noise of these runs (Wald test, {chance})"
    if not outside:
        return f"{text}; what is compared is within the intervals of the fit."
    return f"{text}; outside the intervals of the fit: {', '.join(outside)}."


def _plain(quantity: str) -> str:
    return {
        "allocation_exponent": "the allocation exponent",
        "tokens_per_param": "tokens a parameter",
        "loss": "the loss of the far run",
    }[quantity]


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e3 else f"{value:,.0f}"  # noqa: PLR2004
