r"""From the jury to one bias of one judge: estimate, interval, p-value, verdict.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
b, se     a judge's bias and its jackknife error; for verbosity beside people, less people's own
G_j       items of the judge's verdicts on which the bias could work
t         Student's quantile with G_j - 1 degrees of freedom
p         2 P(T > |b| / se)
========  ==================================================================================

Of an infinite bias, seen on G_j items without an exception, the finite end is
logit(w) - logit(q): w is Wilson's lower end of a share of 1 in G_j items, q the share that the
strengths alone would give, fitted to these verdicts too; p = 2 q^G_j. For verbosity q has people's
own effect at that end of its interval at which it explains most. Where strengths alone explain all
of the verdicts (q = 1: a model that won without exception, always shown first or judged by its own
family alone) nothing tells a bias from a good model, and it has no estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scoring.judges.jury import (
    OTHERS,
    POSITION,
    SELF,
    VERBOSITY,
    clusters_of,
    strengths_without,
)
from theodolite.scoring.judges.panel import PEOPLE
from theodolite.scoring.judges.results import (
    BIASED,
    BIASES,
    NOT_BIASED,
    NOT_TOGETHER,
    TOO_WIDE,
    UNTOLD,
    Bias,
    Interval,
)
from theodolite.stats.functions import sigmoid
from theodolite.stats.multiplicity import holm
from theodolite.stats.proportions import wilson_ends

if TYPE_CHECKING:
    from theodolite.scoring.judges.jury import Jury

__all__ = ["biases", "effect", "judged"]

NO_ORDER = "the file does not say which answer was shown first"
ONE_ORDER = "the order hardly varied: the model shown first and its place cannot be told apart"
NO_LENGTH = "the file has no lengths of answers"
ONE_LENGTH = "lengths do not differ beyond what the models' strengths explain"
NO_PEOPLE = (
    "longer answers may be better ones; without people on the same answers it is an effect of "
    "length, not yet a bias"
)
NO_PEOPLE_EFFECT = "people's own effect of length cannot be told"
NO_OWN = "no answer of its family (--family)"
ALONE = "no other judge or person says how good its family's answers are"
LEAST = 1e-9
ONE_ITEM = "its verdicts are on a single item"
MANY = "several judges are taken together here"
STRONG = "the models' strengths alone may explain all of these verdicts"
# A share of 1 that strengths alone give, but for rounding.
CERTAIN = 1.0 - 1e-6


@dataclass(frozen=True)
class _Found:
    """An estimate before it is judged."""

    estimate: float
    error: float
    items: int
    n: int


def biases(jury: Jury, *, level: float, margin: float) -> tuple[dict[str, Bias], ...]:
    """Judge every bias of every judge, people left out; Holm over the judges of each bias."""
    judges = [j for j, name in enumerate(jury.judges) if name != PEOPLE]
    columns: list[list[Bias]] = []
    for term in (POSITION, VERBOSITY, SELF):
        own = [_bias(jury, term, judge, level) for judge in judges]
        p = np.array([np.nan if bias.p_value is None else bias.p_value for bias in own])
        columns.append(
            [
                judged(bias, float(adjusted), level=level, margin=margin)
                for bias, adjusted in zip(own, holm(p), strict=True)
            ]
        )
    return tuple(dict(zip(BIASES, row, strict=True)) for row in zip(*columns, strict=True))


def effect(jury: Jury, term: int, judge: int, level: float) -> Interval | None:
    """Give a judge's own coefficient, whatever others have."""
    found = _own(jury, term, judge)
    if found is None:
        return None
    half = _student(found.items, level) * found.error
    return Interval(found.estimate, found.estimate - half, found.estimate + half, found.n)


def _bias(jury: Jury, term: int, judge: int, level: float) -> Bias:
    why = _why(jury, term, judge)
    if jury.endless[term, judge] and not why:
        return _endless_bias(jury, term, judge, level)
    raw = effect(jury, term, judge, level)
    if raw is None or why:
        return Bias(None, None, None, None, None, UNTOLD, why, 0)
    found = _own(jury, term, judge)
    if term == VERBOSITY:
        if PEOPLE not in jury.judges:
            return _stated(found, level, why=NO_PEOPLE, raw=raw)
        people = jury.judges.index(PEOPLE)
        found = _difference(jury, term, judge, people)
        if found is None:
            return _stated(_own(jury, term, judge), level, why=NO_PEOPLE_EFFECT, raw=raw)
    return _stated(found, level, why="", raw=raw if term == VERBOSITY else None)


def _stated(found: _Found | None, level: float, *, why: str, raw: Interval | None) -> Bias:
    """Put an estimate with its interval; with a reason it has no p-value of being a bias."""
    if found is None or found.error <= 0.0:
        return Bias(None, None, None, None, None, UNTOLD, why or ONE_ITEM, 0)
    from scipy.special import stdtr  # noqa: PLC0415  (slow to import, and not always needed)

    half = _student(found.items, level) * found.error
    p = 2.0 * float(stdtr(found.items - 1, -abs(found.estimate) / found.error))
    return Bias(
        estimate=found.estimate,
        low=found.estimate - half,
        high=found.estimate + half,
        p_value=None if why else p,
        p_adjusted=None,
        verdict=UNTOLD,
        why=why,
        n=found.n,
        raw=raw,
    )


