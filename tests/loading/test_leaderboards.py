"""Leaderboards with a row a model: scores in percent, sizes counted, contradictions refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from theodolite.errors import FormatError, InputError
from theodolite.loading import load_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "Model,Model Family,Model Size (B),Pretraining Data Size (T),FLOPs (1E21)"
BASE = f"""{HEADER},MMLU,bleu,preregistered_post_may2024
a/x-7b,X,7.0,2.0,84.0,0.41,12.5,False
a/x-70b,X,70.0,,,0.62,,True
"""


def written(folder: Path, text: str, name: str = "board.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_sizes_are_counts_and_shares_percentages(tmp_path: Path) -> None:
    models = load_models(written(tmp_path, BASE), only=True)
    assert models.frame.select("model", "params", "tokens", "kind", "family").rows() == [
        ("a/x-7b", 7e9, 2e12, "base", "X"),
        ("a/x-70b", 7e10, None, "base", "X"),
    ]
    assert models.results.select("model", "benchmark", "value", "unit").rows() == [
        ("a/x-7b", "MMLU", 41.0, "%"),
        ("a/x-70b", "MMLU", 62.0, "%"),
        ("a/x-7b", "bleu", 12.5, "score"),
    ]


def test_what_is_said_of_a_model_becomes_a_note(tmp_path: Path) -> None:
    models = load_models(written(tmp_path, BASE), only=True)
    notes = dict(models.facts.select("model", "note").unique().iter_rows())
    assert notes["a/x-7b"] is None
    assert notes["a/x-70b"].startswith("registered before it was measured")


def test_kind_by_the_column_or_by_the_arena_rating(tmp_path: Path) -> None:
    chat = "Model,Model Family,Model Size (B),Arena-Elo,MMLU\nc,C,,0.8,0.7\n"
    models = load_models(written(tmp_path, chat), only=True)
    assert models.frame["kind"].to_list() == ["instruct"]
    assert dict(models.results.select("benchmark", "unit").iter_rows()) == {
        "Arena-Elo": "score",
        "MMLU": "%",
    }
    both = (
        "Model,Family,Instruct,date,#Params (B),MMLU\np,P,False,2023-08-09,1,0.3\nq,P,True,,1,0.4\n"
    )
    models = load_models(written(tmp_path, both), only=True)
    assert models.frame["kind"].to_list() == ["base", "instruct"]
    assert models.frame["released"].is_null().all()
    assert "on the leaderboard: 2023-08-09" in models.facts["note"].to_list()


def test_scores_of_another_file_join_by_name(tmp_path: Path) -> None:
    more = written(tmp_path, "Model,words\na/x-7b,0.25\n", "more.csv")
    models = load_models([written(tmp_path, BASE), more], only=True)
    assert "words" in models.benchmarks
    with pytest.raises(InputError, match="without a kind"):
        load_models(more, only=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE.replace("84.0", "94.0"), r"FLOPs \(1E21\): 94.0 is not 6 x Model Size"),
        (BASE + "a/x-7b,X,7.0,2.0,84.0,0.4,1,False\n", "a/x-7b"),
        (BASE.replace("0.41", "many"), "'many' is not a number"),
        (BASE.replace("7.0,2.0,84.0", "-7.0,2.0,84.0"), "above 0"),
    ],
)
def test_what_contradicts_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_models(written(tmp_path, text), only=True)


def test_no_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no column of scores"):
        load_models(written(tmp_path, HEADER + "\nx,X,1,1,6\n"), only=True)


def test_the_observational_tables(data: Callable[[str], Path]) -> None:
    names = ("base_llm_benchmark_eval.csv", "base_llm_emergent_capability_eval.csv")
    models = load_models([data(f"obs_scaling/{name}") for name in names], only=True)
    assert len(models) == 128
    assert models.frame["tokens"].null_count() == 16


def test_the_table_of_base_and_tuned_models(data: Callable[[str], Path]) -> None:
    models = load_models(data("obs_scaling/sloth_open_llm_leaderboard.csv"), only=True)
    kinds = models.frame["kind"].value_counts().sort("kind")
    assert kinds.rows() == [("base", 112), ("instruct", 48)]


def test_shipped_models_are_known_by_their_hub_names() -> None:
    assert load_models().find("meta-llama/Llama-2-7b-hf") == "Llama-2-7B"


def test_a_known_benchmark_in_percent_and_one_mixed_with_fractions(tmp_path: Path) -> None:
    text = "Model,Model Family,Model Size (B),MMLU,Winograd\na,A,1,26.5,0.6\nb,B,9,{},0.8\n"
    models = load_models(written(tmp_path, text.format("63.1")), only=True)
    assert models.results.filter(benchmark="MMLU")["value"].to_list() == [26.5, 63.1]
    assert models.benchmarks == ("MMLU", "Winogrande")
    assert models.find_field("Winograd") == "Winogrande"
    with pytest.raises(InputError, match=r"0\.631 is a fraction"):
        load_models(written(tmp_path, text.format("0.631")), only=True)
