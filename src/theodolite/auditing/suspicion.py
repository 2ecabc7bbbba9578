r"""The probability that an item is broken, given what the rules found and how models answered.

======== ====================================================================
symbol   meaning
======== ====================================================================
f_r      whether rule r found something in the item
n_s      findings of severity s in the item (error, warning, note)
alpha    log-odds of an item without findings
beta_s   what a finding of severity s adds, for any rule
gamma_r  what rule r adds to that: N(0, 1) before any label is seen
x_k      feature k of the responses, where models answered
delta_k  what a unit of it adds
======== ====================================================================

logit P(broken) = alpha + sum of beta_s n_s + sum of gamma_r f_r + sum of delta_k x_k. A rule that
rarely fires is thus drawn to the other rules of its severity, and a rule that never fired takes
their weight. Items that no model answered have a model of their own, without x.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from theodolite.auditing.assessment import errors_of
from theodolite.auditing.rule import INDEX
from theodolite.errors import TooFewError, UsageError
from theodolite.stats import calibration_slope, logistic, sigmoid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from theodolite.auditing.lint import Lint
    from theodolite.tables import Items

    Floats = NDArray[np.float64]

__all__ = ["Calibration", "SuspicionModel", "calibrate", "fit_suspicion"]

SEVERITIES = ("error", "warning", "note")
# Of the priors: nearly flat for a severity or a feature, sd 1 for what a rule adds to its severity.
WEAK_PRECISION = 0.1
RULE_PRECISION = 1.0
FEWEST_GROUPS = 2


@dataclass(frozen=True)
class SuspicionModel:
    """Weights that turn findings into a probability.

    Attributes
    ----------
    intercept, severities, rules
        alpha, beta and gamma of the module's equation, in log-odds.
    items, errors
        How many labelled items they were fitted to, and how many of those were errors.
    fitted_on
        The benchmark of those items. On another one the probability is uncalibrated.
    features
        delta, by the name of the feature; empty in a model of findings alone.
    """

    intercept: float
    severities: Mapping[str, float]
    rules: Mapping[str, float]
    items: int
    errors: int
    fitted_on: str
    features: Mapping[str, float] = field(default_factory=dict)

    def probability(
        self,
        lint: Lint,
        *,
        features: pl.DataFrame | None = None,
        base_rate: float | None = None,
    ) -> Floats:
        """Give each item's probability of being broken, in the order of the items.

        Parameters
        ----------
        lint
            What the rules found.
        features
            The features of the responses, one row an item, where the model has weights for them.
        base_rate
            The share of broken items in this benchmark, where it is another than in the labelled
            items: the log-odds are moved by the difference of the two rates' log-odds.

        Raises
        ------
        UsageError
            The base rate is not between 0 and 1, or the features are not the model's.
        """
        have = () if features is None else tuple(features.columns)
        if set(have) != set(self.features):
            raise UsageError(
                f"the suspicion needs the features {', '.join(self.features) or 'none'}, "
                f"not {', '.join(have) or 'none'}"
            )
        shift = 0.0
        if base_rate is not None:
            if not 0.0 < base_rate < 1.0:
                raise UsageError(f"a base rate lies between 0 and 1, not at {base_rate:g}")
            shift = _logit(base_rate) - _logit(self.errors / self.items)
        weights = [self.severities[name] for name in SEVERITIES]
        weights += [self.rules.get(rule.id, 0.0) for rule in lint.rules]
        weights += [self.features[name] for name in have]
        return sigmoid(self.intercept + shift + _design(lint, features)[:, 1:] @ np.array(weights))

    def to_dict(self) -> dict[str, Any]:
        """Give all as plain values, from which :meth:`from_dict` makes the same model."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SuspicionModel:
        """Make a model of what :meth:`to_dict` gave."""
        return cls(**values)


@dataclass(frozen=True)
class Calibration:
    """How far the probability holds for subjects that it was not fitted to.

    Attributes
    ----------
    slope, standard_error
        Of the outcome's log-odds on the predicted log-odds: 1 where the probability is neither
        too bold nor too timid.
    brier, brier_base
        Mean squared error of the probability, and of the base rate alone.
    probability
        Each item's, from a model fitted without the item's group.
    """

    slope: float
    standard_error: float
    brier: float
    brier_base: float
    probability: Floats


