"""Win rates against a baseline, as published and with the length of answers taken out."""

from theodolite.scoring.winrate.aligned import aligned
from theodolite.scoring.winrate.categories import CategoryRates, rates_by_category
from theodolite.scoring.winrate.frozen import FrozenFit, add_models, freeze
from theodolite.scoring.winrate.joint import JointFit
from theodolite.scoring.winrate.published import published
from theodolite.scoring.winrate.published_result import PublishedWinRates
from theodolite.scoring.winrate.results import DifficultySource, WinRates

__all__ = [
    "CategoryRates",
    "DifficultySource",
    "FrozenFit",
    "JointFit",
    "PublishedWinRates",
    "WinRates",
    "add_models",
    "aligned",
    "freeze",
    "published",
    "rates_by_category",
]
