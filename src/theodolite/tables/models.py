"""Models: what each model is, what it was reported to score, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from theodolite.errors import FormatError
from theodolite.tables.benchmarks import BENCHMARKS
from theodolite.tables.checks import Column, Removal, already_there, conform, kept
from theodolite.tables.model_checks import (
    check_aliases,
    check_models,
    check_scales,
    refuse_repeats,
    without_copies,
)
from theodolite.tables.names import named
from theodolite.tables.reports import (
    ATTRIBUTES,
    COUNTS,
    FACT_COLUMNS,
    RESULT_COLUMNS,
    facts_of,
    results_of,
    unpivoted,
)

__all__ = ["Models", "conflicts_of", "spread_of", "with_used"]

_ALIASES = (Column("alias", required=True), Column("model", required=True))


def _no_aliases() -> pl.DataFrame:
    return pl.DataFrame(schema={"alias": pl.String, "model": pl.String})


@dataclass(frozen=True)
class Models:
    """Models with their attributes and reported results, each with its source.

    Every report is kept. ``frame`` has one value of each attribute: the first report in the order
    of ``facts`` that the model has; the others stay in ``facts``, and :meth:`conflicts` lists
    where they differ. A user's own files come before the facts that the package ships, and those
    are in the order: the developer's own card or report, copies of it, collections by others.

    Build one with :meth:`from_frames`, :meth:`from_reports` or
    :func:`theodolite.loading.load_models`.

    Attributes
    ----------
    frame
        One row a model: ``model``, ``family``, ``organisation``, ``released`` (a date),
        ``params`` (all of them), ``active_params`` (those that work on one token, where these are
        fewer), ``tokens`` (of pre-training, repetitions counted), ``unique_tokens``, ``kind``
        (``base`` or ``instruct``), ``base_of`` (the base model that it was tuned from). All but
        ``model`` and ``kind`` may be empty: not known.
    results
        One row a measurement: ``model``, ``benchmark``, ``value``, ``unit`` (``%``, ``share``,
        ``pp``, ``score``, ``rating``), ``setting``, ``category``, ``source``, ``note``, and
        where published the interval ``low``, ``high``.
    facts
        One row a reported attribute: ``model``, ``field``, ``value`` as text, ``number`` for a
        count, ``unit``, ``setting``, ``source``, ``note``.
    aliases
        Other names: ``alias`` and ``model``.
    removed
        Reports that stood, the same in every word, in an earlier file too.

    Examples
    --------
    >>> models = pl.DataFrame({"model": ["x"], "kind": ["base"], "params": [7e9]})
    >>> results = pl.DataFrame(
    ...     {"model": ["x", "x"], "benchmark": "MMLU", "value": [62.5, 60.1], "unit": "%"}
    ... )
    >>> table = Models.from_frames(models, results)
    >>> table.frame["params"].item(), table.spread()["apart"].to_list()
    (7000000000.0, [2.3999999999999986])
    """

    frame: pl.DataFrame
    results: pl.DataFrame
    facts: pl.DataFrame
    aliases: pl.DataFrame = field(default_factory=_no_aliases)
    removed: tuple[Removal, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in order of their first report."""
        return tuple(self.frame.get_column("model"))

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks that some model has a result on, in alphabetical order."""
        return tuple(self.results.get_column("benchmark").unique().sort())

    @classmethod
    def from_frames(
        cls, models: pl.DataFrame, results: pl.DataFrame | None = None, *, source: str = "models"
    ) -> Models:
        """Validate one row a model, and one row a result.

        Parameters
        ----------
        models
            ``model``, ``kind`` and any of the other columns of ``frame``; optional ``setting``,
            ``source`` and ``note`` hold for the whole row.
        results
            ``model``, ``benchmark``, ``value``, ``unit`` and any of the other columns.
        source
            What to call the frames in an error; it stands for a source that is not given.

        Raises
        ------
        MissingColumnError
            A column is absent.
        FormatError
            There is no model.
        InputError
            A cell holds what it may not hold, a model stands twice, or what
            :meth:`from_reports` refuses.
        """
        models = conform(models, (Column("model", required=True),), source=source)
        first = models.get_column("model").is_first_distinct()
        if not first.all():
            raise already_there(models, "model", first)
        return cls.from_reports(unpivoted(models, source=source), results, source=source)

    @classmethod
    def from_reports(
        cls,
        facts: pl.DataFrame | None = None,
        results: pl.DataFrame | None = None,
        *,
        aliases: pl.DataFrame | None = None,
        source: str = "models",
    ) -> Models:
        """Validate reports, and make one row a model from the first report of each attribute.

        Parameters
        ----------
        facts, results
            The columns that the class describes, the most trusted rows first.
        aliases
            Other names of models: ``alias`` and ``model``. Rows under an alias are joined to the
            model's own.
        source
            What to call the frames in an error; it stands for a source that is not given.

        Raises
        ------
        MissingColumnError
            A column is absent.
        FormatError
            There is no report.
        InputError
            A cell holds what it may not hold, a report stands twice in a file, a model has no
            kind, ``base_of`` is no model of the table or leads back to itself, more parameters
            are active than there are, or a benchmark mixes units, or percent and fractions.
        """
        other = _no_aliases() if aliases is None else conform(aliases, _ALIASES, source=source)
        known = facts_of(facts, source=source)
        scored = results_of(results, source=source)
        if known.is_empty() and scored.is_empty():
            raise FormatError(f"{source}: no facts in it")
        other = check_aliases(other)
        known, scored = _renamed(known, other), _renamed(scored, other)
        refuse_repeats(known, FACT_COLUMNS)
        refuse_repeats(scored, RESULT_COLUMNS)
        known, twice = without_copies(known, FACT_COLUMNS)
        scored, again = without_copies(scored, RESULT_COLUMNS)
        frame = _one_row_each(known, scored)
        check_models(frame, known, scored)
        check_scales(scored)
        count = twice + again
        removed = (Removal("the same report in an earlier file", count),) if count else ()
        return cls(frame, scored, known, other.select("alias", "model"), removed)

    def merged(self, other: Models) -> Models:
        """Add the reports of ``other`` behind these: where both report an attribute, these count.

        Raises
        ------
        InputError
            Together they are what :meth:`from_reports` refuses.
        """
        merged = Models.from_reports(
            pl.concat([self.facts, other.facts]),
            pl.concat([self.results, other.results]),
            aliases=pl.concat([self.aliases, other.aliases]).unique(maintain_order=True),
        )
        return replace(merged, removed=(*self.removed, *other.removed, *merged.removed))

    def keep(self, mask: pl.Series, reason: str) -> Models:
        """Keep the models where ``mask``, along ``frame``, is true, with their reports.

        The count of the others joins ``removed``. A base that is left out stays named.
        """
        frame, removed = kept(self.frame, mask, self.removed, what="model", reason=reason)
        facts, results = (
            part.join(frame, on="model", how="semi", maintain_order="left")
            for part in (self.facts, self.results)
        )
        return Models(frame, results, facts, self.aliases, removed)

    def find(self, name: str) -> str:
        """Return the model that goes by a name, its own or an alias.

        Raises
        ------
        UsageError
            There is none; the message has the nearest names.
        """
        others = dict(self.aliases.select("alias", "model").iter_rows())
        return named(name, self.models, others, what="model")

    def find_field(self, name: str) -> str:
        """Return the attribute or benchmark of a name, or raise with the nearest names.

        Raises
        ------
        UsageError
            There is none.
        """
        known = set(self.benchmarks)
        others = {other: b.name for b in BENCHMARKS if b.name in known for other in b.names}
        return named(name, (*ATTRIBUTES, *self.benchmarks), others, what="attribute or benchmark")

    def conflicts(self) -> pl.DataFrame:
        """List the attributes of which a model has different reports.

        Returns
        -------
        polars.DataFrame
            ``model``, ``field``, ``value``, ``number``, ``source``, ``setting``, ``note``, and
            ``used``: whether it is the one in ``frame``.
        """
        return conflicts_of(with_used(self.facts))

    def spread(self) -> pl.DataFrame:
        """Say how far apart the measurements of one quantity are.

        Returns
        -------
        polars.DataFrame
            For each model, benchmark and category with two measurements or more: ``n``, ``low``,
            ``high``, ``apart`` (their difference, in the benchmark's ``unit``), ``settings`` and
            ``sources`` (how many different ones); the furthest apart first.
        """
        return spread_of(self.results)


def with_used(facts: pl.DataFrame) -> pl.DataFrame:
    """Mark the report that counts: the first of each attribute of a model."""
    return facts.with_columns(used=pl.int_range(pl.len()).over("model", "field") == 0)


def conflicts_of(facts: pl.DataFrame) -> pl.DataFrame:
    """List the reports of attributes that differ from another one; they are marked already."""
    quantity = ("model", "field")
    # A count may be written in several ways: 8e9, 8000000000.0.
    same = pl.coalesce(pl.col("number").cast(pl.String), pl.col("value"))
    return (
        facts.with_columns(same=same)
        .filter(same.n_unique().over(quantity) > 1)
        .unique((*quantity, "same"), keep="first", maintain_order=True)
        .select(*quantity, "value", "number", "source", "setting", "note", "used")
        .sort(quantity, maintain_order=True)
    )


def spread_of(results: pl.DataFrame) -> pl.DataFrame:
    """Say how far apart measurements of one quantity are, the furthest first."""
    value = pl.col("value")
    return (
        results.group_by("model", "benchmark", "category", "unit", maintain_order=True)
        .agg(
            n=pl.len(),
            low=value.min(),
            high=value.max(),
            apart=value.max() - value.min(),
            settings=pl.col("setting").drop_nulls().n_unique(),
            sources=pl.col("source").n_unique(),
        )
        .filter(pl.col("n") > 1)
        .sort("apart", descending=True, maintain_order=True)
    )


def _renamed(frame: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    own = dict(aliases.select("alias", "model").iter_rows())
    frame = frame.with_columns(pl.col("model").replace(own))
    if "field" not in frame.columns:
        return frame
    is_base = pl.col("field") == "base_of"
    return frame.with_columns(
        pl.when(is_base).then(pl.col("value").replace(own)).otherwise("value").alias("value")
    )


def _one_row_each(facts: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Take the first report of each attribute; a model that has results alone is there too."""
    names = pl.concat([facts.select("model"), results.select("model")])
    first = facts.unique(("model", "field"), keep="first", maintain_order=True)
    wide = first.select("model", "field", "value").pivot(on="field", index="model", values="value")
    frame = names.unique(maintain_order=True).join(
        wide, on="model", how="left", maintain_order="left"
    )
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name))
        for name in ATTRIBUTES
    ]
    return frame.select("model", *columns).with_columns(
        pl.col("released").str.to_date("%Y-%m-%d"), pl.col(COUNTS).cast(pl.Float64)
    )
