"""Logs of several tools, told apart and read into one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.loading.scores import test_helm as helm
from tests.loading.scores import test_lighteval as lighteval
from tests.loading.scores.files import GEN20, MC20, inspect_log, sample, write_log
from theodolite.errors import InputError
from theodolite.loading.scores.load import load_scores
from theodolite.loading.scores.options import ScoreOptions
from theodolite.loading.scores.registry import FORMATS
from theodolite.tables import Items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXACT = ScoreOptions(metric="exact_match")


def logs_of(folder: Path) -> dict[str, Path]:
    return {
        "inspect": write_log(folder, inspect_log([sample("a", "C"), sample("b", "I")])),
        "helm": helm.run(folder, helm.MATCHES),
        "lighteval": lighteval.written(folder, lighteval.new([{"exact_match": 1}] * 2)),
    }


def test_each_log_fits_its_own_format_alone(tmp_path: Path) -> None:
    for name, path in logs_of(tmp_path).items():
        assert [fmt.NAME for fmt in FORMATS if fmt.fits(path)] == [name]


def test_genuine_logs_fit_their_own_format_alone(data: Callable[[str], Path]) -> None:
    for log in (MC20, GEN20):
        assert [fmt.NAME for fmt in FORMATS if fmt.fits(data(log))] == ["inspect"]


def test_logs_of_two_tools_make_one_table(tmp_path: Path) -> None:
    logs = logs_of(tmp_path)
    scores = load_scores([logs["helm"], logs["lighteval"]], EXACT)
    assert scores.models == ("openai_gpt2", "org/model")
    assert scores.frame.select("item_id", "score", "subject", "_row").rows() == [
        ("anatomy/id0", 1.0, "anatomy", 1),
        ("anatomy/id7", 0.0, "anatomy", 2),
        ("anatomy/0", 1.0, "anatomy", 1),
        ("anatomy/1", 1.0, "anatomy", 2),
    ]
    assert scores.frame.schema["_row"].is_integer()


def test_a_log_with_epochs_and_one_without(data: Callable[[str], Path]) -> None:
    scores = load_scores([data(MC20), data(GEN20)])
    counts = scores.frame.group_by("benchmark", "epoch").len().sort("benchmark", "epoch")
    assert counts.rows() == [("gen20", 1, 20), ("gen20", 2, 20), ("mc20", 1, 20)]


def test_a_stranger_among_the_items_is_named(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"benchmark": "quiz", "item_id": ["a"], "question": ["?"], "reference": ["!"]}
    )
    with pytest.raises(InputError, match="'b' is not among the items"):
        load_scores(logs_of(tmp_path)["inspect"], ScoreOptions(items=Items.from_frame(frame)))
