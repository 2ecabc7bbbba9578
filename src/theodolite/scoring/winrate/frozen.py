r"""A joint fit that stands still: new models are scored against it, and no other moves.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
d_i       ease of instruction i in the saved fit, taken as known
mu, tau   mean and spread of the slopes over the saved models
========  ==================================================================================

A new model is fitted by itself: logit E(y_i) = theta + phi' z_i + s d_i with the saved d, and the
saved models as a prior of phi, N(mu, tau^2), and of s, N(1, tau_s^2): a draw from it, so that what
the prior pulls off is in the interval. What is saved of each model
are its rate and the value of every instruction, from which intervals and paired differences are
made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import InputError, NotConvergedError, TooFewError, UsageError, shorten
from theodolite.scoring.winrate.fits import INTERCEPT, as_alike, as_told, one_sided, told_of
from theodolite.scoring.winrate.results import WinRates
from theodolite.scoring.winrate.standing import N_DRAWS, ranked
from theodolite.scoring.winrate.suspects import fixed_texts
from theodolite.scoring.winrate.wide import Wide, wide_of
from theodolite.scoring.winrate.words import added_notes
from theodolite.stats.controlled_rate import (
    Rates,
    controlled_rates,
    plain_rates,
    rate_ends,
    rates_of,
)
from theodolite.stats.quasi_binomial import quasi_binomial
from theodolite.tables import of_one_judge
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Preferences

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["FrozenFit", "add_models", "freeze"]

DIGITS = 7


@dataclass(frozen=True)
class FrozenFit:
    """What a joint fit leaves behind.

    Attributes
    ----------
    baseline, judge, covariates
        Against whom, who judged (``None`` where no file said), and what was held fixed.
    items, ease
        Ids of the N instructions, and d.
    centre, spread
        mu and tau of each covariate's slope, and as the last of s: (K + 1,).
    models
        One row a model: ``model``, ``win_rate``, ``standard_error`` (percent) and ``n``.
    rate, values
        Controlled rates, (M,), and the value of every instruction, (M, N), ``nan`` where a model
        was not judged; shares.
    """

    baseline: str
    judge: str | None
    covariates: tuple[str, ...]
    items: tuple[str, ...]
    ease: Floats
    centre: Floats
    spread: Floats
    models: pl.DataFrame
    rate: Floats
    values: Floats

    @property
    def rates(self) -> Rates:
        """The rates with their errors."""
        given = ~np.isnan(self.values)
        influence = np.where(given, self.values - self.rate[:, None], 0.0)
        return rates_of(self.rate, influence, given, parameters=len(self.covariates) + 2)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON; null where a model was not judged."""
        values = [
            [None if np.isnan(v) else round(v, DIGITS) for v in row] for row in self.values.tolist()
        ]
        return {
            "kind": "theodolite winrate fit",
            "version": 1,
            "baseline": self.baseline,
            "judge": self.judge,
            "covariates": list(self.covariates),
            "items": list(self.items),
            "ease": self.ease.tolist(),
            "centre": self.centre.tolist(),
            "spread": self.spread.tolist(),
            "models": self.models.to_dicts(),
            "rate": self.rate.tolist(),
            "values": values,
        }


def freeze(rates: WinRates) -> FrozenFit:
    """Keep the joint fit of win rates.

    Raises
    ------
    UsageError
        There is no joint fit.
    """
    joint = rates.joint
    if joint is None:
        raise UsageError("there is no joint fit to save: ask for one (--joint)")
    k = len(rates.covariates)
    kept = [*range(k), k + 1]
    raw = rates.models.select("model", "win_rate", "standard_error", "n")
    return FrozenFit(
        baseline=rates.baseline,
        judge=rates.judge,
        covariates=rates.covariates,
        items=tuple(joint.ease.get_column("item_id")),
        ease=joint.fit.ease,
        centre=joint.fit.centre[kept],
        spread=joint.fit.spread[kept],
        models=joint.models.select("model").join(
            raw, on="model", how="left", maintain_order="left"
        ),
        rate=joint.rates.rate,
        values=joint.rates.values,
    )


