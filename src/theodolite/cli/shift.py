"""``theodolite shift``: how a board changes for a part, a population, or with style held fixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import FILTERS, Inference, Output, VoteSource
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.rating_options import SpecificationOptions
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    import polars as pl

    from theodolite.cli.output import Chart
    from theodolite.ratings import Shift, ShiftBy
    from theodolite.reporting import Page
    from theodolite.tables import Ratings, Votes

__all__ = ["CompareOptions", "ShiftSource", "shift"]

COMPARED = "What to compare"


@dataclass(frozen=True)
class ShiftSource(VoteSource):
    """Where votes come from; ``where`` names the part here, and ``within`` is the filter."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="The part to compare with the whole: the votes where it holds; repeatable. Also "
            "COLUMN!=VALUE and COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None
    within: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the votes where it holds, on both sides; repeatable.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    @property
    def filters(self) -> list[str]:
        """What every vote of both sides must meet."""
        return self.within or []


@dataclass(frozen=True)
class CompareOptions:
    """What the two sides are, where it is not a part and the whole."""

    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Compare the part with these votes instead of the whole; repeatable.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Compare every category of a column with the whole, and test whether they differ.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None
    mix: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN=FILE",
            help="Weight the votes to the shares of a population: a file with the columns COLUMN "
            "and share.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None


def shift(
    source: ShiftSource,
    compare: CompareOptions,
    rating: SpecificationOptions,
    inference: Inference,
    output: Output,
) -> None:
    """Show how ratings and ranks change between two boards that share votes."""
    from theodolite.loading import is_ratings_file

    if len(source.paths) == 1 and is_ratings_file(source.paths[0]):
        found: Shift | ShiftBy = _published(source, compare, rating, inference)
    else:
        found = _of_votes(source, compare, rating, inference)
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _of_votes(
    source: ShiftSource,
    compare: CompareOptions,
    rating: SpecificationOptions,
    inference: Inference,
) -> Shift | ShiftBy:
    from theodolite.loading import load_shares
    from theodolite.ratings import shift_by, shift_mix, shift_part, shift_style

    _one_question(source, compare, rating)
    spec, level = rating.specification, inference.level
    column, path = _mix(compare.mix)
    shares = load_shares(path, column) if column else {}
    named = {c.partition("=")[0].rstrip("!") for c in (*_texts(source), *_texts(compare))}
    outcome = sorted({"winner", "share_a"} & {*named, compare.by or column})
    if outcome:
        raise UsageError(
            f"{outcome[0]} is what the votes say: a board of the votes that say so is no board"
        )
    need = rating.need | named | ({compare.by or column} - {""})
    with working("Reading votes"):
        votes = source.load(need=frozenset(name for name in need if name))
    with working("Rating both sides"):
        if compare.by:
            return shift_by(votes, compare.by, spec=spec, level=level)
        if column:
            return shift_mix(votes, column, shares, spec=spec, level=level)
        if not source.where:
            return shift_style(votes, spec=spec, level=level)
        name, part = _part(votes, source.where)
        against = _part(votes, compare.against) if compare.against else None
        return shift_part(votes, part, name=name, against=against, spec=spec, level=level)


def _published(
    source: ShiftSource,
    compare: CompareOptions,
    rating: SpecificationOptions,
    inference: Inference,
) -> Shift:
    """Compare two boards of a file of published ratings."""
    from theodolite.loading import load_ratings
    from theodolite.ratings import shift_published
    from theodolite.tables import Condition, select

    if not (source.where and compare.against) or compare.by or compare.mix:
        raise UsageError(
            "these are published ratings, without votes: choose the two boards with --where and "
            "--against, as in --within field=arena_rating --where category=english "
            "--against category=overall"
        )
    given = [*source.changed("within", "where"), *rating.changed()]
    if given:
        raise UsageError(
            f"{given[0]} is for votes, and {source.paths[0]} holds published ratings without any"
        )
    ratings = load_ratings(source.paths[0])
    ratings = select(ratings, [Condition.parse(text) for text in source.filters])

    def board(conditions: list[str]) -> tuple[str, Ratings]:
        chosen = select(ratings, [Condition.parse(text) for text in conditions])
        return " and ".join(conditions), chosen

    return shift_published(board(compare.against), board(source.where), level=inference.level)


def _one_question(
    source: ShiftSource, compare: CompareOptions, rating: SpecificationOptions
) -> None:
    """Raise unless the options say what to compare, and say it once."""
    given = [
        name
        for name, value in (("--where", source.where), ("--by", compare.by), ("--mix", compare.mix))
        if value
    ]
    if compare.against and not source.where:
        raise UsageError("--against belongs to --where: it replaces the whole on the other side")
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} are two questions: ask them one by one")
    if not given and rating.style is None:
        raise UsageError(
            "say what to compare: --where COLUMN=VALUE, --by COLUMN, --mix COLUMN=FILE, or "
            "--style FEATURE,..."
        )


def _texts(options: ShiftSource | CompareOptions) -> list[str]:
    given = options.where if isinstance(options, ShiftSource) else options.against
    return given or []


def _mix(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    column, equals, path = text.partition("=")
    if not (column and equals and path):
        raise UsageError(f"--mix {shorten(text)} is not COLUMN=FILE, as in language=shares.csv")
    return column, path


def _part(votes: Votes, texts: list[str]) -> tuple[str, pl.Series]:
    from theodolite.tables import Condition

    masks = [Condition.parse(text).mask(votes.frame) for text in texts]
    return " and ".join(texts), reduce(and_, masks)


def _page(found: Shift | ShiftBy) -> Page:
    from theodolite.ratings import ShiftBy
    from theodolite.reporting import shift_by_page, shift_page

    return shift_by_page(found) if isinstance(found, ShiftBy) else shift_page(found)


def _chart(found: Shift | ShiftBy) -> Chart:
    from theodolite import plotting
    from theodolite.ratings import ShiftBy

    return plotting.slopes(found) if isinstance(found, ShiftBy) else plotting.changes(found)
