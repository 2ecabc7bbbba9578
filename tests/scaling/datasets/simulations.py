"""Simulated runs on several sets, and how often the intervals of multipliers cover."""

import numpy as np
import polars as pl

from tests.scaling.conftest import TRUE
from theodolite.scaling.datasets.fits import draw, fit_forms, setting_of
from theodolite.scaling.datasets.forms import SetRuns
from theodolite.scaling.datasets.multiplier import SetDraws, multipliers, pair_frame
from theodolite.scaling.laws import Points, law_named
from theodolite.tables import Runs

NOISE = 0.004


def design(counts, rng):
    """Sizes, tokens and sets: random runs on a cross of sizes and tokens, as many as asked."""
    codes = np.repeat(np.arange(len(counts)), counts)
    sizes = np.exp(rng.uniform(np.log(5e7), np.log(1e10), len(codes)))
    tokens = np.exp(rng.uniform(np.log(1e9), np.log(5e11), len(codes)))
    return sizes, tokens, codes


def losses_of(sizes, tokens, codes, worth, rng, *, noise=NOISE, floors=None):
    t = TRUE
    effective = np.asarray(worth)[codes] * tokens
    floor = t["E"] + (0.0 if floors is None else np.asarray(floors)[codes])
    loss = floor + t["A"] / sizes ** t["alpha"] + t["B"] / effective ** t["beta"]
    return loss * np.exp(noise * rng.standard_normal(len(sizes)))


def made(counts, worth, *, seed=0, noise=NOISE, floors=None, names="abcdefgh"):
    """A table of runs."""
    rng = np.random.default_rng(seed)
    sizes, tokens, codes = design(counts, rng)
    loss = losses_of(sizes, tokens, codes, worth, rng, noise=noise, floors=floors)
    return Runs.from_frame(
        pl.DataFrame(
            {
                "run": [f"{names[c]}-{k}" for k, c in enumerate(codes)],
                "dataset": [names[c] for c in codes],
                "params": sizes,
                "tokens": tokens,
                "loss": loss,
            }
        )
    )


def crossing(n, *, seed=0, noise=0.001):
    """Two sets whose laws cross amid the runs: loss falls slower with the tokens of b."""
    rng, t = np.random.default_rng(seed), TRUE
    sizes, tokens, codes = design((n, n), rng)
    middle = np.sqrt(1e9 * 5e11)
    fall = (middle / tokens) ** np.where(codes == 1, 0.3, t["beta"])
    loss = t["E"] + t["A"] / sizes ** t["alpha"] + t["B"] / middle ** t["beta"] * fall
    loss *= np.exp(noise * rng.standard_normal(len(loss)))
    names = ["ab"[c] for c in codes]
    return Runs.from_frame(
        pl.DataFrame({"dataset": names, "params": sizes, "tokens": tokens, "loss": loss})
    )


def checkpoints(runs, each, *, seed=0, effect=NOISE, noise=0.0005):
    """Two sets that are alike: ``each`` checkpoints of ``runs`` runs, and an effect of each run."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(runs) % 2, each)
    sizes = np.repeat(np.exp(rng.uniform(np.log(5e7), np.log(1e10), runs)), each)
    last = np.exp(rng.uniform(np.log(2e10), np.log(5e11), runs))
    tokens = (last[:, None] * np.geomspace(0.05, 1.0, each)).ravel()
    loss = losses_of(sizes, tokens, codes, (1.0, 1.0), rng, noise=noise)
    loss *= np.exp(np.repeat(effect * rng.standard_normal(runs), each))
    return Runs.from_frame(
        pl.DataFrame(
            {
                "dataset": ["ab"[c] for c in codes],
                "family": np.repeat([f"run {k}" for k in range(runs)], each),
                "params": sizes,
                "tokens": tokens,
                "loss": loss,
            }
        )
    )


def setting_for(runs, *, recipe, resampling, level=0.95):
    """What the forms are fitted to, of a table; runs of one ``resampling.cluster`` together."""
    frame = runs.frame
    names = tuple(sorted(set(frame["dataset"])))
    points = Points.at(frame["params"].to_numpy(), frame["tokens"].to_numpy())
    codes = np.array([names.index(name) for name in frame["dataset"]])
    groups = np.arange(len(codes))
    if resampling.cluster is not None:
        groups = np.unique(frame[resampling.cluster].to_numpy(), return_inverse=True)[1]
    return setting_of(
        SetRuns(points, frame["loss"].to_numpy(), codes, names),
        groups,
        law=law_named("chinchilla"),
        recipe=recipe,
        resampling=resampling,
        level=level,
    )


def history(counts, worth, *, recipe, resampling, seed, level=0.95):
    """One history: the intervals of the multipliers, and of the pairs."""
    rng = np.random.default_rng(seed)
    sizes, tokens, codes = design(counts, rng)
    loss = losses_of(sizes, tokens, codes, worth, rng)
    names = tuple("abcdefgh"[: len(counts)])
    runs = SetRuns(Points.at(sizes, tokens), loss, codes, names)
    setting = setting_of(
        runs,
        np.arange(len(loss)),
        law=law_named("chinchilla"),
        recipe=recipe,
        resampling=resampling,
        level=level,
    )
    fits, reasons = fit_forms(setting, ("shared", "tokens"))
    if reasons:
        return None
    found = SetDraws(draw(fits["tokens"], setting), setting)
    return multipliers(found, setting), pair_frame(found, setting)


def coverage(counts, worth, *, recipe, resampling, histories, seed=0, level=0.95):
    """Shares: intervals that cover, histories whose pairs all cover, histories that say apart."""
    inside, together, apart, failed = [], [], [], 0
    truth = np.asarray(worth) / worth[0]
    place = {name: truth[k] for k, name in enumerate("abcdefgh"[: len(counts)])}
    for k in range(histories):
        got = history(
            counts, worth, recipe=recipe, resampling=resampling, seed=[seed, k], level=level
        )
        if got is None:
            failed += 1
            continue
        sets, pairs = got
        inside += [
            row["low"] <= place[row["dataset"]] <= row["high"]
            for row in sets.filter(~pl.col("reference")).iter_rows(named=True)
        ]
        together.append(
            all(
                row["low"] <= place[row["dataset"]] / place[row["other"]] <= row["high"]
                for row in pairs.iter_rows(named=True)
            )
        )
        apart.append(bool(pairs["apart"].any()))
    return {
        "inside": float(np.mean(inside)),
        "together": float(np.mean(together)),
        "apart": float(np.mean(apart)),
        "failed": failed,
        "n": len(together),
    }
