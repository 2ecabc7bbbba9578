r"""How far benchmarks agree with people, knowing that both sides are uncertain.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x, y      true values of K models by a benchmark and by people
r_k       residual: y_k - E(y_k | x_k), the true rating less what the true score foretells
========  ==================================================================================

All benchmarks and boards are drawn together from :func:`theodolite.stats.latent_draws`, so that a
contrast of two benchmarks knows that they were compared with the same people. The equations of
the measures stand in :mod:`theodolite.scoring.agreement.measures`. The line behind the residuals
is the regression of true ratings on true scores (shares as log-odds); intervals of all residuals
hold together: mean -+ q sd, q the quantile over draws of the largest of all |r_k - mean_k| / sd_k.

The models are taken as given: intervals say how sure the agreement *of these models* is, not what
other models would show.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, TooLargeError, UsageError, shorten
from theodolite.scoring.agreement.intervals import Drawn, intervals_of
from theodolite.scoring.agreement.line import SURE, Side, side_of
from theodolite.scoring.agreement.measures import MEASURES, expected, missed, observed
from theodolite.scoring.agreement.reach import reached
from theodolite.scoring.agreement.result import Agreement, Agreements, MatchedNames
from theodolite.stats import all_pairs, holm, latent_draws
from theodolite.tables.checks import removed_in_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.scoring.agreement.line import Sure
    from theodolite.stats import LatentDraws
    from theodolite.tables import Estimates, Removal

    Floats = NDArray[np.float64]

__all__ = ["N_DRAWS", "agree"]

N_DRAWS = 4000
FEWEST_MODELS = 5
MOST_VALUES = 2000
MOST_MODELS = 500
# Draws times pairs: of many models fewer draws are looked at.
MOST_WORK = 16_000_000
FEWEST_DRAWS = 800
N_REPETITIONS = 500
CONTRASTED = ("agreement", "confident_agreement", "spearman", "kendall")


def agree(
    benchmarks: Sequence[Estimates],
    humans: Sequence[Estimates],
    *,
    want: float | None = None,
    sure: Sure = "intervals",
    names: MatchedNames | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Agreements:
    """Compare benchmarks with people's ratings over the models that all of them have.

    Parameters
    ----------
    benchmarks
        One benchmark, or several, or the categories of one; or several columns of one table.
    humans
        People's ratings: one board, or several.
    want
        An agreement: how many items or votes would reach it?
    sure
        When the order of a pair is sure: ``intervals`` of the two have no common point, as in
        published separability; ``contrasts``, where the interval of the difference leaves out 0,
        all pairs together.
    names
        Which names were matched before; reported beside the result.
    level, seed
        Of the intervals; of the draws.

    Raises
    ------
    UsageError
        An option has a value that it cannot have, or two sides have one name.
    TooFewError
        Fewer than five models are on both sides.
    TooLargeError
        More than 500 models, or 2,000 values in all.

    References
    ----------
    T. Li et al. (2024), arXiv:2406.11939; Y. Dubois et al. (2024), arXiv:2404.04475 (Spearman's
    correlation of benchmarks with the Chatbot Arena).

    Examples
    --------
    >>> from theodolite.tables import Estimates
    >>> def side(name: str, unit: str, values: list[float], error: float) -> Estimates:
    ...     models = pl.DataFrame({"model": list("abcdef"), "value": values})
    ...     return Estimates.from_frame(
    ...         models.with_columns(standard_error=pl.lit(error)), name=name, unit=unit
    ...     )
    >>> quiz = side("quiz", "share", [0.9, 0.8, 0.75, 0.6, 0.5, 0.3], 0.01)
    >>> arena = side("arena", "rating", [1250, 1200, 1210, 1100, 1040, 900], 4)
    >>> found = agree([quiz], [arena]).first
    >>> found.row("spearman")["observed"].__round__(3), found.at_odds.height
    (0.943, 0)
    """
    _check(benchmarks, humans, want, sure, level, seed)
    models = _common(benchmarks, humans)
    rng = np.random.default_rng(seed)
    sides = [
        side_of(e.take(models), sure=sure, level=level, rng=rng) for e in (*benchmarks, *humans)
    ]
    draws = latent_draws(
        np.stack([side.value for side in sides], axis=1),
        [side.covariance for side in sides],
        n_draws=N_DRAWS,
        rng=rng,
    )
    pairs = [(b, len(benchmarks) + h) for b in range(len(benchmarks)) for h in range(len(humans))]
    drawn = [_drawn(sides, draws, pair, rng) for pair in pairs]
    found = [
        _comparison(sides, draws, pair, values, (level, want))
        for pair, values in zip(pairs, drawn, strict=True)
    ]
    return Agreements(
        comparisons=tuple(found),
        contrasts=_contrasts(_titles(found), [one.values for one in drawn], level),
        names=names or MatchedNames(),
        want=want,
        level=level,
        seed=seed,
        n_draws=len(draws.values),
        sure=sure,
        removed=_removed((*benchmarks, *humans)),
        notes=tuple(dict.fromkeys(n for e in (*benchmarks, *humans) for n in e.notes)),
    )


def _removed(every: Sequence[Estimates]) -> tuple[Removal, ...]:
    """Add up what was left out, once where several sides come from one table."""
    once = dict.fromkeys((e.source, e.removed) for e in every)
    return removed_in_all([removal for _, removed in once for removal in removed])


def _check(
    benchmarks: Sequence[Estimates],
    humans: Sequence[Estimates],
    want: float | None,
    sure: str,
    level: float,
    seed: int,
) -> None:
    if not benchmarks or not humans:
        raise UsageError("agreement needs a benchmark and people's ratings")
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")
    if sure not in SURE:
        raise UsageError(f"a pair is sure by {' or by '.join(SURE)}, not by {shorten(sure)}")
    if want is not None and not 0.0 < want < 1.0:
        raise UsageError(f"the wanted agreement must lie between 0 and 1, as 0.9; not {want}")
    for group in (benchmarks, humans):
        names = [e.name for e in group]
        if len(set(names)) < len(names):
            raise UsageError(f"two sides are called {shorten(max(names, key=names.count))}")


def _common(benchmarks: Sequence[Estimates], humans: Sequence[Estimates]) -> list[str]:
    every = [*benchmarks, *humans]
    common = set.intersection(*(set(e.models) for e in every))
    # By name: draws, and with them the last digits, do not hang on the order of a file.
    models = sorted(common)
    if len(models) < FEWEST_MODELS:
        raise TooFewError(
            f"{len(models)} {'model is' if len(models) == 1 else 'models are'} on all sides ("
            + "; ".join(f"{e.name}: {len(e)}" for e in every)
            + f"), and agreement needs {FEWEST_MODELS}. Names are matched exactly, by the shipped "
            "aliases, or by a file: --names FILE with the columns name and model."
        )
    if len(models) > MOST_MODELS or len(models) * len(every) > MOST_VALUES:
        raise TooLargeError(
            f"{len(models):,} models on {len(every)} sides: at most {MOST_MODELS:,} models and "
            f"{MOST_VALUES:,} values are compared; choose models (--where)"
        )
    return models


def _drawn(
    sides: Sequence[Side], draws: LatentDraws, pair: tuple[int, int], rng: np.random.Generator
) -> Drawn:
    b, h = pair
    every = max(1, -(-len(draws.values) * len(sides[b].error) // MOST_WORK))
    step = min(every, max(1, len(draws.values) // FEWEST_DRAWS))
    x, y = (draws.values[::step, :, at] for at in pair)
    few = max(1, len(x) // N_REPETITIONS)
    return Drawn(
        expected(sides[b], sides[h], x, y),
        missed(sides[b], sides[h], x[::few], y[::few], rng),
    )


def _comparison(
    sides: Sequence[Side],
    draws: LatentDraws,
    pair: tuple[int, int],
    drawn: Drawn,
    options: tuple[float, float | None],
) -> Agreement:
    (b, h), (level, want) = pair, options
    benchmark, human = sides[b], sides[h]
    seen = observed(benchmark, human)
    x, y = draws.values[..., b], draws.values[..., h]
    return Agreement(
        benchmark=benchmark.estimates.name,
        human=human.estimates.name,
        measures=_measures(len(human.value), seen, drawn, level),
        models=_models(
            (benchmark, human),
            y - draws.foretold(b, h),
            draws.foretold(b, h).mean(axis=0),
            draws.foretold(b, h, at=benchmark.value).mean(axis=0),
            level,
        ),
        at_odds=_at_odds(benchmark, human),
        pairs=len(benchmark.error),
        reliability=benchmark.reliability,
        reliability_human=human.reliability,
        benchmark_unit=benchmark.estimates.unit,
        human_unit=human.estimates.unit,
        reach=() if want is None else reached((benchmark, human), x, y, want=want, level=level),
    )


def _measures(models: int, seen: dict[str, float], drawn: Drawn, level: float) -> pl.DataFrame:
    ends = intervals_of(seen, drawn.values, drawn.missed, models, level)
    rows = [(name, seen[name], float(drawn.values[name].mean()), *ends[name]) for name in MEASURES]
    frame = pl.DataFrame(
        rows, schema=["measure", "observed", "estimate", "low", "high"], orient="row"
    )
    return frame.with_columns(pl.col("observed").fill_nan(None))


def _models(
    sides: tuple[Side, Side], residual: Floats, foretold: Floats, line: Floats, level: float
) -> pl.DataFrame:
    benchmark, human = sides
    middle, spread = residual.mean(axis=0), residual.std(axis=0)
    largest = (np.abs(residual - middle) / spread).max(axis=1)
    margin = float(np.quantile(largest, level)) * spread
    low, high = middle - margin, middle + margin
    mine = benchmark.estimates.frame.select(
        "model", score="value", score_low="low", score_high="high"
    )
    people = human.estimates.frame.select(rating="value", rating_low="low", rating_high="high")
    frame = pl.concat([mine, people], how="horizontal")
    return frame.with_columns(
        foretold=foretold,
        line=line,
        residual=middle,
        low=low,
        high=high,
        verdict=pl.Series(
            np.select([low > 0, high < 0], ["underrated", "overrated"], "").tolist(),
            dtype=pl.String,
        ).replace("", None),
    ).sort("rating", "model", descending=[True, False])


def _at_odds(benchmark: Side, human: Side) -> pl.DataFrame:
    first, second = all_pairs(len(human.value))
    at = np.flatnonzero(benchmark.order * human.order < 0)
    surest = np.minimum(
        np.abs(benchmark.difference / benchmark.error), np.abs(human.difference / human.error)
    )
    at = at[np.argsort(-surest[at], kind="stable")]
    up = human.order[at] > 0
    better, worse = np.where(up, first[at], second[at]), np.where(up, second[at], first[at])
    names = np.array(human.estimates.models, dtype=object)
    rating, score = (
        side.estimates.frame.get_column("value").to_numpy() for side in (human, benchmark)
    )
    return pl.DataFrame(
        {
            "people_prefer": pl.Series(names[better].tolist(), dtype=pl.String),
            "benchmark_prefers": pl.Series(names[worse].tolist(), dtype=pl.String),
            "rating_gap": rating[better] - rating[worse],
            "score_gap": score[worse] - score[better],
        }
    )


def _titles(found: Sequence[Agreement]) -> list[str]:
    """Call each comparison by what tells it from the others."""
    if len({c.human for c in found}) == 1:
        return [c.benchmark for c in found]
    if len({c.benchmark for c in found}) == 1:
        return [c.human for c in found]
    return [f"{c.benchmark} with {c.human}" for c in found]


def _contrasts(
    titles: Sequence[str], drawn: Sequence[dict[str, Floats]], level: float
) -> pl.DataFrame:
    tail = (1.0 - level) / 2.0
    rows = []
    for i, j in combinations(range(len(titles)), 2):
        for name in CONTRASTED:
            d = drawn[i][name] - drawn[j][name]
            below = float((d < 0).mean() + (d == 0).mean() / 2.0)
            p = max(2.0 * min(below, 1.0 - below), 2.0 / len(d))
            low, high = np.quantile(d, (tail, 1.0 - tail))
            rows.append((titles[i], titles[j], name, float(d.mean()), low, high, min(p, 1.0)))
    schema = {
        **dict.fromkeys(("first", "second", "measure"), pl.String),
        **dict.fromkeys(("difference", "low", "high", "p_value"), pl.Float64),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    adjusted = np.empty(len(frame))
    measure = frame.get_column("measure").to_numpy()
    for name in CONTRASTED:
        own = measure == name
        adjusted[own] = holm(frame.get_column("p_value").to_numpy()[own])
    told = pl.col("p_adjusted") < 1.0 - level
    better = pl.when(pl.col("difference") > 0).then("first").otherwise("second")
    return frame.with_columns(p_adjusted=adjusted).with_columns(
        better=pl.when(told).then(better).otherwise(None)
    )
