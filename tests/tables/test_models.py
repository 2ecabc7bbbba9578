"""The Models table keeps every report, and refuses what it must, and says where."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.tables import Condition, Facts, Models, Removal, select
from theodolite.tables.model_checks import in_loops

WIDE = {
    "model": ["x", "y", "z"],
    "kind": ["base", "instruct", "base"],
    "base_of": [None, "x", None],
    "params": [7e9, 7e9, 47e9],
    "active_params": [None, None, 13e9],
    "tokens": [2e12, None, None],
    "released": ["2023-07-18", None, None],
}
RESULTS = {
    "model": ["x", "x", "y", "y"],
    "benchmark": ["MMLU", "MMLU", "MMLU", "arena"],
    "value": [62.5, 60.1, 64.0, 1150.0],
    "unit": ["%", "%", "%", "rating"],
    "setting": ["5-shot", "0-shot", "5-shot", None],
    "source": ["report", "board", "report", "board"],
    "low": [None, None, None, 1140.0],
    "high": [None, None, None, 1160.0],
}
LONG = {
    "model": ["x", "x", "x", "y"],
    "field": ["kind", "params", "params", "kind"],
    "value": ["base", "47000000000", "45000000000", "instruct"],
    "unit": [None, "count", "count", None],
    "source": ["card", "report", "board", "card"],
}


def frame_of(columns: dict, **changes: list) -> pl.DataFrame:
    return pl.DataFrame(columns | changes, strict=False)


def wide(**changes: list) -> Models:
    return Models.from_frames(frame_of(WIDE, **changes), frame_of(RESULTS), source="f.csv")


def results(**changes: list) -> Models:
    return Models.from_frames(frame_of(WIDE), frame_of(RESULTS, **changes), source="f.csv")


def long(**changes: list) -> Models:
    return Models.from_reports(frame_of(LONG, **changes), source="f.csv")


class TestRows:
    def test_one_row_a_model(self) -> None:
        got = wide()
        assert got.models == ("x", "y", "z")
        assert got.frame.row(0, named=True) == {
            "model": "x",
            "family": None,
            "organisation": None,
            "released": dt.date(2023, 7, 18),
            "params": 7e9,
            "active_params": None,
            "tokens": 2e12,
            "unique_tokens": None,
            "kind": "base",
            "base_of": None,
        }
        assert got.results["value"].to_list() == RESULTS["value"]
        assert got.results["source"].to_list() == RESULTS["source"]
        assert got.results["setting"].to_list() == RESULTS["setting"]

    def test_a_report_without_a_source_has_its_file(self) -> None:
        assert set(wide().facts["source"]) == {"f.csv"}
        assert set(long().facts["source"]) == {"card", "report", "board"}

    def test_the_first_report_counts_and_the_others_stay(self) -> None:
        got = long()
        assert got.frame["params"].to_list() == [47e9, None]
        assert got.facts["number"].drop_nulls().to_list() == [47e9, 45e9]
        rows = got.conflicts().select("model", "field", "number", "source", "used").rows()
        assert rows == [
            ("x", "params", 47e9, "report", True),
            ("x", "params", 45e9, "board", False),
        ]

    def test_one_number_written_in_two_ways_is_no_conflict(self) -> None:
        assert long(value=["base", "8e9", "8000000000.0", "instruct"]).conflicts().is_empty()

    def test_types_of_cells(self) -> None:
        day = dt.datetime(2024, 4, 18, 12, tzinfo=dt.UTC)
        got = wide(released=[dt.date(2024, 4, 18), None, None]).frame["released"]
        assert got.to_list() == wide(released=[day, None, None]).frame["released"].to_list()
        assert wide(params=[7_000_000_000, None, None]).frame["params"].item(0) == 7e9

    def test_spread(self) -> None:
        row = results().spread().row(0, named=True)
        assert row["apart"] == pytest.approx(2.4)
        assert (row["model"], row["low"], row["high"], row["n"]) == ("x", 60.1, 62.5, 2)
        assert (row["settings"], row["sources"], len(results().spread())) == (2, 2, 1)

    def test_models_with_results_alone_are_there_too(self) -> None:
        facts = frame_of({"model": ["x"], "field": ["kind"], "value": ["base"]})
        with pytest.raises(InputError, match="row 3, column model: 'y' is a model without a kind"):
            Models.from_reports(facts, frame_of(RESULTS), source="f.csv")


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"model": ["x", " ", "z"]}, "f.csv, row 2, column model: ' ' is not usable"),
            ({"model": ["x", None, "z"]}, "row 2, column model: the cell is empty"),
            ({"model": ["x", "y", "x"]}, "row 3, column model: 'x' is there already"),
            ({"kind": ["base", "chat", "base"]}, "row 2, column kind: 'chat' is not one of base"),
            ({"kind": ["base", "instruct", None]}, "row 3, column model: 'z' is a model without"),
            ({"params": ["7B", "1e9", "47e9"]}, "row 1, column params: '7B' is not a number of"),
            ({"params": [7.0, 7e9, 47e9]}, "row 1, column params: '7.0' is not a number of at"),
            ({"tokens": [15.0, None, None]}, "row 1, column tokens: '15.0' is not a number of at"),
            ({"tokens": [float("nan"), None, None]}, "row 1, column tokens: 'NaN' is not a num"),
            ({"tokens": [None, float("inf"), None]}, "row 2, column tokens: 'inf' is not a num"),
            ({"params": [-7e9, None, None]}, "row 1, column params: '-7000000000.0' is not"),
            ({"released": ["2023", None, None]}, "row 1, column released: '2023' is not a date"),
            ({"base_of": [None, "w", None]}, "row 2, column base_of: 'w' is no model of the table"),
            ({"base_of": [None, "y", None]}, "row 2, column base_of: 'y' is a base that leads"),
            ({"base_of": ["y", "x", None]}, "row 1, column base_of: 'y' is a base that leads"),
            ({"active_params": [None, None, 48e9]}, "'48000000000.0' is more than the params"),
            (
                {"unique_tokens": [3e12, None, None]},
                "row 1, column unique_tokens: .* than the tokens",
            ),
            ({"params": [[7e9], None, None]}, "row 1, column params: .* neither text nor a num"),
            ({"released": [True, None, None]}, "row 1, column released: True is neither text"),
        ],
    )
    def test_wide(self, changes: dict, message: str) -> None:
        with pytest.raises(InputError, match=message):
            wide(**changes)

    def test_rows_without_a_fact(self) -> None:
        frame = pl.DataFrame({"model": ["x", "y"], "kind": ["base", None]})
        with pytest.raises(InputError, match="row 2, column model: 'y' is a model of which the ro"):
            Models.from_frames(frame)
        with pytest.raises(MissingColumnError, match="none of the columns family"):
            Models.from_frames(frame.select("model"))
        with pytest.raises(MissingColumnError, match="no column model"):
            Models.from_frames(frame.select("kind"))
        with pytest.raises(FormatError, match="no facts"):
            Models.from_reports()

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"value": [62.5, "n/a", 64.0, 1]}, "f.csv, row 2, column value: 'n/a' is not a num"),
            ({"value": [62.5, None, 64.0, 1150]}, "row 2, column value: the cell is empty"),
            ({"value": [62.5, float("nan"), 64, 1150]}, "row 2, column value: nan is not a fin"),
            ({"value": [62.5, 101, 64, 1150]}, "row 2, column value: 101.0 is not a percentage"),
            ({"value": [62.5, -1, 64, 1150]}, "row 2, column value: -1.0 is not a percentage"),
            ({"unit": ["%", "%", "%", "elo"]}, "row 4, column unit: 'elo' is not one of %, share"),
            ({"unit": ["%", None, "%", "rating"]}, "row 2, column unit: the cell is empty"),
            ({"unit": ["%", "score", "%", "rating"]}, "row 2, column unit: 'score' is not the un"),
            ({"low": [None, None, None, 1151]}, "row 4, column low: 1151.0 is above its value"),
            ({"high": [None, None, None, 1149]}, "row 4, column high: 1149.0 is below its value"),
            ({"benchmark": ["MMLU", "", "MMLU", "arena"]}, "row 2, column benchmark: '' is not"),
        ],
    )
    def test_results(self, changes: dict, message: str) -> None:
        with pytest.raises(InputError, match=message):
            results(**changes)

    def test_shares(self) -> None:
        unit = ["share", "share", "share", "rating"]
        assert len(results(value=[0.6, 0.5, 0.7, 1150], unit=unit).results) == 4
        with pytest.raises(InputError, match=r"row 2, column value: 1\.5 is not a share"):
            results(value=[0.6, 1.5, 0.7, 1150], unit=unit)
        with pytest.raises(InputError, match="row 2, column unit: 'share' is not the unit of MMLU"):
            results(value=[62.5, 0.6, 64, 1150], unit=["%", "share", "%", "rating"])

    def test_the_same_report_twice(self) -> None:
        twice = {"value": ["base", "47e9", "47e9", "instruct"], "source": ["card"] * 4}
        with pytest.raises(InputError, match="row 3, column model: 'x' is there already"):
            long(**twice)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"field": ["kind", "parms", "params", "kind"]}, "row 2, column field: 'parms' is not"),
            ({"unit": [None, "B", "count", None]}, "row 2, column unit: 'B' is not count: params"),
            ({"unit": ["%", "count", "count", None]}, "row 1, column unit: '%' is a unit, and"),
            (
                {"value": ["base", None, "4e9", "instruct"]},
                "row 2, column value: the cell is empty",
            ),
            ({"low": [None, 46e9, None, None]}, "row 2, column low: 46000000000.0 is given, and"),
        ],
    )
    def test_long(self, changes: dict, message: str) -> None:
        with pytest.raises(InputError, match=message):
            long(**changes)


class TestFractions:
    """Percent mixed with fractions, seen where nothing else explains the values."""

    @staticmethod
    def measured(model: list[str], value: list[float]) -> Models:
        names = sorted(set(model))
        facts = pl.DataFrame({"model": names, "kind": "base"})
        rows = pl.DataFrame({"model": model, "benchmark": "b", "value": value, "unit": "%"})
        return Models.from_frames(facts, rows.with_row_index("setting"))

    @pytest.mark.parametrize(
        ("model", "value", "row"),
        [
            (["x", "x", "y"], [62.5, 0.625, 5.0], 2),
            (["x", "y", "z"], [62.5, 0.71, 55.0], 2),
            (["x", "y", "z"], [0.62, 71.0, 0.55], 1),
        ],
    )
    def test_refused(self, model: list[str], value: list[float], row: int) -> None:
        with pytest.raises(InputError, match=f"row {row}, column value: .* is a fraction in a ben"):
            self.measured(model, value)

    @pytest.mark.parametrize(
        ("model", "value"),
        [
            (["x", "y", "z"], [0.6, 4.0, 60.0]),  # small models near nothing
            (["x", "x", "y"], [0.6, 1.2, 60.0]),
            (["x", "y"], [0.0, 60.0]),
            (["x", "y"], [0.4, 0.9]),
        ],
    )
    def test_allowed(self, model: list[str], value: list[float]) -> None:
        assert len(self.measured(model, value).results) == len(value)


@given(st.lists(st.integers(-1, 11), min_size=12, max_size=12))
def test_loops_as_walking_finds_them(bases: list[int]) -> None:
    def ends(at: int) -> bool:
        for _ in range(13):
            if at < 0:
                return True
            at = bases[at]
        return False

    names = [f"m{i}" for i in range(12)]
    base_of = [names[i] if i >= 0 else None for i in bases]
    frame = pl.DataFrame(
        {"model": names, "base_of": pl.Series(base_of, dtype=pl.String)},
    )
    assert in_loops(frame).to_list() == [not ends(i) for i in range(12)]


class TestNames:
    ALIASES = pl.DataFrame({"alias": ["X-hf", "x-2"], "model": ["x", "x"]})

    def joined(self, aliases: pl.DataFrame = ALIASES) -> Models:
        rows = frame_of(RESULTS, model=["X-hf", "x-2", "y", "y"])
        facts = {"model": ["x", "y", "y"], "field": ["kind", "kind", "base_of"]}
        facts["value"] = ["base", "instruct", "x-2"]
        return Models.from_reports(pl.DataFrame(facts), rows, aliases=aliases)

    def test_rows_under_an_alias_are_the_models(self) -> None:
        got = self.joined()
        assert got.models == ("x", "y")
        assert got.results["model"].to_list() == ["x", "x", "y", "y"]
        assert got.frame["base_of"].to_list() == [None, "x"]
        assert (got.find("X-hf"), got.find("y")) == ("x", "y")

    def test_aliases_are_of_one_model(self) -> None:
        with pytest.raises(InputError, match="column alias: 'X-hf' is there already"):
            self.joined(pl.DataFrame({"alias": ["X-hf", "X-hf"], "model": ["x", "y"]}))
        with pytest.raises(InputError, match="column model: 'x-2' is itself an alias"):
            self.joined(pl.DataFrame({"alias": ["X-hf", "x-2"], "model": ["x-2", "x"]}))

    def test_an_unknown_name_gets_the_nearest(self) -> None:
        with pytest.raises(UsageError, match=r"no model 'XHF'; the nearest: 'x'"):
            self.joined().find("XHF")
        with pytest.raises(UsageError, match=r"'mmlu'; the nearest: 'MMLU'$"):
            self.joined().find_field("mmlu")
        with pytest.raises(UsageError, match=r"no model 'qqqqqqq'$"):
            self.joined().find("qqqqqqq")
        with pytest.raises(UsageError, match="characters"):
            self.joined().find("x" * 100_000)


class TestMerged:
    def test_own_facts_come_first_and_both_stay(self) -> None:
        own = {"model": ["x"], "kind": ["base"], "params": [8e9], "source": ["me"]}
        got = Models.from_frames(pl.DataFrame(own)).merged(results())
        assert got.frame.filter(model="x")["params"].item() == 8e9
        assert got.frame.filter(model="x")["tokens"].item() == 2e12
        rows = got.conflicts().select("number", "source", "used").rows()
        assert rows == [(8e9, "me", True), (7e9, "f.csv", False)]
        assert got.models == ("x", "y", "z")
        assert got.results.equals(results().results)

    def test_the_same_report_counts_once(self) -> None:
        other = Models.from_frames(
            frame_of(WIDE, source=["f.csv"] * 3), frame_of(RESULTS), source="g.csv"
        )
        got = results().merged(other)
        assert got.results.equals(results().results)
        count = results().facts.height + 4
        assert got.removed == (Removal("the same report in an earlier file", count),)

    def test_what_does_not_fit_together_is_refused(self) -> None:
        share = frame_of(RESULTS, value=[0.5, 0.6, 0.7, 1150], unit=["share"] * 3 + ["rating"])
        other = Models.from_frames(frame_of(WIDE), share, source="g.csv")
        with pytest.raises(
            InputError, match=r"g\.csv, row 1, column unit: 'share' is not the unit"
        ):
            results().merged(other)


class TestChoosing:
    def test_models(self) -> None:
        got = select(results(), [Condition.parse("kind=base")])
        assert got.models == ("x", "z")
        assert set(got.results["model"]) == {"x"}
        assert set(got.facts["model"]) == {"x", "z"}
        assert got.removed == (Removal("not kind=base", 1),)

    def test_facts(self) -> None:
        every = Facts.of(results())
        assert len(every) == len(results().facts) + len(results().results)
        assert every.frame["field"].unique(maintain_order=True).to_list()[-2:] == ["MMLU", "arena"]
        got = Facts.of(results(), names=["x"], fields=["MMLU"])
        assert got.frame.select("value", "number", "kind", "tokens").rows() == [
            ("62.5", 62.5, "base", 2e12),
            ("60.1", 60.1, "base", 2e12),
        ]
        assert [r.reason for r in got.removed] == ["not x", "not MMLU"]
        assert got.spread().equals(results().spread())
        assert len(select(got, [Condition.parse("value=61..")])) == 1
        by_date = select(every, [Condition.parse("released=2023-01-01..2023-12-31")])
        assert set(by_date.frame["model"]) == {"x"}

    def test_no_such_fact(self) -> None:
        with pytest.raises(UsageError, match="nearest: 'MMLU'"):
            Facts.of(results(), fields=["MMLUU"])
        with pytest.raises(InputError, match="no fact is left"):
            Facts.of(results(), names=["z"], fields=["MMLU"])

    def test_to_dict(self) -> None:
        got = Facts.of(long()).to_dict()
        assert [row["value"] for row in got["facts"]] == ["base", 47e9, 45e9, "instruct"]
        assert [row["used"] for row in got["conflicts"]] == [True, False]
        assert got["models"][0]["params"] == 47e9
