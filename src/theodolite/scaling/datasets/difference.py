r"""Which part of a difference in loss is size, tokens or data.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
a, b      two runs, or the runs of two sets; the difference is b less a
F(N,D,k)  the log loss by the law of set k; l the observed log loss
v(S)      F with the size, the tokens and the set as in b where in S, else as in a
x(S)      log of the compute, over run a's own, at which the law of a's set reaches v(S) at a's
          tokens per parameter
========  ==================================================================================

Two runs: size, tokens and data are the means over all six orders in which a's could be changed
into b's (Shapley); each has a range over the orders. The rest is the difference of residuals. They
sum to l_b - l_a exactly, in every draw too.

Two groups of runs: the means of F over the runs of a and of b, each by the law of a's and of b's
set, give the mix of size and tokens (mean of the change of mix under both laws) and the data (mean
of the change of law over both mixes), after Oaxaca and Blinder. The mix is divided into size and
tokens over all pairs of runs: the same mix on both sides leaves 0 for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from theodolite.errors import UsageError, shorten
from theodolite.scaling.allocation import split_of
from theodolite.scaling.datasets.multiplier import widen
from theodolite.scaling.gain import solve_factor
from theodolite.stats.draws import bias_corrected
from theodolite.stats.shapley import contributions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from theodolite.scaling.allocation import Split
    from theodolite.scaling.datasets.fits import FormFit
    from theodolite.scaling.datasets.forms import FormName
    from theodolite.scaling.datasets.result import Datasets

    Array = NDArray[np.float64]
    Rows = NDArray[np.intp]

__all__ = ["FACTORS", "Difference", "explain_difference", "explain_sets", "nearest_pairs"]

FACTORS = ("size", "tokens", "data")
MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class Difference:
    """A difference in loss and its parts.

    Attributes
    ----------
    a, b
        What was compared: two runs, or two sets.
    of
        ``runs`` or ``sets``.
    form
        The form of the law that it was explained by.
    total
        The observed difference of log losses, b less a (of their means).
    parts
        One row a part (``size``, ``tokens``, ``data``, ``rest``): ``log_loss``, ``low``, ``high``
        (b less a: below 0 where b is better for it); ``loss`` with ``loss_low`` and
        ``loss_high``, in the unit of the losses; for two runs ``least`` and ``most``
        (of ``log_loss``, over the orders of change), and ``compute`` with ``compute_low`` and
        ``compute_high``: the factor of compute by the law of a's set that changes the loss as
        much, above 1 where b is better; infinite where none does.
    """

    a: str
    b: str
    of: Literal["runs", "sets"]
    form: FormName
    total: float
    parts: pl.DataFrame

    def part(self, name: str) -> dict[str, Any]:
        """Return one part."""
        return self.parts.row(by_predicate=pl.col("part") == name, named=True)

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "of": self.of,
            "form": self.form,
            "total": self.total,
            "parts": [_nested(row) for row in self.parts.to_dicts()],
        }


def explain_difference(found: Datasets, a: str, b: str) -> Difference:
    """Divide the difference in loss between two runs into size, tokens, data and the rest.

    Parameters
    ----------
    found
        The comparison of the sets: its form that was taken (``tokens`` where that was ``shared``).
    a, b
        The runs, by their ids (``row 3`` for the third row of a table without).

    Raises
    ------
    UsageError
        There is no such run, or both are the same.

    References
    ----------
    A. F. Shorrocks (2013), Journal of Economic Inequality 11, 99-126.
    doi:10.1007/s10888-011-9214-z
    """
    first, second = _row(found, a), _row(found, b)
    if first == second:
        raise UsageError(f"--compare needs two runs, not {shorten(a)} twice")
    law = _Laws(found)
    logs = _corners(law, first, second)
    observed = np.log(found.setting.runs.loss[[first, second]])
    total = float(observed[1] - observed[0])
    mean, least, most = contributions(logs)
    parts = _with_rest(mean, total)
    change = float(np.diff(found.setting.runs.loss[[first, second]])[0])
    losses = _with_rest(contributions(np.exp(logs))[0], change)
    compute = _compute(law, first, logs, observed)
    columns = {
        **_columns(law, "log_loss", parts, ("low", "high")),
        **_columns(law, "loss", losses, ("loss_low", "loss_high")),
        "least": [*least[:, 0], None],
        "most": [*most[:, 0], None],
        **_columns(law, "compute", compute, ("compute_low", "compute_high"), exp=True),
    }
    frame = pl.DataFrame({"part": [*FACTORS, "rest"], **columns})
    return Difference(a, b, "runs", law.fitted.name, total, frame)


def explain_sets(found: Datasets, a: str, b: str) -> Difference:
    """Divide the difference of the mean losses of two sets into their mix of runs and the data.

    Parameters
    ----------
    found
        The comparison of the sets.
    a, b
        The sets.

    Raises
    ------
    UsageError
        There is no such set.

    References
    ----------
    R. Oaxaca (1973), International Economic Review 14, 693-709. doi:10.2307/2525981
    """
    names = found.names
    for name in (a, b):
        if name not in names:
            raise UsageError(f"there is no set {shorten(name)}: {', '.join(names)}")
    law, runs = _Laws(found), found.setting.runs
    codes = (names.index(a), names.index(b))
    rows = tuple(np.flatnonzero(runs.codes == code) for code in codes)

    def shares(change: Callable[[Array], Array]) -> Array:
        seen = [float(change(np.log(runs.loss[part])).mean()) for part in rows]
        return _with_rest(_mix(law, rows, codes, change), seen[1] - seen[0])

    logs, losses = shares(lambda x: x), shares(np.exp)
    columns = {
        **_columns(law, "log_loss", logs, ("low", "high")),
        **_columns(law, "loss", losses, ("loss_low", "loss_high")),
    }
    frame = pl.DataFrame({"part": [*FACTORS, "rest"], **columns})
    return Difference(a, b, "sets", law.fitted.name, float(logs[:, 0].sum()), frame)


def nearest_pairs(found: Datasets) -> list[tuple[str, str]]:
    """Pair the best run of each other set with the reference's run nearest in size and tokens."""
    runs = found.setting.runs
    reference = np.flatnonzero(runs.codes == 0)
    out = []
    for code in range(1, runs.k):
        own = np.flatnonzero(runs.codes == code)
        best = own[np.argmin(runs.loss[own])]
        away = np.hypot(
            runs.points.params[reference] - runs.points.params[best],
            runs.points.tokens[reference] - runs.points.tokens[best],
        )
        out.append((found.labels[reference[np.argmin(away)]], found.labels[best]))
    return out


