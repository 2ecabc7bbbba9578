"""Changes of a board, against influence functions made explicit; parts, mixes, categories."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.ratings.style_simulations import MIX, drawn, even_arena, frame_of, styled_frame, votes_of
from tests.style_reference import SlowVotes, slow_change, slow_wald
from theodolite.errors import (
    CannotAnswerError,
    InputError,
    MissingColumnError,
    NotIdentifiedError,
    TooFewError,
    UsageError,
)
from theodolite.ratings import (
    Shift,
    Specification,
    Style,
    bradley_terry,
    endless_board,
    shift_by,
    shift_mix,
    shift_part,
    shift_style,
)

FEATURES = ("tokens", "lists")
Z = 1.959963984540054
CASES = [
    ("half-win", ()),
    ("half-win", FEATURES),
    ("davidson", ()),
    ("davidson", FEATURES),
    ("rao-kupper", FEATURES),
]


@cache
def board(rule: str, features: tuple[str, ...], which: str = "all") -> SlowVotes:
    """The reference's board of some votes: in a language, not in it, or all."""
    frame = frame_of(rule)
    if which == "mix":
        return SlowVotes(frame, rule, features, weight=mixed(frame))
    language, name = frame["language"], which.removeprefix("not ")
    mask = language != name if which.startswith("not ") or which == "all" else language == name
    return SlowVotes(frame, rule, features, rows=np.flatnonzero(mask.to_numpy()))


def sorted_models(shift: Shift) -> pl.DataFrame:
    return shift.rated.sort("model")


def agrees(shift: Shift, want: tuple, joint: tuple | None) -> None:
    common, change, covariance = want
    got = sorted_models(shift)
    assert got["model"].to_list() == common
    np.testing.assert_allclose(got["change"], change, atol=1e-3)
    error = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((got["high"] - got["low"]) / 2 / Z, error, rtol=1e-5)
    np.testing.assert_allclose((got["high"] + got["low"]) / 2, change, atol=1e-3)
    np.testing.assert_allclose(got["after"] - got["before"], change, atol=1e-3)
    assert got["before"].mean() == pytest.approx(1000)
    assert got["after"].mean() == pytest.approx(1000)
    if joint is not None:
        assert shift.joint.df == joint[1]
        assert shift.joint.statistic == pytest.approx(joint[0], rel=1e-4)
        assert shift.joint.p_value == pytest.approx(joint[2], rel=1e-3, abs=1e-12)


@pytest.mark.parametrize(("rule", "features"), CASES)
@pytest.mark.parametrize("cluster", [None, "voter"])
class TestAgainstTheReference:
    def spec(self, rule, features, cluster) -> Specification:
        style = Style(features) if features else None
        return Specification(ties=rule, style=style, cluster=cluster)

    def test_a_part(self, rule, features, cluster) -> None:
        frame = frame_of(rule)
        labels = frame["voter"].to_numpy() if cluster else None
        mask = frame["language"] == "English"
        whole, part = board(rule, features), board(rule, features, "English")
        got = shift_part(
            votes_of(frame), mask, name="English", spec=self.spec(rule, features, cluster)
        )
        joint = whole.groups_test(mask.to_numpy().astype(int), labels)
        # Both_bad votes tell of all strengths together: then there is one direction more.
        agrees(got, slow_change(whole, part, labels), joint if rule == "half-win" else None)
        assert (got.votes_before, got.votes_after) == (700, mask.sum())

    def test_against_another_part(self, rule, features, cluster) -> None:
        frame = frame_of(rule)
        labels = frame["voter"].to_numpy() if cluster else None
        # Overlapping parts, of voters that are in both.
        masks = [frame["language"] != "German", frame["language"] != "English"]
        boards = [board(rule, features, name) for name in ("not German", "not English")]
        got = shift_part(
            votes_of(frame),
            masks[1],
            name="not English",
            against=("not German", masks[0]),
            spec=self.spec(rule, features, cluster),
        )
        want = slow_change(*boards, labels)
        agrees(got, want, slow_wald(*want[1:]))
        assert (got.kind, got.before, got.after) == ("against", "not German", "not English")

    def test_a_mix(self, rule, features, cluster) -> None:
        frame = frame_of(rule)
        labels = frame["voter"].to_numpy() if cluster else None
        weight = mixed(frame)
        boards = [board(rule, features), board(rule, features, "mix")]
        spec = self.spec(rule, features, cluster)
        got = shift_mix(votes_of(frame), "language", MIX, spec=spec)
        want = slow_change(*boards, labels)
        agrees(got, want, slow_wald(*want[1:]))
        assert got.votes_after == pytest.approx(weight.sum() ** 2 / (weight**2).sum())

    def test_style_held_fixed(self, rule, features, cluster) -> None:
        if not features:
            with pytest.raises(UsageError, match="style"):
                shift_style(votes_of(frame_of(rule)), spec=self.spec(rule, features, cluster))
            return
        frame = frame_of(rule)
        labels = frame["voter"].to_numpy() if cluster else None
        boards = [board(rule, f) for f in ((), features)]
        got = shift_style(votes_of(frame), spec=self.spec(rule, features, cluster))
        want = slow_change(*boards, labels)
        # Two features move four models: changes have no more than two directions in truth, but
        # the sandwich of a finite sample has three.
        agrees(got, want, None)
        fit = bradley_terry(votes_of(frame), ties=rule, style=Style(features), cluster=cluster)
        premium = fit.style.models.sort("model")
        change = sorted_models(got)
        np.testing.assert_allclose(change["change"], -premium["premium"], atol=1e-6)
        np.testing.assert_allclose(change["low"], -premium["high"], atol=1e-4)


