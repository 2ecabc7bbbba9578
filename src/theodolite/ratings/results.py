"""What a rating method returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.evidence import PairWeights
    from theodolite.ratings.style_fit import StyleFit
    from theodolite.tables import Removal

__all__ = ["Board", "GoodnessOfFit", "Order", "Parameter", "RatingFit", "Scale"]


@dataclass(frozen=True)
class Scale:
    """How strengths on the log-odds scale become ratings.

    ``rating = centre + scale * theta / ln(base)``: with the usual 1000, 400 and 10, a lead of 400
    points means winning ten times as often as losing.

    Examples
    --------
    >>> Scale().rating(np.log([1.0, 10.0]))
    array([1000., 1400.])
    """

    centre: float = 1000.0
    scale: float = 400.0
    base: float = 10.0

    @property
    def points(self) -> float:
        """Rating points to one unit of log-odds."""
        return float(self.scale / np.log(self.base))

    def rating(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn strengths into ratings."""
        return self.centre + self.points * theta


@dataclass(frozen=True)
class GoodnessOfFit:
    """Does one number a model explain the pairs? See :func:`theodolite.stats.pairs_fit`.

    Attributes
    ----------
    statistic, df, p_value
        The chi-square statistic, its degrees of freedom (pairs that met, less free strengths) and
        the chance of one as large if the model holds.
    pairs, sparse_pairs
        Pairs that met, and how many of these did so fewer than five times.
    """

    statistic: float
    df: int
    p_value: float
    pairs: int
    sparse_pairs: int


@dataclass(frozen=True)
class Parameter:
    """A parameter beside the strengths, with its pointwise interval.

    ``nu`` (Davidson) and ``eta`` (Rao-Kupper) say how readily models tie; ``kappa`` and
    ``lambda`` how P(both bad) = sigmoid(kappa - lambda * mean strength) falls with strength.
    """

    name: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Order:
    """What the order of the votes does to Elo ratings.

    Attributes
    ----------
    k_factor, n_orders
        Elo's K, and how many random orders the board averages.
    online
        Ratings in the order of the file, (K,).
    spread
        Standard deviation over random orders, in points, (K,).
    """

    k_factor: float
    n_orders: int
    online: NDArray[np.float64]
    spread: NDArray[np.float64]


@dataclass(frozen=True)
class Board:
    """Ratings with their intervals and rank sets, whatever the method.

    All arrays have one entry a model, in the order of ``models`` (alphabetical).

    Attributes
    ----------
    theta, covariance
        Strengths on the log-odds scale, centred to mean 0 over the models with a finite estimate,
        and their covariance, (K, K). A model that only won is at plus infinity, one that only lost
        at minus infinity, one whose votes do not lead to the others ``nan``; their covariance is
        ``nan``.
    rating, low, high
        On the rating scale; pointwise intervals at ``level`` for the centred strength. An
        unbounded model has one infinite end, and at the other a one-sided bound of its profile
        likelihood, which knows of no clusters.
    rank
        1 + the number of models with a higher estimate.
    rank_low, rank_high
        The ranks that the simultaneous intervals of all contrasts leave open.
    votes
        Votes in which the model took part.
    unbounded
        Whether the model has no finite estimate.
    quantile
        The max-t quantile of the contrasts: a pair is told apart where its difference exceeds
        ``quantile`` standard errors.
    """

    models: tuple[str, ...]
    theta: NDArray[np.float64]
    covariance: NDArray[np.float64]
    rating: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rank: NDArray[np.int64]
    rank_low: NDArray[np.int64]
    rank_high: NDArray[np.int64]
    votes: NDArray[np.int64]
    unbounded: NDArray[np.bool_]
    quantile: float
    level: float
    scale: Scale = field(default_factory=Scale)

    def anchored(self, model: str, rating: float) -> Board:
        """Shift all ratings so that one model has this one; its noise stays its own.

        Raises
        ------
        UsageError
            The model is not on the board, or has no finite rating; or ``rating`` is not finite.
        """
        if not np.isfinite(rating):
            raise UsageError(f"the anchor's rating must be finite, not {rating}")
        if model not in self.models:
            raise UsageError(
                f"the anchor {shorten(model)} is not among the {len(self.models)} models"
            )
        own = self.rating[self.models.index(model)]
        if not np.isfinite(own):
            raise UsageError(f"{shorten(model)} has no finite rating and cannot be the anchor")
        moved = {name: getattr(self, name) + (rating - own) for name in ("rating", "low", "high")}
        for array in moved.values():
            array.flags.writeable = False
        return replace(self, **moved)

    def to_frame(self) -> pl.DataFrame:
        """One row a model, best first, with the columns of the ``rank`` command."""
        return pl.DataFrame(
            {
                "model": self.models,
                "rating": self.rating,
                "low": self.low,
                "high": self.high,
                "rank": self.rank,
                "rank_low": self.rank_low,
                "rank_high": self.rank_high,
                "votes": self.votes,
                "unbounded": self.unbounded,
            }
        ).sort(["rank", "model"])


