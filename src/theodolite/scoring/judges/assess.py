"""All about the judges of one panel: see :func:`assess_judges`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import UsageError
from theodolite.scoring.judges.biases import biases, effect
from theodolite.scoring.judges.concord import (
    MOST_PAIRED,
    agreement_of,
    alphas,
    judge_pairs,
    opinions_of,
    people_agreement,
)
from theodolite.scoring.judges.jury import OTHERS, POSITION, VERBOSITY, sit
from theodolite.scoring.judges.panel import PEOPLE, panel_of, with_people
from theodolite.scoring.judges.results import Agreement, Interval, JudgeReport, OneJudge, People
from theodolite.scoring.judges.strengths import MOST_LEFT_OUT, N_DRAWS, board_of, ranks_without
from theodolite.scoring.judges.swaps import consistency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from theodolite.scoring.judges.concord import Opinions
    from theodolite.scoring.judges.jury import Jury
    from theodolite.scoring.judges.panel import Panel
    from theodolite.tables import Judgments, Preferences, Votes

__all__ = ["JudgeOptions", "assess_judges"]


@dataclass(frozen=True)
class JudgeOptions:
    """What to make of a file of verdicts.

    Attributes
    ----------
    length
        Whether lengths of answers are used where the file has them.
    ordered
        Whether the first model of a row was shown first.
    least
        Judges with fewer verdicts are taken together as one in the jury.
    margin
        In log-odds: a bias whose interval lies within it on both sides of 0 is none. 0.2 moves a
        chance of one half by five points.
    """

    length: bool = True
    ordered: bool = True
    least: int = 30
    margin: float = 0.2


DEFAULTS = JudgeOptions()


def assess_judges(
    table: Judgments | Votes | Preferences,
    *,
    people: Votes | None = None,
    families: Mapping[str, str] | None = None,
    options: JudgeOptions = DEFAULTS,
    level: float = 0.95,
    seed: int = 0,
) -> JudgeReport:
    """Tell how far judges can be trusted: their biases, agreement, and what a jury of them says.

    In one likelihood the log-odds that a judge prefers the answer shown first are its scale times
    the difference of the models' strengths, plus its biases: for the first place, for longer
    answers, for its own family. Strengths are those that all judges, and people, share.

    Parameters
    ----------
    table
        Games of judges; votes with ``judge`` or ``voter`` and ``prompt_id``; or preferences against
        a baseline.
    people
        Votes of people on the same answers: what judges are held against.
    families
        The family of judges and models by name. A name that is not there is a family by itself.
    options
        What to make of the file.
    level
        Confidence level of every interval; Holm's p-values are held against 1 - level.
    seed
        Of the normal draws behind the ranks.

    Returns
    -------
    JudgeReport
        See there.

    Raises
    ------
    UsageError
        The level, the margin or the least number of verdicts is out of range.
    MissingColumnError
        Votes lack ``prompt_id``, or ``judge`` and ``voter``.
    InputError
        There is no verdict, a cell that is needed is empty, or no vote of people is on what a judge
        saw.
    NotConnectedError
        Some models never met the rest.
    TooFewError
        There is a single item.
    NotConvergedError
        No finite strengths fit best.

    References
    ----------
    L. Zheng et al. (2023), arXiv:2306.05685 (biases of judges); Y. Dubois et al. (2024),
    arXiv:2404.04475 (length).

    Examples
    --------
    A judge that saw 40 pairs in both orders, and named the first answer of 30 of them both times:

    >>> from theodolite.tables import Judgments
    >>> verdicts = [(("A>B", "A>B") if i % 4 else ("A>B", "B>A") if i % 8 else ("B>A", "A>B"))
    ...             for i in range(40)]
    >>> rows = [{"item_id": str(i), "judge": "j", "game": game + 1, "verdict": said[game],
    ...          "model_a": "xy"[game], "model_b": "yx"[game]}
    ...         for i, said in enumerate(verdicts) for game in (0, 1)]
    >>> got = assess_judges(Judgments.from_frame(pl.DataFrame(rows)))
    >>> got.judges[0].consistency.same, got.judges[0].consistency.first
    (0.25, 0.75)
    >>> got.judges[0].position.verdict, round(got.judges[0].position.estimate, 2)
    ('biased', 1.95)
    """
    _check(options, level, seed)
    panel = panel_of(table, length=options.length, ordered=options.ordered)
    if people is not None:
        panel = with_people(panel, people, length=options.length)
    known = dict(families or {})
    jury = sit(panel, known, least=options.least)
    opinions = opinions_of(panel, people=False)
    theirs = opinions_of(panel, people=True) if panel.has_people else None
    without = ranks_without(panel, jury, known, least=options.least)
    return JudgeReport(
        judges=_judges(panel, jury, (opinions, theirs), known, options=options, level=level),
        alpha=alphas(opinions, level=level),
        pairs=judge_pairs(opinions, level=level),
        models=_with_range(board_of(jury, level=level, seed=seed), without),
        without=without,
        people=None if theirs is None else _people(panel, jury, theirs, level),
        margin=options.margin,
        level=level,
        seed=seed,
        n_draws=N_DRAWS,
        verdicts=len(panel.frame),
        items=panel.frame.get_column("item_id").n_unique(),
        length_sd=jury.length_sd,
        ordered=panel.ordered,
        removed=panel.removed,
        notes=(*panel.notes, *jury.notes, *_notes(panel, jury, opinions)),
    )


def _check(options: JudgeOptions, level: float, seed: int) -> None:
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")
    if not 0.0 < options.margin < np.inf:
        raise UsageError(f"the margin must be a number of log-odds above 0; not {options.margin}")
    if options.least < 1:
        raise UsageError(f"the least number of verdicts must be 1 or more; not {options.least}")


def _judges(
    panel: Panel,
    jury: Jury,
    opinions: tuple[Opinions, Opinions | None],
    families: Mapping[str, str],
    *,
    options: JudgeOptions,
    level: float,
) -> tuple[OneJudge, ...]:
    """Put together what is found of each judge, those of few verdicts together."""
    found = biases(jury, level=level, margin=options.margin)
    names = [name for name in jury.judges if name != PEOPLE]
    agreed = dict(zip(opinions[0].names, agreement_of(*opinions, level), strict=True))
    rows = panel.frame.filter(~pl.col("person"))
    single = set(names)
    rows = rows.with_columns(
        pl.when(pl.col("judge").is_in(sorted(single)))
        .then(pl.col("judge"))
        .otherwise(pl.lit(OTHERS))
        .alias("as")
    )
    parts = {str(key[0]): part for key, part in rows.partition_by("as", as_dict=True).items()}
    nothing = Agreement(None, None, None, None)
    out = []
    for name, own in zip(names, found, strict=True):
        at = jury.judges.index(name)
        part = parts[name]
        out.append(
            OneJudge(
                judge=name,
                family=families.get(name),
                verdicts=len(part),
                items=part.get_column("item_id").n_unique(),
                consistency=consistency(part, level=level)
                if panel.ordered and name != OTHERS
                else None,
                agreement=agreed.get(name, nothing),
                scale=_scale(jury, at, level),
                weight=float(jury.fit.weight[at]),
                **own,
            )
        )
    return tuple(out)


def _scale(jury: Jury, judge: int, level: float) -> Interval | None:
    at = int(jury.fit.places[judge])
    if at < 0:
        return None
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import, and not always needed)

    rows = jury.used & (jury.verdicts.judge == judge)
    items = len(np.unique(jury.verdicts.cluster[rows]))
    estimate = float(jury.fit.scale[judge])
    half = float(stdtrit(max(items - 1, 1), 0.5 + level / 2.0)) * float(
        np.sqrt(jury.fit.covariance[at, at])
    )
    return Interval(estimate, estimate - half, estimate + half, int(rows.sum()))


def _people(panel: Panel, jury: Jury, opinions: Opinions, level: float) -> People:
    majority, single, (units, unclear) = people_agreement(opinions, level)
    at = jury.judges.index(PEOPLE)
    return People(
        voters=len(opinions.names),
        votes=int(panel.frame.get_column("person").sum()),
        majority=majority,
        people=single,
        units=units,
        open=unclear,
        position=effect(jury, POSITION, at, level),
        verbosity=effect(jury, VERBOSITY, at, level),
    )


def _with_range(models: pl.DataFrame, without: pl.DataFrame) -> pl.DataFrame:
    """Put the best and the worst rank without some judge beside each model."""
    ends = without.group_by("model").agg(
        pl.col("rank").min().alias("without_low"), pl.col("rank").max().alias("without_high")
    )
    return models.join(ends, on="model", how="left", maintain_order="left")


def _notes(panel: Panel, jury: Jury, opinions: Opinions) -> tuple[str, ...]:
    out = []
    names = opinions.names
    if not panel.ordered:
        out.append("Which answer was shown first is not known, so no position bias can be told.")
    pooled = len(set(names) - set(jury.judges))
    if pooled:
        out.append(
            f"{pooled:,} judges with few verdicts are taken together as {OTHERS} in the jury; in "
            "agreement and alpha each counts by itself."
        )
    if len(names) > MOST_PAIRED:
        out.append(f"Of more than {MOST_PAIRED} judges no two are compared by themselves.")
    if len(jury.judges) > 1 and len([n for n in names if n in jury.judges]) > MOST_LEFT_OUT:
        out.append(f"Of more than {MOST_LEFT_OUT} judges none is left out by itself.")
    out_of = [jury.models[m] for m in range(len(jury.models)) if m not in set(jury.core.tolist())]
    if out_of:
        out.append(
            f"{len(out_of):,} models won or lost without exception: they have no finite strength."
        )
    if panel.has_people:
        out.append("Votes of people are part of the jury, as one judge.")
    return tuple(out)
