"""``fastchat``: Chatbot Arena's own files, and the data set chatbot_arena_conversations.

``winner`` is ``model_a``, ``model_b``, ``tie`` or ``tie (bothbad)``. ``judge`` is the hashed
voter, and is read as ``voter``. ``question_id`` is the id of the vote; some published files have
none. ``tstamp`` is in seconds, ``language`` a name ("English").
"""

from theodolite.loading.votes.conversation import conversation_fields
from theodolite.loading.votes.shape import VoteFormat, column

__all__ = ["FIELDS", "FORMAT", "LABELS"]

LABELS = {"model_a": "model_a", "model_b": "model_b", "tie": "tie", "tie (bothbad)": "both_bad"}
FIELDS = {
    "model_a": column("model_a"),
    "model_b": column("model_b"),
    "winner": column("winner"),
    "vote_id": column("question_id"),
    "timestamp": column("tstamp"),
    "language": column("language"),
    "anony": column("anony"),
    "turn": column("turn"),
    **conversation_fields(parts=False),
}

FORMAT = VoteFormat(
    name="fastchat",
    summary="Chatbot Arena: model_a, model_b, winner (with tie (bothbad)), judge, tstamp",
    marks=("model_a", "model_b", "winner", "judge", "tstamp"),
    fields={**FIELDS, "voter": column("judge")},
    labels=LABELS,
)
