r"""Win rates against a baseline, joined by instruction, with length held fixed.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
y_mi      preference - 1 of model m on instruction i
z_mi      tanh of the model's length less the baseline's, over its standard deviation
d_i       difficulty of the instruction
w_m       raw win rate: mean of y_mi
r_m       controlled rate: mean of sigmoid(a_m + c_m d_i), the regression at z = 0
========  ==================================================================================

The regression stands in :mod:`theodolite.scoring.winrate.fits`, the interval of the two steps
together in :mod:`theodolite.stats.controlled_rate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from theodolite.errors import NotIdentifiedError, UsageError, shorten
from theodolite.scoring.winrate.fits import Controlled, fit_models, one_sided, unit_of
from theodolite.scoring.winrate.joint import FEWEST_MODELS, JointFit, fit_jointly, joinable
from theodolite.scoring.winrate.priors import difficulty_of, gamed_rows
from theodolite.scoring.winrate.results import WinRates
from theodolite.scoring.winrate.standing import N_DRAWS, ranked
from theodolite.scoring.winrate.suspects import suspects_of
from theodolite.scoring.winrate.wide import LENGTH, Wide, required_names, wide_of
from theodolite.scoring.winrate.words import rate_notes
from theodolite.stats.controlled_rate import (
    coefficient_errors,
    plain_rates,
    rate_ends,
)
from theodolite.tables import of_one_judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.winrate.results import DifficultySource
    from theodolite.tables import Preferences

    Floats = NDArray[np.float64]

__all__ = ["aligned"]


def aligned(
    preferences: Preferences,
    *,
    difficulty: pl.DataFrame | Literal["estimated", "none"] | None = None,
    gamed: pl.DataFrame | None = None,
    covariates: Sequence[str] = (LENGTH,),
    joint: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> WinRates:
    r"""Give every model's win rate against the baseline, raw and with length held fixed.

    logit E(y_mi) = a_m + b_m' z_mi + c_m d_i by quasi-likelihood, each model by itself; the
    controlled rate is 100 times the mean over its instructions of sigmoid(a_m + c_m d_i).

    Parameters
    ----------
    preferences
        Of one judge, against one baseline.
    difficulty
        A frame with ``item_id`` and ``instruction_difficulty``; ``"estimated"`` to estimate it
        from all models together (at least five); ``"none"`` to leave it out. Where left out it is
        estimated if there are models enough.
    gamed
        AlpacaEval's gamed rows, ``std_delta_len``, ``instruction_difficulty`` and
        ``pseudo_preference``: a prior on the slopes of length and difficulty, with which the
        reference recipe keeps models from gaining by length. It needs a difficulty from a file.
    covariates
        What is held fixed: ``length`` (from len_output and len_baseline), and any other NAME with
        the columns NAME_output and NAME_baseline, or one column NAME that holds a difference.
    joint
        Fit all models in one likelihood as well, also where a file gives the difficulty.
    level
        Confidence level: of each rate's interval alone; of all paired differences together.
    seed
        Of the normal draws behind the paired differences.

    Returns
    -------
    WinRates
        See there; percent.

    Raises
    ------
    UsageError
        ``level``, ``seed`` or a covariate's name is not possible.
    MissingColumnError
        A covariate's columns are missing.
    InputError
        There are several judges or baselines, or an instruction has no difficulty.
    TooFewError
        A model has hardly any instructions; too few models to estimate the difficulty.
    NotIdentifiedError
        No model's lengths can be told from its strength.

    References
    ----------
    Y. Dubois, B. Galambosi, P. Liang and T. B. Hashimoto (2024), arXiv:2404.04475 (the recipe);
    K. M. Murphy and R. H. Topel (1985), Journal of Business and Economic Statistics 3, 370-379.
    doi:10.1080/07350015.1985.10509471 (errors of two-step estimates).

    Examples
    --------
    A judge that likes long answers, and a model that gives them:

    >>> from theodolite.tables import Preferences
    >>> frame = pl.DataFrame([
    ...     {"model": "x", "baseline": "b", "item_id": str(i), "preference": 1.5 + i % 3 / 10,
    ...      "len_output": 100 + 200 * (i % 3), "len_baseline": 100} for i in range(60)
    ... ])
    >>> got = aligned(Preferences.from_frame(frame))
    >>> got.models.select("model", pl.col("win_rate", "length_controlled_win_rate").round(1))
    shape: (1, 3)
    ┌───────┬──────────┬────────────────────────────┐
    │ model ┆ win_rate ┆ length_controlled_win_rate │
    │ ---   ┆ ---      ┆ ---                        │
    │ str   ┆ f64      ┆ f64                        │
    ╞═══════╪══════════╪════════════════════════════╡
    │ x     ┆ 60.0     ┆ 49.4                       │
    └───────┴──────────┴────────────────────────────┘
    """
    _check(level, seed, covariates)
    preferences = of_one_judge(preferences, None)
    wide = wide_of(preferences, covariates)
    known, source, together = _difficulty(wide, preferences, difficulty, joint, level)
    shared = None
    if gamed is not None:
        if known is None or source != "file":
            raise UsageError("the gamed rows need the difficulty from a file (--difficulty FILE)")
        shared = gamed_rows(gamed, covariates, unit_of(known))
    controlled = fit_models(wide, known, shared)
    if not controlled.told.any():
        raise NotIdentifiedError(
            "no model's answers differ in length from the baseline's by more or less on different "
            "instructions: nothing tells length from strength. Hold it not fixed "
            "(--covariates none)."
        )
    errors = coefficient_errors(controlled.fit, controlled.design, wide.given)
    suspects = suspects_of(wide, controlled, errors)
    models, pairs = _tables(wide, controlled, suspects, level=level, seed=seed)
    return WinRates(
        models=models,
        pairs=pairs,
        effects=_effects(wide, controlled, errors, level),
        difficulties=_difficulties(wide, known),
        joint=together,
        baseline=wide.baseline,
        judge=next(iter(preferences.judges), None),
        covariates=tuple(covariates),
        difficulty=source,
        gamed=gamed is not None,
        frozen=(),
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        items=len(wide.items),
        removed=preferences.removed,
        notes=(*preferences.notes, *rate_notes(wide, controlled, source, models)),
    )


def _check(level: float, seed: int, covariates: Sequence[str]) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")
    required_names(covariates)


def _difficulty(
    wide: Wide,
    preferences: Preferences,
    given: pl.DataFrame | str | None,
    joint: bool,  # noqa: FBT001
    level: float,
) -> tuple[Floats | None, DifficultySource, JointFit | None]:
    """Return d, where it is from, and the joint fit where it is wanted or needed."""
    if isinstance(given, str) and given not in ("estimated", "none"):
        raise UsageError(f"the difficulty is a frame, estimated or none, not {shorten(given)}")
    if isinstance(given, pl.DataFrame):
        together = fit_jointly(wide, level=level) if joint else None
        return difficulty_of(given, wide.items, preferences), "file", together
    enough = int(joinable(wide).sum()) >= FEWEST_MODELS
    estimated = given == "estimated" if given else enough
    if not estimated:
        return None, "none", fit_jointly(wide, level=level) if joint else None
    together = fit_jointly(wide, level=level)
    return together.fit.ease, "estimated", together


def _difficulties(wide: Wide, known: Floats | None) -> pl.DataFrame | None:
    if known is None:
        return None
    return pl.DataFrame({"item_id": list(wide.items), "instruction_difficulty": known})


def _tables(
    wide: Wide,
    controlled: Controlled,
    suspects: list[list[str]],
    *,
    level: float,
    seed: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the models, best first, and their pairs."""
    rates = controlled.rates
    return ranked(
        _models(wide, controlled, suspects, level),
        rates,
        level=level,
        seed=seed,
        unheld=controlled.separated,
    )


