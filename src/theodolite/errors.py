"""Every error that Theodolite raises on purpose.

::

    TheodoliteError
    +-- UsageError                  the call itself is wrong                       exit 2
    |   +-- MissingExtraError       an optional package is needed
    +-- InputError                  a file or table is wrong; says where           exit 2
    |   +-- MissingColumnError
    |   +-- FormatError             the file cannot be read, or its format told
    +-- CannotAnswerError           the data are sound but do not hold the answer  exit 3
        +-- NotConnectedError       no chain of votes joins some models
        +-- SeparatedError          no two models beat each other, even through others
        +-- NotIdentifiedError      other values of a parameter fit the data as well
        +-- NotConvergedError
        +-- TooFewError             too few votes, models or clusters
        +-- TooLargeError           more than this method can hold

The command line prints the message after ``error: `` and exits with ``exit_code``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CannotAnswerError",
    "FormatError",
    "InputError",
    "MissingColumnError",
    "MissingExtraError",
    "NotConnectedError",
    "NotConvergedError",
    "NotIdentifiedError",
    "Problem",
    "SeparatedError",
    "TheodoliteError",
    "TooFewError",
    "TooLargeError",
    "UsageError",
    "shorten",
]

LONGEST_SHOWN = 80
MOST_SHOWN = 5


def shorten(value: object) -> str:
    r"""Quote a value from a file so that it is short and harmless on a terminal.

    Examples
    --------
    >>> shorten("Model_A")
    "'Model_A'"
    >>> shorten("\x1b[2J")
    "'\\x1b[2J'"
    """
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else str(value)
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}... ({len(text):,} characters)"


class TheodoliteError(Exception):
    """The root of the tree; catch it to catch everything below."""

    exit_code: ClassVar[int] = 2


class UsageError(TheodoliteError):
    """An option or argument has a value that it cannot have."""


class MissingExtraError(UsageError):
    """An optional package is needed; the message names the extra that brings it."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file.

    Attributes
    ----------
    source
        The file, or what the caller called the table.
    row
        The record, counted from 1 without the header; ``None`` where the whole column is meant.
    column
        The column as the file calls it.
    value
        What stands there.
    allowed
        What may stand there, as the end of the sentence "'x' is ...", such as
        ``"not one of model_a, model_b"``.
    """

    source: str
    row: int | None
    column: str | None
    value: object
    allowed: str

    def __str__(self) -> str:
        where = [self.source]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column is not None:
            where.append(f"column {self.column}")
        value = "the cell" if self.allowed.startswith("empty") else shorten(self.value)
        return f"{', '.join(where)}: {value} is {self.allowed}"


class InputError(TheodoliteError):
    """A file or table holds something that it may not hold.

    Parameters
    ----------
    message
        A sentence, or the problems of which the first few are shown.
    total
        How many problems there are in all, where more were counted than are listed.
    hint
        What to do next.
    """

    def __init__(
        self,
        message: str | Sequence[Problem],
        *,
        total: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.problems = () if isinstance(message, str) else tuple(message)
        self.total = len(self.problems) if total is None else total
        self.hint = hint
        super().__init__(self._text(message))

    def _text(self, message: str | Sequence[Problem]) -> str:
        if isinstance(message, str):
            lines = [message]
        else:
            shown = self.problems[:MOST_SHOWN]
            # Several rows of a table may stand for one of a file, as the two games of a match.
            lines = list(dict.fromkeys(map(str, shown)))
            rest = self.total - len(shown)
            if rest > 0:
                lines.append(f"and {rest:,} more like {'it' if len(lines) == 1 else 'them'}")
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


class MissingColumnError(InputError):
    """A column that is needed is not in the file."""


class FormatError(InputError):
    """A file cannot be opened or decoded, or its format cannot be told."""


class CannotAnswerError(TheodoliteError):
    """The input is valid but does not determine what was asked for."""

    exit_code: ClassVar[int] = 3


class NotConnectedError(CannotAnswerError):
    """No chain of votes leads from one group of models to another.

    Parameters
    ----------
    components
        The groups, largest first, each a sequence of model names.
    """

    def __init__(self, components: Sequence[Sequence[str]]) -> None:
        self.components = tuple(tuple(component) for component in components)
        lines = [
            f"the votes fall into {len(self.components)} groups of models that never met, "
            "so their ratings have no common scale:"
        ]
        lines += [
            f"  group {i}: {_listed(group)}"
            for i, group in enumerate(self.components[:MOST_SHOWN], 1)
        ]
        if len(self.components) > MOST_SHOWN:
            lines.append(f"  and {len(self.components) - MOST_SHOWN} more groups")
        lines.append(
            "Collect votes between the groups, or rate the largest alone (--largest-component)."
        )
        super().__init__("\n".join(lines))


class SeparatedError(CannotAnswerError):
    """No two models beat each other, directly or through others: no rating is finite.

    Parameters
    ----------
    groups
        The strongly connected components of the win graph, each of one model.
    """

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self.groups = tuple(tuple(group) for group in groups)
        names = [name for group in self.groups for name in group]
        super().__init__(
            "no rating is finite: no two models beat each other, directly or through others "
            f"({_listed(names)})\nCollect votes until some of them do."
        )


class NotIdentifiedError(CannotAnswerError):
    """The data cannot tell a parameter: other values fit as well, or ever larger ones better."""


class NotConvergedError(CannotAnswerError):
    """An iterative fit stopped before it met its tolerance."""


class TooFewError(CannotAnswerError):
    """There are too few votes, models or clusters to estimate from."""


class TooLargeError(CannotAnswerError):
    """The problem is larger than this method can hold in memory."""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(name) for name in names[:MOST_SHOWN])
    rest = len(names) - MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
