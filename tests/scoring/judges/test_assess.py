"""Judges assessed: what was put in is found, and what cannot be told is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scoring.judges.made import FAMILIES, frame_of, games, votes
from tests.stats.juries import World
from theodolite.errors import (
    InputError,
    MissingColumnError,
    NotConnectedError,
    NotConvergedError,
    TooFewError,
    UsageError,
)
from theodolite.scoring.judges import (
    BIASED,
    BIASES,
    NOT_BIASED,
    UNTOLD,
    JudgeOptions,
    assess_judges,
)
from theodolite.tables import Judgments, Preferences, Votes

FAIR = World(items=60, pairs=4)
# Nothing but what the likelihood knows of: estimates should be what was put in.
SWAYED = World(
    items=150, pairs=4, position=(0.7, 0.0, 0.0), length=(0.0, 0.8, 0.0), own=(0.0, 0.0, 1.0),
    worth=0.0, taste=0.0, ties=0.0,
)  # fmt: skip


def test_biases_are_found_where_they_are() -> None:
    found = assess_judges(games(SWAYED), people=votes(FAIR, judge="j0"), families=FAMILIES)
    verdicts = {(one.judge, name): one.bias(name) for one in found.judges for name in BIASES}
    assert verdicts["j0", "position"].verdict == BIASED
    assert verdicts["j0", "position"].estimate == pytest.approx(0.7, abs=0.15)
    assert verdicts["j1", "verbosity"].verdict == BIASED
    assert verdicts["j1", "verbosity"].raw is not None
    assert verdicts["j2", "self_preference"].verdict == BIASED
    assert verdicts["j2", "self_preference"].estimate == pytest.approx(1.0, abs=0.3)
    for judge, name in (("j1", "position"), ("j2", "position"), ("j0", "self_preference")):
        assert verdicts[judge, name].verdict != BIASED
    frame = found.to_frame()
    assert frame.height == 9
    assert frame.filter(verdict=BIASED).height == 3


def test_the_effect_of_length_is_no_verdict_without_people() -> None:
    found = assess_judges(games(SWAYED), families=FAMILIES)
    long = found.judges[1].verbosity
    assert long.estimate is not None
    assert long.low is not None
    assert long.low > 0
    assert long.p_value is None
    assert long.verdict == UNTOLD
    assert "without people" in long.why


def test_a_margin_makes_not_biased() -> None:
    wide = assess_judges(games(FAIR), options=JudgeOptions(margin=2.0))
    assert {one.position.verdict for one in wide.judges} == {NOT_BIASED}
    narrow = assess_judges(games(FAIR), options=JudgeOptions(margin=0.01))
    assert {one.position.verdict for one in narrow.judges} == {UNTOLD}


def test_one_judge_has_no_self_preference() -> None:
    alone = Judgments.from_frame(frame_of(FAIR, np.random.default_rng(0)).filter(judge="j0"))
    found = assess_judges(alone, families=FAMILIES)
    own = found.judges[0].self_preference
    assert own.estimate is None
    assert own.verdict == UNTOLD
    assert "no other judge" in own.why
    assert found.alpha == ()
    assert found.judges[0].scale is None
    assert found.without.is_empty()
    people = votes(FAIR, judge="j1")
    with_people = assess_judges(alone, people=people, families=FAMILIES)
    assert with_people.judges[0].self_preference.estimate is not None


def always_first(items: int) -> Judgments:
    rows = [
        {"item_id": f"{i}", "judge": "stuck", "model_a": a, "model_b": b, "verdict": "A>B"}
        for i in range(items)
        for a, b in (("m0", "m1"), ("m1", "m0"))
    ]
    fair = frame_of(replace(FAIR, items=40), np.random.default_rng(1)).drop("tokens_a", "tokens_b")
    return Judgments.from_frame(pl.concat([fair, pl.DataFrame(rows).select(fair.columns)]))


def test_a_judge_that_always_names_the_first_answer_is_bounded() -> None:
    found = assess_judges(always_first(20), options=JudgeOptions(least=10))
    stuck = next(one for one in found.judges if one.judge == "stuck")
    assert stuck.position.unbounded
    assert stuck.position.estimate is None
    assert stuck.position.high is None
    assert stuck.position.low is not None
    assert 0.5 < stuck.position.low < 3
    assert stuck.position.verdict == BIASED
    assert stuck.weight == 0.0
    assert stuck.consistency is not None
    assert stuck.consistency.same == 0.0
    assert stuck.consistency.high > 0.0
    assert stuck.consistency.first == 1.0
    few = assess_judges(always_first(3), options=JudgeOptions(least=3))
    assert next(one for one in few.judges if one.judge == "stuck").position.verdict == UNTOLD


def test_models_that_only_won_are_flagged() -> None:
    frame = frame_of(FAIR, np.random.default_rng(0))
    rows = [
        {**frame.row(0, named=True), "item_id": f"{i}", "model_a": a, "model_b": b, "verdict": said}
        for i in range(12)
        for a, b, said in (("best", "m1", "A>B"), ("m1", "best", "B>A"))
    ]
    found = assess_judges(Judgments.from_frame(pl.concat([frame, pl.DataFrame(rows)])))
    best = found.models.filter(model="best").row(0, named=True)
    assert best["unbounded"]
    assert best["estimate"] is None
    assert best["high"] is None
    assert best["low"] is not None
    assert best["rank"] == 1
    assert any("1 models won or lost without exception" in note for note in found.notes)


def test_consistency_counts_swapped_pairs() -> None:
    said = [("A>B", "B>A")] * 6 + [("A>>B", "A>B")] * 3 + [("B>A", "B>A")] + [("A=B", "A>B")] * 2
    said += [("A=B", "A=B"), ("B>A", "A>B")]
    rows = [
        {"item_id": f"{i}", "judge": "j", "game": game + 1, "verdict": verdicts[game],
         "model_a": "xy"[game], "model_b": "yx"[game]}
        for i, verdicts in enumerate(said)
        for game in (0, 1)
    ]  # fmt: skip
    (one,) = assess_judges(Judgments.from_frame(pl.DataFrame(rows))).judges
    found = one.consistency
    assert found is not None
    assert found.pairs == 14
    assert found.same == pytest.approx(8 / 14)
    assert found.first == pytest.approx(3 / 14)
    assert found.second == pytest.approx(1 / 14)
    assert found.mixed == pytest.approx(2 / 14)
    assert found.decided == 24
    first, tie = 6 + 6 + 2 + 1, 4
    assert found.first_share == pytest.approx(first / 24)
    f, t = first / 28, tie / 28
    assert found.chance == pytest.approx(2 * f * (1 - f - t) + t * t)
    assert found.low < found.same < found.high


def test_preferences_know_no_order() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "model": [f"m{i % 3}" for i in range(180)],
            "baseline": "base",
            "item_id": [f"{i // 6}" for i in range(180)],
            "judge": ["j", "k"] * 90,
            "preference": 1 + rng.random(180),
            "len_output": rng.integers(10, 99, 180),
            "len_baseline": 50,
        }
    ).with_columns(judge=pl.Series(["j" if (i // 3) % 2 else "k" for i in range(180)]))
    found = assess_judges(Preferences.from_frame(frame))
    assert not found.ordered
    assert {one.position.why for one in found.judges} == {
        "the file does not say which answer was shown first"
    }
    assert all(one.consistency is None for one in found.judges)
    assert all(one.verbosity.estimate is not None for one in found.judges)
    assert [a.metric for a in found.alpha] == ["nominal", "interval"]


def test_few_verdicts_go_together() -> None:
    frame = frame_of(FAIR, np.random.default_rng(0)).with_row_index()
    # 480 verdicts of j2 become those of 60 judges.
    spread = (
        pl.when(judge="j2").then(pl.format("k{}", pl.col("index") // 6 % 60)).otherwise("judge")
    )
    table = Judgments.from_frame(frame.with_columns(judge=spread).drop("index"))
    found = assess_judges(table, families=FAMILIES)
    assert [one.judge for one in found.judges] == ["(others)", "j0", "j1"]
    assert any("taken together as (others)" in note for note in found.notes)
    assert found.pairs.is_empty()
    assert found.judges[0].self_preference.why == "several judges are taken together here"


def test_ranks_without_a_judge() -> None:
    # One judge turns every order round.
    table = games(World(items=60, scale=(1.0, -2.5, 1.0)))
    found = assess_judges(table, families=FAMILIES)
    assert set(found.without["judge"]) == {"j0", "j1", "j2"}
    rest = table.keep(table.frame["judge"].cast(pl.String) != "j1", "without j1")
    expected = assess_judges(rest, families=FAMILIES).models
    got = found.without.filter(judge="j1").join(expected.select("model", "rank"), on="model")
    assert (got["rank"] == got["rank_right"]).all()
    whole = got.join(found.models.select("model", now="rank"), on="model")
    assert (whole["rank"] != whole["now"]).any()
    ends = found.without.group_by("model").agg(pl.col("rank").min())
    both = found.models.join(ends, on="model", suffix="_min")
    assert (both["without_low"] == both["rank_min"]).all()


def test_agreement_with_people() -> None:
    table, people = games(FAIR), votes(FAIR, judge="j0")
    found = assess_judges(table, people=people)
    j0, j1 = found.judges[0].agreement, found.judges[1].agreement
    assert found.people is not None
    assert j0.people is not None
    assert j1.people is not None
    assert j0.people.estimate is not None
    assert j1.people.estimate is not None
    # The people are j0 under another name.
    assert j0.people.estimate > j1.people.estimate
    assert found.people.votes == len(people)
    assert found.people.verbosity is not None
    assert any("part of the jury" in note for note in found.notes)


def test_people_on_other_answers_are_counted() -> None:
    people = votes(FAIR)
    extra = people.frame.head(2).with_columns(pl.lit("elsewhere").alias("prompt_id"))
    more = Votes.from_frame(pl.concat([people.frame, extra]).drop("_file", "_row"))
    found = assess_judges(games(FAIR), people=more)
    assert [(r.reason, r.count) for r in found.removed] == [
        ("a person's vote on answers that no judge saw", 2)
    ]
    with pytest.raises(InputError, match="no vote of people is on two answers"):
        assess_judges(games(FAIR), people=Votes.from_frame(extra.drop("_file", "_row")))


def test_unparseable_verdicts_are_counted() -> None:
    frame = frame_of(FAIR, np.random.default_rng(0))
    gaps = frame.with_columns(pl.when(pl.int_range(pl.len()) >= 5).then("verdict").alias("verdict"))
    found = assess_judges(Judgments.from_frame(gaps))
    assert [(r.reason, r.count) for r in found.removed] == [("no verdict could be read", 5)]
    nothing = frame.with_columns(pl.lit(None, dtype=pl.String).alias("verdict"))
    with pytest.raises(InputError, match="none of the judgments holds a verdict"):
        assess_judges(Judgments.from_frame(nothing))


def test_refuses() -> None:
    frame = frame_of(FAIR, np.random.default_rng(0))
    table = Judgments.from_frame(frame)
    for options, message in (
        (JudgeOptions(margin=0.0), "margin"),
        (JudgeOptions(least=0), "least"),
    ):
        with pytest.raises(UsageError, match=message):
            assess_judges(table, options=options)
    with pytest.raises(UsageError, match="level"):
        assess_judges(table, level=1.0)
    with pytest.raises(UsageError, match="seed"):
        assess_judges(table, seed=-1)
    one = Judgments.from_frame(frame.filter(item_id="0"))
    with pytest.raises(TooFewError, match="single item"):
        assess_judges(one)
    gap = frame.with_columns(pl.when(pl.int_range(pl.len()) > 0).then("tokens_a").alias("tokens_a"))
    with pytest.raises(InputError, match=r"row 1, column tokens_a: the cell is empty"):
        assess_judges(Judgments.from_frame(gap))
    assert assess_judges(Judgments.from_frame(gap), options=JudgeOptions(length=False)).judges
    two = frame.filter(
        (pl.col("model_a").is_in(["m0", "m1"]) & pl.col("model_b").is_in(["m0", "m1"]))
        | (pl.col("model_a").is_in(["m2", "m3"]) & pl.col("model_b").is_in(["m2", "m3"]))
    )
    with pytest.raises(NotConnectedError):
        assess_judges(Judgments.from_frame(two), options=JudgeOptions(least=1))
    won = frame.with_columns(
        pl.when(pl.col("model_a") < pl.col("model_b"))
        .then(pl.lit("A>B"))
        .otherwise(pl.lit("B>A"))
        .alias("verdict")
    )
    with pytest.raises(NotConvergedError, match="no two models beat each other"):
        assess_judges(Judgments.from_frame(won))
    bare = Votes.from_frame(
        pl.DataFrame({"model_a": ["x", "y"], "model_b": ["y", "x"], "winner": ["tie"] * 2})
    )
    with pytest.raises(MissingColumnError, match="judge or voter"):
        assess_judges(bare)


def test_json_is_plain() -> None:
    found = assess_judges(games(FAIR), people=votes(FAIR), families=FAMILIES).to_dict()
    assert {"judges", "alpha", "pairs", "jury", "people", "removed", "notes", "level"} <= set(found)
    assert set(found["alpha"]) == {"nominal", "ordinal", "interval"}
    assert {
        "position",
        "consistency",
        "verbosity",
        "self_preference",
        "agreement",
        "weight",
    } <= set(found["judges"][0])
    assert found["jury"]["models"][0]["rank"] == 1
