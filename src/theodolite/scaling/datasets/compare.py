"""Comparing training sets by the law of their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import (
    MissingColumnError,
    NotConvergedError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
    shorten,
)
from theodolite.scaling.accounting import account
from theodolite.scaling.compute_optimum import require_settings
from theodolite.scaling.datasets.choice import choose
from theodolite.scaling.datasets.fits import draw, fit_forms, setting_of
from theodolite.scaling.datasets.forms import SetRuns
from theodolite.scaling.datasets.multiplier import SetDraws, multipliers, pair_frame, worth_frame
from theodolite.scaling.datasets.result import Datasets
from theodolite.scaling.datasets.words import decides_of, verdict_of
from theodolite.scaling.evaluation import one_unit
from theodolite.scaling.fit import groups_of
from theodolite.scaling.identify import require_design
from theodolite.scaling.laws import Points, law_named
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.tables.checks import ROW, only_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.scaling.datasets.choice import Choice
    from theodolite.scaling.datasets.fits import FormFit, Setting
    from theodolite.scaling.datasets.forms import FormName
    from theodolite.scaling.laws import Law, LawName
    from theodolite.tables import Runs

__all__ = ["Sets", "datasets"]

MOST_SETS = 20
FEWEST_RUNS = 2
SHOWN = 8


@dataclass(frozen=True)
class Sets:
    """Which training sets are compared.

    Attributes
    ----------
    by
        The column that names them.
    reference
        The set whose tokens count as 1; the one with the most runs where left out.
    same_evaluation
        Says that all losses were measured on one text although ``dataset`` differs.
    """

    by: str = "dataset"
    reference: str | None = None
    same_evaluation: bool = False


def datasets(
    runs: Runs,
    *,
    sets: Sets | None = None,
    law: LawName = "chinchilla",
    recipe: Recipe | None = None,
    resampling: Resampling | None = None,
    level: float = 0.95,
) -> Datasets:
    r"""Estimate how many tokens of one training set a token of another is worth.

    All sets are fitted at once: L = E + A / N^alpha + B / (q_k D)^beta, with q = 1 for the
    reference. Other forms stand beside it (:mod:`theodolite.scaling.datasets.forms`), tested
    against each other and compared by how they predict runs that were left out: where the law of
    one set is not that of another with its tokens multiplied, one q says too little, and ``worth``
    gives the tokens of the reference that reach the same loss run by run.

    Parameters
    ----------
    runs
        The runs of all sets; losses on one evaluation.
    sets
        The column that names the sets, and the reference.
    law
        ``chinchilla``, ``over-training`` or ``no-floor``: a law with a term of tokens.
    recipe, resampling, level
        As of :func:`theodolite.scaling.fit`. Resamples draw runs within each set; with less than
        ten runs in a set the noise is drawn instead.

    Returns
    -------
    Datasets
        See there.

    Raises
    ------
    UsageError
        The law has no term of tokens alone, the level is not between 0 and 1, or there is no such
        reference.
    MissingColumnError, InputError
        The column is absent or has gaps, or the losses were not measured on one text, or may not
        have been.
    TooFewError
        There is one set only, more than 20, or one with a single run.
    NotIdentifiedError, NotConvergedError
        The runs do not hold the law, even with all sets alike.

    References
    ----------
    S. Y. Gadre et al. (2024), arXiv:2403.08540 (runs on three sets); D. Hernandez et al. (2021),
    arXiv:2102.01293 (effective data transferred).

    Examples
    --------
    A set whose tokens are worth 1.6 of the web's:

    >>> from theodolite.tables import Runs
    >>> sizes, seen = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 4),
    ...                                               np.geomspace(1e9, 1e12, 4)))
    >>> def losses(q, seed):
    ...     noise = np.random.default_rng(seed).normal(0, 0.003, 16)
    ...     return (1.8 + 480 / sizes**0.35 + 2100 / (q * seen) ** 0.37) * np.exp(noise)
    >>> frame = pl.concat([
    ...     pl.DataFrame({"params": sizes, "tokens": seen, "dataset": name,
    ...                   "loss": losses(q, q > 1)})
    ...     for name, q in (("web", 1.0), ("curated", 1.6))])
    >>> found = datasets(Runs.from_frame(frame), resampling=Resampling(n=200),
    ...                  sets=Sets(reference="web", same_evaluation=True))
    >>> found.verdict
    'differ'
    >>> _, low, high = found.multipliers.row(1)[1:4]
    >>> low < 1.6 < high
    True
    """
    sets, recipe, resampling = sets or Sets(), recipe or Recipe(), resampling or Resampling()
    require_settings(level, resampling.n, resampling.seed)
    chosen = _law(law)
    names, codes = _codes(runs, sets)
    unit, (runs,) = one_unit([runs], same_evaluation=sets.same_evaluation)
    counted = account(runs, recipe.accounting)
    arrays = SetRuns(Points.of(counted), counted.loss, codes, names)
    require_design(chosen, arrays.points)
    groups = groups_of(runs, resampling.cluster, counted.flops)
    setting = setting_of(
        arrays, groups, law=chosen, recipe=recipe, resampling=resampling, level=level
    )
    fits, reasons = fit_forms(setting)
    _require_multiplier(chosen, reasons)
    choice = choose(fits, reasons, setting)
    fits, worth_form = _drawn(fits, choice.form, setting)
    found = SetDraws(fits["tokens"], setting)
    pairs = pair_frame(found, setting)
    worth = _named(worth_frame(fits[worth_form], setting), runs)
    verdict, words = verdict_of(pairs, worth, choice, by=sets.by, reference=names[0])
    return Datasets(
        by=sets.by,
        reference=names[0],
        setting=setting,
        fits=fits,
        choice=choice,
        log_multipliers=found,
        multipliers=multipliers(found, setting),
        pairs=pairs,
        worth=worth,
        worth_form=worth_form,
        labels=_labels(runs),
        unit=unit,
        verdict=verdict,
        verdict_words=words,
        decides=decides_of(pairs, choice, len(counted.loss)),
        accounting=counted.words,
        removed=runs.removed,
        notes=(*_notes(runs, sets, setting), *_compared(choice)),
    )


def _law(name: LawName) -> Law:
    law = law_named(name)
    if law.repeats or not law.allocates:
        raise UsageError(
            f"the law {name} has no term of tokens alone, which a multiplier of tokens needs: "
            "choose chinchilla, over-training or no-floor"
        )
    return law


def _require_multiplier(law: Law, reasons: Mapping[FormName, str]) -> None:
    """Raise where the runs do not even hold one law, or one with multipliers."""
    for name in ("shared", "tokens"):
        if name in reasons:
            raise NotIdentifiedError(f"the form {name} of the law {law.name}: {reasons[name]}")


def _codes(runs: Runs, sets: Sets) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the sets, the reference first, and the set of each run."""
    by = sets.by
    if by not in runs.frame.columns:
        have = ", ".join(c for c in runs.frame.columns if not c.startswith("_"))
        raise MissingColumnError(
            f"no column {by} that names the training sets (columns: {have})",
            hint="Name it with --by COLUMN.",
        )
    if runs.frame.get_column(by).dtype.is_nested():
        raise UsageError(f"{by} holds nested values, which name no sets")
    only_given(runs.frame, by, "comparing training sets")
    values = runs.frame.get_column(by).cast(pl.String)
    counts = values.value_counts().sort(pl.col("count") * -1, by)
    names, sizes = counts[by].to_list(), counts["count"].to_list()
    if len(names) == 1:
        raise TooFewError(f"all runs have one {by}, {shorten(names[0])}: two sets are compared")
    if len(names) > MOST_SETS:
        raise TooFewError(
            f"{by} has {len(names):,} values, too few runs for each: at most {MOST_SETS} sets are "
            f"compared; choose some with --where {by}=..."
        )
    if min(sizes) < FEWEST_RUNS:
        raise TooFewError(
            f"{by} {shorten(names[-1])} has a single run, which tells no set from chance: add "
            f"runs, or leave it out with --where {by}!=..."
        )
    if sets.reference is not None and sets.reference not in names:
        known = ", ".join(shorten(name) for name in names[:SHOWN])
        raise UsageError(f"the reference {shorten(sets.reference)} is no {by} of these: {known}")
    first = names[0] if sets.reference is None else sets.reference
    order = [first, *sorted(name for name in names if name != first)]
    codes = values.replace_strict(order, list(range(len(order))), return_dtype=pl.Int64)
    return tuple(order), codes.to_numpy().astype(np.intp)


