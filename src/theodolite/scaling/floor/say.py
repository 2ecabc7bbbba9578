"""What a floor says in words: the verdict, what would decide, what a reader must know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from theodolite.scaling.floor.decide import Decides, designs_of, goal_of
from theodolite.scaling.floor.differences import ABOVE, BELOW, OPEN
from theodolite.scaling.published import PublishedLaw
from theodolite.scaling.result import FEW_AT_ZERO, ScalingFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from theodolite.scaling.floor.differences import Observation, Verdict
    from theodolite.scaling.floor.forms import Form
    from theodolite.scaling.floor.result import Floor
    from theodolite.scaling.floor.units import Reference
    from theodolite.scaling.result import Estimate

    Array = NDArray[np.float64]

__all__ = ["decides_of", "notes_of", "verdict_of", "words_of"]


def verdict_of(observed: pl.DataFrame) -> Verdict:
    """Return the answer over all losses."""
    found = observed["verdict"]
    if (found == BELOW).any():
        return BELOW
    return ABOVE if (found == ABOVE).all() else OPEN


def words_of(found: Floor) -> str:
    """Say which losses are below, and by what."""
    m, low = len(found.observed), found.observed.row(int(found.observed["loss"].arg_min() or 0),
                                                     named=True)  # fmt: skip
    ends = (
        f"E is {found.floor.estimate:.3f} [{found.floor.low:.3f}, {found.floor.high:.3f}] "
        f"{found.unit}"
    )
    which = "it" if m == 1 else f"the lowest, {low['loss']:.3f},"
    apart = (
        f"{which} differs from E by {low['difference']:+.3f} "
        f"[{low['low']:+.3f}, {low['high']:+.3f}]"
    )
    below, open_ = found.count(BELOW), found.count(OPEN)
    what = "the observed loss is" if m == 1 else f"all {m} observed losses are"
    if found.verdict == BELOW:
        head = f"{_some(below, m)} below the floor"
    elif found.verdict == ABOVE:
        head = f"{what[0].upper()}{what[1:]} above the floor"
    else:
        head = f"Of {_some(open_, m, bare=True)} it cannot be told"
    tail = {"rounding": " The interval is of the printed digits alone: no sampling error of this E "
            "was published.", "forms": f" By all {len(found.counted)} forms that the runs do not "
            "speak against."}.get(found.interval_of, "")  # fmt: skip
    return f"{head}: {ends}; {apart}.{tail}"


def _some(count: int, total: int, *, bare: bool = False) -> str:
    if total == 1:
        return "the observed loss" if bare else "The observed loss lies"
    verb = "" if bare else " lies" if count == 1 else " lie"
    return f"{count} of {total} observed losses{verb}"


def decides_of(
    forms: Sequence[Form],
    sampling: Estimate,
    observed: pl.DataFrame,
    seen: Observation,
    noise: Array | None,
) -> Decides:
    """Say what would decide about the lowest loss that is open, or the lowest of all."""
    undecided = observed.with_row_index("at").filter(observed["verdict"] == OPEN)
    rows = undecided if len(undecided) else observed.with_row_index("at")
    row = rows.sort("loss").row(0, named=True)
    first = forms[0].fit
    if first is None:
        return Decides(_published_words(row["verdict"]), row["run"])
    half = (sampling.high - sampling.low) / 2.0
    own = _noise_width(row["at"], seen, noise, first)
    goal = goal_of(row["difference"], own) if len(undecided) else None
    designs = designs_of(first, forms, half, goal)
    decides = Decides("", row["run"], goal, half, designs)
    return Decides(_words(decides, forms, row, own), row["run"], goal, half,
                   designs)  # fmt: skip


def _published_words(verdict: Verdict) -> str:
    if verdict == OPEN:
        return "Another rounding of the printed E, or its standard error, leaves it open."
    return (
        "A published number holds no more than this: the runs behind it would give E's sampling "
        "error, and its form's."
    )


def _words(decides: Decides, forms: Sequence[Form], row: dict[str, Any], own: float) -> str:
    ten = next((d for d in decides.designs if d.flops and "10 times" in d.words), None)
    after = ""
    if ten is not None and decides.half_width is not None:
        width = float(ten.curve.filter(ten.curve["runs"] == 10)["half_width"][0])  # noqa: PLR2004
        after = (
            f" Half the width of E's interval is {decides.half_width:.3f}; ten runs at ten times "
            f"the largest compute would leave {width:.3f}."
        )
    if row["verdict"] != OPEN:
        return f"Nothing is open at this level.{after}"
    run, gap = decides.run, abs(row["difference"])
    if decides.goal is None:
        return (
            f"{run} is {gap:.3f} from E, and its own noise reaches {own:.3f}: no runs of the "
            f"reference decide, a better measured loss (more text, more seeds) would.{after}"
        )
    if decides.half_width is not None and decides.half_width <= decides.goal:
        return (
            f"{run} is {gap:.3f} from E, outside E's interval: it stays open for the adjustment "
            f"over all observed losses, or for the forms that count. Fewer observed losses would "
            f"decide, or runs that tell these forms apart.{_apart(decides, forms)}{after}"
        )
    needed = [d for d in decides.designs if d.runs is not None]
    parts = [f"{d.runs:,} {'run' if d.runs == 1 else 'runs'} {d.words}" if d.flops
             else f"{d.runs:,} more like them" for d in needed]  # fmt: skip
    how = ", or ".join(parts) if parts else "more than 1,000 runs of any kind that was tried"
    return (
        f"{run} is {gap:.3f} from E: half its interval must shrink from "
        f"{decides.half_width:.3f} to {decides.goal:.3f}. If {forms[0].law} holds, that takes "
        f"{how}.{_apart(decides, forms)}{after}"
    )


def _apart(decides: Decides, forms: Sequence[Form]) -> str:
    laws = {form.law for form in forms if form.counted}
    if len(laws) < 2:  # noqa: PLR2004
        return ""
    told = [d for d in decides.designs if d.apart is not None]
    if not told:
        return " The laws that count disagree about E, and no runs that were tried tell them apart."
    best = min(told, key=lambda d: (d.apart or 0, d.flops or 0.0))
    return f" Which law holds would take about {best.apart:,} {best.words} to tell."


def _noise_width(at: int, seen: Observation, noise: Array | None, first: ScalingFit) -> float:
    """Return the half-width of a loss's own noise at the level."""
    share = 0.5 + first.level / 2.0
    if seen.error is not None:
        return float(ndtri(share) * seen.error[at])
    if noise is None:
        return 0.0
    low, high = np.quantile(noise, [1.0 - share, share])
    scale = float(seen.loss[at]) if first.recipe.scale == "log" else 1.0
    return float(high - low) / 2.0 * scale


