"""A fitted law: estimates, intervals, predictions, and how the fit went."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.allocation import split_of
from theodolite.scaling.laws import Points
from theodolite.stats.draws import bias_corrected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from theodolite.scaling.allocation import Split
    from theodolite.scaling.laws import Centre, Law
    from theodolite.scaling.recipe import Recipe, Resampling
    from theodolite.tables import Removal

    Array = NDArray[np.float64]

__all__ = ["Estimate", "Fitted", "ScalingFit"]

MOST_POINTS = 1_000_000
# Share of resamples that must be able to hold the law, or their draws would say little.
ENOUGH_HELD = 0.95
# Share of draws with E = 0 from which on its bound bends every interval.
FEW_AT_ZERO = 0.01
BLOCK = 4_000_000


@dataclass(frozen=True)
class Estimate:
    """A number with its interval."""

    estimate: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return the three as plain values."""
        return {"estimate": self.estimate, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Fitted:
    """What the solver found.

    Attributes
    ----------
    theta, draws
        Inner parameters, (P,), and those of the resamples that converged, (R, P).
    centre
        Where the logs were centred.
    objective
        The value of the objective, summed over the runs.
    starts, arrived
        Starts, and how many of them reached this objective within a part in a million.
    resamples, resamples_converged
        Bootstrap resamples, and how many of them converged.
    held_share
        The share of the resamples of runs that could hold the law at all. Where it is low, the
        draws are of the noise instead: see :func:`theodolite.scaling.fit`.
    """

    theta: Array
    draws: Array
    centre: Centre
    objective: float
    starts: int
    arrived: int
    resamples: int
    resamples_converged: int
    held_share: float = 1.0

    @property
    def of_noise(self) -> bool:
        """Whether the draws are of the noise, the runs being too few to be drawn."""
        return self.held_share < ENOUGH_HELD


@dataclass(frozen=True)
class ScalingFit:
    """A law fitted to runs.

    Attributes
    ----------
    law, recipe, resampling
        What was fitted, and how.
    fitted
        What the solver found.
    points, loss
        The runs: logs of their counts, and their losses.
    groups
        The cluster of each run, from 0.
    condition
        Condition number of the Jacobian at the optimum, its columns of length 1.
    level
        Confidence level of every interval.
    accounting
        What the FLOPs count, in words.
    removed, notes
        What filters took away; what a reader must know.
    """

    law: Law
    recipe: Recipe
    resampling: Resampling
    fitted: Fitted
    points: Points = field(repr=False)
    loss: Array = field(repr=False)
    groups: NDArray[np.intp] = field(repr=False)
    condition: float
    level: float
    accounting: str
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many runs the law was fitted to."""
        return len(self.loss)

    @property
    def spare(self) -> int:
        """Runs less parameters, n - P; at least 1."""
        return max(self.n - len(self.law.parameters), 1)

    @property
    def widening(self) -> float:
        """By how much draws should spread more, (n / (n - P))^(1/2).

        Residuals that P parameters were fitted to are too small, and with them the spread of
        resamples. Draws of the noise are of residuals that were widened already.
        """
        return 1.0 if self.fitted.of_noise else float(np.sqrt(self.n / self.spare))

    @property
    def converged_share(self) -> float:
        """The share of starts that reached the optimum."""
        return self.fitted.arrived / self.fitted.starts

    @property
    def parameters(self) -> pl.DataFrame:
        """``parameter``, ``estimate``, ``low``, ``high``, ``standard_error``: one row each.

        Pairs such as A and alpha depend on each other almost wholly: compare laws by what they
        predict, not by single parameters.
        """
        centre = self.fitted.centre
        point = self.law.natural(self.fitted.theta[None], centre)[0]
        draws = self.law.natural(self.fitted.draws, centre)
        low, high = self.ends(point, draws)
        return pl.DataFrame(
            {
                "parameter": self.law.parameters,
                "estimate": point,
                "low": low,
                "high": high,
                "standard_error": draws.std(axis=0, ddof=1),
            }
        )

    def estimate(self, name: str) -> Estimate:
        """Return one parameter with its interval."""
        if name not in self.law.parameters:
            raise UsageError(f"the law {self.law.name} has {', '.join(self.law.parameters)}")
        row = self.parameters.row(self.law.parameters.index(name), named=True)
        return Estimate(row["estimate"], row["low"], row["high"])

    @property
    def residuals(self) -> Array:
        """Observed minus predicted on the scale of the recipe, (n,)."""
        model = self.law.model(self.points, self.loss, self.fitted.centre, self.recipe.scale)
        out: Array = model.residuals(self.fitted.theta[None])[0]
        return out

    @property
    def scatter(self) -> Array:
        """Residuals, widened to what runs that were not fitted show: how far new ones may lie.

        (n / (n - P))^((1 + q) / 2) times the residuals, with n runs, P parameters and q the share
        of runs whose residuals count as squares. One root is for the tails of n residuals, which
        are shorter than those they were drawn from. Under squares another root mends their
        variance, which the fit takes P / n of; of normal residuals under absolute values it takes
        (2 - pi / 2) P / n alone, since the fit itself is as much less sure.
        """
        power = (1.0 + self._squared_share()) / 2.0
        out: Array = self.residuals * (self.n / self.spare) ** power
        return out

    def _squared_share(self) -> float:
        if self.recipe.objective == "least-absolute":
            return 0.0
        return float(np.mean(np.abs(self.residuals) <= self.recipe.cost.delta))

    @property
    def allocation_exponent(self) -> Estimate | None:
        """The exponent of the optimal parameters in C; ``None`` where a law has no split."""
        if not self.law.allocates:
            return None
        point, draws = self.splits()
        return self.interval(point.exponent, draws.exponent)

    def splits(self) -> tuple[Split, Split]:
        """Return the parts that compete for compute: at the estimate, and of the draws.

        Raises
        ------
        CannotAnswerError
            The law does not split compute.
        """
        if not self.law.allocates:
            raise CannotAnswerError(
                f"the law {self.law.name} knows compute alone, not how to split it: fit chinchilla"
            )
        centre = self.fitted.centre
        return (
            split_of(self.law, self.fitted.theta[None], centre),
            split_of(self.law, self.fitted.draws, centre),
        )

    @property
    def corrected(self) -> bool:
        """Whether intervals are bias-corrected: not where draws without a floor are common."""
        if self.law.floor is None:
            return True
        none = self.fitted.draws[:, self.law.floor] <= 0.0
        return bool(self.fitted.theta[self.law.floor] > 0.0 and none.mean() <= FEW_AT_ZERO)

    def ends(self, estimate: Array, draws: Array) -> tuple[Array, Array]:
        """Return the ends of the intervals of (m,) numbers with (R, m) draws."""
        return bias_corrected(estimate, draws, self.level, corrected=self.corrected)

    def interval(self, estimate: Array, draws: Array) -> Estimate:
        """Return one number with its interval, of its draws (R,)."""
        low, high = self.ends(np.ravel(estimate)[:1], draws.reshape(-1, 1))
        return Estimate(float(np.ravel(estimate)[0]), float(low[0]), float(high[0]))

    def predict(
        self,
        params: ArrayLike,
        tokens: ArrayLike,
        *,
        unique_tokens: ArrayLike | None = None,
        flops: ArrayLike | None = None,
        interval: Literal["confidence", "prediction"] = "confidence",
    ) -> pl.DataFrame:
        """Predict losses.

        Parameters
        ----------
        params, tokens
            Counts, of one length or broadcast to it.
        unique_tokens
            Unique tokens, for the data-constrained law; ``tokens`` where left out.
        flops
            Training FLOPs, for the compute law; 6 N D where left out and the fit counted so.
        interval
            ``confidence``: of the law's loss. ``prediction``: of the loss of one new run, which
            scatters about the law as the fitted runs do.

        Returns
        -------
        polars.DataFrame
            ``params``, ``tokens``, ``loss``, ``low``, ``high``.

        Raises
        ------
        UsageError
            A count is not above 0 and finite, there are too many points, more tokens are unique
            than there are, or the compute law counted FLOPs otherwise and is not given any.
        """
        n, d, c = _counts(params, tokens, 1.0 if flops is None else flops)
        unique = None
        if self.law.repeats:
            unique = d if unique_tokens is None else _counts(unique_tokens, d)[0]
            if (unique > d * (1 + 1e-9)).any():
                raise UsageError("more tokens are unique than there are")
        points = Points.at(n, d, unique)
        if flops is not None:
            points = replace(points, flops=np.log(c))
        elif not self.law.allocates and self.recipe.accounting in ("given", "attention"):
            raise UsageError(f"the law counted FLOPs {self.accounting}: predict with flops=")
        return self.predict_at(points, interval=interval)

    def predict_at(
        self, points: Points, *, interval: Literal["confidence", "prediction"] = "confidence"
    ) -> pl.DataFrame:
        """Predict losses at points that hold their own FLOPs; see :meth:`predict`."""
        fitted = self.fitted
        mean = self.law.predict(fitted.theta[None], points, fitted.centre)[0]
        low, high = np.empty_like(mean), np.empty_like(mean)
        step = max(1, BLOCK // len(fitted.draws))
        scatter = None
        if interval == "prediction":
            generator = np.random.default_rng([self.resampling.seed, 1])
            scatter = generator.choice(self.scatter, size=len(fitted.draws))
        for at in range(0, len(mean), step):
            part = slice(at, at + step)
            draws = self.law.predict(fitted.draws, points.at_rows(part), fitted.centre)
            if scatter is None:
                low[part], high[part] = self.ends(mean[part], draws)
            else:  # a new run has no bias to correct
                draws = self._scattered(draws, scatter)
                low[part], high[part] = bias_corrected(
                    mean[part], draws, self.level, corrected=False
                )
        return pl.DataFrame(
            {
                "params": np.exp(points.params),
                "tokens": np.exp(points.tokens),
                "loss": mean,
                "low": low,
                "high": high,
            }
        )

    def _scattered(self, draws: Array, scatter: Array) -> Array:
        if self.recipe.scale == "log":
            return draws * np.exp(scatter)[:, None]
        return draws + scatter[:, None]

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`parameters`."""
        return self.parameters

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        rows = self.parameters.to_dicts()
        exponent = self.allocation_exponent
        intervals = {
            row["parameter"]: {k: row[k] for k in ("low", "high", "standard_error")} for row in rows
        }
        if exponent is not None:
            intervals["allocation_exponent"] = {"low": exponent.low, "high": exponent.high}
        return {
            **{row["parameter"]: row["estimate"] for row in rows},
            "law": self.law.name,
            "equation": self.law.equation,
            "objective": self.fitted.objective,
            **self.recipe.to_dict(),
            "accounting_words": self.accounting,
            "allocation_exponent": None if exponent is None else exponent.estimate,
            "intervals": intervals,
            "n": self.n,
            "starts": self.fitted.starts,
            "converged_share": self.converged_share,
            "condition": self.condition,
            "resamples": self.fitted.resamples,
            "resamples_converged": self.fitted.resamples_converged,
            "resamples_of": "noise" if self.fitted.of_noise else "runs",
            "held_share": self.fitted.held_share,
            "cluster": self.resampling.cluster,
            "level": self.level,
            "seed": self.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }


def _counts(*given: ArrayLike) -> Sequence[Array]:
    try:
        numbers = (np.atleast_1d(np.asarray(g, dtype=np.float64)) for g in given)
        arrays = np.broadcast_arrays(*numbers)
    except (TypeError, ValueError) as error:
        raise UsageError(f"params and tokens must be counts of one length: {error}") from None
    if arrays[0].ndim > 1 or arrays[0].size > MOST_POINTS:
        raise UsageError(f"predictions are made at a list of at most {MOST_POINTS:,} points")
    for array in arrays:
        if not (np.isfinite(array) & (array > 0)).all():
            raise UsageError("params and tokens must be counts above 0")
    return arrays
