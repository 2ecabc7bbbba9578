"""What the sections of a rating say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.plotting.made import HOSTILE, make_fit, unbounded
from theodolite.reporting import (
    Section,
    leader_section,
    one_number_section,
    pairs_section,
    rank_page,
    truth_section,
    used_section,
)


def settings(fit) -> dict[str, str]:
    table = used_section(fit).tables[-1].frame
    return dict(zip(table["setting"], table["value"], strict=True))


def leader_of(fit) -> Section:
    return rank_page(fit, title="T").sections[0]


class TestLeader:
    def test_the_interval_is_the_leaders(self) -> None:
        fit = make_fit(12)
        first = fit.board.to_frame().row(0, named=True)
        section = leader_of(fit)
        assert (section.low, section.high) == (first["low"], first["high"])
        assert first["model"] in section.finding
        assert f"{first['rating']:.1f}" in section.finding

    def test_who_cannot_be_told_apart_fits_the_rank_range(self) -> None:
        seen = set()
        for seed in range(12):
            fit = make_fit(5, seed=seed, per_pair=200)
            first, *others = fit.board.to_frame().to_dicts()
            finding = leader_of(fit).finding
            apart = finding.split("told apart from ")[1].split(". Of")[0]
            named = [row["model"] for row in others if row["model"] in apart]
            assert len(named) == first["rank_high"] - 1
            seen.add(len(named))
        assert {0, 1} <= seen

    def test_pairs_told_apart_are_counted_once(self) -> None:
        fit = make_fit(5, per_pair=1e5)
        everything = {"rank_low": fit.board.rank, "rank_high": fit.board.rank}
        fit = replace(fit, board=replace(fit.board, **everything))
        assert "Of the 10 pairs of models, 10 (100%)" in leader_of(fit).finding

    def test_an_unbounded_leader_has_no_upper_end(self) -> None:
        section = leader_of(unbounded(make_fit(12)))
        assert section.high is None
        assert section.low is not None
        assert "without a finite rating" in section.finding

    def test_two_leaders(self) -> None:
        fit = make_fit(3)
        same = np.ones(3, dtype=np.int64)
        fit = replace(fit, board=replace(fit.board, rank=same, rank_low=same, rank_high=3 * same))
        assert "share the lead" in leader_of(fit).finding

    def test_every_model_has_a_row(self) -> None:
        fit = make_fit(100)
        assert len(leader_of(fit).tables[0].frame) == 100


class TestOneNumber:
    @pytest.mark.parametrize("p", [0.04999, 1e-9])
    def test_a_small_p_value(self, p: float) -> None:
        fit = make_fit(12)
        fit = replace(fit, goodness_of_fit=replace(fit.goodness_of_fit, p_value=p))
        assert "deviate from the ratings more than chance" in one_number_section(fit).finding

    def test_a_large_p_value_is_no_proof(self) -> None:
        finding = one_number_section(make_fit(12)).finding
        assert "no sign against it" in finding
        assert "no proof" in finding
        assert "proves" not in finding

    def test_no_degree_of_freedom(self) -> None:
        assert (
            "cannot be tested"
            in one_number_section(replace(make_fit(3), goodness_of_fit=None)).finding
        )

    def test_the_worst_pairs_first(self) -> None:
        z = one_number_section(make_fit(12)).tables[0].frame["z"].abs()
        assert z.is_sorted(descending=True)
        assert len(z) == 10

    @pytest.mark.parametrize(("sparse", "said"), [(1, False), (40, True)])
    def test_sparse_pairs(self, sparse: int, said: bool) -> None:
        fit = make_fit(12)
        fit = replace(fit, goodness_of_fit=replace(fit.goodness_of_fit, sparse_pairs=sparse))
        caveats = " ".join(one_number_section(fit).caveats)
        assert ("fewer than five" in caveats) == said

    def test_clusters_are_named_beside_the_independence_of_votes(self) -> None:
        fit = make_fit(12)
        assert "independent" in " ".join(one_number_section(fit).caveats)
        clustered = replace(fit, cluster="voter", n_clusters=99)
        assert "clustered by voter" in " ".join(one_number_section(clustered).caveats)

    def test_pairs_without_a_z_are_not_listed(self) -> None:
        fit = make_fit(12)
        fit = replace(fit, pairs=fit.pairs.with_columns(z=pl.lit(None, dtype=pl.Float64)))
        section = one_number_section(replace(fit, goodness_of_fit=None))
        assert section.tables == ()


def test_every_pair_is_in_the_table() -> None:
    fit = make_fit(100)
    table = pairs_section(fit).tables[0]
    assert len(table.frame) == len(fit.pairs)
    assert table.most is not None


def test_what_was_left_out_is_counted() -> None:
    fit = make_fit(12)
    section = used_section(fit)
    assert "1,290 votes were left out" in section.finding
    assert section.tables[0].frame["count"].to_list() == [1234, 56]
    assert "None was left out" in used_section(replace(fit, removed=())).finding


def test_settings_are_those_of_the_fit() -> None:
    fit = replace(make_fit(3), cluster="voter", n_clusters=1234, anchor=("gpt-1-7b", 1100.0))
    shown = settings(fit)
    assert shown["Method"] == "Bradley-Terry"
    assert shown["Clustered by"] == "voter (1,234 clusters)"
    assert shown["Anchor"] == "gpt-1-7b = 1100"
    assert shown["Level"] == "0.95"
    assert (
        settings(replace(fit, method="davidson", interval="bootstrap"))["Intervals"] == "bootstrap"
    )


class TestTruth:
    def test_all_inside(self) -> None:
        board = make_fit(12).board
        known = pl.DataFrame({"model": board.models, "rating": board.rating - 300.0})
        section = truth_section(board, known)
        assert section.finding.startswith("12 of 12 known strengths (100%)")
        # Clopper and Pearson: (alpha / 2)^(1 / n) to 1.
        assert section.low == pytest.approx(0.025 ** (1 / 12))
        assert section.high == 1.0

    def test_misses_are_named(self) -> None:
        board = make_fit(12, special=(HOSTILE,)).board
        hostile = pl.col("model") == HOSTILE
        known = pl.DataFrame({"model": board.models, "rating": board.rating}).with_columns(
            rating=pl.when(hostile).then(pl.col("rating") + 120.0).otherwise(pl.col("rating"))
        )
        assert HOSTILE in truth_section(board, known).finding


def test_charts_are_drawn_only_when_asked_for() -> None:
    code = (
        "import sys, theodolite.reporting\n"
        "heavy = {'altair', 'vl_convert', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_leaders_section_alone() -> None:
    fit = make_fit(3)
    page = rank_page(fit, title="T", notice="N")
    assert (page.title, page.notice) == ("T", "N")
    assert leader_section.__doc__
    assert len({section.question for section in page.sections}) == len(page.sections)
