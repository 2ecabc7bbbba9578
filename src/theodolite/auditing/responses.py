"""What the answers of models say about each item, and which models are copies of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.auditing.rule import INDEX
from theodolite.errors import InputError, TooLargeError, UsageError, shorten
from theodolite.stats import Answers, ability, find_copies, item_statistics
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats import Copies, ItemStatistics
    from theodolite.tables import Items, Removal, Scores

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["COPIES_ABOVE", "ELSEWHERE", "Responses", "response_features", "response_statistics"]

# Between the checkpoints of one training run (0.65 and more) and two models of one maker (0.53).
COPIES_ABOVE = 0.6
MOST_CELLS = 2**29
ELSEWHERE = "score of an item that is not among the items"
# Of the features: as if two more models had answered as the average item is answered.
PRIOR_MODELS = 2.0


@dataclass(frozen=True)
class Responses:
    """Statistics of the answers to each item, and the weight of each model in them.

    Attributes
    ----------
    items
        One row an item, in the order of the table: ``_index``, ``benchmark``, ``item_id``;
        ``models`` that have a score; ``answered``, the sum of their weights; ``lettered``, the part
        of it whose option is known; ``share_correct``, a mean score. ``margin``: of ``lettered``,
        the share of the most chosen option that is not keyed, less the share of the key;
        ``margin_error`` its standard error; ``consensus`` the position of that option, null where
        nobody took one or two are level. ``item_rest``: correlation of the score and the ability
        of a model by its other items, with ``item_rest_error``; null where either does not vary.
        ``strong_other``: the position of the option, not keyed, whose takers are the strongest
        compared to the takers of the key, by ``strong_difference`` in log-odds, with
        ``strong_error`` and ``strong_z``; null where nobody took the key, or nobody another.
    models
        One row a model: ``model``, ``items`` (answered), ``accuracy``, ``ability`` (log-odds above
        the average model on the same items), ``weight`` (one over the models in its group of
        copies), ``cluster`` (the first model of the group) and ``copies`` (the size of it).
    pairs
        One row a pair of models of one group: ``model_a``, ``model_b``, ``both_wrong`` (items),
        ``agreement`` (share of them with the same wrong option), ``expected`` (the same, by the
        other pairs of models), ``excess`` (0 as others do, 1 for a copy).
    copies_above
        The excess, on average over the pairs of a group, from which models count as copies.
    removed
        What filters took away, and the scores of items that are not among the items.
    """

    items: pl.DataFrame
    models: pl.DataFrame
    pairs: pl.DataFrame
    copies_above: float
    removed: tuple[Removal, ...] = ()

    def to_frame(self) -> pl.DataFrame:
        """One row an item."""
        return self.items.drop(INDEX)

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values."""
        return {
            "items": self.to_frame().to_dicts(),
            "models": self.models.to_dicts(),
            "copies": self.pairs.to_dicts(),
            "copies_above": self.copies_above,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
        }


def response_statistics(
    items: Items, scores: Scores, *, copies_above: float = COPIES_ABOVE
) -> Responses:
    """Say what the answers of models tell about each item.

    Models that share far more wrong options than other pairs do on the same items are taken for
    copies: a group of them counts as one model. That needs ``choice``; without it every model
    has the weight 1, and margin, consensus and strong other are null. Several epochs are averaged.

    Parameters
    ----------
    items
        The benchmark.
    scores
        The models' scores on it, each in [0, 1], with ``choice`` where the options are known.
    copies_above
        See :class:`Responses`; 1 finds no copies.

    Raises
    ------
    InputError
        A score is not in [0, 1], a choice is not among the item's, a choice and its score
        contradict each other (the options were shuffled, say), or no score is of these items.
    UsageError
        ``copies_above`` is not between 0 and 1.
    TooLargeError
        There are more than 2^29 cells of models and options.

    References
    ----------
    A. P. Gema et al. (2024), Are We Done with MMLU? arXiv:2406.04127

    Examples
    --------
    >>> from theodolite.tables import Items, Scores
    >>> items = Items.from_frame(pl.DataFrame(
    ...     {"benchmark": "quiz", "item_id": ["1"], "question": "2 + 2?",
    ...      "choices": [["3", "4"]], "answer": [0]}))
    >>> scores = Scores.from_frame(pl.DataFrame(
    ...     {"model": ["x", "y", "z"], "benchmark": "quiz", "item_id": "1",
    ...      "score": [1, 0, 0], "choice": [0, 1, 1]}))
    >>> found = response_statistics(items, scores).to_frame()
    >>> found.select("answered", "share_correct", "margin", "consensus").rows()
    [(3.0, 0.3333333333333333, 0.3333333333333333, 1)]
    """
    if not 0.0 <= copies_above <= 1.0:
        raise UsageError(f"copies_above lies in [0, 1], not at {copies_above:g}")
    asked = _asked(items)
    joined, removed = _joined(asked, scores)
    names = list(scores.models)
    answers = _answers(asked, joined, names)
    copies = _copies(answers, copies_above)
    sizes = np.bincount(copies.group, minlength=len(names))[copies.group]
    answers = Answers(answers.scores, answers.taken, answers.item, answers.keyed, 1.0 / sizes)
    found = item_statistics(answers)
    models = _models(answers, names, copies.group, sizes)
    pairs = _pairs(copies, names)
    there = (~np.isnan(answers.scores)).sum(axis=0)
    return Responses(_items(asked, found, there), models, pairs, copies_above, removed)


