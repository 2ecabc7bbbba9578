"""What published laws say of the same target, and what more tokens gain by each of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theodolite.scaling.lifetime import budget_for_loss, budget_for_params, excess
from theodolite.scaling.plan_result import Gain, Laws, PublishedPoint
from theodolite.scaling.published import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from theodolite.scaling.published import PublishedLaw
    from theodolite.scaling.targets import Target

    Array = NDArray[np.float64]

__all__ = ["LARGEST_RUNS", "gains_of", "published_points", "stated_for"]

# What Meta called compute-optimal for its 8B model.
STATED_PARAMS, STATED_TOKENS = 8e9, 2e11
STATED_BY = "Meta AI (2024), Introducing Meta Llama 3, ai.meta.com/blog/meta-llama-3"
SAME_SIZE = 0.05
# The largest parameters and tokens of the runs behind a law, as its abstract says.
_HOFFMANN = (16e9, 500e9)
LARGEST_RUNS = {
    "hoffmann": _HOFFMANN,
    "hoffmann-tex": _HOFFMANN,
    "besiroglu": _HOFFMANN,
    "muennighoff": (9e9, 900e9),
    # The five runs that each was fitted to: the largest has 20 tokens per parameter.
    **dict.fromkeys(("gadre-c4", "gadre-redpajama", "gadre-refinedweb"), (4.12e8, 8.23e9)),
}


def stated_for(params: float) -> bool:
    """Whether Meta's statement is about models of this size."""
    return abs(params / STATED_PARAMS - 1.0) <= SAME_SIZE


def published_points(target: Target) -> tuple[PublishedPoint, ...]:
    """Return the optimum of every published law for a target."""
    return tuple(_point(law, target) for law in PUBLISHED)


def _point(law: PublishedLaw, target: Target) -> PublishedPoint:
    if target.params is None:
        flops = float(target.flops or 0.0)
        params = float(law.optimal_params(flops))
    else:
        params = target.params
        flops = _budget(law, params)
    tokens, split, loss = flops / (6.0 * params), law.split, None
    if split is not None:
        loss = float(split.loss(np.log([[params]]), np.log([[tokens]]))[0, 0])
    return PublishedPoint(
        law=law.name,
        flops=flops,
        params=params,
        tokens=tokens,
        tokens_per_param=tokens / params,
        loss=loss,
        counts=law.counts,
        data=law.data,
        source=law.source,
    )


def _budget(law: PublishedLaw, params: float) -> float:
    """Return the FLOPs at which a size is optimal."""
    if law.split is not None:
        return float(np.exp(budget_for_params(law.split, np.log([[params]])))[0, 0])
    # An allocation is a line in logs: one value and the exponent give all others.
    log = math.log(params / float(law.optimal_params(1e21))) / law.exponent
    return 1e21 * math.exp(log)


def gains_of(name: str, laws: Laws, target: Target) -> tuple[Gain, ...]:
    """Return what the target's tokens gain over the optimum, and over what its makers stated."""
    if target.params is None or target.tokens is None:
        return ()
    return tuple(_gains(name, laws, target.params, target.tokens))


def _gains(name: str, laws: Laws, params: float, tokens: float) -> Iterator[Gain]:
    """Give this law's gains, then those of the published laws that predict a loss."""
    others = [
        (law.name, Laws(law.split))
        for law in PUBLISHED
        if law.split is not None and law.name != name
    ]
    for law, each in ((name, laws), *others):
        size = np.full_like(each.split.alpha, math.log(params))
        optimum = budget_for_params(each.split, size) - math.log(6.0) - size
        starts = [("optimum", optimum)]
        if stated_for(params):
            starts.append((STATED_BY, np.full_like(size, math.log(STATED_TOKENS))))
        for start, at in starts:
            yield _gain((law, start), each, size, (at, np.full_like(size, math.log(tokens))))


def _gain(names: tuple[str, str], laws: Laws, size: Array, ends: tuple[Array, Array]) -> Gain:
    before, after = ends
    split = laws.split
    log_losses = [excess(split, size, tokens) for tokens in ends]
    losses = [split.floor + np.exp(log) for log in log_losses]
    budgets = [budget_for_loss(split, log) for log in log_losses]
    with np.errstate(over="ignore"):
        return Gain(
            law=names[0],
            start=names[1],
            from_tokens=laws.estimate(np.exp(before)),
            to_tokens=float(np.exp(after[0, 0])),
            loss_from=laws.estimate(losses[0]),
            loss_to=laws.estimate(losses[1]),
            gain=laws.estimate(losses[0] - losses[1]),
            compute=laws.estimate(np.exp(after - before)),
            worth=laws.estimate(np.exp(budgets[1] - budgets[0])),
        )
