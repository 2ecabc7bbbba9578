"""Win rates of games in both orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.scoring.mt_bench import reference
from tests.scoring.mt_bench.made import judgments_of, pair_rows
from tests.scoring.mt_bench.simulations import MIDDLING
from theodolite.errors import InputError, TooFewError, UsageError
from theodolite.scoring.mt_bench import compared
from theodolite.tables import Condition, Judgments, select


def mixed_rows() -> list[dict]:
    """All four verdicts, errors among them."""
    rng = np.random.default_rng(3)
    rows = pair_rows(each=4)
    words = ("model_1", "model_2", "tie", "error")
    for row in rows:
        if rng.random() < 0.3:
            row["g2_winner"] = words[rng.integers(4)]
    return rows


class TestRates:
    def test_counts_follow_fastchats_rule(self) -> None:
        rows = mixed_rows()
        got = compared(judgments_of(rows))
        want = reference.counts(rows)
        for row in got.models.to_dicts():
            wins, ties, losses, lost = want[row["model"]]
            assert (row["wins"], row["ties"], row["losses"]) == (wins, ties, losses)
            assert (row["n"], row["unparseable"]) == (wins + ties + losses, lost)
            assert row["score"] == pytest.approx(100 * (wins + ties / 2) / (wins + ties + losses))
        assert got.unparseable == sum(c[3] for c in want.values()) / 2
        assert any("no verdict in one order or both" in note for note in got.notes)

    def test_against_a_baseline(self) -> None:
        rows = mixed_rows()
        got = compared(judgments_of(rows), baseline="m2")
        own = [r for r in rows if "m2" in (r["model_1"], r["model_2"])]
        want = reference.counts(own)
        assert set(got.models["model"]) == {"m0", "m1", "m3", "m4", "m5"}
        for row in got.models.to_dicts():
            assert [row["wins"], row["ties"], row["losses"]] == want[row["model"]][:3]
        assert got.removed[-1].count == len(rows) - len(own)
        assert not got.rated
        assert got.to_dict()["baseline"] == "m2"

    def test_a_baseline_that_all_met_is_found(self) -> None:
        rows = pair_rows(baseline=1)
        got = compared(judgments_of(rows))
        assert got.baseline == "m1"
        assert got.models.equals(compared(judgments_of(rows), baseline="m1").models)

    def test_two_models_are_each_others_mirror(self) -> None:
        rows = [r for r in mixed_rows() if {r["model_1"], r["model_2"]} == {"m0", "m5"}]
        got = compared(judgments_of(rows))
        assert got.baseline is None
        first, second = got.models.to_dicts()
        assert first["score"] + second["score"] == pytest.approx(100.0)
        assert first["low"] + second["high"] == pytest.approx(100.0)
        assert not got.rated

    def test_pairs_that_met(self) -> None:
        rows = mixed_rows()
        got = compared(judgments_of(rows)).matches
        assert len(got) == 15
        for row in got.to_dicts():
            names = {row["model_a"], row["model_b"]}
            own = [r for r in rows if {r["model_1"], r["model_2"]} == names]
            wins, ties, losses, lost = reference.counts(own)[row["model_a"]]
            assert [row["wins"], row["ties"], row["losses"]] == [wins, ties, losses]
            assert (row["n"], row["unparseable"]) == (len(own) - lost, lost)
            assert row["low"] < row["score"] < row["high"]
            assert row["score"] >= 50.0
            read = [r for r in own if "error" not in (r["g1_winner"], r["g2_winner"])]
            differ = [r["g1_winner"] != r["g2_winner"] for r in read]
            assert row["inconsistent"] == pytest.approx(np.mean(differ))

    def test_how_clear_a_win_was_does_not_count(self) -> None:
        judgments = judgments_of(pair_rows(each=3))
        clear = judgments.frame.with_columns(
            pl.col("verdict").cast(pl.String).replace({"A>B": "A>>B", "B>A": "B>>A"})
        )
        got = compared(Judgments.from_frame(clear))
        assert got.models.equals(compared(judgments).models)


class TestSwapping:
    def test_shares(self) -> None:
        rows = mixed_rows()
        got = compared(judgments_of(rows)).position
        games = [(r["g1_winner"], r["g2_winner"]) for r in rows]
        both = [g for g in games if "error" not in g]
        assert got.inconsistent.n == len(both)
        assert got.inconsistent.share == pytest.approx(np.mean([a != b for a, b in both]))
        assert got.for_first == games.count(("model_1", "model_2"))
        assert got.for_second == games.count(("model_2", "model_1"))
        assert got.half == sum(("tie" in g) and g[0] != g[1] for g in both)
        first = [a for a, _ in games] + [
            {"model_1": "model_2", "model_2": "model_1"}.get(b, b) for _, b in games
        ]
        won = [w == "model_1" for w in first if w not in ("tie", "error")]
        assert (got.first_wins.n, got.first_wins.share) == (len(won), pytest.approx(np.mean(won)))
        assert got.inconsistent.low < got.inconsistent.share < got.inconsistent.high

    def test_a_judge_that_only_looks_at_the_first(self) -> None:
        rows = [r | {"g1_winner": "model_1", "g2_winner": "model_2"} for r in pair_rows(each=2)]
        got = compared(judgments_of(rows))
        assert (got.position.inconsistent.share, got.position.first_wins.share) == (1.0, 1.0)
        assert got.models["score"].to_list() == [50.0] * 6
        assert (got.models["high"] - got.models["low"] > 1.0).all()

    def test_ties_alone(self) -> None:
        rows = [r | {"g1_winner": "tie", "g2_winner": "tie"} for r in pair_rows(each=2)]
        got = compared(judgments_of(rows))
        assert got.position.first_wins.n == 0
        assert got.to_dict()["position"]["inconsistent"]["share"] == 0.0


class TestStrengths:
    def test_two_models_odds(self) -> None:
        """Where all is symmetric strengths follow the order of the rates."""
        got = compared(judgments_of(pair_rows()))
        assert got.models["rating"].to_list() == sorted(got.models["rating"], reverse=True)
        assert got.models["rating"].mean() == pytest.approx(1000.0)
        assert (got.models["rating_low"] < got.models["rating"]).all()
        assert not got.models["unbounded"].any()

    def test_score_equations(self) -> None:
        """At the maximum each model's expected wins are those that it has."""
        rows = mixed_rows()
        got = compared(judgments_of(rows)).models
        theta = dict(got.select("model", (pl.col("rating") - 1000) * np.log(10) / 400).rows())
        expected = dict.fromkeys(theta, 0.0)
        for row in rows:
            if "error" in (row["g1_winner"], row["g2_winner"]):
                continue
            a, b = row["model_1"], row["model_2"]
            p = 1 / (1 + np.exp(theta[b] - theta[a]))
            expected[a] += p
            expected[b] += 1 - p
        for row in got.to_dicts():
            assert expected[row["model"]] == pytest.approx(row["wins"] + row["ties"] / 2)

    def test_a_model_that_only_wins_is_unbounded(self) -> None:
        rows = pair_rows(each=3)
        for row in rows:
            for side in ("model_1", "model_2"):
                if row[side] == "m5":
                    row["g1_winner"] = row["g2_winner"] = side
        got = compared(judgments_of(rows))
        top = got.models.row(0, named=True)
        assert (top["model"], top["score"], top["unbounded"]) == ("m5", 100.0, True)
        assert top["low"] < 100.0 == top["high"]
        assert np.isinf(top["rating_high"])
        assert np.isfinite(top["rating_low"])
        low = compared(judgments_of(rows), level=0.4)
        assert not low.rated
        assert any("levels above 0.5 alone" in note for note in low.notes)

    def test_groups_that_never_met(self) -> None:
        rows = [
            r
            for r in pair_rows(each=3)
            if (r["model_1"] in ("m0", "m1", "m2")) == (r["model_2"] in ("m0", "m1", "m2"))
        ]
        got = compared(judgments_of(rows))
        assert not got.rated
        assert any("2 groups that never met" in note for note in got.notes)
        assert any("Not all models met" in note for note in got.notes)


