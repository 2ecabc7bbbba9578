r"""Which form is taken, and whether one multiplier describes the sets.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
e_i       error of the log loss of run i when it was left out, by a form
d_i       abs(e_i) by a form less abs(e_i) by the form of the smallest mean
m, u_c    mean of d_i; sum of d_i - m over the runs of cluster c
G         clusters, or runs where there are none
========  ==================================================================================

The standard error of m is (G / (G - 1) sum_c u_c^2)^(1/2) / n, and Student's t has G - 1 degrees of
freedom: with every run a cluster, that is the usual interval of a mean.

A form is as good as the best where the t interval of the mean of d_i reaches 0. Of these the one
with the fewest parameters is taken, of as few the one with the smallest mean error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from theodolite.errors import NotConvergedError
from theodolite.scaling.datasets.forms import FORMS
from theodolite.scaling.datasets.trials import largest_errors, left_out_errors, sign_tests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.datasets.fits import FormFit, Setting
    from theodolite.scaling.datasets.forms import FormName
    from theodolite.scaling.datasets.trials import Errors

    Array = NDArray[np.float64]

__all__ = ["Choice", "OneMultiplier", "choose", "more_than_least"]

MORE = ("more", "more_low", "more_high")
# Of one run there is no interval.
FEWEST_COMPARED = 2

OneMultiplier = Literal["yes", "no", "cannot be told"]


@dataclass(frozen=True)
class Choice:
    """Which form is taken.

    Attributes
    ----------
    form
        The form taken.
    rivals
        Forms with as few parameters that predict as well.
    one_multiplier
        Whether a single multiplier of tokens describes how the sets differ: ``yes`` where it
        predicts as well as any form, no larger form is needed, and no other form with as few
        parameters predicts as well; ``no`` where a larger form is needed, by test; else
        ``cannot be told``.
    p_token_term
        Of one multiplier against a fall with tokens of its own for each set; ``None`` where that
        could not be fitted.
    compared, left_out
        Runs on which the forms are compared, and those left out: they are less where the fit of
        some form without a run reached no minimum.
    failed
        Forms for which that happened on more than a tenth of the runs: they are not compared.
    table
        One row a form: ``form``, ``equation``, ``parameters``, ``objective``, ``error`` (mean
        absolute error of runs left out), ``more`` with ``more_low`` and ``more_high`` (than the
        form with the least), ``largest`` (of the largest fifth; no errors where fits failed),
        ``p_shared`` (of the shared form against this one), ``p_own`` (of this form against a law
        for each set; for the shared form, ``tokens`` and the one taken), ``taken``,
        ``reason`` (why it could not be fitted).
    """

    form: FormName
    rivals: tuple[FormName, ...]
    one_multiplier: OneMultiplier
    p_token_term: float | None
    compared: int
    left_out: int
    failed: tuple[FormName, ...]
    table: pl.DataFrame


def choose(
    fits: Mapping[FormName, FormFit], reasons: Mapping[FormName, str], setting: Setting
) -> Choice:
    """Test and predict by every form, and take one."""
    every = left_out_errors(fits, setting)
    errors, largest = every.complete(), largest_errors(fits, setting).complete()
    failed = tuple(name for name in fits if name not in errors.by_form)
    if failed == tuple(fits) or len(errors.rows) < FEWEST_COMPARED:
        raise NotConvergedError(
            "runs left out are foretold by no form: the fits without them reached no minimum"
        )
    more = more_than_least(errors, setting)
    good = [name for name in more if more[name][1] <= 0.0]
    taken = min(good, key=lambda name: (len(fits[name].theta), errors.mean(name)))
    size = len(fits[taken].theta)
    rivals = tuple(n for n in good if n != taken and len(fits[n].theta) == size)
    against_shared, against_own, against_term = _tests(fits, taken, setting)
    rows: list[dict[str, Any]] = []
    for form in FORMS:
        name = form.name
        if name not in fits:
            if name in reasons:
                rows.append({"form": name, "equation": form.equation, "reason": reasons[name]})
            continue
        rows.append(
            {
                "form": name,
                "equation": form.equation,
                "parameters": len(fits[name].theta),
                "objective": fits[name].objective,
                "error": None if name in failed else errors.mean(name),
                **dict(zip(MORE, more.get(name, (None, None, None)), strict=True)),
                "largest": largest.mean(name) if name in largest.by_form else None,
                "p_shared": against_shared.get(name),
                "p_own": against_own.get(name),
                "taken": name == taken,
                "reason": None,
            }
        )
    table = pl.DataFrame(rows, schema=_SCHEMA)
    tested = [p for p in (against_own.get("tokens"), against_term) if p is not None]
    one = _one(taken, rivals, good, tested, setting.level)
    counts = len(errors.rows), len(every.rows)
    return Choice(taken, rivals, one, against_term, *counts, failed, table)


_SCHEMA = {
    "form": pl.String,
    "equation": pl.String,
    "parameters": pl.Int64,
    "objective": pl.Float64,
    "error": pl.Float64,
    "more": pl.Float64,
    "more_low": pl.Float64,
    "more_high": pl.Float64,
    "largest": pl.Float64,
    "p_shared": pl.Float64,
    "p_own": pl.Float64,
    "taken": pl.Boolean,
    "reason": pl.String,
}


def _tests(
    fits: Mapping[FormName, FormFit], taken: FormName, setting: Setting
) -> tuple[dict[FormName, float], dict[FormName, float], float | None]:
    """Return p-values of shared against each, of some against own, of tokens against its term."""
    against_shared = sign_tests(
        fits["shared"], [f for name, f in fits.items() if name != "shared"], setting
    )
    against_own: dict[FormName, float] = {}
    term = None
    for name in dict.fromkeys(("tokens", taken)):
        if name in ("shared", "own"):
            continue
        fitted = fits[name]
        larger = [fits["own"]] if "own" in fits else []
        if name == "tokens" and "token-term" in fits:
            larger.append(fits["token-term"])
        got = sign_tests(fitted, larger, setting)
        if "own" in got:
            against_own[name] = got["own"]
        term = got.get("token-term", term)
    if "own" in against_shared:
        against_own["shared"] = against_shared["own"]
    return against_shared, against_own, term


def more_than_least(errors: Errors, setting: Setting) -> dict[FormName, tuple[float, float, float]]:
    """Return by how much each form's absolute errors are larger than the least form's."""
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    least = min(errors.by_form, key=errors.mean)
    base = np.abs(errors.by_form[least])
    groups = np.unique(setting.groups[errors.rows], return_inverse=True)[1]
    count = int(groups.max()) + 1
    student = float(stdtrit(count - 1, 0.5 + setting.level / 2.0)) if count > 1 else np.inf
    out: dict[FormName, tuple[float, float, float]] = {}
    for name, own in errors.by_form.items():
        more = np.abs(own) - base
        mean = float(more.mean())
        sums = np.bincount(groups, more - mean)
        error = np.sqrt(count / max(count - 1, 1) * (sums @ sums)) / len(more)
        reach = student * float(error) if name != least else 0.0
        out[name] = (mean, mean - reach, mean + reach)
    return out


def _one(
    taken: FormName,
    rivals: tuple[FormName, ...],
    good: list[FormName],
    tested: list[float],
    level: float,
) -> OneMultiplier:
    """Say whether one multiplier describes the sets; two tests share the level (Bonferroni)."""
    if any(p * len(tested) <= 1.0 - level for p in tested):
        return "no"
    if taken == "tokens" and not rivals and tested and "tokens" in good:
        return "yes"
    return "cannot be told"
