from __future__ import annotations

import pytest

from theodolite.plotting.text import (
    MISSING,
    integer,
    listed,
    number,
    p_value,
    percent,
    printable,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, MISSING),
        (float("nan"), MISSING),
        (float("inf"), "∞"),
        (float("-inf"), "-∞"),
        (-0.04, "0.0"),
        (1234.56, "1234.6"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


def test_what_is_no_number_is_none_in_any_kind() -> None:
    assert integer(None) == percent(None) == percent(float("nan")) == number(None)
    assert percent(float("inf")) == "∞"


def test_p_value_is_never_zero() -> None:
    assert p_value(0.0) == "< 0.0001"
    assert p_value(1.0) == "= 1"


def test_one_and_no_name() -> None:
    assert listed(["a"]) == "a"
    assert listed([]) == ""


@pytest.mark.parametrize("text", ["通义千问", "a b", "naïve", "👩‍🚀 model", "[red]x[/red]"])
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\u202eabc", "\ud800", "\u2028", "\x9b1m"])
def test_what_steers_a_terminal_is_spelled_out(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert "\\" in shown
