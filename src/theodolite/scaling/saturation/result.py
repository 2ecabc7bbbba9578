"""What a test of saturation says: by size, overall, and in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from theodolite.scaling.saturation.drawing import extrapolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.result import Estimate, ScalingFit
    from theodolite.scaling.saturation.deciding import Curves
    from theodolite.scaling.saturation.sizes import Sizes
    from theodolite.tables import Removal

    Array = NDArray[np.float64]

__all__ = ["NEAR", "NONE", "VERDICTS", "Saturation", "Verdict", "verdict_of"]

Verdict = Literal[
    "as the law says", "slower", "faster", "saturated", "differs by size", "cannot be told"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Near the law's slope is above two thirds of it, and below three halves; near none below a half.
NEAR, NONE = 2.0 / 3.0, 0.5
PHRASES: dict[Verdict, str] = {
    "as the law says": "the loss still falls as the law says",
    "slower": "the loss still falls, but more slowly than the law says",
    "faster": "the loss falls faster than the law says",
    "saturated": "the loss has stopped falling, or nearly so",
    "differs by size": "some sizes fall more slowly than the law says, others faster",
    "cannot be told": "these runs cannot tell whether the loss still falls as the law says",
}


def verdict_of(low: float, high: float) -> Verdict:
    """Name what the interval of a slope ratio shows.

    Examples
    --------
    >>> verdict_of(0.8, 1.2), verdict_of(0.3, 0.8), verdict_of(-0.2, 0.3), verdict_of(-0.2, 1.4)
    ('as the law says', 'slower', 'saturated', 'cannot be told')
    """
    if low > 1.0:
        return "faster"
    if high < 1.0:
        return "saturated" if low <= 0.0 and high < NONE else "slower"
    return "as the law says" if low > NEAR and high < 1.0 / NEAR else "cannot be told"


@dataclass(frozen=True)
class Saturation:
    """Whether losses at fixed sizes still fall with tokens.

    Attributes
    ----------
    verdict
        ``as the law says``, ``slower``, ``faster``, ``saturated``, ``differs by size`` or
        ``cannot be told``: from the interval of ``ratio``.
    ratio, ratio_early
        The slope ratio over all sizes: 1 falls as the law says, 0 not at all. Of the law of all
        runs, and of that fitted without each size's last stretch (``None`` where there is none).
    apart
        Standard deviation of the ratios between sizes, beyond their noise.
    sizes
        One row a size: ``params``, ``tokens`` (the most), ``runs``, ``token_counts``, ``slope``
        (-dL/dlnD there), ``law_slope``, ``ratio``, ``remaining`` (loss that more tokens could
        still take, by the law of all runs), ``used`` (the share of what could be taken at the
        size's fewest tokens that is gone), ``half_tokens`` (tokens for half of what remains),
        each with ``_low`` and ``_high``; ``exponent`` (of the size's own power of D),
        ``own_floor``, ``verdict``, and ``together``: the verdict where the intervals of all sizes
        hold at once (Bonferroni).
    comparison
        One row a hypothesis: see :func:`theodolite.scaling.saturation.comparing.compared`.
    forecasts
        The forecasts behind it.
    decisions
        One row a size and pair: see :func:`theodolite.scaling.saturation.deciding.decisions`.
    fit, early, curves, runs
        The law of all runs, the law without the last stretches (``None`` where these runs cannot
        hold one), each size's own curves, and the runs by size.
    noise
        Standard deviation of a late run about its stretch, as a share of the loss.
    new_runs, level, seed
        Settings.
    removed, notes
        What filters took away; what a reader must know.
    """

    verdict: Verdict
    ratio: Estimate
    ratio_early: Estimate | None
    apart: float
    sizes: pl.DataFrame = field(repr=False)
    comparison: pl.DataFrame = field(repr=False)
    forecasts: pl.DataFrame = field(repr=False)
    decisions: pl.DataFrame = field(repr=False)
    fit: ScalingFit = field(repr=False)
    early: ScalingFit | None = field(repr=False)
    curves: Curves = field(repr=False)
    runs: Sizes = field(repr=False)
    noise: float
    new_runs: int
    level: float
    seed: int
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict_words(self) -> str:
        """The verdict as a sentence."""
        text = PHRASES[self.verdict]
        r = self.ratio
        sizes = "1 size" if len(self.runs) == 1 else f"{len(self.runs)} sizes"
        more = ""
        if self.verdict in ("slower", "cannot be told"):
            more = (
                "; that it has stopped is excluded"
                if r.low > 0.0
                else "; that it has stopped cannot be excluded"
            )
        return (
            f"{text[0].upper()}{text[1:]}: over the last stretch of tokens the slope of {sizes} "
            f"is {r.estimate:.2f} [{r.low:.2f}, {r.high:.2f}] times the law's{more}.{self._apart()}"
        )

    def _apart(self) -> str:
        """Name the sizes that are surely off the law, where the verdict does not."""
        if len(self.runs) == 1 or self.verdict not in ("as the law says", "cannot be told"):
            return ""
        told = self.sizes.get_column("together").to_list()
        slow, fast = told.count("slower") + told.count("saturated"), told.count("faster")
        parts = [
            f"{n} {'falls' if n == 1 else 'fall'} {word}"
            for n, word in ((slow, "more slowly"), (fast, "faster"))
            if n
        ]
        return f" With all sizes held together {' and '.join(parts)} than it." if parts else ""

    @property
    def decides(self) -> dict[str, Any]:
        """The size that would tell soonest whether the loss goes on as the law's, or stays."""
        rows = self.decisions.filter(pl.col("and") == "saturated").sort("multiple")
        row = rows.row(0, named=True)
        if self.verdict == "cannot be told" or row["reason"]:
            text = row["reason"] or (
                f"{row['multiple']:.3g} times the tokens at {row['params']:.3g} parameters"
            )
        else:
            text = "the slopes are told apart already"
        return {**_decision(row), "text": text}

    @property
    def observed(self) -> pl.DataFrame:
        """The runs of the sizes: ``params``, ``tokens``, ``loss``, ``late``."""
        return pl.DataFrame(
            {
                "params": self.runs.params[self.runs.group],
                "tokens": np.exp(self.runs.runs.log_tokens),
                "loss": self.runs.loss,
                "late": self.runs.late()[0],
            }
        )

    def curves_of(self, which: Sequence[int]) -> pl.DataFrame:
        """Return the curves of some sizes, by row of :attr:`sizes`: see ``drawing``."""
        return extrapolated(self.runs, self.fit, self.curves, which)

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`sizes`."""
        return self.sizes

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        intervals = ("slope", "law_slope", "ratio", "remaining", "used", "half_tokens")
        sizes = []
        for row in self.sizes.iter_rows(named=True):
            ends = {name: _interval(row, name) for name in intervals}
            sizes.append({**row, **ends})
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "slope_ratio": self.ratio.to_dict(),
            "slope_ratio_early": None if self.ratio_early is None else self.ratio_early.to_dict(),
            "apart": self.apart,
            "sizes": sizes,
            "comparison": self.comparison.to_dicts(),
            "decides": self.decides,
            "decisions": [_decision(row) for row in self.decisions.iter_rows(named=True)],
            "noise": self.noise,
            "new_runs": self.new_runs,
            "law": self.fit.law.name,
            **self.fit.recipe.to_dict(),
            "resamples": self.fit.resampling.n,
            "cluster": self.fit.resampling.cluster,
            "n": self.fit.n,
            "level": self.level,
            "seed": self.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }


def _interval(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Take a number and its ends out of a row; an end without bound is flagged."""
    out = {
        key: row.pop(f"{name}{end}")
        for key, end in (("estimate", ""), ("low", "_low"), ("high", "_high"))
    }
    return out if out["high"] != float("inf") else {**out, "unbounded": True}


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    """Write a decision; an end without bound is flagged, since JSON has none."""
    return {
        "params": row["params"],
        "between": [row["between"], row["and"]],
        "estimate": row["multiple"],
        "low": row["low"],
        "high": row["high"],
        "tokens": row["tokens"],
        "unbounded": row["high"] == float("inf"),
        "reason": row["reason"],
    }
