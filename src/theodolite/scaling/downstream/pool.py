r"""Several ways to accuracy as one forecast, chosen by how they foretold the largest runs.

Of the two links from loss to accuracy the one with the smaller mean absolute error is taken: on
the largest fifth of the runs by compute, each fitted to the rest. An exponential never bends, and
stands for the foot of a logistic: where a run or target lies above half way from guessing to 1, it
is not taken. Of one step, the power law of N and D is taken; compute alone does not know how far a
target is trained past its optimum, and stands in where the other cannot be fitted.

The ladder's own link is there to be compared, and joined only where it is asked for alone.

The forecast is the mean of two steps and one; its draws are a mixture of theirs, so that an
interval also holds how far they disagree. Equal weights, since weights that few runs estimate add
more error than they take away.

References
----------
R. T. Clemen (1989), International Journal of Forecasting 5, 559-583.
doi:10.1016/0169-2070(89)90012-5 (combined forecasts).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError
from theodolite.scaling.downstream.paths import (
    LINKS,
    ONE_STEP,
    TWO_STEPS,
    Drawn,
    first_step,
    one_step,
    two_steps,
)
from theodolite.scaling.holdout import largest_part
from theodolite.scaling.validation import VALIDATION_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.downstream.curves import Evidence, PathName
    from theodolite.scaling.downstream.paths import FirstStep, Path
    from theodolite.scaling.laws import Points
    from theodolite.scaling.recipe import Recipe

    Array = NDArray[np.float64]

__all__ = ["Pool", "Way", "pooled"]

BENDS = "runs or targets lie above half way to 1: it never bends"


@dataclass(frozen=True)
class Way:
    """One way, what it missed inside the training runs, and its weight; or why there is none."""

    name: PathName
    path: Path | None = None
    validation_error: float | None = None
    weight: float = 0.0
    reason: str | None = None


@dataclass(frozen=True)
class Pool:
    """The ways that could be fitted, as one forecast."""

    ways: tuple[Way, ...]
    seed: int

    @property
    def used(self) -> tuple[Way, ...]:
        """Those with a weight."""
        return tuple(way for way in self.ways if way.weight > 0.0)

    @property
    def chosen(self) -> str:
        """Their names."""
        return " + ".join(way.name for way in self.used)

    def predict(self, points: Points) -> tuple[Drawn, Drawn | None]:
        """Predict accuracy, and the loss on the way where a way has one."""
        parts = [(way.weight, *_predict(way, points)) for way in self.used]
        accuracy = self._mixed([(weight, drawn) for weight, drawn, _ in parts])
        losses = [loss for _, _, loss in parts if loss is not None]
        return accuracy, losses[0] if losses else None

    def _mixed(self, parts: Sequence[tuple[float, Drawn]]) -> Drawn:
        if len(parts) == 1:
            return parts[0][1]
        estimate = np.sum([weight * drawn.estimate for weight, drawn in parts], axis=0)
        generator = np.random.default_rng([self.seed, 3])
        most = max(len(drawn.run) for _, drawn in parts)
        rows = [
            generator.integers(0, len(drawn.run), size=round(weight * 2 * most))
            for weight, drawn in parts
        ]
        picked = list(zip(rows, parts, strict=True))
        return Drawn(
            estimate,
            np.concatenate([drawn.curve[row] for row, (_, drawn) in picked]),
            np.concatenate([drawn.run[row] for row, (_, drawn) in picked]),
        )


def pooled(
    names: Sequence[PathName],
    evidence: Evidence,
    targets: Points,
    *,
    recipe: Recipe,
    resamples: int,
    seed: int,
) -> Pool:
    """Fit each way, and take the better one of two steps, and one of one step.

    Raises
    ------
    CannotAnswerError
        None of the ways can be fitted; the message says why.
    """
    ways = _fitted(names, evidence, recipe=recipe, resamples=resamples, seed=seed)
    for name, missed in _validated(names, evidence, recipe=recipe, seed=seed).items():
        if isinstance(missed, float):
            ways[name] = replace(ways[name], validation_error=missed)
        elif ways[name].path is not None:
            ways[name] = replace(ways[name], reason=f"not validated: {missed}")
    fitted = {name: way for name, way in ways.items() if way.path is not None}
    if not fitted:
        reasons = "; ".join(f"{way.name}: {way.reason}" for way in ways.values())
        raise CannotAnswerError(f"no way from runs to accuracy can be fitted ({reasons})")
    link = _link_of(ways, targets, evidence)
    straight = next((name for name in ONE_STEP if name in fitted), None)
    used = [name for name in (link, straight) if name is not None] or list(fitted)
    found = (
        replace(way, weight=1.0 / len(used)) if name in used else way for name, way in ways.items()
    )
    return Pool(tuple(found), seed)


def _predict(way: Way, points: Points) -> tuple[Drawn, Drawn | None]:
    assert way.path is not None  # noqa: S101  (a weight is given to what was fitted)
    return way.path.predict(points)


def _fitted(
    names: Sequence[PathName], evidence: Evidence, *, recipe: Recipe, resamples: int, seed: int
) -> dict[PathName, Way]:
    """Fit each way; both links share the law of loss."""
    first: FirstStep | str = ""
    if set(names) & set(TWO_STEPS):
        try:
            first = first_step(evidence, recipe=recipe, resamples=resamples, seed=seed)
        except CannotAnswerError as error:
            first = str(error)
    ways: dict[PathName, Way] = {}
    for name in names:
        if name in TWO_STEPS and isinstance(first, str):
            ways[name] = Way(name, reason=first)
            continue
        try:
            path: Path = (
                one_step(name, evidence, resamples=resamples, seed=seed)
                if isinstance(first, str) or name in ONE_STEP
                else two_steps(name, evidence, first, seed=seed)
            )
        except CannotAnswerError as error:
            ways[name] = Way(name, reason=str(error))
            continue
        ways[name] = Way(name, path)
    return ways


def _validated(
    names: Sequence[PathName], evidence: Evidence, *, recipe: Recipe, seed: int
) -> dict[PathName, float | str]:
    """Return the error of each way on the largest fifth of the runs, or why there is none."""
    largest = largest_part(np.exp(evidence.points.flops), VALIDATION_SHARE)
    if largest.all():
        return dict.fromkeys(names, "all runs have one compute budget")
    rest, held = evidence.at_rows(np.flatnonzero(~largest)), np.flatnonzero(largest)
    out: dict[PathName, float | str] = {}
    for name, way in _fitted(names, rest, recipe=recipe, resamples=0, seed=seed).items():
        if way.path is None:
            out[name] = way.reason or ""
            continue
        found = way.path.predict(evidence.points.at_rows(held))[0].estimate
        out[name] = float(np.abs(found - evidence.accuracy[held]).mean())
    return out


def _link_of(ways: dict[PathName, Way], targets: Points, evidence: Evidence) -> PathName | None:
    """Choose the link; note why the exponential is out where it is."""
    there = [ways[name] for name in LINKS if name in ways and ways[name].path is not None]
    if len(there) < len(LINKS):
        return there[0].name if there else None
    floor = float(evidence.accuracy.min()) if evidence.chance is None else evidence.chance
    estimate = _predict(there[1], targets)[0].estimate
    if float(max(estimate.max(), evidence.accuracy.max())) > (1.0 + floor) / 2.0:
        ways[there[1].name] = replace(there[1], reason=BENDS)
        return there[0].name
    known = [way for way in there if way.validation_error is not None]
    return min(known or there[:1], key=lambda way: way.validation_error or 0.0).name
