"""What style does to votes: coefficients, premiums, and another model's style.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
gamma     coefficients of the covariates, (F,)
z         covariates of a vote, from the side of the first model
p         the style of each model: least squares of z on p_i - p_j, centred, (K, F)
theta_0   strengths without covariates; theta with them
========  ==================================================================================

- premium of a model: theta_0 - theta, from one stacked sandwich of both fits
- points that go with a model's style: p' gamma; that go with adopting another's: the difference

All of it is association: nobody gave the same answers two styles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.errors import UsageError, shorten
from theodolite.ratings.arrays import clusters_within
from theodolite.ratings.board import two_sided
from theodolite.ratings.results import Scale
from theodolite.stats import VoteModel, cluster_meat, inverse_information, maximise, profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.ratings.solve import Solution

    Floats = NDArray[np.float64]

__all__ = ["Estimate", "StyleFit", "style_fit"]


@dataclass(frozen=True)
class Estimate:
    """A number with its pointwise interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class StyleFit:
    """The style part of a fit.

    Attributes
    ----------
    features, standardized
        What was held fixed; see :class:`Style`.
    coefficients
        ``feature``, ``coefficient``, ``low``, ``high`` (log-odds for a covariate of 1), ``points``
        (the same in rating points) and ``vif`` (how much the other features inflate its variance).
    condition
        The condition number of the covariates once models are accounted for; beyond 30 the single
        coefficients mean little.
    models
        ``model``, ``premium``, ``low``, ``high`` (rating without covariates less rating with, in
        points), ``style``, ``style_low``, ``style_high`` (points that go with the model's style,
        against the average style). ``null`` for models without a finite estimate.
    names
        The models, as in the board.
    profile
        p, (K, F); ``nan`` for models without a finite estimate.
    gamma, covariance
        The coefficients and their covariance, (F,) and (F, F).
    level
        Of the intervals.
    """

    features: tuple[str, ...]
    standardized: bool
    coefficients: pl.DataFrame
    condition: float
    models: pl.DataFrame
    names: tuple[str, ...]
    profile: Floats
    gamma: Floats
    covariance: Floats
    level: float

    def adopting(self, model: str, other: str) -> Estimate:
        """Give the points that go with one model's adopting another's style.

        An association: p' gamma of the other less that of the model, given the styles seen.

        Raises
        ------
        UsageError
            A model is not on the board, or has no finite estimate.
        """
        at = []
        for name in (model, other):
            if name not in self.names or np.isnan(self.profile[self.names.index(name)]).any():
                raise UsageError(f"{shorten(name)} is not among the rated models")
            at.append(self.names.index(name))
        change = _in_points((self.profile[at[1]] - self.profile[at[0]])[None], self)
        return Estimate(*(float(value.item()) for value in change))

    def adoption(self) -> pl.DataFrame:
        """Give it for every pair: ``model``, ``style_of``, ``points``, ``low``, ``high``."""
        rated = np.flatnonzero(~np.isnan(self.profile).any(axis=1))
        one, two = (side.ravel() for side in np.meshgrid(rated, rated, indexing="ij"))
        one, two = one[one != two], two[one != two]
        change = _in_points(self.profile[two] - self.profile[one], self)
        names = pl.Series(self.names)
        return pl.DataFrame(
            {"model": names.gather(one), "style_of": names.gather(two)}
            | dict(zip(("points", "low", "high"), change, strict=True))
        )

    def with_ends(self, low: Floats, high: Floats) -> StyleFit:
        """Replace the ends of the coefficients' intervals, by those of a bootstrap."""
        ends = (pl.Series("low", low), pl.Series("high", high))
        return replace(self, coefficients=self.coefficients.with_columns(*ends))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON; ``style`` holds the coefficients."""
        return {
            "style": self.coefficients.to_dicts(),
            "style_models": self.models.to_dicts(),
            "style_condition": self.condition,
            "style_standardized": self.standardized,
        }


def _in_points(styles: Floats, fit: StyleFit) -> tuple[Floats, Floats, Floats]:
    """Give styles' gamma in points with both ends, (N,) each; styles are taken as given."""
    points = Scale().points
    error = np.sqrt(np.einsum("nf,fg,ng->n", styles, fit.covariance, styles))
    estimate: Floats = styles @ fit.gamma * points
    half = two_sided(fit.level) * error * points
    return estimate, estimate - half, estimate + half


def style_fit(solution: Solution, covariance: Floats, *, level: float) -> StyleFit:
    """Describe what style does in a fit with covariates.

    Parameters
    ----------
    solution
        The fit; its likelihood is vote by vote.
    covariance
        Its sandwich, (C + E + F, C + E + F).
    level
        Of the pointwise intervals.
    """
    model, style = solution.likelihood, solution.spec.style
    assert isinstance(model, VoteModel)  # noqa: S101
    assert style is not None  # noqa: S101
    f, z = model.n_covariates, two_sided(level)
    gamma, spread = solution.found.x[-f:], covariance[-f:, -f:]
    error, points = np.sqrt(np.diag(spread)), Scale().points
    told = solution.told
    assert told is not None  # noqa: S101
    names = solution.evidence.models
    styles = np.full((len(names), f), np.nan)
    styles[solution.core] = profile(model.rows, model.base.table)
    fit = StyleFit(
        features=style.features,
        standardized=style.standardized,
        coefficients=pl.DataFrame(
            {
                "feature": style.features,
                "coefficient": gamma,
                "low": gamma - z * error,
                "high": gamma + z * error,
                "points": gamma * points,
                "vif": told.vif,
            }
        ),
        condition=told.condition,
        models=pl.DataFrame({"model": names}),
        names=names,
        profile=styles,
        gamma=gamma,
        covariance=spread,
        level=level,
    )
    return replace(fit, models=_by_model(fit, *_premiums(solution, covariance)))


def _by_model(fit: StyleFit, premium: Floats, error: Floats) -> pl.DataFrame:
    half, own = two_sided(fit.level) * error, _in_points(fit.profile, fit)
    columns = {
        "premium": premium,
        "low": premium - half,
        "high": premium + half,
        "style": own[0],
        "style_low": own[1],
        "style_high": own[2],
    }
    values = {name: pl.Series(column).fill_nan(None) for name, column in columns.items()}
    return pl.DataFrame({"model": fit.names} | values).sort(
        "premium", descending=True, nulls_last=True
    )


def _premiums(solution: Solution, covariance: Floats) -> tuple[Floats, Floats]:
    """Return rating without covariates less rating with, and its standard error, (K,) each."""
    model = solution.likelihood
    assert isinstance(model, VoteModel)  # noqa: S101
    c, everyone = model.n_models, [np.arange(model.n_models)]
    found = maximise(model.base, groups=everyone)
    inverse = inverse_information(found.information, everyone)
    column = solution.spec.cluster
    if column is None:
        own, cross = model.base.meat(found.x), model.base_meat(found.x, solution.found.x)
    else:
        plain = VoteModel(model.base, model.rows.without_style()).scores(found.x)
        clusters = clusters_within(solution.votes, column, model.rows.position)
        own = cluster_meat(plain, plain, clusters)
        cross = cluster_meat(plain, model.scores(solution.found.x), clusters)
    spread = inverse @ own @ inverse, covariance, -2.0 * inverse @ cross @ solution.inverse
    variance = sum(np.diag(part)[:c] for part in spread)
    premium, error = np.full((2, len(solution.evidence.models)), np.nan)
    premium[solution.core] = found.x[:c] - solution.found.x[:c]
    error[solution.core] = np.sqrt(np.maximum(variance, 0.0))
    return premium * Scale().points, error * Scale().points
