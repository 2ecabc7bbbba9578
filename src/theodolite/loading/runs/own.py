"""``runs``: the table's own column names, or the short ones of papers."""

from theodolite.loading.runs.options import NAMES, SHORT
from theodolite.loading.runs.shape import RunFormat

__all__ = ["FORMAT"]

FORMAT = RunFormat(
    name="runs",
    summary="the table's own names: params (or N), tokens (or D), loss and the optional columns",
    fields={
        name: (name, *(short for short, long in SHORT.items() if long == name)) for name in NAMES
    },
)
