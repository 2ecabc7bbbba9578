"""Whether losses of any number of groups compare."""

import math

import polars as pl
import pytest

from theodolite.errors import InputError
from theodolite.scaling.evaluation import one_evaluation, one_unit
from theodolite.tables import Runs


def table(**columns):
    count = max(len(values) for values in columns.values())
    base = {
        "params": [1e9 * (k + 1) for k in range(count)],
        "tokens": [2e10] * count,
        "loss": [2.6] * count,
    }
    return Runs.from_frame(pl.DataFrame(base | columns))


def test_one_table_of_several_sets_is_refused_unless_the_text_is_said_to_be_the_same():
    runs = table(dataset=["web", "books", "code"])
    with pytest.raises(InputError, match="trained on different texts"):
        one_unit([runs])
    assert one_unit([runs], same_evaluation=True)[0] == "nats a token"
    assert one_unit([table(dataset=["web", "books"], evaluation=["c4", "c4"])])[0] == "nats a token"


def test_another_text_is_refused_whatever_is_said():
    runs = table(dataset=["web", "books"], evaluation=["c4", "ptb"])
    with pytest.raises(InputError, match="measured on different texts"):
        one_unit([runs], same_evaluation=True)


def test_tokenizers_need_bytes():
    with pytest.raises(InputError, match="different tokenizers"):
        one_unit([table(tokenizer=["a", "b", "c"])])
    known = table(tokenizer=["a", "b", "c"], bytes_per_token=[4.0, 5.0, 4.0])
    unit, (runs,) = one_unit([known])
    assert unit == "bits a byte"
    wanted = [2.6 / (size * math.log(2)) for size in (4.0, 5.0, 4.0)]
    assert runs.frame["loss"].to_list() == pytest.approx(wanted)


def test_two_groups_are_a_case_of_it():
    one, two = table(dataset=["web"]), table(dataset=["books"])
    unit, first, second = one_evaluation(one, two, same_evaluation=True)
    assert (unit, first, second) == ("nats a token", one, two)


def test_tokens_of_other_lengths_are_another_tokenizers() -> None:
    def at(length: float) -> Runs:
        row = {"params": [1e9], "tokens": [2e10], "loss": [2.6], "evaluation": ["wiki"]}
        return Runs.from_frame(pl.DataFrame({**row, "bytes_per_token": [length]}))

    unit, one, other = one_evaluation(at(4.5), at(3.0), told=True)
    assert unit == "bits a byte"
    ratio = one.frame["loss"].item() / other.frame["loss"].item()
    assert ratio == pytest.approx(3.0 / 4.5)
    assert one_unit([at(4.5), at(3.0)])[0] == "bits a byte"
    assert one_unit([at(4.5), at(4.5)])[0] == "nats a token"
    lacking = Runs.from_frame(at(4.5).frame.drop("bytes_per_token", "_file", "_row"))
    assert one_unit([at(4.5), lacking])[0] == "nats a token"
