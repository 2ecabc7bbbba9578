r"""The jury: one likelihood of all judges' verdicts, and what it says of each judge's biases.

The equations stand in :mod:`theodolite.stats.jury`. Covariates of a verdict: 1 for the first place;
the relative difference of lengths over its standard deviation; 1 where the first answer alone is of
the judge's own family, -1 where the second alone is.

Three things may leave no finite number, and none is passed over in silence. A bias that other
parameters can take over is not identified. A bias that tells all verdicts of its judge (always the
first answer) is infinite; those verdicts say nothing of the models, so they leave the likelihood,
which is its limit, and a bound comes from as many items without an exception. A model that won or
lost against all others is infinite too, with a bound on its finite side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import NotConnectedError, NotConvergedError, TooFewError
from theodolite.scoring.judges.panel import PEOPLE
from theodolite.stats.graph import WinGraph, joined_groups
from theodolite.stats.jury import Verdicts, fit_jury, identified
from theodolite.stats.pairs import count_pairs
from theodolite.stats.separation import separate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scoring.judges.panel import Panel
    from theodolite.stats.jury import JuryFit
    from theodolite.stats.pairs import PairCounts
    from theodolite.stats.separation import Separation

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = [
    "OTHERS",
    "POSITION",
    "SELF",
    "VERBOSITY",
    "Jury",
    "family_of",
    "sit",
    "strengths_without",
]

OTHERS = "(others)"
POSITION, VERBOSITY, SELF = 0, 1, 2
TERMS = 3
MOST_ROUNDS = 10


@dataclass(frozen=True)
class Jury:
    """A fitted jury, and what it could not fit.

    Attributes
    ----------
    judges, models
        Names, in the order of the numbers.
    verdicts
        All rows, those that left the likelihood included.
    used
        Which rows the likelihood has, (N,).
    fit
        The fit, its models numbered as in ``models``: those outside the core have no estimate.
    core
        Models with a finite strength.
    pairs, graph, separation
        What tells where the other models stand.
    wanted, told, endless
        Which biases there are verdicts for, which of them have an estimate, and which are
        infinite (1 or -1), (T, J).
    length_sd
        The unit of the length effect.
    notes
        What a reader must know.
    """

    judges: tuple[str, ...]
    models: tuple[str, ...]
    verdicts: Verdicts
    used: Flags
    fit: JuryFit
    core: Integers
    pairs: PairCounts
    graph: WinGraph
    separation: Separation
    wanted: Flags
    told: Flags
    endless: Integers
    length_sd: float | None
    notes: tuple[str, ...]

    def place(self, term: int, judge: int) -> int:
        """Where a bias stands in the covariance."""
        return int(self.fit.number[term, judge])


def family_of(name: str, families: Mapping[str, str]) -> str:
    """Give a name's family: its own name where none is known."""
    return families.get(name, name)


def sit(panel: Panel, families: Mapping[str, str], *, least: int, errors: bool = True) -> Jury:
    """Fit all judges' verdicts together.

    Parameters
    ----------
    panel
        The verdicts. All people are one judge.
    families
        The family of judges and models; a name without one is a family by itself.
    least
        Judges with fewer verdicts, or of a single item, are taken together as one.
    errors
        Whether the covariance is wanted, which takes most of the time.

    Raises
    ------
    NotConnectedError
        Some models never met the rest.
    TooFewError
        There is a single item, which leaves no interval.
    NotConvergedError
        No finite strengths fit best.
    """
    judges = _named(panel, least)
    verdicts, names, models, sd = _verdicts(panel, judges, families)
    if len(np.unique(verdicts.cluster)) < 2:  # noqa: PLR2004
        raise TooFewError(
            "all verdicts are on a single item, which leaves no interval: judge several items"
        )
    groups = joined_groups(verdicts.first, verdicts.second, n_models=len(models))
    if len(groups) > 1:
        raise NotConnectedError([[models[m] for m in group] for group in groups])
    wanted = _wanted(verdicts, panel, sd)
    used, endless, core = _within(verdicts, wanted)
    part = _renumbered(verdicts.where(used), core)
    told = identified(part, _seen_twice(part, wanted & (endless == 0)))
    fit, notes = _fitted(part, told, errors=errors)
    theta = np.full(len(models), np.nan)
    theta[core] = fit.theta
    pairs = count_pairs(
        verdicts.first, verdicts.second, verdicts.share, n_models=len(models),
        weight=verdicts.weight,
    )  # fmt: skip
    graph = WinGraph.of_shares(pairs)
    return Jury(
        judges=names,
        models=models,
        verdicts=verdicts,
        used=used,
        fit=replace(fit, theta=theta),
        core=core,
        pairs=pairs,
        graph=graph,
        separation=separate(graph),
        wanted=wanted,
        told=told,
        endless=endless,
        length_sd=sd,
        notes=notes,
    )


