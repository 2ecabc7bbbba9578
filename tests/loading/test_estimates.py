"""Published results with their errors: layouts, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading import is_estimates_file, load_estimates
from theodolite.tables import Condition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALPACA = """,win_rate,standard_error,length_controlled_winrate,lc_standard_error
x,40.0,1.5,45.0,0.1
base,50.0,0.0,50.0,
y,20.0,1.2,18.0,0.2
"""
HARD = """model,score,rating_q025,rating_q975,CI
x,80,78,82,"(-2, +2)"
base,50,50,50,"(0, 0)"
y,30.5,28,33,"(-2, +3)"
"""


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_alpaca_eval(tmp_path: Path) -> None:
    path = written(tmp_path, ALPACA)
    assert is_estimates_file(path)
    side = load_estimates(path)
    assert (side.models, side.unit) == (("x", "y"), "%")
    assert side.frame.select("value", "standard_error").rows() == [(45.0, 1.5), (18.0, 1.2)]
    assert "lc_standard_error is that of predictions" in side.notes[0]
    assert [(r.reason, r.count) for r in side.removed] == [("the baseline against itself", 1)]
    raw = load_estimates(path, value="win_rate")
    assert raw.frame["value"].to_list() == [40.0, 20.0]
    assert raw.notes == ()


def test_arena_hard(tmp_path: Path) -> None:
    side = load_estimates(written(tmp_path, HARD))
    assert side.frame.select("model", "value", "low", "high").rows() == [
        ("x", 80.0, 78.0, 82.0),
        ("y", 30.5, 28.0, 33.0),
    ]


def test_own_columns(tmp_path: Path) -> None:
    text = "model,win_rate,win_rate_low,win_rate_high,low,high,length_controlled_win_rate,board\n"
    path = written(
        tmp_path, text + "x,40,35,45,41,49,45,a\ny,30,25,36,24,38,31,a\nx,1,0,2,0,9,5,b\n"
    )
    only = [Condition.parse("board=a")]
    both = [
        load_estimates(path, value=value, conditions=only)
        for value in ("win_rate", "length_controlled_win_rate")
    ]
    assert [s.frame["low"].to_list() for s in both] == [[35.0, 25.0], [41.0, 24.0]]
    assert both[0].removed[0].count == 1
    with pytest.raises(InputError, match="row 3, column model: 'x' is there already") as raised:
        load_estimates(path)
    assert "Choose one row a model, by" in str(raised.value)
    assert "board" in str(raised.value)
    plain = load_estimates(written(tmp_path, "model,value,standard_error\nx,1,0.1\n"), unit="share")
    assert plain.unit == "share"


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no column rating, value"):
        load_estimates(written(tmp_path, "model,elo,low,high\nx,1,0,2\n"))
    with pytest.raises(MissingColumnError, match="no column 'elo'"):
        load_estimates(written(tmp_path, "model,rating,low,high\nx,1,0,2\n"), value="elo")
    with pytest.raises(FormatError, match="nothing says how sure"):
        load_estimates(written(tmp_path, "model,rating\nx,1\n"))
    with pytest.raises(InputError, match=r"row 2, column high: 1\.0 is below its value"):
        load_estimates(written(tmp_path, "model,rating,low,high\nx,1,0,2\ny,3,0,1\n"))
    assert not is_estimates_file(written(tmp_path, "model,item_id,score,low,high\n"))
    assert not is_estimates_file(written(tmp_path, "model_a,model_b,winner\na,b,tie\n"))


def test_real_leaderboards(data: Callable[[str], Path]) -> None:
    side = load_estimates(data("alpaca_eval/leaderboard.csv"))
    assert (len(side), side.removed[0].count) == (207, 1)
    hard = load_estimates(data("arena_hard/arena_hard_leaderboard_20240731.csv"))
    assert hard.models[0] == "gpt-4-turbo-2024-04-09"
    want = (82.63, (84.6 - 80.75) / 2 / 1.959964, 80.75, 84.6)
    assert hard.frame.row(0)[1:] == pytest.approx(want, rel=1e-5)
