"""What a page says of its method: intervals, parameters, orders, unbounded models, clusters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.plotting.real import extended, plain_fit, unbounded_fit, votes_of
from theodolite.ratings import bootstrap, bradley_terry, elo_ratings
from theodolite.reporting import leader_section, one_number_section, rank_page, used_section

if TYPE_CHECKING:
    from theodolite.ratings import RatingFit


@cache
def elo_fit() -> RatingFit:
    return elo_ratings(votes_of(3), n_resamples=100)


@cache
def davidson_fit() -> RatingFit:
    names = votes_of(3).models
    rows = [(a, b, "both_bad") for a in names for b in names if a < b] * 20
    return bradley_terry(extended(votes_of(3), rows), ties="davidson")


def settings(fit: RatingFit) -> dict[str, str]:
    frame = used_section(fit).tables[-1].frame
    return dict(zip(frame["setting"], frame["value"], strict=True))


def test_the_method_and_the_intervals_are_those_of_the_fit() -> None:
    resampled = bootstrap(votes_of(3), plain_fit(3), n_resamples=150)
    ties = bradley_terry(votes_of(3), ties="rao-kupper")
    cases = {
        ("Bradley-Terry", "sandwich", None): plain_fit(3),
        ("Bradley-Terry", "bootstrap", "150"): resampled,
        ("Rao-Kupper", "sandwich", None): ties,
        ("Davidson", "sandwich", None): davidson_fit(),
        ("Elo", "bootstrap", "100"): elo_fit(),
    }
    for (method, interval, resamples), fit in cases.items():
        shown = settings(fit)
        assert (shown["Method"], shown["Intervals"]) == (method, interval)
        assert shown.get("Resamples") == resamples
        caption = leader_section(fit).tables[0].caption
        assert caption.startswith(f"{method} ratings with pointwise 95% {interval} intervals")


def test_parameters_have_a_table_and_a_meaning() -> None:
    table = used_section(davidson_fit()).tables[0]
    assert table.frame["name"].to_list() == ["nu", "kappa", "lambda"]
    assert table.frame["meaning"].to_list()[0] == "how readily models tie"
    assert (table.frame["low"] < table.frame["estimate"]).all()
    # A bootstrap leaves them alone, and so does the caption.
    assert (
        "sandwich intervals"
        in used_section(replace(davidson_fit(), interval="bootstrap")).tables[0].caption
    )
    assert len(used_section(plain_fit(3)).tables) == 1


def test_both_bad_is_said_to_be_apart() -> None:
    evidence = rank_page(davidson_fit(), title="T").sections[2].evidence
    assert "both bad" in evidence


class TestElo:
    def test_the_board_shows_the_spread_of_orders(self) -> None:
        columns = [column.label for column in leader_section(elo_fit()).tables[0].columns]
        assert "Order spread" in columns
        plain = [column.label for column in leader_section(plain_fit(3)).tables[0].columns]
        assert "Order spread" not in plain

    def test_the_order_has_a_section(self) -> None:
        page = rank_page(elo_fit(), title="T")
        section = next(s for s in page.sections if "order of the votes" in s.question)
        worst = float(elo_fit().order.spread.max())
        assert f"most, by {worst:.1f}" in section.finding
        assert section.evidence == "20 random orders, a K of 4."
        assert len(rank_page(plain_fit(3), title="T").sections) == len(page.sections) - 1

    def test_it_claims_nothing_that_could_be_tested(self) -> None:
        section = one_number_section(elo_fit())
        assert section.finding.startswith("Elo makes no claim that could be tested so")
        assert section.evidence == ""

    def test_settings(self) -> None:
        shown = settings(elo_fit())
        assert (shown["Elo's K"], shown["Orders averaged"]) == ("4", "20")
        assert "Newton steps" not in shown

    def test_pairs_have_no_z(self) -> None:
        columns = rank_page(elo_fit(), title="T").sections[2].tables[0].columns
        assert "z" not in [column.name for column in columns]


class TestLeader:
    def test_told_apart_from_all(self) -> None:
        fit = bradley_terry(votes_of(3, n_votes=60_000))
        assert fit.board.rank_high.min() == 1
        assert "It is told apart from every other model." in leader_section(fit).finding

    def test_an_unbounded_leader(self) -> None:
        fit = unbounded_fit()
        section = leader_section(fit)
        row = fit.to_frame().row(0, named=True)
        assert section.finding.startswith(
            "champion leads without a finite rating: the votes bound it from below only, by "
            f"{row['low']:.1f}. Ranks 1 to {row['rank_high']} are open to it."
        )
        assert (section.low, section.high) == (row["low"], None)

    def test_an_unbounded_leader_has_ranks_but_no_list(self) -> None:
        # Three others may be first too; that three may stand above it does not say which.
        board = unbounded_fit().board
        last = np.where(np.array(board.models) == "champion", 4, board.rank_high)
        fit = replace(unbounded_fit(), board=replace(board, rank_high=last))
        assert "Ranks 1 to 4 are open to it." in leader_section(fit).finding

    def test_the_bound_of_unbounded_models_is_explained(self) -> None:
        caveats = " ".join(leader_section(unbounded_fit()).caveats)
        assert "no finite rating to champion, unknown and loser" in caveats
        assert "one-sided, from the profile likelihood, and knows of no clusters" in caveats
        assert "profile" not in " ".join(leader_section(plain_fit(3)).caveats)

    def test_an_end_that_only_the_bootstrap_opens(self) -> None:
        fit = plain_fit(3)
        high = fit.board.high.copy()
        high[0] = np.inf
        caveats = " ".join(
            leader_section(replace(fit, board=replace(fit.board, high=high))).caveats
        )
        assert f"An end is open for {fit.board.models[0]}" in caveats

    def test_unbounded_models_may_share_the_lead(self) -> None:
        rows = [(name, "gpt-1-7b", "model_a") for name in ("one", "two") for _ in range(3)]
        finding = leader_section(bradley_terry(extended(votes_of(3), rows))).finding
        assert finding.startswith(
            "one and two share the lead, for the votes do not bound one and two from above."
        )

    @pytest.mark.parametrize(("clusters", "said"), [(49, True), (50, False), (None, False)])
    def test_few_clusters(self, clusters: int | None, said: bool) -> None:
        cluster = None if clusters is None else "voter"
        fit = replace(plain_fit(3), cluster=cluster, n_clusters=clusters)
        caveats = " ".join(leader_section(fit).caveats)
        assert ("few clusters (49, by voter): intervals are likely too short" in caveats) is said