@dataclass(frozen=True)
class RatingFit:
    """A board and what stands beside it.

    Attributes
    ----------
    method, interval
        ``bradley-terry``, ``davidson``, ``rao-kupper`` or ``elo``; ``sandwich`` or ``bootstrap``.
    board
        Ratings, intervals and rank sets.
    parameters
        Parameters beside the strengths; none for half-win Bradley-Terry.
    pairs
        One row a pair of models that met: ``model_a``, ``model_b``, ``votes``, ``share`` (of the
        weight, won by model_a, ties as half), ``predicted`` (by the fit) and ``z`` (their
        difference in standard errors). Where both_bad is an outcome of its own, it is left out.
    style
        What style does, where it was held fixed; else ``None``.
    goodness_of_fit
        ``None`` where the pairs that met leave no degree of freedom to test with.
    n_votes, removed
        Votes used, and what filters took away before.
    cluster, n_clusters
        The column by which votes were clustered, and how many clusters it has; else ``None``.
    pair_weights
        ``equal`` or ``inverse-count``.
    anchor
        The model whose rating was set, and to what; else ``None``.
    seed, n_draws, n_resamples
        Of the random numbers; normal draws behind the rank sets; resamples of a bootstrap.
    log_likelihood, iterations
        Weighted, at the maximum, and Newton steps to it; ``None`` for Elo.
    order
        What the order of the votes does; ``None`` but for Elo.
    """

    method: str
    interval: str
    board: Board
    parameters: tuple[Parameter, ...]
    pairs: pl.DataFrame
    goodness_of_fit: GoodnessOfFit | None
    n_votes: int
    removed: tuple[Removal, ...]
    cluster: str | None
    n_clusters: int | None
    pair_weights: PairWeights
    anchor: tuple[str, float] | None
    seed: int
    n_draws: int
    n_resamples: int | None
    log_likelihood: float | None
    iterations: int | None
    order: Order | None = None
    style: StyleFit | None = None

    def anchored(self, model: str, rating: float) -> RatingFit:
        """Return the fit with its ratings shifted; see :meth:`Board.anchored`."""
        at = self.board.models.index(model) if model in self.board.models else 0
        by = rating - float(self.board.rating[at])
        return replace(
            self,
            board=self.board.anchored(model, rating),
            anchor=(model, rating),
            order=self.order and replace(self.order, online=self.order.online + by),
        )

    def to_frame(self) -> pl.DataFrame:
        """Give the board as a frame, best model first; Elo adds ``online`` and ``order_spread``."""
        frame = self.board.to_frame()
        if self.order is None:
            return frame
        order = {"online": self.order.online, "order_spread": self.order.spread}
        more = pl.DataFrame({"model": self.board.models, **order})
        return frame.join(more, on="model", maintain_order="left")

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pairs as plain Python values, for JSON."""
        fit = self.goodness_of_fit
        settings = ("method", "interval", "cluster", "n_clusters", "pair_weights", "seed")
        return {
            "models": self.to_frame().to_dicts(),
            "votes": self.n_votes,
            "removed": [dict(vars(removal)) for removal in self.removed],
            "parameters": [dict(vars(parameter)) for parameter in self.parameters],
            **({"style": []} if self.style is None else self.style.to_dict()),
            "goodness_of_fit": None if fit is None else dict(vars(fit)),
            "settings": {
                **{name: getattr(self, name) for name in settings},
                "level": self.board.level,
                "anchor": None if self.anchor is None else dict([self.anchor]),
                "scale": dict(vars(self.board.scale)),
                "n_draws": self.n_draws,
                "n_resamples": self.n_resamples,
                **(
                    {"k_factor": self.order.k_factor, "n_orders": self.order.n_orders}
                    if self.order
                    else {}
                ),
            },
            "diagnostics": {
                "log_likelihood": self.log_likelihood,
                "iterations": self.iterations,
                "quantile": self.board.quantile,
            },
        }
