"""Observational scaling laws: many benchmarks, few capabilities, and what these foretell.

The scores of many benchmarks over many families have few principal capabilities; each family turns
compute into them at a rate of its own, and a target is a sigmoid of them. So a target of larger
models is predicted from benchmarks that they have, without training anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.observational.cells import (
    FITTED,
    Cells,
    ObservationalSettings,
    cells_of,
    chosen_benchmarks,
)
from theodolite.scaling.observational.compare import mean_error, verdict_of
from theodolite.scaling.observational.families import line_of
from theodolite.scaling.observational.forecast import forecast_target
from theodolite.scaling.observational.latent import Latent, Weightings, capabilities
from theodolite.scaling.observational.result import Observational
from theodolite.scaling.observational.words import decides_words, notes_of, words_of
from theodolite.scaling.result import Estimate
from theodolite.stats.factors import held_out_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scaling.observational.families import Line
    from theodolite.scaling.observational.result import TargetForecast
    from theodolite.tables import Models

    Array = NDArray[np.float64]

__all__ = ["observational"]

MOST_TARGETS = 300


def observational(
    models: Models,
    targets: Sequence[str] | None = None,
    *,
    benchmarks: Sequence[str] | None = None,
    hold_out: str | Sequence[str] = (),
    new: Models | None = None,
    setup: ObservationalSettings | None = None,
    level: float = 0.95,
) -> Observational:
    """Estimate capabilities, and predict targets from them and from compute.

    Parameters
    ----------
    models
        Models with scores; those of one kind (``setup.kinds``) are used.
    targets
        Benchmarks to predict; each of ``benchmarks`` in turn by default. One that is itself among
        the benchmarks is predicted from the capabilities of the others.
    benchmarks
        What the capabilities are made of; by default those of the eight of Ruan et al. that the
        table has.
    hold_out
        Conditions on ``model``, ``family``, ``released``, ``params``, ``tokens`` and ``flops``
        that a held-out model meets, all of them. None, or the bare ``family``: each family is
        predicted without itself.
    new
        Models that are only predicted. Nothing is fitted to them, their targets least of all.
    setup
        Components, imputation, kinds, filters, draws and seed.
    level
        Level of all intervals.

    Raises
    ------
    UsageError
        A name is unknown, a target is no share, or the hold-out leaves nothing or takes nothing.
    CannotAnswerError
        Too few families, benchmarks or models; or no target can be fitted.

    References
    ----------
    Y. Ruan, C. J. Maddison and T. Hashimoto (2024), arXiv:2405.10938; F. Maia Polo, S. Somerstep,
    L. Choshen, Y. Sun and M. Yurochkin (2024), arXiv:2412.06540.

    Examples
    --------
    >>> from theodolite.loading import load_models
    >>> found = observational(load_models(), ["GSM8K"], setup=ObservationalSettings(draws=50))
    >>> found.targets[0].target, "GSM8K" in found.targets[0].predictors
    ('GSM8K', False)
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    setup = setup or ObservationalSettings()
    hold_out = (hold_out,) if isinstance(hold_out, str) else tuple(hold_out)
    made_of = chosen_benchmarks(models, benchmarks)
    wanted = _targets(models, targets, made_of)
    needed = tuple(dict.fromkeys((*made_of, *wanted)))
    cells = cells_of(models, needed, hold_out=hold_out, new=new, setup=setup, benchmarks=made_of)
    weightings = Weightings.of(cells.frame["family"].to_list(), cells.role(FITTED), setup)
    latent = capabilities(cells.table(made_of), weightings, setup)
    known: dict[tuple[str, ...], Latent] = {made_of: latent}
    forecasts = []
    for target in wanted:
        predictors = tuple(name for name in made_of if name != target)
        if predictors not in known:
            known[predictors] = capabilities(cells.table(predictors), weightings, setup)
        found = known[predictors]
        forecasts.append(
            forecast_target(
                cells,
                target,
                predictors,
                latent=found,
                weightings=weightings,
                setup=setup,
                level=level,
            )
        )
    if not any(one.law for one in forecasts):
        raise CannotAnswerError(f"no target can be fitted: {forecasts[0].reason}")
    return _result(
        cells, tuple(forecasts), latent, (made_of, hold_out), setup, level=level, models=models
    )


