"""How far judges can be trusted: biases, consistency, agreement, and a jury of them."""

from theodolite.scoring.judges.assess import JudgeOptions, assess_judges
from theodolite.scoring.judges.graders import GraderReport, OneGrader, assess_graders
from theodolite.scoring.judges.panel import PEOPLE
from theodolite.scoring.judges.results import (
    BIASED,
    BIASES,
    NOT_BIASED,
    NOT_TOGETHER,
    TOO_WIDE,
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
    "NOT_TOGETHER",
    "PEOPLE",
    "TOO_WIDE",
    "UNTOLD",
    "Agreement",
    "Bias",
    "Concord",
    "Consistency",
    "GraderReport",
    "Interval",
    "JudgeOptions",
    "JudgeReport",
    "OneGrader",
    "OneJudge",
    "People",
    "assess_graders",
    "assess_judges",
]
