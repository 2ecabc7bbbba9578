"""``arena-140k``: lmarena-ai/arena-human-preference-140k.

``winner`` is ``model_a``, ``model_b``, ``tie`` or ``both_bad``; ``id`` is the id of the vote. The
file names no voter: ``voter`` is ``evaluation_session_id``, one visit of somebody, the closest
thing to a voter that the file has, so a person who came twice counts as two. A conversation has
several categories at once, so there is no ``category``: ask for ``category_tag.math`` and the
like, and for ``is_code``.
"""

from theodolite.loading.votes.conversation import conversation_fields
from theodolite.loading.votes.shape import VoteFormat, column

__all__ = ["FORMAT"]

FORMAT = VoteFormat(
    name="arena-140k",
    summary="arena-human-preference-140k: id, winner (with both_bad), evaluation_session_id",
    marks=("id", "model_a", "model_b", "winner", "evaluation_session_id"),
    fields={
        "model_a": column("model_a"),
        "model_b": column("model_b"),
        "winner": column("winner"),
        "vote_id": column("id"),
        "voter": column("evaluation_session_id"),
        "language": column("language"),
        **conversation_fields(parts=True),
    },
)