def response_features(responses: Responses) -> pl.DataFrame:
    """Give what a model of suspicion takes from the answers, one row an item, finite everywhere.

    An item with few answers is drawn to the average item, as if two more models had answered it
    as that one is answered.

    Returns
    -------
    polars.DataFrame
        ``_index``; ``wrong``, the log-odds of a wrong answer; ``margin``, in [-1, 1], that of the
        average item where no option is known, and 0 where that is so everywhere; ``strong_z``, 0
        where null; and ``missing``, 1 where nobody answered.

    Examples
    --------
    >>> from theodolite.tables import Items, Scores
    >>> items = Items.from_frame(pl.DataFrame(
    ...     {"benchmark": "quiz", "item_id": ["1", "2"], "question": "2 + 2?",
    ...      "choices": [["3", "4"]] * 2, "answer": [0, 1]}))
    >>> scores = Scores.from_frame(pl.DataFrame(
    ...     {"model": ["x", "y"], "benchmark": "quiz", "item_id": "1",
    ...      "score": [1, 0], "choice": [0, 1]}))
    >>> response_features(response_statistics(items, scores)).rows()
    [(0, 0.0, 0.0, 0.0, 0.0), (1, 0.0, 0.0, 0.0, 1.0)]
    """
    n, lettered = pl.col("answered"), pl.col("lettered")
    wrong, margin = (1.0 - pl.col("share_correct")).fill_null(0.0), pl.col("margin").fill_null(0.0)
    mean_wrong = (wrong * n).sum() / n.sum()
    mean_margin = pl.when(lettered.sum() > 0).then((margin * lettered).sum() / lettered.sum())
    share = (wrong * n + PRIOR_MODELS * mean_wrong + 0.5) / (n + PRIOR_MODELS + 1.0)
    drawn = (margin * lettered + PRIOR_MODELS * mean_margin.fill_null(0.0)) / (
        lettered + PRIOR_MODELS
    )
    return responses.items.select(
        INDEX,
        wrong=share.log() - (1.0 - share).log(),
        margin=drawn,
        strong_z=pl.col("strong_z").fill_null(0.0),
        missing=(n == 0).cast(pl.Float64),
    )


def _asked(items: Items) -> pl.DataFrame:
    return items.frame.with_row_index(INDEX).select(
        pl.col(INDEX).cast(pl.Int64),
        "benchmark",
        "item_id",
        "answer",
        n_choices=pl.col("choices").list.len().cast(pl.Int64),
    )


def _joined(asked: pl.DataFrame, scores: Scores) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    """Return the scores of the items, checked, with each item's index."""
    names = pl.col("benchmark", "item_id").cast(pl.String)
    frame = scores.frame.with_columns(names)
    if "choice" not in frame.columns:
        frame = frame.with_columns(choice=pl.lit(None, dtype=pl.Int64))
    here = frame.join(asked, on=["benchmark", "item_id"], how="left", maintain_order="left")
    mask = here.get_column(INDEX).is_not_null()
    if not mask.any():
        asked_first, told_first = (f.select("benchmark", "item_id").row(0) for f in (asked, here))
        raise InputError(
            f"no score is of these items: the scores begin with {_called(told_first)}, the items "
            f"with {_called(asked_first)}"
        )
    removed = scores.keep(mask, ELSEWHERE).removed if not mask.all() else scores.removed
    here = here.filter(mask)
    score, choice = pl.col("score"), pl.col("choice")
    keyed = pl.col("answer").list.contains(choice)
    other = ~keyed & choice.is_not_null()
    checks = [
        ("score", (score < 0.0) | (score > 1.0), "not between 0 and 1"),
        ("choice", choice >= pl.col("n_choices"), "not a position, from 0, among the choices"),
        ("choice", keyed & (score == 0.0), "keyed as right, but the score is 0"),
        ("choice", other & (score == 1.0), "not keyed as right, but the score is 1"),
    ]
    for column, wrong, allowed in checks:
        bad = here.select(wrong.fill_null(value=False)).to_series()
        if bad.any():
            raise InputError(problems_at(here, column, bad, allowed), total=int(bad.sum()))
    return here, removed


