from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.plotting.made import CHINESE, HOSTILE, make_fit
from theodolite import plotting
from theodolite.errors import UsageError
from theodolite.plotting.embed import content_policy, json_for_script
from theodolite.plotting.save import chart_html

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def chart():
    return plotting.forest(make_fit(6, special=(HOSTILE, CHINESE)).board)


@pytest.mark.parametrize(
    ("name", "start"),
    [("c.png", b"\x89PNG"), ("c.SVG", b"<svg"), ("c.html", b"<!doctype html>")],
)
def test_each_format(chart, tmp_path: Path, name: str, start: bytes) -> None:
    plotting.save_chart(chart, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_png_has_twice_the_size(chart, tmp_path: Path) -> None:
    plotting.save_chart(chart, tmp_path / "c.png")
    plotting.save_chart(chart, tmp_path / "c.svg")
    pixels = int.from_bytes((tmp_path / "c.png").read_bytes()[16:20], "big")
    width = float(re.search(r'width="([\d.]+)"', (tmp_path / "c.svg").read_text())[1])
    assert pixels == pytest.approx(2 * width, abs=2)


@pytest.mark.parametrize("name", ["c.pdf", "c", "c.png.txt"])
def test_other_endings(chart, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.html, \.png, \.svg"):
        plotting.save_chart(chart, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing(chart, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        plotting.save_chart(chart, tmp_path / "missing" / "c.html")


def test_the_page_of_a_chart_is_complete_and_names_in_it_are_inert(chart) -> None:
    html = chart_html(chart)
    assert HOSTILE not in html
    assert "<img" not in html.split("<body>")[1].split("<script>")[0]
    assert not re.search(r"""(?:src|href)\s*=\s*["']?https?:""", html)
    data = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[1]
    assert HOSTILE in json.dumps(json.loads(data))


def test_json_survives_the_escaping() -> None:
    value = {"a": "</script><!-- & \u2028\u2029", "b": [1.5, None, "通"]}
    text = json_for_script(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


def test_the_policy_names_the_scripts_by_hash_and_no_source() -> None:
    policy = content_policy(["alert(1)"])
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "http" not in policy
