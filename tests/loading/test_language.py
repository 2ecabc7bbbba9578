"""The language of a prompt: told from its text, and made into a column of the votes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.conftest import ROOT
from tests.loading.files import FIXTURES, error_of, written
from theodolite.cli.main import main
from theodolite.errors import MissingColumnError, MissingExtraError, UsageError
from theodolite.loading import VoteOptions, detect_languages, load_votes
from theodolite.loading.language import LONGEST

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "English": "Could you explain how photosynthesis works?",
    "German": "Kannst du mir erklären, wie die Photosynthese funktioniert?",
    "French": "Peux-tu m'expliquer comment fonctionne la photosynthèse ?",
    "Spanish": "¿Puedes explicarme cómo funciona la fotosíntesis?",
    "Russian": "Можешь объяснить, как работает фотосинтез?",
    "Chinese": "你能解释一下光合作用是怎么回事吗?",
    "Japanese": "光合成の仕組みを説明してもらえますか?",
    "Norwegian": "Kan du forklare meg hvorfor bladene på trærne blir gule om høsten?",
}
CODE = "```python\nfor item in items:\n    print(item)\n```"
NOTHING = ["", " \n", None, "12345", "2 + 2 = ?", "\U0001f600", CODE]
DETECT = VoteOptions(detect_language=True)
THREE = ["German", "Russian", "English"]
CONVERSATIONS = ("fastchat.json", "arena_100k.jsonl", "arena_140k.jsonl")


def languages(path: object, **options: object) -> list[str]:
    votes = load_votes(path, VoteOptions(detect_language=True, **options))  # type: ignore[arg-type]
    assert "_prompt" not in votes.frame.columns
    return votes.frame["language"].to_list()


def in_three_languages(name: str) -> list[dict]:
    """The records of a fixture, their first messages in these languages, a later one not."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    records = json.loads(text if name.endswith("json") else f"[{','.join(text.splitlines())}]")
    for record, language in zip(records, THREE, strict=True):
        first = record["conversation_a"][0]
        later = {**first}
        if isinstance(first["content"], str):
            first["content"] = TEXTS[language]
            later["content"] = TEXTS["French"] * 9
        else:
            first["content"][0]["text"] = TEXTS[language]
            later["content"] = [{**first["content"][0], "text": TEXTS["French"] * 9}]
        record["conversation_a"].append(later)
    return records


def test_the_names_are_those_of_the_arena() -> None:
    assert detect_languages(pl.Series(list(TEXTS.values()))).to_list() == list(TEXTS)


def test_where_no_language_is_found_it_is_unknown() -> None:
    found = detect_languages(pl.Series("prompt", NOTHING))
    assert found.to_list() == ["unknown"] * len(NOTHING)
    assert found.name == "language"
    assert detect_languages(pl.Series([], dtype=pl.String)).to_list() == []


def test_code_in_a_fence_does_not_count() -> None:
    text = f"{TEXTS['German']}\n{CODE}"
    assert detect_languages(pl.Series([text, f"{CODE}\n{TEXTS['French']}"])).to_list() == [
        "German",
        "French",
    ]


