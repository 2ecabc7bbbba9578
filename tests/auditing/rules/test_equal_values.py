"""Choices that come to the same quantity, and those that only look as if they did."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.equal_values import RULE
from theodolite.auditing.rules.quantities import quantities


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 km", "1,000 m"),
        ("0.5", "1/2"),
        ("50%", "0.5"),
        ("50 percent", "50%"),
        ("9 x 10^2", "900"),
        ("3 \u00d7 10^-3", "0.003"),
        ("0.5 J.", "500 mJ"),
        ("2 hours", "120 minutes"),
        ("$1,000", "$1000"),
        ("-4", "\u22124.0"),
        ("2 atm", "2.0 atm"),
        (".25", "1/4"),
    ],
)
def test_equal(one: str, other: str) -> None:
    assert finds(RULE, "Which?", [one, other, "7 widgets"], 2)
    assert finds(RULE, "Which?", [other, one], 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2", "3"),
        ("2 m", "2 s"),
        ("2", "2 m"),
        ("1 mW", "1 MW"),
        ("$5", "€5"),
        ("2 + 2", "4"),
        ("Q(√2+√3)", "Q(√2·√3)"),
        ("10^2", "102"),
        ("10²", "100"),
        ("1,2", "12"),
        ("1.5 x 1017 m", "1.5 x 10^17 m"),
        ("-5", "5"),
        ("5", "5"),
        ("1/0", "2/0"),
    ],
)
def test_not_equal(one: str, other: str) -> None:
    assert not finds(RULE, "Which?", [one, other])


def test_questions_about_the_form_of_a_number() -> None:
    assert not finds(RULE, "Write 2/4 in lowest terms.", ["1/2", "2/4"])
    assert finds(RULE, "How far is it around the lake?", ["1/2", "2/4"])


def test_whether_the_key_is_one_of_them() -> None:
    items = [("Which?", ["1/2", "0.5", "3"], 0), ("Which?", ["1/2", "0.5", "3"], 2)]
    assert list(evidence(RULE, items).values()) == [
        '"1/2" and "0.5" are equal, and only one is keyed',
        '"1/2" and "0.5" are equal',
    ]


@given(st.integers(0, 10**7), st.sampled_from(["m", "kg", "", "gauge"]))
def test_commas_and_decimals_change_nothing(n: int, unit: str) -> None:
    forms = [f"{n} {unit}", f"{n:,} {unit}", f"{n}.0 {unit}", f"+{n}{unit}"]
    frame = quantities(pl.DataFrame({"plain": [form.strip() for form in forms]}))
    assert frame.height == len(forms)
    assert frame.get_column("size").n_unique() == 1
