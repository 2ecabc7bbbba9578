"""Win rates against a fixed baseline, as AlpacaEval 2 gives them."""

from theodolite.scoring.winrate.aligned import aligned
from theodolite.scoring.winrate.categories import CategoryRates, rates_by_category
from theodolite.scoring.winrate.frozen import FrozenFit, add_models, freeze
from theodolite.scoring.winrate.joint import JointFit
from theodolite.scoring.winrate.results import DifficultySource, WinRates

__all__ = [
    "CategoryRates",
    "DifficultySource",
    "FrozenFit",
    "JointFit",
    "WinRates",
    "add_models",
    "aligned",
    "freeze",
    "rates_by_category",
]
