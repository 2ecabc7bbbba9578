"""What one run of the benchmarks found, and how it is kept."""

from __future__ import annotations

import datetime
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from entries import TOOLS
from environments import pins
from law_outcome import Outcome
from laws import LAW_TOOLS
from win_rates import RATE_TOOLS

if TYPE_CHECKING:
    from pathlib import Path

OUR_PACKAGES = ("theodolite", "numpy", "scipy", "polars")
PEER_PACKAGES = ("jax", "numpy", "scipy", "pandas", "pyarrow", "pydantic", "scikit-learn")


@dataclass(frozen=True)
class Record:
    """One entry's line.

    Attributes
    ----------
    seconds, peak_mb, runs
        Medians, of so many runs.
    over_limit, error
        Why there is no result.
    stages
        Seconds of the stages that the peer's script noted.
    difference, exact_difference
        The largest difference of its log strengths from ours: as it comes, and as exact as it
        can be made.
    width
        The median of its intervals' widths over ours.
    law
        Its scaling law.
    """

    seconds: float = 0.0
    peak_mb: float = 0.0
    runs: int = 0
    over_limit: bool = False
    error: str = ""
    stages: dict[str, float] = field(default_factory=dict)
    difference: float | None = None
    exact_difference: float | None = None
    width: float | None = None
    law: Outcome | None = None

    @property
    def usable(self) -> bool:
        """Whether it ran to its end."""
        return not self.error and not self.over_limit


@dataclass
class Session:
    """One run: when, on what, with which versions, and its records by the entries' keys."""

    quick: bool
    runs: int
    limit: float
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def begin(cls, *, quick: bool, runs: int, limit: float) -> Session:
        """Note the date, the machine and the versions."""
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        return cls(quick, runs, limit, today, machine(), versions())

    def laws(self) -> list[Outcome]:
        """Give the laws that were fitted."""
        return [record.law for record in self.records.values() if record.law]

    def save(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Session:
        """Read what :meth:`save` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        records = {}
        for key, values in found.pop("records").items():
            law = values.pop("law", None)
            records[key] = Record(**values, law=Outcome(**law) if law else None)
        return cls(**found, records=records)


def machine() -> dict[str, str]:
    """Describe the machine without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()}, {platform.machine()}",
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def versions() -> dict[str, str]:
    """Name the versions of ours and of the peers."""
    found = {"theodolite": _words({name: version(name) for name in OUR_PACKAGES})}
    for tool in (*TOOLS.values(), *LAW_TOOLS.values(), *RATE_TOOLS.values()):
        if tool.peer:
            pinned = pins(tool.peer)
            names = [n for n in (tool.peer, *PEER_PACKAGES) if n in pinned]
            found[tool.peer] = _words({name: pinned[name] for name in names})
    return found


def _words(names: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in names.items())
