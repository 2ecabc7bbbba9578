"""Benchmarks: how many items each has, and what guessing scores.

What a benchmark is called differs between boards; :func:`benchmark_named` knows the common names.
Counts are of the split that boards report; chance is one over the number of choices, and 0 where an
answer is written out. A benchmark whose chance level depends on the item in a way that no single
number states (BBH; TruthfulQA's MC2, which is a share of probability) has none here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BENCHMARKS", "Benchmark", "benchmark_named"]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark.

    Attributes
    ----------
    name
        As boards call it most.
    items
        Items of the split that is reported, or ``None``: not known.
    chance
        The score of guessing, as a share, or ``None``: no single number says.
    source
        Where it was published.
    names
        Other names.
    """

    name: str
    items: int | None
    chance: float | None
    source: str
    names: tuple[str, ...] = ()


BENCHMARKS = (
    Benchmark("MMLU", 14_042, 0.25, "arXiv:2009.03300"),
    Benchmark("MMLU-Pro", 12_032, 0.1, "arXiv:2406.01574", ("leaderboard_mmlu_pro",)),
    Benchmark("ARC-C", 1_172, 0.25, "arXiv:1803.05457", ("ARC", "arc_challenge")),
    Benchmark("ARC-E", 2_376, 0.25, "arXiv:1803.05457", ("arc_easy",)),
    Benchmark("HellaSwag", 10_042, 0.25, "arXiv:1905.07830"),
    Benchmark("Winogrande", 1_267, 0.5, "arXiv:1907.10641", ("Winograd",)),
    Benchmark("XWinograd", None, 0.5, "arXiv:2106.12066"),
    Benchmark("TruthfulQA", 817, None, "arXiv:2109.07958"),
    Benchmark("GSM8K", 1_319, 0.0, "arXiv:2110.14168", ("Math(GSM8K)",)),
    Benchmark("HumanEval", 164, 0.0, "arXiv:2107.03374"),
    Benchmark("MATH", 5_000, 0.0, "arXiv:2103.03874"),
    Benchmark("GPQA", 448, 0.25, "arXiv:2311.12022", ("leaderboard_gpqa",)),
    Benchmark("BBH", 6_511, None, "arXiv:2210.09261"),
    Benchmark("PIQA", 1_838, 0.5, "arXiv:1911.11641"),
    Benchmark("BoolQ", 3_270, 0.5, "arXiv:1905.10044"),
    Benchmark("OpenBookQA", 500, 0.25, "arXiv:1809.02789", ("openbookqa", "openbook_qa", "obqa")),
    Benchmark("CommonsenseQA", 1_221, 0.2, "arXiv:1811.00937", ("csqa", "commonsense_qa")),
    Benchmark("SocialIQA", 1_954, 1 / 3, "arXiv:1904.09728", ("siqa",)),
)


def _by_name() -> Mapping[str, Benchmark]:
    pairs = ((name, b) for b in BENCHMARKS for name in (b.name, *b.names))
    return MappingProxyType({name.lower(): b for name, b in pairs})


_NAMES = _by_name()


def benchmark_named(name: str) -> Benchmark:
    """Return what is known of a benchmark; nothing but its name where it is not listed.

    Examples
    --------
    >>> benchmark_named("arc_challenge").items, benchmark_named("our own").chance is None
    (1172, True)
    """
    return _NAMES.get(name.lower(), Benchmark(name, None, None, "not known here"))
