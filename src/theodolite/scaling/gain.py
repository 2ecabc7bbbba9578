r"""The compute-equivalent gain of one group of runs over another.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
A, B      the reference's runs, and the other runs
N, D, L   parameters, tokens and loss of a run of B; C = 6 N D its compute
g         factor of compute by which A's law would have to train more to reach L
t         what is left for A's law to lose, L - E
x         log g
========  ==================================================================================

``same-ratio``: at N sqrt(g) and D sqrt(g), so at the run's own tokens per parameter, A's law gives
L: t = a exp(-alpha x / 2) + b exp(-beta x / 2) with a = A / N^alpha and b = B / D^beta.
``optimal``: A's compute-optimal loss at g C is L. It falls as a power of compute,
t = (a* + b*) g^(-p), with a* and b* at A's optimum for C and p = alpha beta / (alpha + beta): the
gain then also holds what B's runs lose by not being at A's optimum. Where t <= 0 no compute
reaches L by A's law, and g is infinite.
The gain of B is the geometric mean of its runs' g.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from theodolite.errors import UsageError, shorten
from theodolite.scaling.accounting import account
from theodolite.scaling.allocation import split_of
from theodolite.scaling.evaluation import one_evaluation
from theodolite.scaling.fit import fit
from theodolite.scaling.laws import Points, law_named
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate
from theodolite.stats.multistart import resample_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import LawName
    from theodolite.scaling.result import ScalingFit
    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["At", "Gain", "Yardstick", "gain", "log_gains", "solve_factor"]

At = Literal["same-ratio", "optimal"]
FEWEST_RUNS = 5
MOST_STEPS = 100
ROOM = 2_000_000
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Yardstick:
    """How two groups are compared.

    Attributes
    ----------
    at
        ``same-ratio``: A's law at the tokens per parameter of each run. ``optimal``: A's law at
        its compute-optimal split.
    same_evaluation
        Says that all losses were measured on one text although the column ``dataset`` (what was
        trained on) differs.
    """

    at: At = "same-ratio"
    same_evaluation: bool = False

    def __post_init__(self) -> None:
        if self.at not in get_args(At):
            raise UsageError(f"a gain is at same-ratio or at optimal, not at {shorten(self.at)}")


@dataclass(frozen=True)
class Gain:
    """How much more compute the reference's law needs for the losses of other runs.

    Attributes
    ----------
    gain
        The factor, with its interval; above 1 the other runs are the better ones.
    runs
        One row a run of the other group: ``run`` (where there are ids), ``params``, ``tokens``,
        ``loss``, ``gain`` (infinite where no compute reaches the loss), ``beyond`` (whether
        ``gain`` times the run's compute is more than that of any run of the reference).
    yardstick, unit
        How the two were compared, and the unit of ``loss``.
    law, recipe, resampling, level
        How the reference was fitted.
    n_reference
        Runs of the reference.
    notes
        What a reader must know.
    """

    gain: Estimate
    runs: pl.DataFrame = field(repr=False)
    yardstick: Yardstick
    unit: str
    law: LawName
    recipe: Recipe
    resampling: Resampling
    level: float
    n_reference: int
    notes: tuple[str, ...] = ()

    @property
    def below_floor(self) -> int:
        """How many runs ended at a loss that the reference's law never reaches."""
        return int(self.runs.get_column("gain").is_infinite().sum())

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`runs`."""
        return self.runs

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "gain": self.gain.estimate,
            "low": self.gain.low,
            "high": self.gain.high,
            "unbounded": bool(np.isinf(self.gain.high)),
            "below_floor": self.below_floor,
            "at": self.yardstick.at,
            "unit": self.unit,
            "law": self.law,
            "objective": self.recipe.objective,
            "n": len(self.runs),
            "n_reference": self.n_reference,
            "level": self.level,
            "runs": self.runs.to_dicts(),
            "notes": list(self.notes),
        }


def gain(
    reference: Runs,
    other: Runs,
    *,
    law: LawName = "chinchilla",
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
    yardstick: Yardstick | None = None,
) -> Gain:
    """Measure the compute-equivalent gain of other runs over the law of a reference.

    For each other run: by what factor would the reference's law have to train with more compute
    to reach the same loss? The gain is the geometric mean of these factors; the equations stand
    at the head of this module.

    Parameters
    ----------
    reference, other
        The two groups, told apart by data set, recipe or date.
    law, recipe, resampling, level
        How the reference is fitted, and the level of the interval.
    yardstick
        At which tokens per parameter, and whether the evaluation is known to be the same.

    Returns
    -------
    Gain
        See there. The interval joins the bootstrap of the reference's fit with one of the other
        runs, which is widened for their number (Student's t). Below five other runs the scatter of
        the reference's runs about their law stands for that of the others.

    Raises
    ------
    UsageError
        The law discounts repeated text, for which the factor is not defined.
    InputError
        The columns say that losses were measured on different texts or with different tokenizers
        (``bytes_per_token`` turns losses into bits a byte), or do not say that they were not.
    CannotAnswerError
        The reference's runs do not identify the law.

    References
    ----------
    D. Hernandez and T. Brown (2020), arXiv:2005.04305; A. Ho et al. (2024), arXiv:2403.05812
    (algorithmic progress as a factor of compute); T. Davidson et al. (2023), arXiv:2312.07413
    (compute-equivalent gain).

    Examples
    --------
    >>> from theodolite.tables import Runs
    >>> sizes, seen = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 6),
    ...                                               np.geomspace(1e9, 1e12, 6)))
    >>> def runs(factor, seed):  # as good as runs of so many times the compute
    ...     s = factor**0.5
    ...     loss = 1.8 + 480.0 / (s * sizes) ** 0.35 + 2100.0 / (s * seen) ** 0.37
    ...     noise = np.exp(0.003 * np.random.default_rng(seed).standard_normal(loss.shape))
    ...     return Runs.from_frame(pl.DataFrame({"params": sizes, "tokens": seen,
    ...                                          "loss": loss * noise}))
    >>> got = gain(runs(1.0, 0), runs(1.5, 1), resampling=Resampling(n=1000))
    >>> got.gain.low < 1.5 < got.gain.high
    True
    """
    yardstick, recipe = yardstick or Yardstick(), recipe or Recipe()
    if law_named(law).repeats:
        raise UsageError(
            f"the law {law} has no compute-equivalent gain: more compute at the same unique tokens "
            "is another thing than more compute; name chinchilla"
        )
    unit, reference, other = one_evaluation(
        reference, other, same_evaluation=yardstick.same_evaluation
    )
    found = fit(reference, law=law, recipe=recipe, resampling=resampling, level=level)
    counted = account(other, recipe.accounting)
    points = Points.of(counted)
    fitted = found.fitted
    logs = log_gains(found, fitted.theta[None], points, counted.loss[None], yardstick.at)[0]
    draws = _draws(found, points, counted.loss, yardstick.at)
    estimate = float(logs.mean())
    low, high = found.ends(np.array([estimate]), draws[:, None])
    frame = _runs(found, other, points, logs)
    return Gain(
        gain=Estimate(*(float(_exp(np.asarray(x)).item()) for x in (estimate, low, high))),
        runs=frame,
        yardstick=yardstick,
        unit=unit,
        law=found.law.name,
        recipe=recipe,
        resampling=found.resampling,
        level=level,
        n_reference=found.n,
        notes=_notes(frame, len(other)),
    )


def log_gains(found: ScalingFit, theta: Array, points: Points, loss: Array, at: At) -> Array:
    """Return log g, (R, m), for (R, P) inner parameters and (R or 1, m) losses."""
    law, centre = found.law, found.fitted.centre
    natural = law.natural(theta, centre)
    floor = np.zeros(len(theta)) if law.floor is None else natural[:, law.floor]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(loss > floor[:, None], np.log(loss - floor[:, None]), -np.inf)
    if not law.allocates:
        ((k, gamma, _),) = law.slopes
        now = theta[:, [k]] - theta[:, [gamma]] * (points.flops - centre.flops)
        return (now - left) / theta[:, [gamma]]
    split = split_of(law, theta, centre)
    if at == "optimal":
        # The compute that the law counts: its optimum is under C = 6 N D.
        flops = np.log(6.0) + points.params + points.tokens
        params = split.optimal_params(flops)
        tokens = flops - np.log(6.0) - params
        now = np.logaddexp(split.log_a - split.alpha * params, split.log_b - split.beta * tokens)
        power = split.alpha * split.beta / (split.alpha + split.beta)
        out: Array = (now - left) / power
        return out
    by_params = split.log_a - split.alpha * points.params
    by_tokens = split.log_b - split.beta * points.tokens
    return solve_factor(by_params, by_tokens, split.alpha / 2.0, split.beta / 2.0, left)


def solve_factor(a: Array, b: Array, alpha: Array, beta: Array, left: Array) -> Array:
    """Solve log(exp(a - alpha x) + exp(b - beta x)) = left for x, by Newton's steps.

    The left side is convex and falls: from where it is too high, every step stays there and nears
    the root.
    """
    finite = np.isfinite(left)
    goal = np.where(finite, left, 0.0)
    excess = np.logaddexp(a, b) - goal
    # Falling at the larger rate where x > 0, at the smaller where x < 0, it is still too high.
    x = np.where(excess > 0, excess / np.maximum(alpha, beta), excess / np.minimum(alpha, beta))
    for _ in range(MOST_STEPS):
        one, two = a - alpha * x, b - beta * x
        value = np.logaddexp(one, two)
        share = np.exp(one - value)
        step = (value - goal) / (alpha * share + beta * (1.0 - share))
        x = x + step
        if np.abs(step).max() < TOLERANCE * (1.0 + np.abs(x).max()):
            break
    return np.where(finite, x, np.inf)


def _runs(found: ScalingFit, other: Runs, points: Points, logs: Array) -> pl.DataFrame:
    ids = [other.frame.get_column("run")] if "run" in other.frame.columns else []
    return pl.DataFrame(
        [
            *ids,
            pl.Series("params", np.exp(points.params)),
            pl.Series("tokens", np.exp(points.tokens)),
            other.frame.get_column("loss"),
            pl.Series("gain", _exp(logs)),
            pl.Series("beyond", points.flops + logs > float(found.points.flops.max())),
        ]
    )


def _draws(found: ScalingFit, points: Points, loss: Array, at: At) -> Array:
    """Draw the mean of log g from both sides, (R,)."""
    theta = found.fitted.draws
    generator = np.random.default_rng([found.resampling.seed, 3])
    step = max(1, ROOM // len(loss))
    few = len(loss) < FEWEST_RUNS
    parts: list[Array] = []
    for start in range(0, len(theta), step):
        block = theta[start : start + step]
        if few:
            drawn = _scattered(found, loss, len(block), generator)
            parts.append(log_gains(found, block, points, drawn, at).mean(axis=1))
            continue
        logs = log_gains(found, block, points, loss[None], at)
        weights = resample_weights(np.arange(len(loss)), len(block), generator)
        parts.append(_drawn_means(logs, weights, _widen(len(loss), found.level)))
    return np.concatenate(parts)


def _scattered(found: ScalingFit, loss: Array, count: int, generator: np.random.Generator) -> Array:
    """Let the losses scatter as the reference's do, (count, m)."""
    scatter = generator.choice(found.scatter, size=(count, len(loss)))
    log = found.recipe.scale == "log"
    out: Array = loss * np.exp(scatter) if log else loss + scatter
    return out


