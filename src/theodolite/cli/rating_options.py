"""How votes become ratings: the options that every command on ratings shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import parse_anchor, parse_features
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.options import Inference
    from theodolite.ratings import RatingFit, Specification, Ties
    from theodolite.tables import Votes

__all__ = ["Interval", "Method", "PairWeights", "RankOptions", "SpecificationOptions"]

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
class SpecificationOptions(Group):
    """How votes become strengths."""

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
        return () if self.style is None else parse_features(self.style)

    @property
    def specification(self) -> Specification:
        """How votes become strengths."""
        from theodolite.ratings import Specification, Style

        if self.method is Method.ELO:
            raise UsageError("--method elo has no likelihood, which this needs")
        if self.standardize_style and self.style is None:
            raise UsageError("--standardize-style belongs to --style")
        features, standardized = self._features, self.standardize_style
        held = Style(features, standardized=standardized) if features else None
        return Specification(
            ties=TIES[self.method],
            style=held,
            cluster=self.cluster,
            pair_weights=self.pair_weights.value,
        )


@dataclass(frozen=True)
class RankOptions(SpecificationOptions):
    """How the board is rated."""

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

        if self.cluster or self.style is not None or self.pair_weights is not PairWeights.EQUAL:
            raise UsageError("--method elo takes none of --cluster, --style, --pair-weights")
        return elo_ratings(
            votes,
            k_factor=4.0 if self.k_factor is None else self.k_factor,
            level=inference.level,
            seed=inference.seed,
        )
