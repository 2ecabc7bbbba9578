"""What training runs answer in a survey."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from theodolite.cli.output import working
from theodolite.errors import TooFewError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from theodolite.cli.options import Inference
    from theodolite.reporting import Section
    from theodolite.scaling import Resampling
    from theodolite.tables import Runs

    Question = tuple[str, Callable[[], tuple[Section, ...]]]

__all__ = ["on_runs"]

# The plan is for so many times the compute of the largest run.
AHEAD = 10.0
# The part of the runs that is held out, the largest by compute.
HELD_OUT = 0.2


def on_runs(
    paths: list[str], loss: str | None, tasks: list[str], inference: Inference
) -> Iterator[Question]:
    """Give the questions that training runs answer."""
    from theodolite.loading import RunOptions, load_runs
    from theodolite.scaling import Resampling

    with working("Reading runs"):
        runs = load_runs(paths, RunOptions(loss=loss))
    resampling = Resampling(seed=inference.seed)
    asked = [
        ("How does loss fall with parameters and tokens?", _law),
        ("How should size grow with compute?", _isoflop),
        ("Which law forecasts best?", _backtest),
        ("Does the loss of a size still fall with tokens as the law says?", _saturation),
    ]
    if _sets(runs) > 1:
        asked.append(("How much is a token of each set worth?", _datasets))
    for question, answer in asked:
        yield question, partial(answer, runs, resampling, inference.level)
    if tasks:
        yield "What will it score?", partial(_downstream, runs, tasks, inference)


def _sets(runs: Runs) -> int:
    """How many training sets the runs name."""
    return runs.frame.get_column("dataset").n_unique() if "dataset" in runs.frame.columns else 0


def _law(runs: Runs, resampling: Resampling, level: float) -> tuple[Section, ...]:
    """Show the law, and what it would train with ten times the compute of the largest run."""
    import numpy as np

    from theodolite.loading import load_models
    from theodolite.reporting import plan_sections, scaling_sections
    from theodolite.scaling import Target, fit, plan

    with working("Fitting a scaling law"):
        found = fit(runs, resampling=resampling, level=level)
        budget = AHEAD * float(np.exp(found.points.flops.max()))
        planned = plan(found, Target(flops=float(f"{budget:.1e}")))
    return (*scaling_sections(found), plan_sections(planned, load_models().frame)[0])


def _isoflop(runs: Runs, resampling: Resampling, level: float) -> tuple[Section, ...]:
    from theodolite.reporting import isoflop_sections
    from theodolite.scaling import isoflop

    with working("Finding the best size at each budget"):
        found = isoflop(runs, n_resamples=resampling.n, seed=resampling.seed, level=level)
    return isoflop_sections(found)


def _backtest(runs: Runs, resampling: Resampling, level: float) -> tuple[Section, ...]:
    import numpy as np

    from theodolite.reporting import backtest_sections
    from theodolite.scaling import Resampling, account, backtest

    flops = np.sort(account(runs).flops)
    first = int(np.ceil((1.0 - HELD_OUT) * len(flops)))
    if not 0 < first < len(flops):
        raise TooFewError("runs to hold out: there are too few")
    held = f"flops={float(np.sqrt(flops[first - 1] * flops[first])):.4g}.."
    with working("Holding laws against the largest runs"):
        found = backtest(
            runs, held, resampling=Resampling(n=1000, seed=resampling.seed), level=level
        )
    return backtest_sections(found)


def _saturation(runs: Runs, resampling: Resampling, level: float) -> tuple[Section, ...]:
    from theodolite.reporting import saturation_sections
    from theodolite.scaling import Resampling, saturation

    with working("Looking for saturation"):
        few = Resampling(n=1000, seed=resampling.seed)
        return saturation_sections(saturation(runs, resampling=few, level=level))


def _datasets(runs: Runs, resampling: Resampling, level: float) -> tuple[Section, ...]:
    from theodolite.reporting import datasets_sections
    from theodolite.scaling import Resampling, datasets

    with working("Comparing training sets"):
        few = Resampling(n=1000, seed=resampling.seed)
        return datasets_sections(datasets(runs, resampling=few, level=level))


def _downstream(runs: Runs, tasks: list[str], inference: Inference) -> tuple[Section, ...]:
    from theodolite.reporting import downstream_sections
    from theodolite.scaling import DownstreamSettings, Resampling, downstream, named_tasks

    with working("Foretelling accuracies"):
        few = Resampling(n=500, seed=inference.seed)
        found = downstream(
            runs,
            named_tasks(runs, tasks),
            settings=DownstreamSettings(resampling=few, level=inference.level),
        )
    return downstream_sections(found)
