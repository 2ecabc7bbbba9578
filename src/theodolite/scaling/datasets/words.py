"""The verdict on training sets, and what would decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.datasets.result import MARGIN, Decides, Verdict
from theodolite.scaling.result import Estimate

if TYPE_CHECKING:
    from theodolite.scaling.datasets.choice import Choice

__all__ = ["decides_of", "form_words", "verdict_of"]

MOST_NAMED = 4

FORM_WORDS = {
    "shared": "no difference between the sets",
    "tokens": "one multiplier of tokens for each set",
    "params": "one multiplier of parameters for each set",
    "floor": "a floor of its own for each set",
    "token-term": "a fall with tokens of its own for each set",
    "own": "a law of its own for each set",
}


def form_words(name: str) -> str:
    """Return what a form says of the sets."""
    return FORM_WORDS[name]


def verdict_of(
    pairs: pl.DataFrame, worth: pl.DataFrame, choice: Choice, *, by: str, reference: str
) -> tuple[Verdict, str]:
    """Judge the pairs, and say in words what holds and whether one multiplier says it.

    Parameters
    ----------
    pairs
        Ratios of multipliers with intervals that hold together.
    worth
        What a token is worth at each run of the other sets.
    choice
        The form that was taken.
    by, reference
        The column that names the sets, and the set whose tokens count as 1.
    """
    if choice.one_multiplier == "no":
        # Laws that cross may be worth the same on average: only the runs tell.
        return "differ", f"The sets differ, {_by_run(worth, reference)}. {_one(choice)}"
    apart = pairs.filter("apart")
    widest = pairs.sort("ratio", descending=True).row(0, named=True)
    ends = f"{widest['ratio']:.2f} [{widest['low']:.2f}, {widest['high']:.2f}]"
    best = f"one token of {widest['dataset']} is worth {ends} of {widest['other']}"
    verdict: Verdict
    if len(apart):
        verdict = "differ"
        many = f"; {len(apart)} of {len(pairs)} pairs are apart" if len(pairs) > 1 else ""
        words = f"The sets differ: {best} on average{many}."
    elif pairs["low"].min() >= 1.0 / MARGIN and pairs["high"].max() <= MARGIN:  # type: ignore[operator]
        verdict = "no difference shown"
        words = (
            f"No difference by {by} is shown, and any is below a factor of {MARGIN:g}: at most "
            f"{best}."
        )
    else:
        verdict = "cannot be told"
        words = f"Whether the sets differ cannot be told: {best}."
    return verdict, f"{words} {_one(choice)}"


def _by_run(worth: pl.DataFrame, reference: str) -> str:
    """Say what a token is worth at the largest run of each set, and between which values."""
    parts = []
    for row in worth.filter("largest").iter_rows(named=True):
        own = worth.filter(dataset=row["dataset"])["multiplier"]
        low, high = (_factor(x) for x in (own.min(), own.max()))
        ends = f"{_factor(row['multiplier'])} [{_factor(row['low'])}, {_factor(row['high'])}]"
        parts.append(f"one of {row['dataset']} {ends} ({low} to {high} over its runs)")
    more = f", and {len(parts) - MOST_NAMED} more sets" if len(parts) > MOST_NAMED else ""
    text = f"by no one factor. In tokens of {reference}, at the largest run of each set: "
    return f"{text}{', '.join(parts[:MOST_NAMED])}{more}"


def _factor(value: Any) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "\N{INFINITY}"


def _one(choice: Choice) -> str:
    best = FORM_WORDS[choice.form]
    if choice.one_multiplier == "no":
        p_values = choice.table.filter(pl.col("form") == "tokens")["p_own"]
        tested = [(p, "own") for p in p_values if p is not None]
        if choice.p_token_term is not None:
            tested.append((choice.p_token_term, "token-term"))
        p, larger = min(tested)
        return (
            f"One multiplier does not describe how they differ (p = {p:.2g} against "
            f"{FORM_WORDS[larger]}): what a token is worth changes with tokens or size. "
            f"Taken: {best}."
        )
    if choice.one_multiplier == "yes":
        return (
            "One multiplier of tokens describes how they differ, and no other form as simple does."
        )
    if choice.form == "shared":
        return "Runs left out are foretold as well by one law for all sets."
    rivals = [name for name in choice.rivals if name != choice.form]
    others = f"; as well predict: {', '.join(rivals)}" if rivals else ""
    return (
        f"Whether one multiplier describes how they differ cannot be told. Taken: {best}{others}."
    )


def decides_of(pairs: pl.DataFrame, choice: Choice, n: int) -> Decides:
    """Say how many runs would bring the nearest undecided pair off 1.

    The interval narrows as the root of the runs: n ((log ratio - log low) / log ratio)^2.
    """
    if choice.one_multiplier == "no":
        text = (
            "That the sets differ needs no more runs. What a token is worth at another size or "
            "token count needs runs of each set there."
        )
        return Decides(None, None, text)
    open_pairs = pairs.filter(~pl.col("apart"))
    if open_pairs.is_empty():
        return Decides(None, None, _forms_text(choice))
    logs = open_pairs.select(pl.col("ratio", "low", "high").log()).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        need = np.where(logs[:, 0] > 0, (logs[:, 0] - logs[:, 1]) / logs[:, 0], np.inf)
    at = int(np.argmin(need))
    row = open_pairs.row(at, named=True)
    ratio, low, high = (float(x) for x in logs[at])
    most = max(high, ratio)
    runs = Estimate(
        float(n * need[at] ** 2),
        float(n * ((ratio - low) / most) ** 2) if most > 0 else float("inf"),
        float("inf"),
    )
    text = f"{row['dataset']} against {row['other']}: "
    if np.isfinite(runs.estimate):
        text += (
            f"about {runs.estimate:,.0f} runs like these in all, for {n:,} now, if one token is "
            f"worth {row['ratio']:.2f}; at least {max(runs.low, n):,.0f}."
        )
    else:
        text += "no number of runs, if they are alike as estimated."
    return Decides((row["dataset"], row["other"]), runs, text)


def _forms_text(choice: Choice) -> str:
    if choice.one_multiplier == "cannot be told":
        return (
            "Every pair is apart. Runs of each set at the smallest and the largest token counts of "
            "one size would tell a multiplier from a floor."
        )
    return "Every pair is apart: for that no more runs are needed."
