"""Win rates against a baseline, as published and with the length of answers taken out."""

from theodolite.scoring.winrate.published import published
from theodolite.scoring.winrate.published_result import PublishedWinRates

__all__ = ["PublishedWinRates", "published"]