def _targets(
    models: Models, targets: Sequence[str] | None, made_of: tuple[str, ...]
) -> tuple[str, ...]:
    wanted = made_of if targets is None else chosen_benchmarks(models, targets)
    if not wanted:
        raise UsageError("there is no target: name one")
    if len(wanted) > MOST_TARGETS:
        raise UsageError(f"{len(wanted)} targets are more than {MOST_TARGETS}: name fewer")
    return wanted


def _result(
    cells: Cells,
    forecasts: tuple[TargetForecast, ...],
    latent: Latent,
    asked: tuple[tuple[str, ...], tuple[str, ...]],
    setup: ObservationalSettings,
    *,
    level: float,
    models: Models,
) -> Observational:
    made_of, hold_out = asked
    assert latent.factors is not None  # noqa: S101  (capabilities have axes)
    points = [one.points for one in forecasts if not one.points.is_empty()]
    difference = mean_error(pl.concat(points), "difference", level) if points else None
    verdict = verdict_of(difference)
    table = cells.table(made_of)[cells.role(FITTED)]
    most = min(len(made_of) - 1, setup.components + 2)
    cell_errors = held_out_cells(table, most, rng=np.random.default_rng(setup.seed))
    axes = latent.factors.axes[0]
    loadings = pl.DataFrame({"benchmark": made_of}).with_columns(
        pl.Series(f"capability_{k + 1}", axes[:, k]) for k in range(setup.components)
    )
    return Observational(
        verdict=verdict,
        verdict_words=words_of(verdict, difference, forecasts, level),
        decides=decides_words(verdict, difference, points),
        difference=difference,
        benchmarks=made_of,
        explained=_explained(latent, setup, level),
        loadings=loadings,
        held_out_cells=tuple(np.sqrt(cell_errors).tolist()),
        models=_models(cells, made_of, latent, level),
        lines=_lines(cells, latent, setup, level),
        targets=forecasts,
        hold_out=hold_out,
        setup=setup,
        level=level,
        removed=(*models.removed, *cells.removed),
        notes=notes_of(cells, forecasts),
    )


def _explained(latent: Latent, setup: ObservationalSettings, level: float) -> tuple[Estimate, ...]:
    assert latent.factors is not None  # noqa: S101
    shares = latent.factors.explained
    draws = shares[-setup.draws :]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return tuple(
        Estimate(float(value), float(min(low[k], value)), float(max(high[k], value)))
        for k, value in enumerate(shares[0, : setup.components])
    )


def _models(cells: Cells, made_of: tuple[str, ...], latent: Latent, level: float) -> pl.DataFrame:
    """Put capabilities beside the models, with intervals from the scores that they lack."""
    assert latent.spread is not None  # noqa: S101
    reach = float(ndtri(0.5 + level / 2.0))
    frame = cells.frame.select(
        "model",
        "family",
        "role",
        "flops",
        missing=pl.Series(np.isnan(cells.table(made_of)).sum(axis=1)),
    )
    for k in range(latent.features.shape[2]):
        value = latent.features[0, :, k]
        half = reach * np.sqrt(np.maximum(latent.spread[0, :, k, k], 0.0))
        name = f"capability_{k + 1}"
        frame = frame.with_columns(
            pl.Series(name, value),
            pl.Series(f"{name}_low", value - half),
            pl.Series(f"{name}_high", value + half),
        )
    return frame


def _lines(
    cells: Cells, latent: Latent, setup: ObservationalSettings, level: float
) -> tuple[Line, ...]:
    """Fit each capability against compute, over all models: what is held out from targets too."""
    flops, families = cells.column("flops"), cells.frame["family"].to_list()
    found = [
        line_of(
            latent.features[0, :, k],
            flops,
            families,
            component=k + 1,
            level=level,
            seed=setup.seed,
        )
        for k in range(latent.features.shape[2])
    ]
    return tuple(line for line in found if line is not None)
