"""Win rates against a fixed baseline, as AlpacaEval 2 gives them."""

from theodolite.scoring.winrate.aligned import aligned
from theodolite.scoring.winrate.categories import CategoryRates, rates_by_category
from theodolite.scoring.winrate.joint import JointFit
from theodolite.scoring.winrate.results import DifficultySource, WinRates

__all__ = [
    "CategoryRates",
    "DifficultySource",
    "JointFit",
    "WinRates",
    "aligned",
    "rates_by_category",
]
