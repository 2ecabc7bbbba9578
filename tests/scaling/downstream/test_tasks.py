"""Which columns a task is made of, and what they may hold."""

import numpy as np
import polars as pl
import pytest

from theodolite.errors import InputError, MissingColumnError, UsageError
from theodolite.scaling import named_tasks, task_of
from theodolite.tables import Runs

PARTS = ("stem", "humanities", "social_sciences", "other")
LADDER = [f"eval/downstream/mmlu_{part}_test_rc_5shot_len_norm" for part in PARTS]
BITS = [f"eval/downstream_bpb/mmlu_{part}_test_rc_5shot_bpb" for part in PARTS]


def runs(**more):
    frame = pl.DataFrame(
        {"params": [1e8, 2e8, 4e8], "tokens": [2e9, 4e9, 8e9], "loss": [3.4, 3.1, 2.9], **more}
    )
    return Runs.from_frame(frame)


def test_one_column():
    table = runs(err_arc_easy=[0.7, 0.6, 0.5])
    task = task_of(table, ["err_arc_easy"], error=True)
    assert task.accuracy(table) == pytest.approx([0.3, 0.4, 0.5])
    assert task.loss(table) == pytest.approx([3.4, 3.1, 2.9])
    assert (task.chance, task.chance_from, task.losses) == (0.25, "benchmark", ("loss",))


def test_the_parts_of_mmlu_are_weighed_as_the_ladder_does():
    columns = {name: [0.1 * (k + 1)] * 3 for k, name in enumerate(LADDER)}
    table = runs(**columns, **{name: [1.5, 1.4, 1.3] for name in BITS})
    task = task_of(table, LADDER)
    assert task.name == "mmlu"
    assert task.weights == (0.215, 0.335, 0.219, 0.231)
    mean = 0.1 * 0.215 + 0.2 * 0.335 + 0.3 * 0.219 + 0.4 * 0.231
    assert task.accuracy(table) == pytest.approx([mean] * 3)
    assert task.losses == tuple(BITS)
    assert task.loss(table) == pytest.approx([1.5, 1.4, 1.3])
    assert task.chance == 0.25


@pytest.mark.parametrize(
    ("column", "chance"),
    [
        ("eval/downstream/hellaswag_val_rc_5shot_len_norm", 0.25),
        ("eval/downstream/boolq_val_rc_5shot_acc", 0.5),
        ("eval/downstream/csqa_val_rc_5shot_len_norm", 0.2),
        ("eval/downstream/socialiqa_val_rc_5shot_len_norm", 1 / 3),
        ("err_winogrande", 0.5),
        ("err_avg_17", None),
        ("quiz", None),
    ],
)
def test_chance_is_looked_up_by_name(column, chance):
    error = column.startswith("err_")
    task = task_of(runs(**{column: [0.5, 0.5, 0.5]}), [column], error=error)
    assert task.chance == chance
    assert task.chance_from == ("estimated" if chance is None else "benchmark")
    given = task_of(runs(**{column: [0.5, 0.5, 0.5]}), [column], chance=0.1, error=error)
    assert (given.chance, given.chance_from) == (0.1, "given")


def test_weights_are_scaled_to_one():
    table = runs(a=[0.2] * 3, b=[0.6] * 3)
    assert task_of(table, ["a", "b"], weights=[3, 1]).accuracy(table) == pytest.approx([0.3] * 3)
    assert task_of(table, ["a", "b"]).accuracy(table) == pytest.approx([0.4] * 3)
    with pytest.raises(UsageError, match="2 columns need as many weights"):
        task_of(table, ["a", "b"], weights=[1])


def test_names_by_pattern_and_by_comma():
    table = runs(q_a=[0.2] * 3, q_b=[0.6] * 3, other=[0.3] * 3)
    assert [t.columns for t in named_tasks(table, ["q_*"])] == [("q_a",), ("q_b",)]
    assert [t.columns for t in named_tasks(table, ["q_a,q_b", "other"])] == [
        ("q_a", "q_b"),
        ("other",),
    ]
    with pytest.raises(MissingColumnError, match="is like"):
        named_tasks(table, ["acc_*"])
    with pytest.raises(UsageError, match="2 tasks and 3 losses"):
        named_tasks(table, ["q_a", "q_b"], losses=["loss"] * 3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.2, None, 0.3], "row 2, column quiz: the cell is empty"),
        ([0.2, 31.0, 0.3], "row 2, column quiz: 31.0 is no share between 0 and 1"),
        ([0.2, np.nan, 0.3], "no share"),
        (["a", "b", "c"], "'a' is no share between 0 and 1"),
    ],
)
def test_a_bad_cell_is_refused(values, words):
    table = runs(quiz=values)
    task = task_of(table, ["quiz"])
    with pytest.raises(InputError, match=words):
        task.accuracy(table)


def test_gaps_in_other_columns_do_not_matter():
    table = runs(quiz=[0.2, 0.3, 0.4], other=[None, None, 0.1])
    assert task_of(table, ["quiz"]).accuracy(table).tolist() == [0.2, 0.3, 0.4]


def test_unknown_columns_and_chances_are_refused():
    with pytest.raises(MissingColumnError, match="no column 'quiz'"):
        task_of(runs(), ["quiz"])
    with pytest.raises(UsageError, match="chance is a share"):
        task_of(runs(quiz=[0.1] * 3), ["quiz"], chance=25.0)
    with pytest.raises(UsageError, match="1 to 100 columns"):
        task_of(runs(), [])