def mixed(frame: pl.DataFrame) -> np.ndarray:
    """Weights, vote by vote, that give the languages the shares of MIX."""
    weight = frame["weight"].to_numpy()
    language = frame["language"].to_numpy()
    out = weight.copy()
    for name, share in MIX.items():
        inside = language == name
        out[inside] *= share / 100 * weight.sum() / weight[inside].sum()
    return out


@pytest.mark.parametrize("cluster", [None, "voter"])
@pytest.mark.parametrize("rule", ["half-win", "davidson"])
def test_a_part_and_its_complement_give_one_test(rule: str, cluster: str | None) -> None:
    frame = frame_of(rule)
    mask = frame["language"] == "English"
    spec = Specification(ties=rule, style=Style(FEATURES), cluster=cluster)
    one, two = (shift_part(votes_of(frame), m, name="x", spec=spec).joint for m in (mask, ~mask))
    assert one.df == two.df
    assert one.statistic == pytest.approx(two.statistic, rel=1e-12)
    assert one.p_value == pytest.approx(two.p_value, rel=1e-12)


@pytest.mark.parametrize("cluster", [None, "voter"])
def test_several_groups_against_the_reference(cluster: str | None) -> None:
    frame = frame_of()
    labels = frame["voter"].to_numpy() if cluster else None
    whole = board("half-win", FEATURES)
    codes = frame["language"].replace_strict({"English": 0, "Chinese": 1, "German": 2}).to_numpy()
    spec = Specification(style=Style(FEATURES), cluster=cluster)
    got = shift_by(votes_of(frame), "language", spec=spec).heterogeneity
    statistic, df, p = whole.groups_test(codes, labels)
    assert got.df == df
    assert got.statistic == pytest.approx(statistic, rel=1e-4)
    assert got.p_value == pytest.approx(p, rel=1e-3)


def test_a_random_part_changes_nothing() -> None:
    votes = drawn(even_arena(), 6000, seed=5)
    part = pl.Series(np.random.default_rng(2).random(6000) < 0.4)
    shift = shift_part(votes, part, name="at random")
    assert not shift.models["significant"].any()
    assert shift.joint.p_value > 0.01


