r"""Whether runs can tell the parameters of a law apart, and which further runs would.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
P         parameters of a law
J         derivative of the predictions by the inner parameters, (P, n)
========  ==================================================================================

A floor and a power are told apart by three levels of a count, a power alone by two. With tokens
proportional to parameters in every run, no fit can say which of the two a loss came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import NotIdentifiedError, TooFewError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scaling.laws import Law, Points
    from theodolite.stats.log_sum import LogSum
    from theodolite.stats.newton import Bounds

    Array = NDArray[np.float64]

__all__ = ["condition_number", "held_share", "require_design", "require_fit"]

# Logs closer than this are one level.
SAME = 0.01
# Least spread of log D about its regression on log N.
OWN_SPREAD = 0.05
WORST_CONDITION = 1e6
# Numbers of repetitions above one.
REPEAT_LEVELS = 2
WORDS = {"params": "parameters", "tokens": "tokens", "flops": "FLOPs"}


def require_design(law: Law, points: Points) -> None:
    """Raise where no losses at these points could identify the law.

    Raises
    ------
    TooFewError
        There are not more distinct runs than parameters.
    NotIdentifiedError
        Too few sizes or token counts, or all runs at one ratio; the message names runs that
        would help.
    """
    distinct = _distinct(points)[0]
    if distinct <= len(law.parameters):
        raise TooFewError(
            f"the law {law.name} has {len(law.parameters)} parameters, and there are {distinct} "
            f"distinct runs: at least {len(law.parameters) + 1} are needed, more for an interval "
            f"worth having. {_grid(points)}"
        )
    for count, least in _levels_needed(law).items():
        levels = _levels(getattr(points, count))
        if levels < least:
            where = "one level" if levels == 1 else f"{levels} levels"
            raise NotIdentifiedError(
                f"all runs have {where} of {WORDS[count]}, and the law {law.name} needs {least} "
                f"to tell its parameters apart. {_grid(points)}"
            )
    if law.name not in ("compute", "over-training"):
        _require_own_spread(points)
    if law.repeats:
        _require_repeats(points)


def held_share(law: Law, points: Points, weights: Array) -> float:
    """Return the share of weightings (R, n) whose runs could identify the law.

    The same demands as :func:`require_design`, for thousands of resamples at once.
    """
    present = weights > 0
    held = _distinct(points)[1]
    good = _levels_in(present, held) > len(law.parameters)
    for count, least in _levels_needed(law).items():
        good &= _levels_in(present, _codes(getattr(points, count))) >= least
    if law.name not in ("compute", "over-training"):
        good &= _own_spreads(points, weights) >= OWN_SPREAD
    if law.repeats and points.unique is not None:
        times = points.tokens - points.unique
        repeated = times > SAME
        good &= _levels_in(present[:, repeated], _codes(times[repeated])) >= REPEAT_LEVELS
    return float(good.mean())


def _distinct(points: Points) -> tuple[int, NDArray[np.intp]]:
    """Return how many distinct runs there are, and which each is."""
    rounded = np.round(np.stack([points.params, points.tokens], axis=1) / SAME)
    values, codes = np.unique(rounded, axis=0, return_inverse=True)
    return len(values), np.ravel(codes)


def _codes(logs: Array) -> NDArray[np.intp]:
    """Return the level of each log, from 0: levels are where sorted logs leave a gap."""
    order = np.argsort(logs, kind="stable")
    codes = np.empty(len(logs), dtype=np.intp)
    codes[order] = np.concatenate([[0], np.cumsum(np.diff(logs[order]) > SAME)])[: len(logs)]
    return codes


def _levels_in(present: NDArray[np.bool_], codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Count the levels that each weighting holds, (R,)."""
    if not codes.size:
        return np.zeros(len(present), dtype=np.intp)
    level = codes[:, None] == np.arange(int(codes.max()) + 1)
    out: NDArray[np.intp] = ((present.astype(float) @ level) > 0).sum(axis=1)
    return out


