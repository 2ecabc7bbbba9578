"""Facts: the reports about models as one list, to filter and to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite.tables.checks import Removal, kept
from theodolite.tables.models import Models, conflicts_of, spread_of, with_used
from theodolite.tables.reports import ATTRIBUTES, FACT_COLUMNS, RESULT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Facts"]

_SHOWN = (
    *("model", "field", "value", "unit", "setting", "category", "source", "note"),
    *("low", "high", "used"),
)


@dataclass(frozen=True)
class Facts:
    """Reported attributes and results in one list, beside what each model is.

    Attributes
    ----------
    frame
        One row a report: ``model``, ``field`` (an attribute or a benchmark), ``value`` as text,
        ``number`` where it is one, ``unit``, ``setting``, ``category``, ``source``, ``note``,
        ``low``, ``high``, ``used`` (of an attribute: whether it is the report that counts), and
        the model's ``family``, ``organisation``, ``released``, ``params``,
        ``active_params``, ``tokens``, ``unique_tokens``, ``kind``, ``base_of``. Attributes come
        first, then results, each in the order of their table.
    removed
        What filters took away.

    Examples
    --------
    >>> models = pl.DataFrame({"model": ["x", "y"], "kind": "base", "params": [7e9, 8e9]})
    >>> facts = Facts.of(Models.from_frames(models), names=["y"], fields=["params"])
    >>> facts.frame.select("model", "field", "value").rows()
    [('y', 'params', '8000000000.0')]
    """

    frame: pl.DataFrame
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @classmethod
    def of(cls, models: Models, *, fields: Sequence[str] = (), names: Sequence[str] = ()) -> Facts:
        """List the reports.

        Parameters
        ----------
        models
            The table.
        names
            Models to list, by their names or aliases; all where none is given.
        fields
            Attributes or benchmarks to list; all where none is given.

        Raises
        ------
        UsageError
            There is no such model or field; the message has the nearest.
        InputError
            The models have no report of these fields.
        """
        number = pl.col("value").alias("number")
        results = models.results.with_columns(number, pl.col("value").cast(pl.String))
        listed = pl.concat(
            [with_used(models.facts.select(FACT_COLUMNS)), results.rename({"benchmark": "field"})],
            how="diagonal",
        )
        frame = listed.select(*_SHOWN, "number").join(
            models.frame, on="model", how="left", maintain_order="left"
        )
        found = cls(frame, models.removed)
        for column, wanted in (
            ("model", [models.find(name) for name in names]),
            ("field", [models.find_field(name) for name in fields]),
        ):
            if wanted:
                mask = found.frame.get_column(column).is_in(wanted)
                found = found.keep(mask, f"not {' or '.join(dict.fromkeys(wanted))}")
        return found

    def keep(self, mask: pl.Series, reason: str) -> Facts:
        """Keep the reports where ``mask`` is true; the count of the others joins ``removed``."""
        return Facts(*kept(self.frame, mask, self.removed, what="fact", reason=reason))

    @property
    def models(self) -> pl.DataFrame:
        """One row a model that is left, as in the table of models."""
        return self.frame.select("model", *ATTRIBUTES).unique("model", maintain_order=True)

    def conflicts(self) -> pl.DataFrame:
        """List the attributes of which a model has different reports."""
        return conflicts_of(self.frame.filter(pl.col("field").is_in(ATTRIBUTES)))

    def spread(self) -> pl.DataFrame:
        """Say how far apart the measurements of one quantity are, the furthest first."""
        results = self.frame.filter(~pl.col("field").is_in(ATTRIBUTES))
        results = results.with_columns(pl.col("number").alias("value"), benchmark="field")
        return spread_of(results.select(RESULT_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object: a count is a number, any other attribute a text."""
        rows = self.frame.select(*_SHOWN, "number").to_dicts()
        for row in rows:
            number = row.pop("number")
            row["value"] = row["value"] if number is None else number
        models = self.models.with_columns(pl.col("released").cast(pl.String))
        return {
            "facts": rows,
            "models": models.to_dicts(),
            "conflicts": self.conflicts().to_dicts(),
            "spread": self.spread().to_dicts(),
            "removed": [{"reason": r.reason, "count": r.count} for r in self.removed],
        }
