"""Simulated histories: how often intervals cover a new run, and the curve's accuracy."""

from __future__ import annotations

import numpy as np

from tests.scaling.downstream.worlds import grid, simulate
from theodolite import scaling


def coverage(world, n, histories, *, far, seed=0, resamples=300, tied=1.0, paths=None):
    """Return the shares covered, (len(far), 2): of a new run, and of the curve; and the errors."""
    rng = np.random.default_rng(seed)
    sizes, seen = grid(n)
    top = int(np.argmax(sizes * seen))
    at = [(sizes[top] * f**0.5, seen[top] * f**0.5) for f in far]
    inside, errors, halves = [], [], []
    for history in range(histories):
        runs = simulate(world, n, rng, tied=tied)
        quiz = scaling.task_of(runs, ["quiz"], chance=world.chance)
        settings = scaling.DownstreamSettings(
            resampling=scaling.Resampling(n=resamples, seed=history),
            **({} if paths is None else {"paths": paths}),
        )
        points = scaling.downstream(runs, [quiz], at=at, settings=settings).tasks[0].points
        mean = np.array([world.loss(*pair) for pair in at])
        moved = mean * np.exp(world.loss_noise * tied * rng.standard_normal(len(at)))
        new = world.accuracy(moved) + world.accuracy_noise * rng.standard_normal(len(at))
        true = world.accuracy(mean)
        columns = (points[c].to_numpy() for c in ("low", "high", "curve_low", "curve_high"))
        low, high, under, over = columns
        inside.append(
            np.stack([(low <= new) & (new <= high), (under <= true) & (true <= over)], axis=1)
        )
        errors.append(points["accuracy"].to_numpy() - true)
        halves.append((high - low) / 2)
    return np.mean(inside, axis=0), np.array(errors), np.mean(halves, axis=0)