def _drawn(
    fits: Mapping[FormName, FormFit], taken: FormName, setting: Setting
) -> tuple[dict[FormName, FormFit], FormName]:
    """Draw the forms that the result reads: multipliers, the one taken, and the largest."""
    out = dict(fits)
    for name in {"tokens", taken} - {"shared"}:
        out[name] = draw(fits[name], setting)
    for name in sorted(fits, key=lambda name: -len(fits[name].theta)):
        if len(out[name].draws):
            return out, name
        try:
            out[name] = draw(fits[name], setting)
        except NotConvergedError:
            continue
        return out, name
    return out, "tokens"


def _labels(runs: Runs) -> tuple[str, ...]:
    if "run" in runs.frame.columns and not runs.frame.get_column("run").is_null().any():
        return tuple(runs.frame.get_column("run").cast(pl.String))
    return tuple(f"row {row}" for row in runs.frame.get_column(ROW))


def _named(frame: pl.DataFrame, runs: Runs) -> pl.DataFrame:
    labels = pl.Series("run", _labels(runs))[frame["row"]]
    return frame.select(labels, pl.all().exclude("row"))


def _compared(choice: Choice) -> tuple[str, ...]:
    """Say on which runs, and which, forms could not be compared."""
    notes = []
    if choice.failed:
        many = len(choice.failed) > 1
        notes.append(
            f"The form{'s' if many else ''} {', '.join(choice.failed)} {'are' if many else 'is'} "
            "not compared by runs left out: more than a tenth of the fits reached no minimum."
        )
    lost = choice.left_out - choice.compared
    if lost:
        notes.append(
            f"Forms are compared on {choice.compared:,} of {choice.left_out:,} runs left out: "
            f"without the other{' ' if lost == 1 else f' {lost:,} '}some fit reached no minimum, "
            "or a set had no run."
        )
    return tuple(notes)


def _notes(runs: Runs, sets: Sets, setting: Setting) -> tuple[str, ...]:
    notes = []
    if setting.of_noise:
        notes.append(
            "So few runs in a set, or so few resamples that could hold the law, that the intervals "
            "draw normal noise about the same runs instead."
        )
        if setting.clustered:
            notes.append(
                f"Drawn noise is each run's own, whatever its {setting.resampling.cluster}: the "
                "intervals are too narrow where runs that share it err alike."
            )
    if "tokenizer" in runs.frame.columns and runs.frame["tokenizer"].n_unique() > 1:
        notes.append(
            "Tokenizers differ: a multiplier of tokens also holds how much text is in a token."
        )
    if sets.by != "dataset" and "dataset" in runs.frame.columns:
        count = runs.frame["dataset"].n_unique()
        if count > 1:
            notes.append(f"The runs also differ in dataset, {count} values, beside {sets.by}.")
    return tuple(notes)
