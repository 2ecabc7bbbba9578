"""Scaling laws: fitted to runs, planned with, and put to the test."""

from theodolite.scaling.accounting import ACCOUNTINGS, Accounted, Accounting, account
from theodolite.scaling.backtest import Backtest, backtest
from theodolite.scaling.budgets import splits_at
from theodolite.scaling.compute_optimum import ComputeOptimum
from theodolite.scaling.downstream import (
    Decides,
    Downstream,
    Movement,
    Settings,
    Task,
    TaskForecast,
    downstream,
    named_tasks,
    task_of,
)
from theodolite.scaling.envelope import Envelope, envelope
from theodolite.scaling.explain import Explanation, explain
from theodolite.scaling.fit import fit
from theodolite.scaling.forecast import Forecast, Score
from theodolite.scaling.gain import Gain, Yardstick, gain
from theodolite.scaling.held_gain import HeldGain, held_out_gains
from theodolite.scaling.influence import Influence, Without, influence, outliers
from theodolite.scaling.isoflop import isoflop
from theodolite.scaling.isoflop_results import IsoFlop
from theodolite.scaling.laws import LAWS, Law, LawName, law_named
from theodolite.scaling.measure import Aim
from theodolite.scaling.plan import plan
from theodolite.scaling.plan_result import Plan
from theodolite.scaling.printed import Printed
from theodolite.scaling.profile import Profile, Profiles, profiles
from theodolite.scaling.published import PUBLISHED, PublishedLaw, published_law
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate, ScalingFit
from theodolite.scaling.targets import Serving, Target
from theodolite.scaling.validation import Recommended

__all__ = [
    "ACCOUNTINGS",
    "LAWS",
    "PUBLISHED",
    "Accounted",
    "Accounting",
    "Aim",
    "Backtest",
    "ComputeOptimum",
    "Decides",
    "Downstream",
    "Envelope",
    "Estimate",
    "Explanation",
    "Forecast",
    "Gain",
    "HeldGain",
    "Influence",
    "IsoFlop",
    "Law",
    "LawName",
    "Movement",
    "Plan",
    "Printed",
    "Profile",
    "Profiles",
    "PublishedLaw",
    "Recipe",
    "Recommended",
    "Resampling",
    "ScalingFit",
    "Score",
    "Serving",
    "Settings",
    "Target",
    "Task",
    "TaskForecast",
    "Without",
    "Yardstick",
    "account",
    "backtest",
    "downstream",
    "envelope",
    "explain",
    "fit",
    "gain",
    "held_out_gains",
    "influence",
    "isoflop",
    "law_named",
    "named_tasks",
    "outliers",
    "plan",
    "profiles",
    "published_law",
    "splits_at",
    "task_of",
]
