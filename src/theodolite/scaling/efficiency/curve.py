r"""The score that models of some compute have, as a sigmoid with families.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s, c, h   score, chance, ceiling
C         FLOPs of training: 6 times the parameters that are active times the tokens
eta       logit: s = c + (h - c) sigmoid(eta)
a, b      eta = a + b (log C - centre) + u + w: of a model like the others at C
u, w      what a family and a model have beyond it: variances tau_f^2 and tau_i^2
phi       variance between measurements of one model, per s (1 - s)
========  ==================================================================================

A score below chance is noise: where three models or more are below it, their mean square distance
from it is the variance of one measurement there. The noise of a score is no less than that, and no
less than ``least_noise``: prompts and harnesses move it even where every model was measured once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import NotIdentifiedError, TooFewError, TooLargeError, UsageError
from theodolite.scaling.efficiency.columns import check_columns
from theodolite.stats.latent_scores import LatentFit, Measured, fit_latent, refit_latent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.stats.mixed_line import MixedLine
    from theodolite.tables.scored import Scored

    Array = NDArray[np.float64]

__all__ = ["CurveSettings", "ScoreCurve", "fit_curve"]

FEWEST_FAMILIES = 5
FEWEST_MODELS = 8
FEWEST_BELOW = 3
MOST_MODELS = 5000
MOST_FAMILIES = 1000


@dataclass(frozen=True)
class CurveSettings:
    """How curves are fitted.

    Attributes
    ----------
    ceiling
        h, the same of all benchmarks, above every score.
    least_noise
        The standard deviation, as a share, that no score is known better than.
    robust
        Whether outliers get less weight.
    quantile
        The share of models that the frontier leaves below.
    n_resamples
        Draws of families behind the intervals of explained shares.
    """

    ceiling: float = 1.0
    least_noise: float = 0.01
    robust: bool = True
    quantile: float = 0.9
    n_resamples: int = 1000

    def __post_init__(self) -> None:
        for name, low, high in (
            ("ceiling", 0.0, 1.0),
            ("least_noise", 1e-4, 0.5),
            ("quantile", 0.5, 0.999),
            ("n_resamples", 100, 20_000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value:g}, not between {low:g} and {high:g}")


@dataclass(frozen=True)
class ScoreCurve:
    """Scores of one benchmark against compute.

    Attributes
    ----------
    scored
        What it was fitted to.
    frame
        The rows of ``scored.frame``, those of one family together: a model without a family is
        one by itself.
    measured, fit
        Scores with their noise, and the fit on 1 and ``log C - centre``.
    centre
        Mean log C.
    settings
        How it was fitted.
    notes
        What must be said.
    """

    scored: Scored
    frame: pl.DataFrame
    measured: Measured = field(repr=False)
    fit: LatentFit = field(repr=False)
    centre: float
    settings: CurveSettings
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The benchmark."""
        return self.scored.benchmark.name

    @property
    def line(self) -> MixedLine:
        """The line of logits."""
        return self.fit.line

    @property
    def log_compute(self) -> Array:
        """Log C - centre, (n,)."""
        return self.fit.data.x[:, 1]

    @property
    def families(self) -> list[str]:
        """The families, in the order of the rows."""
        return self.frame["family"].unique(maintain_order=True).to_list()

    @property
    def scatter(self) -> float:
        """Standard deviation of what families and models have beyond the curve, as a logit."""
        return float(np.sqrt(self.line.between + self.line.within))

    def slope(self, level: float) -> tuple[float, float, float]:
        """Give b and its interval."""
        b = float(self.line.beta[1])
        margin = self.line.quantile(level) * float(self.line.variance(np.array([0.0, 1.0]))) ** 0.5
        return b, b - margin, b + margin

    def rises(self, level: float) -> bool:
        """Whether the interval of b is above 0, so that a score stands for an amount of compute."""
        return self.slope(level)[1] > 0.0

    def score_at(self, flops: Array) -> Array:
        """Give the score of a model like the others at these FLOPs."""
        x = np.log(flops) - self.centre
        return self.measured.curve(self.line.beta[0] + self.line.beta[1] * x)

    def on(self, columns: Array) -> MixedLine:
        """Fit the same logits on other columns beside 1, (n, P - 1).

        Raises
        ------
        NotIdentifiedError
            Without some family the columns are collinear.
        """
        x = np.column_stack([np.ones(len(columns)), columns - columns.mean(axis=0)])
        check_columns(x, self.fit.data.starts, self.families, "the columns")
        return refit_latent(self.fit, x)


