"""Votes weighted to another population: nothing changes nothing, zero leaves out, refusals."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.ratings.style_simulations import MIX, frame_of, styled_frame, votes_of
from theodolite.errors import InputError, TooFewError, UsageError
from theodolite.ratings import Specification, Style, shift_mix, shift_part


class TestMix:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("rule", ["half-win", "davidson"])
    def test_shares_as_they_are_change_nothing(self, rule: str, weighted: bool) -> None:
        frame = frame_of(rule) if weighted else frame_of(rule).drop("weight")
        weight = frame["weight"] if weighted else pl.Series("weight", np.ones(700))
        seen = frame.with_columns(weight=weight).group_by("language").agg(pl.col("weight").sum())
        shares = dict(seen.iter_rows())
        shift = shift_mix(votes_of(frame), "language", shares, spec=Specification(ties=rule))
        np.testing.assert_allclose(shift.models["change"], 0.0, atol=1e-7)
        np.testing.assert_allclose(shift.models["high"], 0.0, atol=1e-4)

    @pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
    def test_no_change_is_not_significant(self, rule: str) -> None:
        frame = styled_frame(rule, 600)
        shares = dict(frame.group_by("language").agg(pl.col("weight").sum()).iter_rows())
        spec = Specification(ties=rule, style=Style(("tokens",)), cluster="voter")
        found = [
            shift_mix(votes_of(frame), "language", {c: s * u for c, s in shares.items()}, spec=s_)
            for u in (1.0, 0.01, 3.7)
            for s_ in (spec, Specification(ties=rule))
        ]
        assert not any(s.models["significant"].any() for s in found)

    def test_no_change_has_a_p_value_of_one(self) -> None:
        frame = frame_of().drop("weight")
        shares = dict(frame.group_by("language").len().iter_rows())
        shift = shift_mix(votes_of(frame), "language", shares)
        assert shift.models["p_value"].to_list() == [1.0] * 4

    def test_a_share_of_zero_leaves_out(self) -> None:
        frame = frame_of().drop("weight")
        got = shift_mix(votes_of(frame), "language", {"English": 1, "Chinese": 0, "German": 0})
        part = shift_part(votes_of(frame), frame["language"] == "English", name="x")
        np.testing.assert_allclose(got.models["change"], part.models["change"], atol=1e-6)
        np.testing.assert_allclose(got.models["low"], part.models["low"], atol=1e-5)

    @pytest.mark.parametrize(
        ("shares", "error", "message"),
        [
            (
                {"English": 1, "Chinese": 1},
                InputError,
                "1 values of language have no share: .German",
            ),
            ({**MIX, "Zulu": 3.0}, TooFewError, "no vote has the language .Zulu"),
            ({**MIX, "German": -1.0}, UsageError, "share of .German. must be 0 or more"),
            ({**MIX, "German": float("nan")}, UsageError, "German"),
            ({**MIX, "German": float("inf")}, UsageError, "German"),
            (dict.fromkeys(MIX, 0.0), UsageError, "no category has a share above 0"),
        ],
    )
    def test_refusals(self, shares, error, message: str) -> None:
        with pytest.raises(error, match=message):
            shift_mix(votes_of(frame_of()), "language", shares)

    def test_a_share_of_zero_for_what_no_vote_has(self) -> None:
        votes = votes_of(frame_of())
        one, two = (shift_mix(votes, "language", m) for m in (MIX, {**MIX, "Zulu": 0.0}))
        assert one.models.equals(two.models)
