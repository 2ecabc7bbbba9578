r"""One accounting of training compute, named in every result.

========  ==================================================================================
symbol    meaning
========  ==================================================================================
N         parameters that the law counts
D         tokens seen in training
C         training FLOPs
l, w, s   layers, width and context length of a transformer
========  ==================================================================================

Each counted parameter costs two FLOPs forward and four backward on every token, C = 6 N D.
Attention over a context adds 12 l w s a token (no saving by the causal mask assumed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import polars as pl

from theodolite.errors import InputError, MissingColumnError, UsageError, shorten
from theodolite.tables.checks import problems_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theodolite.tables import Runs

__all__ = ["ACCOUNTINGS", "Accounted", "Accounting", "account"]

Accounting = Literal["6nd", "non-embedding", "active", "attention", "given"]
ACCOUNTINGS: tuple[Accounting, ...] = get_args(Accounting)
NEEDS: dict[Accounting, tuple[str, ...]] = {
    "6nd": (),
    "non-embedding": ("embedding_params",),
    "active": ("active_params",),
    "attention": ("layers", "width", "context"),
    "given": ("flops",),
}
WORDS: dict[Accounting, str] = {
    "6nd": "6 N D, N all parameters",
    "non-embedding": "6 N D, N without the embeddings",
    "active": "6 N D, N the parameters active for one token",
    "attention": "6 N D + 12 l w s D, N all parameters, attention added",
    "given": "as the file states them, N all parameters",
}
# A file's own FLOPs may differ from the formula by attention or embeddings, not by more.
MOST_APART = 2.0


@dataclass(frozen=True)
class Accounted:
    """Runs as arrays under one accounting.

    Attributes
    ----------
    params, tokens, loss, flops
        Arrays of one length: N, D, the loss, C.
    accounting, words
        Its name, and what it counts.
    given_ratio
        The median of the file's own FLOPs over these, where the file states some.
    """

    params: NDArray[np.float64]
    tokens: NDArray[np.float64]
    loss: NDArray[np.float64]
    flops: NDArray[np.float64]
    accounting: Accounting
    words: str
    given_ratio: float | None


def account(runs: Runs, accounting: Accounting = "6nd") -> Accounted:
    """Count the parameters and FLOPs of each run in one way.

    Parameters
    ----------
    runs
        The runs.
    accounting
        ``6nd``: all parameters. ``non-embedding``: without ``embedding_params``. ``active``: the
        ``active_params`` of a mixture of experts. ``attention``: all parameters, and attention's
        FLOPs from ``layers``, ``width`` and ``context``. ``given``: the file's own ``flops``.

    Raises
    ------
    UsageError
        ``accounting`` is none of these.
    MissingColumnError
        The runs lack a column that it needs.
    InputError
        The file's own FLOPs are more than twice, or less than half, what it gives.

    References
    ----------
    J. Kaplan et al. (2020), arXiv:2001.08361 (6 N D); A. Chowdhery et al. (2022),
    arXiv:2204.02311, appendix B (attention).

    Examples
    --------
    >>> from theodolite.tables import Runs
    >>> frame = pl.DataFrame({"params": [1e9], "tokens": [2e10], "loss": [2.6]})
    >>> account(Runs.from_frame(frame)).flops.tolist()
    [1.2e+20]
    """
    if accounting not in ACCOUNTINGS:
        known = ", ".join(ACCOUNTINGS)
        raise UsageError(f"an accounting of FLOPs is one of {known}, not {shorten(accounting)}")
    lacking = [name for name in NEEDS[accounting] if name not in runs.frame.columns]
    if lacking:
        raise MissingColumnError(
            f"no column {', '.join(lacking)}, which the accounting {accounting} needs"
        )
    params, tokens, loss = (_array(runs, name) for name in ("params", "tokens", "loss"))
    if accounting == "non-embedding":
        params = params - _array(runs, "embedding_params")
    elif accounting == "active":
        params = _array(runs, "active_params")
    flops = _array(runs, "flops") if accounting == "given" else 6.0 * params * tokens
    if accounting == "attention":
        layers, width, context = (_array(runs, name) for name in NEEDS[accounting])
        flops = flops + 12.0 * layers * width * context * tokens
    ratio = None
    if accounting != "given" and "flops" in runs.frame.columns:
        ratio = _compare(runs, flops, accounting)
    return Accounted(params, tokens, loss, flops, accounting, WORDS[accounting], ratio)


def _array(runs: Runs, name: str) -> NDArray[np.float64]:
    return runs.frame.get_column(name).cast(pl.Float64).to_numpy()


def _compare(runs: Runs, flops: NDArray[np.float64], accounting: Accounting) -> float:
    ratio = _array(runs, "flops") / flops
    bad = pl.Series((ratio > MOST_APART) | (ratio < 1.0 / MOST_APART))
    if bad.any():
        first = float(flops[int(bad.arg_max() or 0)])
        raise InputError(
            problems_at(runs.frame, "flops", bad, f"not near {WORDS[accounting]} ({first:.3g})"),
            total=int(bad.sum()),
            hint="Mend the units, name another accounting (--accounting active), or take the "
            "file's own (--accounting given).",
        )
    return float(np.median(ratio))
