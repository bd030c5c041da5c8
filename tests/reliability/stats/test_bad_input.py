"""Input that nobody should send: a result with its reason or an error, and no warning."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from reliability.stats import (
    COEFFICIENTS,
    Comparisons,
    Continuum,
    Estimate,
    Interval,
    Level,
    Ratings,
    StatisticsError,
    Votes,
    agreement_on_each_point,
    bland_altman,
    bradley_terry,
    character_alpha,
    coefficient,
    confused_points,
    dawid_skene,
    fleiss_cuzick_kappa,
    item_difficulty,
    kappa_of_each_point,
    preference_agreement,
    preference_kappa,
    self_agreement,
    span_f1,
    unitizing_alpha,
)
from reliability.stats.errors import InvalidRatingsError

pytestmark = [pytest.mark.pure, pytest.mark.filterwarnings("error")]
NAN = float("nan")
Columns = tuple[list[Any], list[Any], list[Any]]
SMALL = 40


def crossed(values: list[list[Any]]) -> Columns:
    """Long columns of a units x raters table."""
    cells = [(u, f"r{r}", value) for u, row in enumerate(values) for r, value in enumerate(row)]
    units, raters, given = zip(*cells, strict=True) if cells else ((), (), ())
    return list(units), list(raters), list(given)


INPUTS: dict[str, Columns] = {
    "nothing": ([], [], []),
    "all missing": crossed([[None, NAN], [None, None]]),
    "one rating": crossed([[3]]),
    "one rater": crossed([[1], [2], [1]]),
    "one item": crossed([[1, 2, 2]]),
    "one item agreed": crossed([[2, 2]]),
    "one value": crossed([[1, 1, 1]] * 5),
    "zeros": crossed([[0, 0], [0, 0], [0, 0]]),
    "raters who never meet": crossed([[1, None], [2, None], [None, 1], [None, 2]]),
    "groups of raters that never meet": crossed(
        [[1, 2, None, None], [2, 2, None, None], [None, None, 1, 3], [None, None, 3, 3]]
    ),
    "constant raters, apart": crossed([[1, 2]] * 4),
    "a constant rater": crossed([[1, 1], [1, 2], [1, 3]]),
    "always opposite": crossed([[1, 2], [2, 1], [1, 2], [2, 1]]),
    "text for numbers": crossed([["good", "bad"], ["bad", "bad"], ["12", "good"]]),
    "mixed types": crossed([[1, "1"], ["x", 2], [True, "x"], [1, 1]]),
    "truth values": crossed([[True, False], [True, True], [False, False]]),
    "infinite": crossed([[math.inf, 1], [2, -math.inf], [1, 1]]),
    "enormous": crossed([[1e300, 1e300], [1e-300, 2e300], [5e299, 1e300]]),
    "tiny differences": crossed([[1.0, 1.0 + 1e-15], [1.0, 1.0], [1.0 + 1e-15, 1.0]]),
    "large and close": crossed([[1e9 + 1, 1e9 + 2], [1e9, 1e9], [1e9 + 2, 1e9 + 2]]),
    "negative": crossed([[-1, 1], [2, 2], [-3, -3]]),
    "NaN among numbers": crossed([[1, NAN, 2], [2, 2, NAN], [3, 3, 3]]),
    "single ratings and one pair": crossed([[1, None], [2, None], [3, 3], [None, 1]]),
    "rows that repeat": ([1, 1, 1, 2, 2], ["a", "a", "b", "a", "b"], [1, 1, 2, 3, 3]),
    "empty text": crossed([["", "x"], ["x", "x"], ["", ""]]),
    "sets": crossed([[("a",), ()], [("a", "b"), ("b",)], [(), ()]]),
    "as many values as ratings": crossed([[u * 7, u * 7 + 1] for u in range(SMALL)]),
}
SCALES: list[Any] = [None, [1], [1, 2, 3], ["x", "y"]]


def readings(columns: Columns, level: Level) -> Iterator[Ratings]:
    """The ratings on every scale that does not refuse them."""
    for categories in SCALES:
        try:
            ratings = Ratings.from_long(*columns, level=level, categories=categories)
        except StatisticsError:
            continue
        yield ratings


def assert_sound(found: Estimate) -> None:
    assert (found.value is None) != (found.undefined is None)
    for figure in (found.value, found.se, found.ci_low, found.ci_high, *dict(found.terms).values()):
        assert figure is None or math.isfinite(figure), found


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", sorted(INPUTS))
def test_every_coefficient_answers_or_refuses(name: str, level: Level) -> None:
    for ratings in readings(INPUTS[name], level):
        for key in COEFFICIENTS:
            assert_sound(coefficient(key, ratings))
            if COEFFICIENTS[key].takes_weights:
                assert_sound(coefficient(key, ratings, weights="quadratic"))


@pytest.mark.parametrize("method", ["linearized_t", "asymptotic_normal", "gwet_t"])
@pytest.mark.parametrize("name", sorted(INPUTS))
def test_every_analytic_interval_answers(name: str, method: str) -> None:
    for level in (Level.NOMINAL, Level.INTERVAL):
        for ratings in readings(INPUTS[name], level):
            for key in COEFFICIENTS:
                assert_sound(coefficient(key, ratings, interval=Interval(method)))


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_the_bootstrap_answers(name: str) -> None:
    interval = Interval("bootstrap_percentile", draws=20, seed=1)
    for ratings in readings(INPUTS[name], Level.INTERVAL):
        for key in COEFFICIENTS:
            assert_sound(coefficient(key, ratings, interval=interval))


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_what_stands_beside_coefficients_answers_too(name: str) -> None:
    for ratings in readings(INPUTS[name], Level.INTERVAL):
        patterns = ratings.patterns()
        beside = (agreement_on_each_point, kappa_of_each_point)
        for found in [each for function in beside for each in function(patterns)]:
            assert_sound(found)
        for function in (preference_agreement, preference_kappa, fleiss_cuzick_kappa):
            assert_sound(function(patterns))
        assert all(math.isfinite(pair.ratio_to_chance) for pair in confused_points(patterns))
        difficulty = item_difficulty(patterns)
        assert np.isfinite(difficulty.expected_disagreement).all()
        for pair in bland_altman(ratings):
            for limit in (pair.bias, pair.lower, pair.upper):
                assert_sound(limit)
        again = self_agreement("krippendorff_alpha", ratings, ratings)
        for found in (again.pooled, *(own for _, own in again.raters)):
            assert_sound(found)
        fit = dawid_skene(Votes.of(ratings))
        assert (fit.log_likelihood is None) == (fit.undefined is not None)


def test_more_distinct_values_than_any_table_holds_are_a_figure_or_a_reason() -> None:
    values = np.random.default_rng(0).permutation(12_000).astype(np.float64)
    units, raters = np.repeat(np.arange(6_000), 2), np.tile([0, 1], 6_000)
    ratings = Ratings.from_long(units, raters, values, level="interval")
    for key in COEFFICIENTS:
        assert_sound(coefficient(key, ratings))


def test_comparisons_and_texts_without_anything_in_them() -> None:
    nobody = bradley_terry(Comparisons.from_long([], [], []))
    assert (nobody.undefined, nobody.abilities) == ("no_data", ())
    once = Comparisons.from_long(["a", "b"], ["b", "a"], [None, NAN], items=["a", "b"])
    assert bradley_terry(once).undefined == "no_data"
    one_way = bradley_terry(Comparisons.from_long(["a"], ["b"], ["response_1"]))
    assert {each.undefined for each in one_way.abilities} == {"no_finite_abilities"}
    for texts in ([], [Continuum(4, {})], [Continuum(4, {"a": []})], [Continuum(0, {"a": []})]):
        for function in (character_alpha, unitizing_alpha, span_f1):
            assert_sound(function(texts))


@pytest.mark.parametrize("value", ["ab", 3, True])
def test_a_set_that_is_none_is_refused_by_row(value: object) -> None:
    with pytest.raises(InvalidRatingsError, match="row 1"):
        Ratings.from_long([1, 1, 2], ["a", "b", "a"], [["x"], value, None], level="set")


def test_warnings_are_errors_here() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("the marks above turn warnings into failures", stacklevel=1)
