"""Whether an observed loss lies below the loss that a law says no training removes."""

from theodolite.scaling.floor.decide import Decides, Design
from theodolite.scaling.floor.forms import Form, Forms
from theodolite.scaling.floor.observed import floor
from theodolite.scaling.floor.result import Floor
from theodolite.scaling.floor.units import Comparison

__all__ = ["Comparison", "Decides", "Design", "Floor", "Form", "Forms", "floor"]