def test_a_change_of_known_size_is_found() -> None:
    arena = even_arena(
        languages={"English": 0.4, "Chinese": 0.6}, shifts={"English": {"m006": 120.0}}
    )
    votes = drawn(arena, 20_000, seed=3)
    shift = shift_part(votes, votes.frame["language"] == "English", name="English")
    loud = shift.models.filter("significant").sort("change")["model"].to_list()
    assert loud[-1] == "m006"
    row = shift.models.filter(model="m006").row(0, named=True)
    whole = dict(endless_board(arena).iter_rows())
    true = (1000 + 40 * (3.5 - 6) + 120 * 7 / 8) - whole["m006"]
    assert row["low"] < true < row["high"]
    assert row["rank_before"] > row["rank_after"]
    ranked = shift.models["rank_before"].to_list()
    assert ranked == sorted(ranked)


def test_models_that_a_part_lacks_come_last() -> None:
    frame = styled_frame("half-win", 900, k=6, seed=2)
    gone = pl.any_horizontal(pl.col("model_a", "model_b").is_in(["m001", "m005"]))
    mask = frame.select((pl.col("language") == "English") & ~gone).to_series()
    shift = shift_part(votes_of(frame), mask, name="x")
    rows = shift.models
    assert rows["model"].to_list()[4:] == ["m001", "m005"]
    rest = rows[4:]
    for column in ("after", "change", "low", "high", "rank_after", "p_value", "p_adjusted"):
        assert rest[column].null_count() == 2, column
    assert rest["before"].null_count() == 0
    assert rest["significant"].to_list() == [False, False]
    # Both boards are centred over the four that both rate.
    rows_in = np.flatnonzero(mask.to_numpy())
    agrees(shift, slow_change(SlowVotes(frame), SlowVotes(frame, rows=rows_in)), None)
    whole = dict(bradley_terry(votes_of(frame)).to_frame().select("model", "rating").iter_rows())
    by = dict(rows.select("model", "before").iter_rows())
    gaps = {m: by[m] - whole[m] for m in by}
    assert max(gaps.values()) - min(gaps.values()) < 1e-6
    assert sorted(rows["rank_before"].drop_nulls()) == [1, 2, 3, 4]


def test_holm_is_over_all_models_of_all_categories() -> None:
    frame = frame_of()
    by = shift_by(votes_of(frame), "language")
    rows = by.to_frame()
    assert rows.height == 12
    p = rows["p_value"].to_numpy()
    order, least = np.argsort(p), 0.0
    want = np.empty(12)
    for step, i in enumerate(order):
        least = max(least, p[i] * (12 - step))
        want[i] = min(least, 1.0)
    np.testing.assert_allclose(rows["p_adjusted"], want, rtol=1e-12)
    assert rows["significant"].to_list() == (want < 0.05).tolist()
    names = [s.after for s in by.shifts]
    assert (
        names
        == frame["language"].value_counts().sort("count", descending=True)["language"].to_list()
    )
    for shift in by.shifts:
        alone = shift_part(votes_of(frame), frame["language"] == shift.after, name="x")
        np.testing.assert_allclose(alone.models["change"], shift.models["change"], atol=1e-9)
        np.testing.assert_allclose(alone.models["low"], shift.models["low"], atol=1e-9)


def test_an_unrated_category_has_a_reason() -> None:
    frame = frame_of().with_columns(
        language=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("Zulu")).otherwise("language")
    )
    by = shift_by(votes_of(frame), "language")
    row = by.unrated.row(0, named=True)
    assert (row["category"], row["votes"]) == ("Zulu", 3)
    assert len(row["reason"]) > 10
    assert "Zulu" not in by.to_frame()["category"]
    answer = by.to_dict()
    assert answer["unrated"][0]["category"] == "Zulu"
    assert [c["category"] for c in answer["categories"]] == [s.after for s in by.shifts]
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize("rule", ["half-win", "davidson"])
def test_a_category_of_unrated_models_alone(rule: str) -> None:
    """All its votes are of a model that only won: there is nothing to test in it."""
    frame = frame_of(rule).select("model_a", "model_b", "winner", "language")
    more = pl.DataFrame(
        [("hero", "m000", "model_a", "Zulu")] * 5, schema=frame.schema, orient="row"
    )
    spec = Specification(ties=rule)
    by = shift_by(votes_of(pl.concat([frame, more])), "language", spec=spec)
    assert by.unrated["category"].to_list() == ["Zulu"]
    without = shift_by(votes_of(frame), "language", spec=spec)
    assert by.heterogeneity.statistic == pytest.approx(without.heterogeneity.statistic)


