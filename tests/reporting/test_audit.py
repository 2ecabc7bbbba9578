"""The sections of an audit, and its items as a page shows them."""

from __future__ import annotations

import polars as pl
import pytest

from theodolite.auditing import audit, benchmark_bias
from theodolite.reporting import audit_page, audit_sections, page_html
from theodolite.reporting.cards import item_cards
from theodolite.tables import Items, Scores

HOSTILE = "</script><img src=x onerror=alert(1)>"
LABELS = ["ok", "bad_question_clarity", "ok", "wrong_groundtruth"] * 3


def items(n: int = 12, hostile: str = "") -> Items:
    columns = {
        "benchmark": f"quiz{hostile}",
        "item_id": [f"{i}{hostile}" for i in range(n)],
        "subject": [f"s{i % 3}{hostile}" for i in range(n)],
        "question": [
            f"Which fly?{hostile}" if i % 4 == 1 else f"What is {i} + 1?{hostile}" for i in range(n)
        ],
        "choices": [
            ["I only", "II only"] if i % 4 == 1 else [f"{i}{hostile}", f"{i + 1}{hostile}"]
            for i in range(n)
        ],
        "answer": [1] * n,
        "label": (LABELS * n)[:n],
    }
    return Items.from_frame(pl.DataFrame(columns))


def scores(n: int = 12, hostile: str = "", *, letters: bool = True) -> Scores:
    rows = [
        {
            "model": f"m{m}{hostile}",
            "benchmark": f"quiz{hostile}",
            "item_id": f"{i}{hostile}",
            "choice": None if (m, i) == (1, 2) else (m + i) % 2,
            "score": 0 if (m, i) == (1, 2) else (m + i) % 2,
        }
        for m in range(3)
        for i in range(n)
        if (m, i) != (0, 5)
    ]
    frame = pl.DataFrame(rows)
    return Scores.from_frame(frame if letters else frame.drop("choice"))


def test_cards_against_a_plain_loop() -> None:
    table, answers = items(), scores()
    found = audit(table, answers)
    cards = item_cards(found)
    rows = {row["item_id"]: row for row in table.frame.iter_rows(named=True)}
    given = {(r["item_id"], r["model"]): r for r in answers.frame.iter_rows(named=True)}
    rules = [rule for rule, _ in cards["rules"]]
    fields = cards["items"]
    for place, row in enumerate(found.items.iter_rows(named=True)):
        item = row["item_id"]
        assert fields["id"][place] == item
        assert fields["question"][place] == rows[item]["question"]
        assert fields["choices"][place] == rows[item]["choices"]
        assert fields["key"][place] == rows[item]["answer"]
        assert cards["subjects"][fields["subject"][place]] == rows[item]["subject"]
        said = [(f["rule"], f["evidence"]) for f in row["findings"]]
        assert [(rules[r], e) for r, e in fields["findings"][place]] == said
        symbols = ""
        for model in cards["models"]:
            one = given.get((item, model))
            symbols += " " if one is None else "-" if one["choice"] is None else "AB"[one["choice"]]
        assert fields["answers"][place] == symbols
    assert cards["letters"]


def test_cards_of_scores_without_choices() -> None:
    cards = item_cards(audit(items(), scores(letters=False)))
    assert not cards["letters"]
    assert set("".join(cards["items"]["answers"])) == {"0", "1", " "}


def test_cards_are_bounded() -> None:
    table = items()
    long = table.frame.with_columns(question=pl.col("question") + "x" * 10_000)
    found = audit(Items.from_frame(long))
    cards = item_cards(found, most=3)
    assert len(cards["items"]["id"]) == 3
    assert max(map(len, cards["items"]["question"])) < 5_000
    assert cards["items"]["question"][-1].endswith("[…]")


def test_questions_of_the_sections() -> None:
    found = audit(items(), scores(), labels="label")
    sections = audit_sections(found, bias=benchmark_bias(items()))
    assert [section.question for section in sections] == [
        "Which items are likely broken?",
        "What did the rules find?",
        "How did the models answer?",
        "Do the options alone give the keys away?",
        "How far do the rules agree with the labels in label?",
    ]
    findings = [section.finding for section in sections]
    assert findings[0].startswith(f"{audit(items(), scores()).suspects.height} of 12 items (")
    # Of the three models two take the other choice in every even item.
    assert findings[2].startswith("In 6 items more models took one other choice")
    assert ", in 3 items. The most frequent is absent-statements (3 items)." in findings[1]
    assert findings[3].startswith("Without its questions a classifier answers ")
    assert findings[4].startswith("Of 3 items with a finding 100.0% (43.9% to 100.0%) are labelled")
    assert len(audit_sections(audit(items()))) == 2


def test_scores_of_other_items_are_not_used() -> None:
    found = audit(items(6), scores(12))
    used = audit_page(found).sections[-1]
    # Three models on six items, of which the first was not asked one.
    assert used.finding.endswith("No item was left out. 17 scores of 3 models were used.")
    table = used.tables[0]
    assert table.frame.rows() == [("score of an item that is not among the items", 18)]
    assert table.columns[-1].label == "Scores"


def test_nothing_found() -> None:
    columns = {"benchmark": "quiz", "item_id": ["1"], "question": "What is 2 + 2?"}
    table = Items.from_frame(pl.DataFrame(columns | {"choices": [["3", "4"]], "answer": [1]}))
    suspects, rules = audit_sections(audit(table))
    assert suspects.finding.startswith("0 of 1 items")
    assert suspects.chart is None
    assert rules.finding == "None of the 19 rules found anything."


@pytest.mark.parametrize("letters", [True, False])
def test_hostile_texts_stay_text(letters: bool) -> None:
    found = audit(items(hostile=HOSTILE), scores(hostile=HOSTILE, letters=letters), labels="label")
    html = page_html(audit_page(found))
    assert "<img src=x" not in html
    assert HOSTILE not in html
    assert "img src=x onerror" in html  # as text, escaped
