r"""Published laws, as figures with their sources.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N, D, C   parameters, tokens, training FLOPs
p         exponent of an allocation, N = N0 (C / C0)^p
========  ==================================================================================

A law with E, A, B, alpha and beta predicts losses on its own data and tokenizer; an allocation
says only how to split compute. How parameters and FLOPs were counted differs, and is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import CannotAnswerError, UsageError, shorten
from theodolite.scaling.allocation import split_of
from theodolite.scaling.laws import Centre, law_named

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from theodolite.scaling.allocation import Split
    from theodolite.scaling.laws import LawName

    Array = NDArray[np.float64]

__all__ = ["PUBLISHED", "PublishedLaw", "published_law"]


@dataclass(frozen=True)
class PublishedLaw:
    """A law that a paper printed.

    Attributes
    ----------
    name, source
        What it is called here, and where it stands.
    law, values
        The form and its parameters, in the order of :attr:`Law.parameters`; empty for an
        allocation.
    anchor
        For an allocation: C0, N0 and p of N = N0 (C / C0)^p.
    counts
        What its parameters and FLOPs count.
    data
        The text that it was fitted on.
    floor_se
        The standard error of its E, where one was published.
    """

    name: str
    source: str
    law: LawName | None = None
    values: tuple[float, ...] = ()
    anchor: tuple[float, float, float] | None = None
    counts: str = "all parameters, 6 N D"
    data: str = ""
    floor_se: float | None = None

    @property
    def split(self) -> Split | None:
        """The parts of its loss; ``None`` for an allocation."""
        if self.law is None:
            return None
        law = law_named(self.law)
        return split_of(law, law.inner(np.array([self.values]), Centre()), Centre())

    @property
    def exponent(self) -> float:
        """How the optimal parameters grow with C."""
        split = self.split
        if split is not None:
            return float(split.exponent[0])
        return self._anchor()[2]

    def optimal_params(self, flops: ArrayLike) -> Array:
        """Return the compute-optimal parameters at training FLOPs.

        Examples
        --------
        >>> law = published_law("hoffmann-approach-1")
        >>> float(law.optimal_params(5.76e23))
        67000000000.0
        """
        given = np.asarray(flops, dtype=np.float64)
        split = self.split
        if split is not None:
            return np.exp(split.optimal_params(np.log(given).reshape(1, -1))).reshape(given.shape)
        at, params, exponent = self._anchor()
        out: Array = np.asarray(params * (given / at) ** exponent)
        return out

    def _anchor(self) -> tuple[float, float, float]:
        if self.anchor is None:
            raise CannotAnswerError(f"{self.name} is neither a law nor an allocation")
        return self.anchor


# FLOPs of a petaflop/s-day, the unit of Kaplan et al.
PF_DAY = 8.64e19


def _over_training(floor: float, a: float, b: float, eta: float) -> tuple[float, ...]:
    """Turn E + (a M^eta + b M^-eta) C^-eta into E + A / N^alpha + B / D^alpha."""
    return (floor, a / 6.0**eta, b / 6.0**eta, 2.0 * eta)


GADRE = "S. Y. Gadre et al. (2024), arXiv:2403.08540, table 1 (rounded in print)"

PUBLISHED: tuple[PublishedLaw, ...] = (
    PublishedLaw(
        "hoffmann",
        "J. Hoffmann et al. (2022), arXiv:2203.15556, equation 10 (rounded in print)",
        "chinchilla",
        (1.69, 406.4, 410.7, 0.34, 0.28),
        data="MassiveText",
    ),
    PublishedLaw(
        "hoffmann-tex",
        "the TeX source of arXiv:2203.15556, as read by Besiroglu et al. (2024)",
        "chinchilla",
        (
            float(np.exp(0.5267228)),
            float(np.exp(6.0073404)),
            float(np.exp(6.0179186)),
            0.33917084,
            0.2849083,
        ),
        data="MassiveText",
    ),
    PublishedLaw(
        "besiroglu",
        "T. Besiroglu, E. Erdil, M. Barnett and J. You (2024), arXiv:2404.10102",
        "chinchilla",
        (1.81686, 482.00572, 2085.43420, 0.34781, 0.36585),
        data="MassiveText, 240 points read off a figure",
        floor_se=0.02566,
    ),
    PublishedLaw(
        "muennighoff",
        "N. Muennighoff et al. (2023), arXiv:2305.16264; huggingface/datablations, README",
        "data-constrained",
        (
            float(np.exp(0.6254804)),
            float(np.exp(6.255414)),
            float(np.exp(7.3049974)),
            0.3526596,
            0.3526596,
            5.309743,
            15.387756,
        ),
        data="C4",
    ),
    PublishedLaw(
        "gadre-c4", GADRE, "over-training", _over_training(1.51, 141.0, 190.0, 0.121), data="C4"
    ),
    PublishedLaw(
        "gadre-redpajama",
        GADRE,
        "over-training",
        _over_training(1.84, 212.0, 367.0, 0.136),
        data="RedPajama, loss on C4",
    ),
    PublishedLaw(
        "gadre-refinedweb",
        GADRE,
        "over-training",
        _over_training(1.73, 157.0, 246.0, 0.127),
        data="RefinedWeb, loss on C4",
    ),
    PublishedLaw(
        "hoffmann-approach-1",
        "J. Hoffmann et al. (2022), arXiv:2203.15556, tables 2 and 3 (envelope)",
        anchor=(5.76e23, 67e9, 0.50),
        data="MassiveText",
    ),
    PublishedLaw(
        "kaplan",
        "J. Kaplan et al. (2020), arXiv:2001.08361, table 6",
        anchor=(PF_DAY, 1.3e9, 0.73),
        counts="parameters without embeddings, smallest compute",
        data="WebText2",
    ),
    PublishedLaw(
        "deepseek",
        "DeepSeek-AI (2024), arXiv:2401.02954, equation 4",
        anchor=(1.0, 0.1715 / 6.0, 0.5243),
        counts="FLOPs a token without embeddings, attention added, over 6",
        data="DeepSeek's own",
    ),
)


def published_law(name: str) -> PublishedLaw:
    """Return the published law of that name.

    Raises
    ------
    UsageError
        There is none.
    """
    for law in PUBLISHED:
        if law.name == name:
            return law
    known = ", ".join(law.name for law in PUBLISHED)
    raise UsageError(f"a published law is one of {known}; not {shorten(name)}")
