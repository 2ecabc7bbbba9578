"""EQ-Bench: how well a model tells the intensity of emotions in a dialogue."""

from theodolite.scoring.eq_bench.items import VERSIONS, Version, score_items
from theodolite.scoring.eq_bench.method import eq_bench
from theodolite.scoring.eq_bench.result import BENCHMARK, EqBench

__all__ = ["BENCHMARK", "VERSIONS", "EqBench", "Version", "eq_bench", "score_items"]
