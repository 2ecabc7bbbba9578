"""Whether small models are saturated: by their losses, and by benchmark scores."""

from theodolite.scaling.saturation.falling import saturation
from theodolite.scaling.saturation.result import Saturation

__all__ = ["Saturation", "saturation"]