def _models(
    wide: Wide, controlled: Controlled, suspects: list[list[str]], level: float
) -> pl.DataFrame:
    raw, rates = plain_rates(wide.y, wide.given), controlled.rates
    raw_low, raw_high = rate_ends(raw, level=level)
    low, high = rate_ends(rates, level=level)
    nothing = np.where(controlled.separated, np.nan, 1.0)
    columns = {
        "win_rate": raw.rate,
        "standard_error": np.sqrt(raw.variance),
        "win_rate_low": raw_low,
        "win_rate_high": raw_high,
        "length_controlled_win_rate": rates.rate,
        "low": low * nothing,
        "high": high * nothing,
    }
    return pl.DataFrame(
        {
            "model": list(wide.models),
            **{name: 100.0 * value for name, value in columns.items()},
            "n": wide.n,
            "unbounded": controlled.separated | one_sided(wide) | ~controlled.told,
            "suspect": pl.Series(suspects, dtype=pl.List(pl.String)),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _effects(wide: Wide, controlled: Controlled, errors: Floats, level: float) -> pl.DataFrame:
    """Give the slopes of what is held fixed, with pointwise intervals; null where not told."""
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import, and not always needed)

    quantile = stdtrit(controlled.rates.df, 0.5 + level / 2.0)
    parts = []
    for k, covariate in enumerate(wide.covariates):
        slope = np.where(covariate.varies, controlled.fit.coefficients[:, k], np.nan)
        half = np.where(controlled.separated, np.nan, quantile * errors[:, k])
        values = {"coefficient": slope, "low": slope - half, "high": slope + half}
        parts.append(
            pl.DataFrame({"model": list(wide.models), "covariate": covariate.name, **values})
        )
    if not parts:
        schema = {"model": pl.String, "covariate": pl.String}
        return pl.DataFrame(
            schema=schema | dict.fromkeys(("coefficient", "low", "high"), pl.Float64)
        )
    return pl.concat(parts).with_columns(pl.col(pl.Float64).fill_nan(None))
