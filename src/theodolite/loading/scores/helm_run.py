"""What run of HELM a file belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from theodolite.errors import FormatError, UsageError
from theodolite.loading.files import File, mebibytes
from theodolite.loading.scores.logs import HEAD, plain

if TYPE_CHECKING:
    from theodolite.loading.scores.options import ScoreOptions

__all__ = ["Run", "described"]

SPECIFICATION = "run_spec.json"
# How it was asked, not what: these make no other benchmark of it.
SETTINGS = frozenset({"model", "model_deployment", "method", "data_augmentation", "subject"})


@dataclass(frozen=True)
class Run:
    """A run of HELM.

    Attributes
    ----------
    model, benchmark
        What was asked what.
    subject
        The subject in the run's name, if any.
    """

    model: str
    benchmark: str
    subject: str | None = None

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the names to the scores of the run; its subject goes before the ids."""
        names = [pl.lit(self.model).alias("model"), pl.lit(self.benchmark).alias("benchmark")]
        if self.subject is not None:
            item = pl.concat_str(pl.lit(f"{self.subject}/"), "item_id").alias("item_id")
            names += [item, pl.lit(self.subject).alias("subject")]
        return frame.with_columns(names)


def described(path: Path, options: ScoreOptions) -> Run:
    """Tell the run from ``run_spec.json`` beside the file, or else from its folder's name.

    Raises
    ------
    UsageError
        Neither says it, and ``options`` does not either.
    FormatError
        ``run_spec.json`` is there and cannot be read.
    """
    folder = Path(path).expanduser().absolute().parent
    specification = _specification(folder / SPECIFICATION)
    name = specification.get("name")
    name = plain(name) if isinstance(name, str) else folder.name
    adapter = specification.get("adapter_spec")
    model = adapter.get("model") if isinstance(adapter, Mapping) else None
    benchmark, arguments = _parsed(name)
    model = model if isinstance(model, str) else arguments.get("model")
    rest = [f"{key}={value}" for key, value in arguments.items() if key not in SETTINGS]
    # Any folder has a name; one without arguments is not the name of a run.
    told = benchmark if specification or arguments else None
    told = ":".join([told, ",".join(rest)]) if told and rest else told
    for what, given in (
        ("model", options.model or model),
        ("benchmark", options.benchmark or told),
    ):
        if not given:
            raise UsageError(
                f"{path}: the {what} is not known: there is no {SPECIFICATION} beside it, and the "
                f"folder is not called BENCHMARK:subject=...,model=...: name it with --{what}"
            )
    return Run(
        options.model or plain(model or ""),
        options.benchmark or told or "",
        arguments.get("subject"),
    )


def _parsed(name: str) -> tuple[str, dict[str, str]]:
    """Split ``mmlu:subject=anatomy,model=x`` into its scenario and its arguments."""
    scenario, _, text = name.partition(":")
    pairs = (part.partition("=") for part in text.split(",")) if "=" in text else ()
    return scenario, {key: value for key, sign, value in pairs if sign}


def _specification(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        return {}
    file = File.find(path)
    with file.open() as handle:
        content = handle.read(HEAD + 1)
    if len(content) > HEAD:
        raise FormatError(f"{file.name}: more than {mebibytes(HEAD)}")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{file.name}: not JSON ({error})") from None
    if not isinstance(value, dict):
        raise FormatError(f"{file.name}: not a JSON object")
    return value
