"""Sections of accuracies foretold: what they say stands in the numbers."""

import numpy as np
import pytest

from tests.scaling.downstream.worlds import World, simulate
from theodolite.reporting import downstream_page, downstream_sections, page_html
from theodolite.scaling import DownstreamSettings, Resampling, downstream, task_of

PATHS = ("sigmoid", "direct")


@pytest.fixture(scope="module")
def runs():
    return simulate(World(), 25, np.random.default_rng(0))


def foretold(runs, paths=PATHS, tasks=1, **options):
    quiz = task_of(runs, ["quiz"], chance=0.25)
    settings = DownstreamSettings(paths=paths, resampling=Resampling(n=100))
    return downstream(runs, [quiz] * tasks, settings=settings, **options)


def test_one_task(runs):
    found = foretold(runs, at=[(7e9, 1e12)])
    by = {section.question: section for section in downstream_page(found).sections}
    row = found.done[0].points.row(0, named=True)
    score = by["What will it score?"]
    assert score.finding.startswith(f"{100 * row['accuracy']:.1f}% [{100 * row['low']:.1f}%")
    assert (score.low, score.high) == (row["low"], row["high"])
    assert found.done[0].decides.words in score.caveats
    assert "Guessing scores 25.0% (given)" in by["How does accuracy follow from loss?"].finding
    assert "sigmoid + direct" in by["Which way from runs to accuracy?"].finding
    assert "missed by" not in score.finding


def test_several_tasks_with_held_out_runs(runs):
    found = foretold(runs, tasks=2, hold_out=["params=3e9.."])
    score, ways = downstream_sections(found)
    assert "Of 2 tasks" in score.finding
    assert f"missed by {100 * found.mean_absolute_error:.1f}% on average" in score.finding
    assert [len(table.frame) for table in score.tables] == [2, 10]
    assert len(ways.tables[0].frame) == 4
    assert score.chart is not None
    assert score.chart().to_dict()


def test_the_page_is_html(runs):
    page = page_html(downstream_page(foretold(runs, paths=("direct",))))
    assert "What will it score?" in page
    assert "How does accuracy follow from loss?" not in page
