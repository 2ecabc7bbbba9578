"""Pages in a real browser that has no network: charts, sorting, and names that stay inert."""

from __future__ import annotations

import html as markup
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.plotting.made import CHINESE, HOSTILE, LONG, MARKUP, make_fit, unbounded
from theodolite import plotting
from theodolite.reporting import Page, Section, page_html, rank_page

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=10000",
    "--dump-dom",
]
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# Without the policy, an element that got through the escaping would run.
ALARM = "<script>window.alert = () => { document.title = 'INJECTED'; };</script>"

COUNT = "document.title += '|' + document.querySelectorAll('img, b').length;"


def browse(html: str, folder: Path) -> str:
    """Give the page as it stands after its scripts ran."""
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    profile = folder / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def with_script(html: str, code: str, *, before: str = "") -> str:
    """Add a script to a copy of the page, which its policy would not let run."""
    html = POLICY.sub("", html, count=1).replace("<head>", f"<head>{before}", 1)
    start, _, end = html.rpartition("</body>")  # the bundle's own code holds others
    return f"{start}<script>{code}</script></body>{end}"


def title(dom: str) -> str:
    return markup.unescape(re.search(r"<title>(.*?)</title>", dom, re.DOTALL)[1])


@pytest.fixture(scope="module")
def page() -> str:
    fit = unbounded(make_fit(12, special=(HOSTILE, MARKUP, CHINESE, LONG)))
    return page_html(rank_page(fit, title=f"Ranking {HOSTILE}", notice=MARKUP))


def charts_of(dom: str) -> list[str]:
    """The figures, each with a drawn chart in it."""
    figures = re.findall(r"<figure.*?</figure>", dom, re.DOTALL)
    assert all(re.search(r"<svg[^>]*marks|<canvas", figure) for figure in figures)
    assert not any("could not be drawn" in figure for figure in figures)
    return figures


def test_charts_are_drawn_under_the_policy(page: str, tmp_path: Path) -> None:
    forest, *others = charts_of(browse(page, tmp_path))
    assert len(others) == 2
    for name in (MARKUP, CHINESE):
        assert markup.escape(name, quote=False) in forest


def test_a_large_page_is_drawn(tmp_path: Path) -> None:
    page = page_html(rank_page(make_fit(100), title="Ranking"))
    assert len(charts_of(browse(page, tmp_path))) == 3


def test_names_are_inert_even_without_the_policy(page: str, tmp_path: Path) -> None:
    dom = browse(with_script(page, COUNT, before=ALARM), tmp_path)
    assert title(dom) == f"Ranking {HOSTILE}|0"


def test_a_saved_chart_is_inert_too(tmp_path: Path) -> None:
    fit = make_fit(6, special=(HOSTILE,))
    plotting.save_chart(plotting.forest(fit.board), tmp_path / "chart.html")
    html = (tmp_path / "chart.html").read_text(encoding="utf-8")
    dom = browse(with_script(html, COUNT, before=ALARM), tmp_path)
    assert title(dom) == "Chart|0"
    assert re.search(r"<svg[^>]*marks", dom)
    assert re.search(r"<svg[^>]*marks", browse(html, tmp_path))


def test_the_alarm_would_ring(tmp_path: Path) -> None:
    """The two tests above see what they look for: unescaped, the name does run."""
    html = f"<html><head>{ALARM}<title>quiet</title></head><body>{HOSTILE}</body></html>"
    assert title(browse(html, tmp_path)) == "INJECTED"


def test_the_policy_stops_a_script_that_got_through(page: str, tmp_path: Path) -> None:
    broken = page.replace("</main>", f"</main>{HOSTILE}<script>document.title='RAN'</script>")
    assert title(browse(broken.replace("alert(1)", "document.title='RAN'"), tmp_path)) != "RAN"


SORT = """
{
const table = document.querySelector("table");
const at = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent === "COLUMN");
const heading = table.tHead.rows[0].cells[at];
const button = heading.querySelector("button");
button.focus();
for (let i = 0; i < CLICKS; i++) document.activeElement.click();
const values = [...table.tBodies[0].rows].map((row) => row.cells[at].textContent);
document.title = heading.getAttribute("aria-sort") + "|" + values.join("|");
}
"""


@pytest.mark.parametrize(
    ("column", "clicks", "order"),
    [
        ("Rating", 1, "descending"),
        ("Low", 2, "ascending"),
        ("Votes", 1, "descending"),
        ("Rank range", 1, "ascending"),
    ],
)
def test_sorting(tmp_path: Path, column: str, clicks: int, order: str) -> None:
    fit = unbounded(make_fit(12, per_pair=900))
    code = SORT.replace("COLUMN", column).replace("CLICKS", str(clicks))
    dom = browse(with_script(page_html(rank_page(fit, title="T")), code), tmp_path)
    direction, *cells = title(dom).split("|")
    assert direction == order
    numbers = [
        float(c.replace(",", "").replace("∞", "inf").split(plotting.text.RANGE)[0]) for c in cells
    ]
    assert numbers == sorted(numbers, reverse=order == "descending")
    assert len(set(numbers)) > 4


def test_no_address_is_asked_for(page: str, tmp_path: Path) -> None:
    code = (
        "setTimeout(() => { document.title = performance.getEntriesByType('resource')"
        ".map((e) => e.name).filter((n) => !n.startsWith('data:')).join(' ') || 'none'; }, 3000);"
    )
    assert title(browse(with_script(page, code), tmp_path)) == "none"


class NoChart:
    def to_dict(self) -> dict[str, object]:
        return {"data": {"values": []}, "mark": "no such mark"}


def test_a_chart_that_fails_says_so(tmp_path: Path) -> None:
    section = Section("Question?", "Finding.", chart=NoChart)  # type: ignore[arg-type]
    dom = browse(page_html(Page("T", (section,))), tmp_path)
    figure = re.search(r"<figure.*?</figure>", dom, re.DOTALL)[0]
    assert "could not be drawn" in figure