def _called(item: tuple[str, str]) -> str:
    return f"item {shorten(item[1])} of the benchmark {shorten(item[0])}"


def _answers(asked: pl.DataFrame, joined: pl.DataFrame, names: list[str]) -> Answers:
    sizes = asked.get_column("n_choices").to_numpy()
    item = np.repeat(np.arange(sizes.size), sizes)
    if len(names) * max(item.size, sizes.size) > MOST_CELLS:
        what = f"{len(names):,} models and {item.size:,} options of all items"
        raise TooLargeError(f"{what} are more than {MOST_CELLS:,} cells; take a part of the models")
    start = np.cumsum(sizes) - sizes
    keys = asked.select(INDEX, "answer").explode("answer", empty_as_null=False)
    keyed = np.zeros(item.size, dtype=bool)
    keyed[start[keys.get_column(INDEX).to_numpy()] + keys.get_column("answer").to_numpy()] = True
    model = joined.get_column("model").cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
    place = joined.get_column(INDEX).to_numpy()
    flat = model * sizes.size + place
    shape = (len(names), sizes.size)
    times = np.bincount(flat, minlength=shape[0] * shape[1])
    total = np.bincount(flat, joined.get_column("score").to_numpy(), times.size)
    scores = np.where(times > 0, total / np.maximum(times, 1), np.nan).reshape(shape)
    taken = np.zeros((len(names), item.size), dtype=np.float32)
    known = joined.get_column("choice").is_not_null().to_numpy()
    choice = joined.get_column("choice").fill_null(0).to_numpy()
    column = (start[place] + choice)[known]
    np.add.at(taken, (model[known], column), (1.0 / times[flat[known]]).astype(np.float32))
    return Answers(scores, taken, item, keyed, np.ones(len(names)))


def _copies(answers: Answers, above: float) -> Copies:
    start = np.flatnonzero(np.diff(answers.item, prepend=-1))
    return find_copies(answers.taken, start, answers.keyed, above=above)


def _items(asked: pl.DataFrame, found: ItemStatistics, there: Integers) -> pl.DataFrame:
    with np.errstate(invalid="ignore"):
        z = found.strong_difference / found.strong_error
    columns = {
        "models": there,
        "answered": found.answered,
        "lettered": found.lettered,
        "share_correct": found.correct,
        "margin": found.margin,
        "margin_error": found.margin_error,
        "consensus": found.consensus,
        "item_rest": found.item_rest,
        "item_rest_error": found.item_rest_error,
        "strong_other": found.strong_other,
        "strong_difference": found.strong_difference,
        "strong_error": found.strong_error,
        "strong_z": z,
    }
    nowhere = pl.when(pl.col("consensus", "strong_other") >= 0).then(
        pl.col("consensus", "strong_other")
    )
    return (
        asked.select(pl.col(INDEX).cast(pl.UInt32), "benchmark", "item_id")
        .with_columns(pl.Series(name, values) for name, values in columns.items())
        .with_columns(pl.col(pl.Float64).fill_nan(None), nowhere)
    )


def _models(answers: Answers, names: list[str], group: Integers, sizes: Integers) -> pl.DataFrame:
    there = ~np.isnan(answers.scores)
    count = there.sum(axis=1)
    mean = np.divide(np.where(there, answers.scores, 0.0).sum(axis=1), np.maximum(count, 1))
    return pl.DataFrame(
        {
            "model": names,
            "items": count,
            "accuracy": np.where(count > 0, mean, np.nan),
            "ability": np.where(count > 0, ability(answers.scores, answers.weights), np.nan),
            "weight": answers.weights,
            "cluster": [names[first] for first in group],
            "copies": sizes,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _pairs(copies: Copies, names: list[str]) -> pl.DataFrame:
    name = pl.Series(names, dtype=pl.String)
    return pl.DataFrame(
        {
            "model_a": name.gather(copies.one),
            "model_b": name.gather(copies.two),
            "both_wrong": copies.both,
            "agreement": copies.agreed / copies.both,
            "expected": copies.expected / copies.both,
            "excess": copies.excess,
        }
    ).sort("excess", descending=True, maintain_order=True)
