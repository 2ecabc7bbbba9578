"""Whether small models are saturated: by their losses, and by benchmark scores."""

from theodolite.scaling.saturation.falling import saturation
from theodolite.scaling.saturation.result import Saturation
from theodolite.scaling.saturation.score_result import ScoreSaturation, TwoModels
from theodolite.scaling.saturation.scores import score_saturation

__all__ = ["Saturation", "ScoreSaturation", "TwoModels", "saturation", "score_saturation"]