def fit_curve(scored: Scored, settings: CurveSettings) -> ScoreCurve:
    """Fit the curve of one benchmark.

    Raises
    ------
    TooFewError
        There are fewer than eight models or five families.
    NotIdentifiedError
        Without some family all models have one compute.
    UsageError
        The ceiling is not above every score.
    """
    name = scored.benchmark.name
    family = pl.coalesce("family", pl.concat_str(pl.lit("model "), "model"))
    alone = int(scored.frame["family"].null_count())
    frame = scored.frame.with_columns(family=family).sort("family", maintain_order=True)
    _check(frame, name, settings)
    starts = np.flatnonzero((frame["family"] != frame["family"].shift()).fill_null(value=True))
    score = frame["score"].to_numpy()
    noise, notes = _noise(scored, frame, settings.least_noise)
    measured = Measured(score, noise, scored.chance, settings.ceiling, starts)
    logs = np.log(frame["flops"].to_numpy())
    centre = float(logs.mean())
    x = np.stack([np.ones(len(logs)), logs - centre], axis=1)
    check_columns(
        x, starts, frame["family"].unique(maintain_order=True).to_list(), "models by compute"
    )
    fit = fit_latent(measured, x, robust=settings.robust)
    if scored.benchmark.chance is None:
        notes.append("The score of guessing is not known; it is taken as 0.")
    if alone:
        notes.append(f"{alone} models have no family; each counts as one by itself.")
    if not fit.converged:
        notes.append("The fit still moved when it was stopped.")
    return ScoreCurve(scored, frame, measured, fit, centre, settings, tuple(notes))


def _check(frame: pl.DataFrame, name: str, settings: CurveSettings) -> None:
    families = frame["family"].n_unique()
    if frame.height > MOST_MODELS or families > MOST_FAMILIES:
        raise TooLargeError(
            f"{name}: {frame.height:,} models in {families:,} families are more than "
            f"{MOST_MODELS:,} in {MOST_FAMILIES:,}; choose fewer (--where)"
        )
    if frame.height < FEWEST_MODELS or families < FEWEST_FAMILIES:
        raise TooFewError(
            f"{name}: {frame.height} models in {families} families have a score and known compute; "
            f"a curve with an interval needs {FEWEST_MODELS} in {FEWEST_FAMILIES}"
        )
    if frame["flops"].n_unique() == 1:
        raise NotIdentifiedError(f"{name}: all models have the same compute; add others")
    top = float(frame["score"].max())  # type: ignore[arg-type]
    if top > settings.ceiling:
        raise UsageError(f"{name}: a score of {top:g} is above the ceiling {settings.ceiling:g}")


def _noise(scored: Scored, frame: pl.DataFrame, least: float) -> tuple[Array, list[str]]:
    """Take the noise of the scores, no less than scores below chance show."""
    score, noise = frame["score"].to_numpy(), frame["noise"].to_numpy()
    chance, notes = scored.chance, []
    below = score < chance
    if below.sum() >= FEWEST_BELOW:
        seen = float(np.mean((score[below] - chance) ** 2))
        phi = seen / (chance * (1.0 - chance))
        noise = np.maximum(noise, np.sqrt(phi * np.maximum(score * (1.0 - score), 0.0)))
    if scored.harness == 0.0:
        notes.append(
            f"No model was measured twice: a score is taken as known to {100 * least:g} points at "
            "best. Other prompts and harnesses may move it by more."
        )
    return np.maximum(noise, least), notes
