r"""Which benchmark of a base model foretells what people think of its tunes.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
x_b       predictor of base model b: its score as log-odds, log10 of its training FLOPs, or none
y_b       people's rating, averaged over the tunes of b
f(b)      family of b
p_b       rating foretold by the line through the bases of the other families
========  ==================================================================================

The line is fitted by least squares, each base counting once: several tunes of one base say how
people like its tuners. error = mean |y_b - p_b|, with a clustered interval (families, Student's t
on families less one). Spearman's correlation of p and y has a jackknife over families on the scale
of Fisher's z. Two predictors are compared on the bases that both have, by the mean of
|y_b - p_b| - |y_b - p'_b|, clustered by family, with a sign-flip p-value over families and Holm's
adjustment over the contrasts with compute, those with nothing, and those of benchmarks, each by
itself: with few families no p-value is small. FLOPs are 6 times active parameters times tokens.

References
----------
C. Spearman (1904), doi:10.2307/1412159; R. A. Fisher (1921), Metron 1, 3-32 (z); S. Holm (1979),
Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from theodolite.errors import TooFewError, UsageError
from theodolite.scoring.agreement.base_result import BasePrediction
from theodolite.stats import clustered_means, holm, mean_interval, sign_flip, spearman
from theodolite.tables.checks import Removal
from theodolite.tables.scored import SHARES, scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from theodolite.tables import Estimates, Models

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["COMPUTE", "NOTHING", "foretell_ratings"]

COMPUTE, NOTHING = "(compute)", "(nothing)"
FEWEST_BASES, FEWEST_FAMILIES = 6, 4
# Correlations of 1 have no Fisher's z.
LARGEST = 0.999
LEAST_SHARE = 1e-3


class _Held(NamedTuple):
    """Held-out predictions of one predictor."""

    name: str
    rows: Integers
    foretold: Floats


def foretell_ratings(
    models: Models,
    humans: Estimates,
    *,
    benchmarks: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> BasePrediction:
    """Predict people's ratings of tuned models from their base models, each family held out.

    Parameters
    ----------
    models
        Facts: which base a model was tuned from, the base's family and its reported scores.
    humans
        People's ratings of the tunes.
    benchmarks
        Which benchmarks; all that are measured as shares and have six bases of four families, if
        left out.
    level, seed
        Of the intervals; of random sign patterns, where there are more than 16 families.

    Raises
    ------
    UsageError
        A benchmark is unknown, or the level is not between 0 and 1.
    TooFewError
        No benchmark has six rated bases of four families.

    Examples
    --------
    >>> from theodolite.loading import load_models
    >>> models = load_models()
    >>> rows = models.results.filter(benchmark="arena_rating", category="overall")
    >>> from theodolite.tables import Estimates
    >>> people = Estimates.from_frame(
    ...     rows.select("model", "value", "low", "high"), name="Arena", unit="rating"
    ... )
    >>> found = foretell_ratings(models, people, benchmarks=["MMLU"])
    >>> found.predictors["predictor"].sort().to_list()
    ['(compute)', '(nothing)', 'MMLU']
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level must lie between 0 and 1, as 0.95; not {level}")
    bases, left = _rated_bases(models, humans)
    rating = bases.get_column("rating").to_numpy()
    family = _codes(bases.get_column("family"))
    held, short = [], []
    for name in benchmarks or _shares(models):
        predictor, title = _score(models, name, bases)
        found = _held_out(title, predictor, rating, family)
        if found is None:
            short.append(title)
        else:
            held.append(found)
    if not held:
        raise TooFewError(
            f"no benchmark has {FEWEST_BASES} base models of {FEWEST_FAMILIES} families whose "
            f"tunes {humans.name} rates ({len(bases)} bases are rated; too few on "
            f"{', '.join(short) or 'all'}): add facts with base_of and scores"
        )
    held += [f for f in _references(models, bases, rating, family) if f is not None]
    rng = np.random.default_rng(seed)
    errors = {f.name: np.abs(rating[f.rows] - f.foretold) for f in held}
    return BasePrediction(
        human=humans.name,
        predictors=_summary(held, errors, rating, family, bases, level),
        contrasts=_contrasts(held, errors, family, level, rng),
        predictions=_predictions(held, bases),
        level=level,
        seed=seed,
        removed=left,
        notes=(
            *humans.notes,
            *((f"Too few rated bases to say: {', '.join(short)}.",) if short else ()),
        ),
    )


