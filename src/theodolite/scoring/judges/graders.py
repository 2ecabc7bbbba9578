r"""Judges that grade one answer at a time: leniency, spread, self-preference, agreement.

Leniency and self-preference are those of :mod:`theodolite.scoring.judges.grade_fit`, with Student's
quantile of the judge's items. Spread is the standard deviation of a judge's grades over that of the
others' grades of the same answers, each judge's own mean taken off; correlation is that of its
grades and the others' mean. Their intervals come from leaving out one item at a time, of the
logarithm and of Fisher's z.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.scoring.judges.biases import judged
from theodolite.scoring.judges.grade_fit import fit_grades
from theodolite.scoring.judges.jury import family_of
from theodolite.scoring.judges.results import UNTOLD, Bias, Concord, Interval, left_out
from theodolite.stats.krippendorff import krippendorff
from theodolite.stats.multiplicity import holm
from theodolite.stats.proportions import wilson_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from theodolite.tables import Gradings, Removal

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["GraderReport", "OneGrader", "assess_graders"]

MOST_PAIRED = 30
TINY = 1e-12
NO_OWN = "no answer of its family (--family)"
NO_OTHERS = "nobody else of another family graded the same answers"
APART = "no chain of shared answers leads to all other judges"
FEW_ITEMS = "it shares too few items with others"


@dataclass(frozen=True)
class OneGrader:
    """All that is found of one judge; ``leniency`` and ``self_preference`` are in grades."""

    judge: str
    family: str | None
    grades: int
    unparseable: int
    leniency: Bias
    spread: Interval | None
    correlation: Interval | None
    self_preference: Bias


@dataclass(frozen=True)
class GraderReport:
    """How far judges that grade answers can be trusted.

    Attributes
    ----------
    judges
        One entry a judge, in alphabetical order.
    alpha
        Krippendorff's alpha, interval metric, over all answers.
    pairs
        Every two judges: ``judge_a``, ``judge_b``, ``answers`` that both graded, ``difference``
        (a less b), ``correlation``.
    margin, level
        Up to where a difference is none, in grades; the confidence level.
    grades, items
        Grades with a number, and items.
    removed, notes
        What was left out, and what must be known beside the numbers.
    """

    judges: tuple[OneGrader, ...]
    alpha: tuple[Concord, ...]
    pairs: pl.DataFrame
    margin: float
    level: float
    grades: int
    items: int
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give one row a judge and bias."""
        fields = ("estimate", "low", "high", "p_value", "p_adjusted", "verdict", "why", "n")
        rows = [
            {"judge": one.judge, "bias": name, **{f: getattr(bias, f) for f in fields}}
            for one in self.judges
            for name, bias in (("leniency", one.leniency), ("self_preference", one.self_preference))
        ]
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(fields[:5], pl.Float64))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = ("margin", "level", "grades", "items")
        return {
            "judges": [asdict(one) for one in self.judges],
            "alpha": {one.metric: asdict(one) for one in self.alpha},
            "pairs": self.pairs.to_dicts(),
            **{name: getattr(self, name) for name in settings},
            **left_out(self.removed, self.notes),
        }


@dataclass(frozen=True)
class _Grades:
    """One row a grade: judge, answer and item as numbers, and whether it is of a family."""

    names: tuple[str, ...]
    judge: Integers
    answer: Integers
    item: Integers
    score: Floats
    model: Integers


