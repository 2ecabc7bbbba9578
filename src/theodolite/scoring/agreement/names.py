"""One model under two names: matched by a list, never by likeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from theodolite.scoring.agreement.result import MatchedNames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from theodolite.tables import Estimates

__all__ = ["matched"]

MOST_SIMILAR = 50


def matched(
    benchmarks: Sequence[Estimates],
    humans: Sequence[Estimates],
    *,
    aliases: Mapping[str, str],
    given: Mapping[str, str] | None = None,
) -> tuple[list[Estimates], list[Estimates], MatchedNames]:
    """Give models of both sides one name, and say what was matched and what was not.

    A name that both sides have stays. Another is replaced by what ``given`` says, or else by what
    it is an alias of, where that name is not taken by another model of its side.

    Parameters
    ----------
    benchmarks, humans
        Both sides.
    aliases
        Other names of models, and their usual ones.
    given
        The user's own, which count first.

    Examples
    --------
    >>> import polars as pl
    >>> from theodolite.tables import Estimates
    >>> def side(*models: str) -> Estimates:
    ...     frame = pl.DataFrame({"model": models}).with_columns(value=0.5, standard_error=0.1)
    ...     return Estimates.from_frame(frame, name=models[0], unit="share")
    >>> *_, names = matched([side("m-1", "n")], [side("M 1", "n"), ], aliases={})
    >>> names.benchmark_only, names.similar
    (('m-1',), (('m-1', 'M 1'),))
    """
    given = given or {}
    mine, people = _names(benchmarks), _names(humans)
    shared = set(mine) & set(people)
    found: dict[str, dict[str, str]] = {}
    renames = []
    for names in (mine, people):
        own: dict[str, str] = {}
        taken = set(names)
        for name in names:
            new = given.get(name) or (name if name in shared else aliases.get(name, name))
            if new != name and (name in given or new not in taken):
                own[name] = new
                taken.add(new)
        renames.append(own)
    left = [e.renamed(renames[0]) for e in benchmarks]
    right = [e.renamed(renames[1]) for e in humans]
    both = set(_names(left)) & set(_names(right))
    for side, own in zip(("benchmark", "human"), renames, strict=True):
        for old, new in own.items():
            if new in both:
                row = found.setdefault(new, {"benchmark": new, "human": new, "how": "alias"})
                row[side] = old
                if old in given:
                    row["how"] = "names"
    alone = [n for n in _names(left) if n not in both], [n for n in _names(right) if n not in both]
    found_names = MatchedNames(
        tuple(found.values()), tuple(alone[0]), tuple(alone[1]), _similar(*alone)
    )
    return left, right, found_names


def _names(sides: Sequence[Estimates]) -> list[str]:
    return list(dict.fromkeys(name for side in sides for name in side.models))


def _similar(mine: Sequence[str], people: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of names that are equal but for case, spaces and punctuation."""
    plain = {"".join(c for c in name.lower() if c.isalnum()): name for name in people}
    keys = [(name, "".join(c for c in name.lower() if c.isalnum())) for name in mine]
    return tuple((name, plain[key]) for name, key in keys if key and key in plain)[:MOST_SIMILAR]