def _named(panel: Panel, least: int) -> pl.DataFrame:
    """Give each verdict the judge that it counts for."""
    frame = panel.frame.with_columns(
        pl.when("person").then(pl.lit(PEOPLE)).otherwise(pl.col("judge")).alias("judge")
    )
    few = (pl.len().over("judge") < least) | (pl.col("item_id").n_unique().over("judge") < 2)  # noqa: PLR2004
    several = frame.filter(few & ~pl.col("person")).get_column("judge").n_unique() > 1
    if not several:
        return frame
    pooled = pl.when(few & ~pl.col("person")).then(pl.lit(OTHERS)).otherwise(pl.col("judge"))
    return frame.with_columns(pooled.alias("judge"))


def _verdicts(
    panel: Panel, frame: pl.DataFrame, families: Mapping[str, str]
) -> tuple[Verdicts, tuple[str, ...], tuple[str, ...], float | None]:
    names = tuple(sorted(frame.get_column("judge").unique()))
    sides = pl.concat([frame.get_column(s) for s in ("first", "second")])
    models = tuple(sorted(sides.unique()))
    code = {
        side: frame.get_column(side).cast(pl.Enum(models)).to_physical().to_numpy()
        for side in ("first", "second")
    }
    judge = frame.get_column("judge").cast(pl.Enum(names)).to_physical().to_numpy()
    length = frame.get_column("length")
    sd = None
    if length.null_count() == 0 and float(length.std() or 0.0) > 0:  # type: ignore[arg-type]
        sd = float(np.sqrt((length.to_numpy() ** 2).mean()))
    own = _own(names, models, families)
    verdicts = Verdicts(
        judge=judge.astype(np.int64),
        first=code["first"].astype(np.int64),
        second=code["second"].astype(np.int64),
        share=frame.get_column("share").to_numpy(),
        weight=frame.get_column("weight").cast(pl.Float64).to_numpy(),
        cluster=(frame.get_column("item_id").rank("dense").to_numpy() - 1).astype(np.int64),
        covariates=np.column_stack(
            [
                np.full(len(frame), 1.0 if panel.ordered else 0.0),
                np.zeros(len(frame)) if sd is None else length.to_numpy() / sd,
                own[judge, code["first"]] - own[judge, code["second"]],
            ]
        ),
        n_models=len(models),
        n_judges=len(names),
    )
    return verdicts, names, models, sd


def _own(names: tuple[str, ...], models: tuple[str, ...], families: Mapping[str, str]) -> Floats:
    """Whether a model is of a judge's family, (J, K)."""
    theirs = np.array([family_of(model, families) for model in models])
    own = np.array([family_of(judge, families) for judge in names])
    return np.asarray(own[:, None] == theirs, dtype=np.float64)


def _wanted(verdicts: Verdicts, panel: Panel, sd: float | None) -> Flags:
    """Tell for which biases a judge has verdicts, (T, J)."""
    there = np.zeros((TERMS, verdicts.n_judges), dtype=bool)
    for term in range(TERMS):
        moved = verdicts.covariates[:, term] != 0.0
        there[term] = np.bincount(verdicts.judge, moved, verdicts.n_judges) > 0
    there[POSITION] &= panel.ordered
    there[VERBOSITY] &= sd is not None
    return there