def _own_spreads(points: Points, weights: Array) -> Array:
    """Return the spread of log D about its regression on log N in each weighting, (R,)."""
    share = weights / weights.sum(axis=1, keepdims=True)
    n = points.params - (share @ points.params)[:, None]
    d = points.tokens - (share @ points.tokens)[:, None]
    both, own = (share * n * d).sum(axis=1), (share * n * n).sum(axis=1)
    left = (share * d * d).sum(axis=1) - both**2 / np.maximum(own, 1e-300)
    out: Array = np.sqrt(np.maximum(left, 0.0))
    return out


def condition_number(model: LogSum, theta: Array) -> float:
    """Return the condition number of J with rows of length 1; infinite where one is 0."""
    jacobian = model.jacobian(theta[None])[0]
    length = np.linalg.norm(jacobian, axis=1, keepdims=True)
    if not (length > 0).all():
        return float("inf")
    return float(np.linalg.cond(jacobian / length))


def require_fit(
    law: Law, points: Points, theta: Array, *, bounds: Bounds, condition: float
) -> None:
    """Raise where the optimum leaves a parameter open.

    Raises
    ------
    NotIdentifiedError
        An exponent went to its bound, or predictions hardly change along some direction.
    """
    for at, name in enumerate(law.parameters):
        if at == law.floor:
            continue  # no floor at all is an answer
        if theta[at] <= bounds.low[at] or theta[at] >= bounds.high[at]:
            raise NotIdentifiedError(
                f"the fit of the law {law.name} drives {name} to the end of what it may be: "
                f"these runs do not hold it. {_grid(points)}"
            )
    if not condition < WORST_CONDITION:
        raise NotIdentifiedError(
            f"other parameters of the law {law.name} fit as well (condition number "
            f"{condition:.2g}). {_grid(points)}"
        )


def _levels_needed(law: Law) -> dict[str, int]:
    if law.name == "compute":
        return {"flops": 3}
    least = 2 if law.name in ("over-training", "no-floor") else 3
    return {"params": least, "tokens": least}


def _levels(logs: Array) -> int:
    return 1 + int(_codes(logs).max())


def _require_own_spread(points: Points) -> None:
    n = points.params - points.params.mean()
    slope = float(n @ points.tokens / (n @ n))
    spread = float(_own_spreads(points, np.ones((1, len(n))))[0])
    if spread < OWN_SPREAD:
        raise NotIdentifiedError(
            "in all runs the tokens follow from the parameters (tokens as their power "
            f"{slope:.2f}, within {100 * spread:.1f}%): no fit can tell what a loss owes to "
            f"either. {_grid(points)}"
        )


def _require_repeats(points: Points) -> None:
    if points.unique is None:
        return
    repeated = points.tokens - points.unique > SAME
    levels = _levels((points.tokens - points.unique)[repeated]) if repeated.any() else 0
    if levels < REPEAT_LEVELS:
        raise NotIdentifiedError(
            "the data-constrained law needs runs that saw their unique tokens several times, at "
            f"two or more numbers of repetitions; {int(repeated.sum())} of {len(repeated)} runs "
            "did. Fit chinchilla, or add runs with unique_tokens a half and a tenth of tokens."
        )


def _grid(points: Points) -> str:
    """Name sizes and token counts that would help: low, middle and high of what one can run."""
    sizes = _ends(points.params)
    tokens = _ends(points.tokens)
    return (
        "Runs that would help: every pairing of "
        f"{_counts(sizes)} parameters with {_counts(tokens)} tokens."
    )


def _counts(values: list[float]) -> str:
    return ", ".join(f"{value:.1e}".replace("e+0", "e").replace("e+", "e") for value in values)


def _ends(logs: Array) -> list[float]:
    """Return three levels: the ends and the middle, spread to a factor of 10 at least."""
    low, high = float(logs.min()), float(logs.max())
    short = max(np.log(10.0) - (high - low), 0.0)
    low, high = low - short / 2.0, high + short / 2.0
    return [float(np.exp(x)) for x in (low, (low + high) / 2.0, high)]
