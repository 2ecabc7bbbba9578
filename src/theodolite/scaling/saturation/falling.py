r"""Whether the loss of a fixed size still falls with tokens, or small models are saturated.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, L   parameters, tokens, loss
D_s       the most tokens of size s
r_s       slope ratio (:mod:`theodolite.scaling.saturation.slopes`)
R_s       what is left for more tokens to take: L(N, D_s) - L(N, infinity), by the law
========  ==================================================================================

For L = E + A / N^alpha + B / D^beta, R_s = B / D_s^beta. Half of it is gone at 2^(1/beta) D_s.
Of what was left at the size's fewest tokens D_0 the share 1 - (D_0 / D_s)^beta is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.accounting import account
from theodolite.scaling.fit import fit
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.saturation.comparing import OWN_EXPONENT, compared, forecasts
from theodolite.scaling.saturation.deciding import curves_of, decisions
from theodolite.scaling.saturation.result import Saturation, verdict_of
from theodolite.scaling.saturation.sizes import STRETCH, sizes_of
from theodolite.scaling.saturation.slopes import (
    WITHOUT_END,
    law_losses,
    law_slopes,
    slope_ratios,
)
from theodolite.stats.draws import bias_corrected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.laws import LawName
    from theodolite.scaling.result import Estimate, ScalingFit
    from theodolite.scaling.saturation.result import Verdict
    from theodolite.scaling.saturation.sizes import Sizes
    from theodolite.scaling.saturation.slopes import Ratios
    from theodolite.tables import Runs

    Array = NDArray[np.float64]

__all__ = ["DEFAULT_RESAMPLING", "saturation"]

DEFAULT_RESAMPLING = Resampling(n=1000)
SPLIT_LAWS = ("chinchilla", "over-training", "no-floor")
MOST_NEW_RUNS = 1000


def saturation(
    runs: Runs,
    *,
    law: LawName = "chinchilla",
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
    same_size: float = 0.01,
    new_runs: int = 1,
) -> Saturation:
    """Test whether the loss of each size still falls with tokens as the law of all sizes says.

    Over the last stretch of each size (a factor of 8 in tokens) the fall that is observed is set
    against that of the law of all runs; beside it stands a law fitted without these stretches,
    which foretells them.

    Parameters
    ----------
    runs
        The runs.
    law
        ``chinchilla``, ``over-training`` or ``no-floor``.
    recipe, resampling
        How the law is fitted, and its bootstrap: 1,000 resamples by default.
    level
        Level of every interval.
    same_size
        Runs are of one size where neighbours are within a factor of ``1 + same_size``.
    new_runs
        How many new runs at one size and token count should decide.

    Returns
    -------
    Saturation
        See there.

    Raises
    ------
    UsageError
        The law has no term of tokens alone, or a setting is out of its range.
    MissingColumnError, InputError
        A column that is needed is absent, or contradicts the accounting.
    TooFewError
        No size has three token counts, or there are too few runs for the law.
    NotIdentifiedError, NotConvergedError
        The runs do not hold the law.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556; S. Y. Gadre et al. (2024), arXiv:2403.08540
    (over-trained runs); R. DerSimonian and N. Laird (1986), Controlled Clinical Trials 7,
    177-188, doi:10.1016/0197-2456(86)90046-2 (variance between sizes).

    Examples
    --------
    >>> from theodolite.tables import Runs
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 8))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.002 * np.random.default_rng(0).standard_normal(losses.shape))
    >>> frame = pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                       "loss": (losses * noise).ravel()})
    >>> saturation(Runs.from_frame(frame), resampling=Resampling(n=200)).verdict
    'as the law says'
    """
    _check(law, level, new_runs)
    recipe, resampling = recipe or Recipe(), resampling or DEFAULT_RESAMPLING
    sizes = sizes_of(account(runs, recipe.accounting), same_size)
    whole = fit(runs, law=law, recipe=recipe, resampling=resampling, level=level)
    early = _early(runs, sizes, whole)
    generator = np.random.default_rng([resampling.seed, 4])
    ratios = slope_ratios(sizes, whole, generator)
    foretold = None if early is None else slope_ratios(sizes, early, generator)
    curves = curves_of(sizes, resampling.n, generator)
    told = decisions(
        sizes, whole, curves, noise=ratios.noise, new_runs=new_runs, generator=generator
    )
    table = forecasts(sizes, whole)
    overall, together = _overall(whole, ratios), _together(ratios, whole)
    return Saturation(
        verdict=_verdict(together, verdict_of(overall.low, overall.high)),
        ratio=overall,
        ratio_early=None if early is None or foretold is None else _overall(early, foretold),
        apart=ratios.apart,
        sizes=_frame(sizes, whole, ratios).with_columns(
            exponent=pl.Series(curves.floors.exponent[0]),
            own_floor=pl.Series(curves.floors.floor[0]),
            together=pl.Series(together, dtype=pl.String),
        ),
        comparison=pl.DataFrame(compared(table, level=level, seed=resampling.seed)),
        forecasts=table,
        decisions=told,
        fit=whole,
        early=early,
        curves=curves,
        runs=sizes,
        noise=ratios.noise,
        new_runs=new_runs,
        level=level,
        seed=resampling.seed,
        removed=runs.removed,
        notes=_notes(sizes, whole, early, ratios),
    )


def _check(law: str, level: float, new_runs: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if law not in SPLIT_LAWS:
        raise UsageError(
            f"at a fixed size the law must say what tokens take: one of {', '.join(SPLIT_LAWS)}; "
            f"not {law}"
        )
    if not 1 <= new_runs <= MOST_NEW_RUNS:
        raise UsageError(f"1 to {MOST_NEW_RUNS:,} new runs may decide, not {new_runs}")


def _early(runs: Runs, sizes: Sizes, whole: ScalingFit) -> ScalingFit | None:
    """Fit the law without the last stretches, each of which still has its first runs in."""
    late, begins = sizes.late()
    kept = np.ones(len(runs), dtype=bool)
    kept[sizes.rows[late & ~begins]] = False
    try:
        return fit(
            runs.keep(pl.Series(kept), "the last stretch of a size"),
            law=whole.law.name,
            recipe=whole.recipe,
            resampling=whole.resampling,
            level=whole.level,
        )
    except CannotAnswerError:
        return None


def _frame(sizes: Sizes, fit: ScalingFit, ratios: Ratios) -> pl.DataFrame:
    log_n, last = np.log(sizes.params), sizes.runs.last
    slope, slopes = law_slopes(fit, log_n, last)
    at, draws = law_losses(fit, log_n, last)
    floor, floors = law_losses(fit, log_n, np.full_like(last, WITHOUT_END))
    k = fit.law.slopes[-1][1]
    beta, betas = fit.fitted.theta[[k]], fit.fitted.draws[:, [k]]
    span = sizes.first - last
    table: dict[str, NDArray[Any]] = {
        "params": sizes.params,
        "tokens": np.exp(last),
        "runs": np.bincount(sizes.group),
        "token_counts": sizes.levels,
    }
    for name, value, drawn in (
        ("slope", ratios.estimate * slope, ratios.plain * slopes),
        ("law_slope", slope, slopes),
        ("ratio", ratios.estimate, ratios.draws),
        ("remaining", at - floor, draws - floors),
        ("used", 1.0 - np.exp(beta * span), 1.0 - np.exp(betas * span)),
        ("half_tokens", np.exp(last + np.log(2) / beta), _half(last, betas)),
    ):
        low, high = fit.ends(value, drawn)
        table |= {name: value, f"{name}_low": low, f"{name}_high": high}
    verdicts = [
        verdict_of(a, b) for a, b in zip(table["ratio_low"], table["ratio_high"], strict=True)
    ]
    return pl.DataFrame(table).with_columns(verdict=pl.Series(verdicts, dtype=pl.String))


def _half(last: Array, betas: Array) -> Array:
    with np.errstate(over="ignore"):
        out: Array = np.exp(last + np.log(2.0) / betas)
    return out


def _overall(fit: ScalingFit, ratios: Ratios) -> Estimate:
    return fit.interval(np.array([ratios.overall]), ratios.overall_draws)


def _together(ratios: Ratios, fit: ScalingFit) -> list[Verdict]:
    """Return each size's verdict where the intervals of all sizes hold at once."""
    level = 1.0 - (1.0 - fit.level) / len(ratios.estimate)
    low, high = bias_corrected(ratios.estimate, ratios.draws, level, corrected=fit.corrected)
    return [verdict_of(a, b) for a, b in zip(low, high, strict=True)]


