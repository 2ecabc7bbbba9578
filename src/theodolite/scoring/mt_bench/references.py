"""Questions whose reference answers are said to be wrong, and what leaving them out does.

For math, reasoning and coding the judge of MT-Bench sees an answer that GPT-4 gave. Of thirty such
answers a reader of the benchmark called thirteen wrong (FastChat, pull request 3158).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import CannotAnswerError, TooFewError, UsageError, shorten
from theodolite.scoring.mt_bench.standing import means_of, usual_gap
from theodolite.stats import holm

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.mt_bench.grid import Grid
    from theodolite.stats import Means

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Exclusion", "Suspected", "left_out", "suspected_references"]


@dataclass(frozen=True)
class Suspected:
    """References that are said to be wrong.

    Attributes
    ----------
    questions
        The ids of their questions.
    asked
        The ids of all questions of the benchmark, the first and the last.
    source
        Who says so.
    """

    questions: tuple[str, ...]
    asked: tuple[int, int]
    source: str

    def covers(self, questions: Collection[str]) -> bool:
        """Whether all of these may be questions of the benchmark."""
        asked = set(map(str, range(self.asked[0], self.asked[1] + 1)))
        return asked.issuperset(questions)


@dataclass(frozen=True)
class Exclusion:
    """Questions that were left out, and what it did to every model.

    Attributes
    ----------
    questions
        Their ids.
    judgments
        How many of them there are.
    models
        One row a model, the largest change first: ``model``, ``before``, ``after``, ``change``
        (after less before), ``low``, ``high`` (pointwise, over the same questions),
        ``p_adjusted`` (Holm over models), ``rank_before``, ``rank_after``.
    told_before, told_after, turned
        Pairs of models that are told apart with these questions, and without them; and those that
        are told apart both times, but the other way round.
    """

    questions: tuple[str, ...]
    judgments: int
    models: pl.DataFrame
    told_before: int = 0
    told_after: int = 0
    turned: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        return {
            "questions": list(self.questions),
            "judgments": self.judgments,
            "models": self.models.to_dicts(),
            "told_before": self.told_before,
            "told_after": self.told_after,
            "turned": self.turned,
        }

    def with_verdicts(self, before: pl.DataFrame, after: pl.DataFrame) -> Exclusion:
        """Add what becomes of the pairs, from a result's ``pairs`` with all questions and after."""
        low, high = pl.min_horizontal("model_a", "model_b"), pl.max_horizontal("model_a", "model_b")
        told = [
            pairs.filter(pl.col("better").is_not_null()).select(
                low.alias("one"), high.alias("other"), "better"
            )
            for pairs in (before, after)
        ]
        both = told[0].join(told[1], on=["one", "other"], suffix="_after")
        turned = both.filter(pl.col("better") != pl.col("better_after"))
        return replace(self, told_before=len(told[0]), told_after=len(told[1]), turned=len(turned))

    @property
    def moved(self) -> int:
        """How many models have another rank."""
        return int((self.models["rank_before"] != self.models["rank_after"]).sum())


@cache
def suspected_references() -> Suspected:
    """Read the list that comes with the package.

    Examples
    --------
    >>> len(suspected_references().questions), suspected_references().source
    (13, 'FastChat pull request 3158')
    """
    path = resources.files(__package__).joinpath("suspected.json")
    values = json.loads(path.read_text(encoding="utf-8"))
    first, last = values["asked"]
    return Suspected(tuple(map(str, values["questions"])), (first, last), values["source"])


def left_out(
    grid: Grid, questions: Sequence[str], *, level: float
) -> tuple[Grid, Exclusion | None]:
    """Leave questions out, and say what that does.

    Raises
    ------
    UsageError
        A question was not judged.
    CannotAnswerError
        No other question is left.
    TooFewError
        A model has no score on these questions, or none on the others.
    """
    if not questions:
        return grid, None
    unknown = sorted(set(questions).difference(grid.questions))
    if unknown:
        more = len(unknown) - 1
        raise UsageError(
            f"--exclude-references: no judgment of the question {shorten(unknown[0])}"
            + (f", nor of {more:,} other{'s' if more > 1 else ''}" if more else "")
        )
    known = {name: i for i, name in enumerate(grid.questions)}
    out: Flags = np.isin(grid.question, [known[name] for name in questions])
    if out.all():
        raise CannotAnswerError("--exclude-references leaves no question")
    gone = Exclusion(
        questions=tuple(questions),
        judgments=int(grid.judged[:, out].sum()),
        models=_changes(grid, out, level=level),
    )
    return grid.cells(~out), gone


def _changes(grid: Grid, out: Flags, *, level: float) -> pl.DataFrame:
    r"""Compare each model's mean without some questions to that with them.

    With n_s of n scores on the questions left out, the change is (n_s / n)(m_rest - m_s). Both
    means are clustered by question, and drawn within categories where that can be; they are
    independent of each other, since no question is in both. To each variance is added that of two
    further answers, one above and one below; the interval is Welch's.

    B. L. Welch (1947), Biometrika 34, 28-35, doi:10.1093/biomet/34.1-2.28.
    """
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import)

    given, scale = ~np.isnan(grid.scores), grid.scale
    lacking = ~(given & out).any(axis=1) | ~(given & ~out).any(axis=1)
    if lacking.any():
        who = shorten(grid.models[int(np.argmax(lacking))])
        raise TooFewError(
            f"{who} has no score on the questions left out, or none on the others. Leave the "
            "model out (--where model!=...)."
        )
    part, rest = (means_of(grid.cells(at)) for at in (out, ~out))
    share = part.items / (part.items + rest.items)
    change = share * (rest.mean - part.mean)
    before = rest.mean - change
    reach = usual_gap(grid.values)
    own, other = (_variance(one, reach) for one in (part, rest))
    df = (own + other) ** 2 / (own**2 / part.df + other**2 / rest.df)
    error = share * np.sqrt(own + other)
    half = stdtrit(df, 0.5 + level / 2.0) * error
    p = 2.0 * stdtr(df, -np.abs(change) / error)
    frame = pl.DataFrame(
        {
            "model": grid.models,
            "before": scale.value(before),
            "after": scale.value(rest.mean),
            "change": scale.span * change,
            "low": scale.span * (change - half),
            "high": scale.span * (change + half),
            "p_adjusted": holm(p),
            "rank_before": _rank(before),
            "rank_after": _rank(rest.mean),
        }
    )
    ends = pl.col("low", "high", "p_adjusted").fill_nan(None)
    return frame.with_columns(ends).sort(pl.col("change").abs(), "model", descending=[True, False])


def _variance(means: Means, reach: float) -> Floats:
    """Variances, with what two further answers add, one above the mean and one below.

    Where two answers lie R apart, each lies R / sqrt(2) from their mean.
    """
    more = (reach / (means.items / max(means.design, 1.0) + 2.0)) ** 2
    out: Floats = np.diag(means.covariance) + more
    return out


def _rank(mean: Floats) -> NDArray[np.int64]:
    out: NDArray[np.int64] = 1 + (mean[:, None] > mean + 1e-12).sum(axis=0)
    return out
