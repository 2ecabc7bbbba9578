from __future__ import annotations

import pytest

from tests.auditing.rules.asking import evidence, finds
from theodolite.auditing.rules.encoding_damage import RULE


def twice(text: str, wrong: str) -> str:
    """Decode UTF-8 by another encoding, as a careless program does."""
    return text.encode().decode(wrong, errors="replace")


@pytest.mark.parametrize("text", ["café", "naïve", "Goldman\u2019s", "5 \u2013 7", "5°", "§ 3"])
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_utf8_read_as_another_encoding(text: str, wrong: str) -> None:
    assert finds(RULE, f"What is {twice(text, wrong)} of it?")
    assert not finds(RULE, f"What is {text} of it?")


@pytest.mark.parametrize("text", ["Goldman\u2019s", "5 \u2013 7", "café"])
def test_utf8_read_as_mac_roman(text: str) -> None:
    assert finds(RULE, f"What is {twice(text, 'mac-roman')}?")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("a man\ufffds", "could not be decoded"),
        ("a man\x92s", "a control character"),
        ("a &lt; b", "marks of HTML"),
        ("a&nbsp;b", "marks of HTML"),
        ("H<sub>2</sub>O", "marks of HTML"),
        (r"$\frac{1}{2}", "a formula that is not closed"),
    ],
)
def test_marks_in_a_choice(choice: str, said: str) -> None:
    assert said in evidence(RULE, [("Which?", ["x", choice], 0)])[0]


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > d",
        "the index of <p> in S",
        "2√3 and √2",
        "Ångström, Ärger, São Paulo, Âme, façade",
        "two\nlines\tand a tab",
        r"$\frac{1}{2}$ and \$5",
        "R&D; AT&T",
    ],
)
def test_plain_texts(text: str) -> None:
    assert not finds(RULE, text, [text, "y"])


def test_pages_are_asked_about() -> None:
    assert not finds(RULE, "What does HTML show for </b>?", ["&lt;", "nothing"])
    assert finds(RULE, "What is shown for it?", ["&lt;", "nothing"])
