"""What a backtest of scaling laws says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import flops, integer, level_text, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theodolite.scaling import Backtest, HeldGain, Score

__all__ = ["backtest_page", "backtest_sections", "gain_section"]

LAW_COLUMNS = (
    Column("law", "Law"),
    Column("objective", "Objective"),
    Column("mape", "Mean abs. error", "percent", 2),
    Column("ends", "More than the first"),
    Column("bias", "Bias", "percent", 2),
    Column("worst", "Worst", "percent", 2),
    Column("coverage", "Covered", "percent", 0),
)
RUN_COLUMNS = (
    Column("params", "Parameters", "count"),
    Column("tokens", "Tokens", "count"),
    Column("flops", "FLOPs", "flops"),
    Column("observed", "Observed", "number", 3),
    Column("predicted", "Predicted", "number", 3),
    Column("low", "Low", "number", 3),
    Column("high", "High", "number", 3),
    Column("error", "Error", "percent", 2),
)
FOLD_COLUMNS = (
    Column("fold", "Held out"),
    Column("fitted", "Runs fitted", "integer"),
    Column("held", "Runs held out", "integer"),
    Column("reach", "Compute held out / fitted", "number", 2),
)
GAIN_COLUMNS = (
    Column("group", "Runs"),
    Column("n", "Number", "integer"),
    Column("gain", "Gain", "number", 2),
    Column("low", "Low", "number", 2),
    Column("high", "High", "number", 2),
    Column("below_floor", "Below the floor", "integer"),
    Column("beyond", "Beyond the runs", "integer"),
)
MOST_RUNS = 12


def backtest_page(
    backtest: Backtest,
    gains: Sequence[HeldGain] = (),
    *,
    title: str = "Scaling laws held against runs they were not fitted to",
) -> Page:
    """Make the page of a backtest, with the gains of the held-out runs where they are given."""
    sections = backtest_sections(backtest)
    if gains:
        sections = (*sections, gain_section(gains))
    return Page(title=title, sections=(*sections, _used(backtest)))


def backtest_sections(backtest: Backtest) -> tuple[Section, ...]:
    """Answer which law forecasts best, and whether the intervals covered."""
    return (_best(backtest), _coverage(backtest))


def gain_section(gains: Sequence[HeldGain]) -> Section:
    """Answer how much compute the held-out runs are worth by the law of the others."""
    rows = [
        {
            "group": printable(one.fold),
            "n": len(one.gain.runs),
            "gain": one.gain.gain.estimate,
            "low": one.gain.gain.low,
            "high": one.gain.gain.high,
            "below_floor": one.gain.below_floor,
            "beyond": int(one.gain.runs["beyond"].sum()),
        }
        for one in gains
        if one.gain is not None
    ]
    first = next(one.gain for one in gains if one.gain is not None)
    same = first.yardstick.at == "same-ratio"
    where = "at each run's own tokens per parameter" if same else "at its compute-optimal split"
    table = Table(
        pl.DataFrame(rows, infer_schema_length=None),
        GAIN_COLUMNS,
        f"Compute-equivalent gain with {level_text(first.level)} intervals",
    )
    return Section(
        question="How much compute are the held-out runs worth?",
        finding=_gain_finding(gains),
        low=first.gain.low if len(rows) == 1 else None,
        high=first.gain.high if len(rows) == 1 else None,
        evidence=(
            f"{first.law} by {first.recipe.words}, fitted to the other runs and read {where}; "
            f"geometric mean over runs; losses in {first.unit}."
        ),
        tables=(table,),
        caveats=(
            "The gain is of everything in which the groups differ: text, recipe, architecture.",
            *_gain_notes(gains),
        ),
    )


def _gain_notes(gains: Sequence[HeldGain]) -> list[str]:
    notes = [
        f"{printable(one.fold)}: {note}" if len(gains) > 1 else note
        for one in gains
        if one.gain is not None
        for note in one.gain.notes
    ]
    without = (one for one in gains if one.gain is None)
    return notes + [f"{printable(one.fold)}: {one.reason}" for one in without]


def _gain_finding(gains: Sequence[HeldGain]) -> str:
    found = [(one.fold, one.gain) for one in gains if one.gain is not None]
    if len(found) == 1:
        got = found[0][1]
        return (
            f"{number(got.gain.estimate, 2)} times theirs "
            f"[{number(got.gain.low, 2)}, {number(got.gain.high, 2)}]: by so much more would the "
            f"law of the other {integer(got.n_reference)} runs have to train to reach their losses."
        )
    apart = sum(got.gain.low > 1.0 or got.gain.high < 1.0 for _, got in found)
    best, most = max(found, key=lambda pair: pair[1].gain.estimate)
    return (
        f"The most where {printable(best)}: {number(most.gain.estimate, 2)} times theirs "
        f"[{number(most.gain.low, 2)}, {number(most.gain.high, 2)}] by the law of the others. "
        f"{integer(apart)} of {integer(len(found))} intervals exclude 1."
    )


def _best(backtest: Backtest) -> Section:
    return Section(
        question="Which law forecasts best?",
        finding=_best_finding(backtest),
        evidence=_evidence(backtest),
        chart=partial(plotting.forecast_errors, backtest),
        tables=_law_tables(backtest),
        caveats=(
            "The first row of the table is known to be the best only on these held-out runs: it "
            "is no choice that one could have made.",
            "Errors of one fit are correlated: a law that bends wrongly misses all large runs "
            "together. The intervals of differences take the fits as they are.",
            *backtest.notes,
        ),
    )


def _best_finding(backtest: Backtest) -> str:
    shown, score = backtest.shown, backtest.shown.score
    assert score is not None  # noqa: S101  (what is shown was fitted)
    name, mean = _named(shown.law, shown.objective), percent(score.mape, 2)
    one = int(backtest.table["mape"].is_not_null().sum()) == 1
    if backtest.recommended is None:
        finding = f"{name} missed the held-out losses by {mean}"
    elif one:
        finding = (
            f"Only {name} was tried or could be fitted; it missed the held-out losses by {mean}"
        )
    else:
        validated = percent(backtest.recommended.validation_mape, 2)
        finding = (
            f"Chosen without the held-out runs: {name} (it missed the largest of the other runs "
            f"by {validated}). It missed the held-out losses by {mean}"
        )
    finding += f" on average (bias {percent(score.bias, 2)}, worst {percent(score.worst, 2)})."
    if one:
        return finding
    first = backtest.table.row(0, named=True)
    return (
        f"{finding} The smallest error after the fact is that of "
        f"{_named(first['law'], first['objective'])}, {percent(first['mape'], 2)}."
    )


def _law_tables(backtest: Backtest) -> tuple[Table, ...]:
    frame = backtest.table.filter(pl.col("mape").is_not_null())
    ends = [
        ""
        if row["difference_low"] is None
        else f"{percent(row['difference'], 2)} "
        f"[{percent(row['difference_low'], 2)}, {percent(row['difference_high'], 2)}]"
        for row in frame.iter_rows(named=True)
    ]
    shown = frame.with_columns(ends=pl.Series(ends, dtype=pl.String))
    caption = (
        f"Relative errors on {integer(backtest.shown.points.height)} held-out runs, the smallest "
        f"first, and the share of them inside their {level_text(backtest.level)} intervals"
    )
    tables = [Table(shown, LAW_COLUMNS, caption)]
    unfit = backtest.table.filter(pl.col("mape").is_null()).select("law", "objective", "reason")
    if len(unfit):
        unfit = unfit.group_by("law", "reason", maintain_order=True).agg(
            pl.col("objective").str.join(", ")
        )
        columns = (
            Column("law", "Law"),
            Column("objective", "Objective"),
            Column("reason", "Why it could not be fitted"),
        )
        tables.append(Table(unfit, columns, "Not fitted"))
    return tuple(tables)


def _coverage(backtest: Backtest) -> Section:
    score, points = backtest.shown.score, backtest.points
    assert score is not None  # noqa: S101  (what is shown was fitted)
    worst = points.sort(pl.col("error").abs(), descending=True)
    named = (Column("run", "Run"),) if "run" in points.columns else ()
    folds = (Column("fold", "Held out"),) if len(backtest.folds) > 1 else ()
    return Section(
        question="Did the stated intervals cover?",
        finding=_coverage_finding(backtest, score),
        low=score.low,
        high=score.high,
        evidence=f"{_named(backtest.shown.law, backtest.shown.objective)}; intervals of one new "
        f"run; Wilson's {level_text(backtest.level)} interval of the share.",
        chart=partial(plotting.forecasts, backtest),
        tables=(
            Table(
                worst,
                (*named, *folds, *RUN_COLUMNS),
                "Held-out runs, the worst forecasts first",
                most=MOST_RUNS,
            ),
        ),
        caveats=(
            "Wilson's interval takes held-out runs as independent. They share one fit, so that "
            "they tend to be covered, or missed, together: it is too narrow.",
        ),
    )


def _coverage_finding(backtest: Backtest, score: Score) -> str:
    points = backtest.points
    inside = int(points["covered"].sum())
    above = int((points["observed"] > points["high"]).sum())
    missed = score.n - inside
    if score.low <= backtest.level <= score.high:
        verdict = "in line with that"
    else:
        verdict = f"{'fewer' if score.coverage < backtest.level else 'more'} than that"
    sides = f" Above: {integer(above)}, below: {integer(missed - above)}." if missed else ""
    return (
        f"{integer(inside)} of {integer(score.n)} held-out runs lie inside their "
        f"{level_text(backtest.level)} intervals: {percent(score.coverage, 0)} "
        f"[{percent(score.low, 0)}, {percent(score.high, 0)}], {verdict}.{sides}"
    )


def _used(backtest: Backtest) -> Section:
    removed = sum(r.count for r in backtest.removed)
    held, fitted = int(backtest.folds["held"].sum()), int(backtest.folds["fitted"].max())  # type: ignore[arg-type]
    rows = [
        ("Held out", printable(", ".join(backtest.hold_out))),
        ("Residuals", f"of {'log losses' if backtest.recipes[0].scale == 'log' else 'losses'}"),
        ("FLOPs", backtest.accounting),
        ("Resamples of each fit", integer(backtest.resampling.n)),
        ("Clustered by", printable(backtest.resampling.cluster or "none")),
        ("Level", level_text(backtest.level)),
        ("Seed", str(backtest.resampling.seed)),
        ("Theodolite", __version__),
    ]
    settings = pl.DataFrame(rows, schema=["setting", "value"], orient="row")
    names = backtest.folds.with_columns(
        pl.col("fold").map_elements(printable, return_dtype=pl.String)
    )
    return Section(
        question="What was used?",
        finding=f"{integer(held)} runs were held out, at most {integer(fitted)} fitted at a time; "
        f"filters removed {integer(removed)}.",
        tables=(
            Table(names, FOLD_COLUMNS, "Splits"),
            *removed_tables(backtest.removed, what="Runs"),
            Table(settings, (Column("setting", "Setting"), Column("value", "Value")), "Settings"),
        ),
    )


def _evidence(backtest: Backtest) -> str:
    folds, points = backtest.folds, backtest.points
    if len(folds) > 1:
        return f"{integer(len(folds))} groups, each held out in turn; {integer(len(points))} runs."
    row = folds.row(0, named=True)
    return (
        f"{integer(row['fitted'])} runs fitted, {integer(row['held'])} held out "
        f"({printable(row['fold'])}), up to {flops(points['flops'].max())} FLOPs, "  # type: ignore[arg-type]
        f"{number(row['reach'])} times the most of a fitted run."
    )


def _named(law: str, objective: str) -> str:
    return f"{law} by {'Huber' if objective == 'huber' else objective.replace('-', ' ')}"