def add_models(
    preferences: Preferences, fit: FrozenFit, *, level: float = 0.95, seed: int = 0
) -> WinRates:
    """Score new models against a saved fit.

    Parameters
    ----------
    preferences
        Of the same judge against the same baseline, of models that the fit does not have, on
        instructions that it has.
    fit
        The saved fit.
    level, seed
        As for :func:`~theodolite.scoring.winrate.aligned`.

    Returns
    -------
    WinRates
        The saved models, as they were, and the new ones among them. ``frozen`` names the former.

    Raises
    ------
    InputError
        The baseline or judge is another, an instruction is not in the fit, or a model is.
    TooFewError
        A model has no more instructions than coefficients.
    NotConvergedError
        A fit did not reach its maximum.
    """
    _check(level, seed)
    preferences = of_one_judge(preferences, None)
    _require_same(preferences, fit)
    wide = wide_of(preferences, fit.covariates)
    place = {item: k for k, item in enumerate(fit.items)}
    columns = np.array([place[item] for item in wide.items], dtype=np.int64)
    told = told_of(wide)
    new = as_told(as_alike(_fitted(wide, fit, fit.ease[columns]), wide), told)
    together = _together(fit, new, columns)
    frame = pl.concat([_saved_rows(fit, level), _new_rows(wide, new, told, level)])
    models, pairs = ranked(frame, together, level=level, seed=seed)
    frozen = tuple(fit.models.get_column("model"))
    return WinRates(
        models=models,
        pairs=pairs,
        effects=pl.DataFrame(
            schema={"model": pl.String, "covariate": pl.String}
            | dict.fromkeys(("coefficient", "low", "high"), pl.Float64)
        ),
        difficulties=pl.DataFrame({"item_id": list(fit.items), "instruction_difficulty": fit.ease}),
        joint=None,
        baseline=fit.baseline,
        judge=fit.judge,
        covariates=fit.covariates,
        difficulty="frozen",
        gamed=False,
        frozen=frozen,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        items=len(fit.items),
        removed=preferences.removed,
        notes=(
            *preferences.notes,
            f"{len(frozen)} models come from a saved fit and do not move; the difficulty of its "
            "instructions is taken as known.",
            *added_notes(wide, told, models.filter(pl.col("model").is_in(wide.models))),
        ),
    )


