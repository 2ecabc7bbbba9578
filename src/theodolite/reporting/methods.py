"""What one method has beside its board: parameters, the order of the votes, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from theodolite import __version__
from theodolite.plotting.text import integer, level_text, method_name, number, printable
from theodolite.reporting.sections import Column, Section, Table

if TYPE_CHECKING:
    from theodolite.ratings.results import RatingFit
    from theodolite.tables import Removal

__all__ = [
    "method_sections",
    "order_section",
    "parameter_tables",
    "removed_tables",
    "settings_table",
]

ORDER_COLUMNS = (
    Column("rank", "Rank", "integer"),
    Column("model", "Model"),
    Column("rating", "Rating", "number"),
    Column("online", "In file order", "number"),
)
MEANINGS = {
    "nu": "how readily models tie",
    "eta": "how readily models tie",
    "kappa": "how readily both are bad",
    "lambda": "how this falls with their strength",
}
PARAMETER_COLUMNS = (
    Column("name", "Parameter"),
    Column("estimate", "Estimate", "number", 3),
    Column("low", "Low", "number", 3),
    Column("high", "High", "number", 3),
    Column("meaning", "Meaning"),
)


def method_sections(fit: RatingFit) -> tuple[Section, ...]:
    """Answer what only this method raises; nothing for most."""
    return () if fit.order is None else (order_section(fit),)


def order_section(fit: RatingFit) -> Section:
    """Answer what the order of the votes does to Elo ratings."""
    order = fit.order
    if order is None:
        return Section("What does the order of the votes do?", "Nothing: this method has none.")
    frame = fit.to_frame()
    worst = frame.sort("order_spread", descending=True).row(0, named=True)
    moved = (frame["online"] - frame["rating"]).abs()
    return Section(
        question="What does the order of the votes do?",
        finding=(
            "The same votes in another order give other Elo ratings: over random orders a rating "
            f"spreads by {number(frame['order_spread'].mean())} points on average, "  # type: ignore[arg-type]
            f"{printable(worst['model'])}'s most, by {number(worst['order_spread'])}. In the order "
            f"of the file ratings are up to {number(moved.max())} points from the average."  # type: ignore[arg-type]
        ),
        evidence=f"{integer(order.n_orders)} random orders, a K of {order.k_factor:g}.",
        tables=(
            Table(frame, ORDER_COLUMNS, "Ratings averaged over random orders, and in file order"),
        ),
        caveats=(
            "The intervals are for what Elo itself would give with other votes in another order. "
            "Elo may not have arrived at the models' strengths: for these use Bradley-Terry.",
        ),
    )


def parameter_tables(fit: RatingFit) -> tuple[Table, ...]:
    """Show the parameters beside the strengths, where the method has some."""
    if not fit.parameters:
        return ()
    # A bootstrap replaces the intervals of the board only.
    level = level_text(fit.board.level)
    caption = f"Parameters beside the strengths, with pointwise {level} sandwich intervals"
    rows = [
        {**vars(parameter), "meaning": MEANINGS.get(parameter.name, "")}
        for parameter in fit.parameters
    ]
    return (Table(pl.DataFrame(rows), PARAMETER_COLUMNS, caption),)


def removed_tables(removed: tuple[Removal, ...], *, what: str = "Votes") -> tuple[Table, ...]:
    """Show what filters took away, where they took any; ``what`` was counted."""
    if not removed:
        return ()
    rows = [(removal.reason, removal.count) for removal in removed]
    frame = pl.DataFrame(rows, schema=["reason", "count"], orient="row")
    columns = (Column("reason", "Left out because"), Column("count", what, "integer"))
    return (Table(frame, columns),)


def settings_table(fit: RatingFit) -> Table:
    """Show every setting behind the board."""
    board, scale = fit.board, fit.board.scale
    clustered = f"{fit.cluster} ({integer(fit.n_clusters)} clusters)" if fit.cluster else "none"
    anchor = f"{fit.anchor[0]} = {fit.anchor[1]:g}" if fit.anchor else "none"
    values = {
        "Method": method_name(fit.method),
        "Intervals": fit.interval,
        "Level": f"{board.level:g}",
        "Clustered by": clustered,
        "Style held fixed": None if fit.style is None else ", ".join(fit.style.features),
        "Pair weights": fit.pair_weights,
        "Anchor": anchor,
        "Scale": f"centre {scale.centre:g}, {scale.scale:g} points a factor of {scale.base:g}",
        "Seed": str(fit.seed),
        "Draws behind the ranks": integer(fit.n_draws),
        "Standard errors that tell two models apart": number(board.quantile, 3),
        "Resamples": None if fit.n_resamples is None else integer(fit.n_resamples),
        "Elo's K": None if fit.order is None else f"{fit.order.k_factor:g}",
        "Orders averaged": None if fit.order is None else integer(fit.order.n_orders),
        "Newton steps": None if fit.iterations is None else integer(fit.iterations),
        "Theodolite": __version__,
    }
    given = {name: value for name, value in values.items() if value is not None}
    frame = pl.DataFrame({"setting": list(given), "value": list(given.values())})
    return Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