def assess_graders(
    gradings: Gradings,
    *,
    families: Mapping[str, str] | None = None,
    margin: float = 0.2,
    level: float = 0.95,
) -> GraderReport:
    """Tell how judges that grade the same answers differ.

    Parameters
    ----------
    gradings
        Grades of several judges. Those without a number are counted, never averaged in.
    families
        The family of judges and models by name. A name that is not there is a family by itself.
    margin
        In grades: a difference whose interval lies within it on both sides of 0 is none.
    level
        Confidence level.

    Raises
    ------
    UsageError
        The level or the margin is out of range.
    TooFewError
        There is a single judge or item, or no answer was graded by two.

    References
    ----------
    L. Zheng et al. (2023), arXiv:2306.05685.

    Examples
    --------
    >>> from theodolite.tables import Gradings
    >>> rows = [{"model": "x", "judge": judge, "item_id": str(i), "score": 5 + i % 3 + extra}
    ...         for i in range(30) for judge, extra in (("mild", 1 + i % 2), ("stern", 0))]
    >>> got = assess_graders(Gradings.from_frame(pl.DataFrame(rows)))
    >>> [(one.judge, round(one.leniency.estimate, 6), one.leniency.verdict) for one in got.judges]
    [('mild', 1.5, 'biased'), ('stern', -1.5, 'biased')]
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if not 0.0 < margin < np.inf:
        raise UsageError(f"the margin must be a number of grades above 0; not {margin}")
    grades, models = _grades(gradings)
    own = _own(grades, models, dict(families or {}))
    spared = gradings.unparseable
    found = _found(grades, own, level=level, margin=margin)
    missing = gradings.frame.filter(pl.col("score").is_null()).get_column("judge").cast(pl.String)
    judges = tuple(
        OneGrader(
            judge=name,
            family=(families or {}).get(name),
            grades=int((grades.judge == j).sum()),
            unparseable=int((missing == name).sum()),
            leniency=found[0][j],
            spread=_spread(grades, j, level),
            correlation=_correlation(grades, j, level),
            self_preference=found[1][j],
        )
        for j, name in enumerate(grades.names)
    )
    got = krippendorff(grades.answer, grades.score, grades.item, metric="interval", level=level)
    numbers = [None if np.isnan(v) else v for v in (got.estimate, got.low, got.high)]
    note = f"{spared:,} judgments hold no number: they are counted, not averaged in."
    return GraderReport(
        judges=judges,
        alpha=(Concord("interval", numbers[0], numbers[1], numbers[2], got.units, got.values),),
        pairs=_pairs(grades),
        margin=margin,
        level=level,
        grades=len(grades.score),
        items=len(np.unique(grades.item)),
        removed=gradings.removed,
        notes=(*gradings.notes, *([note] if spared else [])),
    )


def _grades(gradings: Gradings) -> tuple[_Grades, tuple[str, ...]]:
    frame = gradings.frame.filter(pl.col("score").is_not_null())
    names = tuple(sorted(frame.get_column("judge").cast(pl.String).unique()))
    if len(names) < 2:  # noqa: PLR2004
        raise TooFewError(
            "grades of a single judge tell nothing of it: give those of a second one for the same "
            "answers"
        )
    models = tuple(sorted(frame.get_column("model").cast(pl.String).unique()))
    keys = ["model", "item_id", *(["turn"] if "turn" in frame.columns else [])]
    frame = frame.with_columns(pl.col("model", "item_id", "judge").cast(pl.String))
    answers = frame.select(keys).unique(maintain_order=True).with_row_index("answer")
    frame = frame.join(answers, on=keys, how="left", maintain_order="left")
    grades = _Grades(
        names,
        frame["judge"].cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64),
        frame["answer"].to_numpy().astype(np.int64),
        (frame["item_id"].rank("dense").to_numpy() - 1).astype(np.int64),
        frame["score"].to_numpy().astype(np.float64),
        frame["model"].cast(pl.Enum(models)).to_physical().to_numpy().astype(np.int64),
    )
    if not (np.bincount(grades.answer) > 1).any():
        raise TooFewError("no answer was graded by two judges: nothing tells how they differ")
    if len(np.unique(grades.item)) < 2:  # noqa: PLR2004
        raise TooFewError("all grades are of a single item, which leaves no interval")
    return grades, models


def _own(grades: _Grades, models: tuple[str, ...], families: Mapping[str, str]) -> Flags:
    """Whether a judge and a model, and two judges, are of one family, (J, K + J)."""
    judges = np.array([family_of(name, families) for name in grades.names])
    every = np.array([family_of(name, families) for name in (*models, *grades.names)])
    return np.asarray(judges[:, None] == every)


def _found(
    grades: _Grades, own: Flags, *, level: float, margin: float
) -> tuple[list[Bias], list[Bias]]:
    """Judge leniency and self-preference of every judge, Holm over the judges of each."""
    mine = own[grades.judge, grades.model]
    fit = fit_grades(grades.judge, grades.answer, grades.item, grades.score, mine)
    shared = np.bincount(grades.answer)[grades.answer] > 1
    out: list[list[Bias]] = []
    for estimates, variances, rows in (
        (fit.leniency, fit.leniency_variance, shared),
        (fit.own, fit.own_variance, shared & mine),
    ):
        raw = []
        for j in range(len(grades.names)):
            seen = rows & (grades.judge == j)
            items = len(np.unique(grades.item[seen]))
            if not seen.any():
                raw.append(_untold(NO_OWN if rows is not shared else FEW_ITEMS))
            elif items < 2:  # noqa: PLR2004
                raw.append(_untold(FEW_ITEMS))
            elif np.isnan(estimates[j]):
                raw.append(_untold(APART if rows is shared else NO_OTHERS))
            else:
                step = _step(grades.score)
                raw.append(_stated(float(estimates[j]), float(variances[j]), step, items, level))
                raw[-1] = replace(raw[-1], n=int(seen.sum()))
        p = holm(np.array([np.nan if b.p_value is None else b.p_value for b in raw]))
        out.append(
            [
                judged(bias, float(adjusted), level=level, margin=margin)
                for bias, adjusted in zip(raw, p, strict=True)
            ]
        )
    return out[0], out[1]


def _beside(grades: _Grades, judge: int, others: Flags) -> tuple[Flags, Floats]:
    """Give the rows of a judge that others graded too, and those others' mean, for each row."""
    counted = others[grades.judge]
    size = int(grades.answer.max()) + 1
    n = np.bincount(grades.answer[counted], minlength=size)
    total = np.bincount(grades.answer[counted], grades.score[counted], size)
    rows: Flags = (grades.judge == judge) & (n[grades.answer] > 0)
    return rows, total[grades.answer[rows]] / n[grades.answer[rows]]


