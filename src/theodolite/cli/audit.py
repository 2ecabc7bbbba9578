"""``theodolite audit``: which items of a benchmark are likely broken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.score_options import READING as SCORES
from theodolite.cli.score_options import LogChoice, scores_of

if TYPE_CHECKING:
    from theodolite.auditing import Audit, BenchmarkBias
    from theodolite.cli.output import Chart
    from theodolite.tables import Condition, Items

__all__ = ["AuditOptions", "ItemSource", "audit"]

READING = "Reading the items"
FILTERS = "Choosing items"
JUDGING = "What counts as suspect"


@dataclass(frozen=True)
class ItemSource(Group):
    """Where items come from, and which of them."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEMS...",
            help="Files of items: CSV, JSON, JSONL or Parquet; local, hf:// or s3://; or a folder "
            "of MMLU's CSV files.",
            show_default=False,
        ),
    ]
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="The format, where it cannot be told: mmlu, mmlu-columns, choices, truthfulqa, "
            "open or items.",
            rich_help_panel=READING,
        ),
    ] = None
    benchmark: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What to call the benchmark, where the file does not say.",
            rich_help_panel=READING,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the items where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    @property
    def conditions(self) -> list[Condition]:
        """What every item that is looked at must meet."""
        from theodolite.tables import Condition

        return [Condition.parse(text) for text in self.where or []]

    def load(self) -> Items:
        """Read all items, those too that the filters take away."""
        from theodolite.loading import load_items

        return load_items(self.paths, format=self.format, benchmark=self.benchmark)


@dataclass(frozen=True)
class AuditOptions(LogChoice):
    """What to look at beside the items, and what counts as suspect."""

    scores: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="How models answered the items; repeatable.",
            rich_help_panel=SCORES,
            show_default=False,
        ),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of ITEMS in which people said which are broken, in the words of "
            "MMLU-Redux, to compare with.",
            rich_help_panel=JUDGING,
            show_default=False,
        ),
    ] = None
    base_rate: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="The share of broken items in this benchmark, where it is not that of MMLU.",
            rich_help_panel=JUDGING,
            show_default=False,
        ),
    ] = None
    bias: Annotated[
        bool,
        typer.Option(
            "--bias",
            help="Ask too whether position, length or wording of the options give the keys away.",
            rich_help_panel=JUDGING,
        ),
    ] = False
    threshold: Annotated[
        float,
        typer.Option(
            metavar="P",
            help="The suspicion from which on an item is flagged.",
            rich_help_panel=JUDGING,
        ),
    ] = 0.1


def audit(
    source: ItemSource,
    options: AuditOptions,
    inference: Inference,
    output: Output,
) -> None:
    """Show which items are likely broken, why, and how models answered them."""
    from theodolite.auditing import audit as look
    from theodolite.loading import ScoreOptions
    from theodolite.reporting import audit_page
    from theodolite.tables import select

    conditions = source.conditions
    with working("Reading items"):
        items = source.load()
        chosen = ScoreOptions(metric=options.metric, filter=options.filter)
        # Of all items: those that a filter takes away are not unknown.
        scores = scores_of(options.scores, items, chosen) if options.scores else None
        items = select(items, conditions)
    with working(f"Looking at {len(items):,} items"):
        found = look(
            items,
            scores,
            labels=options.labels,
            base_rate=options.base_rate,
            threshold=options.threshold,
            level=inference.level,
        )
    bias = _bias(items, inference) if options.bias else None
    data = {**found.to_dict(), "bias": None if bias is None else bias.to_dict()}
    page, chart = partial(audit_page, found, bias=bias), partial(_chart, found)
    render(Outcome(data, page=page, chart=chart), output)


def _bias(items: Items, inference: Inference) -> BenchmarkBias:
    from theodolite.auditing import benchmark_bias

    with working("Looking at the options alone"):
        return benchmark_bias(items, level=inference.level, seed=inference.seed)


def _chart(found: Audit) -> Chart:
    from theodolite import plotting

    return plotting.suspects(found)
