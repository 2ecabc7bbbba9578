r"""Several ways to accuracy as one forecast, chosen by how they foretold the largest runs.

Of the two-step ways, and of the one-step ways, the one with the smaller mean absolute error is
taken: on the largest fifth of the runs by compute, each fitted to the rest. The forecast is the
mean of the two; its draws are a mixture of theirs, so that an interval also holds how far two
steps and one disagree. Equal weights, since weights that few runs estimate add more error than
they take away.

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
from theodolite.scaling.downstream.paths import Drawn, fit_path
from theodolite.scaling.holdout import largest_part
from theodolite.scaling.validation import VALIDATION_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.downstream.paths import Evidence, Path, PathName
    from theodolite.scaling.laws import Points
    from theodolite.scaling.recipe import Recipe

    Array = NDArray[np.float64]

__all__ = ["Pool", "Way", "pooled"]

TWO_STEPS: tuple[PathName, ...] = ("sigmoid", "exponential")
ONE_STEP: tuple[PathName, ...] = ("direct", "compute")


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
        counts = np.round([weight * 2 * most for weight, _ in parts]).astype(int)
        rows = [
            generator.integers(0, len(drawn.run), size=int(count))
            for count, (_, drawn) in zip(counts, parts, strict=True)
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
    *,
    recipe: Recipe,
    resamples: int,
    seed: int,
) -> Pool:
    """Fit each way, and take the better one of two steps and of one step.

    Raises
    ------
    CannotAnswerError
        None of the ways can be fitted; the message says why.
    """
    ways: dict[PathName, Way] = {}
    for name in names:
        try:
            path = fit_path(name, evidence, recipe=recipe, resamples=resamples, seed=seed)
        except CannotAnswerError as error:
            ways[name] = Way(name, reason=str(error))
            continue
        ways[name] = _validated(name, path, evidence, recipe=recipe, seed=seed)
    fitted = {name: way for name, way in ways.items() if way.path is not None}
    if not fitted:
        reasons = "; ".join(f"{way.name}: {way.reason}" for way in ways.values())
        raise CannotAnswerError(f"no way from runs to accuracy can be fitted ({reasons})")
    used = [best for kind in (TWO_STEPS, ONE_STEP) if (best := _best(fitted, kind))]
    return Pool(
        tuple(
            replace(way, weight=1.0 / len(used)) if name in used else way
            for name, way in ways.items()
        ),
        seed,
    )


def _predict(way: Way, points: Points) -> tuple[Drawn, Drawn | None]:
    assert way.path is not None  # noqa: S101  (a weight is given to what was fitted)
    return way.path.predict(points)


def _validated(name: PathName, path: Path, evidence: Evidence, *, recipe: Recipe, seed: int) -> Way:
    largest = largest_part(np.exp(evidence.points.flops), VALIDATION_SHARE)
    rest, held = evidence.at_rows(np.flatnonzero(~largest)), np.flatnonzero(largest)
    try:
        inner = fit_path(name, rest, recipe=recipe, resamples=0, seed=seed)
    except CannotAnswerError as error:
        return Way(name, path, reason=f"not validated: {error}")
    found = inner.predict(evidence.points.at_rows(held))[0].estimate
    missed = np.abs(found - evidence.accuracy[held])
    return Way(name, path, float(missed.mean()))


def _best(fitted: Mapping[PathName, Way], kind: Sequence[PathName]) -> PathName | None:
    """Return the way of a kind with the smallest error; the first where none was validated."""
    there = [fitted[name] for name in kind if name in fitted]
    if not there:
        return None
    known = [way for way in there if way.validation_error is not None]
    return min(known or there[:1], key=lambda way: way.validation_error or 0.0).name
