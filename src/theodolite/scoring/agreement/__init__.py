"""How far benchmarks agree with people."""

from theodolite.scoring.agreement.compare import agree
from theodolite.scoring.agreement.line import SURE, Sure
from theodolite.scoring.agreement.names import matched
from theodolite.scoring.agreement.reach import Reach
from theodolite.scoring.agreement.result import Agreement, Agreements, MatchedNames
from theodolite.scoring.agreement.sides import (
    from_gradings,
    from_judgments,
    from_preferences,
    from_scores,
)

__all__ = [
    "SURE",
    "Agreement",
    "Agreements",
    "MatchedNames",
    "Reach",
    "Sure",
    "agree",
    "from_gradings",
    "from_judgments",
    "from_preferences",
    "from_scores",
    "matched",
]
