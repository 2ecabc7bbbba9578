"""Style and shift hold what they promise, over simulated histories: few here, 2,000 when slow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.ratings.simulations import pointwise
from tests.ratings.style_simulations import (
    MIX,
    STRENGTHS,
    davidson_votes,
    drawn,
    even_arena,
    stylish_arena,
    voters_votes,
)
from tests.style_reference import POINTS
from theodolite.ratings import (
    Specification,
    Style,
    bradley_terry,
    endless_board,
    shift_by,
    shift_mix,
    shift_part,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from theodolite.ratings import Arena, RatingFit, Shift

TOKENS = Style(("tokens",))
GAMMA = 0.3
SHIFTS = {"English": {"m001": 60.0, "m006": -80.0}, "German": {"m003": 50.0}}
SHARES = {"English": 0.4, "Chinese": 0.4, "German": 0.2}
EVEN = {"English": 0.4, "Chinese": 0.3, "German": 0.2, "Russian": 0.1}


def mean_of(history: Callable[[int], dict[str, float]], histories: int, seed: int) -> dict:
    """The mean of what each history reports; seeds of the histories are drawn from one."""
    seeds = np.random.default_rng(seed).integers(0, 2**31, histories)
    rows = [history(int(s)) for s in seeds]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def error(share: float, histories: int) -> float:
    return float(np.sqrt(share * (1 - share) / histories))


def says(name: str, found: dict[str, float], histories: int) -> None:
    print(f"\n{name}, {histories} histories:", {k: round(v, 4) for k, v in found.items()})
    print(f"Monte Carlo error of a share of 0.95 or 0.05: {error(0.05, histories):.4f}")


def coefficient_holds(fit: RatingFit, truth: float) -> bool:
    row = fit.style.coefficients.row(0, named=True)
    return row["low"] <= truth <= row["high"]


@cache
def true_premium() -> dict[str, float]:
    arena = stylish_arena()
    plain = dict(endless_board(arena, seed=1).iter_rows())
    own = np.mean(list(arena.ratings.values()))
    return {m: plain[m] - 1000 - (r - own) for m, r in arena.ratings.items()}


def style_history(votes: int) -> Callable[[int], dict[str, float]]:
    arena, premium = stylish_arena(), true_premium()
    theta = np.array(list(arena.ratings.values())) / POINTS

    def history(seed: int) -> dict[str, float]:
        fit = bradley_terry(drawn(arena, votes, seed), style=TOKENS)
        rows = fit.style.models.select("model", "low", "high").iter_rows()
        return {
            "coefficient": coefficient_holds(fit, GAMMA),
            "rating": pointwise(fit.board, theta),
            "premium": np.mean([low <= premium[m] <= high for m, low, high in rows]),
            "misfit": fit.goodness_of_fit.p_value < 0.05,
        }

    return history


def davidson_history(seed: int) -> dict[str, float]:
    theta = np.linspace(0.9, -0.9, 8)
    votes = davidson_votes(np.random.default_rng(seed), theta, 2000, gamma=GAMMA)
    fit = bradley_terry(votes, ties="davidson", style=TOKENS)
    return {
        "coefficient": coefficient_holds(fit, GAMMA),
        "rating": pointwise(fit.board, theta),
        "misfit": fit.goodness_of_fit.p_value < 0.05,
    }


@cache
def voters_truth() -> tuple[np.ndarray, float, np.ndarray]:
    """What the whole population's votes tend to, from 12,000 voters."""
    rng = np.random.default_rng(77)
    votes = voters_votes(rng, STRENGTHS, voters=12_000, each=40, gamma=GAMMA)
    fit = bradley_terry(votes, style=TOKENS)
    return fit.board.theta, float(fit.style.gamma[0]), premiums_of(fit)


def premiums_of(fit: RatingFit) -> np.ndarray:
    return fit.style.models.sort("model")["premium"].to_numpy()


def clustered_history(seed: int) -> dict[str, float]:
    theta, gamma, premium = voters_truth()
    votes = voters_votes(np.random.default_rng(seed), STRENGTHS, voters=100, each=20, gamma=GAMMA)
    fits = {c: bradley_terry(votes, style=TOKENS, cluster=c) for c in ("voter", None)}
    low, high = fits["voter"].style.models.sort("model").select("low", "high").to_numpy().T
    return {
        "coefficient": coefficient_holds(fits["voter"], gamma),
        "rating": pointwise(fits["voter"].board, theta),
        "premium": float(np.mean((low <= premium) & (premium <= high))),
        "coefficient, not clustered": coefficient_holds(fits[None], gamma),
    }


def holds(shift: Shift, true: dict[str, float]) -> float:
    """Share of the models whose interval of the change holds the true one, both centred."""
    centre = np.mean(list(true.values()))
    rows = shift.rated.select("model", "low", "high").iter_rows()
    return float(np.mean([low <= true[m] - centre <= high for m, low, high in rows]))


def shifting(shares: dict[str, float] = SHARES) -> Arena:
    return even_arena(languages=shares, shifts=SHIFTS)


