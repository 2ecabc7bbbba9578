"""What a scoring of needle tests holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from theodolite.tables import Removal

__all__ = ["NeedleBoard"]


@dataclass(frozen=True)
class NeedleBoard:
    """How well models find a needle by length and depth; versions of the test are kept apart.

    Attributes
    ----------
    models
        One row a model and version: ``model``, ``version``, ``score`` (mean, on the test's own
        scale), ``low``, ``high``; ``share`` (of trials with full marks), ``share_low``,
        ``share_high``; ``n`` (trials with a score), ``unparseable``; ``cells``, ``lengths``,
        ``depths`` (how many); ``shortest``, ``longest`` (lengths tried); ``effective_length``
        (the longest length tried up to which the monotone fit of the share is at least the
        threshold; 0 where not even the shortest is), ``effective_low``, ``effective_high`` (null
        where nothing that was tried bounds it) and ``unbounded``; ``correlation`` (of trials of
        one length beyond the monotone fit). The order is by share where all were tried at the
        same cells, else by name.
    lengths
        One row a model, version and length: ``context_length``, ``score`` (mean), ``share``,
        ``low``, ``high`` (of the share, trials taken as independent), ``monotone`` and ``n``.
    depths
        The same by ``depth_percent``, without ``monotone``.
    cells
        The same by length and depth: ``score``, ``share``, ``n`` and ``unparseable``.
    effects
        One row a model, version and effect, as :func:`~theodolite.scoring.needle.needle` says.
    pairs
        One row a pair of models or versions with cells in common: ``model_a``, ``version_a``,
        ``model_b``, ``version_b``, ``difference`` of the shares there (a less b), ``low``,
        ``high``, ``p_value``, ``p_adjusted`` (Holm over the pairs), ``n`` (cells in common),
        ``only_a`` and ``only_b`` (cells that went better for one).
    threshold, level, seed, n_draws
        The share that makes a length effective; the confidence level; the seed and number of
        random draws behind each test.
    scale
        The ends of the scale; the upper one is full marks.
    removed, notes
        What filters took away; what must be known beside the numbers.
    """

    models: pl.DataFrame
    lengths: pl.DataFrame
    depths: pl.DataFrame
    cells: pl.DataFrame
    effects: pl.DataFrame
    pairs: pl.DataFrame
    threshold: float
    level: float
    seed: int
    n_draws: int
    scale: tuple[float, float]
    removed: tuple[Removal, ...]
    notes: tuple[str, ...]

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """The models and versions, in the order of ``models``."""
        return tuple(self.models.select("model", "version").rows())

    def of(self, frame: pl.DataFrame, model: str, version: str) -> pl.DataFrame:
        """Give the rows of one model and version in a frame of this result."""
        return frame.filter(model=model, version=version)

    def to_frame(self) -> pl.DataFrame:
        """Give ``models``."""
        return self.models

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        tables = ("models", "lengths", "depths", "effects", "pairs", "cells")
        settings = ("threshold", "level", "seed", "n_draws")
        return {
            **{name: getattr(self, name).to_dicts() for name in tables},
            **{name: getattr(self, name) for name in settings},
            "scale": list(self.scale),
            "removed": [dict(vars(removal)) for removal in self.removed],
            "notes": list(self.notes),
        }
