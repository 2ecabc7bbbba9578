"""Training sets compared: what a token of each is worth, and by which form that is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from theodolite.scaling.datasets.multiplier import pair_frame

if TYPE_CHECKING:
    import polars as pl

    from theodolite.scaling.datasets.choice import Choice
    from theodolite.scaling.datasets.fits import FormFit, Setting
    from theodolite.scaling.datasets.forms import FormName
    from theodolite.scaling.datasets.multiplier import SetDraws
    from theodolite.scaling.result import Estimate
    from theodolite.tables import Removal

__all__ = ["Datasets", "Decides", "Verdict"]

Verdict = Literal["differ", "no difference shown", "cannot be told"]
# Multipliers within this factor of each other make no difference that one would act on.
MARGIN = 1.25


@dataclass(frozen=True)
class Decides:
    """What would bring an interval off 1.

    Attributes
    ----------
    pair
        The two sets, the better one first; ``None`` where every pair is apart, or one multiplier is
        refuted.
    runs
        How many runs like these, in all, if the estimate is the truth; the ends of the interval
        suppose that its ends are.
    text
        A sentence.
    """

    pair: tuple[str, str] | None
    runs: Estimate | None
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        runs = None if self.runs is None else self.runs.to_dict()
        if runs is not None:
            runs |= {"unbounded": bool(np.isinf(runs["high"]))}
        return {
            "pair": None if self.pair is None else list(self.pair),
            "runs": runs,
            "text": self.text,
        }


@dataclass(frozen=True)
class Datasets:
    """Training sets compared by one law.

    Attributes
    ----------
    by, reference
        The column that names the sets, and the set whose tokens count as 1.
    setting
        Law, objective, resamples, level, and the runs as arrays.
    fits
        Every form that could be fitted; those that the result reads have draws.
    choice
        Which form is taken, the table of all, and whether one multiplier describes the sets.
    log_multipliers
        log q_k with draws: what :attr:`multipliers` and :attr:`pairs` are made of.
    multipliers
        One row a set: ``dataset``, ``multiplier`` (tokens of the reference that one token is
        worth), ``low``, ``high`` (pointwise), ``n``, ``largest_flops``, ``reference``.
    pairs
        One row a pair, the better set first: ``dataset``, ``other``, ``ratio``, ``low``,
        ``high`` (all pairs together), ``apart``.
    worth
        What a token is worth at each run of the other sets, where it may depend on size and
        tokens: ``run`` (where there are ids), ``dataset``, ``params``, ``tokens``, ``flops``,
        ``multiplier``, ``low``, ``high``, ``unbounded``, ``largest``.
    worth_form
        The form that ``worth`` was read from: the largest that could be fitted.
    labels
        What each run is called, (n,).
    unit
        Of the losses.
    verdict, verdict_words, decides
        ``differ`` where the interval of some pair excludes 1, or one multiplier is refuted: what
        a token is worth then changes with tokens or size, and its average may well be 1. Else
        ``no difference shown`` where all intervals lie within a factor of 1.25 of 1; else ``cannot
        be told``. The same in words, and what would decide it.
    accounting, removed, notes
        What FLOPs count; what filters took away; what a reader must know.
    """

    by: str
    reference: str
    setting: Setting = field(repr=False)
    fits: dict[FormName, FormFit] = field(repr=False)
    choice: Choice
    log_multipliers: SetDraws = field(repr=False)
    multipliers: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)
    worth: pl.DataFrame = field(repr=False)
    worth_form: FormName
    labels: tuple[str, ...] = field(repr=False)
    unit: str
    verdict: Verdict
    verdict_words: str
    decides: Decides
    accounting: str
    removed: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> float:
        """The level of every interval."""
        return self.setting.level

    @property
    def names(self) -> tuple[str, ...]:
        """The sets, the reference first."""
        return self.setting.runs.names

    @property
    def shown(self) -> FormFit:
        """The form by which differences are explained: the one taken, or ``tokens``."""
        return self.fits["tokens" if self.choice.form == "shared" else self.choice.form]

    @property
    def forms(self) -> pl.DataFrame:
        """The table of :attr:`choice`."""
        return self.choice.table

    def pairs_at(self, level: float) -> pl.DataFrame:
        """Return :attr:`pairs` at another level."""
        return pair_frame(self.log_multipliers, self.setting, level)

    def to_frame(self) -> pl.DataFrame:
        """Return :attr:`multipliers`."""
        return self.multipliers

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        setting = self.setting
        return {
            "verdict": self.verdict,
            "verdict_words": self.verdict_words,
            "decides": self.decides.to_dict(),
            "by": self.by,
            "reference": self.reference,
            "datasets": [_nested(row, "multiplier") for row in self.multipliers.to_dicts()],
            "pairs": [_nested(row, "ratio") for row in self.pairs.to_dicts()],
            "one_multiplier": self.choice.one_multiplier,
            "form": self.choice.form,
            "rivals": list(self.choice.rivals),
            "forms": self.forms.to_dicts(),
            "worth": [_nested(row, "multiplier") for row in self.worth.to_dicts()],
            "worth_form": self.worth_form,
            "unit": self.unit,
            "law": setting.law.name,
            **setting.recipe.to_dict(),
            "accounting_words": self.accounting,
            "n": len(setting.runs.loss),
            "resamples": setting.resampling.n,
            "resamples_of": "noise" if setting.of_noise else "runs",
            "held_share": setting.held,
            "cluster": setting.resampling.cluster,
            "level": self.level,
            "seed": setting.resampling.seed,
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
            "notes": list(self.notes),
        }


def _nested(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Put an estimate and its ends under one key."""
    low, high = row.pop("low"), row.pop("high")
    number = {"estimate": row[name], "low": low, "high": high}
    if "unbounded" in row:
        number["unbounded"] = row.pop("unbounded")
    return row | {name: number}
