"""What a plan says, as sections."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import (
    MISSING,
    count,
    flops,
    integer,
    level_text,
    number,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from theodolite.scaling import Estimate, Plan
    from theodolite.scaling.plan_result import Beyond, Gain, Point

__all__ = ["plan_page", "plan_sections"]

TEN = 10.0


def plan_page(plan: Plan, known: pl.DataFrame | None = None) -> Page:
    """Make the page of a plan; ``known`` models stand upon its chart."""
    return Page(title=f"A plan by {printable(plan.law)}", sections=plan_sections(plan, known))


def plan_sections(plan: Plan, known: pl.DataFrame | None = None) -> tuple[Section, ...]:
    """Answer what to train, what it costs over its life, and what other choices would."""
    sections = [_optimum(plan, known)]
    if plan.lifetime is not None:
        sections.append(_lifetime(plan))
    sections += [_overtrained(plan), _shrunk(plan)]
    if plan.gains:
        sections.append(_gains(plan))
    return (*sections, _published(plan), _used(plan))


def _optimum(plan: Plan, known: pl.DataFrame | None) -> Section:
    best = plan.optimum
    size, seen = count(best.params.estimate), count(best.tokens.estimate)
    loss = f"a loss of {number(best.loss.estimate, 3)} nats a token"
    if plan.target.params is None:
        question = f"What do {flops(best.train_flops.estimate)} FLOPs train best?"
        finding = f"{size} parameters on {seen} tokens"
    else:
        question = f"What is a model of {size} parameters best trained on?"
        finding = f"{seen} tokens, with {flops(best.train_flops.estimate)} FLOPs"
    ratio = number(best.tokens_per_param.estimate)
    return Section(
        question=question,
        finding=f"{finding}: {ratio} tokens a parameter, for {loss}.",
        low=_end(best.loss.low),
        high=_end(best.loss.high),
        evidence=_evidence(plan),
        chart=partial(plotting.plane, plan, known),
        tables=(_point_table(best),),
        caveats=_caveats(plan),
    )


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _point_table(point: Point) -> Table:
    rows: list[tuple[str, Estimate, Callable[[float], str]]] = [
        ("Parameters", point.params, count),
        ("Tokens", point.tokens, count),
        ("Tokens per parameter", point.tokens_per_param, number),
        ("Training FLOPs", point.train_flops, flops),
        ("Loss", point.loss, partial(number, digits=3)),
    ]
    frame = pl.DataFrame(
        [(name, write(e.estimate), write(e.low), write(e.high)) for name, e, write in rows],
        schema=["name", "estimate", "low", "high"],
        orient="row",
    )
    columns = (
        Column("name", "Compute-optimal"),
        Column("estimate", "Estimate"),
        Column("low", "Low"),
        Column("high", "High"),
    )
    return Table(frame, columns)


def _lifetime(plan: Plan) -> Section:
    life, serving, best = plan.lifetime, plan.serving, plan.optimum
    assert life is not None  # noqa: S101
    assert serving is not None  # noqa: S101
    point, priced = life.point, life.train_cost is not None
    what = "money" if priced else "compute"
    saved = percent(life.saving.estimate) + _between(life.saving, percent)
    rows = [
        _row("compute-optimal", best, 2.0 * best.params.estimate * serving.tokens),
        _row("lifetime-optimal", point, life.inference_flops.estimate),
    ]
    caption = "Two models of one loss"
    if life.train_cost is not None and life.inference_cost is not None:
        caption += (
            f"; the second costs {_money(life.train_cost.estimate)} to train and "
            f"{_money(life.inference_cost.estimate)} to serve"
        )
    return Section(
        question=f"What costs least to train and to serve {count(serving.tokens)} tokens?",
        finding=(
            f"{count(point.params.estimate)} parameters{_between(point.params, count)} "
            f"on {count(point.tokens.estimate)} tokens"
            f"{_between(point.tokens, count)}, "
            f"{number(point.tokens_per_param.estimate)} a parameter: the loss of the "
            f"compute-optimal model, for {saved} less {what}."
        ),
        low=_end(life.saving.low),
        high=_end(life.saving.high),
        evidence=(
            "Least cost at equal loss (Sardana et al. 2024): 6 N D for training and 2 N for each "
            "token served" + (", each at its price." if priced else ".")
        ),
        tables=(_text_table(rows, LIFE_COLUMNS, caption),),
        caveats=(
            "Every token served is taken to cost 2 N, as if the chips were used as well as in "
            "training: prices can say otherwise (--price-train, --price-inference).",
        )
        if not priced
        else (),
    )


LIFE_COLUMNS = (
    "Model",
    "Parameters",
    "Tokens",
    "Per parameter",
    "Training FLOPs",
    "Inference FLOPs",
)


def _row(name: str, point: Point, inference: float) -> tuple[str, ...]:
    return (
        name,
        count(point.params.estimate),
        count(point.tokens.estimate),
        number(point.tokens_per_param.estimate),
        flops(point.train_flops.estimate),
        flops(inference),
    )


def _overtrained(plan: Plan) -> Section:
    ratio = plan.optimum.tokens_per_param.estimate
    ten = next(row for row in plan.overtrained if row.factor == TEN)
    four = partial(number, digits=4)
    rows = [
        (
            f"{row.factor:g}",
            number(row.factor * ratio, 0),
            count(row.params.estimate),
            count(row.tokens.estimate),
            number(row.compute.estimate, 2) + _between(row.compute, partial(number, digits=2)),
            four(row.loss_given_up.estimate) + _between(row.loss_given_up, four),
        )
        for row in plan.overtrained
    ]
    columns = (
        "Factor",
        "Tokens/param",
        "Parameters",
        "Tokens",
        "Times the compute",
        "Or loss given up",
    )
    return Section(
        question="What does it cost to train a smaller model for longer?",
        finding=(
            "Ten times the optimum's tokens per parameter take "
            f"{number(ten.compute.estimate, 2)} times its compute"
            f"{_between(ten.compute, partial(number, digits=2))} for the same loss; with the same "
            f"compute the loss is {number(ten.loss_given_up.estimate, 3)} nats higher."
        ),
        evidence="Factors at equal loss follow from alpha and beta alone, at any budget.",
        tables=(_text_table(rows, columns, "Models of the optimum's loss; and at its compute"),),
    )


def _shrunk(plan: Plan) -> Section:
    parts = [f"{percent(row.share.estimate, 0)} with {row.factor:g} times" for row in plan.shrunk]
    least = plan.smallest
    rows = [
        (
            f"{row.factor:g}",
            count(row.params.estimate) + _between(row.params, count),
            percent(row.share.estimate) + _between(row.share, percent),
            number(row.compute.estimate, 2) + _between(row.compute, partial(number, digits=2)),
        )
        for row in plan.shrunk
    ]
    columns = ("Times the tokens", "Parameters", "Of the optimum's", "Times the compute")
    return Section(
        question="How far may the model shrink at equal loss?",
        finding=(
            f"To {', '.join(parts)} the tokens. No number of tokens brings a model of fewer than "
            f"{count(least.estimate)} parameters{_between(least, count)} to this loss."
        ),
        low=_end(least.low),
        high=_end(least.high),
        tables=(_text_table(rows, columns, "The smallest models of the optimum's loss"),),
    )


def _gains(plan: Plan) -> Section:
    own = plan.gains[0]
    worth = partial(number, digits=1)
    size, tokens = count(plan.target.params or 0.0), count(own.to_tokens)
    rows = [_gain_row(gain) for gain in plan.gains]
    stated = [gain for gain in plan.gains if gain.start != "optimum"]
    columns = ("Law", "From tokens", "Loss then", "Gain", "Compute", "Worth")
    return Section(
        question=f"What do {tokens} tokens gain at {size} parameters?",
        finding=(
            f"Over {count(own.from_tokens.estimate)}, the optimum, "
            f"{number(own.gain.estimate, 3)} nats a token"
            f"{_between(own.gain, partial(number, digits=3))}: "
            f"{worth(own.compute.estimate)} times the compute, for what "
            f"{worth(own.worth.estimate)} times would gain along the optimum"
            f"{_between(own.worth, worth)}."
        ),
        low=_end(own.gain.low),
        high=_end(own.gain.high),
        evidence="Worth: the factor of compute-optimal training that lowers the loss as far.",
        tables=(
            _text_table(rows, columns, "Losses, nats a token; each law on its own text and units"),
        ),
        caveats=tuple(f"Stated: {printable(gain.start)}." for gain in stated[:1]),
    )


def _gain_row(gain: Gain) -> tuple[str, ...]:
    three, optimal = partial(number, digits=3), gain.start == "optimum"
    return (
        printable(gain.law),
        f"{count(gain.from_tokens.estimate)}, {gain.start if optimal else 'stated'}",
        three(gain.loss_to.estimate),
        three(gain.gain.estimate) + _between(gain.gain, three),
        number(gain.compute.estimate),
        number(gain.worth.estimate) + _between(gain.worth, number),
    )


def _published(plan: Plan) -> Section:
    rows = [
        (
            point.law,
            count(point.params),
            count(point.tokens),
            number(point.tokens_per_param),
            flops(point.flops),
            MISSING if point.loss is None else number(point.loss, 3),
            point.data,
        )
        for point in plan.published
    ]
    ratios = {point.law: point.tokens_per_param for point in plan.published}
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    columns = ("Law", "Parameters", "Tokens", "Per parameter", "FLOPs", "Loss", "Fitted on")
    sources = pl.DataFrame(
        [(point.law, point.source, point.counts) for point in plan.published],
        schema=["law", "source", "counts"],
        orient="row",
    )
    headings = (Column("law", "Law"), Column("source", "Source"), Column("counts", "Counts"))
    return Section(
        question="What do published laws call optimal here?",
        finding=(
            f"From {number(ratios[least])} tokens a parameter ({least}) to "
            f"{number(ratios[most])} ({most})."
        ),
        tables=(_text_table(rows, columns, "Optima"), Table(sources, headings, "Where from")),
        caveats=(
            "Losses of laws on other text or other tokens cannot be compared; nor can sizes where "
            "laws count otherwise.",
        ),
    )


def _used(plan: Plan) -> Section:
    target, serving = plan.target, plan.serving
    settings = [("Law", printable(plan.law)), ("From", printable(plan.source))]
    if target.flops is not None:
        settings.append(("Training FLOPs", flops(target.flops)))
    if target.params is not None:
        settings.append(("Parameters", flops(target.params)))
    if target.tokens is not None:
        settings.append(("Tokens asked for", flops(target.tokens)))
    if serving is not None:
        settings.append(("Inference tokens", flops(serving.tokens)))
        if serving.price_train is not None:
            settings.append(("Price of a training FLOP", flops(serving.prices[0])))
            settings.append(("Price of an inference FLOP", flops(serving.prices[1])))
    if plan.level is not None:
        settings.append(("Level", level_text(plan.level)))
        settings.append(("Resamples", integer(plan.resamples)))
    left_out = sum(removal.count for removal in plan.removed)
    used = "a published law" if plan.n is None else f"{integer(plan.n)} runs"
    return Section(
        question="What was used, and what was left out?",
        finding=f"{used[0].upper()}{used[1:]}. "
        + (f"{integer(left_out)} runs were left out." if left_out else "Nothing was left out."),
        tables=(
            *removed_tables(plan.removed, what="Runs"),
            _text_table(settings, ("Setting", "Value")),
        ),
        caveats=plan.notes,
    )


def _evidence(plan: Plan) -> str:
    if plan.level is None:
        return f"{printable(plan.source)}; no intervals, since its runs are not at hand."
    return (
        f"{printable(plan.source)}; {level_text(plan.level)} intervals from "
        f"{integer(plan.resamples)} bootstrap resamples of them."
    )


def _caveats(plan: Plan) -> tuple[str, ...]:
    found = [_beyond_text(beyond) for beyond in plan.beyond]
    if any(max(b.params, b.tokens) > 1.0 or b.flops > 1.0 for b in plan.beyond):
        found.append(
            "Beyond the runs a plan trusts the law's form: its intervals hold if that form does."
        )
    return tuple(found)


def _beyond_text(beyond: Beyond) -> str:
    names = ("parameters", "tokens", "FLOPs")
    factors = (beyond.params, beyond.tokens, beyond.flops)
    above = [f"{_times(f)} in {n}" for n, f in zip(names, factors, strict=True) if f > 1]
    below = [f"{_times(1 / f)} in {n}" for n, f in zip(names, factors, strict=True) if f < 1]
    parts = [f"beyond the largest run: {', '.join(above)}"] if above else []
    parts += [f"below the smallest run: {', '.join(below)}"] if below else []
    return f"Extrapolated: {beyond.point} is {'; '.join(parts)}."


def _between(estimate: Estimate, write: Callable[[float], str]) -> str:
    """Write an interval, where there is one."""
    if math.isnan(estimate.low) or estimate.low == estimate.high:
        return ""
    return f" [{write(estimate.low)}, {write(estimate.high)}]"


def _times(factor: float) -> str:
    return f"{integer(factor) if factor >= 100 else number(factor)} times"  # noqa: PLR2004


def _money(value: float) -> str:
    return integer(value) if value >= 1000 else f"{value:.3g}"  # noqa: PLR2004


def _text_table(rows: Sequence[Sequence[str]], columns: Sequence[str], caption: str = "") -> Table:
    names = [f"c{k}" for k in range(len(columns))]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return Table(frame, tuple(map(Column, names, columns)), caption)
