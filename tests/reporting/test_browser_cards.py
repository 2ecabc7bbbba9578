"""The items of an audit in a real browser: read, filtered, paged, and inert."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.reporting.test_audit import HOSTILE, items, scores
from tests.reporting.test_browser import browse, title, with_script
from theodolite.auditing import audit
from theodolite.reporting import audit_page, page_html

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("chromium") is None and shutil.which("chromium-browser") is None,
        reason="Chromium is not installed",
    ),
]
CHOOSE = """
const select = document.querySelector('select[name={name}]');
select.value = '{value}';
select.dispatchEvent(new Event('input', {{ bubbles: true }}));
"""
# As it may stand inside a script.
HOSTILE_JS = HOSTILE.removeprefix("</script>")
TELL = "document.title = document.querySelector('.cards [role=status]').textContent;"
NEXT = "document.querySelectorAll('.pager button')[1].click();"


@pytest.fixture(scope="module")
def page() -> str:
    return page_html(audit_page(audit(items(60), scores(60))))


def told(page: str, code: str, folder: Path) -> str:
    return title(browse(with_script(page, code + TELL), folder))


def test_suspects_come_first(page: str, tmp_path: Path) -> None:
    dom = browse(page, tmp_path)
    cards = re.findall(r"<article>.*?</article>", dom, re.DOTALL)
    assert cards
    assert "absent-statements" in cards[0]
    assert "keyed" in cards[0]
    assert "How " in cards[0]
    assert "most suspect first" in dom


def test_filters_and_pages(page: str, tmp_path: Path) -> None:
    every = CHOOSE.format(name="rule", value="")
    assert told(page, every, tmp_path).startswith("1 to 20 of 60 items")
    assert told(page, every + NEXT + NEXT, tmp_path).startswith("41 to 60 of 60 items")
    assert told(page, every + NEXT * 5, tmp_path).startswith("41 to 60 of 60 items")
    by_rule = CHOOSE.format(name="rule", value="0")
    assert told(page, by_rule, tmp_path).startswith("1 to 15 of 15 items")
    subject = CHOOSE.replace("select", "other").replace("'other[", "'select[")
    by_subject = subject.format(name="subject", value="0")
    assert told(page, every + by_subject, tmp_path).startswith("1 to 20 of 20 items")
    assert told(page, by_rule + by_subject, tmp_path).startswith("1 to 5 of 5 items")
    back = "document.querySelectorAll('.pager button')[0].click();"
    assert told(page, every + NEXT + NEXT + back, tmp_path).startswith("21 to 40 of 60 items")
    words = (
        "const words = document.querySelector('input[name=words]'); words.value = 'no such text';"
        "words.dispatchEvent(new Event('input', { bubbles: true }));"
    )
    assert told(page, every + words, tmp_path) == "No item is like that."


def test_hostile_items_stay_inert(tmp_path: Path) -> None:
    html = page_html(audit_page(audit(items(hostile=HOSTILE), scores(hostile=HOSTILE))))
    every = CHOOSE.format(name="rule", value="")
    count = (
        "const cards = [...document.querySelectorAll('article')];"
        f"const shown = cards.filter((card) => card.textContent.includes({HOSTILE_JS!r}));"
        "const images = document.querySelectorAll('img').length;"
        "document.title += `|${cards.length} ${shown.length} ${images}`;"
    )
    alarm = "<script>window.alert = () => { document.title = 'INJECTED'; };</script>"
    seen = title(browse(with_script(html, every + count, before=alarm), tmp_path))
    assert seen == "Audit|12 12 0"