def _shares(models: Models) -> list[str]:
    rows = models.results.filter(pl.col("unit").is_in(SHARES))
    return sorted(rows.get_column("benchmark").unique())


def _rated_bases(models: Models, humans: Estimates) -> tuple[pl.DataFrame, tuple[Removal, ...]]:
    """Average people's ratings over the tunes of each base model."""
    about = models.frame.select("model", "base_of")
    rated = humans.frame.select("model", rating="value").join(
        about, on="model", how="left", maintain_order="left"
    )
    tuned = rated.filter(pl.col("base_of").is_not_null())
    base = models.frame.select(
        base_of="model",
        family=pl.coalesce("family", "model"),
        flops=6.0 * pl.coalesce("active_params", "params") * pl.col("tokens"),
    )
    frame = (
        tuned.group_by("base_of", maintain_order=True)
        .agg(rating=pl.col("rating").mean(), tunes=pl.len())
        .join(base, on="base_of", how="inner", maintain_order="left")
        .rename({"base_of": "base"})
    )
    count = len(rated) - len(tuned)
    removed = (Removal("rated models whose base is not known", count),) if count else ()
    return frame, (*humans.removed, *removed)


def _score(models: Models, name: str, bases: pl.DataFrame) -> tuple[Floats, str]:
    """Give the log-odds of each base's score, ``nan`` where it has none."""
    try:
        found = scored(models, name, needs=(), kinds=("base",))
    except TooFewError:
        return np.full(len(bases), np.nan), models.find_field(name)
    known = dict(found.frame.select("model", "score").iter_rows())
    share = np.array([known.get(base, np.nan) for base in bases["base"]], dtype=np.float64)
    share = np.clip(share, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return np.log(share / (1.0 - share)), found.benchmark.name


def _references(
    models: Models, bases: pl.DataFrame, rating: Floats, family: Integers
) -> tuple[_Held | None, _Held | None]:
    """Give what compute alone foretells, and what the mean of the others does."""
    del models
    flops = bases.get_column("flops").cast(pl.Float64).fill_null(np.nan).to_numpy()
    return (
        _held_out(COMPUTE, np.log10(flops), rating, family),
        _held_out(NOTHING, np.zeros(len(rating)), rating, family),
    )


def _held_out(name: str, predictor: Floats, rating: Floats, family: Integers) -> _Held | None:
    """Predict each base from the other families; ``None`` where there are too few."""
    rows = np.flatnonzero(np.isfinite(predictor))
    own = family[rows]
    if len(rows) < FEWEST_BASES or len(np.unique(own)) < FEWEST_FAMILIES:
        return None
    x, y = predictor[rows], rating[rows]
    foretold = np.empty(len(rows))
    for group in np.unique(own):
        rest = own != group
        centre, height = x[rest].mean(), y[rest].mean()
        spread = float(((x[rest] - centre) ** 2).sum())
        slope = float(((x[rest] - centre) * y[rest]).sum()) / spread if spread > 0 else 0.0
        foretold[~rest] = height + slope * (x[~rest] - centre)
    return _Held(name, rows, foretold)


def _summary(
    held: Sequence[_Held],
    errors: dict[str, Floats],
    rating: Floats,
    family: Integers,
    bases: pl.DataFrame,
    level: float,
) -> pl.DataFrame:
    tunes = bases.get_column("tunes").to_numpy()
    rows = []
    for one in held:
        own = family[one.rows]
        means = clustered_means(errors[one.name][None, :], own)
        low, high = mean_interval(means, level=level, share=False)
        rho = _rank_correlation(one, rating, family, level)
        rows.append(
            {
                "predictor": one.name,
                "bases": len(one.rows),
                "tunes": int(tunes[one.rows].sum()),
                "families": len(np.unique(own)),
                "error": float(means.mean[0]),
                "error_low": max(float(low[0]), 0.0),
                "error_high": float(high[0]),
                "spearman": rho[0],
                "spearman_low": rho[1],
                "spearman_high": rho[2],
            }
        )
    return pl.DataFrame(rows).sort("error")


def _rank_correlation(
    one: _Held, rating: Floats, family: Integers, level: float
) -> tuple[float | None, float | None, float | None]:
    """Spearman's correlation of the predictions, with a jackknife over families."""
    from scipy.special import stdtrit  # noqa: PLC0415  (slow to import)

    if one.name == NOTHING:
        return None, None, None
    y, own = rating[one.rows], family[one.rows]
    groups = np.unique(own)
    whole = _z(float(spearman(one.foretold, y)))
    without = np.array([_z(float(spearman(one.foretold[own != g], y[own != g]))) for g in groups])
    count = len(groups)
    error = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    margin = float(stdtrit(count - 1, 0.5 + level / 2.0)) * error
    return float(np.tanh(whole)), float(np.tanh(whole - margin)), float(np.tanh(whole + margin))


def _z(rho: float) -> float:
    return float(np.arctanh(np.clip(np.nan_to_num(rho), -LARGEST, LARGEST)))


def _contrasts(
    held: Sequence[_Held],
    errors: dict[str, Floats],
    family: Integers,
    level: float,
    rng: np.random.Generator,
) -> pl.DataFrame:
    rows = []
    for one, other in combinations(held, 2):
        shared, i, j = np.intersect1d(one.rows, other.rows, return_indices=True)
        own = np.unique(family[shared], return_inverse=True)[1].astype(np.int64)
        count = int(own.max()) + 1 if len(own) else 0
        if len(shared) < FEWEST_BASES or count < FEWEST_FAMILIES:
            continue
        gap = errors[one.name][i] - errors[other.name][j]
        means = clustered_means(gap[None, :], own)
        low, high = mean_interval(means, level=level, share=False)
        p = sign_flip(gap, own, rng=rng)
        ends = (float(means.mean[0]), float(low[0]), float(high[0]))
        rows.append((one.name, other.name, _kind(one, other), len(shared), count, *ends, p))
    schema = {
        **dict.fromkeys(("first", "second", "kind"), pl.String),
        **dict.fromkeys(("bases", "families"), pl.Int64),
        **dict.fromkeys(("difference", "low", "high", "p_value"), pl.Float64),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    adjusted = np.empty(len(frame))
    kind = frame.get_column("kind").to_numpy()
    for name in np.unique(kind):
        adjusted[kind == name] = holm(frame.get_column("p_value").to_numpy()[kind == name])
    told = pl.col("p_adjusted") < 1.0 - level
    smaller = pl.when(pl.col("difference") < 0).then("first").otherwise("second")
    return frame.with_columns(p_adjusted=adjusted).with_columns(
        better=pl.when(told).then(smaller).otherwise(None)
    )


def _kind(one: _Held, other: _Held) -> str:
    """What a benchmark is compared with."""
    names = {one.name, other.name}
    if NOTHING in names:
        return "nothing"
    return "compute" if COMPUTE in names else "benchmark"


def _predictions(held: Sequence[_Held], bases: pl.DataFrame) -> pl.DataFrame:
    parts = [
        bases[one.rows.astype(np.int64)].select(
            pl.lit(one.name).alias("predictor"),
            "base",
            "family",
            "tunes",
            "rating",
            pl.Series("foretold", one.foretold),
        )
        for one in held
    ]
    return pl.concat(parts)


def _codes(series: pl.Series) -> Integers:
    return series.rank("dense").to_numpy().astype(np.int64) - 1
