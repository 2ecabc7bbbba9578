"""Facts about models: the shipped ones are those of their sources, and a user's own join them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, MissingColumnError
from theodolite.loading import load_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIGURES = resources.files("theodolite.loading").joinpath("figures")
FILES = ("cards.csv", "facts.csv", "models.csv", "history.csv", "gsm1k.csv", "arena.csv")
FIELDS = {
    "train_tokens": "tokens",
    "params_total": "params",
    "params_active": "active_params",
    "release_date": "released",
}
GAP = "GSM8K_minus_GSM1k"
OWN = "model,field,value,unit,source\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped(name: str) -> list[dict[str, str]]:
    text = FIGURES.joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def written(tmp_path: Path, text: str, name: str = "own.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


class TestShipped:
    def test_every_row_has_a_source(self) -> None:
        for name in FILES:
            assert all(row["source"].strip() for row in shipped(name)), name
        models = load_models()
        assert models.facts["source"].is_not_null().all()
        assert not models.results["source"].str.ends_with(".csv").all()
        assert not set(FILES) & set(models.facts["source"])

    def test_the_shape_of_what_is_known(self) -> None:
        models = load_models()
        assert (len(models), models.removed) == (181, ())
        about = shipped("models.csv")
        cells = sum(
            bool(row[k]) for row in about for k in ("family", "organisation", "kind", "base_of")
        )
        reports = sum(len(shipped(name)) for name in FILES if name != "models.csv")
        assert models.facts.height + models.results.height == reports + cells
        assert models.frame["kind"].value_counts().sort("kind").rows() == [
            ("base", 110),
            ("instruct", 71),
        ]

    def test_what_is_not_known_stays_blank(self) -> None:
        frame = load_models().frame
        names = ("Mistral-7B-v0.1", "Mixtral-8x7B-v0.1", "Mixtral-8x22B-v0.1")
        assert frame.filter(pl.col("model").is_in(names))["tokens"].to_list() == [None] * 3
        v2 = frame.filter(model="mistral-7b-instruct-v0.2").row(0, named=True)
        assert (v2["kind"], v2["base_of"]) == ("instruct", None)
        phi = load_models().facts.filter(model="Phi-2", field="tokens")
        assert "multiple passes" in phi["note"].item(0)

    def test_experts_have_all_and_active_parameters(self) -> None:
        frame = load_models().frame.filter(pl.col("active_params").is_not_null())
        assert frame.sort("model").select("model", "params", "active_params").rows() == [
            ("DBRX", 132e9, 36e9),
            ("GLaM", 1200e9, 96.6e9),
            ("Mixtral-8x22B-v0.1", 141e9, 39e9),
            ("Mixtral-8x7B-v0.1", 47e9, 13e9),
        ]

    def test_what_the_sources_do_not_agree_on(self) -> None:
        found = load_models().conflicts()
        rows = found.filter(field="params").select("model", "number", "used").rows()
        assert rows == [("Mixtral-8x7B-v0.1", 47e9, True), ("Mixtral-8x7B-v0.1", 45e9, False)]
        tokens = found.filter(field="tokens", used=True)
        assert dict(tokens.select("model", "number").rows()) == {
            "Gemma-2B": 3e12,
            "stablelm-base-alpha-3b": 8e11,
            "stablelm-base-alpha-7b": 8e11,
        }
        dates = found.filter(field="released").group_by("model").len()
        assert (len(dates), set(dates["len"])) == (7, {2})

    def test_base_models_of_five_years(self) -> None:
        frame = load_models().frame.filter(kind="base")
        size = pl.coalesce("active_params", "params")
        full = frame.filter(
            size.is_not_null() & pl.col("tokens").is_not_null() & pl.col("released").is_not_null()
        )
        assert (len(full), full["family"].n_unique(), full["organisation"].n_unique()) == (
            89,
            39,
            27,
        )
        assert (full["released"].min(), full["released"].max()) == (
            date(2020, 5, 28),
            date(2024, 4, 18),
        )
        known = {
            ("GPT-3-175B", 175e9, 300e9),
            ("Gopher-280B", 280e9, 300e9),
            ("Chinchilla-70B", 70e9, 1.4e12),
            ("PaLM-540B", 540.35e9, 780e9),
            ("llama-65b", 65.2e9, 1.4e12),
            ("Llama-3-8B", 8e9, 15e12),
        }
        assert known <= set(full.select("model", "params", "tokens").rows())

    def test_the_spread_of_mistrals_mmlu(self) -> None:
        row = load_models().spread().filter(model="Mistral-7B-v0.1", benchmark="MMLU")
        assert row.select("low", "high", "n").row(0) == (56.6, 64.16, 6)

    def test_aliases_join_what_is_the_same(self) -> None:
        models = load_models()
        for name in ("llama-3-8b-instruct", "Meta-Llama-3-8B-Instruct", "Llama-3-8B-Instruct"):
            assert models.find(name) == "Llama-3-8B-Instruct"
        got = set(models.results.filter(model="Llama-3-8B-Instruct")["benchmark"])
        assert {"MMLU", GAP, "arena_rating"} <= got
        for apart in ("dbrx-instruct-preview", "phi-3-small-8k-instruct", "gemma-1.1-7b-it"):
            assert models.find(apart) == apart

    def test_every_alias_is_of_a_model(self) -> None:
        models = load_models()
        assert set(models.aliases["model"]) <= set(models.models)
        assert not set(models.aliases["alias"]) & set(models.models)


class TestSources:
    """Number by number, as the collected figures have them."""

    def test_model_facts(self, data: Callable[[str], Path]) -> None:
        given = rows_of(data("models/model_facts.csv"))
        want = Counter(
            (
                row["model"],
                FIELDS.get(row["field"], row["field"]),
                row["value"] if row["unit"] == "date" else float(row["value"]),
                row["unit"],
                row["setting"],
            )
            for row in given
            if row["field"] != GAP
        )
        got = Counter(
            (
                row["model"],
                row["field"],
                row["value"] if row["unit"] == "date" else float(row["value"]),
                row["unit"],
                row["setting"],
            )
            for row in shipped("facts.csv")
        )
        assert got == want
        kinds = {row["model"]: row["base_or_instruct"] for row in given}
        frame = load_models().frame
        assert kinds == dict(
            frame.select("model", "kind").filter(pl.col("model").is_in(list(kinds))).rows()
        )

    def test_gaps(self, data: Callable[[str], Path]) -> None:
        given = rows_of(data("models/gsm1k_gap.csv"))
        models = load_models()
        got = dict(models.results.filter(benchmark=GAP).select("model", "value").rows())
        want = {models.find(row["model"]): 100 * float(row["gsm8k_minus_gsm1k"]) for row in given}
        assert got == pytest.approx(want, rel=1e-14)
        # Some of them stand among the facts too, rounded, under the names used there.
        rounded = [r for r in rows_of(data("models/model_facts.csv")) if r["field"] == GAP]
        assert {r["model"]: float(r["value"]) for r in rounded} == {
            r["model"]: pytest.approx(got[r["model"]], abs=5.1e-4) for r in rounded
        }

    def test_arena(self, data: Callable[[str], Path]) -> None:
        given = rows_of(data("models/arena_facts.csv"))
        models = load_models()
        rows = models.results.filter(unit="rating")
        got = {
            (*key, *values)
            for *key, values in (
                (r["model"], r["benchmark"], r["category"], (r["value"], r["low"], r["high"]))
                for r in rows.to_dicts()
            )
        }
        want = {
            (
                *(models.find(r["model"]), r["field"], r["category"]),
                *(float(r["rating"]), float(r["low"]), float(r["high"])),
            )
            for r in given
        }
        assert got == want
        bases = {models.find(r["model"]): r["base_of"] or None for r in given}
        frame = models.frame.filter(pl.col("model").is_in(list(bases)))
        assert dict(frame.select("model", "base_of").rows()) == bases

    def test_the_collected_file_is_read_as_it_is(self, data: Callable[[str], Path]) -> None:
        got = load_models(data("models/model_facts.csv"), only=True)
        frame = load_models().frame
        differ = []
        for name in ("kind", "params", "active_params", "tokens", "released"):
            want = dict(frame.select("model", name).rows())
            rows = got.frame.select("model", name).drop_nulls().rows()
            differ += [(model, name) for model, value in rows if value != want[model]]
        # Its own report says 3T, and comes before the collection's 6T.
        assert differ == [("Gemma-2B", "tokens")]


class TestOwn:
    def test_wide(self, tmp_path: Path) -> None:
        own = written(tmp_path, "model,kind,params,tokens,base_of\nours,instruct,3e9,,Phi-2\n")
        got = load_models(own)
        row = got.frame.row(0, named=True)
        assert (row["model"], row["params"], row["base_of"]) == ("ours", 3e9, "Phi-2")
        assert len(got) == 182
        assert got.facts.filter(model="ours")["source"].unique().to_list() == [str(own)]
        with pytest.raises(InputError, match="row 1, column base_of: 'Phi-2' is no model of the"):
            load_models(own, only=True)

    def test_long_facts_come_first(self, tmp_path: Path) -> None:
        text = OWN + "Meta-Llama-3-8B,params,8030000000,count,counted\nPhi-2,MMLU,57.5,%,me\n"
        got = load_models([written(tmp_path, text)])
        assert got.frame.row(0, named=True)["params"] == 8.03e9
        rows = got.conflicts().filter(model="Llama-3-8B").select("source", "used").rows()
        assert [used for _, used in rows] == [True, False]
        assert rows[0][0] == "counted"
        assert got.results.row(0, named=True)["value"] == 57.5
        assert len(got.results.filter(model="Phi-2", benchmark="MMLU")) == 1 + len(
            load_models().results.filter(model="Phi-2", benchmark="MMLU")
        )

    def test_other_names_of_fields_and_columns(self, tmp_path: Path) -> None:
        text = (
            "model,base_or_instruct,field,value\nm,base,train_tokens,2e9\nm,base,params_total,2e9\n"
        )
        got = load_models(written(tmp_path, text), only=True).frame.row(0, named=True)
        assert (got["kind"], got["tokens"], got["params"]) == ("base", 2e9, 2e9)

    def test_containers(self, tmp_path: Path) -> None:
        rows = [
            {"model": "m", "kind": "base", "field": "tokens", "value": 2e12},
            {"model": "m", "kind": "base", "field": "MMLU", "value": 61.5, "unit": "%"},
        ]
        lines = "\n".join(map(json.dumps, rows))
        want = load_models(written(tmp_path, lines, "a.jsonl"), only=True)
        array = load_models(written(tmp_path, json.dumps(rows), "a.json"), only=True)
        path = tmp_path / "a.parquet"
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)
        for got in (array, load_models(path, only=True)):
            assert got.frame.equals(want.frame)
            assert got.results["value"].to_list() == [61.5]
        assert want.frame["tokens"].to_list() == [2e12]

    def test_several_files(self, tmp_path: Path) -> None:
        first = written(tmp_path, "model,kind,params\nm,base,2e9\n", "a.csv")
        second = written(tmp_path, OWN + "m,params,3e9,,b\nm,MMLU,50,%,b\n", "b.csv")
        assert load_models([first, second], only=True).frame["params"].to_list() == [2e9]
        back = load_models([second, first], only=True)
        assert back.frame["params"].to_list() == [3e9]
        assert back.benchmarks == ("MMLU",)

    @pytest.mark.parametrize(
        ("text", "error", "message"),
        [
            (
                "model,kind,MMLU\nm,base,61\n",
                FormatError,
                "column MMLU is not one of.*\nResults go",
            ),
            ("kind,params\nbase,1e9\n", FormatError, "no column model"),
            ("model,setting\nm,5\n", MissingColumnError, "none of the columns family"),
            (
                OWN + "m,kind,base,,\nm,mmlu,61,,\n",
                InputError,
                "column unit: the cell is empty",
            ),
            (
                OWN + "m,kind,base,,\nm,parms,7e9,count,\n",
                InputError,
                "row 2, column unit: 'count'",
            ),
            (OWN + "Phi-2,MMLU,0.57,%,me\n", InputError, "row 1, column value: 0.57 is a fraction"),
            (OWN + "Phi-2,MMLU,0.57,share,me\n", InputError, "unit of MMLU above: share"),
            (OWN + "new,MMLU,57,%,me\n", InputError, "row 1, column model: 'new' is a model witho"),
            (
                OWN + "m,kind,base,,\nm,tokens,15,,\n",
                InputError,
                "row 2, column value: '15' is not",
            ),
            (OWN + "m,kind,,,\n", InputError, "row 1, column value: the cell is empty"),
            (OWN + "m,,base,,\n", InputError, "row 1, column field: the cell is empty"),
            ("model,kind,base_or_instruct\nm,base,base\n", FormatError, "kind is there under two"),
            ('{"model": "m", "kind": "base", "params": {"n": 1}}', FormatError, "is nested"),
            ('{"model": ["m"], "kind": "base"}', InputError, "column model: .* is not text"),
            ("", FormatError, "is empty"),
        ],
    )
    def test_refused(self, tmp_path: Path, text: str, error: type, message: str) -> None:
        with pytest.raises(error, match=message):
            load_models(written(tmp_path, text))

    def test_no_such_file(self) -> None:
        with pytest.raises(FormatError, match=r"nowhere\.csv"):
            load_models("nowhere.csv")


CELLS = st.sampled_from(
    [
        *("", "m", "n", "base", "instruct", "params", "kind", "MMLU", "7e9", "0.5", "61", "-1"),
        *("%", "rating", "2024-04-18", "Phi-2", "x" * 400, "\x07", "\u202e", "nan", "1e400"),
        *("[1]", "true"),
    ]
)


@given(
    st.lists(
        st.sampled_from(["model", "field", "value", "unit", "kind", "base_of", "params", "low"]),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    st.data(),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_read_or_refused(tmp_path: Path, columns: list[str], cells) -> None:
    drawn = cells.draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns))))
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *drawn])
    try:
        models = load_models(path)
    except InputError:
        return
    assert len(models) >= 181
