"""Floors of other kinds of references: fits and published laws, and losses in other units."""

import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.scaling.conftest import simulated
from theodolite.errors import CannotAnswerError, InputError, UsageError
from theodolite.scaling import (
    Comparison,
    Recipe,
    Resampling,
    fit,
    floor,
    published_law,
)
from theodolite.scaling.floor.differences import (
    Observation,
    compared,
    of_published,
)
from theodolite.scaling.floor.draws import floor_of
from theodolite.scaling.floor.units import in_one_unit
from theodolite.tables import Runs

FEW = Resampling(n=100)
SQUARES = Recipe(objective="least-squares")
SAME = Comparison(same_evaluation=True)


def reference(**more):
    return Runs.from_frame(simulated(n=6, **more))


@cache
def fitted(n=2000):
    return fit(reference(), recipe=SQUARES, resampling=Resampling(n=n))


def made(frame, **columns):
    return Runs.from_frame(frame.with_columns(**{k: pl.lit(v) for k, v in columns.items()}))


def test_a_fit_is_a_reference_too():
    found = floor(fitted(100), 1.5, comparison=SAME)
    assert found.verdict == "below the floor"
    assert found.interval_of == "sampling"
    with pytest.raises(InputError, match="text and the tokenizer"):
        floor(fitted(), 1.5)
    with pytest.raises(UsageError, match="stays in its unit"):
        floor(fitted(), 1.5, comparison=Comparison(bytes_per_token=4.0))


@pytest.mark.parametrize(
    ("ours", "theirs", "comparison", "words"),
    [
        ({}, {}, Comparison(), r"evaluation\); the tokenizer of the reference and of the obs"),
        ({"evaluation": "c4"}, {"evaluation": "c4"}, Comparison(), "the tokenizer of the ref"),
        ({"tokenizer": "x"}, {"tokenizer": "x"}, Comparison(), "the text on which"),
        (
            {"evaluation": "c4", "tokenizer": "x"},
            {"evaluation": "pile", "tokenizer": "x"},
            SAME,
            "different texts",
        ),
        ({"tokenizer": "x"}, {"tokenizer": "y"}, SAME, "different tokenizers"),
        ({"dataset": "a"}, {"dataset": "b"}, Comparison(), "trained on 'a', 'b'"),
        ({"dataset": "a"}, {"dataset": "b"}, Comparison(one_table=True), "trained on different"),
        ({}, {}, Comparison(same_evaluation=True, bytes_per_token=4.0), "bytes_per_token"),
    ],
)
def test_losses_that_need_not_compare_are_refused(ours, theirs, comparison, words):
    frame = simulated(n=6)
    with pytest.raises(InputError, match=words):
        in_one_unit(made(frame, **ours), made(frame.head(3), **theirs), comparison)


@pytest.mark.parametrize(
    ("ours", "theirs", "comparison"),
    [
        ({"evaluation": "c4", "tokenizer": "x"}, {"evaluation": "c4", "tokenizer": "x"},
         Comparison()),
        ({}, {}, Comparison(one_table=True)),
        ({"dataset": "a"}, {"dataset": "b"}, SAME),
        ({"tokenizer": "x"}, {}, SAME),
    ],
)  # fmt: skip
def test_losses_of_one_evaluation_compare(ours, theirs, comparison):
    frame = simulated(n=6)
    got = in_one_unit(made(frame, **ours), made(frame.tail(3), **theirs), comparison)
    assert got.unit == "nats a token"
    assert got.loss.tolist() == frame["loss"].tail(3).to_list()


def test_bits_a_byte_change_the_unit_and_nothing_else():
    frame = simulated(n=6)
    comparison = Comparison(same_evaluation=True, bytes_per_token=4.0,
                            observed_bytes_per_token=8.0, error=0.5)  # fmt: skip
    other = made(frame.tail(3).with_columns(pl.col("loss") * 2), tokenizer="y")
    got = in_one_unit(made(frame, tokenizer="x"), other, comparison)
    bits = frame["loss"].to_numpy() / (4.0 * np.log(2.0))
    assert got.unit == "bits a byte"
    assert got.reference.frame["loss"].to_list() == pytest.approx(bits)
    assert got.loss == pytest.approx(bits[-3:])
    assert got.error == pytest.approx(np.full(3, 0.5 / (8.0 * np.log(2.0))))
    plain, scaled = (
        floor_of(fit(runs, recipe=SQUARES, resampling=FEW))
        for runs in (Runs.from_frame(frame), got.reference)
    )
    for name in ("estimate", "low", "high"):
        assert getattr(scaled, name) * 4.0 * np.log(2.0) == pytest.approx(
            getattr(plain, name), rel=1e-4
        )
    with pytest.raises(UsageError, match="of their own"):
        in_one_unit(made(frame, bytes_per_token=4.0), 1.5, Comparison(bytes_per_token=4.0))


def test_published_laws():
    rounded = floor(published_law("hoffmann"), [1.6, 1.69, 1.9], comparison=SAME)
    assert rounded.interval_of == "rounding"
    assert (rounded.floor.low, rounded.floor.high) == pytest.approx((1.685, 1.695), abs=1e-4)
    assert rounded.observed["verdict"].to_list() == [
        "below the floor",
        "cannot be told",
        "above the floor",
    ]
    assert "no sampling error of this E was published" in rounded.verdict_words
    normal = floor(published_law("besiroglu"), [1.80, 1.7], comparison=SAME)
    assert normal.interval_of == "standard error"
    assert normal.floor.low == pytest.approx(1.81686 - 1.96 * 0.02566, abs=0.004)
    assert normal.observed["verdict"].to_list() == ["cannot be told", "below the floor"]
    assert normal.decides.designs == ()
    json.dumps([rounded.to_dict(), normal.to_dict()], allow_nan=False)


def test_published_laws_of_unknown_units_are_refused():
    law = published_law("hoffmann")
    with pytest.raises(InputError, match=r"MassiveText .*bytes per token of both(?s:.)*--same-ev"):
        floor(law, 1.6)
    with pytest.raises(InputError, match="missing: --observed-bytes-per-token"):
        floor(law, 1.6, comparison=Comparison(bytes_per_token=4.0))
    both = Comparison(bytes_per_token=4.0, observed_bytes_per_token=4.4)
    got = floor(law, 1.6, comparison=both)
    assert got.unit == "bits a byte"
    assert got.floor.estimate == pytest.approx(1.69 / (4.0 * np.log(2)))
    assert got.observed["loss"][0] == pytest.approx(1.6 / (4.4 * np.log(2)))
    assert "taken on trust" in got.notes[0]
    with pytest.raises(CannotAnswerError, match="allocation"):
        floor(published_law("kaplan"), 1.6, comparison=SAME)


def test_the_rounding_of_a_published_law_reaches_the_floors_of_sizes():
    law = published_law("hoffmann")
    seen = Observation(np.array([2.0]), None, np.log([7e9]))
    got = compared(of_published(law, 1.0, 0), seen, 0.95, at_size=True)
    assert got.floor[0] == pytest.approx(1.69 + 406.4 / 7e9**0.34)
    ends = [2.0 - (e + a / 7e9**x) for e, a, x in ((1.695, 406.45, 0.335), (1.685, 406.35, 0.345))]
    assert ends[0] <= got.low[0] < got.difference[0] < got.high[0] <= ends[1]
    none = compared(of_published(published_law("besiroglu"), 1.0, 0), seen, 0.95, at_size=True)
    assert np.isnan(none.low[0])
