r"""Win rates by category of the instructions, and where a model stands out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
r_mc      controlled rate of model m in category c, a regression of its own
v_mc      its variance; categories share no instruction, so that they are independent
C_m       categories in which the model has a rate
========  ==================================================================================

A category is set against the mean of the others: r_mc - sum over k != c of r_mk / (C_m - 1), with
the variance v_mc + sum over k != c of v_mk / (C_m - 1)^2, and Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import InputError, TooFewError
from theodolite.scoring.winrate.fits import fit_models
from theodolite.scoring.winrate.priors import gamed_rows
from theodolite.scoring.winrate.wide import wide_of
from theodolite.stats import holm
from theodolite.stats.controlled_rate import plain_rates, rate_ends
from theodolite.tables.checks import only_given, problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.results import WinRates
    from theodolite.scoring.winrate.wide import Wide
    from theodolite.tables import Preferences

    Floats = NDArray[np.float64]

__all__ = ["CategoryRates", "rates_by_category"]

# Instructions that a regression of a category needs beyond its coefficients.
FEWEST = 10
MOST_CATEGORIES = 200


@dataclass(frozen=True)
class CategoryRates:
    """Win rates of every model in every category. Percent.

    Attributes
    ----------
    by
        The column.
    rates
        One row a model and category: ``model``, ``category``, ``win_rate``, ``win_rate_low``,
        ``win_rate_high``, ``length_controlled_win_rate``, ``low``, ``high`` (pointwise),
        ``difference`` (of the controlled rate, less the mean of the other categories'),
        ``difference_low``, ``difference_high`` (pointwise), ``p_adjusted`` (Holm, over all models
        and categories), ``n``. Null where there are too few instructions.
    level
        The confidence level.
    notes
        What must be known beside the numbers.
    """

    by: str
    rates: pl.DataFrame
    level: float
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give ``rates``."""
        return self.rates

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return {
            "by": self.by,
            "rates": self.rates.to_dicts(),
            "level": self.level,
            "notes": list(self.notes),
        }


def rates_by_category(
    preferences: Preferences, overall: WinRates, *, by: str, gamed: pl.DataFrame | None = None
) -> CategoryRates:
    """Give the rates by category, with the covariates, difficulty and level of the whole.

    Parameters
    ----------
    preferences
        The same that ``overall`` was made from.
    overall
        What :func:`~theodolite.scoring.winrate.aligned` gave: its difficulties are used, also
        where they were estimated.
    by
        A column of the preferences.
    gamed
        The gamed rows, where ``overall`` was made with them.

    Raises
    ------
    MissingColumnError
        There is no such column.
    InputError
        A cell is empty, an instruction has two categories, or there are hundreds of them.
    TooFewError
        No category has instructions enough.
    """
    only_given(preferences.frame, by, f"--by {by}")
    column = preferences.frame.get_column(by).cast(pl.String)
    names = column.unique().sort().to_list()
    if len(names) > MOST_CATEGORIES:
        raise InputError(f"{by} has {len(names):,} values, more than {MOST_CATEGORIES} categories")
    _one_each(preferences, by, column)
    shared = None if gamed is None else gamed_rows(gamed, overall.covariates)
    parts, thin = [], 0
    for name in names:
        part = preferences.keep(column == name, f"not {by}={name}")
        found, few = _of_category(wide_of(part, overall.covariates), overall, shared)
        thin += few
        parts.append(found.with_columns(category=pl.lit(name)))
    frame = pl.concat(parts)
    if frame.get_column("rate").null_count() == len(frame):
        raise TooFewError(
            f"no value of {by} has {FEWEST} instructions more than the regression has "
            "coefficients: choose another column"
        )
    order = overall.models.select("model").with_row_index("place")
    frame = _contrasts(frame, overall.level).join(order, on="model").sort("place", "category")
    notes = (
        [f"{thin:,} rates are left out: a model has too few instructions in a category."]
        if thin
        else []
    )
    return CategoryRates(by, _shown(frame), overall.level, tuple(notes))


def _one_each(preferences: Preferences, by: str, column: pl.Series) -> None:
    frame = preferences.frame.select("item_id", pl.Series("value", column))
    several = frame.group_by("item_id").agg(pl.col("value").n_unique()).filter(pl.col("value") > 1)
    if len(several):
        bad = preferences.frame.get_column("item_id").is_in(several["item_id"].implode())
        found = problems_at(preferences.frame, by, bad, "the only category of its item")
        raise InputError(found, total=int(bad.sum()))


def _of_category(wide: Wide, overall: WinRates, shared: Any) -> tuple[pl.DataFrame, int]:
    """Give the rates of one category, and how many models have too few instructions in it."""
    raw = plain_rates(wide.y, wide.given)
    raw_low, raw_high = rate_ends(raw, level=overall.level)
    columns = {"win_rate": raw.rate, "win_rate_low": raw_low, "win_rate_high": raw_high}
    nothing = np.full(len(wide.models), np.nan)
    own = dict.fromkeys(("rate", "variance", "df", "low", "high"), nothing)
    known = _known(wide, overall)
    need = len(wide.covariates) + 1 + (known is not None) + FEWEST
    enough = np.flatnonzero(wide.n >= need)
    if len(enough):
        fitted = fit_models(_some(wide, enough), known, shared)
        low, high = rate_ends(fitted.rates, level=overall.level)
        hidden = np.where(fitted.separated, np.nan, 1.0)
        rates = fitted.rates
        values = (rates.rate, rates.variance * hidden, rates.df, low * hidden, high * hidden)
        for name, value in zip(own, values, strict=True):
            own[name] = nothing.copy()
            own[name][enough] = value
    frame = pl.DataFrame({"model": list(wide.models), **columns, **own, "n": wide.n})
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)), len(wide.models) - len(enough)


