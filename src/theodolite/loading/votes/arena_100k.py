"""``arena-100k``: lmarena-ai/arena-human-preference-100k.

As the FastChat files, with the voter in ``judge_hash`` and the style counts in ``conv_metadata``.
A conversation has several categories at once, so there is no ``category``: ask for
``category_tag.math`` and the like, and for ``is_code``.
"""

from theodolite.loading.votes import fastchat
from theodolite.loading.votes.shape import VoteFormat, column

__all__ = ["FORMAT"]

FORMAT = VoteFormat(
    name="arena-100k",
    summary="arena-human-preference-100k: as fastchat, with judge_hash and conv_metadata",
    marks=("question_id", "model_a", "model_b", "winner", "judge_hash"),
    fields={**fastchat.FIELDS, "voter": column("judge_hash")},
    labels=fastchat.LABELS,
)
