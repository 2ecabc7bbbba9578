"""Charts of changes, categories and style premiums: small and large boards, hostile names."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP, names_of
from theodolite.plotting import shifts
from theodolite.plotting.text import printable
from theodolite.ratings import Shift, ShiftBy, StyleFit
from theodolite.stats import QuadraticTest

CONTROL = "\x1b[31mred\u202e"
SPECIAL = (HOSTILE, MARKUP, CHINESE, LONG, CONTROL)
JOINT = QuadraticTest(10.0, 3, 0.02)


def made_shift(
    count: int, *, special: tuple[str, ...] = (), after: str = "English", seed: int = 0
) -> Shift:
    rng = np.random.default_rng(seed)
    models = names_of(count, special)
    before, change = 1000 + 80 * rng.normal(size=count), 15 * rng.normal(size=count)
    frame = pl.DataFrame(
        {
            "model": models,
            "before": before,
            "after": before + change,
            "change": change,
            "low": change - 12,
            "high": change + 12,
            "rank_before": 1 + (before[:, None] < before).sum(axis=1),
            "rank_after": 1 + (before + change < (before + change)[:, None]).sum(axis=1),
            "p_value": np.full(count, 0.5),
            "p_adjusted": np.full(count, 1.0),
            "significant": np.abs(change) > 12,
        }
    )
    rest = pl.DataFrame({"model": ["not compared"], "before": [990.0], "significant": [False]})
    return Shift(
        kind="part",
        before="all votes",
        after=after,
        models=pl.concat([frame, rest], how="diagonal"),
        joint=JOINT,
        votes_before=1000,
        votes_after=400,
        spec=None,
        level=0.95,
    )


def made_by(count: int, *, special: tuple[str, ...] = (), category: str = "German") -> ShiftBy:
    boards = tuple(
        made_shift(count, special=special, after=name, seed=seed)
        for seed, name in enumerate(("English", "Chinese", category))
    )
    return ShiftBy("language", boards, pl.DataFrame(), JOINT)


def made_style(count: int, *, special: tuple[str, ...] = ()) -> StyleFit:
    shift = made_shift(count, special=special).rated
    models = shift.select("model", "low", "high", premium="change")
    rest = pl.DataFrame({"model": ["unbounded"]})
    return StyleFit(
        features=("tokens",),
        standardized=False,
        coefficients=pl.DataFrame({"feature": ["tokens"]}),
        condition=1.0,
        models=pl.concat([models, rest], how="diagonal"),
        names=(*shift["model"], "unbounded"),
        profile=np.zeros((count + 1, 1)),
        gamma=np.array([0.3]),
        covariance=np.array([[0.01]]),
        level=0.95,
    )


def charts(count: int, special: tuple[str, ...] = ()) -> dict:
    return {
        "changes": shifts.changes(made_shift(count, special=special)),
        "slopes": shifts.slopes(made_by(count, special=special)),
        "premiums": shifts.premiums(made_style(count, special=special)),
    }


def datasets(chart) -> list[pl.DataFrame]:
    found = chart.to_dict()["datasets"].values()
    return [pl.read_csv(text.encode()) for text in found if isinstance(text, str)]


@pytest.mark.parametrize("count", [2, 12, 100])
def test_every_chart_is_valid_and_finite(count: int) -> None:
    for chart in charts(count, SPECIAL if count == 12 else ()).values():
        json.dumps(chart.to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", ["changes", "slopes", "premiums"])
def test_names_are_spelled_out(name: str) -> None:
    chart = charts(12, SPECIAL)[name]
    seen = {model for rows in datasets(chart) if "model" in rows for model in rows["model"]}
    assert {printable(model) for model in SPECIAL} <= seen
    assert CONTROL not in seen
    text = json.dumps(chart.to_dict(), ensure_ascii=False)
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("name", ["changes", "slopes", "premiums"])
def test_no_name_is_ever_read_as_an_expression(name: str) -> None:
    def walk(node) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key in ("expr", "labelExpr", "calculate", "filter", "test"):
                    assert not any(special in str(child) for special in SPECIAL)
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(charts(12, SPECIAL)[name].to_dict())


def test_a_category_of_a_hostile_name() -> None:
    spec = shifts.slopes(made_by(5, category=CONTROL)).to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    assert "\x1b" not in text
    assert printable(CONTROL).replace("\\", "\\\\") in text
    title = json.dumps(shifts.changes(made_shift(3, after=CONTROL)).to_dict(), ensure_ascii=False)
    assert "\x1b" not in title


def test_what_cannot_be_compared_is_not_drawn() -> None:
    for name, chart in charts(12).items():
        for rows in datasets(chart):
            if "model" in rows:
                drawn = set(rows["model"])
                assert not drawn & {"not compared", "unbounded"}, name


def test_rows_are_in_the_order_of_the_change() -> None:
    shift = made_shift(12)
    rows = datasets(shifts.changes(shift))[0]
    assert rows["value"].to_list() == pytest.approx(
        shift.rated["change"].sort(descending=True).to_list(), abs=1e-3
    )


def test_a_chart_grows_by_a_step_a_model() -> None:
    spec = shifts.changes(made_shift(100)).to_dict()
    assert spec["height"] == {"step": shifts.ROW_STEP}


def test_no_more_colours_than_can_be_told() -> None:
    by = made_by(100)
    rows = [frame for frame in datasets(shifts.slopes(by)) if "group" in frame]
    assert rows[0]["group"].n_unique() == len(shifts.COLOURS) + 1
    loudest = by.to_frame().filter("significant").sort(pl.col("change").abs())["model"][-1]
    assert set(rows[0].filter(model=loudest)["group"]) == {"0"}


def test_a_model_called_as_the_rest() -> None:
    """The word of the key for all other models is a name as well."""
    shift = made_shift(4)
    renamed = shift.models.with_columns(
        model=pl.when(pl.col("change") == pl.col("change").max())
        .then(pl.lit("others"))
        .otherwise("model"),
        significant=pl.col("change") == pl.col("change").max(),
    )
    by = ShiftBy("language", (Shift(**(vars(shift) | {"models": renamed})),), pl.DataFrame(), JOINT)
    domain = shifts.slopes(by).to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert len(domain) == len(set(domain)) == 2
