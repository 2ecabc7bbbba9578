"""``votes``: the table's own column names."""

from theodolite.loading.votes.shape import PROMPT, VoteFormat, column

__all__ = ["FORMAT"]

FORMAT = VoteFormat(
    name="votes",
    summary="the table's own names: model_a, model_b, winner and the optional columns",
    marks=("model_a", "model_b", "winner"),
    fields={
        **{name: column(name) for name in ("model_a", "model_b", "winner")},
        PROMPT: column("prompt"),
    },
)
