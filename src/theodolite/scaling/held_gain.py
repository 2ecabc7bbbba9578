"""The compute-equivalent gain of held-out runs over the law of the others, fold by fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling.accounting import account
from theodolite.scaling.gain import Yardstick, gain
from theodolite.scaling.holdout import folds_of
from theodolite.scaling.laws import law_named

if TYPE_CHECKING:
    from theodolite.scaling.backtest import Backtest
    from theodolite.scaling.gain import Gain
    from theodolite.tables import Runs

__all__ = ["HeldGain", "held_out_gains"]


@dataclass(frozen=True)
class HeldGain:
    """The gain of one fold's held-out runs, or the reason why there is none."""

    fold: str
    gain: Gain | None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        if self.gain is None:
            return {"group": self.fold, "gain": None, "low": None, "high": None} | {
                "reason": self.reason
            }
        return {"group": self.fold, **self.gain.to_dict(), "reason": None}


def held_out_gains(
    runs: Runs, tested: Backtest, *, yardstick: Yardstick | None = None
) -> tuple[HeldGain, ...]:
    """Measure the gain of the held-out runs of each fold over the law of its other runs.

    Parameters
    ----------
    runs
        The runs that were backtested.
    tested
        Their backtest: its hold-out, and the law and objective that it shows.
    yardstick
        How the two are compared: see :func:`theodolite.scaling.gain`.

    Raises
    ------
    UsageError
        The law that was backtested discounts repeated text.
    InputError
        The losses of the two groups do not compare.
    CannotAnswerError
        In no fold is there a gain.
    """
    shown = tested.shown
    if law_named(shown.law).repeats:
        raise UsageError(f"the law {shown.law} has no compute-equivalent gain: --law chinchilla")
    recipe = tested.recipe_of(shown.objective)
    counted = account(runs, recipe.accounting)
    found: list[HeldGain] = []
    for fold in folds_of(runs, counted.flops, tested.hold_out):
        held = pl.Series(fold.held)
        try:
            got = gain(
                runs.keep(~held, f"held out: {fold.name}"),
                runs.keep(held, f"not held out: {fold.name}"),
                law=shown.law,
                recipe=recipe,
                resampling=tested.resampling,
                level=tested.level,
                yardstick=yardstick,
            )
        except CannotAnswerError as error:
            found.append(HeldGain(fold.name, None, str(error)))
        else:
            found.append(HeldGain(fold.name, got))
    if not any(one.gain for one in found):
        raise CannotAnswerError(f"no gain can be measured: {found[0].reason}")
    return tuple(found)