class _Laws:
    """The law of each set: the estimate first, then the draws, spread for few runs."""

    def __init__(self, found: Datasets) -> None:
        setting = self.setting = found.setting
        self.fitted: FormFit = found.shown
        self.theta = np.concatenate([self.fitted.theta[None], self.fitted.draws])
        self.wide = widen(self.fitted, setting)
        self.splits = [self._split(code) for code in range(setting.runs.k)]

    def _split(self, code: int) -> Split:
        law, k = self.setting.law, self.setting.runs.k
        return split_of(law, self.fitted.form.of_set(law, self.theta, code, k), self.setting.centre)

    def log_loss(self, code: int, params: Array, tokens: Array) -> Array:
        """Return log losses, (R, m)."""
        out: Array = np.log(self.splits[code].loss(params, tokens))
        return out

    def ends(self, values: Array) -> tuple[Array, Array]:
        """Return the ends of intervals of (m, R) values, the estimate first."""
        estimate, draws = values[:, 0], values[:, 1:].T
        with np.errstate(invalid="ignore"):
            wider = estimate + self.wide * (draws - estimate)
        draws = np.where(np.isfinite(draws) & np.isfinite(estimate), wider, draws)
        return bias_corrected(estimate, draws, self.setting.level, corrected=False)


def _corners(law: _Laws, first: int, second: int) -> Array:
    """Return F at every combination of the two runs, (2, 2, 2, R): size, tokens, set."""
    points, codes = law.setting.runs.points, law.setting.runs.codes
    both = np.array([first, second])
    params = np.repeat(points.params[both], 2)
    tokens = np.tile(points.tokens[both], 2)
    sides = [law.log_loss(int(codes[row]), params, tokens).T for row in both]
    return np.stack(sides, axis=1).reshape(2, 2, 2, -1)


def _with_rest(parts: Array, total: float) -> Array:
    """Add what the parts leave of the observed difference, (m + 1, R)."""
    return np.concatenate([parts, total - parts.sum(axis=0, keepdims=True)])


