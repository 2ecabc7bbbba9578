"""The chart of EQ-Bench."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import domains, marks
from tests.scoring.eq_bench.made import passes_of
from theodolite.plotting import eq_scores
from theodolite.plotting.parts import ROW_STEP
from theodolite.scoring.eq_bench import EqBench, eq_bench
from theodolite.tables import Passes


def made(models: int, *, unread: float = 0.0) -> EqBench:
    rng = np.random.default_rng(0)
    scores = (10.0 - rng.gamma(3.0, rng.uniform(0.5, 2.0, (models, 1)), (models, 60))).clip(-19, 10)
    scores[rng.random(scores.shape) < unread] = np.nan
    names = {"m0": HOSTILE, "m1": MARKUP, "m2": CHINESE, "m3": LONG} if models == 12 else {}
    frame = passes_of(scores).frame.with_columns(
        pl.col("model").cast(pl.String).replace(names).str.slice(0, 300)
    )
    return eq_bench(Passes.from_frame(frame))


def test_rows_are_best_first_and_every_number_is_finite() -> None:
    for count in (1, 2, 12, 60):
        got = made(count)
        spec = eq_scores(got).to_dict()
        json.dumps(spec, allow_nan=False)
        assert spec["height"] == count * ROW_STEP
        assert [*got.models["model"]] in domains(eq_scores(got), "y")


def test_ticks_stand_only_where_answers_could_not_be_read() -> None:
    assert "tick" not in marks(eq_scores(made(5)))
    got = made(5, unread=0.2)
    assert "tick" in marks(eq_scores(got))
    assert "Red ticks" in eq_scores(got).to_dict()["title"]["subtitle"][1]
