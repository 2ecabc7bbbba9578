"""What a test of scores against tokens says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.tables import Removal

__all__ = ["ScoreSaturation", "TwoModels"]

TRENDS = ("slope", "doubling", "curvature", "slope_at_most")
GAINS = ("difference", "relative", "expected")


@dataclass(frozen=True)
class TwoModels:
    """One model beside another with fewer tokens.

    Attributes
    ----------
    model, against, tokens, against_tokens
        Which, and their tokens, ``None`` where not known: nothing is ``expected`` then.
    benchmarks
        One row a benchmark: ``score_a``, ``score_b``, ``measured_a``, ``measured_b``,
        ``difference``, ``relative`` and ``expected`` (the difference that the trend of the other
        families says), each with ``_low`` and ``_high``; ``relative_reason`` where no ratio can
        be told, as a score is within its noise of 0; ``verdict`` (``within the trend``,
        ``above the trend``, ``below the trend``), ``matched`` (settings of one source in which
        both were measured) and ``matched_difference``.
    relative
        Geometric mean of the relative gains over the benchmarks that have one: ``estimate``,
        ``low``, ``high``; ``None`` where none has.
    """

    model: str
    against: str
    tokens: float | None
    against_tokens: float | None
    benchmarks: pl.DataFrame = field(repr=False)
    relative: dict[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "model": self.model,
            "against": self.against,
            "tokens": self.tokens,
            "against_tokens": self.against_tokens,
            "relative": self.relative,
            "benchmarks": _with_intervals(self.benchmarks, GAINS),
        }


@dataclass(frozen=True)
class ScoreSaturation:
    """Scores of base models of about one size against their training tokens.

    Attributes
    ----------
    scores
        One row a benchmark: ``models``, ``families``, ``measurements``, ``slope`` (gain of a
        doubling of tokens in logits above chance), ``doubling`` (the same in points of score at
        the middle), ``curvature`` (change of the slope's half a doubling), ``slope_at_most``
        (by the curve, at the most tokens), each with ``_low`` and ``_high``; ``between`` (standard
        deviation between models of the same tokens), ``harness`` (that of settings, per root of
        s (1 - s)); ``error_flat``, ``error_line``, ``error_curve``, ``error_plateau`` (mean
        absolute error of each family foretold from the others, in points of score);
        ``verdict``: ``rises``, ``rises, but flattens``, ``falls`` or ``cannot be told``.
    models
        One row a benchmark and model: what the trends were fitted to, and ``fitted``.
    pair
        Two models compared; ``None`` where none were named.
    without
        Benchmarks that could not be used, with the ``reason``.
    params, level
        Settings.
    removed
        What was left out.
    """

    scores: pl.DataFrame = field(repr=False)
    models: pl.DataFrame = field(repr=False)
    pair: TwoModels | None
    without: tuple[dict[str, str], ...]
    params: tuple[float, float]
    level: float
    removed: tuple[Removal, ...] = ()

    @property
    def verdict(self) -> str:
        """What more than half of the benchmarks say, or ``cannot be told``.

        ``rises``, ``rises, but flattens`` or ``falls``.
        """
        told = self.scores.get_column("verdict").to_list()
        rising = sum(one.startswith("rises") for one in told)
        for count, word in (
            (told.count("rises, but flattens"), "rises, but flattens"),
            (rising, "rises"),
            (told.count("falls"), "falls"),
        ):
            if 2 * count > len(told):
                return word
        return "cannot be told"

    @property
    def decides(self) -> dict[str, Any]:
        """How many families would tell a slope from 0, or a curve from a line, where none can yet.

        An interval is as wide as one over the root of the number of families: that is all it is.
        """
        name = "curvature" if self.verdict.startswith("rises") else "slope"
        rows = [
            (row["families"] * ((row[f"{name}_high"] - row[name]) / row[name]) ** 2, row)
            for row in self.scores.iter_rows(named=True)
            if row[name]
            and row[f"{name}_low"] <= 0.0 <= row[f"{name}_high"]
            # A curve that seems to bend upwards does not seem to flatten.
            and (name == "slope" or row[name] < 0.0)
        ]
        if not rows:
            return {
                "estimate": None,
                "text": f"nothing is open of their {name} that more would tell",
            }
        families, row = min(rows, key=lambda pair: pair[0])
        what = "whether the scores flatten" if name == "curvature" else "whether the scores rise"
        return {
            "estimate": families,
            "benchmark": row["benchmark"],
            "text": f"{what}: on {row['benchmark']}, the nearest to telling, about "
            f"{families:,.0f} families in place of {row['families']}, were it as steep as it seems",
        }

    @property
    def verdict_words(self) -> str:
        """What the benchmarks say together, in a sentence."""
        told = self.scores.get_column("verdict").to_list()
        rises = sum(one.startswith("rises") for one in told)
        flattens, open_ = told.count("rises, but flattens"), told.count("cannot be told")
        low, high = (f"{end / 1e9:g}B" for end in self.params)
        of = f"{len(told)} benchmark{'' if len(told) == 1 else 's'}"
        return (
            f"Across base models of {low} to {high} parameters scores rise with tokens on "
            f"{rises} of {of}"
            + (f", {flattens} of them ever less" if flattens else "")
            + (f"; they fall on {told.count('falls')}" if "falls" in told else "")
            + (f"; on {open_} it cannot be told" if open_ else "")
            + "."
        )

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`scores`."""
        return self.scores

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "decides": self.decides,
            "scores": _with_intervals(self.scores, TRENDS),
            "level": self.level,
            "models": self.models.to_dicts(),
            "pair": None if self.pair is None else self.pair.to_dict(),
            "without": list(self.without),
            "params": {"low": self.params[0], "high": self.params[1]},
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
        }


def _with_intervals(frame: pl.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = []
    for row in frame.iter_rows(named=True):
        ends = {
            name: {
                "estimate": row.pop(name),
                "low": row.pop(f"{name}_low"),
                "high": row.pop(f"{name}_high"),
            }
            for name in names
        }
        rows.append({**row, **ends})
    return rows
