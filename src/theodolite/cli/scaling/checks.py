"""What is looked at beside a fit: the influence of single runs, and the profiles of parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from theodolite.errors import NotConvergedError

if TYPE_CHECKING:
    from theodolite.reporting import Section
    from theodolite.scaling import Aim, Influence, Profiles, ScalingFit
    from theodolite.tables import Runs

__all__ = ["Checks"]

# Runs that the JSON object names, the most influential first.
MOST_RUNS = 20


@dataclass(frozen=True)
class Checks:
    """The checks of one fit; without ``curves`` where a profile could not be followed."""

    fit: ScalingFit
    single: Influence
    curves: Profiles | None

    @classmethod
    def of(cls, fit: ScalingFit, runs: Runs, aim: Aim | None = None) -> Checks:
        """Make the checks; a profile that fails leaves a note with the fit, which stands."""
        from theodolite.scaling import influence, profiles
        from theodolite.tables.checks import ROW

        labels = runs.frame["run" if "run" in runs.frame.columns else ROW].to_list()
        labels = [label if isinstance(label, str) else f"row {label}" for label in labels]
        single = influence(fit, aim=aim, labels=labels)
        try:
            return cls(fit, single, profiles(fit))
        except NotConvergedError as error:
            return cls(replace(fit, notes=(*fit.notes, f"No profiles: {error}.")), single, None)

    @property
    def data(self) -> dict[str, Any]:
        """The keys that they add to the JSON object."""
        curves = None if self.curves is None else self.curves.to_dict()
        return {"influence": self.single.to_dict(MOST_RUNS), "profiles": curves}

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections that they add to the page."""
        from theodolite.reporting import influence_section, profile_section

        first = influence_section(self.single, self.fit)
        return (first,) if self.curves is None else (first, profile_section(self.curves, self.fit))
