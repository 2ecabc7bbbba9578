r"""The laws: which terms a predicted loss is the sum of.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
L         loss; E the loss that no training removes
N, D, C   parameters, tokens, FLOPs
A, B, K   coefficients; alpha, beta, gamma exponents
N', D'    effective counts (:mod:`theodolite.stats.repetition`)
cn, cd    centres of the logs: means over the runs of a fit
========  ==================================================================================

``chinchilla``: L = E + A / N^alpha + B / D^beta. ``over-training``: the same with beta = alpha,
which is E + (a M^eta + b M^-eta) C^-eta for M = D / N and eta = alpha / 2. ``compute``:
L = E + K / C^gamma. ``no-floor``: chinchilla with E = 0. ``data-constrained``: N' and D' for N
and D. Inside, coefficients but E are logs at the centres: centring takes most of the dependence
between A and alpha away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from theodolite.errors import MissingColumnError, UsageError, shorten
from theodolite.stats.log_sum import Constant, LinearTerm, LogSum, Term
from theodolite.stats.newton import Bounds
from theodolite.stats.repetition import RepeatedParams, RepeatedTokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.accounting import Accounted
    from theodolite.stats.log_sum import Scale

    Array = NDArray[np.float64]

__all__ = ["LAWS", "Centre", "Law", "LawName", "Points", "law_named"]

LawName = Literal["chinchilla", "over-training", "data-constrained", "compute", "no-floor"]

# How far below the smallest loss a term may fall before it counts as nothing, in log units.
DEPTH = 14.0
EXPONENTS = (1e-3, 4.0)
WORTH = (1e-2, 1e4)


@dataclass(frozen=True)
class Points:
    """Where a law is evaluated: logs of each count, (n,).

    ``unique`` (tokens) is ``None`` where no text is repeated.
    """

    params: Array
    tokens: Array
    flops: Array
    unique: Array | None = None

    @classmethod
    def of(cls, runs: Accounted, unique: Array | None = None) -> Points:
        """Take the points of runs."""
        logs = None if unique is None else np.log(unique)
        return cls(np.log(runs.params), np.log(runs.tokens), np.log(runs.flops), logs)

    def at_rows(self, rows: slice | NDArray[np.intp]) -> Points:
        """Take some of the points."""
        unique = None if self.unique is None else self.unique[rows]
        return Points(self.params[rows], self.tokens[rows], self.flops[rows], unique)

    @classmethod
    def at(cls, params: Array, tokens: Array, unique: Array | None = None) -> Points:
        """Take points with C = 6 N D."""
        n, d = np.log(params), np.log(tokens)
        return cls(n, d, np.log(6.0) + n + d, None if unique is None else np.log(unique))


@dataclass(frozen=True)
class Centre:
    """Centres of the logs of params, tokens and FLOPs."""

    params: float = 0.0
    tokens: float = 0.0
    flops: float = 0.0

    @classmethod
    def of(cls, points: Points) -> Centre:
        """Take the means."""
        return cls(*(float(x.mean()) for x in (points.params, points.tokens, points.flops)))


@dataclass(frozen=True)
class Law:
    """One law.

    Attributes
    ----------
    name, equation
        What it is called, and its formula.
    parameters
        Its parameters, in order.
    floor
        Where E stands in ``parameters``; ``None`` for a law without one.
    slopes
        For each coefficient, where it and its exponent stand, and which centre it is taken at.
    """

    name: LawName
    equation: str
    parameters: tuple[str, ...]
    floor: int | None
    slopes: tuple[tuple[int, int, Literal["params", "tokens", "flops"]], ...]

    @property
    def repeats(self) -> bool:
        """Whether the law discounts repeated text."""
        return self.name == "data-constrained"

    @property
    def allocates(self) -> bool:
        """Whether the law says how to split compute between parameters and tokens."""
        return self.name != "compute"

    def terms(self, points: Points, centre: Centre) -> list[Term]:
        """Return the terms of the sum at these points."""
        one = np.ones_like(points.params)
        terms: list[Term] = []
        if self.floor is not None:
            terms.append(Constant(self.floor, len(one)))
        if self.repeats:
            if points.unique is None:
                raise MissingColumnError(
                    "no column unique_tokens, which the data-constrained law needs"
                )
            unique = points.unique - centre.tokens
            terms.append(RepeatedParams(points.params - centre.params, unique))
            terms.append(RepeatedTokens(points.tokens - centre.tokens, unique))
            return terms
        for at, exponent, count in self.slopes:
            log = getattr(points, count) - getattr(centre, count)
            terms.append(LinearTerm((at, exponent), np.stack([one, -log])))
        return terms

    def model(self, points: Points, loss: Array, centre: Centre, scale: Scale) -> LogSum:
        """Set the law against observed losses."""
        return LogSum(self.terms(points, centre), loss, scale)

    def predict(self, theta: Array, points: Points, centre: Centre) -> Array:
        """Return predicted losses, (R, n), of (R, P) inner parameters."""
        model = LogSum(self.terms(points, centre), np.ones_like(points.params))
        return np.exp(model.log_sum(theta))

    def bounds(self, loss: Array) -> Bounds:
        """Return how far the inner parameters may go."""
        low, high = np.empty(len(self.parameters)), np.empty(len(self.parameters))
        bottom, top = float(np.log(loss.min())), float(np.log(loss.max()))
        for at, name in enumerate(self.parameters):
            if at == self.floor:
                low[at], high[at] = 0.0, float(loss.max())
            elif name in ("alpha", "beta", "gamma"):
                low[at], high[at] = EXPONENTS
            elif name.startswith("R_"):
                low[at], high[at] = np.log(WORTH)
            else:
                low[at], high[at] = bottom - DEPTH, top + DEPTH
        return Bounds(low, high)

    def natural(self, theta: Array, centre: Centre) -> Array:
        """Turn (R, P) inner parameters into those of the equation."""
        out = theta.copy()
        for at, exponent, count in self.slopes:
            out[:, at] = np.exp(theta[:, at] + theta[:, exponent] * getattr(centre, count))
        for at in self._logs():
            out[:, at] = np.exp(theta[:, at])
        return out

    def inner(self, natural: Array, centre: Centre) -> Array:
        """Turn (R, P) parameters of the equation into inner ones."""
        out = natural.copy()
        for at, exponent, count in self.slopes:
            out[:, at] = np.log(natural[:, at]) - natural[:, exponent] * getattr(centre, count)
        for at in self._logs():
            out[:, at] = np.log(natural[:, at])
        return out

    def _logs(self) -> Sequence[int]:
        return [k for k, name in enumerate(self.parameters) if name.startswith("R_")]


LAWS: tuple[Law, ...] = (
    Law(
        "chinchilla",
        "L = E + A / N^alpha + B / D^beta",
        ("E", "A", "B", "alpha", "beta"),
        0,
        ((1, 3, "params"), (2, 4, "tokens")),
    ),
    Law(
        "over-training",
        "L = E + A / N^alpha + B / D^alpha",
        ("E", "A", "B", "alpha"),
        0,
        ((1, 3, "params"), (2, 3, "tokens")),
    ),
    Law(
        "data-constrained",
        "L = E + A / N'^alpha + B / D'^beta",
        ("E", "A", "B", "alpha", "beta", "R_N", "R_D"),
        0,
        ((1, 3, "params"), (2, 4, "tokens")),
    ),
    Law("compute", "L = E + K / C^gamma", ("E", "K", "gamma"), 0, ((1, 2, "flops"),)),
    Law(
        "no-floor",
        "L = A / N^alpha + B / D^beta",
        ("A", "B", "alpha", "beta"),
        None,
        ((0, 2, "params"), (1, 3, "tokens")),
    ),
)
assert tuple(law.name for law in LAWS) == get_args(LawName)  # noqa: S101


def law_named(name: str) -> Law:
    """Return the law of that name, or raise :class:`~theodolite.errors.UsageError`.

    Examples
    --------
    >>> law_named("compute").equation
    'L = E + K / C^gamma'
    """
    for law in LAWS:
        if law.name == name:
            return law
    known = ", ".join(law.name for law in LAWS)
    raise UsageError(f"a law is one of {known}; not {shorten(name)}")