def _drawn_means(logs: Array, weights: Array, widen: float) -> Array:
    """Return the mean of each draw's runs, spread about that of all runs by a factor."""
    with np.errstate(invalid="ignore"):
        drawn = np.where(weights > 0, weights * logs, 0.0).sum(axis=1) / logs.shape[1]
        middle = logs.mean(axis=1)
        wider = middle + widen * (drawn - middle)
    out: Array = np.where(np.isfinite(middle), wider, drawn)
    return out


def _widen(count: int, level: float) -> float:
    """Widen a bootstrap of a mean of few to Student's interval."""
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415  (slow to import)

    share = 0.5 + level / 2.0
    student = stdtrit(count - 1, share) / ndtri(share)
    return float(student * np.sqrt(count / (count - 1.0)))


def _exp(logs: Array) -> Array:
    with np.errstate(over="ignore"):
        out: Array = np.exp(logs)
    return out


def _notes(frame: pl.DataFrame, count: int) -> tuple[str, ...]:
    notes = []
    below = int(frame.get_column("gain").is_infinite().sum())
    if below:
        notes.append(
            f"{below} of {count} runs ended below the loss that no compute reaches by the "
            "reference's law: their gain, and so the mean, has no upper end."
        )
    beyond = int(frame.get_column("beyond").sum())
    if beyond:
        notes.append(
            f"For {beyond} of {count} runs the matching compute lies beyond the reference's runs: "
            "there the law is extrapolated, and where it is wrong that reads as a gain or a loss."
        )
    if count < FEWEST_RUNS:
        notes.append(
            "So few runs show no scatter of their own: that of the reference stands for it."
        )
    return tuple(notes)
