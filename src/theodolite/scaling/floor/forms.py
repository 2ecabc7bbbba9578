r"""E by every form that a law may take: which terms, which objective, with or without outliers.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
E         the loss that no training removes
r_i       residual of run i by a law, times (n / (n - P))^(1/2) for its P parameters
d_i       abs(r_i) by one law less abs(r_i) by the law whose mean abs(r_i) is the smallest
========  ==================================================================================

What a fit says of E depends on the form more than on the noise: E is where a curve ends that runs
show only the beginning of. A form counts unless the runs speak against its law: unless the mean of
d_i is above 0 by a one-sided t-test at the level of the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from scipy.special import stdtr

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.fit import fit, fit_law, unique_of
from theodolite.scaling.floor.draws import floor_of
from theodolite.scaling.identify import require_design
from theodolite.scaling.influence import highest_losses
from theodolite.scaling.laws import LawName, law_named
from theodolite.stats.residual_loss import OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.scaling.result import Estimate, ScalingFit
    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["Form", "Forms", "default_outliers", "fit_first", "forms_of"]

# Of the runs, what is left out for the form without outliers: 5 of Hoffmann's 245.
OUTLIER_SHARE = 0.02
MOST_RESAMPLES = 1000
COUNTS = ("params", "tokens")
# Logs of one level differ by less.
LEAST_SPREAD = 0.05
FLOORED: tuple[LawName, ...] = tuple(n for n in get_args(LawName) if n != "no-floor")


@dataclass(frozen=True)
class Forms:
    """Which forms a verdict rests on.

    Attributes
    ----------
    law
        One law, which the verdict then rests on alone; where left out, on every form that the runs
        do not speak against.
    outliers
        How many of the highest losses the forms without outliers leave out; 2% of the runs, at
        least one, where left out. 0 makes no such form.
    """

    law: LawName | None = None
    outliers: int | None = None

    def __post_init__(self) -> None:
        if self.law is not None and law_named(self.law).floor is None:
            raise UsageError(f"the law {self.law} has no E: choose one of {', '.join(FLOORED)}")
        if self.outliers is not None and self.outliers < 0:
            raise UsageError(f"outliers must be 0 or more, not {self.outliers}")


@dataclass(frozen=True)
class Form:
    """E by one form.

    Attributes
    ----------
    law, objective
        Its terms, and what was minimised.
    left_out
        How many of the highest losses were left out.
    n
        How many runs it was fitted to.
    floor
        E with its interval; ``None`` where the form could not be fitted.
    counted
        Whether the verdict rests on it.
    reason
        Why it could not be fitted or does not count; for the one law that was asked for, how the
        runs speak against it; else empty.
    fit
        The fit.
    """

    law: LawName
    objective: str
    left_out: int
    n: int
    floor: Estimate | None
    counted: bool
    reason: str = ""
    fit: ScalingFit | None = field(default=None, repr=False)

    @property
    def zero_share(self) -> float | None:
        """The share of draws in which there is no floor at all, E = 0."""
        if self.fit is None or self.fit.law.floor is None:
            return None
        return float((self.fit.fitted.draws[:, self.fit.law.floor] <= 0.0).mean())

    @property
    def words(self) -> str:
        """The form in a few words."""
        objective = "Huber" if self.objective == "huber" else self.objective.replace("-", " ")
        without = f", without the {self.left_out} highest" if self.left_out else ""
        return f"{self.law}, {objective}{without}"

    def to_dict(self) -> dict[str, Any]:
        """Return the form as plain values."""
        ends = (
            {"estimate": None, "low": None, "high": None}
            if self.floor is None
            else self.floor.to_dict()
        )
        return {
            "law": self.law,
            "objective": self.objective,
            "left_out": self.left_out,
            "n": self.n,
            **ends,
            "zero_share": self.zero_share,
            "counted": self.counted,
            "reason": self.reason,
        }


def default_outliers(n: int) -> int:
    """Return how many of n runs the forms without outliers leave out.

    Examples
    --------
    >>> default_outliers(245), default_outliers(20)
    (5, 1)
    """
    return max(1, round(OUTLIER_SHARE * n))


def fit_first(
    runs: Runs,
    law: LawName | None,
    *,
    recipe: Recipe,
    resampling: Resampling,
    level: float,
) -> ScalingFit:
    """Fit the law that was asked for, or the first that these runs identify."""
    if law is not None:
        return fit(runs, law=law, recipe=recipe, resampling=resampling, level=level)
    reasons: list[CannotAnswerError] = []
    for name in ("chinchilla", "over-training", "compute"):
        if name == "compute" and not _both_vary(runs):
            break  # E of one size would be E + A / N^alpha
        try:
            return fit(runs, law=name, recipe=recipe, resampling=resampling, level=level)
        except CannotAnswerError as error:
            reasons.append(error)
    raise reasons[0]


def _both_vary(runs: Runs) -> bool:
    logs = [np.log(runs.frame[name].to_numpy()) for name in COUNTS]
    return all(float(np.ptp(one)) > LEAST_SPREAD for one in logs)


def forms_of(
    first: ScalingFit, runs: Runs | None, forms: Forms, *, alone: bool
) -> tuple[Form, ...]:
    """Fit every form; the one that answers stands first.

    Parameters
    ----------
    first
        The fit of the first law that could be fitted.
    runs
        Its runs, for the column ``unique_tokens``; ``None`` where they are not known.
    forms
        What was asked for.
    alone
        Whether the verdict rests on ``first`` alone.
    """
    k = default_outliers(first.n) if forms.outliers is None else forms.outliers
    if k:
        highest_losses(first, k)  # refuses more than there are
    tried = {first.law.name: first} | _other_laws(first, runs)
    fits = {name: one for name, one in tried.items() if not isinstance(one, Form)}
    refuted = _refuted(list(fits.values()))
    first = fits[_best(fits, refuted, first)] if not alone else first
    found = [_form(first, 0, "")]
    for name, one in fits.items():
        reason = refuted.get(name, "")
        if name != first.law.name:
            found.append(_form(one, 0, reason))
        if not reason:
            found += _variants(one, k)
    found += [one for one in tried.values() if isinstance(one, Form)]
    if alone:
        words = "another form than the one that was chosen"
        named = replace(found[0], reason=refuted.get(first.law.name, ""))
        found = [named, *(_left(one, words) for one in found[1:])]
    return tuple(found)


def _other_laws(first: ScalingFit, runs: Runs | None) -> dict[LawName, ScalingFit | Form]:
    out: dict[LawName, ScalingFit | Form] = {}
    for name in FLOORED:
        if name == first.law.name:
            continue
        law = law_named(name)
        points = first.points
        if law.repeats and points.unique is None:
            if runs is None or "unique_tokens" not in runs.frame.columns:
                continue
            points = replace(points, unique=np.log(np.asarray(unique_of(runs, law))))
        out[name] = _again(replace(first, law=law, points=points), name, 0)
    return out


def _again(base: ScalingFit, name: LawName, left_out: int) -> ScalingFit | Form:
    """Fit a form from arrays, or say why it cannot be."""
    keep = np.ones(base.n, dtype=bool)
    if left_out:
        keep = ~highest_losses(base, left_out)
    rows = np.flatnonzero(keep)
    points, groups = base.points.at_rows(rows), np.unique(base.groups[rows], return_inverse=True)[1]
    resampling = replace(base.resampling, n=min(base.resampling.n, MOST_RESAMPLES))
    try:
        require_design(base.law, points)
        fitted, condition = fit_law(
            base.law,
            points,
            base.loss[rows],
            recipe=base.recipe,
            groups=groups,
            resampling=resampling,
        )
    except CannotAnswerError as error:
        objective = base.recipe.objective
        return Form(name, objective, left_out, len(rows), None, counted=False, reason=str(error))
    return replace(
        base,
        resampling=resampling,
        fitted=fitted,
        points=points,
        loss=base.loss[rows],
        groups=groups,
        condition=condition,
        notes=(),
    )


def _variants(base: ScalingFit, k: int) -> list[Form]:
    """Fit one law by the other objectives, and without the highest losses."""
    found = []
    for objective in OBJECTIVES:
        if objective != base.recipe.objective:
            recipe = replace(base.recipe, objective=objective)
            one = _again(replace(base, recipe=recipe), base.law.name, 0)
            found.append(one if isinstance(one, Form) else _form(one, 0, ""))
    if k:
        one = _again(base, base.law.name, k)
        found.append(one if isinstance(one, Form) else _form(one, k, ""))
    return found


def _form(one: ScalingFit, left_out: int, reason: str) -> Form:
    return Form(
        law=one.law.name,
        objective=one.recipe.objective,
        left_out=left_out,
        n=one.n,
        floor=floor_of(one),
        counted=not reason,
        reason=reason,
        fit=one,
    )


def _left(form: Form, words: str) -> Form:
    return form if form.reason else replace(form, counted=False, reason=words)


def _refuted(fits: Sequence[ScalingFit]) -> dict[LawName, str]:
    """Say which laws the runs speak against, and how."""
    errors = {one.law.name: _errors(one) for one in fits}
    best = min(errors, key=lambda name: float(errors[name].mean()))
    out: dict[LawName, str] = {}
    for one in fits:
        name = one.law.name
        apart = errors[name] - errors[best]
        error = float(apart.std(ddof=1)) / np.sqrt(one.n)
        if name == best or error == 0.0:
            continue
        chance = float(stdtr(one.n - 1, -float(apart.mean()) / error))
        if chance < 1.0 - one.level:
            ratio = float(errors[name].mean() / errors[best].mean())
            out[name] = (
                f"it misses the runs by {ratio:.2f} times as much as the law {best} "
                f"(p = {chance:.1g})"
            )
    return out


def _errors(one: ScalingFit) -> Array:
    out: Array = np.abs(one.residuals) * np.sqrt(one.n / one.spare)
    return out


def _best(
    fits: dict[LawName, ScalingFit], refuted: dict[LawName, str], first: ScalingFit
) -> LawName:
    """Choose the law that answers: the first, unless the runs speak against it."""
    if first.law.name not in refuted:
        return first.law.name
    kept = [name for name in fits if name not in refuted]
    return min(kept, key=lambda name: float(_errors(fits[name]).mean()))