def fit_suspicion(
    lint: Lint,
    items: Items,
    labels: str,
    *,
    fitted_on: str,
    features: pl.DataFrame | None = None,
) -> SuspicionModel:
    """Fit the weights to labelled items.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items, labels
        The items, and the column of them that says which are broken.
    fitted_on
        What to call them.
    features
        The features of the responses, one row an item; left out for findings alone.

    Raises
    ------
    InputError
        A label is unknown.
    TooFewError
        No item is broken.
    """
    wrong = errors_of(items, labels)
    beta = _fit(_design(lint, features), wrong, len(lint.rules))
    names = [*SEVERITIES, *(rule.id for rule in lint.rules)]
    names += [] if features is None else features.columns
    weight = dict(zip(names, map(float, beta[1:]), strict=True))
    return SuspicionModel(
        intercept=float(beta[0]),
        severities={name: weight[name] for name in SEVERITIES},
        rules={rule.id: weight[rule.id] for rule in lint.rules},
        items=len(items),
        errors=int(wrong.sum()),
        fitted_on=fitted_on,
        features={} if features is None else {name: weight[name] for name in features.columns},
    )


def calibrate(
    lint: Lint,
    items: Items,
    labels: str,
    *,
    features: pl.DataFrame | None = None,
    group: str = "subject",
) -> Calibration:
    """Predict each group of items by the others, and compare with the labels.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items, labels
        The items, and the column of them that says which are broken.
    features
        The features of the responses, one row an item; left out for findings alone.
    group
        The column whose values are left out one at a time.

    Raises
    ------
    TooFewError
        There are fewer than two groups, or no item is broken outside one of them.
    """
    wrong = errors_of(items, labels)
    groups = items.frame.get_column(group).rank("dense").to_numpy() - 1
    n_groups = int(groups.max()) + 1
    if n_groups < FEWEST_GROUPS:
        raise TooFewError(f"one {group} alone cannot be predicted by the others")
    design = _design(lint, features)
    n_rules = len(lint.rules)
    probability = np.empty(len(wrong))
    for g in range(n_groups):
        held = groups == g
        if not wrong[~held].any():
            raise TooFewError(f"no item is broken outside one {group}")
        probability[held] = sigmoid(design[held] @ _fit(design[~held], wrong[~held], n_rules))
    slope, error = calibration_slope(probability, wrong)
    brier = float(np.mean((probability - wrong) ** 2))
    rate = wrong.mean()
    return Calibration(slope, error, brier, float(rate * (1.0 - rate)), probability)


def _design(lint: Lint, features: pl.DataFrame | None = None) -> Floats:
    """Return a constant, counts by severity, whether each rule found something, the features."""
    column = {rule.id: i for i, rule in enumerate(lint.rules)}
    found = np.zeros((lint.items.height, len(column)))
    rows = lint.findings.get_column(INDEX).to_numpy()
    columns = (
        lint.findings.get_column("rule").replace_strict(column, return_dtype=pl.Int64).to_numpy()
    )
    found[rows, columns] = 1.0
    is_of = np.array([[r.severity == s for s in SEVERITIES] for r in lint.rules], float)
    parts = [np.ones((len(found), 1)), found @ is_of.reshape(-1, len(SEVERITIES)), found]
    return np.hstack(parts if features is None else [*parts, features.to_numpy().astype(float)])


def _fit(design: Floats, wrong: Floats, n_rules: int) -> Floats:
    precision = np.full(design.shape[1], WEAK_PRECISION)
    precision[0] = 0.0
    first = 1 + len(SEVERITIES)
    precision[first : first + n_rules] = RULE_PRECISION
    # Few patterns of findings occur: fit each once, with its count as the weight.
    patterns, which, counts = np.unique(design, axis=0, return_inverse=True, return_counts=True)
    share = np.bincount(which.ravel(), weights=wrong) / counts
    return logistic(patterns, share, counts.astype(float), precision)


def _logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))
