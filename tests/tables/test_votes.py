"""The Votes table refuses what it must, says where, and counts what its filters take."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from theodolite.errors import FormatError, InputError, MissingColumnError, UsageError
from theodolite.tables import Condition, Removal, Votes, select


def frame_of(**changes: list) -> pl.DataFrame:
    columns = {
        "model_a": ["x", "y", "z", "x"],
        "model_b": ["y", "z", "x", "z"],
        "winner": ["model_a", "model_b", "tie", "both_bad"],
    }
    return pl.DataFrame(columns | changes, strict=False)


def votes_of(**changes: list) -> Votes:
    return Votes.from_frame(frame_of(**changes), source="f.csv")


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"winner": ["model_a", "Model_A", "tie", "x"]},
                "f.csv, row 2, column winner: 'Model_A' is not one of model_a, model_b, tie, both",
            ),
            ({"model_a": ["x", None, "z", "x"]}, "row 2, column model_a: the cell is empty"),
            ({"model_a": ["x", "  ", "z", "x"]}, "row 2, column model_a: '  ' is not usable"),
            ({"model_a": ["x", "a\x00b", "z", "x"]}, r"'a\x00b' is not usable"),
            ({"model_b": ["y", "z", "n" * 2000, "z"]}, "(2,002 characters) is not usable"),
            ({"model_b": ["x", "z", "x", "z"]}, "row 1, column model_b: 'x' is both model_a and"),
            ({"model_a": [1.5, 2.5, 3.5, 4.5]}, "row 1, column model_a: 1.5 is not text (type"),
            ({"model_a": [["x"], ["y"], ["z"], ["x"]]}, "is not text (type List"),
            ({"weight": [1, 0, 1, 1]}, "row 2, column weight: 0 is not a finite number above 0"),
            ({"weight": [1.0, float("nan"), 1.0, 1.0]}, "nan is not a finite number"),
            ({"weight": ["1", "2", "three", "4"]}, "row 3, column weight: 'three' is not a number"),
            ({"weight": [1.0, None, 1.0, 1.0]}, "row 2, column weight: the cell is empty"),
            ({"share_a": [0, 1, 0.5, 1.1]}, "1.1 is not a finite number at least 0 and at most 1"),
            ({"turn": [1, 2, 1.5, 1]}, "row 3, column turn: 1.5 is not a whole number"),
            ({"anony": ["true", "false", "yes", "true"]}, "'yes' is not true or false"),
            ({"timestamp": ["2024-05-01", "soon", "1", "2"]}, "'soon' is not a point in time"),
            ({"tokens_a": [1, 2, -3, 4]}, "row 3, column tokens_a: -3 is not a finite number"),
            ({"vote_id": ["1", "2", "1", "2"]}, "row 3, column vote_id: '1' is there already"),
            ({"vote_id": ["1", None, "3", "4"]}, "row 2, column vote_id: the cell is empty"),
        ],
    )
    def test_cells(self, changes: dict[str, list], message: str) -> None:
        with pytest.raises(InputError) as caught:
            votes_of(**changes)
        assert message in str(caught.value)
        assert caught.value.exit_code == 2

    def test_the_first_few_are_shown_and_all_are_counted(self) -> None:
        many = pl.concat([frame_of(winner=["left"] * 4)] * 5)
        with pytest.raises(InputError) as caught:
            Votes.from_frame(many)
        assert caught.value.total == 20
        assert "and 15 more like them" in str(caught.value)
        assert "--winner-values" in str(caught.value)

    def test_problems_of_several_columns_come_together(self) -> None:
        with pytest.raises(InputError) as caught:
            votes_of(weight=[0, 1, 1, 1], turn=[0, 1, 1, 1])
        assert caught.value.total == 2

    def test_a_missing_column(self) -> None:
        with pytest.raises(MissingColumnError, match="no column winner"):
            Votes.from_frame(frame_of().drop("winner"))

    def test_no_votes(self) -> None:
        with pytest.raises(FormatError, match="no votes in it"):
            Votes.from_frame(frame_of().clear())


class TestTypes:
    def test_names_may_be_integers_but_come_back_as_text(self) -> None:
        assert votes_of(model_a=[1, 2, 3, 1], model_b=[2, 3, 1, 3]).models == ("1", "2", "3")

    def test_times_are_utc(self) -> None:
        noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
        for given in ([noon.timestamp()] * 4, ["2024-05-01T12:00:00Z"] * 4, ["1714564800"] * 4):
            assert votes_of(timestamp=given).frame["timestamp"].to_list() == [noon] * 4

    def test_labels_may_have_gaps(self) -> None:
        assert votes_of(language=["en", None, "de", "en"]).frame["language"].null_count() == 1

    def test_columns_that_are_not_declared_stay(self) -> None:
        assert votes_of(mood=[1, 2, 3, 4]).frame["mood"].to_list() == [1, 2, 3, 4]


class TestDuplicates:
    def test_keep_first_counts_the_rest(self) -> None:
        frame = frame_of(vote_id=["1", "2", "1", "1"])
        votes = Votes.from_frame(frame, on_duplicate="keep-first")
        assert len(votes) == 2
        assert votes.removed == (Removal("duplicate vote_id", 2),)

    def test_ids_are_unique_over_all_files(self) -> None:
        one, two = (
            Votes.from_frame(frame_of(vote_id=ids), source=source)
            for ids, source in ((list("abcd"), "1.csv"), (list("efga"), "2.csv"))
        )
        with pytest.raises(InputError, match=r"2.csv, row 4, column vote_id: 'a' is there already"):
            Votes.concat([one, two])
        assert len(Votes.concat([one, two], on_duplicate="keep-first")) == 7


class TestFilters:
    VOTES = votes_of(
        language=["en", "de", None, "en"],
        turn=[1, 2, 3, 4],
        score=["1", "2.5", "3", None],
        anony=[True, False, True, True],
        timestamp=["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
    )

    @pytest.mark.parametrize(
        ("text", "rows"),
        [
            ("language=en", [1, 4]),
            ("language!=en", [2, 3]),
            ("turn=2", [2]),
            ("turn=2..3", [2, 3]),
            ("turn=..3", [1, 2, 3]),
            ("turn!=3..", [1, 2]),
            ("score=2..", [2, 3]),
            ("anony=false", [2]),
            ("timestamp=2024-05-02..2024-05-03", [2, 3]),
            ("model_a=x", [1, 4]),
            ("winner!=tie", [1, 2, 4]),
        ],
    )
    def test_conditions(self, text: str, rows: list[int]) -> None:
        kept = select(self.VOTES, [Condition.parse(text)])
        assert kept.frame["_row"].to_list() == rows
        assert kept.removed == (Removal(f"not {text}", 4 - len(rows)),)

    @pytest.mark.parametrize(
        ("text", "error", "message"),
        [
            ("language", UsageError, "is not COLUMN=VALUE"),
            ("=en", UsageError, "is not COLUMN=VALUE"),
            ("language=", UsageError, "is not COLUMN=VALUE"),
            ("language=English", UsageError, "no row has it; the column holds 'de', 'en'"),
            ("langage=en", MissingColumnError, "no column langage to filter by"),
            ("turn=two", UsageError, "'two' is not a number"),
            ("turn=9..", InputError, "no vote is left"),
        ],
    )
    def test_refusals(self, text: str, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            select(self.VOTES, [Condition.parse(text)])

    def test_models_without_a_vote_are_gone(self) -> None:
        assert select(self.VOTES, [Condition.parse("turn=1")]).models == ("x", "y")

    def test_prompts(self) -> None:
        votes = votes_of(prompt_id=["p", "q", "p", "p"])
        kept = votes.at_most_per_prompt(2)
        assert kept.frame["_row"].to_list() == [1, 2, 3]
        assert kept.removed == (Removal("more than 2 votes of one prompt", 1),)
        with pytest.raises(MissingColumnError, match="no column prompt_id"):
            votes_of().at_most_per_prompt(2)
        with pytest.raises(UsageError, match="at least 1"):
            votes.at_most_per_prompt(0)

    def test_removals_of_one_reason_add_up(self) -> None:
        again = self.VOTES.keep(self.VOTES.frame["turn"] > 1, "early")
        again = again.keep(again.frame["turn"] > 2, "early")
        assert again.removed == (Removal("early", 2),)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_a_slip_among_many_names_is_met_with_the_nearest(dtype: type[pl.DataType]) -> None:
    names = [*(f"model-{k}" for k in range(20)), "zephyr-7b-beta"]
    frame = pl.DataFrame({"model": pl.Series(names, dtype=dtype)})
    with pytest.raises(UsageError, match="the nearest: 'zephyr-7b-beta'"):
        Condition.parse("model=Zephyr-7B").mask(frame)
