"""Games that a judge saw: Arena-Hard, MT-Bench in pairs, or the table's own columns.

========================  ======================================================================
format                    told by
========================  ======================================================================
``judgments``             item_id, model_a, model_b, verdict; judge, game, turn, category
``arena-hard``            uid (or question_id), model, games: ``games[0]`` shows the baseline
                          first, ``games[1]`` the model, and each has a score from A>>B to B>>A
``mt-bench-pairs``        question_id, model_1, model_2, g1_winner (model_1 shown first),
                          g2_winner (model_2 shown first): model_1, model_2, tie or error
========================  ======================================================================

A game without a verdict stays, as a null: it counts as unparseable. Where the baseline is known,
the columns ``baseline`` and ``model`` say which side is which.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading.judgments.read import columns_of, judge_name, once, stacked
from theodolite.loading.source import Source, listed
from theodolite.tables.checks import Column, conform, problems_at, with_origin
from theodolite.tables.judgments import GAMES, VERDICTS, Judgments, with_baseline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from theodolite.loading.judgments.read import OnRepeat
    from theodolite.tables import Removal

__all__ = ["load_judgments"]

SCORES = pl.List(pl.Struct({"score": pl.String}))
WINNERS = ("model_1", "model_2", "tie", "error")
BASELINE_V01 = "gpt-4-0314"
# The same verdicts, written from the other side.
SPELLINGS = MappingProxyType(
    {"B<<A": "A>>B", "B<A": "A>B", "B=A": "A=B", "A<B": "B>A", "A<<B": "B>>A"}
)


def load_judgments(
    paths: Sequence[str | Path] | str | Path,
    *,
    baseline: str | None = None,
    on_duplicate: OnRepeat = "error",
) -> Judgments:
    r"""Read the games of one file or several, each of a format told from its columns.

    Parameters
    ----------
    paths
        CSV, JSONL, a JSON array or Parquet.
    baseline
        The baseline of files that do not name it (Arena-Hard's of version 0.1: gpt-4-0314).
    on_duplicate
        What to do where a judge saw a game twice; with ``"keep-first"`` and ``"keep-last"``, in
        the order of the files, the others are counted.

    Raises
    ------
    UsageError
        No file was given.
    MissingColumnError
        A column is absent, the baseline's among them where ``baseline`` is not given.
    FormatError
        A file cannot be read, or its format cannot be told.
    InputError
        A verdict is unknown, a judgment has not two games, or one of two is missing; the message
        names file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> lines = ["item_id,model_a,model_b,judge,verdict,game", "1,x,y,j,A>B,1", "1,y,x,j,,2"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "games.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     judgments = load_judgments(path)
    >>> judgments.models, judgments.unparseable
    (('x', 'y'), 1)
    """

    def read(path: str | Path) -> pl.DataFrame:
        source = Source.open(path)
        there = set(source.schema)
        if "games" in there and "model" in there:
            return _arena_hard(source, baseline, once_only=on_duplicate == "error")
        if {"g1_winner", "g2_winner"} <= there:
            return _mt_bench(source)
        if {"model_a", "model_b", "verdict"} <= there:
            return source.flat()
        raise FormatError(
            f"{source.name}: no games of a judge in it (columns: {listed(source.schema)})",
            hint="Games are told by games (Arena-Hard), by g1_winner and g2_winner (MT-Bench), or "
            "by model_a, model_b and verdict.",
        )

    frame = stacked(paths, read)
    removed: tuple[Removal, ...] = ()
    if on_duplicate != "error" and "item_id" in frame.columns:
        frame, removed = once(frame, _game_key(frame), on_duplicate, what="game")
    judgments = Judgments.from_frame(frame, removed=removed)
    if baseline is None and "baseline" not in judgments.frame.columns:
        return judgments
    return with_baseline(judgments, baseline)


def _game_key(frame: pl.DataFrame) -> list[pl.Expr]:
    """Tell the same game, or the same order where games have no number."""
    a, b = (pl.col(side).cast(pl.String) for side in ("model_a", "model_b"))
    names = [name for name in ("item_id", "judge", "turn", "game") if name in frame.columns]
    sides = [pl.min_horizontal(a, b).alias("one"), pl.max_horizontal(a, b).alias("other")]
    order = [] if "game" in frame.columns else [a.alias("first")]
    return [*(pl.col(name) for name in names), *sides, *order]


def _arena_hard(source: Source, baseline: str | None, *, once_only: bool) -> pl.DataFrame:
    item = columns_of(source, "uid", "question_id")[:1]
    if not item:
        raise MissingColumnError(f"{source.name}: no column uid or question_id")
    more = columns_of(source, "baseline", "judge", "category")
    if "judge" not in more:
        raise MissingColumnError(f"{source.name}: no column judge")
    if "baseline" not in more and baseline is None:
        raise MissingColumnError(
            f"{source.name}: no column baseline",
            hint=f"Name it with --baseline; that of version 0.1 was {BASELINE_V01}.",
        )
    lazy = source.scan([*item, "model", "games", *more], nested={"games": SCORES})
    frame = with_origin(_with_scores(source.collect(lazy)), source.name)
    if "baseline" not in frame.columns:
        frame = frame.with_columns(pl.lit(baseline).alias("baseline"))
    names = (item[0], "model", "baseline")
    frame = conform(frame, [Column(name, required=True) for name in names], source=source.name)
    frame = frame.with_columns(judge_name("judge", frame.schema["judge"]))
    _check_judgments(frame)
    if once_only:
        _refuse_repeats(frame, item[0])
    frame = frame.rename({item[0]: "item_id"}).with_columns(pl.lit([1, 2]).alias("game"))
    frame = _read_scores(frame.explode("games", "game"))
    first = pl.col("game") == 1
    a, b = pl.col("baseline").cast(pl.String), pl.col("model").cast(pl.String)
    return frame.with_columns(
        a,
        b,
        pl.when(first).then(a).otherwise(b).alias("model_a"),
        pl.when(first).then(b).otherwise(a).alias("model_b"),
    )


def _check_judgments(frame: pl.DataFrame) -> None:
    """Raise where a judgment has not two games, or is of the baseline itself."""
    bad = frame.get_column("games").list.len().fill_null(0) != GAMES
    if bad.any():
        counts = frame.with_columns(pl.col("games").list.len().fill_null(0))
        allowed = "not the number of games that a judgment has (2)"
        raise InputError(problems_at(counts, "games", bad, allowed), total=int(bad.sum()))
    itself = frame.select(pl.col("model").cast(pl.String) == pl.col("baseline").cast(pl.String))
    _raise_at(frame, "model", itself.to_series(), "the baseline: it would meet itself")


def _refuse_repeats(frame: pl.DataFrame, item: str) -> None:
    """Raise where a judgment is there twice, by the name that the file has for its question."""
    first = frame.select(pl.struct(item, "model", "baseline", "judge").is_first_distinct())
    _raise_at(frame, item, ~first.to_series(), "there already for this model, baseline and judge")


def _read_scores(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn the scores of games into verdicts; ``A<B`` is ``B>A``."""
    score = frame.get_column("games").str.strip_chars().replace("", None)
    spelt = {verdict: verdict for verdict in VERDICTS} | SPELLINGS
    _raise_at(
        frame,
        "games",
        (~score.is_in(list(spelt))).fill_null(value=False),
        f"not one of {', '.join(VERDICTS)}",
    )
    verdict = score.replace_strict(spelt, return_dtype=pl.String).alias("verdict")
    return frame.drop("games").with_columns(verdict)


def _raise_at(frame: pl.DataFrame, column: str, bad: pl.Series, allowed: str) -> None:
    if bad.any():
        raise InputError(problems_at(frame, column, bad, allowed), total=int(bad.sum()))


def _with_scores(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep of the games their scores alone, not the judge's long texts."""
    games = pl.col("games")
    if frame.schema["games"] == pl.String:
        games = games.str.json_decode(SCORES)
    return frame.with_columns(games.list.eval(pl.element().struct.field("score")).alias("games"))


def _mt_bench(source: Source) -> pl.DataFrame:
    needed = ("question_id", "model_1", "model_2", "g1_winner", "g2_winner", "judge")
    names = [*needed, *columns_of(source, "turn", "category", "tstamp")]
    frame = with_origin(source.collect(source.scan(names)), source.name)
    bad = [~frame.get_column(g).is_in(list(WINNERS)).fill_null(value=False) for g in needed[3:5]]
    if any(b.any() for b in bad):
        allowed = f"not one of {', '.join(WINNERS)}"
        found = [
            p
            for g, b in zip(needed[3:5], bad, strict=True)
            for p in problems_at(frame, g, b, allowed)
        ]
        raise InputError(found[:5], total=sum(int(b.sum()) for b in bad))
    frame = frame.with_columns(judge_name("judge", frame.schema["judge"])).rename(
        {"question_id": "item_id"}
    )
    parts = []
    for game, (a, b) in enumerate((("model_1", "model_2"), ("model_2", "model_1")), 1):
        verdicts = {a: VERDICTS[1], b: VERDICTS[3], "tie": VERDICTS[2], "error": None}
        parts.append(
            frame.with_columns(
                pl.col(a).cast(pl.String).alias("model_a"),
                pl.col(b).cast(pl.String).alias("model_b"),
                pl.col(f"g{game}_winner")
                .replace_strict(verdicts, return_dtype=pl.String)
                .alias("verdict"),
                pl.lit(game).alias("game"),
            )
        )
    return pl.concat(parts).drop("model_1", "model_2", *needed[3:5])
