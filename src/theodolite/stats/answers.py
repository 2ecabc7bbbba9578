r"""What the answers of several models say about each item.

======== ====================================================================
symbol   meaning
======== ====================================================================
x_mi     score of model m on item i in [0, 1]; absent where it was not asked (M, N)
t_mk     share of model m's answers that took option k (M, K)
w_m      weight of model m
n_i      sum of w over the models that have a score on item i
p_i      weighted mean score of item i
theta    ability of a model on the scale of log-odds, from all items but one (M, N)
s_k      share that took option k, of the weight whose option is known
======== ====================================================================

theta_mi = logit of m's mean score on its other items, less the logit of the mean of p over all of
its items: so two models that were asked different items are compared fairly, up to what one
number for each model can say. Half a right and half a wrong answer are added to every model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Shares = NDArray[np.float32]

__all__ = ["Answers", "ItemStatistics", "ability", "item_statistics"]

FEWEST_MODELS = 3
ITEMS_AT_ONCE = 512
NOTHING = 1e-9


@dataclass(frozen=True)
class Answers:
    """The answers of M models to N items with K options in all.

    Attributes
    ----------
    scores
        x; NaN where a model has none (M, N).
    taken
        t; the options of an item stand side by side (M, K).
    item
        The item of each option, rising (K,). An item may be without options.
    keyed
        Whether an option is keyed as right (K,).
    weights
        w, above 0 (M,).
    """

    scores: Floats
    taken: Shares
    item: Integers
    keyed: Flags
    weights: Floats


@dataclass(frozen=True)
class ItemStatistics:
    """One value an item, NaN where the answers do not tell; options count from 0 in their item.

    Attributes
    ----------
    answered
        n.
    correct
        p.
    lettered
        The part of n for which the option taken is known.
    margin, margin_error
        Share of the most taken other option less the share of the key, and its standard error.
    consensus
        That other option; -1 where there is none, or two are taken alike.
    item_rest, item_rest_error
        Weighted correlation of x and theta, and its standard error.
    strong_other
        The other option whose takers are the strongest compared to the takers of the key; -1
        where either has no takers.
    strong_difference, strong_error
        How much stronger in log-odds, and the standard error if takers were drawn at random.
    """

    answered: Floats
    correct: Floats
    lettered: Floats
    margin: Floats
    margin_error: Floats
    consensus: Integers
    item_rest: Floats
    item_rest_error: Floats
    strong_other: Integers
    strong_difference: Floats
    strong_error: Floats


def ability(scores: Floats, weights: Floats) -> Floats:
    """Ability of each model in log-odds above the average model on the items that it was asked.

    Parameters
    ----------
    scores
        x, NaN where absent (M, N).
    weights
        w (M,).

    Examples
    --------
    >>> scores = np.array([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, np.nan, np.nan]])
    >>> np.round(ability(scores, np.ones(2)), 2)
    array([ 0.58, -0.45])
    """
    total, count, offset = _sums(scores, weights)
    return _logit((total + 0.5) / (count + 1.0)) - offset


def item_statistics(answers: Answers) -> ItemStatistics:
    """Compute every statistic of :class:`ItemStatistics`.

    Notes
    -----
    The margin's variance is that of a difference of two shares of a multinomial of n draws,
    (s_o + s_k - (s_o - s_k)^2) / n. The error of the correlation r is (1 - r^2) / sqrt(n - 1).
    The error of the difference of abilities is that of two samples without replacement from the
    takers of both options: S sqrt(1/n_o + 1/n_k), with S the standard deviation of theta among
    them. A weight counts as that part of a model. Of several other options the strongest is
    taken, so its z is above 0 more often than by chance.

    References
    ----------
    F. M. Lord and M. R. Novick (1968), Statistical Theories of Mental Test Scores, ch. 15
    (item-rest correlation).

    Examples
    --------
    Four models, one item with three options keyed 0, and two items without options.

    >>> scores = np.array([[0.0, 1, 1], [0, 1, 1], [1, 0, 1], [1, 0, 0]])
    >>> taken = np.array([[0, 0, 1], [0, 0, 1], [1, 0, 0], [1, 0, 0]], dtype=np.float32)
    >>> keyed = np.array([True, False, False])
    >>> found = item_statistics(Answers(scores, taken, np.zeros(3, int), keyed, np.ones(4)))
    >>> float(found.margin[0]), int(found.consensus[0]), int(found.strong_other[0])
    (0.0, 2, 2)
    >>> np.round(found.item_rest, 2)
    array([-0.9 , -0.58,   nan])
    """
    n_items = answers.scores.shape[1]
    sums = _sums(answers.scores, answers.weights)
    bounds = np.searchsorted(answers.item, np.arange(n_items + 1))
    parts = []
    for start in range(0, n_items, ITEMS_AT_ONCE):
        stop = min(start + ITEMS_AT_ONCE, n_items)
        left, right = bounds[start], bounds[stop]
        part = Answers(
            answers.scores[:, start:stop],
            answers.taken[:, left:right],
            answers.item[left:right] - start,
            answers.keyed[left:right],
            answers.weights,
        )
        parts.append(_of_part(part, *sums))
    names = ItemStatistics.__dataclass_fields__
    return ItemStatistics(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _of_part(part: Answers, total: Floats, count: Floats, offset: Floats) -> ItemStatistics:
    x = np.nan_to_num(part.scores)
    w = np.where(np.isnan(part.scores), 0.0, part.weights[:, None])
    rest_count = count[:, None] - ~np.isnan(part.scores)
    theta = _logit((total[:, None] - x + 0.5) / (rest_count + 1.0)) - offset[:, None]
    # A model that was asked this item alone says nothing of its ability.
    told = np.where(count[:, None] > 1.0, w, 0.0)
    n = w.sum(axis=0)
    correct = _divide((w * x).sum(axis=0), n)
    rest, rest_error = _item_rest(x, theta, told)
    margin, margin_error, lettered, consensus = _margins(part, w)
    strong, difference, error = _stronger(part, theta, told)
    return ItemStatistics(
        n,
        correct,
        lettered,
        margin,
        margin_error,
        consensus,
        rest,
        rest_error,
        strong,
        difference,
        error,
    )


def _sums(scores: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Each model's total and number of items, and the logit of its items' mean score."""
    there = ~np.isnan(scores)
    x = np.where(there, scores, 0.0)
    n = weights @ there
    p = (weights @ x + 0.5 * (n > 0)) / np.where(n > 0, n + 1.0, 1.0)
    count = there.sum(axis=1).astype(float)
    mean = (there @ p + 0.5) / (count + 1.0)
    return x.sum(axis=1), count, _logit(mean)


