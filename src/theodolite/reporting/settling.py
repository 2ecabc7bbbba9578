"""What a settling says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from theodolite import plotting
from theodolite.plotting.text import integer, level_text, listed, number, percent, printable
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings import Settling

__all__ = ["settle_page", "settling_sections"]

MOST_ROWS = 12


def settle_page(settling: Settling, *, title: str = "Has the board settled?") -> Page:
    """Make the page of a settling."""
    return Page(title=title, sections=(*settling_sections(settling), used(settling)))


def settling_sections(settling: Settling) -> tuple[Section, ...]:
    """Answer whether the board has settled, what is decided, what was claimed, what is missing."""
    return (_board(settling), _pairs(settling), _claims(settling), _missing(settling))


def used(settling: Settling) -> Section:
    """Answer what was used and what was left out: counts and settings."""
    left_out = sum(removal.count for removal in settling.removed)
    settings = [
        ("Criterion", _criterion(settling)),
        ("Level", level_text(settling.level)),
        ("Error of each pair's sequence", f"{settling.pair_error:.2g}"),
        ("Error of each model's sequence", f"{settling.model_error:.2g}"),
        ("Looks", f"{integer(len(settling.history))}, by {settling.looks.by}"),
        ("Burn-in", f"{integer(settling.burn_in)} votes of a model"),
        ("Clustered by", printable(settling.cluster) if settling.cluster else "none"),
    ]
    tables = [
        Table(
            pl.DataFrame(settings, schema=["name", "value"], orient="row"),
            (Column("name", "Setting"), Column("value", "Value")),
        )
    ]
    return Section(
        question="What was used, and what was left out?",
        finding=f"{integer(settling.n_votes)} votes on {integer(len(settling.models))} models were "
        + f"used. {integer(left_out) + ' votes were' if left_out else 'None was'} left out.",
        tables=(*removed_tables(settling.removed), *tables),
    )


def _board(settling: Settling) -> Section:
    models = settling.models
    settled = int(models["settled"].sum())
    widest = models["half_width"].max()
    finding = (
        f"{'Yes' if settling.settled else 'No'}: {_state(settling)} "
        f"{integer(settled)} of {integer(len(models))} models are within "
        f"{_points(settling.half_width)}"
        + (f"; the widest half-width is {number(widest)} points." if widest is not None else ".")  # type: ignore[arg-type]
    )
    columns = (
        Column("model", "Model"),
        Column("rating", "Rating", "number"),
        Column("half_width", "Half-width", "number"),
        *_since(settling, "Settled at", "On"),
        Column("votes", "Votes", "integer"),
        Column("votes_needed", "Still needed", "integer"),
    )
    caption = (
        f"Ratings, and the half-widths of {level_text(settling.level)} sequences for all models "
        "together; votes that are needed are counted on the whole board"
    )
    return Section(
        question="Has the board settled?",
        finding=finding,
        evidence=_evidence(settling),
        chart=partial(plotting.widths, settling),
        tables=(Table(_dated(models, "settled", settling), columns, caption),),
        caveats=_caveats(settling),
    )


def _pairs(settling: Settling) -> Section:
    pairs, rows = settling.pairs, len(settling.pairs)
    done = pairs.filter("decided")
    against = int(pairs["contradicted"].sum())
    finding = f"{integer(len(done))} of {integer(rows)} pairs ({percent(len(done) / rows, 0)}) are "
    finding += "decided for good"
    if len(done):
        half = done["decided_after"].median()
        finding += f", half of them after at most {integer(half)} votes"  # type: ignore[arg-type]
    finding += f".{_furthest(settling)}"
    if against:
        finding += (
            f" The sequence of {integer(against)} has since excluded 0 on the other side: either "
            "the decision was one of the few wrong ones, or strengths have changed."
        )
    return Section(
        question="Which pairs are decided, and since when?",
        finding=finding,
        evidence=(
            "However often one looks, the chance that any pair is ever decided wrongly is at most "
            f"{percent(1 - settling.level, 0)} in large samples."
        ),
        chart=partial(plotting.decisions, settling),
        tables=_pair_tables(settling, done),
    )


def _furthest(settling: Settling) -> str:
    waiting = settling.pairs.filter(~pl.col("decided")).sort("votes_needed", nulls_last=True)
    if not len(waiting):
        return ""
    one, two = (printable(waiting[side][-1]) for side in ("model_a", "model_b"))
    return f" Furthest from it are {one} and {two}."


def _pair_tables(settling: Settling, done: pl.DataFrame) -> tuple[Table, ...]:
    waiting = settling.pairs.filter(~pl.col("decided")).sort("votes_needed", nulls_last=True)
    interval = (
        Column("gap", "Gap", "number"),
        Column("low", "Low", "number"),
        Column("high", "High", "number"),
    )
    tables: tuple[Table, ...] = ()
    if len(done):
        shown = _dated(done.sort("decided_after", maintain_order=True), "decided", settling)
        names = (Column("model_a", "Better"), Column("model_b", "Worse"))
        caption = "Decided, the first ones on top; sequences of the gap now, in points"
        columns = (*names, *_since(settling), *interval)
        tables += (Table(shown, columns, caption, most=MOST_ROWS),)
    if len(waiting):
        names = (Column("model_a", "Leads"), Column("model_b", "Against"))
        needed = Column("votes_needed", "Still needed", "integer")
        caption = "Not decided, the nearest to it on top; sequences of the gap, in points"
        tables += (Table(waiting, (*names, *interval, needed), caption, most=MOST_ROWS),)
    return tables


def _claims(settling: Settling) -> Section:
    wrong, claims = settling.reversals, integer(settling.claims)
    level = level_text(settling.level)
    if len(wrong):
        finding = (
            f"Ordinary {level} intervals, looked at as often, would have told "
            f"{integer(len(wrong))} of the {claims} pairs they ever told apart the other way round "
            "than the votes say now. Wrong by a decision that has come since: "
            f"{integer(int(wrong['certain'].sum()))}."
        )
    else:
        finding = (
            f"None of the {claims} pairs that ordinary {level} intervals ever told apart stands "
            "the other way round now."
        )
    lost = integer(settling.withdrawn)
    sure = "The estimates of now may be wrong too: only a decided pair shows that a claim was."
    if settling.claims:
        finding += f" Of these pairs, {lost} lost the claim again at a later look."
    return Section(
        question="What would have been published wrongly?",
        finding=finding,
        evidence=f"{integer(len(settling.history))} looks, each with intervals made for one look.",
        chart=partial(plotting.decided, settling),
        tables=(_wrong_table(settling),) if len(wrong) else (),
        caveats=(sure,) if len(wrong) else (),
    )


def _wrong_table(settling: Settling) -> Table:
    columns = (
        Column("model_a", "Said to be better"),
        Column("model_b", "Than"),
        *_since(settling, "First said after", "First said"),
        Column("gap", "Gap now", "number"),
        Column("certain", "Decided against"),
    )
    shown = _dated(settling.reversals, "claimed", settling).with_columns(certain=_yes("certain"))
    return Table(shown, columns, "Claims that stand the other way round now", most=MOST_ROWS)


def _missing(settling: Settling) -> Section:
    best, as_is = settling.votes_needed_best, settling.votes_needed
    if settling.settled:
        finding = "None: the board has settled."
    elif as_is is None:
        finding = f"It cannot be told: {_never(settling)}"
    else:
        finding = f"{integer(as_is)} more, if pairs are shown as often as so far."
        finding += (
            " A better pairing was not looked for, or not found."
            if best is None
            else f" With the best pairing found, {integer(best)}."
        )
    tables: tuple[Table, ...] = ()
    if len(settling.best_pairs):
        columns = (
            Column("model_a", "Model"),
            Column("model_b", "Against"),
            Column("votes", "Votes", "integer"),
            Column("share", "Share", "percent"),
        )
        tables = (Table(settling.best_pairs, columns, "The best pairing found", most=MOST_ROWS),)
    return Section(
        question="How many more votes?",
        finding=finding,
        evidence=f"Until {_criterion(settling)}, if the estimates stay what they are."
        if as_is
        else "",
        tables=tables,
        caveats=("The best pairing found is an upper bound of the fewest votes that would do.",)
        if len(settling.best_pairs)
        else (),
    )


def _never(settling: Settling) -> str:
    if settling.unrated:
        return f"these votes do not rate {listed(settling.unrated)} yet."
    if (settling.pairs["decided"] & (settling.pairs["gap"] < 0)).any():
        return "a decision, which stands, is against the order of the estimates now."
    return "models that must be told apart are level, as far as the votes say."


def _state(settling: Settling) -> str:
    if settling.top is not None:
        names = listed(settling.models["model"].head(settling.top).to_list())
        one = settling.top == 1
        apart = ("has" if one else "have") + ("" if settling.settled else " not")
        top = "the first model" if one else f"the top {settling.top}"
        when = _settled_since(settling)
        return f"{top} ({names}) {apart} been decided to be better than all others{when}."
    if settling.unrated:
        return f"the votes do not rate {listed(settling.unrated)}."
    if settling.settled:
        return f"the rating of every model is known well enough{_settled_since(settling)}."
    return "not every rating is known well enough."


def _settled_since(settling: Settling) -> str:
    if settling.since is None:
        return ""
    after, at = settling.since
    return f", since {integer(after)} votes" + ("" if at is None else f" ({at:%Y-%m-%d})")


def _criterion(settling: Settling) -> str:
    if settling.top is not None:
        return f"the top {settling.top} are decided to be better than each of the others"
    return f"every model is within {_points(settling.half_width)}"


def _points(width: float) -> str:
    return f"{width:g} points"


def _evidence(settling: Settling) -> str:
    clusters = (
        f", in {integer(settling.n_clusters)} clusters by {printable(str(settling.cluster))}"
        if settling.n_clusters
        else ""
    )
    return (
        f"{integer(settling.n_votes)} votes{clusters}, {integer(len(settling.history))} looks by "
        f"{settling.looks.by}; intervals that hold at every look at once (Robbins' normal mixture)."
    )


def _caveats(settling: Settling) -> tuple[str, ...]:
    out = [
        "The promise is for large samples; a model's sequences start after "
        f"{integer(settling.burn_in)} of its votes.",
        f"Sequences are tuned to be narrow at {_points(settling.half_width)}, and are wide while "
        "votes are far fewer than that takes: a larger --half-width decides wide gaps sooner.",
        "Strengths are taken as constant over time.",
    ]
    if settling.looks.by == "votes":
        out.append("The order of the table is taken for the order of time.")
    if settling.cluster is None:
        out.append("Votes are taken as independent of each other (--cluster).")
    if settling.unrated:
        out.append(
            f"The votes give no finite rating to {listed(settling.unrated)}: leave out what cannot "
            "be rated (--where), or the board cannot settle."
        )
    return tuple(out)


def _since(
    settling: Settling, votes: str = "Since votes", time: str = "Since"
) -> tuple[Column, ...]:
    after = Column("after", votes, "integer")
    return (after,) if settling.looks.by == "votes" else (after, Column("at", time))


def _dated(frame: pl.DataFrame, what: str, settling: Settling) -> pl.DataFrame:
    """Write times as text."""
    frame = frame.rename({f"{what}_after": "after", f"{what}_at": "at"})
    form = "%Y-%m-%d %H:%M" if settling.looks.by == "hour" else "%Y-%m-%d"
    return frame.with_columns(pl.col("at").dt.strftime(form))


def _yes(name: str) -> pl.Expr:
    return pl.when(pl.col(name)).then(pl.lit("yes")).otherwise(pl.lit("no"))
