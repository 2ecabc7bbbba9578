"""What holds for every rule: an item is judged by itself, wherever it stands."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auditing.rules.asking import mmlu, redux, table
from tests.auditing.rules.test_pages import example
from theodolite.auditing.assessment import assess
from theodolite.auditing.lint import lint
from theodolite.auditing.rules import TEXT_RULES
from theodolite.tables import Items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.auditing.rules.asking import Item
PIECES = st.sampled_from(
    [
        *("1,2", "I only", "II only", "2 and 3", "both A and D", "all of the above", "question 3"),
        *("in the figure above", "9.3 x 1013", "14-May", "3:02", "5%", "0.05", "currently"),
        *("are you a robot", "Ã©", "\ufffd", "[a = b]", "(", "and", ".", "?", "\n", "", "$"),
        *("The rich pay", "the above", "the"),
    ]
)
TEXTS = st.lists(PIECES, max_size=4).map(" ".join)
ITEMS = st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=5), st.just(0))
# Items with findings: the ones that the pages show.
SHOWN = [item for rule in TEXT_RULES for item in example(rule)]
FEW = 0.02


def judged(items: list[Item]) -> list[tuple[int, str, str]]:
    found = lint(table(items), rules=TEXT_RULES).findings
    return sorted(found.select("_index", "rule", "evidence").iter_rows())


# The first call compiles all patterns.
@settings(deadline=None, max_examples=10)
@given(items=st.lists(ITEMS, min_size=1, max_size=6), seed=st.integers(0, 100))
def test_an_item_is_judged_by_itself(items: list[Item], seed: int) -> None:
    rows = [*items, *SHOWN]
    order = random.Random(seed).sample(range(len(rows)), k=len(rows))
    half = order[: len(rows) // 2 + 1]
    whole = judged(rows)
    part = judged([rows[i] for i in half])
    assert sorted((half[i], rule, said) for i, rule, said in part) == [
        row for row in whole if row[0] in half
    ]


def test_an_open_question_has_no_choices() -> None:
    frame = {
        "benchmark": ["quiz"],
        "item_id": ["1"],
        "question": ["Ann has 16 hens. How many legs?"],
    }
    items = Items.from_frame(pl.DataFrame(frame | {"reference": ["32"]}))
    assert lint(items, rules=TEXT_RULES).findings.is_empty()


def test_long_texts_are_no_trap() -> None:
    """Every pattern is linear: a text of 200,000 characters takes no time worth naming."""
    for piece in ("(", "a ", '"', "1, ", "[", "the ", ". ", "Ã", "ab-"):
        text = piece * (200_000 // len(piece))
        judged([(text, [text, "x"], 0), ("What?", ["I only", text], 1)])


def test_the_rules_agree_with_people(data: Callable[[str], Path]) -> None:
    """On the development half of MMLU-Redux; the other half is not for tests."""
    items = redux(data)
    loud = [rule for rule in TEXT_RULES if rule.severity != "note"]
    told = assess(lint(items, rules=loud), items, "error_type")
    rules = {row["rule"]: row for row in told.rules.to_dicts()}
    assert rules["all rules"]["recall"] > 0.237
    assert rules["all rules"]["precision_low"] > 0.19
    for rule in loud:
        if rule.severity == "error":
            assert rules[rule.id]["precision"] > 0.8


def test_few_items_of_mmlu_are_found(data: Callable[[str], Path]) -> None:
    items = mmlu(data)
    loud = [rule for rule in TEXT_RULES if rule.severity != "note"]
    findings = lint(items, rules=loud).findings
    assert findings.get_column("_index").n_unique() < FEW * len(items)
