"""A plan: the points that it recommends, what they cost, and what other laws say."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.scaling.lifetime import budget_for_params
from theodolite.scaling.result import Estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from theodolite.scaling.allocation import Split
    from theodolite.scaling.result import ScalingFit
    from theodolite.scaling.targets import Serving, Target
    from theodolite.tables import Removal

    Array = NDArray[np.float64]

__all__ = [
    "Beyond",
    "Gain",
    "Laws",
    "Lifetime",
    "OverTrained",
    "Plan",
    "Point",
    "PublishedPoint",
    "Shrunk",
]


@dataclass(frozen=True)
class Laws:
    """A law and the draws of it, stacked: the first row is the estimate.

    ``fit`` gives the intervals; ``None`` for a published law, which has none.
    """

    split: Split
    fit: ScalingFit | None = None

    def estimate(self, values: Array) -> Estimate:
        """Return a number with its interval, of (1 + R, 1) values."""
        values = np.broadcast_to(values, self.split.alpha.shape)
        if self.fit is None:
            return Estimate(float(values[0, 0]), math.nan, math.nan)
        return self.fit.interval(values[:1], values[1:])

    @property
    def first(self) -> Split:
        """The law at the estimate."""
        s = self.split
        return type(s)(s.floor[:1], s.log_a[:1], s.log_b[:1], s.alpha[:1], s.beta[:1])


@dataclass(frozen=True)
class Point:
    """A model: parameters, tokens, and what the law predicts."""

    params: Estimate
    tokens: Estimate
    tokens_per_param: Estimate
    loss: Estimate
    train_flops: Estimate


@dataclass(frozen=True)
class Lifetime:
    """The model of the optimum's loss that costs least to train and to serve.

    Attributes
    ----------
    point
        The model.
    inference_flops
        2 N T.
    saving
        The share of the compute-optimal model's total cost that it saves.
    saved
        The same as FLOPs, or as money where prices are given.
    train_cost, inference_cost
        Money; ``None`` without prices.
    """

    point: Point
    inference_flops: Estimate
    saving: Estimate
    saved: Estimate
    train_cost: Estimate | None = None
    inference_cost: Estimate | None = None


@dataclass(frozen=True)
class OverTrained:
    """What ``factor`` times the optimum's tokens per parameter cost.

    ``params``, ``tokens`` and ``compute`` (a factor) are at the optimum's loss; ``loss_given_up``
    is at the optimum's compute.
    """

    factor: float
    params: Estimate
    tokens: Estimate
    compute: Estimate
    loss_given_up: Estimate


@dataclass(frozen=True)
class Shrunk:
    """The smallest model that reaches the optimum's loss with ``factor`` times its tokens.

    ``share`` is of the optimum's parameters; ``compute`` a factor of its training compute.
    """

    factor: float
    params: Estimate
    share: Estimate
    compute: Estimate


@dataclass(frozen=True)
class Gain:
    """What more tokens gain at one size.

    Attributes
    ----------
    law, start
        Whose prediction, and from where: ``optimum`` or a source.
    from_tokens, to_tokens
        Tokens.
    loss_from, loss_to, gain
        Losses, and their difference.
    compute
        By what factor training compute grows.
    worth
        By what factor the least compute that reaches the loss grows: compute-equivalent.
    """

    law: str
    start: str
    from_tokens: Estimate
    to_tokens: float
    loss_from: Estimate
    loss_to: Estimate
    gain: Estimate
    compute: Estimate
    worth: Estimate


@dataclass(frozen=True)
class PublishedPoint:
    """What a published law calls compute-optimal; ``loss`` is ``None`` for an allocation."""

    law: str
    flops: float
    params: float
    tokens: float
    tokens_per_param: float
    loss: float | None
    counts: str
    data: str
    source: str


@dataclass(frozen=True)
class Beyond:
    """A point of the plan outside the runs of the law.

    Each factor is above 1 beyond the largest run, below 1 under the smallest, 1 within; not a
    number where the range is not known.
    """

    point: str
    params: float
    tokens: float
    flops: float


@dataclass(frozen=True)
class Plan:
    """How to spend a budget, or what a size is best trained on.

    Attributes
    ----------
    law, source
        The law's name, and where it comes from.
    target, serving
        What was asked for.
    optimum
        The compute-optimal model.
    lifetime
        The cheapest model of that loss to train and serve; ``None`` without inference tokens.
    overtrained, shrunk
        The price of other shapes at equal loss and at equal compute.
    smallest
        The size that no tokens bring to the optimum's loss.
    gains
        What tokens beyond the optimum gain, for the law and each published one.
    published
        Every published law's optimum for the target.
    beyond
        Points outside the runs.
    level, n, resamples
        Of the intervals; ``None`` for a published law.
    laws
        The law and its draws.
    notes, removed
        What a reader must know; what filters took away.
    """

    law: str
    source: str
    target: Target
    serving: Serving | None
    optimum: Point
    lifetime: Lifetime | None
    overtrained: tuple[OverTrained, ...]
    shrunk: tuple[Shrunk, ...]
    smallest: Estimate
    gains: tuple[Gain, ...]
    published: tuple[PublishedPoint, ...]
    beyond: tuple[Beyond, ...]
    level: float | None
    n: int | None
    resamples: int | None
    laws: Laws = field(repr=False)
    notes: tuple[str, ...] = ()
    removed: tuple[Removal, ...] = ()

    @property
    def point(self) -> Point:
        """The model to train: lifetime-optimal where inference counts, else compute-optimal."""
        return self.optimum if self.lifetime is None else self.lifetime.point

    def path(self, params: ArrayLike) -> pl.DataFrame:
        """Return the tokens for which each size is compute-optimal, with intervals.

        Returns
        -------
        polars.DataFrame
            ``params``, ``tokens``, ``low``, ``high``; empty ends for a published law.
        """
        logs = np.log(np.atleast_1d(np.asarray(params, dtype=np.float64)))
        # A draw near the bounds of its exponents can ask for more than a double holds.
        with np.errstate(over="ignore"):
            tokens = np.exp(budget_for_params(self.laws.split, logs[None]) - np.log(6.0) - logs)
        rows = [self.laws.estimate(tokens[:, [k]]) for k in range(len(logs))]
        return pl.DataFrame(
            {
                "params": np.exp(logs),
                "tokens": [row.estimate for row in rows],
                "low": [row.low for row in rows],
                "high": [row.high for row in rows],
            }
        )

    def least_loss(self, flops: float) -> float:
        """Return the loss of the compute-optimal model of a budget."""
        law, budget = self.laws.first, np.log([[flops]])
        params = law.optimal_params(budget)
        return float(law.loss(params, budget - np.log(6.0) - params)[0, 0])

    def equal_loss(self, loss: float, params: ArrayLike) -> pl.DataFrame:
        """Return the tokens that bring each size to a loss: ``params``, ``tokens``.

        Sizes that never reach it are left out.
        """
        logs = np.log(np.atleast_1d(np.asarray(params, dtype=np.float64)))
        tokens = np.exp(self.laws.first.tokens_for(np.array([[loss]]), logs[None])[0])
        reach = np.isfinite(tokens)
        return pl.DataFrame({"params": np.exp(logs)[reach], "tokens": tokens[reach]})

    def to_frame(self) -> pl.DataFrame:
        """Return the optima, this law's first, then those of the other published laws.

        Returns
        -------
        polars.DataFrame
            ``law``, ``params``, ``tokens``, ``tokens_per_param``, ``loss``.
        """
        own = {
            "law": self.law,
            "params": self.optimum.params.estimate,
            "tokens": self.optimum.tokens.estimate,
            "tokens_per_param": self.optimum.tokens_per_param.estimate,
            "loss": self.optimum.loss.estimate,
        }
        names = list(own)
        others = [p for p in self.published if p.law != self.law]
        rows = [own, *({name: getattr(p, name) for name in names} for p in others)]
        return pl.DataFrame(rows, schema_overrides={"loss": pl.Float64})

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON; ``low`` and ``high`` are of the loss."""
        point, life = self.point, self.lifetime
        return {
            "law": self.law,
            "source": self.source,
            "target": asdict(self.target),
            "serving": None if self.serving is None else asdict(self.serving),
            "point": "compute-optimal" if life is None else "lifetime-optimal",
            "params": point.params.estimate,
            "tokens": point.tokens.estimate,
            "tokens_per_param": point.tokens_per_param.estimate,
            "loss": point.loss.estimate,
            "low": point.loss.low,
            "high": point.loss.high,
            "train_flops": point.train_flops.estimate,
            "inference_flops": 0.0 if life is None else life.inference_flops.estimate,
            "optimum": asdict(self.optimum),
            "lifetime": None if life is None else asdict(life),
            "overtrained": [asdict(row) for row in self.overtrained],
            "shrunk": [asdict(row) for row in self.shrunk],
            "smallest": asdict(self.smallest),
            "gains": [asdict(row) for row in self.gains],
            "published": [asdict(row) for row in self.published],
            "beyond": [asdict(row) for row in self.beyond],
            "level": self.level,
            "n": self.n,
            "resamples": self.resamples,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }
