"""Agreement with people: which of several agrees best, and what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    p_value,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.agreement import Agreements

__all__ = ["better_section", "ends_text", "used_section"]

MOST_ON_TERMINAL = 12
MOST_NAMES = 200
SHORT = {
    "agreement": "agreement",
    "confident_agreement": "agreement where both are sure",
    "spearman": "Spearman's correlation",
    "kendall": "Kendall's correlation",
}


def better_section(found: Agreements) -> Section:
    """Answer which of several comparisons agrees best."""
    told = found.contrasts.filter(
        (pl.col("measure") == "spearman") & pl.col("better").is_not_null()
    )
    total = found.contrasts.filter(pl.col("measure") == "spearman").height
    best = max(found.comparisons, key=lambda c: float(c.row("spearman")["estimate"]))
    beaten = told.height
    level = level_text(found.level)
    finding = (
        f"By Spearman's correlation {integer(beaten)} of {integer(total)} contrasts "
        f"{'is' if beaten == 1 else 'are'} told: {_told(told)}."
        if beaten
        else "It cannot be told: no contrast of Spearman's correlations is sure. The highest is "
        f"that of {printable(best.benchmark)} with {printable(best.human)}."
    )
    return Section(
        question="Which agrees with people best?",
        finding=finding,
        evidence="All are compared over the same models, with joint draws of their true values.",
        tables=(_comparison_table(found), _contrast_table(found)),
        caveats=(
            f"A contrast is told by Holm's p-value below {1 - found.level:.2g}, over the contrasts "
            f"of one measure; {level} intervals are pointwise. Errors of different columns of one "
            "table, or of boards of one arena, are taken as independent: where they share items or "
            "votes, contrasts are surer than this says.",
        ),
    )


def _told(told: pl.DataFrame) -> str:
    words = []
    for row in told.to_dicts():
        worse = row["second" if row["better"] == row["first"] else "first"]
        ends = sorted((abs(row["low"]), abs(row["high"])))
        words.append(
            f"{printable(row['better'])} above {printable(worse)} by "
            f"{number(abs(row['difference']), 3)} ({number(ends[0], 3)} to {number(ends[1], 3)})"
        )
    return "; ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")  # noqa: PLR2004


def _comparison_table(found: Agreements) -> Table:
    rows = []
    for one in found.comparisons:
        rho, agreement = one.row("spearman"), one.row("agreement")
        rows.append(
            {
                "benchmark": one.benchmark,
                "human": one.human,
                "spearman": rho["estimate"],
                "between": ends_text(rho, 3),
                "agreement": agreement["estimate"],
                "agreement_between": ends_text(agreement),
                "separability": one.row("separability")["observed"],
                "at_odds": len(one.at_odds),
            }
        )
    return Table(
        pl.DataFrame(rows),
        (
            Column("benchmark", "Benchmark"),
            Column("human", "People"),
            Column("spearman", "Spearman", "number", 3),
            Column("between", "Interval"),
            Column("agreement", "Agreement", "number", 2),
            Column("agreement_between", "Interval"),
            Column("separability", "Separable", "percent", 0),
            Column("at_odds", "At odds", "integer"),
        ),
        f"Each comparison over {integer(len(found.first.models))} models",
    )


def _contrast_table(found: Agreements) -> Table:
    p = [p_value(p).removeprefix("= ") for p in found.contrasts["p_adjusted"]]
    return Table(
        found.contrasts.with_columns(
            title=pl.col("measure").replace_strict(SHORT), p=pl.Series(p, dtype=pl.String)
        ).sort(pl.col("measure") != "spearman", maintain_order=True),
        (
            Column("first", "First"),
            Column("second", "less second"),
            Column("title", "in"),
            Column("difference", "Difference", "number", 3),
            Column("low", "Low", "number", 3),
            Column("high", "High", "number", 3),
            Column("p", "p (Holm)"),
        ),
        "Contrasts",
        most=MOST_ON_TERMINAL,
    )


def ends_text(row: dict[str, float], digits: int = 2) -> str:
    """Write the ends of a measure's interval."""
    return f"{number(row['low'], digits)} to {number(row['high'], digits)}"


def used_section(found: Agreements) -> Section:
    """Say what was compared, and which names found a partner."""
    names = found.names
    values = {
        "A pair is sure by": f"{found.sure} at {level_text(found.level)}",
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Draws of the true values": integer(found.n_draws),
        "Theodolite": __version__,
    }
    settings = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    tables = [
        *removed_tables(found.removed, what="Rows"),
        *_name_tables(found),
        Table(settings, (Column("setting", "Setting"), Column("value", "Value"))),
    ]
    alike = listed([" and ".join(pair) for pair in names.similar], most=3)
    similar = (
        f" {integer(len(names.similar))} names are alike but for case and punctuation, and were "
        f"not taken for one model: {alike}; --names FILE joins them."
        if names.similar
        else ""
    )
    return Section(
        question="What was compared, and what was left out?",
        finding=(
            f"{integer(len(found.first.models))} models are on both sides, "
            f"{integer(len(names.matched))} of them matched under two names; "
            f"{integer(len(names.benchmark_only))} of the benchmark and "
            f"{integer(len(names.human_only))} of people's ratings found no partner.{similar}"
        ),
        tables=tuple(tables),
    )


def _name_tables(found: Agreements) -> list[Table]:
    names = found.names
    tables = []
    if names.matched:
        tables.append(
            Table(
                pl.DataFrame(list(names.matched)),
                (
                    Column("benchmark", "Benchmark's name"),
                    Column("human", "People's name"),
                    Column("how", "By"),
                ),
                "Matched under two names",
                most=MOST_ON_TERMINAL,
            )
        )
    alone = [(name, "benchmark") for name in names.benchmark_only]
    alone += [(name, "people") for name in names.human_only]
    if alone:
        frame = pl.DataFrame(alone[:MOST_NAMES], schema=["model", "side"], orient="row")
        columns = (Column("model", "Model"), Column("side", "Only on the side of"))
        tables.append(Table(frame, columns, "Without a partner", most=4))
    return tables
