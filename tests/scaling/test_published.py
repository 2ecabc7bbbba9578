"""Published laws: their own figures, and what shared runs reproduce of them."""

import numpy as np
import polars as pl
import pytest

from theodolite.errors import CannotAnswerError, UsageError
from theodolite.scaling import PUBLISHED, Recipe, Resampling, fit, published_law
from theodolite.scaling.laws import Centre, Points, law_named
from theodolite.tables import Runs

CHINCHILLA = 5.76e23


@pytest.mark.parametrize(
    ("name", "exponent", "ratio"),
    [
        ("hoffmann", 0.28 / 0.62, 93),
        ("besiroglu", 0.513, 18.3),
        ("hoffmann-approach-1", 0.5, 21.4),
        ("kaplan", 0.73, 0.148),
        ("muennighoff", 0.5, 19.6),
    ],
)
def test_what_each_says_of_chinchillas_budget(name, exponent, ratio):
    law = published_law(name)
    params = float(law.optimal_params(CHINCHILLA))
    assert law.exponent == pytest.approx(exponent, abs=0.001)
    assert CHINCHILLA / (6 * params**2) == pytest.approx(ratio, rel=0.01)


def test_every_law_has_a_source_and_either_form():
    for law in PUBLISHED:
        assert "(20" in law.source or "arXiv" in law.source
        assert (law.law is None) != (law.anchor is None)
        if law.law:
            assert len(law.values) == len(law_named(law.law).parameters)
    with pytest.raises(UsageError, match="hoffmann, hoffmann-tex"):
        published_law("chinchila")
    with pytest.raises(CannotAnswerError):
        _ = type(PUBLISHED[0])("empty", "nowhere").exponent


def test_repeated_tokens_by_the_published_constants():
    """The script of datablations' issue 9, run as printed, gives 2.226081 (not its 2.237667)."""
    law = law_named("data-constrained")
    values = np.array([published_law("muennighoff").values])
    point = Points.at(np.array([8.7e9]), np.array([178e9]), np.array([178e9 / 7]))
    got = law.predict(law.inner(values, Centre()), point, Centre())[0, 0]
    e, a, b, alpha = np.exp(0.6254804), np.exp(6.255414), np.exp(7.3049974), 0.3526596
    unique = 178e9 / 7
    optimal = min(unique * (a / b) ** (1 / alpha), 8.7e9)
    n = optimal * (1 + 5.309743 * (1 - np.exp(-(8.7e9 / optimal - 1) / 5.309743)))
    d = unique * (1 + 15.387756 * (1 - np.exp(-6 / 15.387756)))
    assert got == pytest.approx(e + a / n**alpha + b / d**alpha, rel=1e-12)
    assert got == pytest.approx(2.226081, abs=1e-6)


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("c4_original", "gadre-c4"),
        ("rpj", "gadre-redpajama"),
        ("rw_original", "gadre-refinedweb"),
    ],
)
def test_gadres_five_runs_give_the_printed_law(data, dataset, name):
    frame = pl.read_csv(data("overtraining/gadre_runs.csv")).filter(dataset=dataset)
    base = pl.col("chinchilla_multiplier") == 1.0
    tiny = (pl.col("chinchilla_multiplier") == 16.0) & (pl.col("N") < 2e7)
    five = frame.filter((base & (pl.col("N") < 5e8)) | tiny)
    runs = Runs.from_frame(five.select(params="N", tokens="D", loss="loss_c4_val"))
    recipe = Recipe(objective="least-squares", scale="loss")
    got = fit(runs, law="over-training", recipe=recipe, resampling=Resampling(n=100))
    floor, a, b, alpha = got.parameters["estimate"].to_list()
    eta = alpha / 2
    printed = published_law(name).values
    assert len(runs) == 5
    assert round(floor, 2) == printed[0]
    assert [round(a * 6**eta), round(b * 6**eta)] == [
        round(x * 6 ** (printed[3] / 2)) for x in printed[1:3]
    ]
    assert round(eta, 3) == pytest.approx(printed[3] / 2)