def _verdict(together: Sequence[Verdict], overall: Verdict) -> Verdict:
    """Say where sizes are surely on both sides of the law."""
    if "faster" in together and {"slower", "saturated"} & set(together):
        return "differs by size"
    return overall


def _notes(
    sizes: Sizes, whole: ScalingFit, early: ScalingFit | None, ratios: Ratios
) -> tuple[str, ...]:
    notes = []
    if sizes.left_sizes:
        notes.append(
            f"{sizes.left_runs:,} runs of {sizes.left_sizes:,} sizes with fewer than three token "
            "counts shape the law alone."
        )
    if early is None:
        notes.append(
            "Without the last stretch of each size the runs cannot hold the law: none foretells it."
        )
    if (sizes.spread > 1.05).any():  # noqa: PLR2004
        notes.append(f"Runs of one size differ by up to {100 * (sizes.spread.max() - 1):.0f}%.")
    few = int((sizes.levels < OWN_EXPONENT).sum())
    if few:
        notes.append(
            f"{few} of {len(sizes)} sizes have fewer than {OWN_EXPONENT} token counts: their "
            "own powers share one exponent."
        )
    notes.append(
        f"The last stretch is the last factor of {STRETCH:g} in tokens, three counts at least; "
        f"runs scatter about it by {100 * ratios.noise:.2f}% ({ratios.df} degrees of freedom)."
    )
    return (*notes, *whole.notes)
