"""``crowd``: comparisons by crowd workers, as in the files of evalica and LLMFAO.

``left`` and ``right`` are the models and ``winner`` is ``left``, ``right`` or ``tie``. ``worker``
is the voter and ``prompt`` the prompt. An ``id`` is that of the compared pair of answers, which
several workers judge, so it is no vote id.
"""

from theodolite.loading.votes.shape import VoteFormat, column

__all__ = ["FORMAT"]

FORMAT = VoteFormat(
    name="crowd",
    summary="crowd comparisons: left, right, winner (left, right, tie); worker, prompt",
    marks=("left", "right", "winner"),
    fields={
        "model_a": column("left"),
        "model_b": column("right"),
        "winner": column("winner"),
        "voter": column("worker"),
        "prompt_id": column("prompt"),
    },
    labels={"left": "model_a", "right": "model_b", "tie": "tie"},
)
