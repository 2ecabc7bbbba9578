r"""The probability that an item is broken, given what the rules found.

======== ====================================================================
symbol   meaning
======== ====================================================================
f_r      whether rule r found something in the item
n_s      findings of severity s in the item (error, warning, note)
alpha    log-odds of an item without findings
beta_s   what a finding of severity s adds, for any rule
gamma_r  what rule r adds to that: N(0, 1) before any label is seen
======== ====================================================================

logit P(broken) = alpha + sum of beta_s n_s + sum of gamma_r f_r. A rule that rarely fires is thus
drawn to the other rules of its severity, and a rule that never fired takes their weight.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
# Of the priors: nearly flat for what a severity adds, sd 1 for what a rule adds to that.
SEVERITY_PRECISION = 0.1
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
    """

    intercept: float
    severities: Mapping[str, float]
    rules: Mapping[str, float]
    items: int
    errors: int
    fitted_on: str

    def probability(self, lint: Lint, *, base_rate: float | None = None) -> Floats:
        """Give each item's probability of being broken, in the order of the items.

        Parameters
        ----------
        lint
            What the rules found.
        base_rate
            The share of broken items in this benchmark, where it is another than in the labelled
            items: the log-odds are moved by the difference of the two rates' log-odds.

        Raises
        ------
        UsageError
            The base rate is not between 0 and 1.
        """
        shift = 0.0
        if base_rate is not None:
            if not 0.0 < base_rate < 1.0:
                raise UsageError(f"a base rate lies between 0 and 1, not at {base_rate:g}")
            shift = _logit(base_rate) - _logit(self.errors / self.items)
        weights = [self.severities[name] for name in SEVERITIES]
        weights += [self.rules.get(rule.id, 0.0) for rule in lint.rules]
        return sigmoid(self.intercept + shift + _design(lint)[:, 1:] @ np.array(weights))

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


def fit_suspicion(lint: Lint, items: Items, labels: str, *, fitted_on: str) -> SuspicionModel:
    """Fit the weights to labelled items.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items, labels
        The items, and the column of them that says which are broken.
    fitted_on
        What to call them.

    Raises
    ------
    InputError
        A label is unknown.
    TooFewError
        No item is broken.
    """
    wrong = errors_of(items, labels)
    design = _design(lint)
    beta = _fit(design, wrong)
    n = 1 + len(SEVERITIES)
    rules = {rule.id: float(b) for rule, b in zip(lint.rules, beta[n:], strict=True)}
    severities = dict(zip(SEVERITIES, map(float, beta[1:n]), strict=True))
    return SuspicionModel(
        float(beta[0]), severities, rules, len(items), int(wrong.sum()), fitted_on
    )


def calibrate(lint: Lint, items: Items, labels: str, *, group: str = "subject") -> Calibration:
    """Predict each group of items by the others, and compare with the labels.

    Parameters
    ----------
    lint
        What the rules found in ``items``.
    items, labels
        The items, and the column of them that says which are broken.
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
    design = _design(lint)
    probability = np.empty(len(wrong))
    for g in range(n_groups):
        held = groups == g
        if not wrong[~held].any():
            raise TooFewError(f"no item is broken outside one {group}")
        probability[held] = sigmoid(design[held] @ _fit(design[~held], wrong[~held]))
    slope, error = calibration_slope(probability, wrong)
    brier = float(np.mean((probability - wrong) ** 2))
    rate = wrong.mean()
    return Calibration(slope, error, brier, float(rate * (1.0 - rate)), probability)


def _design(lint: Lint) -> Floats:
    """Return a constant, the count of each severity, and whether each rule found something."""
    column = {rule.id: i for i, rule in enumerate(lint.rules)}
    found = np.zeros((lint.items.height, len(column)))
    rows = lint.findings.get_column(INDEX).to_numpy()
    columns = (
        lint.findings.get_column("rule").replace_strict(column, return_dtype=pl.Int64).to_numpy()
    )
    found[rows, columns] = 1.0
    is_of = np.array([[r.severity == s for s in SEVERITIES] for r in lint.rules], float)
    return np.hstack([np.ones((len(found), 1)), found @ is_of, found])


def _fit(design: Floats, wrong: Floats) -> Floats:
    precision = np.full(design.shape[1], RULE_PRECISION)
    precision[0] = 0.0
    precision[1 : 1 + len(SEVERITIES)] = SEVERITY_PRECISION
    # Few patterns of findings occur: fit each once, with its count as the weight.
    patterns, which, counts = np.unique(design, axis=0, return_inverse=True, return_counts=True)
    share = np.bincount(which.ravel(), weights=wrong) / counts
    return logistic(patterns, share, counts.astype(float), precision)


def _logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))