def _check(level: float, seed: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")


def _require_same(preferences: Preferences, fit: FrozenFit) -> None:
    frame = preferences.frame
    known = fit.models.get_column("model")
    text = {
        name: frame.get_column(name).cast(pl.String) for name in ("baseline", "item_id", "model")
    }
    checks = [
        (
            "baseline",
            text["baseline"] != fit.baseline,
            f"not the fit's {shorten(fit.baseline)}",
            "",
        ),
        (
            "item_id",
            ~text["item_id"].is_in(list(fit.items)),
            "not an instruction of the fit",
            "Fit all models together, or leave such instructions out (--where).",
        ),
        (
            "model",
            text["model"].is_in(known.implode()),
            "in the fit already",
            "Leave it out (--where model!=NAME), or fit all models together.",
        ),
    ]
    if fit.judge is not None and preferences.judges:
        judge = frame.get_column("judge").cast(pl.String)
        checks.append(("judge", judge != fit.judge, f"not the fit's {shorten(fit.judge)}", ""))
    for column, bad, allowed, hint in checks:
        if bad.any():
            found = problems_at(frame, column, bad, allowed)
            raise InputError(found, total=int(bad.sum()), hint=hint or None)


def _fitted(wide: Wide, fit: FrozenFit, ease: Floats) -> Rates:
    shape = wide.y.shape
    columns = [*(c.z for c in wide.covariates), np.broadcast_to(ease, shape), np.ones(shape)]
    x = np.stack(columns, axis=2)
    few = wide.n <= x.shape[2]
    if few.any():
        raise TooFewError(
            f"{shorten(wide.models[int(np.argmax(few))])} has {int(wide.n.min())} judged "
            "instructions, which leaves no interval: leave it out (--where model!=NAME)"
        )
    neutral = x.copy()
    neutral[:, :, : len(wide.covariates)] = 0.0
    fitted = quasi_binomial(
        x,
        wide.y,
        wide.given,
        precision=np.append(1.0 / fit.spread**2, INTERCEPT),
        centre=np.append(fit.centre, 0.0),
    )
    if not fitted.converged.all():
        raise NotConvergedError(
            f"the fit of {shorten(wide.models[int(np.argmin(fitted.converged))])} does not converge"
        )
    scaled = tuple(c.scaled(k) for k, c in enumerate(wide.covariates))
    drawn = np.append(1.0 / fit.spread**2, 0.0)
    return controlled_rates(fitted, x, neutral, wide.given, scaled=scaled, prior=drawn)


def _together(fit: FrozenFit, new: Rates, columns: NDArray[np.int64]) -> Rates:
    values = np.full((len(new.rate), len(fit.items)), np.nan)
    values[:, columns] = new.values
    saved = fit.rates
    return Rates(
        np.concatenate([saved.rate, new.rate]),
        np.concatenate([saved.variance, new.variance]),
        np.concatenate([saved.df, new.df]),
        np.concatenate([saved.values, values]),
        np.concatenate([saved.known, new.known]),
        np.concatenate([saved.prior, new.prior]),
    )


def _saved_rows(fit: FrozenFit, level: float) -> pl.DataFrame:
    n = fit.models.get_column("n").to_numpy().astype(np.float64)
    raw = fit.models.get_column("win_rate").to_numpy() / 100.0
    error = fit.models.get_column("standard_error").to_numpy() / 100.0
    plain = Rates(raw, error**2, n - 1.0, fit.values, n, np.zeros(len(n)))
    ends = (rate_ends(plain, level=level), rate_ends(fit.rates, level=level))
    names = fit.models.get_column("model").to_list()
    return _rows(names, (plain, fit.rates), ends, unbounded=(raw <= 0.0) | (raw >= 1.0))


def _new_rows(wide: Wide, new: Rates, told: Flags, level: float) -> pl.DataFrame:
    plain = plain_rates(wide.y, wide.given)
    ends = (rate_ends(plain, level=level), rate_ends(new, level=level))
    unbounded = one_sided(wide) | ~told
    rows = _rows(list(wide.models), (plain, new), ends, unbounded=unbounded)
    suspect = pl.Series(fixed_texts(wide), dtype=pl.List(pl.String))
    # A rate that is not told leaves nan.
    return rows.with_columns(pl.col(pl.Float64).fill_nan(None), suspect=suspect, n=wide.n)


def _rows(
    names: list[str],
    rates: tuple[Rates, Rates],
    ends: tuple[tuple[Floats, Floats], tuple[Floats, Floats]],
    *,
    unbounded: NDArray[np.bool_],
) -> pl.DataFrame:
    plain, held = rates
    columns = {
        "win_rate": plain.rate,
        "standard_error": np.sqrt(plain.variance),
        "win_rate_low": ends[0][0],
        "win_rate_high": ends[0][1],
        "length_controlled_win_rate": held.rate,
        "low": ends[1][0],
        "high": ends[1][1],
    }
    return pl.DataFrame(
        {
            "model": names,
            **{name: 100.0 * value for name, value in columns.items()},
            "n": (~np.isnan(held.values)).sum(axis=1),
            "unbounded": unbounded,
            "suspect": pl.Series([[]] * len(names), dtype=pl.List(pl.String)),
        }
    )
