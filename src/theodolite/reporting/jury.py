"""What judges agree on, and what a jury of them says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, listed, number, percent, printable, rank_range
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.judges import Bias, Interval, JudgeReport

__all__ = ["MOST_ON_TERMINAL", "agreement_section", "between", "jury_section", "used_section"]

MOST_ON_TERMINAL = 12
BOARD = (
    Column("rank", "Rank", "integer"),
    Column("ranks", "Rank range"),
    Column("model", "Model"),
    Column("estimate", "Strength", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
    Column("without", "Without a judge"),
    Column("n", "Verdicts", "integer"),
)


def between(bias: Bias | Interval, digits: int = 2) -> str:
    """Write an estimate with its interval; an infinite end as such."""
    low = "no end" if bias.low is None else number(bias.low, digits)
    high = "no end" if bias.high is None else number(bias.high, digits)
    if bias.estimate is None:
        return f"{low} to {high}"
    return f"{number(bias.estimate, digits)}, {low} to {high}"


def agreement_section(found: JudgeReport) -> Section:
    """Answer how far judges agree with each other and with people."""
    sentences = []
    alpha = next((a for a in found.alpha if a.metric == "nominal" and a.estimate is not None), None)
    if alpha is not None:
        ends = "" if alpha.low is None else f" ({number(alpha.low, 2)} to {number(alpha.high, 2)})"
        sentences.append(
            f"Krippendorff's alpha of the judges is {number(alpha.estimate, 2)}{ends}, where 1 is "
            "full agreement and 0 is chance."
        )
    if found.people is not None:
        sentences.append(_beside_people(found))
    tables = [_each(found)]
    if found.alpha:
        tables.append(_alphas(found))
    if not found.pairs.is_empty() and len(found.judges) > 2:  # noqa: PLR2004
        tables.append(_pairs(found))
    return Section(
        question="How far do they agree?",
        finding=" ".join(sentences) or "All verdicts are alike: agreement cannot be told.",
        low=None if alpha is None else alpha.low,
        high=None if alpha is None else alpha.high,
        evidence=(
            "One verdict a judge and pair of answers (both orders together); intervals clustered "
            "by item."
        ),
        tables=tuple(tables),
        caveats=(
            "Against the majority a judge meets all people, a person only the others: a judge has "
            "a slightly easier task. Against single people both have the same.",
        )
        if found.people is not None
        else (),
    )


def _beside_people(found: JudgeReport) -> str:
    people = found.people
    with_people = [(o, o.agreement.people) for o in found.judges if o.agreement.people is not None]
    if people is None or not with_people:
        return "No judge shares a pair of answers with people."
    best = max(with_people, key=lambda pair: pair[1].estimate or 0.0)
    name = printable(best[0].judge)
    text = f"{name} agrees most with a person: in {_share(best[1])} of the verdicts."
    if people.people is None:
        return (
            f"{text} No two people judged the same answers, so there is no ceiling to hold it to."
        )
    return f"{text} Two people agree in {_share(people.people)}."


def _share(of: Interval) -> str:
    ends = "" if of.low is None else f" ({percent(of.low)} to {percent(of.high)})"
    return f"{percent(of.estimate)}{ends}"


def _each(found: JudgeReport) -> Table:
    rows = []
    for one in found.judges:
        a = one.agreement
        rows.append(
            {
                "judge": one.judge,
                "judges": None if a.judges is None else _share(a.judges),
                "kappa": a.kappa,
                "people": None if a.people is None else _share(a.people),
                "majority": None if a.majority is None else _share(a.majority),
            }
        )
    columns = [Column("judge", "Judge"), Column("judges", "With other judges")]
    columns.append(Column("kappa", "Kappa", "number", 2))
    if found.people is not None:
        people = found.people
        rows.append(
            {
                "judge": "a person",
                "judges": None,
                "kappa": None,
                "people": None if people.people is None else _share(people.people),
                "majority": None if people.majority is None else _share(people.majority),
            }
        )
        columns += [Column("people", "With a person"), Column("majority", "With most people")]
    schema = {c: pl.Float64 if c == "kappa" else pl.String for c in rows[0]}
    return Table(
        pl.DataFrame(rows, schema=schema),
        tuple(columns),
        "Share of verdicts that are alike, each pair of answers once",
        most=MOST_ON_TERMINAL,
    )


def _alphas(found: JudgeReport) -> Table:
    frame = pl.DataFrame([dict(vars(a)) for a in found.alpha])
    return Table(
        frame,
        (
            Column("metric", "Metric"),
            Column("estimate", "Alpha", "number", 3),
            Column("low", "Low", "number", 3),
            Column("high", "High", "number", 3),
            Column("units", "Pairs of answers", "integer"),
            Column("values", "Verdicts", "integer"),
        ),
        "Krippendorff's alpha of the judges",
    )


def _pairs(found: JudgeReport) -> Table:
    return Table(
        found.pairs,
        (
            Column("judge_a", "Judge"),
            Column("judge_b", "And"),
            Column("units", "Pairs of answers", "integer"),
            Column("agreement", "Alike", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
            Column("kappa", "Kappa", "number", 2),
        ),
        "Every two judges",
        most=MOST_ON_TERMINAL,
    )


def jury_section(found: JudgeReport) -> Section:
    """Answer what the jury says of the models."""
    models = _with_ranges(found.models)
    may = models.filter(pl.col("rank_low") == 1)["model"].to_list()
    first = models.row(0, named=True)
    lead = f"{printable(first['model'])} stands first"
    rest = "alone" if len(may) == 1 else f"but {integer(len(may))} models may: {listed(may)}"
    moved = [
        r["model"]
        for r in models.iter_rows(named=True)
        if r["without_low"] is not None
        and (r["without_low"], r["without_high"]) != (r["rank"],) * 2
    ]
    swayed = ""
    if not found.without.is_empty():
        swayed = (
            f" Without some one judge {integer(len(moved))} of {integer(len(models))} models would "
            "have another rank."
            if moved
            else " No rank hangs on a single judge."
        )
    columns = [c for c in BOARD if c.name != "without" or not found.without.is_empty()]
    return Section(
        question="What does the jury say of the models?",
        finding=f"{lead}, {rest}.{swayed}",
        low=first["low"],
        high=first["high"],
        evidence=(
            f"{integer(found.verdicts)} verdicts on {integer(found.items)} items in one "
            "likelihood, each judge's biases and its effect of length held fixed."
        ),
        chart=partial(plotting.jury_strengths, found),
        tables=(
            Table(models, tuple(columns), "Strengths in log-odds", most=MOST_ON_TERMINAL),
            _weights(found),
        ),
    )


def _with_ranges(models: pl.DataFrame) -> pl.DataFrame:
    """Write the ranks left open, and those without a judge."""
    ranks = [rank_range(*pair) for pair in models.select("rank_low", "rank_high").iter_rows()]
    ends = models.select("without_low", "without_high").iter_rows()
    without = [None if low is None else rank_range(low, high) for low, high in ends]
    return models.with_columns(
        ranks=pl.Series(ranks, dtype=pl.String), without=pl.Series(without, dtype=pl.String)
    )


def _weights(found: JudgeReport) -> Table:
    rows = [
        {
            "judge": one.judge,
            "family": one.family,
            "verdicts": one.verdicts,
            "items": one.items,
            "scale": None if one.scale is None else between(one.scale),
            "weight": one.weight,
        }
        for one in found.judges
    ]
    schema = {
        "judge": pl.String,
        "family": pl.String,
        "verdicts": pl.Int64,
        "items": pl.Int64,
        "scale": pl.String,
        "weight": pl.Float64,
    }
    return Table(
        pl.DataFrame(rows, schema=schema),
        (
            Column("judge", "Judge"),
            Column("family", "Family"),
            Column("verdicts", "Verdicts", "integer"),
            Column("items", "Items", "integer"),
            Column("scale", "Scale"),
            Column("weight", "Weight", "percent"),
        ),
        "The jury: how strongly each judge's verdicts follow the strengths (1 is the mean), and "
        "its share in what is known of them",
        most=MOST_ON_TERMINAL,
    )


def used_section(found: JudgeReport) -> Section:
    """Say what was used, and what was left out."""
    removed = sum(removal.count for removal in found.removed)
    values = {
        "Verdicts": integer(found.verdicts),
        "Items (clusters)": integer(found.items),
        "Judges": integer(len(found.judges)),
        "Order of the answers": "known" if found.ordered else "not known",
        "A standard deviation of relative length": None
        if found.length_sd is None
        else number(found.length_sd, 3),
        "Ties": "half a win for each",
        "Level": f"{found.level:g}",
        "Margin": f"{found.margin:g}",
        "Seed": str(found.seed),
        "Draws behind the ranks": integer(found.n_draws),
        "Theodolite": __version__,
    }
    given = {name: value for name, value in values.items() if value is not None}
    frame = pl.DataFrame({"setting": list(given), "value": list(given.values())})
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(found.verdicts)} verdicts on {integer(found.items)} items. "
            + (f"{integer(removed)} were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(found.removed, what="Judgments"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )
