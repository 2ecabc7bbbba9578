r"""Planning a model: how large, on how many tokens, and what other choices cost.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, training FLOPs, C = 6 N D
T         tokens that the trained model will read and write; 2 N T FLOPs
k         tokens per parameter, as a factor of the compute-optimal
m         tokens, as a factor of the compute-optimal
========  ==================================================================================

At equal loss the price of over-training by k, the size at m times the tokens and the smallest
size depend on alpha and beta alone, not on the budget: see :mod:`theodolite.scaling.lifetime`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import UsageError
from theodolite.scaling.allocation import Split
from theodolite.scaling.beside import LARGEST_RUNS, gains_of, published_points, stated_for
from theodolite.scaling.lifetime import EqualLoss, budget_for_params
from theodolite.scaling.plan_result import (
    Beyond,
    Laws,
    Lifetime,
    OverTrained,
    Plan,
    Point,
    Shrunk,
)
from theodolite.scaling.published import PUBLISHED, PublishedLaw
from theodolite.scaling.result import ScalingFit
from theodolite.scaling.targets import FACTORS, Serving, Target, require_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.result import Estimate

    Array = NDArray[np.float64]
    Place = tuple[Array, Array]

__all__ = ["plan"]

SHRINK_BY = (2.0, 4.0, 10.0)
LOG6 = math.log(6.0)


def plan(
    law: ScalingFit | PublishedLaw,
    target: Target,
    *,
    serving: Serving | None = None,
    overtrain: Sequence[float] = (),
) -> Plan:
    r"""Plan a model for a training budget, or for a size.

    The compute-optimal model has the lowest loss for C = 6 N D. The lifetime-optimal one has the
    same loss and the lowest p 6 N D + q 2 N T (Sardana et al.): smaller, trained for longer.

    Parameters
    ----------
    law
        A fit, whose bootstrap draws give every interval; or a published law, which has none.
    target
        FLOPs, or a size: then for the budget at which the size is compute-optimal.
    serving
        The tokens of inference, and prices. Without it no lifetime is planned for.
    overtrain
        Further factors of tokens per parameter to price, beside 2, 4, 10, 30 and 100.

    Raises
    ------
    UsageError
        The published law is an allocation, which predicts no loss, or a factor cannot be one.
    CannotAnswerError
        The fitted law knows compute alone.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556; N. Sardana, J. Portes, S. Doubov and J. Frankle
    (2024), arXiv:2401.00448.

    Examples
    --------
    >>> from theodolite.scaling import published_law
    >>> got = plan(published_law("hoffmann"), Target(flops=5.76e23), serving=Serving(2e12))
    >>> round(got.optimum.tokens_per_param.estimate)
    93
    >>> got.point.params.estimate < got.optimum.params.estimate
    True
    """
    laws = _laws(law)
    for factor in overtrain:
        require_factor(factor)
    optimum = _optimum(laws.split, target)
    curve = EqualLoss.through(laws.split, *optimum)
    life = None if serving is None else curve.at(curve.cheapest_to_own(_log(serving.worth)))
    factors = sorted({*FACTORS, *overtrain})
    fit = law if isinstance(law, ScalingFit) else None
    name = "this fit" if fit is not None else law.name  # type: ignore[union-attr]
    places = _places(optimum, life, target)
    return Plan(
        law=name,
        source=f"{fit.law.name}, fitted to {fit.n:,} runs" if fit else law.source,  # type: ignore[union-attr]
        target=target,
        serving=serving,
        optimum=_point(laws, optimum),
        lifetime=None
        if life is None or serving is None
        else _lifetime(laws, optimum, life, serving),
        overtrained=tuple(_overtrained(laws, curve, optimum, k) for k in factors),
        shrunk=tuple(_shrunk(laws, curve, optimum, m) for m in SHRINK_BY),
        smallest=_estimate(laws, curve.smallest),
        gains=gains_of(name, laws, target),
        published=published_points(target),
        beyond=tuple(_beyond(law, places)),
        level=fit.level if fit else None,
        n=fit.n if fit else None,
        resamples=fit.fitted.resamples_converged if fit else None,
        laws=laws,
        notes=_notes(law, target),
        removed=fit.removed if fit else (),
    )


def _laws(law: ScalingFit | PublishedLaw) -> Laws:
    if isinstance(law, ScalingFit):
        point, draws = law.splits()
        names = ("floor", "log_a", "log_b", "alpha", "beta")
        stacked = [np.concatenate([getattr(point, n), getattr(draws, n)]) for n in names]
        return Laws(Split(*stacked), law)
    if law.split is None:
        known = ", ".join(each.name for each in PUBLISHED if each.split is not None)
        raise UsageError(
            f"{law.name} says how to split compute and predicts no loss to plan with: take one of "
            f"{known}"
        )
    return Laws(law.split)


def _optimum(split: Split, target: Target) -> Place:
    """Return logs of N and D of the compute-optimal model, (R, 1) each."""
    if target.params is not None:
        params = np.full_like(split.alpha, math.log(target.params))
        return params, budget_for_params(split, params) - LOG6 - params
    flops = np.full_like(split.alpha, math.log(target.flops or 0.0))
    params = split.optimal_params(flops)
    return params, flops - LOG6 - params


def _estimate(laws: Laws, log: Array) -> Estimate:
    # A draw near the bounds of its exponents can ask for more than a double holds.
    with np.errstate(over="ignore"):
        return laws.estimate(np.exp(log))


def _point(laws: Laws, place: Place) -> Point:
    params, tokens = place
    return Point(
        params=_estimate(laws, params),
        tokens=_estimate(laws, tokens),
        tokens_per_param=_estimate(laws, tokens - params),
        loss=laws.estimate(laws.split.loss(params, tokens)),
        train_flops=_estimate(laws, LOG6 + params + tokens),
    )


def _lifetime(laws: Laws, optimum: Place, place: Place, serving: Serving) -> Lifetime:
    train_price, price = serving.prices
    served = math.log(2.0) + _log(serving.tokens)
    costs = []
    for params, tokens in (optimum, place):
        train = math.log(6.0 * train_price) + params + tokens
        inference = math.log(price) + served + params
        costs.append((train, inference, np.logaddexp(train, inference)))
    (_, _, before), (train, inference, after) = costs
    # The compute-optimal model is one of those compared: rounding alone can make a loss of it.
    saving = np.maximum(-np.expm1(after - before), 0.0)
    with np.errstate(divide="ignore"):
        saved = before + np.log(saving)
    priced = serving.price_train is not None
    return Lifetime(
        point=_point(laws, place),
        inference_flops=_estimate(laws, served + place[0]),
        saving=laws.estimate(saving),
        saved=_estimate(laws, saved),
        train_cost=_estimate(laws, train) if priced else None,
        inference_cost=_estimate(laws, inference) if priced else None,
    )


def _overtrained(laws: Laws, curve: EqualLoss, optimum: Place, factor: float) -> OverTrained:
    params, tokens = optimum
    step = math.log(factor)
    small, long = curve.at(curve.at_ratio(tokens - params + step))
    loss = laws.split.loss(params - step / 2.0, tokens + step / 2.0)
    return OverTrained(
        factor=factor,
        params=_estimate(laws, small),
        tokens=_estimate(laws, long),
        compute=_estimate(laws, small + long - params - tokens),
        loss_given_up=laws.estimate(loss - laws.split.loss(params, tokens)),
    )


def _shrunk(laws: Laws, curve: EqualLoss, optimum: Place, factor: float) -> Shrunk:
    params, tokens = optimum
    small = curve.with_tokens(tokens + math.log(factor))
    return Shrunk(
        factor=factor,
        params=_estimate(laws, small),
        share=_estimate(laws, small - params),
        compute=_estimate(laws, small - params + math.log(factor)),
    )


def _places(optimum: Place, life: Place | None, target: Target) -> dict[str, tuple[float, float]]:
    """Return logs of N and D of the points that the plan speaks of."""
    places = {"the compute-optimal model": optimum, "the lifetime-optimal model": life}
    found = {name: (float(p[0][0, 0]), float(p[1][0, 0])) for name, p in places.items() if p}
    if target.params is not None and target.tokens is not None:
        found["the model asked for"] = (math.log(target.params), math.log(target.tokens))
    return found


def _beyond(law: ScalingFit | PublishedLaw, places: dict[str, tuple[float, float]]) -> list[Beyond]:
    if isinstance(law, ScalingFit):
        p = law.points
        flops = LOG6 + p.params + p.tokens  # as the plan counts, whatever the accounting
        ranges = [(float(x.min()), float(x.max())) for x in (p.params, p.tokens, flops)]
    else:
        largest = LARGEST_RUNS.get(law.name, (math.nan, math.nan))
        ranges = [(-math.inf, math.log(x)) for x in (*largest, math.nan)]
    found = []
    for name, (params, tokens) in places.items():
        at = (params, tokens, LOG6 + params + tokens)
        factors = [_outside(x, *ends) for x, ends in zip(at, ranges, strict=True)]
        if any(abs(factor - 1.0) > 1e-9 for factor in factors):  # noqa: PLR2004
            found.append(Beyond(name, *factors))
    return found


def _outside(log: float, low: float, high: float) -> float:
    if math.isnan(high):
        return math.nan
    return math.exp(log - min(max(log, low), high))


def _notes(law: ScalingFit | PublishedLaw, target: Target) -> tuple[str, ...]:
    notes: list[str] = []
    form: str | None
    if isinstance(law, ScalingFit):
        notes += law.notes
        form, counting = law.law.name, law.recipe.accounting
        if counting not in ("6nd", "active", "non-embedding"):
            notes.append("The plan counts 6 N D, whatever the FLOPs of the runs count.")
        notes.append(f"Parameters and FLOPs are counted as in the fit: {law.accounting}.")
    else:
        form = law.law
        notes.append("A published law comes without the runs behind it: there are no intervals.")
        if law.name not in LARGEST_RUNS:
            notes.append(
                "How large the runs behind it were is not recorded here: nothing tells where the "
                "plan leaves them."
            )
    if form == "data-constrained":
        notes.append("Every token of the plan is taken as a new one, none as repeated.")
    if target.params is not None and target.tokens is None and stated_for(target.params):
        notes.append(
            "Meta called about 200B tokens compute-optimal for 8B parameters, and trained Llama 3 "
            "on 15T, 75 times as many: name tokens (15T) to see the gain that laws predict."
        )
    return tuple(notes)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
