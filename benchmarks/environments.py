"""An environment for each peer, with its pinned packages."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from measure import HERE, last_words

if TYPE_CHECKING:
    from pathlib import Path

INSTALL_SECONDS = 1200


def python_of(peer: str, build: Path) -> Path:
    """Where a peer's interpreter is."""
    return build / f"venv-{peer}" / "bin" / "python"


def pins(peer: str) -> dict[str, str]:
    """Read the versions that ``peers/PEER.txt`` pins."""
    lines = (HERE / "peers" / f"{peer}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==", 1) for line in lines if line and not line.startswith("#"))


def ensure(peer: str, build: Path) -> str:
    """Make a peer's environment where it is missing or its pins changed; say why it cannot be."""
    wanted = HERE / "peers" / f"{peer}.txt"
    python = python_of(peer, build)
    mark = python.parent.parent / "installed.txt"
    text = wanted.read_text(encoding="utf-8")
    if mark.exists() and mark.read_text(encoding="utf-8") == text:
        return ""
    print(f"installing {peer}", file=sys.stderr)
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(python.parent.parent)],
        [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(wanted)],
    )
    for step in steps:
        try:
            done = subprocess.run(
                step, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{type(error).__name__} while installing"
        if done.returncode != 0:
            return last_words(done.stderr)
    mark.write_text(text, encoding="utf-8")
    return ""