def _known(wide: Wide, overall: WinRates) -> Floats | None:
    if overall.difficulties is None:
        return None
    items = pl.DataFrame({"item_id": list(wide.items)})
    joined = items.join(overall.difficulties, on="item_id", how="left", maintain_order="left")
    return joined.get_column("instruction_difficulty").to_numpy()


def _some(wide: Wide, models: NDArray[np.int64]) -> Wide:
    return replace(
        wide,
        models=tuple(wide.models[k] for k in models),
        y=wide.y[models],
        given=wide.given[models],
        covariates=tuple(c.take(models) for c in wide.covariates),
        length=None if wide.length is None else wide.length[models],
    )


def _contrasts(frame: pl.DataFrame, level: float) -> pl.DataFrame:
    """Set each category against the mean of the model's others."""
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    rate, variance, df = pl.col("rate"), pl.col("variance"), pl.col("df")
    shaky = variance**2 / df
    known = variance.is_not_null()
    others = (known.sum() - 1).over("model")
    part = pl.when(known).then(rate)
    frame = frame.with_columns(
        difference=pl.when(known & (others > 0)).then(
            rate - (part.sum().over("model") - rate) / others
        ),
        square=variance + (variance.sum().over("model") - variance) / others**2,
        shaky=shaky + (shaky.sum().over("model") - shaky) / others**4,
    )
    gap = frame.get_column("difference").fill_null(np.nan).to_numpy()
    square = frame.get_column("square").fill_null(np.nan).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = square**2 / frame.get_column("shaky").fill_null(np.nan).to_numpy()
        error = np.sqrt(square)
        p = 2.0 * stdtr(degrees, -np.abs(gap) / error)
        half = stdtrit(degrees, 0.5 + level / 2.0) * error
    # Outcomes that are all alike have no error of their own.
    p, half = np.where(error > 0, p, np.nan), np.where(error > 0, half, np.nan)
    return frame.with_columns(
        difference_low=pl.Series(gap - half, dtype=pl.Float64),
        difference_high=pl.Series(gap + half, dtype=pl.Float64),
        p_adjusted=pl.Series(holm(p), dtype=pl.Float64),
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    percent = ("rate", "low", "high", "difference", "difference_low", "difference_high")
    raw = ("win_rate", "win_rate_low", "win_rate_high")
    return frame.select(
        "model",
        "category",
        *(pl.col(name) * 100.0 for name in raw),
        *(
            (pl.col(name) * 100.0).alias("length_controlled_win_rate" if name == "rate" else name)
            for name in percent
        ),
        "p_adjusted",
        "n",
    )