def _everyone_but(grades: _Grades, judge: int) -> Flags:
    return np.asarray(np.arange(len(grades.names)) != judge)


def _stated(estimate: float, variance: float, step: float, items: int, level: float) -> Bias:
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    t = float(stdtrit(items - 1, 0.5 + level / 2.0))
    if variance > TINY:
        half = t * variance**0.5
        p = 2.0 * float(stdtr(items - 1, -abs(estimate) / variance**0.5))
    else:
        # All differences are alike: as many items may hide one in so many that differs by a step.
        half = float(wilson_ends(np.zeros(1), np.array([float(items)]), t)[1][0]) * step
        p = 1.0 if abs(estimate) < TINY else min(1.0, 2.0 * 0.5**items)
    return Bias(estimate, estimate - half, estimate + half, p, None, UNTOLD, "", 0)


def _step(score: Floats) -> float:
    """Give the smallest difference of two grades that occur; 1 where all are alike."""
    distinct = np.unique(score)
    return float(np.diff(distinct).min()) if len(distinct) > 1 else 1.0


def _untold(why: str) -> Bias:
    return Bias(None, None, None, None, None, UNTOLD, why, 0)


def _spread(grades: _Grades, judge: int, level: float) -> Interval | None:
    rows, _ = _beside(grades, judge, _everyone_but(grades, judge))
    theirs = np.isin(grades.answer, grades.answer[rows]) & (grades.judge != judge)
    means = np.bincount(grades.judge[theirs], grades.score[theirs], len(grades.names)) / np.maximum(
        np.bincount(grades.judge[theirs], minlength=len(grades.names)), 1
    )
    other = grades.score[theirs] - means[grades.judge[theirs]]

    def log_ratio(left: int | None) -> float:
        one = grades.score[rows][grades.item[rows] != left]
        two = other[grades.item[theirs] != left]
        top, low = one.var(), two.var()
        return 0.5 * float(np.log(top / low)) if min(top, low) > 0.0 else np.nan

    found = _without_items(log_ratio, grades.item[rows], level)
    if found is None:
        return None
    estimate, low, high = (float(np.exp(v)) for v in found)
    return Interval(estimate, low, high, int(rows.sum()))


def _correlation(grades: _Grades, judge: int, level: float) -> Interval | None:
    rows, mean = _beside(grades, judge, _everyone_but(grades, judge))
    score, item = grades.score[rows], grades.item[rows]

    def z(left: int | None) -> float:
        kept = item != left
        if min(score[kept].std(), mean[kept].std()) <= 0.0:
            return np.nan
        r = float(np.corrcoef(score[kept], mean[kept])[0, 1])
        return float(np.arctanh(r)) if abs(r) < 1.0 - 1e-12 else np.nan

    found = _without_items(z, item, level)
    if found is None:
        return None
    estimate, low, high = (float(np.tanh(v)) for v in found)
    return Interval(estimate, low, high, int(rows.sum()))


def _without_items(
    of: Callable[[int | None], float], item: Integers, level: float
) -> tuple[float, float, float] | None:
    """Give an estimate and its ends from leaving out each item; nothing where it is not defined."""
    from scipy.special import stdtrit  # noqa: PLC0415

    items = np.unique(item)
    if len(items) < 3:  # noqa: PLR2004
        return None
    whole = of(None)
    without = np.array([of(int(left)) for left in items])
    if np.isnan(whole) or np.isnan(without).any():
        return None
    g = len(items)
    error = float(np.sqrt((g - 1.0) / g * ((without - without.mean()) ** 2).sum()))
    half = float(stdtrit(g - 1, 0.5 + level / 2.0)) * error
    return (whole, whole - half, whole + half) if half > 0.0 else None


def _pairs(grades: _Grades) -> pl.DataFrame:
    rows: list[tuple[str, str, int, float, float | None]] = []
    names = grades.names
    if len(names) <= MOST_PAIRED:
        table = np.full((len(names), int(grades.answer.max()) + 1), np.nan)
        table[grades.judge, grades.answer] = grades.score
        for a, b in combinations(range(len(names)), 2):
            both = ~np.isnan(table[a]) & ~np.isnan(table[b])
            if not both.any():
                continue
            one, two = table[a, both], table[b, both]
            known = min(one.std(), two.std()) > 0.0
            r = float(np.corrcoef(one, two)[0, 1]) if known else None
            rows.append((names[a], names[b], int(both.sum()), float((one - two).mean()), r))
    schema = {
        "judge_a": pl.String,
        "judge_b": pl.String,
        "answers": pl.Int64,
        "difference": pl.Float64,
        "correlation": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
