"""Models that only won, or only lost, against the rest: bounds where there is no estimate.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
core      the largest strong component of the win graph; its strengths are centred to mean 0
above     models from which wins lead to the core, and none back; below: the other way round
t         the strength of one model outside the core, relative to the core's mean
l(t)      the profile log-likelihood: the maximum over all other parameters
l*        its supremum, which l(t) approaches as t goes to infinity
z         normal quantile of the one-sided level
========  ==================================================================================

The bound of a model above is the t at which 2 * (l* - l(t)) = z^2; below it the data speak against
t. Groups of models that are separated as a whole have l* = the sum of their own maxima. The bound
rests on the likelihood, so it knows of no clusters.

References
----------
S. A. Murphy and A. W. van der Vaart (2000), Journal of the American Statistical Association 95,
449-465. doi:10.1080/01621459.2000.10474219 (profile likelihood)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from theodolite.errors import NotConvergedError
from theodolite.stats.likelihood import Likelihood, Maximum, maximise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.graph import WinGraph

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

__all__ = ["Divisible", "Separation", "one_sided_bounds", "rated_together", "separate"]

FAR = 60.0
CLOSE = 1e-9
MOST_STEPS = 100


class Divisible(Likelihood, Protocol):
    """A likelihood that can be had of a part of the models, or of the pairs."""

    def among(self, models: Indices) -> Divisible:
        """Return the likelihood of the votes within some models, numbered anew."""

    def within(self, label: Indices) -> Divisible:
        """Return the likelihood of the votes between models of the same label, (K,)."""


@dataclass(frozen=True)
class Separation:
    """Where each model stands to the core.

    Attributes
    ----------
    core
        Models with a finite estimate, in order.
    side
        1 above the core, -1 below it, 0 in it, (K,). A model outside the core with 0 is joined to
        it by wins of neither direction, and may stand anywhere.
    higher
        Whether model i is infinitely far above j, (K, K).
    label
        The number of each model's strong component, (K,); that of the core is 0.
    """

    core: Indices
    side: Indices
    higher: Flags
    label: Indices

    @property
    def groups(self) -> list[Indices]:
        """The strong components, the core first."""
        return [np.flatnonzero(self.label == number) for number in range(self.label.max() + 1)]


def rated_together(k: int) -> Separation:
    """All of k models are in the core."""
    no_one, zero = np.zeros((k, k), dtype=bool), np.zeros(k, dtype=np.int64)
    return Separation(np.arange(k), zero, no_one, label=zero)


def separate(graph: WinGraph) -> Separation:
    """Find the core, and where the others stand to it."""
    k = len(graph.wins)
    if graph.is_strongly_connected:
        return rated_together(k)
    groups = graph.components(strong=True)
    core = groups[0]
    reach = np.zeros((k, k), dtype=bool)
    label = np.zeros(k, dtype=np.int64)
    for number, group in enumerate(groups):
        label[group] = number
        reach[group] = graph.reached_from(int(group[0]))
    member = int(core[0])
    side = reach[:, member].astype(np.int64) - reach[member].astype(np.int64)
    return Separation(core, side, higher=reach & ~reach.T, label=label)


def one_sided_bounds(
    likelihood: Divisible, graph: WinGraph, separation: Separation, *, z: Floats
) -> Floats:
    """Bound the strength of every model outside the core on its finite side, (K, Z).

    Parameters
    ----------
    likelihood
        Of all votes.
    graph, separation
        The win graph, and what :func:`separate` makes of it.
    z
        Normal quantiles of one-sided levels, ascending, (Z,).

    Returns
    -------
    numpy.ndarray
        Lower bounds of models above, upper bounds of models below; ``nan`` in the core and where
        a model may stand anywhere.
    """
    bounds = np.full((len(separation.label), len(z)), np.nan)
    for model in np.flatnonzero(separation.side):
        profile = _Profile.of(likelihood, graph, separation, model=int(model))
        start = 0.0
        for column, quantile in enumerate(z):
            start = bounds[model, column] = profile.bound(float(quantile), start=start)
    return bounds


@dataclass(frozen=True)
class _Profile:
    """The profile likelihood of one model outside the core."""

    likelihood: Divisible
    core: Indices
    model: int
    side: int
    supremum: float
    start: Floats

    @classmethod
    def of(
        cls,
        likelihood: Divisible,
        graph: WinGraph,
        separation: Separation,
        *,
        model: int,
    ) -> _Profile:
        # With the model held at t, those between it and the core are held too. The others are
        # free to leave for infinity, where their votes are certain and say nothing.
        held = graph.joined(model, int(separation.core[0])).component(model)
        part = likelihood.among(held)
        labels = np.unique(separation.label[held], return_inverse=True)[1]
        groups = [np.flatnonzero(labels == number) for number in range(labels.max() + 1)]
        apart = maximise(part.within(labels), groups=groups)
        core = np.flatnonzero(np.isin(held, separation.core))
        at = int(np.flatnonzero(held == model)[0])
        side = int(separation.side[model])
        return cls(part, core, at, side, apart.value, apart.x)

    def bound(self, z: float, *, start: float) -> float:
        """Find the t at which the deviance reaches z^2: safeguarded Newton on its root."""
        near, far = self._bracket(z, start)
        t, x = 0.5 * (near + far), self.start
        for _ in range(MOST_STEPS):
            found = self._at(t, x)
            x = found.x
            root = self._root(found.value)
            if root > z:
                near = t
            else:
                far = t
            if abs(root - z) < CLOSE or abs(far - near) < CLOSE:
                return t
            slope = -self.likelihood.derivatives(x).gradient[self.model] / max(root, 1e-12)
            step = t - (root - z) / slope if slope else np.inf
            low, high = min(near, far), max(near, far)
            t = step if low < step < high else 0.5 * (near + far)
        raise NotConvergedError(f"no bound was found for a separated model in {MOST_STEPS} steps")

    def _bracket(self, z: float, start: float) -> tuple[float, float]:
        """Find a t that the data refuse, and one further out that they do not."""
        inside = outside = start
        step = 2.0
        while self._root(self._at(inside, self.start).value) <= z:
            inside -= self.side * step
            step *= 2.0
            if abs(inside) > FAR:
                raise NotConvergedError("a separated model has no bound: its votes say too little")
        step = 2.0
        while self._root(self._at(outside, self.start).value) > z:
            outside += self.side * step
            step *= 2.0
            if abs(outside) > FAR:
                raise NotConvergedError("a separated model has no bound: its votes say too little")
        return inside, outside

    def _root(self, value: float) -> float:
        return float(np.sqrt(max(0.0, 2.0 * (self.supremum - value))))

    def _at(self, t: float, start: Floats) -> Maximum:
        x = start.copy()
        x[self.core] -= x[self.core].mean()
        x[self.model] = t
        return maximise(self.likelihood, groups=[self.core], fixed=[self.model], start=x)
