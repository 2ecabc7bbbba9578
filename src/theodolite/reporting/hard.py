"""What a hard subset says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__, plotting
from theodolite.plotting.text import integer, level_text, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.scoring.hard import Estimate, HardSubset

__all__ = ["hard_page", "hard_sections"]

MOST_ON_TERMINAL = 12
MOST_ON_PAGE = 5000


def hard_page(found: HardSubset) -> Page:
    """Make the page of a hard subset."""
    title = f"{integer(found.size)} of {integer(found.items_in_all)} items that separate models"
    return Page(title=title, sections=(*hard_sections(found), _used(found)))


def hard_sections(found: HardSubset) -> tuple[Section, ...]:
    """Answer how much the list separates, against what, how few do, and what it changes."""
    sections = [_separates(found), _fewest(found), _order(found), _items(found)]
    if len(found.suspects):
        sections.append(_suspects(found))
    return tuple(sections)


def _separates(found: HardSubset) -> Section:
    level, chosen = level_text(found.level), found.separability
    return Section(
        question="How much does the list separate?",
        finding=_compared(found),
        low=chosen.low,
        high=chosen.high,
        evidence=(
            f"{integer(found.holdout.splits)} splits of {integer(len(found.models))} models in "
            f"{integer(found.groups)} groups, {number(found.held)} held out on average."
        ),
        chart=partial(plotting.separability_curve, found),
        tables=(
            Table(
                found.methods,
                (
                    Column("method", "Items taken by"),
                    Column("separability", "Separated", "percent"),
                    Column("low", "Low", "percent"),
                    Column("high", "High", "percent"),
                    Column("wrong", "Wrongly", "percent"),
                    Column("agreement", "In order", "percent"),
                    Column("brier", "Brier", "number", 3),
                    Column("spearman", "Spearman", "number", 3),
                ),
                f"Lists of {integer(found.size)} items on models held out; separated: each pair "
                f"alone at {level}",
            ),
        ),
        caveats=(
            _optimism(found.optimism),
            "A separated pair is told apart on the list. The list weighs items as it was chosen "
            "to, so it can put models in another order than all items do.",
            "Intervals do not know that other models would have led to other lists: in "
            "simulations with 40 models those of a list held about 90%, not 95%.",
            *found.notes,
        ),
    )


def _compared(found: HardSubset) -> str:
    """Say what the list separates beside random lists and all items."""
    gain = found.gain
    if gain.low > 0:
        verdict = "More than by chance"
    elif gain.high < 0:
        verdict = "Less than by chance"
    else:
        verdict = "Not clearly more than by chance"
    return (
        f"Of models that had no part in the choice, lists of {integer(found.size)} items separate "
        f"{percent(found.separability.value)} of the pairs ({level_text(found.level)} interval "
        f"{_ends(found.separability)}); random lists separate "
        f"{percent(found.separability_random.value)}, all {integer(found.items_in_all)} items "
        f"{percent(found.separability_all.value)}. {verdict}: the difference is "
        f"{_points(gain.value)} ({_points(gain.low)} to {_points(gain.high)})."
    )


def _fewest(found: HardSubset) -> Section:
    chosen, random = found.fewest["information"], found.fewest["random"]
    kept = percent(found.holdout.keep, 0)
    least = found.curve["size"].min()
    texts = [
        f"fewer than {integer(least)}" if size is None else f"about {integer(size)}"  # type: ignore[arg-type]
        for size in (chosen, random)
    ]
    return Section(
        question="How few items would do?",
        finding=(
            f"To keep {kept} of what all {integer(found.items_in_all)} items separate takes "
            f"{texts[0]} chosen items, or {texts[1]} random ones."
        ),
        tables=(
            Table(
                found.curve,
                (
                    Column("method", "Items taken by"),
                    Column("size", "Items", "integer"),
                    Column("separability", "Separated", "percent"),
                    Column("low", "Low", "percent"),
                    Column("high", "High", "percent"),
                ),
                f"By size, on models held out; {level_text(found.level)} intervals",
            ),
        ),
        caveats=("Between the sizes that were tried this is read off a line.",),
    )


def _order(found: HardSubset) -> Section:
    row = found.methods.row(0, named=True)
    told, chance = found.prediction["information"], found.prediction["random"]
    share = bool(found.models["score"].is_between(0.0, 1.0).all())
    return Section(
        question="Does the list keep the order and the scores?",
        finding=(
            f"{percent(row['agreement'])} of the pairs stand in the order of all items, and "
            f"{percent(row['wrong'])} are separated in the opposite order "
            f"({level_text(found.level)} interval {percent(row['wrong_low'])} to "
            f"{percent(row['wrong_high'])}). {_foretold(found, share=share)}"
        ),
        low=row["wrong_low"],
        high=row["wrong_high"],
        evidence=(
            f"The intervals of foretold scores held {percent(told['coverage'], 0)} of the scores "
            f"of models held out ({level_text(found.level)} wanted; random lists "
            f"{percent(chance['coverage'], 0)})."
        ),
        chart=partial(plotting.whole_scores, found),
        tables=(_score_table(found, share=share),),
        caveats=(
            "A score on the list is not a score on the benchmark: items were chosen to differ.",
        ),
    )


def _score_table(found: HardSubset, *, share: bool) -> Table:
    names = {
        "score": "All items",
        "subset_score": "List",
        "predicted": "Foretold",
        "low": "Low",
        "high": "High",
    }
    amounts = (
        Column(name, label, "percent") if share else Column(name, label, "number", 3)
        for name, label in names.items()
    )
    return Table(
        found.models,
        (Column("model", "Model"), *amounts, Column("group", "Held out with")),
        "Scores on all items and on the final list; foretold from lists that were chosen without "
        "the model",
        most=MOST_ON_TERMINAL,
    )


def _foretold(found: HardSubset, *, share: bool) -> str:
    """Say how far off whole scores are that lists foretell."""
    errors = [found.prediction[name]["mean_error"] for name in ("information", "random")]
    known = [error for error in errors if error is not None]
    if not known:
        return "Too few models are held out to foretell whole scores."
    told, chance = (_points(error) if share else number(error, 3) for error in known)
    return f"A whole score is foretold with a mean error of {told}, from random lists of {chance}."


def _items(found: HardSubset) -> Section:
    names = [name for name in ("category",) if name in found.items.columns]
    benchmarks = found.items["benchmark"].n_unique()
    return Section(
        question="Which items are they?",
        finding=(
            f"{integer(found.size)} items of {integer(benchmarks)} "
            f"benchmark{'' if benchmarks == 1 else 's'}, chosen on all models. Among these very "
            f"models they separate {percent(found.apparent)}, which is more than to expect of "
            "others."
        ),
        tables=(
            Table(
                found.items.head(MOST_ON_PAGE),
                (
                    Column("item_id", "Item"),
                    *(Column(name, "Category") for name in names),
                    Column("score", "Mean score", "number", 3),
                    Column("slope", "Rise", "number", 2),
                ),
                "The chosen items; --items-out writes all, --json too",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _suspects(found: HardSubset) -> Section:
    first = printable(found.suspects["item_id"][0])
    count = len(found.suspects)
    what = "item seems to set" if count == 1 else "items seem to set"
    return Section(
        question="Which items separate the wrong way round?",
        finding=(
            f"{integer(count)} {what} better models behind worse ones; the surest is {first}. A "
            "wrong key does that: theodolite audit looks at the items themselves."
        ),
        tables=(
            Table(
                found.suspects.head(MOST_ON_PAGE),
                (
                    Column("item_id", "Item"),
                    Column("score", "Mean score", "number", 3),
                    Column("slope", "Rise", "number", 2),
                    Column("p_negative", "Probability", "percent", 0),
                ),
                "Items whose score falls with ability, with a probability of 80% or more",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _used(found: HardSubset) -> Section:
    removed = sum(removal.count for removal in found.removed)
    values = {
        "Items chosen by": "information on differences between models",
        "Categories": "none" if found.by is None else printable(found.by),
        "Held out": f"{percent(found.holdout.share, 0)} of the models in each split",
        "Splits": integer(found.holdout.splits),
        "Models held out together": "by the first word of the name, and near-copies"
        if found.holdout.group is None
        else f"by {printable(found.holdout.group)}, and near-copies",
        "Pairs of model and item without a score": integer(found.unanswered),
        "Level": f"{found.level:g}",
        "Seed": str(found.seed),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(len(found.models))} models, {integer(found.items_in_all)} items. "
            + (f"{integer(removed)} scores were left out." if removed else "None was left out.")
        ),
        tables=(
            *removed_tables(found.removed, what="Scores"),
            Table(frame, (Column("setting", "Setting"), Column("value", "Value"))),
        ),
    )


def _ends(estimate: Estimate) -> str:
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def _optimism(value: float) -> str:
    """Say how much better a list looks on the models that it was chosen on, if it does."""
    there = "Among the models that a list was chosen on it separates "
    if value > 0.0:
        return f"{there}{_points(value)} more: what one sees there is partly luck."
    return f"{there}no more than among others ({_points(-value)} less)."


def _points(value: float) -> str:
    return f"{number(100.0 * value)} points"