def _item_rest(x: Floats, theta: Floats, w: Floats) -> tuple[Floats, Floats]:
    n = w.sum(axis=0)
    safe = np.where(n > 0, n, 1.0)
    dx = x - (w * x).sum(axis=0) / safe
    dt = theta - (w * theta).sum(axis=0) / safe
    var_x, var_t = (w * dx * dx).sum(axis=0), (w * dt * dt).sum(axis=0)
    enough = (w > 0).sum(axis=0) >= FEWEST_MODELS
    known = enough & (n > 1.0) & (var_x > NOTHING) & (var_t > NOTHING)
    product = np.sqrt(np.where(known, var_x * var_t, 1.0))
    r = np.where(known, np.clip((w * dx * dt).sum(axis=0) / product, -1.0, 1.0), np.nan)
    return r, (1.0 - r * r) / np.sqrt(np.where(known, n - 1.0, np.nan))


def _margins(part: Answers, w: Floats) -> tuple[Floats, Floats, Floats, Integers]:
    n_items = w.shape[1]
    taken = np.einsum("mk,mk->k", w[:, part.item], part.taken)
    lettered = _by_item(taken, part.item, n_items)
    key = _by_item(np.where(part.keyed, taken, 0.0), part.item, n_items)
    other = np.where(part.keyed, -1.0, taken)
    best, position = _best(other, part.item, n_items)
    s_other, s_key = _divide(np.maximum(best, 0.0), lettered), _divide(key, lettered)
    margin = np.where(lettered > 0, s_other - s_key, np.nan)
    variance = s_other + s_key - margin * margin
    error = np.sqrt(np.maximum(variance, 0.0) / np.where(lettered > 0, lettered, 1.0))
    level = np.abs(other - best[part.item]) <= NOTHING
    rivals = _by_item(level.astype(float), part.item, n_items)
    single = (best > NOTHING) & (rivals == 1)
    return margin, error, lettered, np.where(single, position, -1)


def _stronger(part: Answers, theta: Floats, w: Floats) -> tuple[Integers, Floats, Floats]:
    n_items = theta.shape[1]
    mass = w[:, part.item] * part.taken
    spread = theta[:, part.item]
    sums = [np.einsum("mk,mk->k", mass, spread**power) for power in range(3)]
    keys = [_by_item(np.where(part.keyed, s, 0.0), part.item, n_items)[part.item] for s in sums]
    known = ~part.keyed & (sums[0] > NOTHING) & (keys[0] > NOTHING) & (sums[0] + keys[0] > 1.0)
    n_o, n_k = (np.where(known, s[0], 1.0) for s in (sums, keys))
    difference = sums[1] / n_o - keys[1] / n_k
    both = [s + k for s, k in zip(sums, keys, strict=True)]
    n = np.where(known, both[0], 2.0)
    variance = np.maximum(both[2] - both[1] ** 2 / n, 0.0) / (n - 1.0)
    known &= variance > NOTHING
    error = np.sqrt(np.where(known, variance, 1.0) * (1.0 / n_o + 1.0 / n_k))
    z = np.where(known, difference / error, -np.inf)
    best, position = _best(z, part.item, n_items)
    found = np.isfinite(best)
    column = np.where(found, position + np.searchsorted(part.item, np.arange(n_items)), 0)
    if not part.item.size:
        nothing = np.full(n_items, np.nan)
        return np.full(n_items, -1), nothing, nothing
    return (
        np.where(found, position, -1),
        np.where(found, difference[column], np.nan),
        np.where(found, error[column], np.nan),
    )


def _best(values: Floats, item: Integers, n_items: int) -> tuple[Floats, Integers]:
    """Greatest value of each item and the first option that has it; -inf and 0 without options."""
    best = np.full(n_items, -np.inf)
    np.maximum.at(best, item, values)
    start = np.searchsorted(item, np.arange(n_items))
    position = np.arange(item.size) - start[item]
    first = np.full(n_items, item.size)
    reached = values == best[item]
    np.minimum.at(first, item[reached], position[reached])
    return best, np.where(np.isfinite(best), first, 0)


def _by_item(values: Floats, item: Integers, n_items: int) -> Floats:
    return np.asarray(np.bincount(item, values, n_items), dtype=float)


def _logit(p: Floats) -> Floats:
    return np.log(p) - np.log1p(-p)


def _divide(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
