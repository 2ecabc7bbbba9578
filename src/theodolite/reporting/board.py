"""What a benchmark board says, as sections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from theodolite import __version__, plotting
from theodolite.claims import MACRO, MICRO
from theodolite.plotting.board_frames import as_shares, titled, written
from theodolite.plotting.text import (
    integer,
    level_text,
    listed,
    number,
    percent,
    printable,
)
from theodolite.reporting.methods import removed_tables
from theodolite.reporting.paired import pair_table, ranked
from theodolite.reporting.sections import Column, Page, Section, Table

if TYPE_CHECKING:
    from theodolite.claims import Board

__all__ = ["board_page", "board_sections"]

MOST_ON_TERMINAL = 12
# Rows that a page can hold; the JSON object has them all.
MOST_ON_PAGE = 5000


def board_page(board: Board, *, title: str = "Benchmark board") -> Page:
    """Make the page of a benchmark board."""
    return Page(title=title, sections=(*board_sections(board), _used(board)))


def board_sections(board: Board) -> tuple[Section, ...]:
    """Answer who leads, who is really better, and what each benchmark says of it."""
    sections = [_leads(board)]
    if len(board.of(board.first)) > 1:
        sections.append(_better(board))
    if len(board.benchmarks) > 1:
        sections.append(_by_benchmark(board))
    return tuple(sections)


def _leads(board: Board) -> Section:
    """The board of the average, or of the first benchmark."""
    frame, level = board.of(board.first), level_text(board.level)
    leader = frame.row(0, named=True)
    return Section(
        question="Who leads, and how surely?",
        finding=f"{_leader(board, frame)} {_apart(board, board.first)}".strip(),
        low=leader["low"],
        high=leader["high"],
        evidence=(
            f"{integer(leader['n'])} items{_counted(board, leader['clusters'])}; all paired "
            f"differences hold together at {level}."
        ),
        chart=partial(plotting.standings, board),
        tables=(
            Table(
                ranked(frame),
                _columns(board),
                f"Scores ({titled(board, board.first)}) with pointwise {level} intervals; rank "
                f"ranges at {level} together",
            ),
        ),
        caveats=(
            "Intervals that overlap do not show that two models are equal: both were asked the "
            "same items, and their difference is known better than either score.",
            *board.notes,
        ),
    )


def _better(board: Board) -> Section:
    """All paired differences."""
    level = level_text(board.level)
    frame = board.pairs.filter(benchmark=board.first)
    decided = frame.filter(pl.col("better").is_not_null())
    smallest = decided["difference"].abs().min()
    finding = (
        "No pair of models is told apart."
        if smallest is None
        else (
            f"{integer(len(decided))} of {integer(len(frame))} pairs are told apart. The smallest "
            f"difference among them is {_gap(board, float(smallest))}."  # type: ignore[arg-type]
        )
    )
    return Section(
        question="Who is really better?",
        finding=finding,
        evidence="Each difference is over the items that both models answered.",
        chart=partial(plotting.differences, board),
        tables=(_pair_table(board, frame),),
        caveats=(
            f"A pair is told apart where its interval leaves out 0: all hold together at {level}. "
            "Holm's p-values are another way to the same guarantee, and close cases may differ.",
        ),
    )


def _pair_table(board: Board, frame: pl.DataFrame) -> Table:
    """List every pair, that of the best two on top."""
    share = as_shares(board)
    unit, digits = (", in points,", 1) if share else ("", 3)
    return pair_table(
        frame.with_columns(pl.col("difference", "low", "high") * (100.0 if share else 1.0)),
        f"Paired differences{unit} with {level_text(board.level)} intervals that hold together",
        what="Items",
        digits=digits,
        most=MOST_ON_TERMINAL,
    )


def _gap(board: Board, value: float) -> str:
    """Write a difference of scores with its unit."""
    return f"{number(100.0 * value)} points" if as_shares(board) else number(value, 3)


def _by_benchmark(board: Board) -> Section:
    """One row a benchmark: its leaders, and how much it tells apart."""
    frame = pl.DataFrame([_benchmark_row(board, name) for name in board.benchmarks])
    units = frame.filter(~pl.col("average")).sort("apart", descending=True, maintain_order=True)
    most, least = units.row(0, named=True), units.row(-1, named=True)
    ahead = board.models.filter((pl.col("rank") == 1) & pl.col("benchmark").is_in(_units(board)))
    leaders = ahead["model"].unique().sort().to_list()
    who = (
        f"{printable(leaders[0])} has the highest score in each of {integer(len(units))} "
        f"{board.by}s."
        if len(leaders) == 1
        else f"The highest scores of {integer(len(units))} {board.by}s are those of "
        f"{integer(len(leaders))} models: {listed(leaders)}."
    )
    columns = (
        Column("name", board.by.capitalize()),
        Column("items", "Items", "integer"),
        Column("leader", "Highest score"),
        Column("text", "Score"),
        Column("interval", "Interval"),
        Column("open", "May be first", "integer"),
        Column("apart", "Pairs told apart", "percent", 0),
    )
    every = board.models.with_columns(
        name=pl.Series([titled(board, name) for name in board.models["benchmark"]])
    )
    return Section(
        question=f"What does each {board.by} say?",
        finding=(
            f"{who} Most pairs are told apart by {most['name']} ({percent(most['apart'], 0)}), "
            f"fewest by {least['name']} ({percent(least['apart'], 0)})."
        ),
        tables=(
            Table(frame, columns, f"One row a {board.by}", most=MOST_ON_TERMINAL),
            Table(
                ranked(every).head(MOST_ON_PAGE),
                (Column("name", board.by.capitalize()), *_columns(board)),
                "Every score",
                most=MOST_ON_TERMINAL,
            ),
        ),
    )


def _benchmark_row(board: Board, name: str) -> dict[str, object]:
    frame, share = board.of(name), as_shares(board)
    first = frame.row(0, named=True)
    better = board.pairs.filter(benchmark=name)["better"]
    return {
        "average": name not in _units(board),
        "name": titled(board, name),
        "items": int(frame["n"].max()),  # type: ignore[arg-type]
        "leader": listed(frame.filter(pl.col("rank") == 1)["model"].to_list(), most=2),
        "text": written(first["score"], share=share),
        "interval": _ends(first, share=share),
        "open": int((frame["rank_low"] == 1).sum()),
        "apart": float(better.is_not_null().mean() or 0.0),  # type: ignore[arg-type]
    }


def _units(board: Board) -> tuple[str, ...]:
    return tuple(name for name in board.benchmarks if name not in (MACRO, MICRO))


def _leader(board: Board, frame: pl.DataFrame) -> str:
    share, level = as_shares(board), level_text(board.level)
    first = frame.filter(pl.col("rank") == 1)
    row = first.row(0, named=True)
    score = written(row["score"], share=share)
    ends = _ends(row, share=share)
    on = titled(board, board.first)
    if len(frame) == 1:
        return f"{printable(row['model'])} has {score} ({on}; {level} interval {ends})."
    if len(first) > 1:
        return f"{listed(first['model'].to_list())} share the lead with {score} ({on})."
    beside = _not_apart(board, row["model"], frame)
    rest = (
        f"It cannot be told apart from {listed(beside)}."
        if beside
        else "It is told apart from every other model."
    )
    return f"{printable(row['model'])} leads with {score} ({on}; {level} interval {ends}). {rest}"


def _not_apart(board: Board, leader: str, frame: pl.DataFrame) -> list[str]:
    """Models that the leader is not told to be better than, best first."""
    pairs = board.pairs.filter(benchmark=board.first)
    own = (pl.col("model_a") == leader) | (pl.col("model_b") == leader)
    beaten = set(
        pairs.filter(own & (pl.col("better") == leader)).select("model_a", "model_b").rows()
    )
    beaten_names = {name for pair in beaten for name in pair}
    return [m for m in frame["model"] if m != leader and m not in beaten_names]


def _apart(board: Board, name: str) -> str:
    better = board.pairs.filter(benchmark=name)["better"]
    if not len(better):
        return ""
    apart = int(better.is_not_null().sum())
    return (
        f"Of the {integer(len(better))} pairs of models, {integer(apart)} "
        f"({percent(apart / len(better), 0)}) are told apart."
    )


def _columns(board: Board) -> tuple[Column, ...]:
    return (
        Column("rank", "Rank", "integer"),
        Column("ranks", "Rank range"),
        Column("model", "Model"),
        _amount(board, "score", "Score"),
        _amount(board, "low", "Low"),
        _amount(board, "high", "High"),
        Column("n", "Items", "integer"),
    )


def _amount(board: Board, name: str, label: str) -> Column:
    """Show a score, or a difference of scores."""
    if as_shares(board):
        return Column(name, label, "percent")
    return Column(name, label, "number", 3)


def _ends(row: dict[str, Any], *, share: bool) -> str:
    return f"{written(row['low'], share=share)} to {written(row['high'], share=share)}"


def _counted(board: Board, clusters: int) -> str:
    if board.cluster is None:
        return ", independent of each other"
    return f" in {integer(clusters)} clusters (by {printable(board.cluster)})"


def _used(board: Board) -> Section:
    removed = sum(removal.count for removal in board.removed)
    models = board.models["model"].n_unique()
    names = _units(board)
    values = {
        "A row is": f"a {board.by}",
        "Clustered by": "nothing: items are independent"
        if board.cluster is None
        else f"{printable(board.cluster)} ({integer(board.clusters)} clusters)",
        "Items": integer(board.items),
        "Items that not all answered": "left out" if board.common else "used",
        "Intervals of scores": "Wilson's with the effective number of items, Student's quantile"
        if as_shares(board)
        else "Student's",
        "Level": f"{board.level:g}",
        "Seed": str(board.seed),
        "Draws behind the ranks": integer(board.n_draws),
        "Theodolite": __version__,
    }
    frame = pl.DataFrame({"setting": list(values), "value": list(values.values())})
    settings = Table(frame, (Column("setting", "Setting"), Column("value", "Value")))
    what = f"{integer(len(names))} {board.by}{'' if len(names) == 1 else 's'}"
    return Section(
        question="What was used, and what was left out?",
        finding=(
            f"{integer(models)} models, {what}, {integer(board.items)} items. "
            + (f"{integer(removed)} scores were left out." if removed else "None was left out.")
        ),
        tables=(*removed_tables(board.removed, what="Scores"), settings),
    )
