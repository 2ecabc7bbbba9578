"""``theodolite rank``: a board with intervals and rank ranges from pairwise votes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.options import Inference, Output, VoteSource, parse_anchor, parse_features
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.ratings import (
        Intransitivity,
        PredictiveCheck,
        RatingFit,
        Specification,
        Ties,
    )
    from theodolite.reporting import Page
    from theodolite.tables import Votes

__all__ = ["Interval", "Method", "PairWeights", "RankOptions", "board_chart", "rank"]

RATING = "Rating"
INTERVALS = "Intervals"


class Method(StrEnum):
    """How votes become ratings."""

    BRADLEY_TERRY = "bradley-terry"
    DAVIDSON = "davidson"
    RAO_KUPPER = "rao-kupper"
    ELO = "elo"


TIES: dict[Method, Ties] = {
    Method.BRADLEY_TERRY: "half-win",
    Method.DAVIDSON: "davidson",
    Method.RAO_KUPPER: "rao-kupper",
}


class Interval(StrEnum):
    """How intervals are made."""

    SANDWICH = "sandwich"
    BOOTSTRAP = "bootstrap"


class PairWeights(StrEnum):
    """Whether a pair that was shown often counts for more."""

    EQUAL = "equal"
    INVERSE_COUNT = "inverse-count"


@dataclass(frozen=True)
class RankOptions:
    """How the board is rated."""

    method: Annotated[
        Method,
        typer.Option(
            help="bradley-terry takes a tie as half a win each; davidson and rao-kupper have ties, "
            "and both_bad, as outcomes; elo is averaged over random orders.",
            rich_help_panel=RATING,
        ),
    ] = Method.BRADLEY_TERRY
    pair_weights: Annotated[
        PairWeights,
        typer.Option(
            help="inverse-count divides each vote by the votes of its pair.",
            rich_help_panel=RATING,
        ),
    ] = PairWeights.EQUAL
    style: Annotated[
        str | None,
        typer.Option(
            metavar="FEATURE,...",
            help="Hold differences in style fixed: tokens, headers, lists, bold, or any NAME with "
            "columns NAME_a and NAME_b of numbers from 0 up.",
            rich_help_panel=RATING,
            show_default=False,
        ),
    ] = None
    standardize_style: Annotated[
        bool,
        typer.Option(
            "--standardize-style",
            help="Give style coefficients for one standard deviation of the difference.",
            rich_help_panel=RATING,
        ),
    ] = False
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL=RATING",
            help="Shift all ratings so that this model has this one; else they average 1000.",
            rich_help_panel=RATING,
            show_default=False,
        ),
    ] = None
    k_factor: Annotated[
        float | None,
        typer.Option(
            metavar="K",
            help="With elo: how far one vote moves a rating (4).",
            rich_help_panel=RATING,
            show_default=False,
        ),
    ] = None
    interval: Annotated[
        Interval, typer.Option(help="How intervals are made.", rich_help_panel=INTERVALS)
    ] = Interval.SANDWICH
    n_resamples: Annotated[
        int,
        typer.Option(
            metavar="N", min=100, help="Resamples of a bootstrap.", rich_help_panel=INTERVALS
        ),
    ] = 1000
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Votes that share this column's value depend on each other: voter, prompt_id.",
            rich_help_panel=INTERVALS,
            show_default=False,
        ),
    ] = None

    @property
    def need(self) -> frozenset[str]:
        """The optional columns that the rating reads."""
        columns = {self.cluster} if self.cluster else set()
        return frozenset(columns.union(*(f"{f}_a {f}_b".split() for f in self._features)))

    @property
    def _features(self) -> tuple[str, ...]:
        return parse_features(self.style) if self.style else ()

    @property
    def specification(self) -> Specification:
        """How votes become strengths."""
        from theodolite.ratings import Specification, Style

        if self.method is Method.ELO:
            raise UsageError("--method elo has no likelihood, which this needs")
        if self.standardize_style and not self.style:
            raise UsageError("--standardize-style belongs to --style")
        held = Style(self._features, standardized=self.standardize_style) if self.style else None
        return Specification(
            ties=TIES[self.method],
            style=held,
            cluster=self.cluster,
            pair_weights=self.pair_weights.value,
        )

    def rate(self, votes: Votes, inference: Inference) -> RatingFit:
        """Rate the models by the chosen method, with the chosen intervals."""
        anchor = parse_anchor(self.anchor)
        method = self._elo if self.method is Method.ELO else self._bradley_terry
        fit = method(votes, inference)
        return fit if anchor is None else fit.anchored(*anchor)

    def _bradley_terry(self, votes: Votes, inference: Inference) -> RatingFit:
        from theodolite.ratings import bootstrap, bradley_terry

        if self.k_factor is not None:
            raise UsageError("--k-factor belongs to --method elo")
        spec = self.specification
        fit = bradley_terry(
            votes,
            ties=spec.ties,
            style=spec.style,
            cluster=spec.cluster,
            pair_weights=spec.pair_weights,
            level=inference.level,
            seed=inference.seed,
        )
        if self.interval is Interval.SANDWICH:
            return fit
        return bootstrap(votes, fit, n_resamples=self.n_resamples)

    def _elo(self, votes: Votes, inference: Inference) -> RatingFit:
        from theodolite.ratings import elo_ratings

        if self.cluster or self.style or self.pair_weights is not PairWeights.EQUAL:
            raise UsageError("--method elo takes none of --cluster, --style, --pair-weights")
        return elo_ratings(
            votes,
            k_factor=4.0 if self.k_factor is None else self.k_factor,
            level=inference.level,
            seed=inference.seed,
        )


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
