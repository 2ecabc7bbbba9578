"""Option groups: a dataclass of options that several commands share.

A command names the groups that it takes; :func:`grouped` shows Typer one flat list of options
and hands the command its groups, so that each option is declared once.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import TYPE_CHECKING, TypeVar, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Group", "grouped"]

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Group:
    """A group of options that can say which of them were given."""

    def changed(self, *but: str) -> list[str]:
        """Name the options that are not what they are by default, ``but`` left out."""
        return [
            f"--{field.name.replace('_', '-')}"
            for field in dataclasses.fields(self)
            if not _is_required(field)
            and field.name not in but
            and getattr(self, field.name) != field.default
        ]


def grouped(command: Callable[..., T]) -> Callable[..., T]:
    """Flatten the dataclass parameters of a command into its options.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Level:
    ...     level: float = 0.95
    >>> def show(at: Level, name: str = "x") -> str:
    ...     return f"{name} at {at.level}"
    >>> list(inspect.signature(grouped(show)).parameters)
    ['level', 'name']
    >>> grouped(show)(level=0.9)
    'x at 0.9'
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and dataclasses.is_dataclass(hint)
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            parameters.append(
                parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
            )

    @functools.wraps(command)
    def flat(**given: object) -> T:
        arguments = {
            name: group(
                **{f.name: given.pop(f.name) for f in dataclasses.fields(group) if f.name in given}
            )
            for name, group in groups.items()
        }
        return command(**arguments, **given)

    del flat.__wrapped__  # or Typer would look through to it
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {p.name: p.annotation for p in parameters}
    return flat


def _options(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if _is_required(field) else field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(group)
    ]


def _is_required(field: dataclasses.Field[object]) -> bool:
    return field.default is dataclasses.MISSING
