"""What stands beside the samples of an lm-eval run: the file name and the results file.

lm-eval writes ``MODEL/samples_TASK_DATE.jsonl`` and, of the same date, ``MODEL/results_DATE.json``.
Both may have been renamed with a prefix: ``MODEL__samples_TASK_DATE.jsonl``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from theodolite.errors import FormatError, MissingColumnError
from theodolite.loading.files import RECORD_LIMIT, File, mebibytes

__all__ = ["Run", "run_of"]

SAMPLES = re.compile(
    r"(?P<prefix>.+__)?samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d-]+(\.\d+)?)\.jsonl"
    r"(\.gz|\.zst)?"
)
# The arguments from which lm-eval takes the name of a model, in its order.
NAMING = ("peft", "delta", "pretrained", "model", "path", "engine")


@dataclass(frozen=True)
class Run:
    """What is known about a run besides its samples.

    Attributes
    ----------
    task, prefix
        From the name of the file of samples; ``None`` where it does not tell.
    results
        The results file, empty where there is none.
    name
        What an error calls the file of samples.
    """

    task: str | None
    prefix: str | None
    name: str
    results: Mapping[str, object] = field(default_factory=dict)

    def benchmark(self, given: str | None) -> str:
        """Return the benchmark's name: what the caller gave, or the task."""
        if given is None and self.task is None:
            raise MissingColumnError(
                f"{self.name}: the file name does not tell the task (samples_TASK_DATE.jsonl does)",
                hint="Name it with --benchmark NAME.",
            )
        return given if given is not None else str(self.task)

    def model(self, given: str | None) -> str:
        """Return the model's name: given, from the results file, or before ``__samples_``."""
        if given is not None:
            return given
        named = self._named()
        if named is not None:
            return named
        if self.prefix:
            return self.prefix
        raise MissingColumnError(
            f"{self.name}: no results file of the same date stands beside it, so nothing tells "
            "the model",
            hint="Name it with --model NAME.",
        )

    def _named(self) -> str | None:
        """Return the model of the results file.

        Where the arguments hold no name, lm-eval makes one up at random for each run; the kind of
        model (``dummy``, say) is then the better name.
        """
        config = _mapping(self.results.get("config"))
        argument = _argument(config.get("model_args"))
        written = self.results.get("model_name")
        if "model_args" in config and argument is None:
            written = None
        names = (written, argument, config.get("model"))
        return next((name for name in names if isinstance(name, str) and name), None)

    def task_config(self) -> Mapping[str, object]:
        """Return the settings of the task, empty where they are not known."""
        return _mapping(_mapping(self.results.get("configs")).get(str(self.task)))

    def samples(self) -> int | None:
        """Return how many documents the results file counts."""
        counts = _mapping(_mapping(self.results.get("n-samples")).get(str(self.task)))
        count = counts.get("effective")
        return count if isinstance(count, int) else None

    def mean(self, metric: str, filter_name: str) -> float | None:
        """Return the figure of the results file for a metric that is a plain mean."""
        metrics = self.task_config().get("metric_list")
        plain = isinstance(metrics, list) and any(
            _mapping(m).get("metric") == metric and _mapping(m).get("aggregation") == "mean"
            for m in metrics
        )
        results = _mapping(_mapping(self.results.get("results")).get(str(self.task)))
        value = results.get(f"{metric},{filter_name}")
        return float(value) if plain and isinstance(value, int | float) else None


def _argument(arguments: object) -> str | None:
    """Return the model's name among the arguments, a mapping or ``KEY=VALUE,...``."""
    if isinstance(arguments, str):
        pairs = (pair.partition("=") for pair in arguments.split(","))
        arguments = {key.strip(): value.strip() for key, _, value in pairs}
    found = (_mapping(arguments).get(key) for key in NAMING)
    return next((str(name) for name in found if name), None)


def run_of(path: str | Path) -> Run:
    """Look at the name of a file of samples, and for the results beside it.

    Raises
    ------
    FormatError
        The results file is there and cannot be read.
    """
    path = Path(path)
    name = File.find(path).name
    match = SAMPLES.fullmatch(path.name)
    if match is None:
        return Run(None, None, name)
    prefix = match["prefix"] or ""
    beside = path.with_name(f"{prefix}results_{match['date']}.json")
    results = _results(beside) if beside.exists() else {}
    return Run(match["task"], prefix.removesuffix("__") or None, name, results)


def _results(path: Path) -> Mapping[str, object]:
    file = File.find(path)
    with file.open() as handle:
        content = handle.read(RECORD_LIMIT + 1)
    if len(content) > RECORD_LIMIT:
        raise FormatError(f"{file.name}: larger than {mebibytes(RECORD_LIMIT)}")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise FormatError(f"{file.name}: not a JSON object") from None
    if not isinstance(value, dict):
        raise FormatError(f"{file.name}: not a JSON object")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
