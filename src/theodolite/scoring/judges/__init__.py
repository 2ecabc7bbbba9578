"""How far judges can be trusted: biases, consistency, agreement, and a jury of them."""

from theodolite.scoring.judges.assess import JudgeOptions, assess_judges
from theodolite.scoring.judges.panel import PEOPLE
from theodolite.scoring.judges.results import (
    BIASED,
    BIASES,
    NOT_BIASED,
    UNTOLD,
    Agreement,
    Bias,
    Concord,
    Consistency,
    Interval,
    JudgeReport,
    OneJudge,
    People,
)

__all__ = [
    "BIASED",
    "BIASES",
    "NOT_BIASED",
    "PEOPLE",
    "UNTOLD",
    "Agreement",
    "Bias",
    "Concord",
    "Consistency",
    "Interval",
    "JudgeOptions",
    "JudgeReport",
    "OneJudge",
    "People",
    "assess_judges",
]
