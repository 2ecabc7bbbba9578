"""Samples of lm-eval, written with the standard library as lm-eval 0.4.13 lays them out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DATE = "2026-01-02T03-04-05.678901"
Record = dict[str, object]


def generated(
    doc_id: int, target: str, response: str, scores: Mapping[str, float], **doc: object
) -> list[Record]:
    """One document that a model answered in words: a record a filter."""
    return [
        {
            "doc_id": doc_id,
            "doc": {"question": "?", **doc},
            "target": target,
            "arguments": {"gen_args_0": {"arg_0": "?", "arg_1": {"until": ["\n"]}}},
            "resps": [[response]],
            "filtered_resps": [response.split(" ", maxsplit=1)[0]],
            "filter": name,
            "metrics": ["exact_match"],
            "doc_hash": "d",
            "prompt_hash": "p",
            "target_hash": "t",
            "exact_match": score,
        }
        for name, score in scores.items()
    ]


def chosen(
    doc_id: int, target: int, texts: Sequence[str], likelihoods: Sequence[float], **doc: object
) -> Record:
    """One multiple-choice document with the metrics as lm-eval defines them."""
    best = {
        "acc": max(range(len(texts)), key=lambda k: likelihoods[k]),
        "acc_norm": max(range(len(texts)), key=lambda k: likelihoods[k] / len(texts[k])),
        "acc_bytes": max(
            range(len(texts)), key=lambda k: likelihoods[k] / len(texts[k].encode("utf-8"))
        ),
    }
    pairs = [[str(value), "False"] for value in likelihoods]
    return {
        "doc_id": doc_id,
        "doc": {"question": "?", "choices": list(texts), **doc},
        "target": str(target),
        "arguments": {
            f"gen_args_{k}": {"arg_0": "?", "arg_1": f" {text}"} for k, text in enumerate(texts)
        },
        "resps": [[pair] for pair in pairs],
        "filtered_resps": pairs,
        "filter": "none",
        "metrics": list(best),
        **{metric: float(choice == target) for metric, choice in best.items()},
    }


def save(
    folder: Path,
    records: Sequence[Mapping[str, object]],
    *,
    task: str = "quiz",
    results: object = None,
) -> Path:
    """Write a file of samples, and the results beside it where they are given."""
    path = folder / f"samples_{task}_{DATE}.jsonl"
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(lines, encoding="utf-8")
    if results is not None:
        (folder / f"results_{DATE}.json").write_text(json.dumps(results), encoding="utf-8")
    return path