def test_a_part_of_ties_alone_is_no_certainty() -> None:
    """Rated alone it has no interval and raises; beside the whole it must not be sure."""
    frame = frame_of().drop("weight")
    few = (pl.col("winner") == "tie") & (pl.int_range(pl.len()) < 90)
    mask = frame.select(few).to_series()
    with pytest.raises(TooFewError, match="no interval"):
        bradley_terry(votes_of(frame.filter(mask)))
    with pytest.raises(TooFewError, match="no interval"):
        shift_part(votes_of(frame), mask, name="ties")


def test_a_part_of_one_cluster_has_no_interval() -> None:
    """The scores of its only cluster add up to zero: rated alone it raises."""
    frame = frame_of().with_columns(judge=pl.Series(["x", "y", "z"] * 234)[:700])
    part, spec = frame["judge"] == "x", Specification(cluster="judge")
    with pytest.raises(TooFewError, match="share one judge"):
        bradley_terry(votes_of(frame.filter(part)), cluster="judge")
    with pytest.raises(TooFewError):
        shift_part(votes_of(frame), part, name="x", spec=spec)


def test_refusals() -> None:
    frame = frame_of()
    votes = votes_of(frame)
    none, every = (pl.Series([value] * 700) for value in (False, True))
    with pytest.raises(UsageError, match="no vote is in the part: empty"):
        shift_part(votes, none, name="empty")
    with pytest.raises(UsageError, match="every vote is in the part: full"):
        shift_part(votes, every, name="full")
    with pytest.raises(UsageError, match="no vote"):
        shift_part(votes, frame["language"] == "English", name="x", against=("y", none))
    with pytest.raises(MissingColumnError, match="category"):
        shift_by(votes, "category")
    with pytest.raises(MissingColumnError, match="category"):
        shift_mix(votes, "category", MIX)
    gap = frame.with_columns(
        language=pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("language")
    )
    for call in (lambda v: shift_by(v, "language"), lambda v: shift_mix(v, "language", MIX)):
        with pytest.raises(InputError, match="row 5, column language"):
            call(votes_of(gap))
    with pytest.raises(UsageError, match="one value in all votes"):
        shift_by(votes_of(frame.with_columns(language=pl.lit("one"))), "language")
    many = frame.with_columns(category=pl.int_range(pl.len()).cast(pl.String))
    with pytest.raises(UsageError, match="700 different values"):
        shift_by(votes_of(many), "category")
    with pytest.raises(CannotAnswerError):
        shift_part(votes, pl.Series([True, *[False] * 699]), name="one vote")
    with pytest.raises(UsageError, match="level"):
        shift_part(votes, frame["language"] == "English", name="x", level=95)
    flat = frame.with_columns(tokens_b="tokens_a")
    with pytest.raises(NotIdentifiedError, match="tokens never differs"):
        shift_style(votes_of(flat), spec=Specification(style=Style(("tokens",))))


def test_a_vote_without_the_label_is_not_in_the_part() -> None:
    frame = frame_of()
    mask = frame["language"] == "English"
    unknown = pl.Series([None if v is False else v for v in mask])
    one, two = (shift_part(votes_of(frame), m, name="x") for m in (mask, unknown))
    assert one.models.equals(two.models)
    assert one.joint == two.joint


def test_the_answer_as_a_dictionary() -> None:
    frame = frame_of()
    shift = shift_part(votes_of(frame), frame["language"] == "English", name="English")
    answer = shift.to_dict()
    keys = {"model", "before", "after", "change", "low", "high", "rank_before", "rank_after"}
    assert answer["models"][0].keys() >= keys | {"p_value", "p_adjusted", "significant"}
    assert answer["settings"]["ties"] == "half-win"
    assert (answer["kind"], answer["before"], answer["after"]) == ("part", "all votes", "English")
    assert answer["joint"].keys() == {"statistic", "df", "p_value"}
    json.dumps(answer, allow_nan=False)
    assert shift.to_frame().equals(shift.models)
    assert replace(shift, joint=None).to_dict()["joint"] is None
