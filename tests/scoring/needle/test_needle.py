"""Scores of needle tests: shares, effects, effective length, versions."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.scoring.needle.made import DEPTHS, LENGTHS, grid, needles
from theodolite.errors import InputError, TooFewError, UsageError
from theodolite.loading import load_needle
from theodolite.scoring.needle import NeedleBoard, needle
from theodolite.stats import wilson
from theodolite.tables import Condition, Needles, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REAL = "needle/claude_2_1_original_results.jsonl"


def effect(found: NeedleBoard, name: str, version: str = "1") -> dict[str, float | None]:
    return found.effects.filter(effect=name, version=version).row(0, named=True)


def test_shares_and_scores_are_means_by_length_and_depth() -> None:
    frame = grid(np.random.default_rng(0), slope=1.0)
    got = needle(needles(frame))
    row = got.models.row(0, named=True)
    assert row["share"] == pytest.approx((frame["score"] == 10).mean())
    assert row["score"] == pytest.approx(frame["score"].mean())
    assert (row["n"], row["cells"], row["lengths"], row["depths"]) == (315, 315, 15, 21)
    for column, table in (("context_length", got.lengths), ("depth_percent", got.depths)):
        for value, share, low, high, n in table[column, "share", "low", "high", "n"].iter_rows():
            own = frame.filter(pl.col(column) == value)["score"] == 10
            want = wilson(np.array([own.mean()]), np.array([len(own)]), 0.95)
            assert share == pytest.approx(own.mean())
            assert (low, high, n) == (
                pytest.approx(want[0][0]),
                pytest.approx(want[1][0]),
                len(own),
            )
    falling = got.lengths["monotone"].to_numpy()
    assert (np.diff(falling) <= 1e-12).all()


@pytest.mark.parametrize("score", [10.0, 1.0, 5.0])
def test_no_interval_is_without_width(score: float) -> None:
    frame = grid(np.random.default_rng(0)).with_columns(score=pl.lit(score))
    got = needle(needles(frame))
    row = got.models.row(0, named=True)
    assert row["share_high"] - row["share_low"] > 0.01
    assert row["high"] - row["low"] > 0.05
    assert got.effects["p_value"].is_null().all()
    found = score == 10.0
    assert row["unbounded"] is found
    assert row["effective_length"] == (LENGTHS[-1] if found else 0.0)
    if not found:
        assert row["effective_high"] == 0.0


def test_one_length_or_one_depth_leaves_what_can_be_told() -> None:
    rng = np.random.default_rng(1)
    one_length = needle(needles(grid(rng, lengths=(4000,), ends=3.0)))
    assert effect(one_length, "length")["p_value"] is None
    assert effect(one_length, "length by depth")["p_value"] is None
    assert effect(one_length, "depth")["p_value"] < 0.05
    # A single length does not tell how far lengths spread.
    assert effect(one_length, "ends against middle")["high"] == math.inf
    one_depth = needle(needles(grid(rng, depths=(50,), slope=4.0)))
    assert effect(one_depth, "depth")["p_value"] is None
    assert effect(one_depth, "length")["p_value"] < 0.05
    two = needle(needles(grid(rng, lengths=(4000,), depths=(0, 100))))
    assert two.models["cells"].item() == 2


def test_effects_are_found_and_have_the_right_sign() -> None:
    got = needle(needles(grid(np.random.default_rng(2), slope=1.5, ends=3.0)))
    for name in ("length", "depth", "ends against middle"):
        assert effect(got, name)["p_value"] < 0.002
    length, ends = effect(got, "length"), effect(got, "ends against middle")
    assert length["low"] < math.exp(-1.5) < length["high"] < 1.0
    assert 1.0 < ends["low"] < math.exp(3.0) < ends["high"]
    assert effect(got, "length by depth")["p_value"] > 0.01


def test_an_interaction_is_found() -> None:
    rng = np.random.default_rng(3)
    lengths = LENGTHS * 3
    near = grid(rng, lengths=LENGTHS[:7], ends=-3.0)
    far = grid(rng, lengths=LENGTHS[7:], ends=4.0)
    got = needle(needles(pl.concat([near, far])))
    assert len(lengths) == 45
    assert effect(got, "length by depth")["p_adjusted"] < 0.05


def test_a_model_beside_it_moves_nothing() -> None:
    one = grid(np.random.default_rng(4), slope=1.0)
    other = grid(np.random.default_rng(5), slope=0.2).with_columns(model=pl.lit("y"))
    alone, both = needle(needles(one)), needle(needles(pl.concat([one, other])))
    assert both.models.filter(model="x").to_dicts() == alone.models.to_dicts()
    assert both.effects.filter(model="x").to_dicts() == alone.effects.to_dicts()
    assert needle(needles(one), seed=1).models["share"].item() == alone.models["share"].item()


def test_unparseable_trials_count_for_nothing_and_are_counted() -> None:
    frame = grid(np.random.default_rng(6), slope=1.0)
    frame = frame.with_columns(
        score=pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise("score")
    )
    got = needle(needles(frame)).models.row(0, named=True)
    assert (got["n"], got["unparseable"], got["cells"]) == (252, 63, 315)
    assert got["share"] == pytest.approx((frame["score"].drop_nulls() == 10).mean())


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.95), st.integers(2, 6), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_what_holds_of_every_grid(seed: int, tau: float, lengths: int, depths: int) -> None:
    frame = grid(
        np.random.default_rng(seed),
        lengths=LENGTHS[:lengths],
        depths=DEPTHS[:depths],
        centre=5000,
        slope=2.0,
    )
    got = needle(needles(frame), threshold=tau)
    row = got.models.row(0, named=True)
    assert row["share_low"] <= row["share"] <= row["share_high"]
    assert row["share_low"] < row["share_high"]
    assert row["effective_low"] <= row["effective_length"]
    assert row["unbounded"] or row["effective_length"] <= row["effective_high"]
    tried = [0.0, *map(float, LENGTHS[:lengths])]
    monotone = dict(got.lengths["context_length", "monotone"].iter_rows())
    want = max([v for v in tried[1:] if monotone[v] >= tau - 1e-12], default=0.0)
    assert row["effective_length"] == want
    p = got.effects["p_value"].drop_nulls()
    assert p.is_between(0.0, 1.0).all()
    json.dumps(got.to_dict())


class TestVersions:
    def test_common_cells_are_compared_exactly(self) -> None:
        rng = np.random.default_rng(7)
        one = grid(rng, base=1.0)
        other = grid(rng, lengths=LENGTHS[:6], base=0.2).with_columns(version=pl.lit("2"))
        got = needle(needles(pl.concat([one, other])))
        pair = got.pairs.row(0, named=True)
        both = one.join(other, on=["context_length", "depth_percent"])
        a = int(((both["score"] == 10) & (both["score_right"] == 1)).sum())
        b = int(((both["score"] == 1) & (both["score_right"] == 10)).sum())
        assert (pair["n"], pair["only_a"], pair["only_b"]) == (126, a, b)
        assert pair["difference"] == pytest.approx((a - b) / 126)
        assert pair["p_value"] == pytest.approx(binomtest(a, a + b).pvalue)
        assert "Not all were tried at the same lengths" in got.notes[0]
        assert got.models["version"].to_list() == ["1", "2"]

    def test_no_cell_in_common_is_no_pair(self) -> None:
        rng = np.random.default_rng(8)
        other = grid(rng, lengths=(1000,)).with_columns(model=pl.lit("y"))
        got = needle(needles(pl.concat([grid(rng), other])))
        assert got.pairs.is_empty()
        assert got.to_dict()["pairs"] == []

    def test_on_one_grid_the_best_is_first(self) -> None:
        rng = np.random.default_rng(9)
        frames = [
            grid(rng, base=base).with_columns(model=pl.lit(f"m{i}"))
            for i, base in enumerate((-1.0, 2.0, 0.5))
        ]
        got = needle(needles(pl.concat(frames)))
        assert got.models["model"].to_list() == ["m1", "m2", "m0"]
        assert got.notes == ()
        assert got.pairs["difference"].min() > 0
        assert (got.pairs["p_adjusted"] >= got.pairs["p_value"]).all()

    def test_repeated_trials_are_averaged_in_their_cell(self) -> None:
        rng = np.random.default_rng(10)
        thrice = pl.concat([grid(rng) for _ in range(3)])
        other = grid(rng).with_columns(version=pl.lit("2"))
        got = needle(needles(pl.concat([thrice, other]), trials=True))
        assert dict(got.models["version", "n"].iter_rows()) == {"1": 945, "2": 315}
        assert got.models["cells"].to_list() == [315, 315]
        assert got.pairs["n"].item() == 315
        with pytest.raises(InputError, match="--trials"):
            needles(thrice)


def test_settings_out_of_range() -> None:
    table = needles(grid(np.random.default_rng(0)))
    for options, message in (
        ({"threshold": 1.0}, "threshold must lie"),
        ({"level": 0.0}, "level must lie"),
        ({"seed": -1}, "seed must not"),
    ):
        with pytest.raises(UsageError, match=message):
            needle(table, **options)
    with pytest.raises(TooFewError, match="fewer than two trials"):
        needle(
            select(
                table, [Condition.parse("context_length=2000"), Condition.parse("depth_percent=50")]
            )
        )


class TestTable:
    def test_scores_are_the_rubrics(self) -> None:
        frame = grid(np.random.default_rng(0)).with_columns(score=pl.lit(0.5))
        with pytest.raises(InputError, match=r"column score: 0\.5 is not one of 1, 3, 5, 7, 10"):
            needles(frame)
        got = needles(frame, scale=(0.0, 1.0))
        assert (got.low, got.high) == (0.0, 1.0)
        with pytest.raises(InputError, match=r"not between 0 and 0\.4"):
            needles(frame, scale=(0.0, 0.4))
        with pytest.raises(UsageError, match="does not rise"):
            needles(frame, scale=(1.0, 1.0))

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("context_length", 0.0, "above 0"),
            ("depth_percent", 101.0, "at most 100"),
            ("depth_percent", None, "empty"),
            ("model", " ", "not usable"),
            ("score", math.inf, "not a finite number"),
        ],
    )
    def test_cells_of_the_table(self, column: str, value: object, message: str) -> None:
        frame = grid(np.random.default_rng(0)).with_columns(pl.lit(value).alias(column))
        with pytest.raises(InputError, match=message):
            needles(frame)


class TestReal:
    @pytest.fixture
    def cells(self, data: Callable[[str], Path]) -> Needles:
        return load_needle(data(REAL))

    def test_the_versions_stand_apart(self, cells: Needles) -> None:
        got = needle(cells)
        assert got.models["version", "n"].rows() == [("1", 1225), ("2", 151)]
        assert got.models["share"].to_list() == pytest.approx([673 / 1225, 146 / 151])
        pair = got.pairs.row(0, named=True)
        assert (pair["n"], pair["only_a"], pair["only_b"]) == (151, 0, 0)
        assert pair["low"] < 0.0 < pair["high"]

    def test_length_and_depth_matter_in_the_first(self, cells: Needles) -> None:
        got = needle(cells)
        assert effect(got, "length")["p_adjusted"] < 0.01
        assert effect(got, "depth")["p_adjusted"] < 0.01
        assert effect(got, "ends against middle")["low"] > 2.0
        row = got.models.row(0, named=True)
        assert (row["effective_length"], row["effective_high"]) == (18559.0, 24412.0)

    def test_one_file_a_cell_is_the_same(self, data: Callable[[str], Path], cells: Needles) -> None:
        files = sorted(data("needle/results_claude_2_1").iterdir())
        few = load_needle(files).frame
        both = few.join(
            cells.frame.with_columns(pl.col("model").cast(pl.String)),
            on=["version", "context_length", "depth_percent"],
        )
        assert len(both) == len(files) == 12
        assert (both["score"] == both["score_right"]).all()

    def test_the_older_array(self, data: Callable[[str], Path]) -> None:
        got = needle(load_needle(data("needle/OpenAI_OriginalResults.json"), model="gpt-4"))
        row = got.models.row(0, named=True)
        assert (row["n"], row["share"]) == (225, pytest.approx(207 / 225))
        assert effect(got, "end against start")["p_value"] < 0.01

    def test_several_needles(self, data: Callable[[str], Path]) -> None:
        names = ("retrieval", "reasoning")
        files = [data(f"needle/multi_needle/gpt4_{name}.csv") for name in names]
        got = needle(load_needle(files[0]))
        assert dict(got.models["version", "n"].iter_rows()) == {
            "1 needle": 18,
            "3 needles": 30,
            "10 needles": 54,
        }
        assert needle(load_needle(files[1])).models["n"].sum() == 28
