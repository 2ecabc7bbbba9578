"""Which models must not stand on both sides of a split: families by name, and near-copies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from theodolite.errors import TooFewError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.scoring.hard.answers import Matrix

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["family_of", "groups_of", "splits_of"]

# Residuals of unrelated models hardly correlate, those of two checkpoints of a run by 0.8 or more.
COPY_ABOVE = 0.6
FEWEST_HELD, FEWEST_TRAINED = 2, 3
# A family of more than this part of all models leaves nothing to split.
LARGEST_FAMILY = 0.5
TRIES = 500
WORD = re.compile(r"[a-z]+")


def family_of(name: str) -> str:
    """Guess a family from the first word of a model's name, without what stands before a slash.

    Examples
    --------
    >>> family_of("Meta-Llama-3-8B"), family_of("meta-llama/Llama-2-7b"), family_of("Qwen1.5-7B")
    ('llama', 'llama', 'qwen')
    """
    words = WORD.findall(name.lower().rsplit("/", 1)[-1])
    if len(words) > 1 and words[0] in MAKERS:
        words = words[1:]
    return words[0] if words else name


# Makers whose names some lists put before those of their models.
MAKERS = frozenset(
    {"meta", "openai", "anthropic", "google", "mistralai", "microsoft", "writer", "ai", "nvidia"}
)


def groups_of(matrix: Matrix, residual: Floats) -> tuple[Integers, tuple[str, ...]]:
    """Number the group of each model, (K,), and say what must be known of the groups.

    Parameters
    ----------
    matrix
        The scores, with the labels that models have.
    residual
        What each model scored on each item beyond what its ability lets expect, (K, N).
    """
    copies = _copies(residual)
    notes = []
    pairs = int((np.bincount(copies) * (np.bincount(copies) - 1) // 2).sum())
    if pairs:
        notes.append(
            f"{pairs:,} {'pair' if pairs == 1 else 'pairs'} of models answer like copies of one "
            f"another (residuals correlate by more than {COPY_ABOVE:g}): they are kept on one side "
            "of every split, but count as models."
        )
    labels = matrix.labels or tuple(map(family_of, matrix.models))
    joined = _united(copies, np.unique(labels, return_inverse=True)[1])
    largest = int(np.bincount(joined).max())
    if matrix.labels is None and (
        largest > LARGEST_FAMILY * len(joined) or joined.max() + 1 < FEWEST_HELD + FEWEST_TRAINED
    ):
        if joined.max() < copies.max():
            notes.append(
                "Most models have names of one family: models were split by themselves, "
                "near-copies together. A column with families (--group) holds them out whole."
            )
        joined = copies
    return joined, tuple(notes)


def splits_of(groups: Integers, holdout: float, n: int, rng: np.random.Generator) -> list[Flags]:
    """Hold out whole groups at random, about a share ``holdout`` of the models, n times, (n, K).

    Raises
    ------
    TooFewError
        No split leaves three models to choose on and two to show it on.
    """
    found = []
    for _ in range(TRIES):
        held = _held(groups, holdout, rng)
        if held.sum() >= FEWEST_HELD and (~held).sum() >= FEWEST_TRAINED:
            found.append(held)
        if len(found) == n:
            return found
    raise TooFewError(
        f"{len(groups)} models in {groups.max() + 1} groups cannot be split into "
        f"{FEWEST_TRAINED} to choose items on and {FEWEST_HELD} others to show the choice on. "
        "Scores of more models are needed, of other families; or hold out more or fewer "
        "(--holdout), or tell with --group what belongs together."
    )


def _held(groups: Integers, holdout: float, rng: np.random.Generator) -> Flags:
    sizes = np.bincount(groups)
    wanted = round(holdout * len(groups))
    held = np.zeros(len(sizes), dtype=bool)
    for group in rng.permutation(len(sizes)):
        if sizes[held].sum() + sizes[group] <= wanted:
            held[group] = True
    return np.asarray(held[groups], dtype=bool)


def _copies(residual: Floats) -> Integers:
    """Number groups of models whose residuals correlate as those of copies do."""
    length = np.sqrt((residual**2).sum(axis=1))
    unit = residual / np.where(length > 0, length, 1.0)[:, None]
    return _components(unit @ unit.T > COPY_ABOVE)


def _united(one: Integers, other: Integers) -> Integers:
    """Join models that either numbering joins."""
    return _components((one[:, None] == one) | (other[:, None] == other))


def _components(linked: Flags) -> Integers:
    """Number the connected parts, by the first model of each."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  (slow to import)

    label = connected_components(linked, directed=False)[1]
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)
