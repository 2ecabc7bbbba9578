r"""How the laws of several training sets may differ: nested forms of one law.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
K, k      training sets; one of them, from 0
E, A, B   floor and coefficients, alpha and beta their exponents: each one for all sets, or each
          set's own
q_k       tokens of the reference that one token of set k is worth, B_k = B / q_k^beta
r_k       the same of parameters, A_k = A / r_k^alpha
cn, cd    centres of log N and log D, shared by all sets
========  ==================================================================================

``shared``: one law. ``tokens``: L = E + A / N^alpha + B / (q_k D)^beta. ``params``: the same with
r_k N. ``floor``: E_k. ``token-term``: B_k and beta_k, so that the worth of a token depends on D.
``own``: a law for each set. Inside, a coefficient that is each set's own has K columns: that is
the same model as q_k, and linear in the log of the term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theodolite.scaling.fit import starts_of
from theodolite.stats.log_sum import Constant, LinearTerm, LogSum
from theodolite.stats.multistart import best_of
from theodolite.stats.newton import Bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.laws import Centre, Law, Points
    from theodolite.scaling.recipe import Recipe
    from theodolite.stats.log_sum import Term
    from theodolite.stats.multistart import Best

    Array = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = [
    "FORMS",
    "Form",
    "FormName",
    "SetRuns",
    "fit_form",
    "forms_of",
    "members",
    "predict_form",
    "single_sets",
]

# Of the law's starts, so many with the lowest objective are tried by forms that have better ones.
LOWEST = 12

FormName = Literal["shared", "tokens", "params", "floor", "token-term", "own"]


@dataclass(frozen=True)
class SetRuns:
    """The runs of all sets as arrays.

    Attributes
    ----------
    points, loss
        Logs of their counts, and their losses.
    codes
        The set of each run, from 0.
    names
        What the sets are called; the reference is the first.
    """

    points: Points
    loss: Array
    codes: Codes
    names: tuple[str, ...]

    @property
    def k(self) -> int:
        """How many sets."""
        return len(self.names)

    @property
    def sizes(self) -> NDArray[np.intp]:
        """How many runs each set has, (K,)."""
        return np.bincount(self.codes, minlength=self.k)

    def rows(self, which: NDArray[np.intp]) -> SetRuns:
        """Take some of the runs."""
        return SetRuns(self.points.at_rows(which), self.loss[which], self.codes[which], self.names)


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes
    ----------
    name, equation, meaning
        What it is called, its formula, and what a difference between sets is by it.
    own
        The parameters that each set has its own of.
    """

    name: FormName
    equation: str
    meaning: str
    own: frozenset[str]

    def columns(self, law: Law, k: int) -> list[slice]:
        """Return where each parameter of the law stands among those of the form."""
        out, at = [], 0
        for name in law.parameters:
            width = k if name in self.own else 1
            out.append(slice(at, at + width))
            at += width
        return out

    def size(self, law: Law, k: int) -> int:
        """Count the parameters."""
        return int(self.columns(law, k)[-1].stop)

    def of_set(self, law: Law, theta: Array, code: int, k: int) -> Array:
        """Return the law's inner parameters for one set, (R, P)."""
        at = [s.start + (code if s.stop - s.start > 1 else 0) for s in self.columns(law, k)]
        return theta[:, at]

    def compose(self, law: Law, single: Array) -> Array:
        """Return a start from the laws of single sets (K, P): theirs where own, else the mean."""
        parts = [
            single[:, at] if name in self.own else single[:, at].mean(keepdims=True)
            for at, name in enumerate(law.parameters)
        ]
        return np.concatenate(parts)

    def expand(self, law: Law, theta: Array, k: int) -> Array:
        """Give every set the same inner parameters, (R, P) to (R, P of the form)."""
        widths = [s.stop - s.start for s in self.columns(law, k)]
        return np.repeat(theta, widths, axis=1)

    def embed(self, small: Form, law: Law, theta: Array, k: int) -> Array:
        """Write (R, P) parameters of a form that is a case of this one as this one's."""
        parts = []
        for own, wide in zip(small.columns(law, k), self.columns(law, k), strict=True):
            width = (wide.stop - wide.start) // (own.stop - own.start)
            parts.append(np.repeat(theta[:, own], width, axis=1))
        return np.concatenate(parts, axis=1)

    def terms(self, law: Law, runs: SetRuns, centre: Centre) -> list[Term]:
        """Return the terms of the sum at these runs."""
        where = (runs.codes == np.arange(runs.k)[:, None]).astype(float)
        columns = self.columns(law, runs.k)
        terms: list[Term] = []
        if law.floor is not None:
            at = columns[law.floor]
            if at.stop - at.start == 1:
                terms.append(Constant(at.start, len(runs.loss)))
            else:
                terms += [Constant(at.start + c, len(runs.loss), where[c]) for c in range(runs.k)]
        for coefficient, exponent, count in law.slopes:
            log = getattr(runs.points, count) - getattr(centre, count)
            first, columns_first = _basis(columns[coefficient], np.ones_like(log), where)
            second, columns_second = _basis(columns[exponent], -log, where)
            terms.append(
                LinearTerm((*columns_first, *columns_second), np.concatenate([first, second]))
            )
        return terms

    def model(self, law: Law, runs: SetRuns, centre: Centre, recipe: Recipe) -> LogSum:
        """Set the form against the losses."""
        return LogSum(self.terms(law, runs, centre), runs.loss, recipe.scale)

    def bounds(self, law: Law, loss: Array, k: int) -> Bounds:
        """Return how far the parameters may go."""
        one = law.bounds(loss)
        low, high = (self.expand(law, side[None], k)[0] for side in (one.low, one.high))
        return Bounds(low, high)


