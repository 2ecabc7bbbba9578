"""How a caller steers the reading of votes, and the text of the command line for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from theodolite.errors import UsageError, shorten
from theodolite.loading.pairs import Pairs, as_pairs, parse_pairs, twice
from theodolite.tables import WINNERS, OnDuplicate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VoteOptions", "parse_winner_values"]

SHORT_WINNERS = {"a": "model_a", "b": "model_b", "bad": "both_bad"}


@dataclass(frozen=True)
class VoteOptions:
    """How to read the files of votes; every field may be left out.

    Attributes
    ----------
    format
        A name in :data:`~theodolite.loading.VOTE_FORMATS`; ``None`` tells it from the columns.
    columns
        Which column of the file to read where the format has another, as a mapping or as pairs:
        ``{"model_a": "left"}``. A value that begins with ``=`` is a constant:
        ``{"baseline": "=gpt-4-0314"}``.
    winner_values
        The file's label of each outcome, as a mapping or as pairs: ``{"model_a": "left"}``. As
        pairs, one outcome may have several labels. They join the labels that the format has.
    need
        Optional columns to read, by the table's name or the file's. ``model_a``, ``model_b``,
        ``winner``, ``weight`` and ``share_a`` are read anyway, the others are not. Vote ids are
        always compared, but kept only where they are named here.
        ``"category_tag.math"`` reads one key of a nested column.
    also
        More of them, named in the same way, that are left out where a file does not have them and
        its format cannot make them; with ``need`` that is an error.
    detect_language
        Whether ``language`` is made from the text of each prompt, in place of the file's own: see
        :func:`~theodolite.loading.detect_languages`.
    on_duplicate
        What to do with a ``vote_id`` that stands twice: ``"error"`` or ``"keep-first"``.
    dedup_prompts
        The most votes to keep of one ``prompt_id``.

    Examples
    --------
    >>> VoteOptions(columns={"model_a": "left"}).columns
    (('model_a', 'left'),)
    """

    format: str | None = None
    columns: Mapping[str, str] | Pairs = ()
    winner_values: Mapping[str, str] | Pairs = ()
    need: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    detect_language: bool = False
    on_duplicate: OnDuplicate = "error"
    dedup_prompts: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", as_pairs(self.columns))
        object.__setattr__(self, "winner_values", as_pairs(self.winner_values))
        object.__setattr__(self, "need", frozenset(self.need))
        object.__setattr__(self, "also", frozenset(self.also))
        if self.on_duplicate not in get_args(OnDuplicate):
            choices = ", ".join(get_args(OnDuplicate))
            raise UsageError(f"on_duplicate {shorten(self.on_duplicate)} is not one of {choices}")
        names = [name for name, _ in self.column_pairs]
        if (name := twice(names)) is not None:
            raise UsageError(f"columns: {shorten(name)} is given more than once")
        for winner, _ in self.label_pairs:
            if winner not in WINNERS:
                raise UsageError(f"{shorten(winner)} is not one of {', '.join(WINNERS)}")
        labels = [label for _, label in self.label_pairs]
        if (label := twice(labels)) is not None:
            raise UsageError(f"winner values: {shorten(label)} has two meanings")

    @property
    def asked(self) -> frozenset[str]:
        """Every optional column to read, whether or not it must be there."""
        return self.need | self.also

    @property
    def column_pairs(self) -> Pairs:
        """``columns`` as pairs."""
        return as_pairs(self.columns)

    @property
    def label_pairs(self) -> Pairs:
        """``winner_values`` as pairs."""
        return as_pairs(self.winner_values)


def parse_winner_values(text: str) -> Pairs:
    """Read ``OUTCOME=LABEL,...``; ``a``, ``b`` and ``bad`` are short for the longer names.

    Examples
    --------
    >>> parse_winner_values("a=left,b=right,tie=tie,tie=draw")
    (('model_a', 'left'), ('model_b', 'right'), ('tie', 'tie'), ('tie', 'draw'))
    """
    pairs = parse_pairs(text, "--winner-values", "a=left,b=right,tie=tie")
    named = tuple((SHORT_WINNERS.get(winner, winner), label) for winner, label in pairs)
    for winner, _ in named:
        if winner not in WINNERS:
            known = ", ".join([*SHORT_WINNERS, *WINNERS])
            raise UsageError(f"--winner-values: {shorten(winner)} is not one of {known}")
    return named
