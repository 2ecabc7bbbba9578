r"""Which items separate models best: those that make the expected share of separated pairs largest.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
p_i, v_i  expected score of item i and its variance at G abilities, highest first
e_ki      what model k scored on item i beyond what its ability lets expect
S, n      the chosen items, and their number
A_gh      sum over S of p_ig - p_ih: how far abilities g above h are apart
B_gh      sum over S of v_ig + v_ih + (p_ig - p_ih)^2: the expected squares of differences
T         mean over models of (sum over S of e_ki)^2, less what noise lets expect; at least 0
R         how far two scores of one item can lie apart
q         Student's quantile with n - 1 degrees of freedom
========  ==================================================================================

The paired difference of two models over S is divided by its error. Times n both are expected to be

    A_gh   and   V_gh = (B_gh - A_gh^2 / n) n / (n - 1) + 2 (R n / (n + 2))^2,

the last part being the two further items of :mod:`theodolite.stats.paired`. Easy items at which
all are sure, and hard ones at which all guess, add to V and hardly to A: what counts is information
about differences where the models are, not difficulty.

The difference varies by V from item to item, which its error knows, and by 2 c T from model to
model, which no error over the chosen items can know: items that have more in common than ability
(a subject, a style, what one family was trained on) move a model's score on all of them, and a
pair may then be separated the wrong way round. T is measured on the models that items are chosen
on, and held against the list as if it were part of the error. So f(S) is the mean over all pairs of
abilities of

    Phi(A / sqrt(V + 2 c T) - q).

f depends on S through sums over items, so that to first order an exchange changes f by the
difference of the items' values g_i, the derivative of f by the weight of item i. Items are taken in
some rounds, those of highest value first, with values as if the rest were to be like what has been
taken; then exchanged, as many at a time as raise f.

References
----------
F. M. Lord (1980), Applications of Item Response Theory to Practical Testing Problems, ch. 5
(information of items); W. J. van der Linden (2005), Linear Models for Optimal Test Design,
doi:10.1007/0-387-29054-0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.hard.curves import Curves

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Choice", "choose", "quotas_of", "top"]

# How much of T is held against a choice. Theory says 1; but T is seen on the few models that items
# are chosen on, and a search that heeds it fully gives up more separation than it saves mistakes:
# at a quarter lists separated less than the items of most variance, or of highest item-rest
# correlation, on two of four benchmarks.
SHARED = 0.01
TAKING_ROUNDS = 8
EXCHANGES = 6
# Exchanges that raise the expected share by less are not worth another look.
NOTHING = 1e-6


@dataclass(frozen=True)
class Choice:
    """The task: curves, how differences are judged, and what to take of every category.

    Attributes
    ----------
    curves
        The curves of the items.
    reach
        R.
    level
        Of each pair's interval.
    categories, quotas
        The category of each item as a number, (N,), and how many items of each; or ``None``.
    shared
        c.
    """

    curves: Curves
    reach: float
    level: float
    categories: Integers | None = None
    quotas: Integers | None = None
    shared: float = SHARED

    @cached_property
    def second(self) -> Floats:
        """Expected squares v + p^2, (N, G)."""
        return self.curves.variance + self.curves.expected**2

    def expect(self, chosen: Flags) -> float:
        """f: the expected share of separated pairs of abilities."""
        return self._moments(np.flatnonzero(chosen), 1.0).share()

    def worth(self, chosen: Integers, each: float) -> Floats:
        """Value of every item where the chosen ones count ``each``, (N,).

        Values are up to a factor: what is so well separated, or so badly, that f hardly moves still
        puts items in an order.
        """
        moments = self._moments(chosen, each)
        by_a, by_b, by_t = moments.slopes()
        g = self.curves.expected.shape[1]
        first, second = np.zeros((g, g)), np.zeros((g, g))
        upper = np.triu_indices(g, 1)
        first[upper], second[upper] = by_a, by_b
        p, both = self.curves.expected, second + second.T
        worth = p @ (first.sum(axis=1) - first.sum(axis=0)) + self.second @ both.sum(axis=1)
        worth -= ((p @ both) * p).sum(axis=1)
        if moments.apart > 0.0:
            k = len(self.curves.residual)
            worth += by_t * (2.0 / k * (moments.beyond @ self.curves.residual) - self.curves.noise)
        return np.asarray(worth, dtype=np.float64)

    def top(self, worth: Floats, size: int) -> Flags:
        """Mark the ``size`` items of highest value, (N,), as the quotas have it."""
        if self.categories is None or self.quotas is None:
            return top(worth, size)
        quotas = self.quotas
        if size < quotas.sum():
            quotas = _shared_out(quotas, size)
        return top(worth, size, self.categories, quotas)

    def take(self, items: Integers) -> Choice:
        """Give the same task with some of the items, or in another order."""
        categories = None if self.categories is None else self.categories[items]
        return replace(self, curves=self.curves.take(items), categories=categories)

    def _moments(self, chosen: Integers, each: float) -> _Moments:
        curves = self.curves
        p = curves.expected[chosen]
        upper = np.triu_indices(p.shape[1], 1)
        mean, square = each * p.sum(axis=0), each * self.second[chosen].sum(axis=0)
        beyond = each * curves.residual.T[chosen].sum(axis=0)
        # As many items more would bring their own noise, not that of these once more.
        noise = each**2 * float(curves.noise[chosen].sum())
        return _Moments(
            n=round(each * len(chosen)),
            a=(mean[:, None] - mean)[upper],
            b=(square[:, None] + square - 2.0 * each * (p.T @ p))[upper],
            apart=max(float((beyond**2).mean()) - noise, 0.0),
            beyond=beyond,
            reach=self.reach,
            level=self.level,
            shared=self.shared,
        )


@dataclass(frozen=True)
class _Moments:
    """A, B of every pair, (G (G - 1) / 2,), T, sums of e, (K,), n and the settings."""

    n: int
    a: Floats
    b: Floats
    apart: float
    beyond: Floats
    reach: float
    level: float
    shared: float

    @cached_property
    def quantile(self) -> float:
        from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

        return float(stdtrit(self.n - 1.0, 0.5 + self.level / 2.0))

    @cached_property
    def variance(self) -> Floats:
        spread = np.maximum(self.b - self.a**2 / self.n, 0.0) * (self.n / (self.n - 1.0))
        return np.asarray(spread + 2.0 * (self.reach * self.n / (self.n + 2.0)) ** 2)

    @cached_property
    def total(self) -> Floats:
        """V + 2 c T."""
        return self.variance + 2.0 * self.shared * self.apart

    def share(self) -> float:
        from scipy.special import ndtr  # noqa: PLC0415  (slow to import)

        return float(ndtr(self.a / np.sqrt(self.total) - self.quantile).mean())

    def slopes(self) -> tuple[Floats, Floats, float]:
        """Derivatives of the share by A, B and T, all times the same factor."""
        root = np.sqrt(self.total)
        exponent = -0.5 * (self.a / root - self.quantile) ** 2
        density = np.exp(exponent - exponent.max())
        by_total = -0.5 * density * self.a / root**3
        by_a = density / root - by_total * 2.0 * self.a / (self.n - 1.0)
        by_b = by_total * (self.n / (self.n - 1.0))
        return by_a, by_b, 2.0 * self.shared * float(by_total.sum())


def choose(choice: Choice, size: int, rng: np.random.Generator) -> Flags:
    """Choose the items that make the expected share of separated pairs largest, (N,).

    Parameters
    ----------
    choice
        The task.
    size
        n, from 2 to N.
    rng
        Puts items of equal value in order: of few models many items have the same answers, and
        those that stand first in the file may be of one subject.

    Examples
    --------
    Two abilities. Items 0 and 3 differ between them; item 1 is easy for both, item 2 hard.

    >>> from theodolite.scoring.hard.curves import Curves
    >>> p = np.array([[0.9, 0.2], [0.95, 0.9], [0.1, 0.05], [0.8, 0.2]])
    >>> still = np.zeros((2, 4)), np.zeros(4), np.zeros(4), np.zeros(4)
    >>> choice = Choice(Curves(p, p * (1 - p), *still), reach=1.0, level=0.95)
    >>> np.flatnonzero(choose(choice, 2, np.random.default_rng(0)))
    array([0, 3])
    """
    n_items = len(choice.curves.expected)
    order = rng.permutation(n_items)
    shuffled = choice.take(order)
    chosen = _taken(shuffled, size)
    best = shuffled.expect(chosen)
    many = size
    for _ in range(EXCHANGES):
        better, found, many = _exchanged(shuffled, chosen, best, many)
        if found <= best + NOTHING:
            break
        chosen, best = better, found
    out = np.zeros(n_items, dtype=bool)
    out[order[chosen]] = True
    return out


def _taken(choice: Choice, size: int) -> Flags:
    """Take items in rounds, as if the rest were to be like those taken before."""
    n_items = len(choice.curves.expected)
    worth = choice.worth(np.arange(n_items), size / n_items)
    rounds = np.unique(np.linspace(0, size, TAKING_ROUNDS + 1).round().astype(np.int64))[1:]
    chosen = np.zeros(n_items, dtype=bool)
    for many in rounds:
        chosen = choice.top(np.where(chosen, np.inf, worth), int(many))
        if many < size:
            worth = choice.worth(np.flatnonzero(chosen), size / many)
    return chosen


def _exchanged(choice: Choice, chosen: Flags, best: float, many: int) -> tuple[Flags, float, int]:
    """Exchange towards the items of highest value, as many as raise the share, at most ``many``."""
    worth = choice.worth(np.flatnonzero(chosen), 1.0)
    wanted = choice.top(worth, int(chosen.sum()))
    out, into = np.flatnonzero(chosen & ~wanted), np.flatnonzero(wanted & ~chosen)
    label = np.zeros(len(worth), np.int64) if choice.categories is None else choice.categories
    # Partners are of one category: the worst that goes with the best that comes.
    out = out[np.lexsort((worth[out], label[out]))]
    into = into[np.lexsort((-worth[into], label[into]))]
    gain = np.argsort(worth[out] - worth[into], kind="stable")
    out, into = out[gain], into[gain]
    many = min(2 * many, len(out))
    while many:
        tried = chosen.copy()
        tried[out[:many]], tried[into[:many]] = False, True
        found = choice.expect(tried)
        if found > best:
            return tried, found, many
        many //= 2
    return chosen, best, 1


def top(
    worth: Floats,
    size: int,
    categories: Integers | None = None,
    quotas: Integers | None = None,
) -> Flags:
    """Mark the items of highest value, (N,), in each category as many as its quota.

    Examples
    --------
    >>> top(np.array([3.0, 2.0, 1.0]), 2)
    array([ True,  True, False])
    >>> top(np.array([3.0, 2.0, 1.0]), 2, np.array([0, 0, 1]), np.array([1, 1]))
    array([ True, False,  True])
    """
    chosen = np.zeros(len(worth), dtype=bool)
    if categories is None or quotas is None:
        chosen[np.argpartition(-worth, size - 1)[:size]] = True
        return chosen
    order = np.lexsort((-worth, categories))
    sizes = np.bincount(categories, minlength=len(quotas))
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen[order[place < np.repeat(quotas, sizes)]] = True
    return chosen


def quotas_of(categories: Integers, size: int) -> Integers:
    """Share ``size`` items out to categories by their sizes: the largest remainders round up.

    Examples
    --------
    >>> quotas_of(np.array([0, 0, 0, 0, 1, 1, 2]), 4)
    array([2, 1, 1])
    """
    return _shared_out(np.bincount(categories), size)


def _shared_out(sizes: Integers, size: int) -> Integers:
    """Share ``size`` places out by these sizes, of which some may be nought."""
    exact = sizes * (size / sizes.sum())
    quotas = np.floor(exact).astype(np.int64)
    rest = size - int(quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:rest]] += 1
    return np.asarray(quotas, dtype=np.int64)
