r"""Win rates by category of the instructions, and where a model stands out.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
a_mc      intercept of model m in category c
r_mc      controlled rate: mean over the category of sigmoid(a_mc + c_m d_i)
C_m       categories in which the model has a rate
========  ==================================================================================

The slopes of length and difficulty are one over all categories of a model: a category by itself
would often tell length from strength only by going beyond its data. A category is set against the
mean of the others, r_mc - sum over k != c of r_mk / (C_m - 1); its error is that of the same
combination of influences, in which the common slopes count once, and 1 / (n_mc + 2) for what a
category without spread does not show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import InputError, NotConvergedError, TooFewError, shorten
from theodolite.scoring.winrate.fits import INTERCEPT, SLOPE, held_by_prior, told_of, unit_of
from theodolite.scoring.winrate.priors import gamed_rows
from theodolite.scoring.winrate.wide import wide_of
from theodolite.stats import holm
from theodolite.stats.controlled_rate import controlled_rates, plain_rates, rate_ends
from theodolite.stats.quasi_binomial import quasi_binomial
from theodolite.tables.checks import only_given, problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.winrate.results import WinRates
    from theodolite.scoring.winrate.wide import Wide
    from theodolite.stats.controlled_rate import Rates
    from theodolite.stats.quasi_binomial import SharedRows
    from theodolite.tables import Preferences

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["CategoryRates", "rates_by_category"]

# Instructions of a category without which nothing is said of it.
FEWEST = 10
MOST_CATEGORIES = 30


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
        and categories), ``n``. Null where there are too few instructions; intervals and tests
        also where a slope is held by the weak prior alone.
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
        A cell is empty, an instruction has two categories, or there are more than thirty.
    TooFewError
        No category has instructions enough.
    """
    only_given(preferences.frame, by, f"--by {by}")
    column = preferences.frame.get_column(by).cast(pl.String)
    names = column.unique().sort().to_list()
    if len(names) > MOST_CATEGORIES:
        raise InputError(f"{by} has {len(names):,} values, more than {MOST_CATEGORIES} categories")
    _one_each(preferences, by, column)
    wide = wide_of(preferences, overall.covariates)
    known = _known(wide, overall)
    shared = None
    if gamed is not None and known is not None:
        shared = gamed_rows(gamed, overall.covariates, unit_of(known))
    first = preferences.frame.select("item_id", value=column).unique("item_id", keep="first")
    items = pl.DataFrame({"item_id": list(wide.items)})
    of_item = items.join(
        first.with_columns(pl.col("item_id").cast(pl.String)),
        on="item_id",
        how="left",
        maintain_order="left",
    ).get_column("value")
    flags = np.stack([(of_item == name).to_numpy() for name in names], axis=1).astype(np.float64)
    parts, unheld = _parts(wide, flags, known, shared)
    frame = _frame(names, parts, wide, unheld, overall.level)
    thin = frame.get_column("length_controlled_win_rate").null_count()
    if thin == len(frame):
        raise TooFewError(f"no value of {by} has {FEWEST} instructions: choose another column")
    order = overall.models.select("model").with_row_index("place")
    frame = frame.join(order, on="model").sort("place", "category").drop("place")
    notes = (
        (f"{thin:,} rates are left out: a model has fewer than {FEWEST} instructions there.",)
        if thin
        else ()
    )
    return CategoryRates(by, frame, overall.level, notes)


def _one_each(preferences: Preferences, by: str, column: pl.Series) -> None:
    frame = preferences.frame.select("item_id", pl.Series("value", column))
    several = frame.group_by("item_id").agg(pl.col("value").n_unique()).filter(pl.col("value") > 1)
    if len(several):
        bad = preferences.frame.get_column("item_id").is_in(several["item_id"].implode())
        found = problems_at(preferences.frame, by, bad, "not the only category of its item")
        raise InputError(found, total=int(bad.sum()))


@dataclass(frozen=True)
class _Part:
    """Rates of every model in one category, and what the contrasts need of them."""

    raw: Rates
    rates: Rates
    n: NDArray[np.int64]


