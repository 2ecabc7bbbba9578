"""What a plan is for: a budget or a size, and what the model will serve."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theodolite.errors import UsageError

__all__ = ["FACTORS", "Serving", "Target", "require_factor"]

# Below these a count is taken for one in millions, billions or trillions.
FEWEST = {"params": 1e4, "tokens": 1e5, "flops": 1e10}
MOST = 1e40
EXAMPLES = {"params": "8e9 or 8B", "tokens": "15e12 or 15T", "flops": "1e24"}
FACTORS = (2.0, 4.0, 10.0, 30.0, 100.0)
MOST_FACTOR = 1e6


@dataclass(frozen=True)
class Target:
    """A training budget, or a size; counts, not billions.

    Attributes
    ----------
    flops
        Training FLOPs to spend.
    params
        Or the size of the model: the plan is then for the budget at which it is compute-optimal.
    tokens
        With ``params``: the tokens of the model that is compared with the optimum.

    Examples
    --------
    >>> Target(params=8e9).params
    8000000000.0
    >>> Target(params=8)
    Traceback (most recent call last):
    ...
    theodolite.errors.UsageError: params 8 is fewer than 10,000: give a count, such as 8e9 or 8B
    """

    flops: float | None = None
    params: float | None = None
    tokens: float | None = None

    def __post_init__(self) -> None:
        if (self.flops is None) == (self.params is None):
            raise UsageError(
                "a plan is for training FLOPs or for a size, one of both: --flops 1e24, or "
                "--params 8e9"
            )
        if self.tokens is not None and self.params is None:
            raise UsageError("--tokens says how long the model of --params trains: add --params")
        for name in ("flops", "params", "tokens"):
            _require_count(name, getattr(self, name))


@dataclass(frozen=True)
class Serving:
    """What the trained model will do, and what FLOPs cost.

    Attributes
    ----------
    tokens
        Tokens that the model reads and writes after training; 2 N FLOPs each.
    price_train, price_inference
        Money per FLOP, both or neither; without them a FLOP costs 1 wherever it is spent.
    """

    tokens: float
    price_train: float | None = None
    price_inference: float | None = None

    def __post_init__(self) -> None:
        if self.tokens != 0:
            _require_count("inference-tokens", self.tokens)
        prices = {
            "--price-train": self.price_train,
            "--price-inference": self.price_inference,
        }
        given = {name: price for name, price in prices.items() if price is not None}
        if len(given) == 1:
            raise UsageError(
                f"{next(iter(given))} alone gives no cost: both prices are wanted, or neither"
            )
        for name, price in given.items():
            if not (math.isfinite(price) and price > 0):
                raise UsageError(f"{name} is money per FLOP, above 0, such as 1.4e-18; not {price}")

    @property
    def prices(self) -> tuple[float, float]:
        """Prices of a FLOP in training and in inference; 1 where none are given."""
        if self.price_train is None or self.price_inference is None:
            return 1.0, 1.0
        return self.price_train, self.price_inference

    @property
    def worth(self) -> float:
        """The tokens in training that cost as much as all inference: (q / p) T / 3."""
        train, inference = self.prices
        return inference / train * self.tokens / 3.0


def require_factor(factor: float, name: str = "--overtrain") -> None:
    """Raise :class:`~theodolite.errors.UsageError` where a factor cannot be one."""
    if not (math.isfinite(factor) and 1.0 / MOST_FACTOR <= factor <= MOST_FACTOR):
        raise UsageError(
            f"{name} is a factor of tokens per parameter, above 0 and at most {MOST_FACTOR:,.0f}, "
            f"such as 10; not {factor:g}"
        )


def _require_count(name: str, value: float | None) -> None:
    if value is None:
        return
    kind = "tokens" if name == "inference-tokens" else name
    if not value >= FEWEST[kind]:  # also not a number
        raise UsageError(
            f"{name} {value:g} is fewer than {FEWEST[kind]:,.0f}: give a count, such as "
            f"{EXAMPLES[kind]}"
        )
    if not value <= MOST:
        raise UsageError(f"{name} {value:g} is more than {MOST:g}, which nobody trains with")
