"""What is found of judges."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.tables import Removal

__all__ = [
    "BIASED",
    "BIASES",
    "NOT_BIASED",
    "NOT_TOGETHER",
    "TOO_WIDE",
    "UNTOLD",
    "Agreement",
    "Bias",
    "Concord",
    "Consistency",
    "Interval",
    "JudgeReport",
    "OneJudge",
    "People",
    "left_out",
]

Verdict = Literal["biased", "not biased", "cannot be told"]
BIASED: Verdict = "biased"
NOT_BIASED: Verdict = "not biased"
UNTOLD: Verdict = "cannot be told"

TOO_WIDE = "the interval is too wide"
NOT_TOGETHER = "not once counted among all judges"

BIASES = ("position", "verbosity", "self_preference")


@dataclass(frozen=True)
class Interval:
    """A number with the ends of its interval, and of how many observations; ``None``: unknown."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Bias:
    """One bias of one judge, in log-odds.

    Attributes
    ----------
    estimate, low, high
        What it adds to the log-odds of a verdict: of the first place; of an answer that is longer
        by a standard deviation; of an answer of the judge's own family. Where no finite number
        fits best, ``unbounded`` is true and one end alone is finite.
    p_value, p_adjusted
        Of no bias, by itself, and by Holm over the judges.
    verdict
        ``biased`` (p_adjusted below 1 - level), ``not biased`` (the interval lies within the
        margin on both sides of 0), or ``cannot be told``.
    why
        Where there is no estimate or no verdict, what is missing.
    n, unbounded
        Verdicts that it rests on; whether an end is infinite.
    raw
        For verbosity beside people: the judge's own length effect, people's not taken off.
    """

    estimate: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict
    why: str
    n: int
    unbounded: bool = False
    raw: Interval | None = None


@dataclass(frozen=True)
class Consistency:
    """What swapping two answers does to a judge's verdicts.

    Attributes
    ----------
    pairs
        Pairs of answers that it saw in both orders.
    same, low, high
        Share with the same verdict, and its interval.
    chance
        That share if verdicts did not depend on the answers at all.
    first, second, mixed
        Shares where it named the first answer both times, the second both times, and where one of
        the two verdicts was a tie.
    first_share, first_low, first_high, decided
        Among its decided verdicts on these pairs, the share that went to the first answer.
    """

    pairs: int
    same: float
    low: float
    high: float
    chance: float
    first: float
    second: float
    mixed: float
    first_share: float | None
    first_low: float | None
    first_high: float | None
    decided: int


@dataclass(frozen=True)
class Agreement:
    """How far a judge agrees with others on the same pairs of answers.

    Attributes
    ----------
    judges, kappa
        The share of other judges' verdicts that are like its own, a pair of answers each counted
        once, and Cohen's kappa over all of them.
    majority
        The share of verdicts like what most people say, where most people say one thing.
    people
        The share of single people's verdicts that are like its own.
    """

    judges: Interval | None
    kappa: float | None
    majority: Interval | None
    people: Interval | None


@dataclass(frozen=True)
class OneJudge:
    """All that is found of one judge; ``scale`` and ``weight`` are its part in the jury."""

    judge: str
    family: str | None
    verdicts: int
    items: int
    position: Bias
    consistency: Consistency | None
    verbosity: Bias
    self_preference: Bias
    agreement: Agreement
    scale: Interval | None
    weight: float | None

    def bias(self, name: str) -> Bias:
        """Give one of :data:`BIASES`."""
        found: Bias = getattr(self, name)
        return found


@dataclass(frozen=True)
class People:
    """What people say beside the judges.

    Attributes
    ----------
    voters, votes
        How many people, and their votes on what a judge saw.
    majority, people
        How far one person agrees with what most others say, and with another person: as much as
        can be asked of a judge.
    units, open
        Pairs of answers with votes, and those among them where no verdict has the most votes.
    position, verbosity
        People's own lean to the first place and to longer answers, in log-odds.
    """

    voters: int
    votes: int
    majority: Interval | None
    people: Interval | None
    units: int
    open: int
    position: Interval | None
    verbosity: Interval | None


@dataclass(frozen=True)
class Concord:
    """Krippendorff's alpha with its interval; see :mod:`theodolite.stats.krippendorff`."""

    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    units: int
    values: int


@dataclass(frozen=True)
class JudgeReport:
    """How far judges can be trusted.

    Attributes
    ----------
    judges
        One entry a judge, in alphabetical order; judges with few verdicts together are one.
    alpha
        Agreement of all judges by metric: nominal, ordinal, interval. People are not among them.
    pairs
        Every two judges: ``judge_a``, ``judge_b``, ``units`` (pairs of answers that both saw),
        ``agreement``, ``low``, ``high``, ``kappa``.
    models
        The jury's strengths, best first: ``model``, ``estimate`` (log-odds, mean 0 over those with
        a finite one), ``low``, ``high``, ``rank``, ``rank_low``, ``rank_high`` (ranks that all
        contrasts leave open together), ``unbounded``, ``n`` (verdicts), and ``without_low``,
        ``without_high``: the best and the worst rank when one judge is left out.
    without
        The rank of each model without each judge: ``judge``, ``model``, ``rank``.
    people
        What people say beside the judges, or ``None``.
    margin, level, seed, n_draws
        Up to where a bias is none; the confidence level; of the draws behind the ranks.
    verdicts, items, length_sd
        Verdicts and items used; the standard deviation of the relative difference of lengths.
    ordered
        Whether what was shown first is known.
    removed, notes
        What was left out, and what must be known beside the numbers.
    """

    judges: tuple[OneJudge, ...]
    alpha: tuple[Concord, ...]
    pairs: pl.DataFrame
    models: pl.DataFrame
    without: pl.DataFrame
    people: People | None
    margin: float
    level: float
    seed: int
    n_draws: int
    verdicts: int
    items: int
    length_sd: float | None
    ordered: bool
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pl.DataFrame:
        """Give one row a judge and bias."""
        fields = ("estimate", "low", "high", "p_value", "p_adjusted", "verdict", "why", "n")
        rows = [
            {"judge": one.judge, "bias": name, **{f: getattr(one.bias(name), f) for f in fields}}
            for one in self.judges
            for name in BIASES
        ]
        real = dict.fromkeys(fields[:5], pl.Float64)
        return pl.DataFrame(rows, schema_overrides=real)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        settings = (
            "margin",
            "level",
            "seed",
            "n_draws",
            "verdicts",
            "items",
            "length_sd",
            "ordered",
        )
        return {
            "judges": [asdict(one) for one in self.judges],
            "alpha": {one.metric: asdict(one) for one in self.alpha},
            "pairs": self.pairs.to_dicts(),
            "jury": {"models": self.models.to_dicts(), "without": self.without.to_dicts()},
            "people": None if self.people is None else asdict(self.people),
            **{name: getattr(self, name) for name in settings},
            **left_out(self.removed, self.notes),
        }


def left_out(removed: Sequence[Removal], notes: Sequence[str]) -> dict[str, Any]:
    """Say for JSON what was left out, and what must be known."""
    return {"removed": [dict(vars(removal)) for removal in removed], "notes": list(notes)}