def _parts(
    wide: Wide, flags: Floats, known: Floats | None, shared: SharedRows | None
) -> tuple[list[_Part], Flags]:
    """Give the rates of each category, and the models with a slope that no data hold, (M,)."""
    shape = (*wide.y.shape, flags.shape[1])
    columns = [c.z for c in wide.covariates]
    if known is not None:
        columns.append(np.broadcast_to(known / unit_of(known), wide.y.shape))
    own = np.stack(columns, axis=2) if columns else np.zeros((*wide.y.shape, 0))
    x = np.concatenate([own, np.broadcast_to(flags, shape)], axis=2)
    neutral = x.copy()
    neutral[:, :, : len(wide.covariates)] = 0.0
    precision = np.full(x.shape[2], INTERCEPT)
    precision[: len(columns)] = SLOPE
    if shared is not None:
        more = np.zeros((len(shared.x), flags.shape[1] - 1))
        shared = replace(shared, x=np.concatenate([shared.x, more], axis=1))
    fit = quasi_binomial(x, wide.y, wide.given, precision=precision, shared=shared)
    if not fit.converged.all():
        who = wide.models[int(np.argmin(fit.converged))]
        raise NotConvergedError(f"the fit of {shorten(who)} by category does not converge")
    scaled = tuple(c.scaled(k) for k, c in enumerate(wide.covariates))
    parts = []
    for flag in flags.T:
        over = wide.given & (flag > 0)
        some = np.where(over.any(axis=1), 1, 0)
        raw = plain_rates(wide.y, over | (some[:, None] == 0) & wide.given)
        rates = controlled_rates(fit, x, neutral, wide.given, scaled=scaled, over=over)
        parts.append(_Part(raw, rates, over.sum(axis=1)))
    return parts, held_by_prior(fit, len(columns), wide)


def _frame(
    names: list[str], parts: list[_Part], wide: Wide, unheld: Flags, level: float
) -> pl.DataFrame:
    """Give one row a model and category, shares, with contrasts; null where there are too few."""
    n = np.array([part.n for part in parts])
    enough = (n >= FEWEST) & told_of(wide)
    rate = np.where(enough, [part.rates.rate for part in parts], np.nan)
    ends = [
        np.stack(end, axis=0)
        for end in zip(*(rate_ends(p.rates, level=level) for p in parts), strict=True)
    ]
    raw_ends = [
        np.stack(end, axis=0)
        for end in zip(*(rate_ends(p.raw, level=level) for p in parts), strict=True)
    ]
    gap, half, p = _contrasts(parts, enough, unheld, level)
    raw_known = np.where(n >= 2, 1.0, np.nan)  # noqa: PLR2004
    hidden = np.where(enough & ~unheld, 1.0, np.nan)
    values = {
        "win_rate": 100.0 * np.array([part.raw.rate for part in parts]) * raw_known,
        "win_rate_low": 100.0 * raw_ends[0] * raw_known,
        "win_rate_high": 100.0 * raw_ends[1] * raw_known,
        "length_controlled_win_rate": 100.0 * rate,
        "low": 100.0 * ends[0] * hidden,
        "high": 100.0 * ends[1] * hidden,
        "difference": 100.0 * gap,
        "difference_low": 100.0 * (gap - half),
        "difference_high": 100.0 * (gap + half),
        "p_adjusted": p,
    }
    frame = pl.DataFrame(
        {
            "model": np.tile(np.array(wide.models, dtype=object), len(names)).tolist(),
            "category": np.repeat(np.array(names, dtype=object), len(wide.models)).tolist(),
            **{name: value.ravel() for name, value in values.items()},
            "n": n.ravel(),
        }
    )
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _contrasts(
    parts: list[_Part], enough: Flags, unheld: Flags, level: float
) -> tuple[Floats, Floats, Floats]:
    """Set each category against the mean of the model's others: difference, half-width, p."""
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    rate = np.where(enough, [part.rates.rate for part in parts], 0.0)
    others = enough.sum(axis=0) - 1
    shape = enough.shape
    gap, error = np.full(shape, np.nan), np.full(shape, np.nan)
    influence = [
        np.where(enough[c][:, None], part.rates.values - part.rates.rate[:, None], 0.0)
        for c, part in enumerate(parts)
    ]
    total = np.sum(influence, axis=0)
    n = (~np.isnan(parts[0].rates.values)).sum(axis=1)
    df = parts[0].rates.df
    unseen = np.where(enough, 1.0 / (np.array([part.n for part in parts]) + 2.0) ** 2, 0.0)
    for c in range(len(parts)):
        use = enough[c] & (others > 0)
        many = np.maximum(others, 1)
        gap[c] = np.where(use, rate[c] - (rate.sum(axis=0) - rate[c]) / many, np.nan)
        own = influence[c] - (total - influence[c]) / many[:, None]
        square = np.nansum(own**2, axis=1) / (n * np.maximum(df, 1.0)) + unseen[c]
        square += (unseen.sum(axis=0) - unseen[c]) / many**2
        error[c] = np.where(use & ~unheld & (square > 0) & (df > 0), np.sqrt(square), np.nan)
    degrees = np.where(df > 0, df, np.nan)
    p = 2.0 * stdtr(degrees, -np.abs(gap) / error)
    half = stdtrit(degrees, 0.5 + level / 2.0) * error
    return gap, half, holm(p.ravel()).reshape(shape)


def _known(wide: Wide, overall: WinRates) -> Floats | None:
    if overall.difficulties is None:
        return None
    items = pl.DataFrame({"item_id": list(wide.items)})
    joined = items.join(overall.difficulties, on="item_id", how="left", maintain_order="left")
    return joined.get_column("instruction_difficulty").to_numpy()
