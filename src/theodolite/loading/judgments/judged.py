"""What judges said, of whatever kind the files are: games, votes, preferences or grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from theodolite.errors import FormatError, UsageError, shorten
from theodolite.loading.judgments.games import load_judgments
from theodolite.loading.judgments.gradings import load_gradings
from theodolite.loading.judgments.preferences import load_preferences
from theodolite.loading.source import Source
from theodolite.loading.votes.load import load_votes
from theodolite.loading.votes.options import VoteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from theodolite.loading.pairs import Pairs
    from theodolite.tables import Gradings, Judgments, Preferences, Votes

__all__ = ["JUDGED_KINDS", "JudgedKind", "load_judged"]

JudgedKind = Literal["judgments", "votes", "preferences", "gradings"]
JUDGED_KINDS: tuple[JudgedKind, ...] = get_args(JudgedKind)

# Who said it, and of what; the lengths of answers, and the turn, where there are any.
NEED = frozenset({"prompt_id"})
ALSO = frozenset({"judge", "voter", "turn", "tokens_a", "tokens_b"})


def load_judged(
    paths: Sequence[str | Path] | str | Path,
    *,
    kind: JudgedKind | None = None,
    baseline: str | None = None,
    columns: Mapping[str, str] | Pairs = (),
    winner_values: Mapping[str, str] | Pairs = (),
    also: frozenset[str] = frozenset(),
) -> Judgments | Votes | Preferences | Gradings:
    r"""Read what judges said, as the table that its columns tell.

    Parameters
    ----------
    paths
        Files of one kind: games that judges saw (see
        :func:`~theodolite.loading.judgments.games.load_judgments`), votes with ``prompt_id`` and
        ``judge`` or ``voter``, preferences against a baseline, or grades.
    kind
        Which of them, where the columns tell another.
    baseline
        The baseline of Arena-Hard files that do not name it.
    columns
        Of votes: which column of the file to read where it has another name.
    winner_values
        Of votes: what the file calls the winners, as ``{"model_a": "left"}``.
    also
        Further columns of votes to read where they are there.

    Raises
    ------
    UsageError
        No file was given, or the kind is unknown.
    FormatError
        Files are of several kinds, or cannot be read.
    InputError
        As the loader of the kind says.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> lines = ["prompt_id,voter,model_a,model_b,winner", "1,ann,x,y,model_a"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "votes.csv"
    ...     _ = path.write_text("\n".join(lines))
    ...     votes = load_judged(path)
    >>> type(votes).__name__, len(votes)
    ('Votes', 1)
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("no file of judgments was given")
    if kind is None:
        kinds = {_kind(file) for file in files}
        if len(kinds) > 1:
            raise FormatError(
                f"the files are of several kinds ({', '.join(sorted(kinds))}): give those of one "
                "kind, and votes of people with --people"
            )
        (kind,) = kinds
    if kind not in JUDGED_KINDS:
        raise UsageError(f"{shorten(kind)} is not one of {', '.join(JUDGED_KINDS)}")
    if (columns or winner_values) and kind != "votes":
        what = "columns" if columns else "winners"
        raise UsageError(f"only {what} of votes can be named, and the files hold {kind}")
    if baseline is not None and kind != "judgments":
        raise UsageError(f"only Arena-Hard's judgments need a baseline, and the files hold {kind}")
    if kind == "judgments":
        return load_judgments(files, baseline=baseline)
    if kind == "preferences":
        return load_preferences(files)
    if kind == "gradings":
        return load_gradings(files)
    options = VoteOptions(columns=columns, winner_values=winner_values, need=NEED, also=ALSO | also)
    return load_votes(files, options)


def _kind(path: str | Path) -> JudgedKind:
    there = set(Source.open(path).schema)
    if {"games", "model"} <= there or {"g1_winner", "g2_winner"} <= there or "verdict" in there:
        return "judgments"
    if "preference" in there:
        return "preferences"
    if {"judge", "score", "model"} <= there:
        return "gradings"
    return "votes"
