"""What a study of score against compute found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.scaling.efficiency.explained import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from theodolite.scaling.efficiency.combined import Combined
    from theodolite.scaling.efficiency.curve import CurveSettings, ScoreCurve
    from theodolite.scaling.efficiency.explained import Explained, Product, Said
    from theodolite.scaling.efficiency.frontier import Frontier
    from theodolite.scaling.efficiency.progress import Progress
    from theodolite.scaling.result import Estimate
    from theodolite.tables.checks import Removal

__all__ = ["Efficiency"]

GAIN_COLUMNS = ("low", "high")
# An interval so many times narrower is out of reach.
MOST_TIMES = 20.0
WORDS = {
    "compute explains most": "Compute explains most of the differences between models",
    "compute does not explain most": "Compute explains less than half of the differences between "
    "models",
    "cannot be told": "Whether compute explains most of the differences between models cannot be "
    "told",
}


@dataclass(frozen=True)
class Efficiency:
    """Score against compute, of one or several benchmarks.

    Attributes
    ----------
    curves
        The curve of each benchmark, in alphabetical order.
    gains
        One row a model and benchmark, as :func:`theodolite.scaling.efficiency.gains.own_gains`
        says.
    combined
        The gain of each model over the benchmarks on which scores clearly rise with compute;
        ``None`` where there is none.
    explained, products
        Per benchmark: the shares of variance, and parameters against tokens.
    share
        The mean share that compute explains.
    frontiers
        Per benchmark on which scores rise.
    progress
        By release date; ``None`` where scores rise on no benchmark.
    sizes, smallest
        Gains of small and large models, and the smallest model to reach a score by date.
    left_out
        Benchmarks without a curve, with the reason.
    level, seed, settings, removed
        What was used, and per benchmark what was left out.
    """

    curves: tuple[ScoreCurve, ...] = field(repr=False)
    gains: pl.DataFrame
    combined: Combined | None
    explained: Mapping[str, Explained]
    products: Mapping[str, Product | None]
    share: Estimate
    frontiers: tuple[Frontier, ...]
    progress: Progress | None
    sizes: pl.DataFrame | None
    smallest: pl.DataFrame
    left_out: tuple[tuple[str, str], ...]
    level: float
    seed: int
    settings: CurveSettings
    removed: tuple[tuple[str, tuple[Removal, ...]], ...]

    @property
    def verdict(self) -> Said:
        """Whether the interval of the mean share lies above or below a half."""
        return "cannot be told" if self.drowned else said(self.share)

    @property
    def drowned(self) -> bool:
        """Whether noise covers the scatter of models on every benchmark."""
        return all(part.drowned for part in self.explained.values())

    @property
    def flat(self) -> tuple[str, ...]:
        """The benchmarks of the share on which scores do not surely rise with compute."""
        parts = self.explained.items()
        return tuple(n for n, part in parts if not part.rises and not part.drowned)

    @property
    def verdict_words(self) -> str:
        """The verdict as a sentence."""
        names = [n for n, part in self.explained.items() if not part.drowned] or [*self.explained]
        on = names[0] if len(names) == 1 else f"{len(names)} benchmarks"
        share, level = self.share, 100 * self.level
        if self.drowned:
            return (
                f"{WORDS[self.verdict]} on {on}: the noise between measurements covers all scatter "
                "of models."
            )
        open_ = self.flat if self.verdict == "cannot be told" else ()
        why = (
            f" Scores do not surely rise with compute on {', '.join(open_)}, where it may explain "
            "nothing."
        )
        return (
            f"{WORDS[self.verdict]} on {on}: {100 * share.estimate:.0f}% of the variance of their "
            f"logits [{100 * share.low:.0f}%, {100 * share.high:.0f}%] at a level of {level:g}%."
            + (why if open_ else "")
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the curves say beside."""
        several = len(self.curves) > 1
        notes = [
            f"{curve.name}: {note}" if several else note
            for curve in self.curves
            for note in curve.notes
        ]
        flat = [curve.name for curve in self.curves if not curve.rises(self.level)]
        if flat:
            notes.append(
                f"Scores do not clearly rise with compute on {', '.join(flat)}: no gain is stated."
            )
        drowned = [name for name, part in self.explained.items() if part.drowned]
        if drowned:
            notes.append(
                f"On {', '.join(drowned)} the noise between measurements covers all scatter of "
                "models: what compute explains there cannot be told. Choose one setting "
                "(setting=..., as a filter) if there are several."
            )
        return tuple(notes)

    @property
    def decides(self) -> str:
        """What would decide what is open."""
        share = self.share
        odds = abs(_logit(share.estimate))
        end = share.low if share.estimate > 0.5 else share.high  # noqa: PLR2004
        if self.verdict != "cannot be told":
            return "The verdict would change only where the interval of the share crossed a half."
        if self.drowned:
            return (
                "Less noise, not more families: measurements in one setting (--where setting=...), "
                "or more of each model."
            )
        if self.flat and share.estimate > 0.5:  # noqa: PLR2004
            return self._steeper()
        reach = abs(_logit(share.estimate) - _logit(end))
        families = min(len(curve.line.without) for curve in self.curves)
        if odds * MOST_TIMES < reach:
            return "The share is so near a half that no number of families would tell."
        return _families(families, reach / odds)

    def _steeper(self) -> str:
        """Say what would tell the flat slopes from 0."""
        curves = [self.curve(name) for name in self.flat]
        slopes = [curve.slope(self.level) for curve in curves]
        on = f"On {', '.join(self.flat)} it must be sure that scores rise with compute"
        far = max((b - low) / b if b > 0.0 else math.inf for b, low, _ in slopes)
        if far > MOST_TIMES:
            return f"{on}: a wider range of compute."
        families = min(len(curve.line.without) for curve in curves)
        text = _families(families, far)
        return f"{on}: {text[0].lower()}{text[1:]}"

    def curve(self, benchmark: str) -> ScoreCurve:
        """Give the curve of a benchmark."""
        return next(curve for curve in self.curves if curve.name == benchmark)

    def to_frame(self) -> pl.DataFrame:
        """Return one row a model and benchmark."""
        return self.gains

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON takes them."""
        slopes = {curve.name: self._slope(curve) for curve in self.curves}
        first = slopes[self.curves[0].name] if len(self.curves) == 1 else None
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "decides": self.decides,
            "slope": first or slopes,
            "explained": {
                **self.share.to_dict(),
                "benchmarks": {name: part.to_dict() for name, part in self.explained.items()},
            },
            "product": {n: part.to_dict() if part else None for n, part in self.products.items()},
            "models": [_gain(row) for row in _plain(self.gains)],
            "combined": self.combined.to_dicts() if self.combined else None,
            "combined_benchmarks": list(self.combined.benchmarks) if self.combined else [],
            "benchmark_spread": self.combined.spread if self.combined else None,
            "frontier": [one.to_dict() for one in self.frontiers],
            "progress": self.progress.to_dict() if self.progress else None,
            "sizes": [_gain(row) for row in _plain(self.sizes)] if self.sizes is not None else [],
            "smallest": _plain(self.smallest),
            "left_out": [{"benchmark": b, "reason": reason} for b, reason in self.left_out],
            "level": self.level,
            "seed": self.seed,
            "settings": vars(self.settings),
            "removed": [
                {"benchmark": name, "reason": r.reason, "count": r.count}
                for name, removed in self.removed
                for r in removed
            ],
            "notes": list(self.notes),
        }

    def _slope(self, curve: ScoreCurve) -> dict[str, float]:
        estimate, low, high = curve.slope(self.level)
        return {"estimate": estimate, "low": low, "high": high}


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    dates = [name for name, kind in frame.schema.items() if kind == pl.Date]
    return frame.with_columns(pl.col(dates).cast(pl.String)).to_dicts()


def _gain(row: dict[str, Any]) -> dict[str, Any]:
    ends = {name: row.pop(name) for name in GAIN_COLUMNS}
    row["gain"] = None if row["gain"] is None else {"estimate": row["gain"], **ends}
    return row


def _families(now: int, times: float) -> str:
    """Say how many families narrow an interval so many times: by the root of their number."""
    need = max(math.ceil(now * times**2), now + 1)
    return (
        f"About {need:,} families in place of {now:,}, if these are like those here, or a wider "
        "range of compute."
    )


def _logit(share: float) -> float:
    share = min(max(share, 1e-9), 1.0 - 1e-9)
    return math.log(share / (1.0 - share))
