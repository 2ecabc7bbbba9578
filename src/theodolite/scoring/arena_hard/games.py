"""The games of Arena-Hard as arrays, every verdict seen from the model's side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import InputError, MissingColumnError, TooFewError, UsageError, shorten
from theodolite.tables import STYLE_FEATURES, VERDICTS, with_baseline
from theodolite.tables.checks import only_given, problems_at
from theodolite.tables.judging import judges_of, of_one_judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Judgments

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["LEVELS", "UNREAD", "Games", "games_of"]

LEVELS = len(VERDICTS)
UNREAD = -1


@dataclass(frozen=True)
class Games:
    """Games of models against a baseline; N games, C contenders.

    Attributes
    ----------
    contenders
        One row a contender: ``model``, ``baseline`` and ``category`` (null where contenders are
        not split by it).
    contender, item
        Of each game, (N,): its contender, and its question.
    first
        Whether the model's answer was shown first, (N,).
    verdict
        0 (the baseline is much better) to 4 (the model is), or -1 where none could be read, (N,).
    style
        Style of the model's answer less the baseline's, (N, S).
    features
        What these are.
    """

    contenders: pl.DataFrame
    contender: Indices
    item: Indices
    first: Flags
    verdict: Indices
    style: Floats
    features: tuple[str, ...]

    @property
    def n_contenders(self) -> int:
        """C."""
        return self.contenders.height

    @property
    def read(self) -> Flags:
        """Whether a game has a verdict, (N,)."""
        return np.asarray(self.verdict != UNREAD)

    def where(self, mask: Flags) -> Games:
        """Keep some games; the contenders stay."""
        return Games(
            self.contenders,
            self.contender[mask],
            self.item[mask],
            self.first[mask],
            self.verdict[mask],
            self.style[mask],
            self.features,
        )

    def count(self, mask: Flags | None = None) -> Indices:
        """Count the games of each contender, (C,)."""
        chosen = self.contender if mask is None else self.contender[mask]
        return np.bincount(chosen, minlength=self.n_contenders)

    def questions(self) -> Indices:
        """Count the questions on which each contender has a verdict, (C,)."""
        width = int(self.item.max()) + 1
        pair = np.unique(self.contender[self.read] * width + self.item[self.read])
        return np.bincount(pair // width, minlength=self.n_contenders)


def games_of(
    judgments: Judgments,
    *,
    style: Sequence[str] = (),
    by_category: bool = False,
    baseline: str | None = None,
) -> Games:
    """Turn judgments of one judge into arrays.

    Parameters
    ----------
    judgments
        The games.
    style
        Features to compare, of tokens, headers, lists and bold: (a - b) / (a + b), 0 where
        neither answer has any.
    by_category
        Whether a model is a contender of its own in each category.
    baseline
        The baseline of games that do not name it.

    Raises
    ------
    UsageError
        A feature is unknown.
    MissingColumnError
        Baseline, category or the counts of a feature are absent.
    InputError
        There are several judges, or several baselines in one category; a count is missing.
    TooFewError
        A model has no verdict at all.
    """
    if len(judges_of(judgments.frame)) > 1:
        of_one_judge(judgments, None)
    judgments = with_baseline(judgments, baseline)
    frame = judgments.frame
    _check_baselines(frame)
    keys = ["model", "baseline", *(["category"] if by_category else [])]
    frame = frame.with_columns(pl.col(keys).cast(pl.String))
    contenders = frame.select(keys).unique().sort("model", "baseline", *keys[2:])
    numbered = contenders.with_row_index("_contender")
    coded = frame.join(numbered, on=keys, how="left", maintain_order="left")
    first = (frame["model_a"].cast(pl.String) == frame["model"]).to_numpy()
    level = frame["verdict"].to_physical().cast(pl.Int64).fill_null(UNREAD).to_numpy()
    verdict = np.where(first & (level != UNREAD), LEVELS - 1 - level, level)
    games = Games(
        contenders if by_category else contenders.with_columns(category=pl.lit(None, pl.String)),
        coded["_contender"].cast(pl.Int64).to_numpy(),
        (frame["item_id"].cast(pl.String).rank("dense") - 1).cast(pl.Int64).to_numpy(),
        first,
        verdict,
        _style(frame, style, first),
        tuple(style),
    )
    _require_verdicts(games)
    return games


def _check_baselines(frame: pl.DataFrame) -> None:
    """Raise where a category has several baselines: its scores would have no common meaning."""
    baseline = pl.col("baseline").cast(pl.String)
    there = "category" in frame.columns
    own = baseline.first().over("category") if there else baseline.first()
    other = frame.select(baseline != own).to_series()
    if other.any():
        allowed = f"not the only baseline{' of its category' if there else ''}"
        names = frame.select(baseline.unique().sort()).to_series().head(10).to_list()
        raise InputError(
            problems_at(frame, "baseline", other, allowed),
            total=int(other.sum()),
            hint=f"Take one with --where baseline=NAME: {', '.join(map(shorten, names))}.",
        )


def _style(frame: pl.DataFrame, features: Sequence[str], first: Flags) -> Floats:
    out = np.zeros((frame.height, len(features)))
    for column, feature in enumerate(features):
        if feature not in STYLE_FEATURES:
            raise UsageError(
                f"--style {shorten(feature)} is not one of {', '.join(STYLE_FEATURES)}"
            )
        for side in ("a", "b"):
            _require_count(frame, feature, side)
        a, b = pl.col(f"{feature}_a"), pl.col(f"{feature}_b")
        lead = frame.select(pl.when(a + b > 0).then((a - b) / (a + b)).otherwise(0.0)).to_series()
        out[:, column] = np.where(first, 1.0, -1.0) * lead.to_numpy()
    return out


def _require_count(frame: pl.DataFrame, feature: str, side: str) -> None:
    if f"{feature}_{side}" not in frame.columns:
        raise MissingColumnError(
            f"no column {feature}_{side}, which --style {feature} needs",
            hint="Bring the files of answers with --answers FILE.",
        )
    only_given(frame, f"{feature}_{side}", f"--style {feature}")


def _require_verdicts(games: Games) -> None:
    none = np.flatnonzero(games.count(games.read) == 0)
    if len(none):
        model, baseline, category = games.contenders.row(int(none[0]))
        where = f" in category {shorten(category)}" if category is not None else ""
        raise TooFewError(
            f"no verdict on {shorten(model)} against {shorten(baseline)}{where} could be read. "
            "Judge it again, or leave it out (--where model!=NAME)."
        )