class TestRefuses:
    def test_a_filter_that_leaves_one_game(self) -> None:
        judgments = judgments_of(pair_rows(each=2))
        with pytest.raises(InputError, match="single game"):
            compared(select(judgments, [Condition.parse("game=1")]))
        with pytest.raises(InputError, match="single game"):
            compared(select(judgments, [Condition.parse("game=2")]))

    def test_single_orders(self) -> None:
        frame = judgments_of(pair_rows(each=2)).frame.filter(game=1).drop("game")
        with pytest.raises(InputError, match="no column game"):
            compared(Judgments.from_frame(frame))

    def test_an_unknown_baseline(self) -> None:
        with pytest.raises(UsageError, match="'m9' was not judged"):
            compared(judgments_of(pair_rows(each=2)), baseline="m9")

    def test_nothing_readable(self) -> None:
        rows = pair_rows(each=2)
        for row in rows:
            if "m3" in (row["model_1"], row["model_2"]):
                row["g1_winner"] = "error"
        with pytest.raises(TooFewError, match="'m3'"):
            compared(judgments_of(rows))


def test_ranks_and_names() -> None:
    judgments = judgments_of(pair_rows(MIDDLING))
    want = compared(judgments)
    names = {f"m{k}": f"z{5 - k}" for k in range(6)}
    columns = [pl.col(s).cast(pl.String).replace(names) for s in ("model_a", "model_b")]
    frame = judgments.frame.with_columns(columns)
    got = compared(replace(Judgments.from_frame(frame), notes=judgments.notes))
    back = {new: old for old, new in names.items()}
    same = ["model", "wins", "rank", "rank_low", "rank_high"]
    renamed = got.models.with_columns(pl.col("model").replace(back))
    assert set(renamed.select(same).rows()) == set(want.models.select(same).rows())
    assert want.models["model"][0] == "m5"