def notes_of(
    forms: Sequence[Form], trust: Sequence[str], source: Reference, *, noise: bool
) -> tuple[str, ...]:
    """Say what a reader must know."""
    out = list(trust)
    if isinstance(source, PublishedLaw):
        if source.floor_se is None:
            out.append(
                f"The interval is what rounds to the printed E ({source.values[0]:.6g}): the "
                "sampling error was not published, and a verdict leaves it out."
            )
        else:
            out.append(
                "The standard error is of the one form that was fitted: how far E depends on it is "
                "not in the interval."
            )
        if not noise:
            out.append("The observed losses are taken as exact (give their standard errors).")
        return tuple(out)
    first = forms[0]
    if first.reason:
        out.append(f"The runs speak against the law that was asked for: {first.reason}.")
    zero = first.zero_share or 0.0
    if first.floor is not None and first.floor.estimate <= 0.0:
        out.append("The fit has E = 0: these runs show no floor, and no loss can lie below it.")
    elif zero > FEW_AT_ZERO:
        out.append(
            f"{zero:.0%} of the draws have E = 0, no floor at all: these runs hardly show one, and "
            "no loss can be below it with certainty."
        )
    counted = [f.floor.estimate for f in forms if f.counted and f.floor is not None]
    if len(counted) > 1:
        out.append(
            f"E ranges from {min(counted):.3f} to {max(counted):.3f} over the {len(counted)} forms "
            "that count; a law that bends otherwise beyond the runs is none of them."
        )
    return (*out, *(first.fit.notes if first.fit is not None else ()))