@cache
def true_changes(kind: str) -> dict[str, float]:
    whole = dict(endless_board(shifting(), seed=2).iter_rows())
    if kind == "part":
        after = {m: r + SHIFTS["English"].get(m, 0.0) for m, r in shifting().ratings.items()}
    else:
        after = dict(endless_board(shifting(MIX), seed=3).iter_rows())
    return {m: after[m] - whole[m] for m in whole}


def english(frame: pl.DataFrame) -> pl.Series:
    return frame["language"] == "English"


def part_history(seed: int) -> dict[str, float]:
    votes = drawn(shifting(), 3000, seed)
    shift = shift_part(votes, english(votes.frame), name="English")
    return {"change": holds(shift, true_changes("part"))}


def mix_history(seed: int) -> dict[str, float]:
    votes = drawn(shifting(), 3000, seed)
    return {"change": holds(shift_mix(votes, "language", MIX), true_changes("mix"))}


def null_history(k: int) -> Callable[[int], dict[str, float]]:
    arena = even_arena(k, languages=EVEN) if k < 20 else narrow_arena(k)

    def history(seed: int) -> dict[str, float]:
        votes = drawn(arena, 4000, seed)
        part = shift_part(votes, english(votes.frame), name="English")
        by = shift_by(votes, "language")
        return {
            "heterogeneity": by.heterogeneity.p_value < 0.05,
            "joint of a part": part.joint.p_value < 0.05,
            "any of a part": part.models["significant"].any(),
            "any of all": by.to_frame()["significant"].any(),
        }

    return history


def narrow_arena(k: int) -> Arena:
    return even_arena(k, step=10.0, languages=EVEN)


def test_coverage_of_few_histories() -> None:
    found = mean_of(style_history(1500), 60, seed=31)
    assert found["coefficient"] > 0.95 - 4 * error(0.05, 60)
    assert abs(found["rating"] - 0.95) < 0.04
    assert abs(found["premium"] - 0.95) < 0.08
    assert found["misfit"] < 0.05 + 4 * error(0.05, 60)


@pytest.mark.parametrize("history", [part_history, mix_history])
def test_coverage_of_few_changes(history) -> None:
    assert abs(mean_of(history, 60, seed=32)["change"] - 0.95) < 0.05


@pytest.mark.slow
def test_clusters_matter() -> None:
    found = mean_of(clustered_history, 60, seed=33)
    assert found["coefficient"] > found["coefficient, not clustered"] + 0.03
    assert found["rating"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"kappa": (-2.2, -0.6)},
        {"nu": (0.4, 1.6)},
    ],
)
def test_other_ties_are_no_other_strengths(more: dict) -> None:
    theta = np.linspace(0.9, -0.9, 6)
    spec = Specification(ties="davidson", style=TOKENS)

    def history(seed: int) -> dict[str, float]:
        votes = davidson_votes(np.random.default_rng(seed), theta, 2500, gamma=GAMMA, **more)
        part = shift_part(votes, english(votes.frame), name="English", spec=spec)
        return {"joint": part.joint.p_value < 0.05, "any": part.models["significant"].any()}

    found = mean_of(history, 40, seed=39)
    assert found["any"] < 0.05 + 4 * error(0.05, 40)
    assert found["joint"] < 0.05 + 4 * error(0.05, 40)


@pytest.mark.slow
@pytest.mark.parametrize("votes", [1000, 4000])
def test_coverage_of_style(votes: int) -> None:
    found = mean_of(style_history(votes), 2000, seed=34)
    says(f"style, {votes} votes", found, 2000)
    for name in ("coefficient", "rating", "premium"):
        assert 0.93 <= found[name] <= 0.97, name
    assert 0.03 <= found["misfit"] <= 0.07


@pytest.mark.slow
def test_coverage_of_style_with_ties() -> None:
    found = mean_of(davidson_history, 2000, seed=35)
    says("davidson with style, 2000 votes", found, 2000)
    assert 0.93 <= found["coefficient"] <= 0.97
    assert 0.93 <= found["rating"] <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_coverage_of_style_with_voters(part: int) -> None:
    found = mean_of(clustered_history, 1000, seed=46 + part)
    says("100 voters of 20 votes, style", found, 1000)
    for name in ("coefficient", "rating", "premium"):
        assert 0.93 <= found[name] <= 0.97, name


@pytest.mark.slow
@pytest.mark.parametrize("history", [part_history, mix_history])
def test_coverage_of_a_change(history) -> None:
    found = mean_of(history, 2000, seed=37)
    says(history.__name__, found, 2000)
    assert 0.93 <= found["change"] <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("k", [8, 30])
def test_errors_where_nothing_differs(k: int, part: int) -> None:
    found = mean_of(null_history(k), 1000, seed=38 + part)
    says(f"no difference, {k} models, 4000 votes", found, 1000)
    most = 0.05 + 3 * error(0.05, 1000)
    assert all(rate <= most for rate in found.values()), found
    # Cautious where parameters are many, but not blind.
    assert found["joint of a part"] >= (0.03 if k == 8 else 0.005)
