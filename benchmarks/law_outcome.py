r"""What a tool's law is worth: one objective for all, and the optimum near it.

The objective is sum_i h(r_i), r_i = log L_i - log(E + A / N_i^alpha + B / D_i^beta), with Huber's
h of delta 1e-3. It is computed here from the parameters that a tool gives, and not taken from the
tool; then a damped Newton method of SciPy's, which shares no line with ours, goes on from there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

NAMES = ("E", "A", "B", "alpha", "beta")
DELTA = 1e-3
SCALE = 1e6
# An end has arrived when its objective is within this part of the lowest known.
ARRIVED = 1e-6


@dataclass(frozen=True)
class Outcome:
    """A fit, and how it came about.

    Attributes
    ----------
    objective
        Sum of Huber's function at the tool's parameters.
    polished
        The same, after Newton's method from there.
    objectives
        Where each start ended, by the tool's own account; empty where that is another objective.
    starts, arrived
        How many, and how many reached the optimum, where the tool says so itself.
    resamples, settled
        How many, and what share of them reached their own optimum.
    counts
        Of a stage: how much of the whole job was done, and how much that is.
    errors
        Standard errors of alpha and beta.
    """

    parameters: dict[str, float]
    objective: float
    polished: float
    runs: str
    objectives: list[float] = field(default_factory=list)
    starts: int = 0
    arrived: float | None = None
    resamples: int = 0
    settled: float | None = None
    counts: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, output: Mapping[str, Any] | None, file: Path, runs: str) -> Outcome | None:
        """Read the JSON of ours or of a peer's script; nothing where it names no law."""
        if not output:
            return None
        given = output.get("parameters", output)
        if not all(isinstance(given.get(name), float) for name in NAMES):
            return None
        law = {name: given[name] for name in NAMES}
        table = Runs.read(file)
        reached, polished = table.judged(law)
        if "parameters" in output:
            counts = output["counts"]
            return cls(
                law,
                reached,
                polished,
                runs,
                objectives=output["objectives"],
                starts=sum(counts.get(name, [0])[0] for name in ("start", "starts")),
                resamples=counts.get("resamples", [0])[0],
                settled=table.settled(output["draws"], law),
                counts=counts,
                errors=output["errors"],
            )
        spread = {name: row.get("standard_error") for name, row in output["intervals"].items()}
        return cls(
            law,
            reached,
            polished,
            runs,
            starts=output["starts"],
            arrived=output["converged_share"],
            resamples=output["resamples"],
            settled=output["resamples_converged"] / output["resamples"],
            errors={name: spread[name] for name in ("alpha", "beta")},
        )

    def whole(self, seconds: float, stages: Mapping[str, float]) -> float | None:
        """Scale seconds up to the whole job; nothing where it was done."""
        more = [
            stages[name] * (whole / done - 1.0)
            for name, (done, whole) in self.counts.items()
            if whole > done
        ]
        return seconds + sum(more) if more else None


def lowest(found: Iterable[Outcome]) -> float:
    """Give the lowest objective that anybody reached, or Newton's method after them."""
    return min((min(one.objective, one.polished) for one in found), default=math.nan)


@dataclass(frozen=True)
class Runs:
    """Logs of parameters and tokens, less their means, and of losses: (n,)."""

    params: np.ndarray
    tokens: np.ndarray
    loss: np.ndarray
    centre: tuple[float, float]

    @classmethod
    def read(cls, file: Path) -> Runs:
        """Read the table that :func:`laws.write_runs` wrote."""
        params, tokens, loss = np.log(np.loadtxt(file, delimiter=",", skiprows=1)).T
        centre = (float(params.mean()), float(tokens.mean()))
        return cls(params - centre[0], tokens - centre[1], loss, centre)

    def judged(self, law: Mapping[str, float]) -> tuple[float, float]:
        """Return the objective of a law, and the lowest that Newton's method finds from there."""
        x = self.inner(law)
        start = self.value(x)
        if not math.isfinite(start):
            return math.inf, math.inf
        found = minimize(
            lambda at: SCALE * self.value(at),
            x,
            jac=lambda at: SCALE * self.slopes(at)[0],
            hess=lambda at: SCALE * self.slopes(at)[1],
            method="trust-exact",
            options={"gtol": 1e-9, "maxiter": 2000},
        )
        return start, min(start, self.value(found.x))

    def settled(
        self, draws: Sequence[tuple[list[int], list[float]]], law: Mapping[str, float]
    ) -> float | None:
        """Find the share of resamples (rows, law) that ended at their own optimum.

        That is the lowest which Newton's method finds from their end and from the law of all runs.
        """
        arrived = 0
        for rows, end in draws:
            part = Runs(self.params[rows], self.tokens[rows], self.loss[rows], self.centre)
            reached, polished = part.judged(dict(zip(NAMES, end, strict=True)))
            arrived += reached <= min(polished, part.judged(law)[1]) * (1.0 + ARRIVED)
        return arrived / len(draws) if draws else None

    def inner(self, law: Mapping[str, float]) -> np.ndarray:
        """Turn a law into logs of its terms at the centre, and exponents; a negative has none."""
        if min(law[name] for name in ("E", "A", "B")) <= 0.0:
            return np.full(len(NAMES), np.nan)
        e, a, b = (math.log(law[name]) for name in ("E", "A", "B"))
        alpha, beta = law["alpha"], law["beta"]
        n, d = self.centre
        return np.array([e, a - alpha * n, b - beta * d, alpha, beta])

    def value(self, x: np.ndarray) -> float:
        """Sum Huber's function."""
        size = np.abs(self._residual(x)[0])
        huber = np.where(size <= DELTA, size**2 / 2.0, DELTA * (size - DELTA / 2.0))
        return math.fsum(huber.tolist())

    def slopes(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient (5,) and Hessian (5, 5)."""
        residual, share = self._residual(x)
        zero, one = np.zeros_like(residual), np.ones_like(residual)
        # Of each term of the sum, how its log moves with each parameter: (3, 5, n).
        moves = np.array(
            [
                [one, zero, zero, zero, zero],
                [zero, one, zero, -self.params, zero],
                [zero, zero, one, zero, -self.tokens],
            ]
        )
        first = np.einsum("kn,kpn->pn", share, moves)
        bend = np.clip(residual, -DELTA, DELTA)
        inside = np.abs(residual) <= DELTA
        second = np.einsum("kn,kpn,kqn->pq", share * bend, moves, moves)
        second -= (first * bend) @ first.T
        return -first @ bend, (first * inside) @ first.T - second

    def _residual(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        e, a, b, alpha, beta = x
        terms = np.stack(
            [np.full_like(self.loss, e), a - alpha * self.params, b - beta * self.tokens]
        )
        log = np.logaddexp.reduce(terms, axis=0)
        return self.loss - log, np.exp(terms - log)
