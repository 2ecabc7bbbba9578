r"""A line of benchmark scores in log tokens, across models of about one size.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
s_i, c    score of model i on a benchmark (mean of its measurements), and that of guessing
y_i       logit of (s_i - c) / (1 - c)
x_i       log2 of its training tokens, less the mean
v_i       variance of y_i by its noise: other settings and harnesses, and the items
tau2      variance between models of the same tokens, beyond that
========  ==================================================================================

y = a + b x + u_i + e_i with weights 1 / (v_i + tau2); b is the gain of a doubling. Intervals
are the jackknife's over families. A score less than one standard deviation of its noise above
guessing is taken as that far above: its v is large, and it hardly counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError
from theodolite.stats.group_line import fit_group_line
from theodolite.stats.left_out import LeftOut, left_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables.scored import Scored

    Array = NDArray[np.float64]

__all__ = ["FEWEST_FAMILIES", "Trend", "above_chance", "trend_of"]

FEWEST_FAMILIES = 5


@dataclass(frozen=True)
class Trend:
    """A line of one benchmark's scores in log tokens.

    Attributes
    ----------
    scores
        The models.
    logit, variance, x
        y, v and x of each.
    centre
        Mean of log2 tokens.
    line
        The fit of a and b, with and without each family.
    tau2
        Variance between models.
    cluster
        The family of each, from 0.
    """

    scores: Scored
    logit: Array
    variance: Array
    x: Array
    centre: float
    line: LeftOut
    tau2: float
    cluster: NDArray[np.intp]

    @property
    def weights(self) -> Array:
        """1 / (v + tau2)."""
        out: Array = 1.0 / (self.variance + self.tau2)
        return out

    def designs(self) -> dict[str, Array]:
        """Return the designs of no trend, a line, and a curve."""
        one = np.ones_like(self.x)
        return {
            "flat": one[:, None],
            "line": np.stack([one, self.x], axis=1),
            "curve": np.stack([one, self.x, self.x**2], axis=1),
        }


def above_chance(score: Array, noise: Array, chance: float) -> tuple[Array, Array]:
    """Return the logit of scores above chance, and its variance; see the head of the module."""
    room = 1.0 - chance
    # Where neither items nor repeats are known the noise is 0, which no weight can stand for.
    noise = np.maximum(noise, 1e-4)
    share = np.clip((score - chance) / room, noise / room, 1.0 - noise / room)
    share = np.clip(share, 1e-6, 1.0 - 1e-6)
    return np.log(share / (1.0 - share)), (noise / room / (share * (1.0 - share))) ** 2


def trend_of(scores: Scored) -> Trend:
    """Fit a line of scores in log tokens.

    Raises
    ------
    TooFewError
        There are fewer than five families, or fewer than three token counts.
    """
    frame = scores.frame
    families = frame.get_column("family").fill_null(frame["model"])
    cluster = families.rank("dense").to_numpy().astype(np.intp) - 1
    count = int(cluster.max()) + 1 if len(cluster) else 0
    if count < FEWEST_FAMILIES:
        raise TooFewError(f"{len(frame)} models of {count} families")
    tokens = np.log2(frame["tokens"].to_numpy())
    logit, variance = above_chance(
        frame["score"].to_numpy(), frame["noise"].to_numpy(), scores.chance
    )
    centre = float(tokens.mean())
    x = tokens - centre
    if len(np.unique(np.round(x, 2))) < 3:  # noqa: PLR2004
        raise TooFewError("fewer than three token counts")
    tau2 = fit_group_line(x, logit, variance).between
    design = np.stack([np.ones_like(x), x], axis=1)
    try:
        line = left_out(design, logit, 1.0 / (variance + tau2), cluster)
    except ValueError:
        raise TooFewError("one family alone holds the trend") from None
    return Trend(scores, logit, variance, x, centre, line, tau2, cluster)
