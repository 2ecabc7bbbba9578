"""Scaling laws: fitted to runs, planned with, and put to the test."""

from theodolite.scaling.accounting import ACCOUNTINGS, Accounted, Accounting, account
from theodolite.scaling.backtest import Backtest, backtest
from theodolite.scaling.budgets import splits_at
from theodolite.scaling.compute_optimum import ComputeOptimum
from theodolite.scaling.datasets import (
    Datasets,
    Difference,
    Evaluations,
    Sets,
    datasets,
    evaluations,
    explain_difference,
    explain_sets,
    nearest_pairs,
)
from theodolite.scaling.downstream import (
    Decides,
    Downstream,
    DownstreamSettings,
    Movement,
    Task,
    TaskForecast,
    downstream,
    named_tasks,
    task_of,
)
from theodolite.scaling.efficiency import (
    CurveSettings,
    Efficiency,
    ScoreCurve,
    Versus,
    efficiency,
    versus,
)
from theodolite.scaling.envelope import Envelope, envelope
from theodolite.scaling.explain import Explanation, explain
from theodolite.scaling.fit import fit
from theodolite.scaling.floor import Comparison, Floor, Form, Forms, floor
from theodolite.scaling.forecast import Forecast, Score
from theodolite.scaling.gain import Gain, Yardstick, gain
from theodolite.scaling.held_gain import HeldGain, held_out_gains
from theodolite.scaling.influence import Influence, Without, influence, outliers
from theodolite.scaling.isoflop import isoflop
from theodolite.scaling.isoflop_results import IsoFlop
from theodolite.scaling.laws import LAWS, Law, LawName, law_named
from theodolite.scaling.measure import Aim
from theodolite.scaling.observational import (
    Observational,
    ObservationalSettings,
    TargetForecast,
    observational,
)
from theodolite.scaling.plan import plan
from theodolite.scaling.plan_result import Plan
from theodolite.scaling.printed import Printed
from theodolite.scaling.profile import Profile, Profiles, profiles
from theodolite.scaling.published import PUBLISHED, PublishedLaw, published_law
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate, ScalingFit
from theodolite.scaling.saturation import Saturation, ScoreSaturation, saturation, score_saturation
from theodolite.scaling.targets import Serving, Target
from theodolite.scaling.trend import CHINCHILLA, trend
from theodolite.scaling.trends.measure import Measure
from theodolite.scaling.trends.result import Trend
from theodolite.scaling.validation import Recommended

__all__ = [
    "ACCOUNTINGS",
    "CHINCHILLA",
    "LAWS",
    "PUBLISHED",
    "Accounted",
    "Accounting",
    "Aim",
    "Backtest",
    "Comparison",
    "ComputeOptimum",
    "CurveSettings",
    "Datasets",
    "Decides",
    "Difference",
    "Downstream",
    "DownstreamSettings",
    "Efficiency",
    "Envelope",
    "Estimate",
    "Evaluations",
    "Explanation",
    "Floor",
    "Forecast",
    "Form",
    "Forms",
    "Gain",
    "HeldGain",
    "Influence",
    "IsoFlop",
    "Law",
    "LawName",
    "Measure",
    "Movement",
    "Observational",
    "ObservationalSettings",
    "Plan",
    "Printed",
    "Profile",
    "Profiles",
    "PublishedLaw",
    "Recipe",
    "Recommended",
    "Resampling",
    "Saturation",
    "ScalingFit",
    "Score",
    "ScoreCurve",
    "ScoreSaturation",
    "Serving",
    "Sets",
    "Target",
    "TargetForecast",
    "Task",
    "TaskForecast",
    "Trend",
    "Versus",
    "Without",
    "Yardstick",
    "account",
    "backtest",
    "datasets",
    "downstream",
    "efficiency",
    "envelope",
    "evaluations",
    "explain",
    "explain_difference",
    "explain_sets",
    "fit",
    "floor",
    "gain",
    "held_out_gains",
    "influence",
    "isoflop",
    "law_named",
    "named_tasks",
    "nearest_pairs",
    "observational",
    "outliers",
    "plan",
    "profiles",
    "published_law",
    "saturation",
    "score_saturation",
    "splits_at",
    "task_of",
    "trend",
    "versus",
]
