"""Scaling laws: fitted to runs, planned with, and put to the test."""

from theodolite.scaling.accounting import ACCOUNTINGS, Accounted, Accounting, account
from theodolite.scaling.backtest import Backtest, backtest
from theodolite.scaling.fit import fit
from theodolite.scaling.forecast import Forecast, Score
from theodolite.scaling.gain import Gain, Yardstick, gain
from theodolite.scaling.held_gain import HeldGain, held_out_gains
from theodolite.scaling.laws import LAWS, Law, LawName, law_named
from theodolite.scaling.published import PUBLISHED, PublishedLaw, published_law
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate, ScalingFit
from theodolite.scaling.validation import Recommended

__all__ = [
    "ACCOUNTINGS",
    "LAWS",
    "PUBLISHED",
    "Accounted",
    "Accounting",
    "Backtest",
    "Estimate",
    "Forecast",
    "Gain",
    "HeldGain",
    "Law",
    "LawName",
    "PublishedLaw",
    "Recipe",
    "Recommended",
    "Resampling",
    "ScalingFit",
    "Score",
    "Yardstick",
    "account",
    "backtest",
    "fit",
    "gain",
    "held_out_gains",
    "law_named",
    "published_law",
]
