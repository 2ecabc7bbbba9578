"""Responses to the items of a benchmark: what is told, what is refused, and published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

from tests.auditing.quiz import quiz
from theodolite.auditing.responses import Responses, response_features, response_statistics
from theodolite.errors import InputError, TooLargeError, UsageError
from theodolite.stats import calibration_slope, logistic, sigmoid
from theodolite.tables import Items, Removal, Scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LETTERS = {letter: i for i, letter in enumerate("ABCD")}
KEYS = [1, 0, 0, 2, 0]


def scores_of(choices: dict[str, list[int | None]], **extra: pl.Expr) -> Scores:
    rows = [
        (model, str(i + 1), float(choice == KEYS[i]), choice)
        for model, taken in choices.items()
        for i, choice in enumerate(taken)
    ]
    frame = pl.DataFrame(rows, schema=["model", "item_id", "score", "choice"], orient="row")
    frame = frame.with_columns(pl.lit("quiz").alias("benchmark"))
    return Scores.from_frame(frame.with_columns(**extra), source="scores.csv")


THREE = {"x": [1, 0, 0, 2, 0], "y": [0, 0, None, 1, 0], "z": [0, 0, 1, 1, 1]}


def test_the_numbers_of_a_quiz() -> None:
    found = response_statistics(quiz(), scores_of(THREE))
    frame = found.to_frame()
    assert frame.get_column("models").to_list() == [3] * 5
    assert frame.get_column("lettered").to_list() == [3.0, 3.0, 2.0, 3.0, 3.0]
    shares = frame.get_column("share_correct").to_list()
    assert shares == pytest.approx(np.array([1, 3, 1, 1, 2]) / 3)
    assert frame.get_column("margin").to_list() == pytest.approx([1 / 3, -1, 0, 1 / 3, -1 / 3])
    assert frame.get_column("consensus").to_list() == [0, None, 1, 1, 1]
    assert frame.get_column("item_rest").is_null().to_list() == [False, True, False, False, False]
    assert found.models.get_column("accuracy").to_list() == pytest.approx([1.0, 0.4, 0.2])
    assert found.models.get_column("weight").to_list() == [1.0] * 3
    assert found.pairs.is_empty()
    assert found.to_dict()["items"][0]["consensus"] == 0


def test_without_choices_only_scores_speak() -> None:
    scores = Scores.from_frame(scores_of(THREE).frame.drop("choice"))
    found = response_statistics(quiz(), scores)
    nothing = ("margin", "margin_error", "consensus", "strong_other", "strong_z")
    assert all(found.items.get_column(name).null_count() == 5 for name in nothing)
    assert found.items.get_column("share_correct").null_count() == 0
    assert found.items.get_column("item_rest").null_count() == 1
    features = response_features(found)
    assert features.get_column("margin").to_list() == [0.0] * 5


def test_epochs_are_averaged() -> None:
    once = scores_of(THREE).frame
    other = scores_of({name: [1, 0, 0, 2, 0] for name in THREE}).frame
    both = pl.concat([f.with_columns(epoch=pl.lit(e)) for e, f in ((1, once), (2, other))])
    found = response_statistics(quiz(), Scores.from_frame(both.drop("_row", "_file"))).items
    assert found.get_column("share_correct").to_list() == pytest.approx(
        [2 / 3, 1, 2 / 3, 2 / 3, 5 / 6]
    )
    assert found.get_column("lettered").to_list() == pytest.approx([3, 3, 2.5, 3, 3])
    assert found.get_column("margin")[0] == pytest.approx(1 / 3 - 2 / 3)


def test_an_item_that_nobody_answered_and_an_open_one() -> None:
    frame = quiz().frame.drop("_file", "_row").with_columns(reference=pl.lit("the"))
    open_one = pl.col("item_id") == "5"
    items = Items.from_frame(
        frame.with_columns(
            choices=pl.when(open_one)
            .then(pl.lit([], dtype=pl.List(pl.String)))
            .otherwise("choices"),
            answer=pl.when(open_one).then(pl.lit([])).otherwise("answer"),
        )
    )
    some = scores_of(THREE).frame.filter(pl.col("item_id") != "2")
    some = some.with_columns(choice=pl.when(~open_one).then("choice"))
    found = response_statistics(items, Scores.from_frame(some))
    assert found.items.get_column("answered").to_list() == [3.0, 0.0, 3.0, 3.0, 3.0]
    assert found.items.get_column("share_correct")[1] is None
    assert found.items.get_column("margin").is_null().to_list() == [False, True, False, False, True]
    features = response_features(found)
    assert features.get_column("missing").to_list() == [0, 1, 0, 0, 0]
    assert np.isfinite(features.to_numpy()).all()


def test_scores_of_other_items_are_counted() -> None:
    scores = scores_of(THREE)
    more = pl.concat([scores.frame, scores.frame.with_columns(benchmark=pl.lit("other"))])
    found = response_statistics(quiz(), Scores.from_frame(more.drop("_file", "_row")))
    assert found.removed == (Removal("score of an item that is not among the items", 15),)
    only = Scores.from_frame(scores.frame.with_columns(benchmark=pl.lit("other")))
    with pytest.raises(InputError, match="no score is of these items: the scores begin with"):
        response_statistics(quiz(), only)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"score": pl.lit(1.5)}, "scores.csv, row 1, column score: 1.5 is not between 0 and 1"),
        ({"choice": pl.lit(7)}, "row 1, column choice: 7 is not a position, from 0, among the"),
        ({"score": pl.lit(0.0)}, "row 1, column choice: 1 is keyed as right, but the score is 0"),
        ({"score": pl.lit(1.0)}, "row 6, column choice: 0 is not keyed as right, but the score"),
    ],
)
def test_what_is_refused(extra: dict[str, pl.Expr], message: str) -> None:
    with pytest.raises(InputError, match=message):
        response_statistics(quiz(), scores_of(THREE, **extra))


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for above in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="copies_above"):
            response_statistics(quiz(), scores_of(THREE), copies_above=above)
    monkeypatch.setattr("theodolite.auditing.responses.MOST_CELLS", 20)
    with pytest.raises(TooLargeError, match="3 models and 11 options"):
        response_statistics(quiz(), scores_of(THREE))


def simulated(seed: int, copies: int) -> tuple[Items, Scores, np.ndarray]:
    """600 items, a tenth with a wrong key; 8 models, of which the first stands there often."""
    rng = np.random.default_rng(seed)
    n, ability = 600, np.linspace(-0.5, 2.0, 8)
    key, broken = rng.integers(0, 4, n), rng.random(n) < 0.1
    truth = np.where(broken, (key + 1) % 4, key)
    p = 1 / (1 + np.exp(-(ability[:, None] - rng.normal(0, 1, n))))
    choice = np.where(rng.random((8, n)) < p, truth, rng.integers(0, 4, (8, n)))
    again = np.where(rng.random((copies, n)) < 0.95, choice[0], rng.integers(0, 4, (copies, n)))
    choice = np.vstack([choice, again])
    ids = [str(i) for i in range(n)]
    columns = {"benchmark": "quiz", "item_id": ids, "question": "q", "answer": key}
    items = Items.from_frame(pl.DataFrame(columns).with_columns(choices=pl.lit(list("abcd"))))
    m = len(choice)
    long = {
        "model": np.repeat([f"m{i:02}" for i in range(m)], n),
        "benchmark": "quiz",
        "item_id": ids * m,
        "score": (choice == key).ravel() * 1.0,
        "choice": choice.ravel(),
    }
    return items, Scores.from_frame(pl.DataFrame(long)), broken


def test_copies_count_once() -> None:
    alone, crowd = (response_statistics(*simulated(1, copies)[:2]) for copies in (0, 12))
    assert alone.models.get_column("weight").to_list() == [1.0] * 8
    assert crowd.models.get_column("copies").to_list() == [13] + [1] * 7 + [13] * 12
    assert crowd.models.get_column("cluster").unique().len() == 8
    assert crowd.pairs.height == 13 * 12 // 2
    np.testing.assert_allclose(crowd.items.get_column("answered"), 8.0)
    broken = simulated(1, 0)[2]
    margins = [r.items.get_column("margin").to_numpy() for r in (alone, crowd)]
    assert np.abs(margins[0] - margins[1]).max() < 0.16
    loud = response_statistics(*simulated(1, 12)[:2], copies_above=1.0)
    assert auc(margins[1], broken) > 0.95
    assert auc(loud.items.get_column("margin").to_numpy(), broken) < auc(margins[1], broken)


def test_a_wrong_key_shows_and_its_true_answer_is_proposed() -> None:
    items, scores, broken = simulated(2, 0)
    found = response_statistics(items, scores).items
    key = items.frame.get_column("answer").list.first().to_numpy()
    proposed = found.get_column("consensus").fill_null(-1).to_numpy()[broken]
    assert np.mean(proposed == (key[broken] + 1) % 4) > 0.9
    assert np.nanmean(found.get_column("item_rest").to_numpy()[broken].astype(float)) < 0
    assert np.nanmean(found.get_column("strong_z").to_numpy()[broken].astype(float)) > 0.5


def auc(score: np.ndarray, hit: np.ndarray) -> float:
    n = hit.sum()
    return float((rankdata(score)[hit].sum() - n * (n + 1) / 2) / (n * (len(hit) - n)))


def long_form(wide: pl.DataFrame, models: list[str]) -> Scores:
    letters = wide.unpivot(
        models, index=["item_id", "answer"], variable_name="model", value_name="letter"
    )
    frame = letters.filter(pl.col("letter").is_not_null()).select(
        "model",
        "item_id",
        benchmark=pl.lit("mmlu"),
        score=(pl.col("letter") == pl.col("answer")).cast(pl.Float64),
        choice=pl.col("letter").replace_strict(LETTERS, default=None, return_dtype=pl.Int64),
    )
    return Scores.from_frame(frame)


@pytest.fixture(scope="module")
def redux(data: Callable[[str], Path]) -> tuple[pl.DataFrame, Responses]:
    """The development half of MMLU-Redux, and what 14 models say of it."""
    name = pl.format("{}/{}", "subject", "redux_row")
    labels = pl.read_parquet(data("mmlu_redux/mmlu_redux_dev.parquet"))
    labels = labels.with_columns(item_id=name, benchmark=pl.lit("mmlu"))
    wide = pl.read_parquet(data("responses/helm14_mmlu_redux_items.parquet"))
    wide = wide.with_columns(item_id=name)
    models = wide.columns[4:18]
    columns = ["benchmark", "item_id", "question", "choices", "answer"]
    items = Items.from_frame(labels.select(columns))
    return labels, response_statistics(items, long_form(wide, models))


def test_published_margins(redux: tuple[pl.DataFrame, Responses]) -> None:
    labels, found = redux
    kind = labels.get_column("error_type").to_numpy()
    margin = found.items.get_column("margin").to_numpy()
    decided = (kind == "ok") | (kind == "wrong_groundtruth")
    wrong_key = kind[decided] == "wrong_groundtruth"
    assert auc(margin[decided], wrong_key) == pytest.approx(0.870, abs=0.002)
    assert auc(margin, kind != "ok") == pytest.approx(0.740, abs=0.002)
    top = np.argsort(-margin, kind="stable")[:100]
    assert np.mean(kind[top] != "ok") == pytest.approx(0.28, abs=0.011)
    share = found.items.get_column("item_rest").null_count() / len(kind)
    assert share == pytest.approx(0.63, abs=0.03)


def test_features_are_calibrated_on_subjects_left_out(
    redux: tuple[pl.DataFrame, Responses],
) -> None:
    labels, found = redux
    wrong = (labels.get_column("error_type") != "ok").to_numpy().astype(float)
    subject = labels.get_column("subject").rank("dense").to_numpy() - 1
    features = response_features(found).drop("_index").to_numpy()
    design = np.column_stack([np.ones(len(wrong)), features])
    precision = np.array([0.0, 0.1, 0.1, 0.1, 0.1])
    probability = np.empty(len(wrong))
    for held in (subject == s for s in range(29)):
        rest = design[~held], wrong[~held]
        beta = logistic(*rest, np.ones(len(rest[1])), precision)
        probability[held] = sigmoid(design[held] @ beta)
    slope, _ = calibration_slope(probability, wrong)
    assert 0.8 < slope < 1.2
    rate = wrong.mean()
    assert np.mean((probability - wrong) ** 2) < 0.95 * rate * (1 - rate)


def test_copies_among_real_models(
    data: Callable[[str], Path], redux: tuple[pl.DataFrame, Responses]
) -> None:
    wide = pl.read_parquet(data("responses/helm10_mmlu_full.parquet"))
    wide = wide.with_columns(item_id=pl.format("{}/{}", "subject", "row"))
    models = [c for c in wide.columns if c not in ("subject", "row", "answer", "item_id")]
    items = Items.from_frame(
        wide.select(
            "item_id",
            benchmark=pl.lit("mmlu"),
            question=pl.lit(""),
            choices=pl.lit(list("ABCD")),
            answer=pl.col("answer").replace_strict(LETTERS, return_dtype=pl.Int64),
        )
    )
    found = response_statistics(items, long_form(wide, models))
    groups = [
        sorted(g) for _, g in found.models.group_by("cluster").agg("model").rows() if len(g) > 1
    ]
    checkpoints = sorted(c for c in models if c.startswith("fedllm"))
    # HELM's answers of these two, of different makers, are the same on 999 of 1,000 items.
    twins = ["google_text-unicorn@001", "writer_palmyra-x-v3"]
    assert sorted(groups) == sorted([checkpoints, twins])
    assert found.models.filter(pl.col("copies") == 5).get_column("weight").sum() == pytest.approx(1)
    # One text model under two names.
    llama = ("meta_llama-3.1-70b-instruct-turbo", "meta_llama-3.2-90b-vision-instruct-turbo")
    assert redux[1].pairs.select("model_a", "model_b").rows() == [llama]
