"""``theodolite rank``: a board with intervals and rank ranges from pairwise votes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource, parse_anchor
from theodolite.cli.output import Outcome, render, working

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.ratings import RatingFit
    from theodolite.reporting import Page

__all__ = ["PairWeights", "RankOptions", "board_chart", "rank"]

RATING = "Rating"


class PairWeights(StrEnum):
    """Whether a pair that was shown often counts for more."""

    EQUAL = "equal"
    INVERSE_COUNT = "inverse-count"


@dataclass(frozen=True)
class RankOptions:
    """How the board is rated."""

    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Votes that share this column's value depend on each other: voter, prompt_id.",
            rich_help_panel=RATING,
            show_default=False,
        ),
    ] = None
    pair_weights: Annotated[
        PairWeights,
        typer.Option(
            help="inverse-count divides each vote by the votes of its pair.",
            rich_help_panel=RATING,
        ),
    ] = PairWeights.EQUAL
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL=RATING",
            help="Shift all ratings so that this model has this one; else they average 1000.",
            rich_help_panel=RATING,
            show_default=False,
        ),
    ] = None

    @property
    def need(self) -> frozenset[str]:
        """The optional columns that the rating reads."""
        return frozenset({self.cluster} if self.cluster else ())


def rank(
    source: VoteSource,
    rating: RankOptions,
    inference: Inference,
    output: Output,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Put every pair of models into the JSON object too.")
    ] = False,
) -> None:
    """Rank models by pairwise votes, with an interval and a rank range for each."""
    from theodolite.ratings import bradley_terry

    anchor = parse_anchor(rating.anchor)
    with working("Reading votes"):
        votes = source.load(need=rating.need)
    with working(f"Rating {len(votes.models)} models"):
        fit = bradley_terry(
            votes,
            cluster=rating.cluster,
            pair_weights=rating.pair_weights.value,
            anchor=anchor,
            level=inference.level,
            seed=inference.seed,
        )
    data = fit.to_dict()
    if pairs:
        data["pairs"] = fit.pairs.to_dicts()
    render(Outcome(data, page=partial(_page, fit), chart=partial(board_chart, fit)), output)


def _page(fit: RatingFit) -> Page:
    from theodolite.reporting import rank_page

    return rank_page(fit, title=f"Ranking of {len(fit.board.models)} models")


def board_chart(fit: RatingFit) -> Chart:
    """Draw the forest plot of a board."""
    from theodolite.plotting import forest

    return forest(fit.board)