def _basis(at: slice, values: Array, where: Array) -> tuple[Array, tuple[int, ...]]:
    """Return the rows of a basis and their columns: one for all sets, or one each."""
    if at.stop - at.start == 1:
        return values[None], (at.start,)
    return where * values, tuple(range(at.start, at.stop))


FORMS: tuple[Form, ...] = (
    Form("shared", "E + A / N^alpha + B / D^beta", "the sets are alike", frozenset()),
    Form(
        "tokens",
        "E + A / N^alpha + B / (q D)^beta",
        "a token of one set is worth a fixed number of tokens of another",
        frozenset({"B"}),
    ),
    Form(
        "params",
        "E + A / (r N)^alpha + B / D^beta",
        "parameters are worth more on one set, whatever the tokens",
        frozenset({"A"}),
    ),
    Form(
        "floor",
        "E_k + A / N^alpha + B / D^beta",
        "the sets' texts are unlike that of the evaluation by a fixed amount of loss",
        frozenset({"E"}),
    ),
    Form(
        "token-term",
        "E + A / N^alpha + B_k / D^beta_k",
        "loss falls with tokens at another rate: what a token is worth depends on how many came",
        frozenset({"B", "beta"}),
    ),
    Form(
        "own",
        "E_k + A_k / N^alpha_k + B_k / D^beta_k",
        "each set has a law of its own",
        frozenset({"E", "A", "B", "alpha", "beta"}),
    ),
)


def forms_of(law: Law) -> tuple[Form, ...]:
    """Return the forms that are different ones under a law."""
    named = set(law.parameters)
    return tuple(f for f in FORMS if f.name == "own" or f.own <= named)


def fit_form(
    form: Form,
    law: Law,
    runs: SetRuns,
    *,
    centre: Centre,
    recipe: Recipe,
    near: Sequence[Array],
) -> tuple[Best, LogSum, Bounds]:
    """Fit a form from the starts of the law of all sets, and from those that are ``near``.

    The shared form takes all the starts of the law; the others take the lowest few of these, the
    optima of smaller forms, and those of single sets.
    """
    model = form.model(law, runs, centre, recipe)
    bounds = form.bounds(law, runs.loss, runs.k)
    pooled = law.model(runs.points, runs.loss, centre, recipe.scale)
    starts, one = form.expand(law, starts_of(law, pooled), runs.k), np.ones((1, len(runs.loss)))
    if near:
        value = model.value(starts, one, recipe.cost.stages[0])
        starts = np.stack([*near, *starts[np.argsort(value)[:LOWEST]]])
    best = best_of(model, starts, one, recipe.cost, bounds)
    return best, model, bounds


def single_sets(
    law: Law, runs: SetRuns, centre: Centre, recipe: Recipe
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the optimum of each set alone, (K, P), and whether it is one."""
    found = np.empty((runs.k, len(law.parameters)))
    converged = np.empty(runs.k, dtype=bool)
    bounds = law.bounds(runs.loss)
    for code, part in enumerate(members(runs.codes, runs.k)):
        own = runs.rows(part)
        model = law.model(own.points, own.loss, centre, recipe.scale)
        one = np.ones((1, len(own.loss)))
        best = best_of(model, starts_of(law, model), one, recipe.cost, bounds)
        found[code], converged[code] = best.theta, best.converged
    return found, converged


def predict_form(form: Form, law: Law, theta: Array, runs: SetRuns, centre: Centre) -> Array:
    """Return predicted losses of runs, (R, n), of (R, P) parameters of the form."""
    model = LogSum(form.terms(law, runs, centre), np.ones_like(runs.loss))
    return np.exp(model.log_sum(theta))


def members(codes: Codes, k: int) -> list[Codes]:
    """Return the runs of each set."""
    return [np.flatnonzero(codes == code) for code in range(k)]
