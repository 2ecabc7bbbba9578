"""What a study of score against compute says, as sections."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.efficiency_frames import factor, gain_text, main_benchmark
from theodolite.plotting.text import (
    amount,
    flops,
    integer,
    level_text,
    listed,
    number,
    percent,
    printable,
)
from theodolite.reporting.efficiency_more import (
    progress_section,
    sizes_section,
    versus_section,
)
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scaling import Efficiency, Versus

__all__ = ["efficiency_page", "efficiency_sections"]

MOST = 12
EXPLAINED_COLUMNS = (
    Column("benchmark", "Benchmark"),
    Column("models", "Models", "integer"),
    Column("families", "Families", "integer"),
    Column("slope", "Slope"),
    Column("share", "Compute explains"),
    Column("between", "Between", "percent", 0),
    Column("within", "Within", "percent", 0),
    Column("product", "N, D alike"),
)
GAIN_COLUMNS = (
    Column("model", "Model"),
    Column("size", "Params"),
    Column("flops", "FLOPs", "flops"),
    Column("text", "Gain"),
    Column("p", "p (Holm)"),
    Column("benchmarks", "Benchmarks", "integer"),
)
OWN_COLUMNS = (
    Column("model", "Model"),
    Column("benchmark", "Benchmark"),
    Column("score", "Score", "percent", 1),
    Column("expected", "Expected", "percent", 1),
    Column("text", "Gain"),
    Column("p", "p (Holm)"),
    Column("z", "z", "number", 1),
)
FRONT_COLUMNS = (
    Column("benchmark", "Benchmark"),
    Column("model", "Model"),
    Column("flops", "FLOPs", "flops"),
    Column("score", "Score", "percent", 1),
    Column("frontier", "Frontier", "percent", 1),
    Column("far", "Beyond it"),
    Column("probability", "Sure", "percent", 0),
)
PRODUCT = {
    "product suffices": "yes",
    "product does not suffice": "no",
    "cannot be told": "cannot be told",
}


def efficiency_page(
    found: Efficiency,
    against: Versus | None = None,
    *,
    title: str = "Benchmark scores against training compute",
) -> Page:
    """Make the page of a study, with two models against each other first where they are given."""
    first = (versus_section(found, against),) if against else ()
    return Page(title=title, sections=(*first, *efficiency_sections(found), _used(found)))


def efficiency_sections(found: Efficiency) -> tuple[Section, ...]:
    """Answer what compute explains, what scores are worth in it, and whether later ones gain."""
    sections = [_explained(found), _gains(found), _frontier(found)]
    sections += [progress_section(found), sizes_section(found)]
    return tuple(section for section in sections if section is not None)


def _explained(found: Efficiency) -> Section:
    frame = pl.DataFrame(_explained_rows(found))
    return Section(
        question="How much of the differences between models does compute explain?",
        finding=f"{found.verdict_words} What would decide: {found.decides}"
        if found.verdict == "cannot be told"
        else found.verdict_words,
        low=found.share.low,
        high=found.share.high,
        evidence="A sigmoid of the log of training FLOPs (6 times the parameters that work on a "
        "token, times the tokens) from chance to the ceiling, with families and models scattering "
        "about it and the noise of every score; intervals over families.",
        chart=partial(plotting.score_curve, found),
        tables=(
            Table(
                frame,
                EXPLAINED_COLUMNS,
                f"Slopes of the logit and shares of its variance, free of noise, with "
                f"{level_text(found.level)} intervals; between families, and within",
            ),
        ),
        caveats=(
            "Compute goes with the year, the text and the recipe: what it explains it need not "
            "cause.",
            *found.notes,
        ),
    )


def _explained_rows(found: Efficiency) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for curve in found.curves:
        part, apart = found.explained[curve.name], found.products[curve.name]
        slope = " ".join((number(curve.slope(found.level)[0], 2), _ends(curve.slope(found.level))))
        share = part.share
        said = f"{percent(share.estimate, 0)} [{percent(share.low, 0)}, {percent(share.high, 0)}]"
        rows.append(
            {
                "benchmark": printable(curve.name),
                "models": curve.frame.height,
                "families": len(curve.families),
                "slope": slope,
                "share": "noise covers it" if part.drowned else said,
                "between": None if part.drowned else part.between.estimate,
                "within": None if part.drowned else part.within.estimate,
                "product": PRODUCT[apart.verdict] if apart else "go together",
            }
        )
    return rows


def _ends(slope: tuple[float, float, float]) -> str:
    return f"[{number(slope[1], 2)}, {number(slope[2], 2)}]"


def _gains(found: Efficiency) -> Section | None:
    joint = found.combined
    if joint is None:
        return None
    better = joint.frame.filter(pl.col("p_adjusted") < 1.0 - found.level)
    names = better["model"].to_list()
    on = listed(joint.benchmarks, most=8)
    first = joint.frame.row(0, named=True)
    finding = (
        f"The largest gain is that of {printable(first['model'])}: its scores stand for "
        f"{gain_text(first['gain'], first['low'], first['high'])} times its compute, by the curves "
        "of the other families. "
    )
    finding += (
        f"More than compute says, after Holm's adjustment over {integer(joint.frame.height)} "
        f"models: {listed(names)}."
        if names
        else f"After Holm's adjustment over {integer(joint.frame.height)} models none is certain "
        "to do more than compute says."
    )
    return Section(
        question="How many times its compute does each model's score stand for?",
        finding=finding,
        evidence=f"On {on}. A gain of 2 means that models of other families need twice the compute "
        "for the same score.",
        chart=partial(plotting.gain_forest, found),
        tables=_gain_tables(found),
        caveats=(
            "A gain is everything in which a model differs: text, recipe, architecture, passes "
            "over the same text, and text like the benchmark's own. Benchmarks can be gamed.",
            f"Gains of one model on two benchmarks differ by a factor of about "
            f"{factor(math.exp(joint.spread * 2.0**0.5))} beyond noise: the "
            "interval takes these benchmarks as drawn from others like them.",
        ),
    )


def _gain_tables(found: Efficiency) -> tuple[Table, ...]:
    joint = found.combined
    if joint is None:
        return ()
    own = found.gains.filter(pl.col("gain").is_not_null()).sort("z", descending=True)
    level = level_text(found.level)
    return (
        Table(
            _texts(joint.frame),
            GAIN_COLUMNS,
            f"Gains over all benchmarks with {level} intervals, the largest first",
            most=MOST,
        ),
        Table(
            _texts(own),
            OWN_COLUMNS,
            "Gains on each benchmark; z: how far from the scatter of models at its compute",
            most=MOST,
        ),
    )


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [gain_text(*row) for row in frame.select("gain", "low", "high").iter_rows()]
    sizes = [
        amount(params) if active is None else f"{amount(active)} of {amount(params)}"
        for active, params in frame.select("active_params", "params").iter_rows()
    ]
    small = 1e-3
    p = [f"{v:.3f}" if v >= small else "<0.001" for v in frame["p_adjusted"]]
    return frame.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        pl.Series("size", sizes, dtype=pl.String),
        pl.Series("p", p, dtype=pl.String),
    )


def _frontier(found: Efficiency) -> Section | None:
    clear = [one for one in found.frontiers if not found.explained[one.benchmark].drowned]
    if not clear:
        return None
    main = main_benchmark(found)
    shown = next((one for one in clear if one.benchmark == main), clear[0])
    share = percent(shown.quantile, 0)
    rows = pl.concat([one.models.with_columns(benchmark=pl.lit(one.benchmark)) for one in clear])
    far = [f"{factor(value)} times" for value in rows["distance"]]
    rows = rows.with_columns(pl.Series("far", far, dtype=pl.String))
    return Section(
        question="Where is the frontier?",
        finding=(
            f"On {printable(shown.benchmark)} a typical model needs "
            f"{gain_text(shown.factor.estimate, shown.factor.low, shown.factor.high)} times its "
            f"compute to reach the score that {share} of models stay below."
        ),
        low=shown.factor.low,
        high=shown.factor.high,
        evidence="The quantile of what models have beyond the curve, each shrunk by its noise: the "
        "best of noisy scores would lie too high.",
        tables=(
            Table(
                rows,
                FRONT_COLUMNS,
                "Models beyond the frontier, as a factor of compute; sure: given its own noise",
                most=MOST,
            ),
        ),
    )


def _used(found: Efficiency) -> Section:
    removed = pl.DataFrame(
        [
            {"benchmark": printable(name), "reason": printable(r.reason), "count": r.count}
            for name, all_ in found.removed
            for r in all_
        ],
        schema={"benchmark": pl.String, "reason": pl.String, "count": pl.Int64},
    )
    left = pl.DataFrame(
        [{"benchmark": printable(b), "reason": printable(why)} for b, why in found.left_out],
        schema={"benchmark": pl.String, "reason": pl.String},
    )
    settings = found.settings
    top = found.gains["flops"]
    rows = [
        ("FLOPs", f"6 N D, {flops(top.min())} to {flops(top.max())}"),  # type: ignore[arg-type]
        ("Ceiling", percent(settings.ceiling)),
        ("Least noise of a score", percent(settings.least_noise)),
        ("Outliers", "weighted down" if settings.robust else "in full"),
        ("Draws of families", integer(settings.n_resamples)),
        ("Level", level_text(found.level)),
        ("Seed", str(found.seed)),
        ("Theodolite", __version__),
    ]
    name, why = Column("benchmark", "Benchmark"), Column("reason", "Left out because")
    tables = [Table(left, (name, why), "Benchmarks without a curve")] if left.height else []
    if removed.height:
        tables.append(Table(removed, (name, why, Column("count", "Count", "integer"))))
    frame = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    tables.append(
        Table(frame, (Column("setting", "Setting"), Column("value", "Value")), "Settings")
    )
    models = found.gains["model"].n_unique()
    return Section(
        question="What was used, and what was left out?",
        finding=f"{integer(found.gains.height)} scores of {integer(models)} models on "
        f"{integer(len(found.curves))} benchmarks.",
        tables=tuple(tables),
    )
