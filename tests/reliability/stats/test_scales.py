"""Scales and matrices: what they may hold, and what is refused."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reliability.stats import (
    PairTable,
    Patterns,
    Ratings,
    StatisticsError,
    alpha_of_ratings,
    coefficient,
    cohen_kappa,
    gwet_ac2,
    krippendorff_alpha,
)
from reliability.stats.errors import InvalidRatingsError, InvalidScaleError

pytestmark = [pytest.mark.pure, pytest.mark.filterwarnings("error")]
NAN = float("nan")
FIGURES = ("krippendorff_alpha", "icc_2_1", "lin_ccc", "pearson", "spearman", "gwet_ac2")


def rated(table: list[list[Any]], level: str = "nominal", **options: Any) -> Ratings:
    units, raters = np.indices((len(table), len(table[0])))
    values = [value for row in table for value in row]
    return Ratings.from_long(units.ravel(), raters.ravel(), values, level=level, **options)


TABLE = [[0, 1], [2, 2], [0, 0], [1, 3]]


@pytest.mark.parametrize("start", [2**53, -(2**53) - 3, 10**30])
@pytest.mark.parametrize("kind", [int, Decimal, Fraction])
@pytest.mark.parametrize("name", FIGURES)
def test_whole_numbers_too_large_for_floats_keep_their_differences(
    name: str, kind: Any, start: int
) -> None:
    far = rated([[kind(start + value) for value in row] for row in TABLE], "interval")
    assert far.points == tuple(start + value for value in range(4))
    near = coefficient(name, rated(TABLE, "interval"))
    found = coefficient(name, far)
    assert found.value == pytest.approx(near.value, abs=1e-12)
    assert found.ci_low == pytest.approx(near.ci_low, abs=1e-12)


def test_large_whole_numbers_beside_a_missing_one_are_told_apart() -> None:
    """With a None among them pandas would make floats of whole numbers."""
    values = [2**53, 2**53 + 1, None, 2**53 + 1]
    ratings = Ratings.from_long([1, 1, 2, 2], list("abab"), values)
    assert ratings.points == (2**53, 2**53 + 1)
    column = pd.Series([2**63 + 1, 2**63 + 2], dtype="uint64")
    assert Ratings.from_long([1, 1], list("ab"), column).points == (2**63 + 1, 2**63 + 2)


def test_large_ratios_are_those_of_exact_arithmetic() -> None:
    start = 2**60
    table = [[start + value for value in row] for row in TABLE]
    values = [value for row in table for value in row]

    def apart(a: int, b: int) -> Fraction:
        return Fraction(a - b, a + b) ** 2

    observed = sum(2 * apart(a, b) for a, b in table) / len(values)
    pairs = len(values) * (len(values) - 1)
    alpha = 1 - observed * pairs / sum(apart(a, b) for a in values for b in values)
    assert coefficient("krippendorff_alpha", rated(table, "ratio")).value == pytest.approx(
        float(alpha), abs=1e-12
    )
    assert coefficient("gwet_ac2", rated(table, "ratio")).value is not None


@pytest.mark.parametrize("level", ["nominal", "interval"])
@pytest.mark.parametrize("large", [10**400, 1e300, float("inf"), Decimal("1e70")])
def test_numbers_that_cannot_be_squared_are_refused(large: Any, level: str) -> None:
    with pytest.raises(InvalidScaleError, match="divide all by a common factor"):
        rated([[large, 1], [1, 1], [2, 2]], level)
    assert rated([[str(large), "1"], ["1", "1"]]).points == ("1", str(large))


def test_decimals_are_numbers() -> None:
    table = [[Decimal("0.1"), Decimal("0.2")], [Decimal(2), 2], [Decimal(3), Decimal("2.5")]]
    found = coefficient("icc_1_1", rated(table, "interval"))
    floats = [[float(value) for value in row] for row in table]
    assert found.value == pytest.approx(coefficient("icc_1_1", rated(floats, "interval")).value)
    assert rated(table).has_order


@pytest.mark.parametrize(
    "table",
    [
        [[True, 1], [0, False], [1, 0]],
        [[1, True], [0, False], [1, 0]],
        [[None, 1.5], [np.True_, 2]],
        [["x", 1], [False, "x"]],
        [[True, Decimal(1)]],
    ],
)
def test_truth_values_beside_numbers_are_refused_with_their_rows(table: list[list[Any]]) -> None:
    with pytest.raises(InvalidRatingsError, match=r"rows \d and \d: .* give 0 and 1 for both"):
        rated(table)


def test_truth_values_on_a_scale_of_numbers_are_refused() -> None:
    with pytest.raises(InvalidScaleError, match="give 0 and 1"):
        rated([[True, False]], categories=[0, 1])
    with pytest.raises(InvalidScaleError, match="give 0 and 1"):
        rated([[1, 0]], categories=[False, True])
    assert rated([[True, None], [False, True]]).points == (False, True)
    assert rated([[True, "x"]]).n_ratings == 2


@pytest.mark.parametrize("categories", [[1, 2, 2], [1, 1.0], [1, 2, NAN], [1, 2, None], ["a", "a"]])
def test_scales_with_a_point_twice_or_a_missing_one_are_refused(categories: list[Any]) -> None:
    with pytest.raises(InvalidScaleError, match=r"once|missing"):
        Ratings.from_long([1, 1], ["a", "b"], [categories[0]] * 2, categories=categories)
    with pytest.raises(InvalidScaleError, match=r"once|missing"):
        Ratings.from_codes(
            np.array([0, 0]),
            np.array([0, 1]),
            np.array([0, 0]),
            rater_labels="ab",
            points=categories,
        )
    with pytest.raises(InvalidScaleError, match=r"once|missing"):
        Patterns([[2] + [0] * (len(categories) - 1)], [1], categories)


@pytest.mark.parametrize(
    "name",
    [
        "gwet_ac2",
        "fleiss_kappa",
        "cohen_kappa",
        "conger_kappa",
        "light_kappa",
        "percent_agreement",
        "krippendorff_alpha",
    ],
)
@pytest.mark.parametrize("low", [-1, -3])
def test_ratio_weights_need_values_of_zero_or_more(name: str, low: int) -> None:
    found = coefficient(name, rated([[low, 1], [1, 1], [low, low]], "ratio"), weights="ratio")
    assert found.undefined == "ratio_needs_non_negative"


def test_ratio_is_what_gwets_weights_follow_at_that_level() -> None:
    assert coefficient("gwet_ac2", rated([[-1, 1], [1, 1], [-1, -1]], "ratio")).undefined == (
        "ratio_needs_non_negative"
    )
    assert coefficient("gwet_ac2", rated([[0, 1], [1, 1], [0, 0]], "ratio")).value is not None


PATTERNS = Patterns([[2, 0], [1, 1], [0, 2]], [3, 2, 3], points=(0, 1))
NO_DISTANCES = [
    [[0, NAN], [NAN, 0]],
    [[0, np.inf], [np.inf, 0]],
    [[0, 1], [0, 0]],
    [[1, 2], [2, 1]],
    [[0, -1], [-1, 0]],
    [[0, 1]],
]


@pytest.mark.parametrize("matrix", NO_DISTANCES)
def test_matrices_that_are_no_distances_are_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(InvalidScaleError):
        krippendorff_alpha(PATTERNS, matrix)
    with pytest.raises(InvalidScaleError):
        alpha_of_ratings(rated([[0, 1], [1, 1], [0, 0]]), matrix)


@pytest.mark.parametrize(
    "matrix", [*(1 - np.array(each) for each in NO_DISTANCES), 3 * np.eye(2), [[1, 2], [2, 1]]]
)
def test_matrices_that_are_no_weights_are_refused(matrix: Any) -> None:
    with pytest.raises(InvalidScaleError):
        gwet_ac2(PATTERNS, matrix)
    with pytest.raises(InvalidScaleError):
        cohen_kappa(PairTable([[20, 5], [10, 15]], points=(0, 1)), matrix)


@pytest.mark.parametrize("period", [0, -1, NAN, np.inf])
def test_a_circle_has_a_length(period: float) -> None:
    with pytest.raises(StatisticsError, match="length of a circle"):
        krippendorff_alpha(PATTERNS, "circular", period=period)


def test_points_a_whole_turn_apart_are_one_place() -> None:
    assert krippendorff_alpha(PATTERNS, "circular", period=1).undefined == "no_variation"
