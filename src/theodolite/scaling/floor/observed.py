"""Fitting a floor by every form, and setting observed losses against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import require_settings
from theodolite.scaling.floor.differences import (
    Compared,
    Observation,
    Side,
    compared,
    of_fit,
    of_published,
    verdicts,
)
from theodolite.scaling.floor.forms import Form, Forms, fit_first, forms_of
from theodolite.scaling.floor.result import Floor
from theodolite.scaling.floor.say import decides_of, notes_of, verdict_of, words_of
from theodolite.scaling.floor.units import Comparison, in_one_unit
from theodolite.scaling.published import PublishedLaw
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate, ScalingFit
from theodolite.tables import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.floor.result import IntervalOf
    from theodolite.scaling.floor.units import Losses, Reference

    Array = NDArray[np.float64]

__all__ = ["floor"]


def floor(
    reference: Reference,
    observed: Runs | Sequence[float] | float,
    *,
    forms: Forms | None = None,
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
    comparison: Comparison | None = None,
) -> Floor:
    r"""Say whether observed losses lie below the loss that a law says no training removes.

    E is fitted to the reference by every form that a law may take: E + A / N^alpha + B / D^beta;
    with one exponent; E + K / C^gamma; with repeated text discounted; by each objective; with and
    without the highest losses. A form counts unless the runs speak against its law (see
    :mod:`theodolite.scaling.floor.forms`). A loss is below the floor where the interval of its
    difference from E is below 0 by every form that counts, and above likewise; Holm's adjustment
    is over the losses. If one of the forms is true, a loss that is not below E is called so with a
    chance of at most 1 - level.

    Parameters
    ----------
    reference
        Runs; a law of :data:`PUBLISHED`; or a fit, on whose form the verdict then rests alone.
    observed
        Runs, or bare losses in nats a token.
    forms
        One law for the verdict to rest on alone; how many outliers to leave out.
    recipe, resampling
        The first objective, and the bootstrap: see :func:`theodolite.scaling.fit`. Other forms
        than the first have at most 1,000 resamples. A fit has its own.
    level
        Confidence level.
    comparison
        Units, what is known of the evaluation, and the errors of the observed losses.

    Returns
    -------
    Floor
        See there.

    Raises
    ------
    InputError
        The losses do not compare, or nothing says that they do: text and tokenizer must be named
        or stated to be the same, or bytes per token be known. Or a loss of a table is above 1,000.
    UsageError
        A law without E is named, an observed loss is not above 0 or above 1,000, or a setting
        cannot be.
    CannotAnswerError
        The runs do not identify the law that was named, or any; the published law is an allocation.

    References
    ----------
    J. Hoffmann et al. (2022), arXiv:2203.15556; T. Besiroglu, E. Erdil, M. Barnett and J. You
    (2024), arXiv:2404.10102 (E and its standard error); R. L. Berger (1982), Technometrics 24,
    295-300. doi:10.2307/1267823 (intersection-union tests).

    Examples
    --------
    >>> sizes, seen = np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    >>> losses = 1.8 + 480.0 / sizes**0.35 + 2100.0 / seen**0.37
    >>> noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(losses.shape))
    >>> runs = Runs.from_frame(pl.DataFrame({"params": sizes.ravel(), "tokens": seen.ravel(),
    ...                                      "loss": (losses * noise).ravel()}))
    >>> found = floor(runs, [1.5, 2.2], resampling=Resampling(n=500),
    ...               comparison=Comparison(same_evaluation=True))
    >>> found.observed["verdict"].to_list()
    ['below the floor', 'above the floor']
    """
    forms, comparison = forms or Forms(), comparison or Comparison()
    recipe, resampling = recipe or Recipe(), resampling or Resampling()
    if isinstance(reference, ScalingFit):
        recipe, resampling, level = reference.recipe, reference.resampling, reference.level
        if reference.law.floor is None:
            raise UsageError(f"the law {reference.law.name} has no E")
    require_settings(level, resampling.n, resampling.seed)
    if isinstance(reference, PublishedLaw) and not reference.values:
        raise CannotAnswerError(f"{reference.name} is an allocation of compute: it has no E")
    losses = in_one_unit(reference, observed, comparison)
    seen = _seen(losses, recipe)
    if isinstance(reference, PublishedLaw):
        found, sides = _published(reference, losses, resampling)
    else:
        found = _fitted(losses.reference, forms, recipe, resampling, level)
        sides = [of_fit(form.fit) for form in found if form.counted and form.fit is not None]
    return _answer(found, sides, losses, seen, (recipe, resampling, level))


def _fitted(
    reference: Reference, forms: Forms, recipe: Recipe, resampling: Resampling, level: float
) -> tuple[Form, ...]:
    if isinstance(reference, ScalingFit):
        return forms_of(reference, None, forms, alone=True)
    assert isinstance(reference, Runs)  # noqa: S101  (a published law goes another way)
    first = fit_first(reference, forms.law, recipe=recipe, resampling=resampling, level=level)
    return forms_of(first, reference, forms, alone=forms.law is not None)


def _published(
    law: PublishedLaw, losses: Losses, resampling: Resampling
) -> tuple[tuple[Form, ...], list[Side]]:
    side = of_published(law, losses.scale, resampling.seed)
    assert law.law is not None  # noqa: S101  (an allocation was refused)
    # The ends of what rounds to the number, or normal ends, come with the answer's level.
    return (Form(law.law, "as published", 0, 0, None, counted=True),), [side]


def _seen(losses: Losses, recipe: Recipe) -> Observation:
    log_params = None
    if losses.runs is not None:
        log_params = np.log(account(losses.runs, recipe.accounting).params)
    return Observation(losses.loss, losses.error, log_params)


def _answer(
    forms: tuple[Form, ...],
    sides: list[Side],
    losses: Losses,
    seen: Observation,
    settings: tuple[Recipe, Resampling, float],
) -> Floor:
    recipe, resampling, level = settings
    first, source = sides[0], losses.reference
    if isinstance(source, PublishedLaw):
        forms = (replace(forms[0], floor=_published_ends(first, level)),)
    counted = [form for form in forms if form.counted and form.floor is not None]
    ends = [form.floor for form in counted if form.floor is not None]
    sampling = ends[0]
    union = Estimate(sampling.estimate, min(one.low for one in ends), max(one.high for one in ends))
    observed = _table(losses, seen, sides, level)
    removed = source.removed if isinstance(source, Runs | ScalingFit) else ()
    result = Floor(
        verdict=verdict_of(observed),
        verdict_words="",
        floor=union,
        sampling=sampling,
        interval_of=_interval_of(source, counted),
        forms=forms,
        observed=observed,
        decides=decides_of(forms, sampling, observed, seen, first.noise),
        unit=losses.unit,
        source=_source(source, forms[0]),
        n=None if isinstance(source, PublishedLaw) else forms[0].n,
        noise_of=_noise_of(first, seen),
        recipe=recipe,
        resampling=resampling,
        level=level,
        removed=removed,
        notes=notes_of(forms, losses.notes, source, noise=first.noise is not None or seen.error
                       is not None),
    )  # fmt: skip
    return replace(result, verdict_words=words_of(result))


def _published_ends(side: Side, level: float) -> Estimate:
    law = side.law
    assert isinstance(law, PublishedLaw)  # noqa: S101  (called for these alone)
    if law.floor_se is None:
        return Estimate(side.estimate, float(side.draws.min()), float(side.draws.max()))
    share = (1.0 - level) / 2.0
    low, high = np.quantile(side.draws, [share, 1.0 - share])
    return Estimate(side.estimate, float(low), float(high))


def _interval_of(source: Reference, counted: list[Form]) -> IntervalOf:
    if isinstance(source, PublishedLaw):
        return "rounding" if source.floor_se is None else "standard error"
    return "forms" if len(counted) > 1 else "sampling"


def _source(source: Reference, first: Form) -> str:
    if isinstance(source, PublishedLaw):
        return f"{source.name}: {source.source}"
    return f"{first.words}, fitted to {first.n} runs"


def _noise_of(first: Side, seen: Observation) -> str:
    if seen.error is not None:
        return "the standard errors that were given"
    if first.noise is None:
        return "nothing: no error was given, and a published law has no scatter"
    return "the scatter of the reference's runs about their law"


def _table(losses: Losses, seen: Observation, sides: list[Side], level: float) -> pl.DataFrame:
    rows: dict[str, Any] = {"run": _names(losses)}
    frame = None if losses.runs is None else losses.runs.frame
    for name in ("params", "tokens"):
        rows[name] = [None] * len(seen.loss) if frame is None else frame[name]
    rows["loss"] = seen.loss
    rows |= _columns([compared(side, seen, level) for side in sides], level, "")
    rows |= _columns([compared(side, seen, level, at_size=True) for side in sides], level, "size_")
    kinds = dict.fromkeys(("params", "tokens", "size_floor", "size_difference"), pl.Float64)
    kinds |= dict.fromkeys(
        (f"size_{n}" for n in ("low", "high", "share_below", "p_value")), pl.Float64
    )
    table = pl.DataFrame(rows, schema_overrides=kinds | {"size_verdict": pl.String})
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _columns(found: list[Compared | None], level: float, prefix: str) -> dict[str, Any]:
    """Join what every form says of the losses; a form without sizes says nothing of them."""
    said = [one for one in found if one is not None]
    name = "floor" if not prefix else "size_floor"
    parts = ("difference", "low", "high", "share_below", "p_value", "verdict")
    if not said:
        return {name: None} | {f"{prefix}{part}": None for part in parts}
    words, adjusted = verdicts(said, level)
    first = said[0]
    told = ~np.isnan(adjusted)
    return {
        name: first.floor,
        f"{prefix}difference": first.difference,
        f"{prefix}low": np.min([one.low for one in said], axis=0),
        f"{prefix}high": np.max([one.high for one in said], axis=0),
        f"{prefix}share_below": first.share,
        f"{prefix}p_value": adjusted,
        f"{prefix}verdict": [w if t else None for w, t in zip(words, told, strict=True)],
    }


def _names(losses: Losses) -> list[str]:
    if losses.runs is None:
        return [f"loss {value:g}" for value in losses.loss]
    frame = losses.runs.frame
    if "run" not in frame.columns:
        return [f"row {k}" for k in range(1, len(frame) + 1)]
    names = frame["run"].cast(pl.String).to_list()
    return [name or f"row {k}" for k, name in enumerate(names, 1)]
