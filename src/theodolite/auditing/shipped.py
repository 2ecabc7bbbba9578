"""The weights that come with the package, fitted to the labels of MMLU-Redux."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from theodolite.auditing.suspicion import SuspicionModel

if TYPE_CHECKING:
    from theodolite.tables import Items

__all__ = ["ShippedModels", "shipped_models"]


@dataclass(frozen=True)
class ShippedModels:
    """The suspicion of findings alone, and that of findings and responses.

    Attributes
    ----------
    lint, responses
        The two models.
    subjects
        The subjects of the benchmark whose items they were fitted to.
    """

    lint: SuspicionModel
    responses: SuspicionModel
    subjects: frozenset[str]

    def covers(self, items: Items) -> bool:
        """Whether every item is of a subject of that benchmark."""
        if "subject" not in items.frame.columns:
            return False
        return self.subjects.issuperset(items.frame.get_column("subject").unique())


@cache
def shipped_models() -> ShippedModels:
    """Read the weights; ``benchmarks/suspicion.py`` fits them."""
    path = resources.files(__package__).joinpath("suspicion.json")
    values = json.loads(path.read_text(encoding="utf-8"))
    return ShippedModels(
        SuspicionModel.from_dict(values["lint"]),
        SuspicionModel.from_dict(values["responses"]),
        frozenset(values["subjects"]),
    )
