"""Two models against each other: scores, and what each costs to train and to serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.scaling.result import Estimate
from theodolite.stats.multiplicity import holm

if TYPE_CHECKING:
    from theodolite.scaling.efficiency.result import Efficiency

__all__ = ["Versus", "versus"]

Better = Literal["better", "worse", "cannot be told"]


@dataclass(frozen=True)
class Versus:
    """One model against another.

    Attributes
    ----------
    model, against
        Their names.
    scores
        Per benchmark that both have: ``benchmark``, ``score``, ``against``, ``difference``,
        ``low``, ``high``, ``p_adjusted`` (Holm over the benchmarks), ``verdict`` by it
        (``better``, ``worse``, ``cannot be told``). The noise of both scores is in the interval, as
        if they were measured on different items.
    compute, params, memory, tokens, serving
        Ratios, the first over the second: training FLOPs, parameters that work on a token, all
        parameters, tokens, and FLOPs a token served (2 times the parameters that work on it).
    gain
        Ratio of the gains over all benchmarks: what both have beyond compute.
    """

    model: str
    against: str
    scores: pl.DataFrame
    compute: float
    params: float
    memory: float
    tokens: float
    serving: float
    gain: Estimate | None

    @property
    def verdict(self) -> Better:
        """What all benchmarks say that can tell; where two contradict each other, none is."""
        told = set(self.scores["verdict"]) - {"cannot be told"}
        if told == {"better"}:
            return "better"
        return "worse" if told == {"worse"} else "cannot be told"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        names = ("compute", "params", "memory", "tokens", "serving")
        return {
            "verdict": self.verdict,
            "model": self.model,
            "against": self.against,
            "scores": self.scores.to_dicts(),
            "ratios": {name: getattr(self, name) for name in names},
            "gain": self.gain.to_dict() if self.gain else None,
        }


def versus(found: Efficiency, model: str, against: str) -> Versus:
    """Compare two models of a study.

    Parameters
    ----------
    found
        What :func:`efficiency` found.
    model, against
        Their names.

    Raises
    ------
    UsageError
        One is not among the models, or they are the same.
    TooFewError
        No benchmark has both.
    """
    names = set(found.gains["model"])
    for name in (model, against):
        if name not in names:
            raise UsageError(f"{name} has no score beside known compute among the chosen models")
    if model == against:
        raise UsageError(f"{model} cannot be held against itself")
    one, two = (found.gains.filter(pl.col("model") == name) for name in (model, against))
    both = one.join(two, on="benchmark", suffix="_other", maintain_order="left")
    if both.is_empty():
        raise TooFewError(f"no benchmark has scores of both {model} and {against}")
    first = both.row(0, named=True)
    active, other = (
        first[f"active_params{end}"] or first[f"params{end}"] for end in ("", "_other")
    )
    return Versus(
        model=model,
        against=against,
        scores=_scores(both, found.level),
        compute=first["flops"] / first["flops_other"],
        params=active / other,
        memory=first["params"] / first["params_other"],
        tokens=first["tokens"] / first["tokens_other"],
        serving=active / other,
        gain=_gain(found, model, against),
    )


def _scores(both: pl.DataFrame, level: float) -> pl.DataFrame:
    """Give the differences, and which of them tell."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415  (slow to import)

    error = (pl.col("noise") ** 2 + pl.col("noise_other") ** 2).sqrt()
    q = float(ndtri(0.5 + level / 2.0))
    gap = pl.col("score") - pl.col("score_other")
    p = holm(2.0 * ndtr(-(both.select((gap / error).abs()).to_series().to_numpy())))
    surely = pl.col("p_adjusted") < 1.0 - level
    sign = pl.when(pl.col("difference") > 0.0).then(pl.lit("better")).otherwise(pl.lit("worse"))
    return both.select(
        "benchmark",
        "score",
        against="score_other",
        difference=gap,
        low=gap - q * error,
        high=gap + q * error,
        p_adjusted=pl.Series(p),
    ).with_columns(verdict=pl.when(surely).then(sign).otherwise(pl.lit("cannot be told")))


def _gain(found: Efficiency, model: str, against: str) -> Estimate | None:
    joint = found.combined
    if joint is None or not {model, against} <= set(joint.frame["model"]):
        return None
    weights = np.zeros(joint.frame.height)
    weights[joint.at(model)], weights[joint.at(against)] = 1.0, -1.0
    ends = joint.logs.mean(weights, found.level)
    return Estimate(*(float(np.exp(v)) for v in (ends.estimate, ends.low, ends.high)))
