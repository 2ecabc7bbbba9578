"""What judges said, of whatever kind; and the families of models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.loading import load_families, load_judged
from theodolite.tables import Gradings, Judgments, Preferences, Votes

if TYPE_CHECKING:
    from pathlib import Path

GAMES = [{"score": "A>B", "judgment": "..."}, {"score": "B>>A", "judgment": "..."}]
FILES = {
    "own.csv": ("item_id,model_a,model_b,judge,verdict\n1,x,y,j,A>B\n", Judgments),
    "hard.jsonl": (
        json.dumps({"uid": "1", "judge": "j", "model": "x", "baseline": "y", "games": GAMES})
        + "\n",
        Judgments,
    ),
    "preferences.csv": ("model,baseline,item_id,preference\nx,b,1,1.5\n", Preferences),
    "grades.csv": ("model,judge,item_id,score\nx,j,1,9\n", Gradings),
    "votes.csv": ("prompt_id,voter,model_a,model_b,winner\n1,ann,x,y,tie\n", Votes),
    "crowd.csv": ("left,right,winner,worker,prompt\nx,y,left,3,1\n", Votes),
}


def written(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(FILES[name][0], encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FILES)
def test_the_kind_is_told_from_the_columns(tmp_path: Path, name: str) -> None:
    table = load_judged(written(tmp_path, name))
    assert isinstance(table, FILES[name][1])
    kind = {
        Judgments: "judgments",
        Preferences: "preferences",
        Gradings: "gradings",
        Votes: "votes",
    }
    again = load_judged([str(tmp_path / name)], kind=kind[type(table)])
    assert again.frame.height == table.frame.height


def test_who_voted_stays(tmp_path: Path) -> None:
    table = load_judged(written(tmp_path, "crowd.csv"))
    assert {"voter", "prompt_id"} <= set(table.frame.columns)


def test_refuses(tmp_path: Path) -> None:
    paths = [written(tmp_path, name) for name in ("own.csv", "votes.csv")]
    with pytest.raises(FormatError, match=r"several kinds \(judgments, votes\)"):
        load_judged(paths)
    with pytest.raises(UsageError, match="no file"):
        load_judged([])
    with pytest.raises(UsageError, match="'poems' is not one of judgments"):
        load_judged(paths[:1], kind="poems")  # type: ignore[arg-type]
    bare = tmp_path / "bare.csv"
    bare.write_text("model_a,model_b,winner\nx,y,tie\n", encoding="utf-8")
    with pytest.raises(MissingColumnError, match="prompt_id"):
        load_judged(bare)


def test_families(tmp_path: Path) -> None:
    shipped = load_families()
    assert shipped["claude-3-opus-20240229"] == shipped["claude-3-haiku-20240307"] == "Claude 3"
    path = tmp_path / "families.csv"
    path.write_text("model,family\nmine,house\ngpt-4-0314,OpenAI\n", encoding="utf-8")
    own = load_families(path)
    assert (own["mine"], own["gpt-4-0314"]) == ("house", "OpenAI")
    assert own["claude-3-opus-20240229"] == "Claude 3"
    path.write_text("model,family\nmine,house\nmine,other\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, column model: 'mine' is there already"):
        load_families(path)
    path.write_text("model\nmine\n", encoding="utf-8")
    with pytest.raises(MissingColumnError, match="no column family"):
        load_families(path)
