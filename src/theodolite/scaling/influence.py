r"""How much a fit owes to single runs: each left out once, and the law without some of them.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
theta     inner parameters at the optimum; theta_-i without run i
V         covariance of theta over the bootstrap resamples
h_i       influence, (theta_-i - theta)' V^-1 (theta_-i - theta), its root: in standard errors
z         residual over 1.4826 times the median absolute residual
========  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import UsageError
from theodolite.scaling.identify import held_share
from theodolite.scaling.measure import Aim, quantities
from theodolite.scaling.variants import difference, model_of, variant
from theodolite.stats.multistart import refit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.result import ScalingFit

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Influence", "Without", "influence", "outliers", "without"]

# Turns the median absolute deviation of normal errors into their standard deviation.
NORMAL_MAD = 1.4826
# A change of an inner parameter that is rounding.
STILL = 1e-9
TOP = 10


@dataclass(frozen=True)
class Influence:
    """Every run left out once.

    Attributes
    ----------
    frame
        One row a run, the most influential first: ``run`` (its place among the runs of the fit,
        from 1), ``label`` where labels were given, ``params``, ``tokens``, ``loss``,
        ``residual``, ``residual_sd`` (in robust standard deviations), the changes on leaving it
        out of the floor, the exponents, ``allocation_exponent``, ``tokens_per_param`` and
        ``loss_far``, each named ``change_...``, and ``influence``. Changes are null where the
        runs without it reached no minimum.
    aim
        Where laws are compared.
    not_converged
        For how many runs that is.
    """

    frame: pl.DataFrame
    aim: Aim
    not_converged: int

    def to_dict(self, most: int | None = None) -> dict[str, Any]:
        """Return the rows, or the first ``most``, as plain values."""
        rows = self.frame if most is None else self.frame.head(most)
        return {
            "flops": self.aim.flops,
            "runs": rows.to_dicts(),
            "not_converged": self.not_converged,
        }


@dataclass(frozen=True)
class Without:
    """The law without some runs, against the law with them.

    Attributes
    ----------
    words
        Which runs, in words.
    runs
        Their places among the runs of the fit, from 1.
    changes
        ``quantity``, ``with_all``, ``without``, ``change``, ``low``, ``high``: the parameters
        (without interval) and the quantities at the aim (intervals of paired resamples).
    aim
        Where laws are compared.
    """

    words: str
    runs: tuple[int, ...]
    changes: pl.DataFrame
    aim: Aim

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain values."""
        return {
            "without": self.words,
            "runs": list(self.runs),
            "flops": self.aim.flops,
            "changes": self.changes.to_dicts(),
        }


def influence(
    fit: ScalingFit, *, aim: Aim | None = None, labels: Sequence[str | None] | None = None
) -> Influence:
    r"""Leave each run out once, and say what changes.

    The influence of a run is the distance that the estimate moves without it,
    ((theta_-i - theta)' V^-1 (theta_-i - theta))^(1/2), V the covariance over the bootstrap
    resamples: Cook's distance with the sampling covariance of this estimator.

    Parameters
    ----------
    fit
        The fit. All refits start at its optimum, as one batch.
    aim
        Where allocation and loss are compared; ten times the largest budget where left out.
    labels
        A name for each run.

    Raises
    ------
    UsageError
        There are not as many labels as runs.

    References
    ----------
    R. D. Cook (1977), Technometrics 19, 15-18. doi:10.2307/1268249

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.scaling import Recipe, Resampling, fit
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 5), np.geomspace(1e9, 1e12, 5))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = 0.002 * np.random.default_rng(0).standard_normal(losses.shape)
    >>> noise[0, 4] += 0.1
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * np.exp(noise)).ravel()})
    >>> found = fit(Runs.from_frame(frame), recipe=Recipe("least-squares"),
    ...             resampling=Resampling(n=200))
    >>> influence(found).frame["run"][0]
    5
    """
    if labels is not None and len(labels) != fit.n:
        raise UsageError(f"{len(labels)} labels for {fit.n} runs")
    aim = aim or Aim.beyond(fit.points)
    theta = fit.fitted.theta
    weights = 1.0 - np.eye(fit.n)
    found = refit(model_of(fit), theta, weights, fit.recipe.cost, fit.law.bounds(fit.loss))
    moved = np.where(found.converged[:, None], found.theta - theta, np.nan)
    alone = np.array([held_share(fit.law, fit.points, row[None]) < 1.0 for row in weights])
    moved[alone] = np.nan
    residual = fit.residuals
    columns: dict[str, Any] = {"run": np.arange(1, fit.n + 1)}
    if labels is not None:
        columns["label"] = list(labels)
    columns |= {
        "params": np.exp(fit.points.params),
        "tokens": np.exp(fit.points.tokens),
        "loss": fit.loss,
        "residual": residual,
        "residual_sd": residual / robust_sd(residual),
        **_changes(fit, theta + moved, aim),
        # Without some runs the law is not identified: they hold it up alone.
        "influence": np.where(alone, np.inf, distance(fit, moved)),
    }
    frame = pl.DataFrame(columns).with_columns(pl.col("^(change_.*|influence)$").fill_nan(None))
    order = frame.sort("influence", descending=True, nulls_last=True, maintain_order=True)
    return Influence(order, aim, int((~found.converged & ~alone).sum()))


