"""The chart of parameters and tokens."""

from __future__ import annotations

import json
import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP
from tests.plotting.test_ratings import marks
from theodolite.errors import TooFewError
from theodolite.loading import load_models
from theodolite.plotting.axes import log_ticks
from theodolite.plotting.facts import trained
from theodolite.plotting.facts_frames import names_of, spot, trained_rows
from theodolite.plotting.text import amount
from theodolite.tables import Facts, Models


def facts_of(**columns: list) -> Facts:
    frame = pl.DataFrame({"kind": "base"} | columns, strict=False)
    return Facts.of(Models.from_frames(frame))


def shipped() -> Facts:
    return Facts.of(load_models())


def test_base_models_with_both_numbers_are_drawn_and_the_others_counted() -> None:
    models = shipped().models
    base = models.filter(kind="base")
    both = base.filter(pl.col("tokens").is_not_null() & pl.col("params").is_not_null())
    rows = trained_rows(models)
    assert set(rows["model"]) == set(both["model"])
    lines = trained(shipped()).to_dict()["title"]["subtitle"]
    left = len(base) - len(both)
    said = f"{len(both)} base models. Left out: {left} of which one of the two is not known."
    assert lines[0] == said
    below = rows.filter(~pl.col("more"))
    assert {"GPT-3-175B", "PaLM-540B", "Chinchilla-70B", "Falcon-180B"} <= set(below["model"])
    assert below["ratio"].max() == 20.0


def test_experts_stand_at_their_active_parameters() -> None:
    rows = trained_rows(shipped().models)
    row = rows.filter(model="DBRX").row(0, named=True)
    assert (row["at"], row["all_params"], row["tokens"]) == (36e9, 132e9, 12e12)
    assert row["ratio"] == pytest.approx(12e12 / 36e9)
    at = rows["model"].to_list().index(row["model"])
    sides = {label.index: label.side for label in names_of(rows)}
    assert sides.get(at) != "right"  # its line lies there
    assert "rule" in marks(trained(shipped()))
    dense = facts_of(model=["x"], params=[7e9], tokens=[2e12])
    assert "rule" not in marks(trained(dense))
    assert "Thin lines" not in trained(dense).to_dict()["title"]["subtitle"][1]


def test_the_line_is_at_twenty() -> None:
    spec = trained(shipped()).to_dict()
    data = [text for text in spec["datasets"].values() if isinstance(text, str)]
    lines = [pl.read_csv(text.encode()) for text in data if text.startswith("at,tokens\n")]
    assert [(frame["tokens"] / frame["at"]).to_list() for frame in lines] == [[20.0, 20.0]]


def test_every_chart_is_valid_and_finite() -> None:
    names = [HOSTILE, MARKUP, CHINESE, LONG[:200]]
    odd = facts_of(
        model=[name.replace("\x1b", "").replace("\n", "").replace("\t", "") for name in names],
        params=[1e9] * 4,
        tokens=[1e12] * 4,
    )
    for facts in (shipped(), odd, facts_of(model=["x"], params=[7e9], tokens=[2e12])):
        json.dumps(trained(facts).to_dict(), allow_nan=False)


def test_of_many_models_some_are_named() -> None:
    sizes = [1e9 * 1.001**i for i in range(1000)]
    rows = trained_rows(
        facts_of(model=[f"m{i}" for i in range(1000)], params=sizes, tokens=[1e12] * 1000).models
    )
    assert rows.height == 1000
    assert 0 < len(names_of(rows)) < 200


def test_nothing_to_draw() -> None:
    with pytest.raises(TooFewError, match="no base model"):
        trained(facts_of(model=["x"], params=[7e9]))


@given(
    st.lists(
        st.tuples(st.floats(1e8, 1e12), st.floats(1e11, 1e13), st.text("ab", min_size=1)),
        min_size=1,
        max_size=25,
    )
)
def test_names_cover_no_other_name(drawn: list[tuple[float, float, str]]) -> None:
    models = pl.DataFrame(
        {
            "model": [f"{name}{i}" for i, (_, _, name) in enumerate(drawn)],
            "kind": "base",
            "params": [size for size, _, _ in drawn],
            "active_params": pl.Series([None] * len(drawn), dtype=pl.Float64),
            "tokens": [tokens for _, tokens, _ in drawn],
        }
    )
    rows = trained_rows(models)
    boxes = _boxes(rows)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]


def _boxes(rows: pl.DataFrame) -> list[tuple[float, float, float, float]]:
    """Where the names are, worked out anew: a page of 640 by 440, letters of 6.2 by 13."""
    x_low, x_high = spot(rows["at"].to_list())
    y_low, y_high = spot(rows["tokens"].to_list())
    boxes = []
    for label in names_of(rows):
        at, tokens, name = rows.select("at", "tokens", "model").row(label.index)
        width = 6.2 * len(name)
        left = {"right": 0.0, "left": width}.get(label.side, width / 2)
        x = 640 * math.log(at / x_low) / math.log(x_high / x_low) + label.dx - left
        y = 440 * math.log(tokens / y_low) / math.log(y_high / y_low) + label.dy
        boxes.append((x, x + width - 1e-6, y - 6.5, y + 6.5 - 1e-6))
    return boxes


def test_amounts() -> None:
    texts = [amount(value) for value in (70e6, 1.3e9, 2.05e12, 12_000, None, float("nan"))]
    assert texts == ["70M", "1.3B", "2.05T", "12,000", "\N{EN DASH}", "\N{EN DASH}"]
    assert log_ticks(1e11, 1e12, (1.0, 3.0)) == pytest.approx([1e11, 3e11, 1e12, 3e12])