def _within(verdicts: Verdicts, wanted: Flags) -> tuple[Flags, Integers, Integers]:
    """Find the rows, biases and models for which finite numbers fit best.

    Returns
    -------
    tuple
        Which rows stay; the sign of each infinite bias, (T, J); the models of the core.
    """
    used = np.ones(len(verdicts), dtype=bool)
    endless = np.zeros(wanted.shape, dtype=np.int64)
    core = np.arange(verdicts.n_models)
    for _ in range(MOST_ROUNDS):
        before = int(used.sum())
        for term in range(TERMS):
            for judge in np.flatnonzero(wanted[term] & (endless[term] == 0)):
                sign = _always(verdicts, used & (verdicts.judge == judge), term)
                endless[term, judge] = sign
                if sign:
                    used &= (verdicts.judge != judge) | (verdicts.covariates[:, term] == 0.0)
        core = _core(verdicts, used, core)
        inside = np.isin(np.arange(verdicts.n_models), core)
        used &= inside[verdicts.first] & inside[verdicts.second]
        if not used.any():
            raise NotConvergedError(
                "nothing of the models can be told: some model or bias tells every verdict without "
                "exception. Collect verdicts until models beat each other."
            )
        if int(used.sum()) == before:
            break
    return used, endless, core


def _always(verdicts: Verdicts, rows: Flags, term: int) -> int:
    """Say whether a covariate tells all verdicts of some rows: 1, or -1 the other way round."""
    z = verdicts.covariates[rows, term]
    moved = z != 0.0
    if not moved.any():
        return 0
    towards = np.sign(z[moved]) * (2.0 * verdicts.share[rows][moved] - 1.0)
    return int((towards >= 1.0).all()) - int((towards <= -1.0).all())


def _core(verdicts: Verdicts, used: Flags, core: Integers) -> Integers:
    rows = verdicts.where(used)
    pairs = count_pairs(rows.first, rows.second, rows.share, n_models=verdicts.n_models)
    graph = WinGraph.of_shares(pairs)
    found = separate(graph.__class__(graph.wins[np.ix_(core, core)])).core
    if len(found) < 2:  # noqa: PLR2004
        raise NotConvergedError(
            "no strength is finite: no two models beat each other, directly or through others. "
            "Collect verdicts until some of them do."
        )
    return np.asarray(core[found])


def _renumbered(verdicts: Verdicts, core: Integers) -> Verdicts:
    number = np.full(verdicts.n_models, -1)
    number[core] = np.arange(len(core))
    return replace(
        verdicts,
        first=number[verdicts.first],
        second=number[verdicts.second],
        n_models=len(core),
    )


def _seen_twice(verdicts: Verdicts, terms: Flags) -> Flags:
    """Leave out biases that verdicts on a single item would tell: they have no interval."""
    out = terms.copy()
    for term, judge in zip(*np.nonzero(terms), strict=True):
        out[term, judge] = clusters_of(verdicts, int(term), int(judge)) > 1
    return out


def clusters_of(verdicts: Verdicts, term: int, judge: int) -> int:
    """Count the items of a judge's verdicts on which a bias could work."""
    rows = (verdicts.judge == judge) & (verdicts.covariates[:, term] != 0.0)
    return len(np.unique(verdicts.cluster[rows]))


def _fitted(verdicts: Verdicts, told: Flags, *, errors: bool) -> tuple[JuryFit, tuple[str, ...]]:
    try:
        return fit_jury(verdicts, told, errors=errors), ()
    except NotConvergedError:
        note = "The judges' scales could not be told apart: in the jury all follow strengths alike."
        return fit_jury(verdicts, told, scales=False, errors=errors), (note,)


def strengths_without(jury: Jury, rows: Flags) -> Floats:
    """Give the gap of strengths in some rows if their judge had no bias there, (n,).

    The rows are fitted with all that the likelihood has. A gap is infinite where a model won
    without exception, and ``nan`` where nothing tells it.
    """
    verdicts = jury.verdicts
    part = verdicts.where(jury.used | rows)
    graph = WinGraph.of_shares(
        count_pairs(part.first, part.second, part.share, n_models=verdicts.n_models)
    )
    found = separate(graph)
    theta = np.zeros(verdicts.n_models)
    if len(found.core) > 1:
        inside = np.isin(np.arange(verdicts.n_models), found.core)
        within = _renumbered(part.where(inside[part.first] & inside[part.second]), found.core)
        none = np.zeros((TERMS, verdicts.n_judges), dtype=bool)
        theta[found.core] = fit_jury(within, none, scales=False, errors=False).theta
    one, other = verdicts.first[rows], verdicts.second[rows]
    gap = np.where(found.label[one] == found.label[other], theta[one] - theta[other], np.nan)
    gap = np.where(found.higher[one, other], np.inf, gap)
    return np.where(found.higher[other, one], -np.inf, gap)
