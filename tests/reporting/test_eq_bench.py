"""What the page of EQ-Bench says."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from tests.plotting.made import HOSTILE
from tests.scoring.eq_bench.made import passes_of
from theodolite.reporting import Section, eq_bench_page, eq_bench_sections, page_html, print_page
from theodolite.scoring.eq_bench import EqBench, eq_bench
from theodolite.tables import Passes


def made(
    models: int = 3, *, runs: int = 1, unread: bool = False, published: bool = False
) -> EqBench:
    rng = np.random.default_rng(0)
    means = 8.0 - np.arange(models)
    scores = means[:, None, None] - rng.gamma(1.0, 0.3, (models, runs, 80))
    if unread:
        scores[-1, :, :7] = np.nan
    passes = passes_of(scores, runs=runs)
    if not published:
        return eq_bench(passes)
    plain = eq_bench(passes).models.select("model", published=pl.col("score").round(2))
    off = pl.when(pl.col("model") == "m1").then(0.5).otherwise(0.0)
    table = plain.with_columns(pl.col("published") + off)
    return eq_bench(Passes.from_frame(passes.frame, published=table))


def sections(got: EqBench) -> dict[str, Section]:
    return {section.question: section for section in eq_bench_page(got).sections}


def test_only_what_is_there_is_asked() -> None:
    assert list(sections(made(1))) == [
        "Who leads, and how surely?",
        "What was used, and what was left out?",
    ]
    every = sections(made(runs=2, unread=True, published=True))
    assert len(every) == 6
    assert len(eq_bench_sections(made())) == 2


def test_the_leader() -> None:
    got = made()
    row = got.models.row(0, named=True)
    section = eq_bench_sections(got)[0]
    assert section.finding.startswith(f"m0 leads with {row['score']:.2f} (95% interval")
    assert "told apart from every other model" in section.finding
    assert (section.low, section.high) == (row["low"], row["high"])
    twins = np.repeat(np.random.default_rng(1).normal(5, 1, (1, 40)), 2, axis=0)
    assert "m0 and m1 share the lead" in eq_bench_sections(eq_bench(passes_of(twins)))[0].finding


def test_what_could_not_be_read() -> None:
    got = made(unread=True)
    row = got.models.filter(model="m2").row(0, named=True)
    finding = sections(got)["What do answers hide that could not be read?"].finding
    assert finding.startswith("7 answers of 1 model could not be read")
    assert f"{row['score']:.2f}, and {row['score'] * 73 / 80:.2f} if" in finding


def test_published_scores_that_differ_are_named() -> None:
    finding = sections(made(published=True))["Are the published scores what the answers give?"]
    assert finding.finding.startswith("2 of 3 published scores are what the answers give")
    assert "m1's, 0." in finding.finding


def test_runs() -> None:
    got = made(runs=4)
    finding = sections(got)["How much do runs of one model differ?"].finding
    assert f"{got.models['run_sd'].max():.2f} points over 4 runs" in finding


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_page_is_made(count: int) -> None:
    got = made(count) if count < 40 else eq_bench(passes_of(np.full((40, 3), 5.0)))
    frame = got.models.with_columns(
        model=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(HOSTILE)).otherwise("model")
    )
    page = eq_bench_page(EqBench(**{**vars(got), "models": frame}))
    assert HOSTILE not in page_html(page)
    out = io.StringIO()
    print_page(page, Console(file=out, width=100))
    assert "EQ-Bench (v2)" in out.getvalue()
