"""``theodolite rank``: a board with intervals and rank ranges from pairwise votes."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource, parse_anchor
from theodolite.cli.output import Outcome, render, working
from theodolite.cli.rating_options import RankOptions

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.ratings import Intransitivity, PredictiveCheck, RatingFit
    from theodolite.reporting import Page
    from theodolite.tables import Votes

__all__ = ["board_chart", "rank"]


def rank(
    source: VoteSource,
    rating: RankOptions,
    inference: Inference,
    output: Output,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Compare how the methods predict held-out votes; look for circles."
        ),
    ] = False,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Put every pair of models into the JSON object too.")
    ] = False,
) -> None:
    """Rank models by pairwise votes, with an interval and a rank range for each."""
    parse_anchor(rating.anchor)
    with working("Reading votes"):
        votes = source.load(need=rating.need)
    with working(f"Rating {len(votes.models)} models"):
        fit = rating.rate(votes, inference)
    tested = run_checks(votes, inference) if check else None
    data = fit.to_dict() | checks_to_dict(tested)
    if pairs:
        data["pairs"] = fit.pairs.to_dicts()
        if fit.style:
            data["adoption"] = fit.style.adoption().to_dicts()
    page, chart = partial(_page, fit, tested), partial(board_chart, fit)
    render(Outcome(data, page=page, chart=chart), output)


def run_checks(votes: Votes, inference: Inference) -> tuple[PredictiveCheck, Intransitivity | None]:
    """Compare the methods on held-out votes, and look for circles."""
    from theodolite.ratings import intransitivity, predictive_check

    with working("Predicting held-out votes"):
        prediction = predictive_check(votes, level=inference.level, seed=inference.seed)
        return prediction, intransitivity(votes)


def checks_to_dict(
    tested: tuple[PredictiveCheck, Intransitivity | None] | None,
) -> dict[str, object]:
    """Give what the checks add to a JSON object."""
    if tested is None:
        return {}
    prediction, circle = tested
    return {
        "prediction": prediction.to_dict(),
        "intransitivity": None if circle is None else asdict(circle),
    }


def _page(fit: RatingFit, tested: tuple[PredictiveCheck, Intransitivity | None] | None) -> Page:
    from theodolite.reporting import check_sections, rank_page

    page = rank_page(fit, title=f"Ranking of {len(fit.board.models)} models")
    return page if tested is None else page.with_sections(check_sections(*tested))


def board_chart(fit: RatingFit) -> Chart:
    """Draw the forest plot of a board."""
    from theodolite.plotting import forest

    return forest(fit.board)