def _compute(law: _Laws, first: int, logs: Array, observed: Array) -> Array:
    """Return the parts in logs of compute by the law of a's set, (4, R); positive is better.

    Undefined where the law of a's set reaches some loss with no compute: nan then.
    """
    runs = law.setting.runs
    split = law.splits[runs.codes[first]]
    by_params = split.log_a - split.alpha * runs.points.params[first]
    by_tokens = split.log_b - split.beta * runs.points.tokens[first]
    corners = logs.reshape(8, -1).T
    seen = np.broadcast_to(observed, (len(corners), 2))
    loss = np.exp(np.concatenate([corners, seen], axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(loss > split.floor, np.log(loss - split.floor), -np.inf)
    x = solve_factor(by_params, by_tokens, split.alpha / 2.0, split.beta / 2.0, left)
    with np.errstate(invalid="ignore"):
        parts = contributions(x[:, :8].T.reshape(2, 2, 2, -1))[0]
        rest = (x[:, 9] - x[:, 8]) - parts.sum(axis=0)
    out: Array = np.concatenate([parts, rest[None]])
    return out


def _mix(
    law: _Laws, rows: tuple[Rows, ...], codes: tuple[int, int], change: Callable[[Array], Array]
) -> Array:
    """Return size, tokens and data of the difference of two groups' means, (3, R)."""
    points = law.setting.runs.points
    a, b = rows
    own = {
        (mix, code): change(law.log_loss(code, points.params[part], points.tokens[part])).mean(1)
        for mix, part in (("a", a), ("b", b))
        for code in codes
    }
    first, second = codes
    data = sum(own[mix, second] - own[mix, first] for mix in "ab") / 2.0
    size, tokens = np.zeros_like(data), np.zeros_like(data)
    for code in codes:
        crossed = [_crossed(law, code, x, y, change) for x, y in ((b, a), (a, b))]
        # Size first and size last: mean over pairs of F(b's N, a's D) and F(a's N, b's D).
        size += (crossed[0] - own["a", code] + own["b", code] - crossed[1]) / 4.0
        tokens += (crossed[1] - own["a", code] + own["b", code] - crossed[0]) / 4.0
    return np.stack([size, tokens, data])


def _crossed(
    law: _Laws, code: int, sizes: Rows, tokens: Rows, change: Callable[[Array], Array]
) -> Array:
    """Return the mean of F over every pair of one group's sizes and another's tokens, (R,)."""
    points = law.setting.runs.points
    total = np.zeros(len(law.theta))
    seen = points.tokens[tokens]
    step = max(1, MOST_CELLS // (len(law.theta) * len(seen)))
    for at in range(0, len(sizes), step):
        own = points.params[sizes[at : at + step]]
        n, d = np.repeat(own, len(seen)), np.tile(seen, len(own))
        total += change(law.log_loss(code, n, d)).sum(axis=1)
    out: Array = total / (len(sizes) * len(seen))
    return out


def _columns(
    law: _Laws, name: str, parts: Array, ends: tuple[str, str], *, exp: bool = False
) -> dict[str, list[float | None]]:
    """Return columns of estimates and ends; none where an estimate is undefined."""
    defined = [bool(np.isfinite(row).all()) for row in parts]
    low, high = law.ends(np.where(np.array(defined)[:, None], parts, 0.0))
    with np.errstate(over="ignore", invalid="ignore"):
        sides = [np.exp(x) if exp else x for x in (parts[:, 0], low, high)]
    return {
        key: [float(x) if good else None for x, good in zip(side, defined, strict=True)]
        for key, side in zip((name, *ends), sides, strict=True)
    }


def _row(found: Datasets, label: str) -> int:
    if label not in found.labels:
        few = ", ".join(shorten(x) for x in found.labels[:5])
        raise UsageError(f"there is no run {shorten(label)}: the runs are {few} and others")
    return found.labels.index(label)


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """Put each estimate and its ends under one key."""
    out: dict[str, Any] = {"part": row["part"]}
    for name, low, high in (
        ("log_loss", "low", "high"),
        ("loss", "loss_low", "loss_high"),
        ("compute", "compute_low", "compute_high"),
    ):
        if name in row:
            out[name] = {"estimate": row[name], "low": row[low], "high": row[high]}
    if "least" in row:
        out["orders"] = {"least": row["least"], "most": row["most"]}
    return out