def judged(bias: Bias, adjusted: float, *, level: float, margin: float) -> Bias:
    """Put the verdict that Holm's p-value and the margin allow."""
    if bias.p_value is None:
        return bias
    if adjusted < 1.0 - level:
        return replace(bias, p_adjusted=adjusted, verdict=BIASED)
    low = -np.inf if bias.low is None else bias.low
    high = np.inf if bias.high is None else bias.high
    if -margin < low and high < margin:
        return replace(bias, p_adjusted=adjusted, verdict=NOT_BIASED)
    why = NOT_TOGETHER if low > 0.0 or high < 0.0 else TOO_WIDE
    return replace(bias, p_adjusted=adjusted, verdict=UNTOLD, why=why)


def _why(jury: Jury, term: int, judge: int) -> str:
    """Say why a judge has no estimate of a bias; empty where it has one."""
    if term == SELF and jury.judges[judge] == OTHERS:
        return MANY
    if not jury.wanted[term, judge]:
        known = jury.length_sd is not None
        missing = (NO_ORDER, ONE_LENGTH if known else NO_LENGTH, NO_OWN)
        return missing[term]
    if jury.endless[term, judge] or jury.told[term, judge]:
        return ""
    if clusters_of(jury.verdicts, term, judge) < 2:  # noqa: PLR2004
        return ONE_ITEM
    return (ONE_ORDER, ONE_LENGTH, ALONE)[term]


def _own(jury: Jury, term: int, judge: int) -> _Found | None:
    if not jury.told[term, judge]:
        return None
    at = jury.place(term, judge)
    error = float(np.sqrt(jury.fit.covariance[at, at]))
    return _Found(
        float(jury.fit.bias[term, judge]),
        error,
        clusters_of(jury.verdicts, term, judge),
        _rows(jury, term, judge),
    )


def _difference(jury: Jury, term: int, judge: int, other: int) -> _Found | None:
    one, two = _own(jury, term, judge), _own(jury, term, other)
    if one is None or two is None:
        return None
    i, j = jury.place(term, judge), jury.place(term, other)
    v = jury.fit.covariance
    error = float(np.sqrt(max(v[i, i] + v[j, j] - 2.0 * v[i, j], 0.0)))
    return _Found(one.estimate - two.estimate, error, min(one.items, two.items), one.n)


def _endless_bias(jury: Jury, term: int, judge: int, level: float) -> Bias:
    """Hold a bias without an exception against people's own effect, if it is one of length."""
    theirs = 0.0
    if term == VERBOSITY:
        if PEOPLE not in jury.judges:
            return Bias(None, None, None, None, None, UNTOLD, NO_PEOPLE, 0)
        people = effect(jury, term, jury.judges.index(PEOPLE), level)
        if people is None or people.low is None or people.high is None:
            return Bias(None, None, None, None, None, UNTOLD, NO_PEOPLE_EFFECT, 0)
        theirs = people.high if jury.endless[term, judge] > 0 else people.low
    return _endless(jury, term, judge, level, theirs=theirs)


def _endless(jury: Jury, term: int, judge: int, level: float, *, theirs: float) -> Bias:
    verdicts, sign = jury.verdicts, int(jury.endless[term, judge])
    rows = (verdicts.judge == judge) & (verdicts.covariates[:, term] != 0.0)
    items = len(np.unique(verdicts.cluster[rows]))
    moved = verdicts.covariates[rows, term]
    gap = strengths_without(jury, rows) + theirs * moved
    # A gap that nothing tells may explain all.
    certain = np.nan_to_num(sigmoid(sign * np.sign(moved) * gap), nan=1.0)
    by_chance = max(float(certain.mean()), LEAST)
    if not by_chance < CERTAIN:
        return Bias(None, None, None, None, None, UNTOLD, STRONG, 0)
    t = _student(max(items, 2), level)
    share = float(wilson_ends(np.ones(1), np.array([float(items)]), t)[0][0])
    bound = sign * (_logit(share) - _logit(by_chance))
    return Bias(
        estimate=None,
        low=bound if sign > 0 else None,
        high=bound if sign < 0 else None,
        p_value=min(1.0, 2.0 * by_chance**items),
        p_adjusted=None,
        verdict=UNTOLD,
        why="",
        n=int(rows.sum()),
        unbounded=True,
    )


def _rows(jury: Jury, term: int, judge: int) -> int:
    verdicts = jury.verdicts
    moved = verdicts.covariates[:, term] != 0.0
    return int((jury.used & moved & (verdicts.judge == judge)).sum())


def _student(items: int, level: float) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(max(items - 1, 1), 0.5 + level / 2.0))


def _logit(p: float) -> float:
    return float(np.log(p / (1.0 - p)))