def outliers(fit: ScalingFit, *, k: int = 5, aim: Aim | None = None) -> tuple[Without, Without]:
    """Set the law against itself without the k highest losses, and without the k most influential.

    Parameters
    ----------
    fit
        The fit, to all runs.
    k
        How many to leave out.
    aim
        Where laws are compared; ten times the largest budget where left out.

    Raises
    ------
    UsageError
        ``k`` is not from 1 to the number of runs less one.
    TooFewError, NotIdentifiedError, NotConvergedError
        The other runs give no law.
    """
    aim = aim or Aim.beyond(fit.points)
    highest = highest_losses(fit, k)
    most = np.zeros(fit.n, dtype=bool)
    most[influence(fit, aim=aim).frame["run"].head(k).to_numpy() - 1] = True
    return (
        without(fit, highest, loss_words(k), aim=aim),
        without(fit, most, "the most influential run" if k == 1 else f"the {k} most influential "
                "runs", aim=aim),
    )  # fmt: skip


def highest_losses(fit: ScalingFit, k: int) -> Mask:
    """Mark the k highest losses."""
    if not 1 <= k < fit.n:
        raise UsageError(f"of {fit.n} runs, 1 to {fit.n - 1} may be left out; not {k}")
    mask = np.zeros(fit.n, dtype=bool)
    mask[np.argsort(-fit.loss, kind="stable")[:k]] = True
    return mask


def loss_words(k: int) -> str:
    """Name the k highest losses."""
    return "the highest loss" if k == 1 else f"the {k} highest losses"


def without(fit: ScalingFit, leave: Mask, words: str, *, aim: Aim) -> Without:
    """Set a law against the law without some of its runs, (n,) true."""
    both = variant(fit), variant(fit, keep=~leave)
    centre = fit.fitted.centre
    rows: list[dict[str, Any]] = []
    values = [fit.law.natural(one.theta[None], centre)[0] for one in both]
    for name, old, new in zip(fit.law.parameters, *values, strict=True):
        rows.append(_row(name, float(old), float(new)))
    at = [quantities(fit.law, one.theta[None], centre, aim) for one in both]
    for name, change in difference(fit, *both, aim).items():
        row = _row(name, float(at[0][name][0]), float(at[1][name][0]))
        rows.append(row | {"low": change.low, "high": change.high})
    schema = {"quantity": pl.String} | dict.fromkeys(
        ("with_all", "without", "change", "low", "high"), pl.Float64
    )
    runs = tuple(int(i) + 1 for i in np.flatnonzero(leave))
    return Without(words, runs, pl.DataFrame(rows, schema=schema), aim)


def robust_sd(residual: Array) -> float:
    """Return 1.4826 times the median absolute residual; NaN where that is 0."""
    scale = NORMAL_MAD * float(np.median(np.abs(residual)))
    return scale if scale > 0 else float("nan")


def distance(fit: ScalingFit, moved: Array) -> Array:
    """Return how far (R, P) changes of the inner parameters are, in bootstrap errors, (R,)."""
    covariance = np.atleast_2d(np.cov(fit.fitted.draws.T))
    inverse = np.linalg.pinv(covariance, rcond=1e-12, hermitian=True)
    squared = np.einsum("rp,pq,rq->r", moved, inverse, moved)
    # A parameter that no draw moves is nowhere else: moving it is infinitely far.
    still = np.diag(covariance) <= 0.0
    squared[(np.abs(moved[:, still]) > STILL).any(axis=1)] = np.inf
    out: Array = np.sqrt(np.maximum(squared, 0.0))
    return out


def _changes(fit: ScalingFit, theta: Array, aim: Aim) -> dict[str, Array]:
    """Return the change of the floor, the exponents and the quantities, (R,) each."""
    centre, law = fit.fitted.centre, fit.law
    both = np.vstack([fit.fitted.theta[None], theta])
    natural = law.natural(both, centre)
    coefficients = {at for at, _, _ in law.slopes}
    out = {
        f"change_{name}": natural[1:, at] - natural[0, at]
        for at, name in enumerate(law.parameters)
        if at not in coefficients
    }
    for name, values in quantities(law, both, centre, aim).items():
        out[f"change_{'loss_far' if name == 'loss' else name}"] = values[1:] - values[0]
    return out


def _row(name: str, old: float, new: float) -> dict[str, Any]:
    return {
        "quantity": name,
        "with_all": old,
        "without": new,
        "change": new - old,
        "low": None,
        "high": None,
    }
