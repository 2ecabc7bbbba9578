r"""Win rates as AlpacaEval 2 publishes them, by its own recipe, for many models at once.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_i       preference for the model's answer to instruction i, less 1: 0 to 1
d_i       difficulty of the instruction
l_i       the baseline's length less the model's, over the standard deviation of that over the
          model's rows (ddof 1)
w         coefficients of tanh(l), d and 1 (0 in the gamed rows)
C         cost of the L1-penalised logistic regression
========  ==================================================================================

win_rate = 100 mean(y). w is that of :mod:`theodolite.stats.l1_folds`: the gamed rows (weight 0.1)
before the model's (weight 1), the cost among ten from 1e-4 to 1e4 chosen by five folds of rows.

    length_controlled_win_rate = 100 mean over i of sigmoid(w_2 d_i + w_3).

The recipe takes d_i by the row in the model's file, whatever the instruction there. In a file
without an instruction, all later rows get the difficulty of the one before: ``join="position"``
does so as well, ``join="item"`` does not.

References
----------
Y. Dubois, B. Galambosi, P. Liang and T. B. Hashimoto (2024), arXiv:2404.04475.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import UsageError, shorten
from theodolite.scoring.winrate.published_result import JOINS, PublishedWinRates
from theodolite.scoring.winrate.recipe_rows import recipe_rows
from theodolite.stats.functions import sigmoid
from theodolite.stats.l1_folds import fit_by_folds
from theodolite.stats.soft_rows import SoftRows
from theodolite.tables.judging import of_one_judge
from theodolite.tables.reference_recipe import difficulty_frame, gamed_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from theodolite.scoring.winrate.published_result import Join
    from theodolite.scoring.winrate.recipe_rows import RecipeRows
    from theodolite.tables import Preferences

    Floats = NDArray[np.float64]

__all__ = ["GAMED_WEIGHT", "published"]

GAMED_WEIGHT = 0.1
COSTS = np.logspace(-4.0, 4.0, 10)
FOLDS = 5
# Rows in memory at once, over the designs of a batch.
MOST_ROWS = 2_000_000


def published(
    preferences: Preferences,
    *,
    difficulty: pl.DataFrame | None = None,
    gamed: pl.DataFrame | None = None,
    join: Join = "position",
    gamed_weight: float = GAMED_WEIGHT,
) -> PublishedWinRates:
    """Reproduce the published win rates, raw and length-controlled.

    Parameters
    ----------
    preferences
        Of one judge against one baseline, with ``len_output`` and ``len_baseline``, and for the
        join by position with ``position``.
    difficulty
        ``item_id`` and ``instruction_difficulty``, in the order of the instructions; see
        :func:`theodolite.loading.load_difficulty`.
    gamed
        The gamed rows; see :func:`theodolite.loading.load_gamed`.
    join
        How a judgment finds its difficulty: by ``position``, as published, or by ``item``.
    gamed_weight
        What a gamed row counts: 0.2 over the two gamed answers to an instruction.

    Returns
    -------
    PublishedWinRates
        See there. It has no interval of the length-controlled rate: the recipe knows none.

    Raises
    ------
    UsageError
        The difficulties or the gamed rows are missing, ``join`` is unknown, or the weight is not
        positive.
    MissingColumnError
        A length or the position is absent.
    InputError
        There are several judges or baselines, two judgments of a model have one position, or an
        instruction has no difficulty.
    TooFewError
        A model has a single judgment.
    NotIdentifiedError
        All answers of a model differ from the baseline's by the same length, so that the recipe
        has no unit of length.
    NotConvergedError
        A regression does not reach its optimum.

    Examples
    --------
    >>> from theodolite.tables import Preferences
    >>> rng = np.random.default_rng(0)
    >>> n = 60
    >>> frame = pl.DataFrame({
    ...     "model": "x", "baseline": "b", "item_id": [str(i) for i in range(n)],
    ...     "position": range(n), "preference": 1.0 + rng.random(n),
    ...     "len_output": 1000 + 300 * rng.random(n), "len_baseline": 1000.0,
    ... })
    >>> hard = pl.DataFrame({"item_id": frame["item_id"],
    ...                      "instruction_difficulty": rng.normal(size=n)})
    >>> gamed = pl.DataFrame({"std_delta_len": rng.normal(size=n),
    ...                       "instruction_difficulty": rng.normal(size=n),
    ...                       "pseudo_preference": rng.random(n)})
    >>> got = published(Preferences.from_frame(frame), difficulty=hard, gamed=gamed)
    >>> got.models.select("n", pl.col("win_rate", "length_controlled_win_rate").round(2)).row(0)
    (60, 50.53, 50.0)
    """
    if difficulty is None or gamed is None:
        missing = [
            name
            for name, frame in (
                ("the instructions' difficulties (--difficulty FILE)", difficulty),
                ("the gamed baseline's rows (--gamed FILE)", gamed),
            )
            if frame is None
        ]
        raise UsageError(f"the published recipe needs {' and '.join(missing)}")
    if join not in JOINS:
        raise UsageError(f"difficulties join by position or by item, not by {shorten(join)}")
    if not (np.isfinite(gamed_weight) and gamed_weight > 0):
        raise UsageError(f"a gamed row's weight must be above 0, not {gamed_weight}")
    difficulty, gamed = difficulty_frame(difficulty), gamed_frame(gamed)
    preferences = of_one_judge(preferences, None)
    rows = recipe_rows(preferences, difficulty, join)
    fits = [_fitted(batch, _shared(gamed, gamed_weight)) for batch in _batches(rows)]
    models = pl.concat([rows.summary, pl.concat(fits)], how="horizontal")
    return PublishedWinRates(
        models=_ordered(models),
        baseline=rows.baseline,
        join=join,
        gamed_rows=gamed.height,
        gamed_weight=gamed_weight,
        removed=preferences.removed,
        notes=(*preferences.notes, *_notes(models, rows.baseline, join)),
    )


def _shared(gamed: pl.DataFrame, weight: float) -> SoftRows:
    length, difficulty, y = (
        gamed.get_column(name).to_numpy()
        for name in ("std_delta_len", "instruction_difficulty", "pseudo_preference")
    )
    x = np.stack([np.tanh(length), difficulty, np.zeros(len(y))], axis=1)
    return SoftRows(x[None], y[None], np.full((1, 1, len(y)), weight))


def _batches(rows: RecipeRows) -> Iterator[RecipeRows]:
    width = max(1, MOST_ROWS // rows.y.shape[1])
    for start in range(0, len(rows.y), width):
        yield rows.part(slice(start, start + width))


def _fitted(rows: RecipeRows, shared: SoftRows) -> pl.DataFrame:
    """Fit the recipe to each model, and predict its answers as if they were as long."""
    x = np.stack([np.tanh(rows.length), rows.difficulty, np.ones(rows.y.shape)], axis=2)
    own = SoftRows(x * rows.given[:, :, None], rows.y, rows.given[:, None].astype(float))
    fit = fit_by_folds(own, shared, COSTS, folds=FOLDS)
    w = np.where(rows.itself[:, None], 0.0, fit.coefficients)
    p = sigmoid(w[:, 1:2] * rows.difficulty + w[:, 2:3])
    n = rows.given.sum(axis=1)
    mean = np.sum(p * rows.given, axis=1) / n
    spread = np.sum((p - mean[:, None]) ** 2 * rows.given, axis=1)
    return pl.DataFrame(
        {
            "length_controlled_win_rate": 100.0 * mean,
            "lc_standard_error": 100.0 * np.sqrt(spread / (n - 1) / n),
            "length": w[:, 0],
            "difficulty": w[:, 1],
            "preference": w[:, 2],
            "cost": np.where(rows.itself, np.nan, fit.cost),
        }
    ).with_columns(pl.col("cost").fill_nan(None))


def _ordered(models: pl.DataFrame) -> pl.DataFrame:
    first = ["model", "win_rate", "standard_error", "discrete_win_rate"]
    second = ["length_controlled_win_rate", "lc_standard_error", "length", "difficulty"]
    last = ["preference", "cost", "n", "n_wins", "n_losses", "n_draws", "avg_length", "shifted"]
    order = ["length_controlled_win_rate", "model"]
    return models.select(*first, *second, *last).sort(order, descending=[True, False])


def _notes(models: pl.DataFrame, baseline: str, join: Join) -> list[str]:
    notes = [
        "lc_standard_error is the standard error of the mean prediction over instructions; it "
        "is no error of the length-controlled win rate."
    ]
    if baseline in models.get_column("model"):
        notes.append(f"{baseline} is the baseline itself: 50 by definition, without a fit.")
    shifted = models.filter(pl.col("shifted") > 0).get_column("model").to_list()
    if shifted and join == "position":
        names = ", ".join(shifted[:5]) + (f" and {len(shifted) - 5} more" if shifted[5:] else "")
        notes.append(
            f"By row, as published, difficulties of other instructions count for {names}; joined "
            "by item they do not."
        )
    return notes
