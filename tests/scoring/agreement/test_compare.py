"""Agreement with people: loops and random repetitions as reference."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.scoring.agreement.made import MODELS, RATINGS, SCORES, people, side
from tests.scoring.agreement.simulations import World, history
from theodolite.errors import TooFewError, TooLargeError, UsageError
from theodolite.scoring.agreement import agree
from theodolite.scoring.agreement.line import side_of
from theodolite.scoring.agreement.measures import MEASURES, expected
from theodolite.tables import Estimates, Removal

# A single example takes a second on a busy machine.
NO_SHRINKING = (Phase.explicit, Phase.generate)


def slow(benchmark: Estimates, human: Estimates) -> dict[str, float]:
    """What the definitions say, pair by pair."""
    b, h = (e.frame.to_dicts() for e in (benchmark, human))
    signs: list[tuple[int, int]] = []
    for i, j in combinations(range(len(b)), 2):
        order = []
        for rows in (b, h):
            up, down = rows[i]["low"] > rows[j]["high"], rows[j]["low"] > rows[i]["high"]
            order.append(int(up) - int(down))
        signs.append((order[0], order[1]))
    both = [x * y for x, y in signs if x and y]
    return {
        "agreement": sum(both) / len(signs),
        "confident_agreement": sum(s > 0 for s in both) / len(both),
        "separability": sum(x != 0 for x, _ in signs) / len(signs),
        "separability_human": sum(y != 0 for _, y in signs) / len(signs),
    }


def seen(found: pl.DataFrame) -> dict[str, float]:
    return dict(found.select("measure", "observed").iter_rows())


def test_what_is_seen_is_what_the_definitions_say() -> None:
    benchmark, human = side(error=0.03), people(error=12.0)
    got = seen(agree([benchmark], [human]).first.measures)
    for name, value in slow(benchmark, human).items():
        assert got[name] == pytest.approx(value), name
    assert got["spearman"] == pytest.approx(0.952380952)
    assert got["kendall"] == pytest.approx(0.857142857)


def test_brier_is_the_mean_square_of_what_the_benchmark_foretells() -> None:
    values = (1.0, 0.8, 0.5, 0.1, -0.7)
    benchmark, human = side(values=values, error=0.4, unit="score"), people(RATINGS[:5])
    from scipy.stats import norm

    total = [
        (norm.cdf((values[i] - values[j]) / np.hypot(0.4, 0.4)) - (RATINGS[i] > RATINGS[j])) ** 2
        for i, j in combinations(range(5), 2)
    ]
    got = seen(agree([benchmark], [human]).first.measures)
    assert got["brier"] == pytest.approx(np.mean(total))


@pytest.mark.parametrize("sure", ["intervals", "contrasts"])
def test_expectations_are_the_means_of_repetitions(sure: str) -> None:
    """Noise is drawn anew 4,000 times around known worth."""
    rng = np.random.default_rng(0)
    x, y = np.array([1.0, 0.7, 0.6, 0.1, -0.4]), np.array([-0.5, 1.2, 0.2, 0.8, 0.3])
    sides = []
    for name, value in (("b", x), ("h", y)):
        made = side(name, tuple(value), (0.1, 0.2, 0.15, 0.3, 0.1), "score")
        sides.append(side_of(made, sure=sure, level=0.95, rng=np.random.default_rng(1)))  # type: ignore[arg-type]
    want = expected(*sides, x[None], y[None])
    errors = np.array([0.1, 0.2, 0.15, 0.3, 0.1])
    totals = dict.fromkeys(MEASURES[:5], 0.0)
    both = agreed = 0.0
    first, second = np.triu_indices(5, 1)
    n = 4000
    draws = rng.standard_normal((n, 2, 5)) * errors
    for noise in draws:
        d = [(v + e)[first] - (v + e)[second] for v, e in zip((x, y), noise, strict=True)]
        z = [gap / s.error for gap, s in zip(d, sides, strict=True)]
        reach = (
            [1.959964 * (errors[first] + errors[second])] * 2
            if sure == "intervals"
            else [s.quantile * s.error for s in sides]
        )
        order = [np.sign(gap) * (np.abs(gap) > most) for gap, most in zip(d, reach, strict=True)]
        both += (order[0] * order[1] != 0).mean() / n
        agreed += (order[0] * order[1] > 0).mean() / n
        totals["agreement"] += (order[0] * order[1]).mean() / n
        totals["separability"] += (order[0] != 0).mean() / n
        totals["separability_human"] += (order[1] != 0).mean() / n
        from scipy.special import ndtr

        totals["brier"] += ((ndtr(z[0]) - (d[1] > 0)) ** 2).mean() / n
    totals["confident_agreement"] = agreed / both
    for name, value in totals.items():
        assert want[name][0] == pytest.approx(value, abs=0.012), name


@settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
@given(
    st.lists(st.integers(1, 99), min_size=5, max_size=8, unique=True),
    st.randoms(use_true_random=False),
)
def test_properties(scores: list[int], random) -> None:
    values = tuple(s / 100 for s in scores)
    ratings = tuple(1000.0 + 10 * s for s in random.sample(scores, len(scores)))
    found = agree([side(values=values)], [people(ratings)], want=0.8).first
    for row in found.measures.to_dicts():
        lowest = -1.0 if row["measure"] in ("agreement", "spearman", "kendall") else 0.0
        assert lowest - 1e-12 <= row["low"] < row["high"] <= 1.0 + 1e-9
        if row["observed"] is not None:
            assert row["low"] <= row["observed"] <= row["high"]
    assert found.at_odds.height == round(
        sum(
            (a["low"] > b["high"] and p["high"] < q["low"])
            or (a["high"] < b["low"] and p["low"] > q["high"])
            for (a, p), (b, q) in combinations(
                zip(
                    side(values=values).frame.to_dicts(),
                    people(ratings).frame.to_dicts(),
                    strict=True,
                ),
                2,
            )
        )
    )
    for reach in found.reach:
        assert reach.low <= reach.factor <= reach.high
        assert 0.0 <= reach.reachable <= 1.0


def test_the_order_of_models_and_the_unit_of_ratings_do_not_matter() -> None:
    one = agree([side()], [people()]).first
    turned = side().take(MODELS[::-1])
    other = agree([turned], [people(tuple(r / 7 for r in RATINGS), 6.0 / 7)]).first
    for a, b in zip(one.measures.to_dicts(), other.measures.to_dicts(), strict=True):
        assert a["observed"] == pytest.approx(b["observed"])
        assert a["estimate"] == pytest.approx(b["estimate"], abs=0.02)


def test_percent_and_shares_are_one_scale() -> None:
    percent = side(values=tuple(100 * s for s in SCORES), error=2.0, unit="%")
    one, other = (agree([s], [people()]).first for s in (side(), percent))
    numbers = ("estimate", "low", "high")
    np.testing.assert_allclose(
        one.measures.select(numbers).to_numpy(),
        other.measures.select(numbers).to_numpy(),
        atol=1e-6,
    )


def test_a_score_of_nought_or_one_has_a_place_on_the_line() -> None:
    values = (1.0, 0.9, 0.5, 0.2, 0.1, 0.0)
    found = agree([side(values=values)], [people(RATINGS[:6])]).first
    numbers = found.models.select(pl.col(pl.Float64)).to_numpy()
    assert np.isfinite(numbers).all()


@pytest.mark.slow
def test_noise_blurs_what_is_seen_and_the_estimate_knows_it() -> None:
    rng = np.random.default_rng(3)
    rows = [history(World(40, 0.95, 0.4), rng)["spearman"] for _ in range(6)]
    true, plain, _, _, estimate = np.mean(rows, axis=0)
    assert plain < true - 0.05
    assert abs(estimate - true) < 0.035


def test_a_model_that_people_rate_higher_is_named() -> None:
    ratings = tuple(1000.0 + 40 * i for i in range(12, 0, -1))
    scores = tuple(1 / (1 + np.exp(-(i - 6.5) / 4)) for i in range(12, 0, -1))
    odd = (*ratings[:5], ratings[5] + 250.0, *ratings[6:])
    names = tuple(f"m{i}" for i in range(12))
    benchmark = side(values=scores, error=0.01, models=names)
    found = agree([benchmark], [side("arena", odd, 5.0, "rating", names)]).first
    told = found.models.filter(pl.col("verdict").is_not_null())
    assert told.select("model", "verdict").rows() == [("m5", "underrated")]
    row = told.row(0, named=True)
    assert row["low"] < row["residual"] < row["high"]
    assert {"m5"} == set(found.at_odds["people_prefer"])


def test_more_items_reach_what_noise_hides() -> None:
    """Both measures are the same thing, so that enough of both always reach it."""
    values = (1.6, 1.2, 0.8, 0.4, 0.0, -0.4, -0.8, -1.2)
    benchmark = side(values=values, error=0.25, unit="score")
    human = people(tuple(1000 + 100 * v for v in values), error=1.0)
    items, votes, both = agree([benchmark], [human], want=0.7).first.reach
    now = agree([benchmark], [human]).first.row("agreement")["observed"]
    assert now < 0.7
    assert 1.0 < items.factor < 20.0
    assert votes.factor == np.inf
    assert votes.ceiling == pytest.approx(now, abs=0.1)
    assert items.reachable > 0.95
    assert both.factor <= items.factor * 1.001
    # That many items, and the expectation is what was wanted.
    more = side(values=values, error=0.25 / float(np.sqrt(items.factor)), unit="score")
    assert agree([more], [human]).first.row("agreement")["estimate"] == pytest.approx(0.7, abs=0.06)


def test_what_measures_another_thing_never_agrees() -> None:
    rng = np.random.default_rng(5)
    ratings = tuple(1000 + 100 * rng.standard_normal(8))
    found = agree([side(error=0.005)], [people(ratings, 2.0)], want=0.95).first
    assert found.reach[-1].factor == np.inf
    assert found.reach[-1].ceiling < 0.9


def test_contrasts_know_that_people_are_the_same() -> None:
    noisy = side("coin", tuple(SCORES[i] for i in (3, 0, 5, 2, 7, 1, 6, 4)))
    found = agree([side(), noisy, replace(side(), name="again")], [people()])
    rows = found.contrasts.filter(measure="spearman").to_dicts()
    assert [(r["first"], r["second"]) for r in rows] == [
        ("quiz", "coin"),
        ("quiz", "again"),
        ("coin", "again"),
    ]
    assert [r["better"] for r in rows] == ["quiz", None, "again"]
    assert rows[0]["low"] > 0
    assert abs(rows[1]["difference"]) < 0.03
    data = found.to_dict()
    assert [c["benchmark"] for c in data["comparisons"]] == ["quiz", "coin", "again"]
    assert data["spearman"] == data["comparisons"][0]["spearman"]


def test_what_was_left_out_of_one_table_counts_once() -> None:
    gone = (Removal("no verdict", 3),)
    sides = [replace(side(name), removed=gone, source="file") for name in ("a", "b")]
    assert agree(sides, [people()]).removed == gone


def test_same_seed_same_answer() -> None:
    one, two, other = (agree([side()], [people()], seed=s).to_dict() for s in (1, 1, 2))
    assert one == two != other


def test_refusals() -> None:
    with pytest.raises(TooFewError, match=r"4 models are on all sides \(quiz: 4; arena: 8\)"):
        agree([side(values=SCORES[:4])], [people()])
    for given_, said in (
        ({"level": 1.0}, "level"),
        ({"seed": -1}, "seed"),
        ({"want": 90.0}, "wanted agreement"),
        ({"sure": "hope"}, "sure by intervals or by contrasts"),
    ):
        with pytest.raises(UsageError, match=said):
            agree([side()], [people()], **given_)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="two sides are called 'quiz'"):
        agree([side(), side()], [people()])
    with pytest.raises(UsageError, match="needs a benchmark"):
        agree([], [people()])
    many = tuple(f"m{i}" for i in range(501))
    wide = side(values=tuple(np.linspace(0.1, 0.9, 501)), models=many)
    with pytest.raises(TooLargeError, match="501 models"):
        agree([wide], [replace(wide, name="arena")])


def test_two_models_that_never_differ_leave_no_interval() -> None:
    covariance = np.full((8, 8), 1e-4)
    alike = replace(side(), covariance=covariance, independent=False)
    with pytest.raises(TooFewError, match="the same result on every item"):
        agree([alike], [people()])


def test_the_order_of_a_file_changes_nothing() -> None:
    benchmark, human = side(error=0.03), people(error=12.0)
    turned = [e.take(e.models[::-1]) for e in (benchmark, human)]
    one, other = agree([benchmark], [human]).first, agree(turned[:1], turned[1:]).first
    assert one.measures.equals(other.measures)
    assert one.models.equals(other.models)
