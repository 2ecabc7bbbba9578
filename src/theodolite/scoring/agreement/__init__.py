"""How far benchmarks agree with people."""

from theodolite.scoring.agreement.base import COMPUTE, NOTHING, foretell_ratings
from theodolite.scoring.agreement.base_result import BasePrediction
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
    "COMPUTE",
    "NOTHING",
    "SURE",
    "Agreement",
    "Agreements",
    "BasePrediction",
    "MatchedNames",
    "Reach",
    "Sure",
    "agree",
    "foretell_ratings",
    "from_gradings",
    "from_judgments",
    "from_preferences",
    "from_scores",
    "matched",
]
