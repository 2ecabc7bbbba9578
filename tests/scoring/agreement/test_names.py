"""Names of models: matched by lists, told where they are only alike."""

from __future__ import annotations

import pytest

from tests.scoring.agreement.made import people, side
from theodolite.errors import InputError
from theodolite.scoring.agreement import matched


def named(*models: str):
    return side(values=tuple(0.1 + 0.1 * i for i in range(len(models))), models=models)


def test_exact_alias_and_file() -> None:
    mine = named("same", "nick", "mine", "lone")
    theirs = named("same", "Real", "theirs", "other")
    left, right, names = matched(
        [mine], [theirs], aliases={"nick": "Real"}, given={"mine": "M", "theirs": "M"}
    )
    assert left[0].models == ("same", "Real", "M", "lone")
    assert right[0].models == ("same", "Real", "M", "other")
    assert names.matched == (
        {"benchmark": "nick", "human": "Real", "how": "alias"},
        {"benchmark": "mine", "human": "theirs", "how": "names"},
    )
    assert (names.benchmark_only, names.human_only) == (("lone",), ("other",))


def test_likeness_is_told_and_never_used() -> None:
    _, _, names = matched([named("Llama_3 8B")], [named("llama-3-8b")], aliases={})
    assert names.matched == ()
    assert names.similar == (("Llama_3 8B", "llama-3-8b"),)


def test_a_name_that_both_sides_have_is_no_alias() -> None:
    left, right, _ = matched([named("nick")], [named("nick", "Real")], aliases={"nick": "Real"})
    assert left[0].models == ("nick",)
    assert right[0].models == ("nick", "Real")


def test_an_alias_of_a_model_that_is_there_itself_stays_apart() -> None:
    left, _, names = matched([named("nick", "Real")], [named("Real")], aliases={"nick": "Real"})
    assert left[0].models == ("nick", "Real")
    assert names.benchmark_only == ("nick",)


def test_a_file_that_makes_two_models_one_is_refused() -> None:
    with pytest.raises(InputError, match="are both 'M'"):
        matched([named("a", "b")], [people()], aliases={}, given={"a": "M", "b": "M"})