def test_only_the_beginning_is_read() -> None:
    german = TEXTS["German"] + " "
    start = german * (LONGEST // len(german) + 1)
    assert len(start) >= LONGEST
    assert detect_languages(pl.Series([start + TEXTS["Chinese"] * 500])).to_list() == ["German"]


def test_every_text_keeps_its_own_answer() -> None:
    order = [name for n in range(40) for name in list(TEXTS)[n % 3 :: 2]]
    again = detect_languages(pl.Series([TEXTS[name] for name in order]))
    assert again.to_list() == order


def test_the_share_of_short_prompts_that_is_right() -> None:
    frame = pl.read_csv(ROOT / "tests" / "fixtures" / "short_prompts.csv")
    found = detect_languages(frame["prompt"]).cast(pl.String)
    right, unknown = (found == frame["language"]).sum(), (found == "unknown").sum()
    assert (frame.height, right, unknown) == (100, 88, 4)
    english = frame.filter(language="English").height
    assert (english, frame.filter(found == "English")["language"].to_list()) == (
        20,
        ["English"] * 15,
    )
    text = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert "88 were right, 8 wrong and 4 unknown" in " ".join(text.split())


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_first_message_of_a_conversation(tmp_path: Path, name: str, *, parquet: bool) -> None:
    records = in_three_languages(name)
    path = tmp_path / "votes"
    if parquet:
        pl.DataFrame(records).write_parquet(path)
    else:
        path.write_text(json.dumps(records))
    before = load_votes(path, VoteOptions(need=frozenset({"language"}))).frame["language"]
    assert before.to_list() != THREE
    assert languages(path) == THREE


def test_the_first_turn_of_arena_55k(tmp_path: Path) -> None:
    turns = [json.dumps([TEXTS[name], TEXTS["French"] * 9]) for name in THREE]
    frame = pl.read_csv(FIXTURES / "arena_55k.csv", infer_schema=False)
    frame.with_columns(prompt=pl.Series(turns)).write_csv(tmp_path / "votes.csv")
    assert languages(tmp_path / "votes.csv") == THREE
    lists = pl.col("prompt").str.json_decode(pl.List(pl.String))
    frame.with_columns(prompt=pl.Series(turns)).with_columns(lists).write_parquet(tmp_path / "v")
    assert languages(tmp_path / "v") == THREE


def test_the_instruction_of_alpaca_eval(tmp_path: Path) -> None:
    record = {"generator_1": "x", "generator_2": "y"}
    records = [
        {**record, "preference": preference, "instruction": TEXTS[name]}
        for preference, name in zip([1, None, 2], THREE, strict=True)
    ]
    assert languages(written(tmp_path, json.dumps(records))) == ["German", "English"]


def test_any_file_with_a_prompt(tmp_path: Path) -> None:
    rows = "".join(f'x,y,tie,en,"{TEXTS[name]}"\n' for name in THREE)
    own = written(tmp_path, f"model_a,model_b,winner,language,prompt\n{rows}", "own")
    assert languages(own) == THREE
    asked = frozenset({"language", "prompt"})
    votes = load_votes(own, VoteOptions(detect_language=True, need=asked))
    assert votes.frame.select("language", "prompt").rows() == [(n, TEXTS[n]) for n in THREE]
    crowd = written(tmp_path, f"left,right,winner,prompt,text\n{rows}", "crowd")
    assert languages(crowd, columns={"prompt": "text"}) == THREE
    assert languages([own, crowd], columns={"prompt": "prompt"}) == [*THREE, *["unknown"] * 3]


@pytest.mark.parametrize(
    "name", ["arena_hard.jsonl", "mt_bench_pairs.jsonl", "fastchat.json", "crowd"]
)
def test_a_file_without_the_text_of_the_prompt(tmp_path: Path, name: str) -> None:
    if name == "crowd":
        path = written(tmp_path, "left,right,winner,prompt\nx,y,tie,12\n")
    elif name == "fastchat.json":
        records = in_three_languages(name)
        kept = [{k: v for k, v in r.items() if "conversation" not in k} for r in records]
        path = written(tmp_path, json.dumps(kept))
    else:
        path = FIXTURES / name
    with pytest.raises(MissingColumnError) as caught:
        load_votes(path, DETECT)
    text = str(caught.value)
    assert text.startswith(f"{path}: no text of the prompt")
    for brings in ("votes", "fastchat", "arena-55k", "arena-100k", "arena-140k", "alpaca-eval"):
        assert brings in text.partition("formats that bring it: ")[2]
    assert "--columns prompt=COLUMN" in text


def test_a_prompt_that_is_no_text(tmp_path: Path) -> None:
    record = {"model_a": "x", "model_b": "y", "winner": "tie", "prompt": ["Bonjour"]}
    text = error_of(written(tmp_path, json.dumps([record])), DETECT)
    assert "row 1, column prompt: '[\"Bonjour\"]' is not text" in text
    pl.DataFrame([record]).write_parquet(tmp_path / "votes")
    assert "cannot be read" in error_of(tmp_path / "votes", DETECT)


def test_language_is_not_read_and_detected_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "model_a,model_b,winner,lang,prompt\nx,y,tie,de,Hallo\n")
    with pytest.raises(UsageError, match=r"--columns language=\.\.\."):
        load_votes(path, VoteOptions(detect_language=True, columns={"language": "lang"}))


def test_without_lingua_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lingua", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'theodolite\[language\]'"):
        load_votes(tmp_path / "nowhere", DETECT)


def test_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    texts = [*[TEXTS["English"]] * 3, TEXTS["German"], "17"]
    winners = ["model_a", "model_b", "tie", "model_a", "model_a"]
    records = [
        {"model_a": "x", "model_b": "y", "winner": winner, "prompt": text, "language": "fr"}
        for winner, text in zip(winners, texts, strict=True)
    ]
    path = written(tmp_path, json.dumps(records))
    argv = ["rank", str(path), "--where", "language=English", "--json"]
    assert main([*argv, "--detect-language"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["votes"] == 3
    assert answer["removed"] == [{"reason": "not language=English", "count": 2}]
    assert main(argv) == 2
    assert "the column holds 'fr'" in capsys.readouterr().err
